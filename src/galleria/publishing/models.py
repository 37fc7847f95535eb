"""Products, their specifications, SKUs and prices; categories; the search projection; favourites."""

from __future__ import annotations

from django.db import models

from galleria.kit.ids import new_id


def _product_id() -> str:
    return new_id("prd")


def _specification_id() -> str:
    return new_id("spc")


class Category(models.Model):
    """A node of the category tree; `room` is the wall colour of its top category (look)."""

    path = models.CharField(max_length=160, unique=True)  # data/backup
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    name = models.CharField(max_length=80)
    room = models.CharField(max_length=16)
    position = models.PositiveIntegerField(default=0)
    listed_count = models.PositiveIntegerField(default=0)  # listed products exactly here, kept by the index

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """A listing. `state` is what buyers can do with it (states.PRODUCT)."""

    public_id = models.CharField(max_length=40, unique=True, default=_product_id, editable=False)
    slug = models.SlugField(max_length=120, unique=True)
    seller = models.ForeignKey("parties.Seller", on_delete=models.PROTECT, related_name="products")
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="products")
    name = models.CharField(max_length=200)
    summary = models.CharField(max_length=300)
    description = models.TextField(blank=True)  # Markdown
    guide = models.TextField(blank=True)  # Markdown: how to use
    highlights = models.JSONField(default=list)
    cases = models.JSONField(default=list)  # {"title", "text"}
    tags = models.JSONField(default=list)
    delivery_type = models.CharField(max_length=16)
    # image, saas, license, professional, consulting, hardware, content, host, template
    version = models.CharField(max_length=40, blank=True)
    operating_system = models.CharField(max_length=40, blank=True)
    logo = models.CharField(max_length=200, blank=True)
    sales_model = models.CharField(max_length=12, default="partner")  # partner, joint, operator
    state = models.CharField(max_length=12, default="on_sale")  # draft, pending, on_sale, hidden, suspended, removed
    state_reason = models.CharField(max_length=500, blank=True)  # why it was suspended or removed
    is_supervised = models.BooleanField(default=False)
    is_restricted = models.BooleanField(default=False)  # only accounts named in ProductAccess may buy
    sold_everywhere = models.BooleanField(default=True)
    needs_contact_consent = models.BooleanField(default=False)  # B-SAA-001
    extra_parameters = models.JSONField(default=list)  # B-CFG-005: {"key","label","kind","options","required"}
    trial_days = models.PositiveIntegerField(default=0)  # 0 or 3 to 180
    accepts_credit = models.BooleanField(default=False)
    purchase_limit = models.JSONField(default=dict)
    # of catalogue_file.schema.PurchaseLimit: per_account, days, once, one_at_a_time, quantities (B-DET-005, S-CFG-001)
    unsubscription_rule = models.CharField(max_length=24, default="platform")
    delivery_promise = models.CharField(max_length=120, blank=True)  # "about one minute"
    delivery_days = models.PositiveIntegerField(default=0)
    acceptance_criteria = models.TextField(blank=True)
    material = models.JSONField(default=dict)  # more of the listing that everybody may see (catalogue_file.material)
    papers = models.JSONField(default=dict)  # certificates, letters, the interface: seller and reviewers only
    trial_access = models.CharField(max_length=12, default="everyone")  # everyone, whitelist (S-TRI-002)
    document_version = models.PositiveIntegerField(default=0)  # approved releases so far
    scanned_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    rating_e2 = models.PositiveIntegerField(default=0)  # mean score × 100
    review_count = models.PositiveIntegerField(default=0)
    sales_30d = models.PositiveIntegerField(default=0)
    sales_total = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["seller", "state"]),
            models.Index(fields=["category", "state"]),
        ]

    def __str__(self) -> str:
        return self.name


class ProductRegion(models.Model):
    """A country where a product is sold, when it is not sold everywhere."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="regions")
    country = models.CharField(max_length=2)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "country"], name="one_product_region")]


class TrialAccess(models.Model):
    """An account that may take the trial of a product whose trial is for named accounts only (S-TRI-002)."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="trial_accesses")
    account = models.ForeignKey("parties.Account", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "account"], name="one_trial_access")]


