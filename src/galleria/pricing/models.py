"""Offers, discounts, coupons and tax rates. How an amount is worked out is in `rules/`."""

from __future__ import annotations

from django.db import models

from galleria.kit.ids import new_id


def _coupon_id() -> str:
    return new_id("cpn")


def _discount_id() -> str:
    return new_id("dsc")


def _offer_id() -> str:
    return new_id("ofr")


def _batch_id() -> str:
    return new_id("cbt")


class TaxRate(models.Model):
    """Tax of a country in 1/10,000 (2,500 is 25 %), valid from a date; the newest valid row counts."""

    country = models.CharField(max_length=2)
    name = models.CharField(max_length=40)  # VAT
    rate_e4 = models.PositiveIntegerField()
    valid_from = models.DateTimeField()


class Offer(models.Model):
    """Lower prices for named accounts (S-OFR-001, B-OFR-002); its quotation lines are `Discount` rows.

    kind: exclusive (of a seller), commercial (of the operator), partner (of a reseller for its customers)
    issuer: within it names are unique: the public id of seller or reseller, or "operator"
    starts_at: empty until it takes effect if it begins at once
    is_single: each named account orders with it once
    is_beyond: takes off more than the seller was authorised to without approval
    """

    public_id = models.CharField(max_length=40, unique=True, default=_offer_id, editable=False)
    kind = models.CharField(max_length=12, default="exclusive")
    issuer = models.CharField(max_length=60)
    seller = models.ForeignKey("parties.Seller", null=True, blank=True, on_delete=models.CASCADE, related_name="offers")
    reseller = models.ForeignKey("parties.Reseller", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=12, default="draft")  # states.OFFER
    order_types = models.JSONField(default=list)  # new, renewal
    is_single = models.BooleanField(default=False)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField()
    remarks = models.CharField(max_length=1000, blank=True)  # for the reviewers
    attachment = models.CharField(max_length=40, blank=True)  # id of a file, for the reviewers
    is_beyond = models.BooleanField(default=False)
    reason = models.CharField(max_length=500, blank=True)  # why it was rejected or invalidated
    created_by = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "name"], name="one_offer_name")]
        indexes = [
            models.Index(fields=["issuer", "-created_at", "-id"], name="offer_list"),
            models.Index(fields=["state", "ends_at"], name="offer_end"),
        ]

    def __str__(self) -> str:
        return self.name


class OfferAccount(models.Model):
    """An account that an offer is for. `used_by`: the order that used a single offer up; empty: it may order."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="accounts")
    account = models.ForeignKey("parties.Account", on_delete=models.CASCADE, related_name="+")
    used_by = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["offer", "account"], name="one_offer_account")]


class OfferUse(models.Model):
    """An order that was placed with an offer; settlement and the seller's pages find it here (S-OFR-T4)."""

    offer = models.ForeignKey(Offer, on_delete=models.CASCADE, related_name="uses")
    account = models.ForeignKey("parties.Account", on_delete=models.CASCADE, related_name="+")
    order_id = models.CharField(max_length=64, db_index=True)
    at = models.DateTimeField()
    freed_at = models.DateTimeField(null=True, blank=True)  # the order was canceled unpaid

    class Meta:
        constraints = [models.UniqueConstraint(fields=["offer", "order_id"], name="one_offer_use")]


class Discount(models.Model):
    """A price reduction: promotion, contract, commercial, partner-granted, seller exclusive; or a line of an offer.

    sku, quantity, periods, order_types: what alone it is for; empty: everything
    line_price_minor: the price of the whole line, with quantity and periods as named
    """

    public_id = models.CharField(max_length=40, unique=True, default=_discount_id, editable=False)
    kind = models.CharField(max_length=12)  # promotion, contract, commercial, partner, exclusive
    name = models.CharField(max_length=120)
    percent_e2 = models.PositiveIntegerField(default=0)  # 1,000 is 10 %
    fixed_price_e10 = models.BigIntegerField(null=True, blank=True)  # exclusive: price of one unit and period
    currency = models.CharField(max_length=3, blank=True)
    product = models.ForeignKey(
        "publishing.Product", null=True, blank=True, on_delete=models.CASCADE, related_name="discounts"
    )
    specification = models.ForeignKey("publishing.Specification", null=True, blank=True, on_delete=models.CASCADE)
    seller = models.ForeignKey("parties.Seller", null=True, blank=True, on_delete=models.CASCADE)
    billing_mode = models.CharField(max_length=12, blank=True)
    period_type = models.CharField(max_length=6, blank=True)
    minimum_periods = models.PositiveIntegerField(default=0)
    offer = models.ForeignKey(
        Offer, null=True, blank=True, to_field="public_id", on_delete=models.CASCADE, related_name="lines"
    )
    sku = models.ForeignKey("publishing.Sku", null=True, blank=True, to_field="code", on_delete=models.CASCADE)
    quantity = models.PositiveIntegerField(null=True, blank=True)
    periods = models.PositiveIntegerField(null=True, blank=True)
    order_types = models.JSONField(default=list)
    line_price_minor = models.BigIntegerField(null=True, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=12, default="active")  # pending (offer not in force), active, withdrawn