class ProductVersion(models.Model):
    """A released version with what changed."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="versions")
    version = models.CharField(max_length=40)
    released_on = models.DateField()
    notes = models.CharField(max_length=500, blank=True)


class ProductAccess(models.Model):
    """An account that may buy a restricted product (B-DET-004); with a specification, only that one."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="accesses")
    specification = models.ForeignKey("Specification", null=True, blank=True, on_delete=models.CASCADE)
    account = models.ForeignKey("parties.Account", on_delete=models.CASCADE, related_name="+")


class Specification(models.Model):
    """One edition of a product."""

    public_id = models.CharField(max_length=40, unique=True, default=_specification_id, editable=False)
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="specifications")
    key = models.SlugField(max_length=80, blank=True)  # its name in the product's document; see `document_key`
    name = models.CharField(max_length=120)
    summary = models.CharField(max_length=200, blank=True)
    features = models.JSONField(default=dict)  # shown side by side: {"Servers": "25"}
    position = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=12, default="on_sale")  # on_sale, hidden, removed
    is_restricted = models.BooleanField(default=False)
    asset = models.CharField(max_length=64, blank=True)  # public id of the asset version that is delivered
    purchase_limit = models.JSONField(default=dict)  # as of the product, for this specification alone (S-CFG-001)
    stock = models.PositiveIntegerField(null=True, blank=True)  # pieces that are left; None: not counted (S-CFG-004)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def document_key(self) -> str:
        """Its key in documents; rows that are older than documents are known by their public id."""
        return self.key or self.public_id.replace("_", "-")


class SkuAttribute(models.Model):
    """What a buyer chooses within a specification: a choice, or a quantity with limits."""

    specification = models.ForeignKey(Specification, on_delete=models.CASCADE, related_name="attributes")
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=8)  # choice, quantity
    options = models.JSONField(default=list)  # choice: [{"key","name"}]
    minimum = models.PositiveIntegerField(default=1)
    maximum = models.PositiveIntegerField(default=1)
    step = models.PositiveIntegerField(default=1)
    unit = models.CharField(max_length=40, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]


class Sku(models.Model):
    """One combination of the choice attributes' values; `code` is the skuCode of the seller contract."""

    specification = models.ForeignKey(Specification, on_delete=models.CASCADE, related_name="skus")
    code = models.CharField(max_length=64, unique=True)
    choices = models.JSONField(default=dict)  # attribute key: option key
    state = models.CharField(max_length=12, default="on_sale")  # on_sale, removed
    is_final = models.BooleanField(default=False)  # removed on request: it never comes back (S-PRD-006)


class UpgradeRule(models.Model):
    """A buyer of the source may change to the target: both sold by period, of one specification (S-UPG-001)."""

    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="upgrade_rules")
    source = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="upgrades")
    target = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=8, default="valid")  # valid, invalid
    reason = models.CharField(max_length=40, blank=True)  # removed, mode, price (of pricing.rules.upgrades)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "target"], name="one_upgrade_rule")]


class ProductAttribute(models.Model):
    """A dimension that sellers build prices from; without a seller it belongs to the platform (S-ATR-001)."""

    seller = models.ForeignKey(
        "parties.Seller", null=True, blank=True, on_delete=models.CASCADE, related_name="product_attributes"
    )
    kind = models.CharField(max_length=8)  # choice, quantity
    code = models.CharField(max_length=32)
    name = models.CharField(max_length=30)
    description = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["code", "id"]
        constraints = [models.UniqueConstraint(fields=["seller", "code"], name="one_attribute_code")]

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """The price of a SKU in one billing mode; `product_code` is the productId of the seller contract.

    `unit_price_e10`: major units of `currency` × 10**10, for one period and one unit of quantity.
    `tiers`: [{"up_to": 20, "unit_price_e10": …}, …, {"up_to": null, …}].
    """

    sku = models.ForeignKey(Sku, on_delete=models.CASCADE, related_name="prices")
    product_code = models.CharField(max_length=64, unique=True)
    billing_mode = models.CharField(max_length=12)  # period, one_time, pay_per_use, package, exhaustible
    period_type = models.CharField(max_length=6, blank=True)  # month, year; only for period
    terms = models.JSONField(default=list)  # numbers of periods offered, e.g. [1, 3, 6]
    currency = models.CharField(max_length=3)
    model = models.CharField(max_length=8, default="simple")  # simple, linear, tiered, volume
    unit_price_e10 = models.BigIntegerField(default=0)
    tiers = models.JSONField(default=list)
    quantity_key = models.CharField(max_length=60, blank=True)  # attribute that is multiplied
    meter = models.CharField(max_length=60, blank=True)  # pay per use: what is counted
    included = models.PositiveIntegerField(default=0)  # package: amount included

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sku", "billing_mode", "period_type", "currency", "meter"], name="one_price"
            )
        ]