class DiscountAccount(models.Model):
    """An account that a discount is for; a discount without rows is for everybody."""

    discount = models.ForeignKey(Discount, on_delete=models.CASCADE, related_name="accounts")
    account = models.ForeignKey("parties.Account", on_delete=models.CASCADE, related_name="+")
    is_open = models.BooleanField(default=True)  # no: an order of the account has used it up

    class Meta:
        constraints = [models.UniqueConstraint(fields=["discount", "account"], name="one_discount_account")]


class CouponBatch(models.Model):
    """Coupons of one seller or of the operator that are alike, and how accounts get them (S-CPN-001).

    claim: public (who wants one claims it), grant (given to named accounts), code (printed codes of 16 characters)
    quantity, per_account: how many there are, and how many an account gets; issued: how many accounts have
    limits: as of `Coupon`; amounts in minor units of `currency`
    """

    public_id = models.CharField(max_length=40, unique=True, default=_batch_id, editable=False)
    issuer = models.CharField(max_length=12)  # operator, seller
    seller = models.ForeignKey("parties.Seller", null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, default="cash")  # cash, discount
    currency = models.CharField(max_length=3)
    face_minor = models.BigIntegerField(default=0)
    percent_e2 = models.PositiveIntegerField(default=0)
    minimum_minor = models.BigIntegerField(default=0)
    limits = models.JSONField(default=dict)
    claim = models.CharField(max_length=8)
    quantity = models.PositiveIntegerField()
    per_account = models.PositiveIntegerField(default=1)
    issued = models.PositiveIntegerField(default=0)
    valid_from = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=8, default="active")  # states.COUPON_BATCH
    reason = models.CharField(max_length=500, blank=True)
    created_by = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["issuer", "seller", "-created_at"], name="coupon_batch_list"),
            models.Index(fields=["claim", "state", "expires_at"], name="coupon_batch_open"),
        ]

    def __str__(self) -> str:
        return self.name


class Coupon(models.Model):
    """A coupon of one account (buyer-purchase 10). Amounts in minor units of `currency`."""

    public_id = models.CharField(max_length=40, unique=True, default=_coupon_id, editable=False)
    code = models.CharField(max_length=40, unique=True)
    account = models.ForeignKey(
        "parties.Account", null=True, blank=True, on_delete=models.CASCADE, related_name="coupons"
    )
    kind = models.CharField(max_length=10, default="cash")  # cash, discount, product, flexi
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=14, default="unused")  # not_activated, unused, used, expired
    obtained_by = models.CharField(max_length=10, default="issued")  # collected, redeemed, issued, offline, event
    issuer = models.CharField(max_length=12, default="operator")  # operator, seller
    seller = models.ForeignKey("parties.Seller", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    source_plan = models.CharField(max_length=80, blank=True)
    currency = models.CharField(max_length=3)
    face_minor = models.BigIntegerField(default=0)
    balance_minor = models.BigIntegerField(default=0)
    percent_e2 = models.PositiveIntegerField(default=0)  # discount coupons
    minimum_minor = models.BigIntegerField(default=0)  # on eligible lines
    limits = models.JSONField(default=dict)
    # {"products": {"only": [...], "not": [...]}, "specifications": …, "order_types": [...], "regions": [...],
    #  "modes": ["month","year","one_time"], "with_discounts": bool}
    valid_from = models.DateTimeField()
    expires_at = models.DateTimeField()
    is_frozen = models.BooleanField(default=False)
    locked_by = models.CharField(max_length=64, blank=True)  # order number of an unpaid order
    batch = models.ForeignKey(CouponBatch, null=True, blank=True, on_delete=models.SET_NULL, related_name="coupons")
    voided_at = models.DateTimeField(null=True, blank=True)  # its issuer took it back before it was used
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "state", "expires_at"])]

    def __str__(self) -> str:
        return self.code


class CouponUse(models.Model):
    """A movement of a coupon's balance: spent by an order, or given back (negative amount)."""

    coupon = models.ForeignKey(Coupon, on_delete=models.CASCADE, related_name="uses")
    order_id = models.CharField(max_length=64)
    amount_minor = models.BigIntegerField()
    at = models.DateTimeField()