class PopularPick(models.Model):
    """A place of *Popular Applications* that the operator filled by hand (B-CAT-004)."""

    product = models.OneToOneField(Product, on_delete=models.CASCADE, related_name="popular_pick")
    position = models.PositiveIntegerField(default=0)


class Listing(models.Model):
    """What search and lists filter and sort by: one narrow row a product, kept by `services.reindex_products`."""

    product = models.OneToOneField(Product, primary_key=True, on_delete=models.CASCADE, related_name="listing")
    is_listed = models.BooleanField(default=True)  # on sale, seller active, something to buy in it
    sold_everywhere = models.BooleanField(default=True)
    countries = models.CharField(max_length=1000, blank=True)  # ",NO,SE," when not sold everywhere
    top = models.CharField(max_length=80, default="")  # path of the top category
    category_path = models.CharField(max_length=160)
    seller_slug = models.CharField(max_length=80)
    delivery_type = models.CharField(max_length=16)
    operating_system = models.CharField(max_length=40, blank=True)
    modes = models.CharField(max_length=80, blank=True)  # ",period,one_time,"
    currency = models.CharField(max_length=3)
    price_from_minor = models.BigIntegerField(null=True)  # lowest price of one period, one unit
    is_free = models.BooleanField(default=False)
    has_trial = models.BooleanField(default=False)
    rating_e2 = models.PositiveIntegerField(default=0)
    sales_30d = models.PositiveIntegerField(default=0)
    published_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["is_listed", "-sales_30d"], name="listing_sales"),
            models.Index(fields=["is_listed", "-published_at"], name="listing_new"),
            models.Index(fields=["is_listed", "price_from_minor"], name="listing_price"),
            models.Index(fields=["is_listed", "top", "-sales_30d"], name="listing_top"),
            models.Index(fields=["is_listed", "category_path", "-sales_30d"], name="listing_category"),
            models.Index(fields=["is_listed", "seller_slug", "-sales_30d"], name="listing_seller"),
        ]


class ProductPage(models.Model):
    """What cards and the product page show, prepared in all languages, so that a page needs no joins."""

    product = models.OneToOneField(Product, primary_key=True, on_delete=models.CASCADE, related_name="page")
    card = models.JSONField(default=dict)
    words = models.TextField(blank=True)  # the indexed words, to keep SearchTerm right when they change
    detail = models.JSONField(default=dict)
    format = models.PositiveSmallIntegerField(default=0)  # projection.FORMAT with which it was made


class SearchTerm(models.Model):
    """A word of the catalogue with the number of listings that have it: for spelling help."""

    word = models.CharField(max_length=80, primary_key=True)
    count = models.PositiveIntegerField(default=0)


class Favorite(models.Model):
    """A product (with the chosen configuration) saved by a login (B-FAV-001)."""

    user = models.ForeignKey("parties.User", on_delete=models.CASCADE, related_name="favorites")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="favorites")
    specification = models.ForeignKey(Specification, null=True, blank=True, on_delete=models.SET_NULL)
    configuration = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "product"], name="one_favorite")]


class Requirement(models.Model):
    """What a buyer looked for and did not find (B-CAT-007, B-OFR-003); answered by the operator."""

    user = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="requirements")
    account = models.ForeignKey("parties.Account", null=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField(max_length=100)
    description = models.TextField(max_length=2000)
    category = models.ForeignKey(Category, null=True, blank=True, on_delete=models.SET_NULL)
    budget = models.CharField(max_length=80, blank=True)
    wanted_by = models.DateField(null=True, blank=True)
    may_contact = models.BooleanField(default=False)
    state = models.CharField(max_length=12, default="submitted")
    created_at = models.DateTimeField()
