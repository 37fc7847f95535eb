"""What a catalogue file may say, field by field, with every limit. Rules between fields are in `checks`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from galleria.publishing.catalogue_file import material
from galleria.publishing.catalogue_file.values import (
    Bullets,
    Country,
    Email,
    Entry,
    Features,
    FeatureTable,
    Key,
    Line,
    Lines,
    Price,
    Slug,
    Text,
    Version,
    Website,
    Words,
)

Room = Literal["data", "security", "develop", "business", "network", "ai", "services", "systems"]
Delivery = Literal["image", "saas", "license", "professional", "consulting", "hardware", "content", "host", "template"]
BillingMode = Literal["period", "one_time", "pay_per_use", "package", "exhaustible"]
PriceModel = Literal["simple", "linear", "tiered", "volume"]
PeriodType = Literal["month", "year"]

LONGEST_WORD = 200

# ----- categories, sellers, agreements -----


class SubCategory(Entry):
    path: Slug
    name: Annotated[Text, Words(80)]


class Category(Entry):
    """A top category with its room (wall colour) and sub-categories."""

    path: Slug
    room: Room
    name: Annotated[Text, Words(80)]
    children: list[SubCategory] = Field(default=[], max_length=24)


class Support(Entry):
    """Where a seller's buyers get help; hours with a time zone (S-MAT-015)."""

    email: Email
    phone: Annotated[str, Line(40, 0)] = ""
    hours: Annotated[Text, Words(120)]
    languages: Annotated[Text, Words(120)]
    answers_in: Annotated[Text, Words(60)] = Text(en="1 working day", zh="1 个工作日")


class Seller(Entry):
    slug: Slug
    name: Annotated[str, Line(120)]
    legal_name: Annotated[str, Line(200)]
    country: Country
    registration_number: Annotated[str, Line(60, 0)] = ""
    tax_id: Annotated[str, Line(40, 0)] = ""
    address: Annotated[str, StringConstraints(min_length=1, max_length=400)]
    website: Website | None = None
    logo: str = ""
    about: Annotated[Text, Words(2_000, several=True)]
    support: Support
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "EUR"
    verified_on: date | None = None
    joined_on: date | None = None
    state: Literal["active", "suspended", "left"] = "active"


class AgreementVersion(Entry):
    version: Annotated[str, Line(20)]
    effective_on: date
    text: Annotated[Text, Words(40_000, several=True)]
    change_note: Annotated[str, Line(300, 0)] = ""


class Agreement(Entry):
    """A text that is accepted. `template` is one that products name as their `licence`."""

    key: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{2,60}$")]
    kind: Literal["platform", "registration", "template"]
    name: Annotated[Text, Words(200)]
    issuer: Annotated[str, Line(200, 0)] = ""
    versions: list[AgreementVersion] = Field(min_length=1, max_length=40)


class ProductAgreement(Entry):
    """A product's own end user agreement, instead of a template."""

    name: Annotated[Text, Words(200)]
    versions: list[AgreementVersion] = Field(min_length=1, max_length=40)


# ----- products -----


class Option(Entry):
    key: Slug
    name: Annotated[Text, Words(80)]


class Attribute(Entry):
    """What a buyer chooses: one of some options, or a quantity with limits."""

    key: Slug
    name: Annotated[Text, Words(120)]
    kind: Literal["choice", "quantity"]
    options: list[Option] = Field(default=[], max_length=200)
    minimum: int = Field(default=1, ge=1, le=1_000_000)
    maximum: int = Field(default=1, ge=1, le=1_000_000)
    step: int = Field(default=1, ge=1, le=1_000_000)
    unit: Annotated[Text, Words(40)] | None = None


class Tier(Entry):
    """A band of quantities: up to and including `up_to`; the last band has none."""

    up_to: int | None = Field(default=None, ge=1, le=1_000_000_000)
    price: Price


class PriceEntry(Entry):
    mode: BillingMode
    period: PeriodType | None = None
    terms: list[int] = []
    price: Price | None = None
    model: PriceModel = "simple"
    tiers: list[Tier] = Field(default=[], max_length=50)
    quantity: Slug | None = None
    meter: Annotated[str, Line(60)] | None = None
    included: int = Field(default=0, ge=0, le=2_000_000_000)
    only: dict[str, str | list[str]] = {}


class Specification(Entry):
    key: Slug
    name: Annotated[Text, Words(120)]
    summary: Annotated[Text, Words(200)] | None = None
    features: FeatureTable = Features(en={})
    state: Literal["on_sale", "hidden", "removed"] = "on_sale"
    restricted: bool = False
    asset: material.PartId | None = None
    attributes: list[Attribute] = Field(default=[], max_length=20)
    prices: list[PriceEntry] = Field(default=[], max_length=40_000)


class ExtraParameter(Entry):
    """Asked from the buyer of a SaaS product and passed to the seller with the order (B-CFG-005)."""

    key: Key
    label: Annotated[Text, Words(60)]
    kind: Literal["text", "number", "choice"] = "text"
    options: list[Option] = Field(default=[], max_length=20)
    required: bool = True
    help: Annotated[Text, Words(160)] | None = None


class PurchaseLimit(Entry):
    """At most so many purchases of an account: within so many days, or ever when there are none (S-CFG-001).

    `once`: a single purchase ever. `one_at_a_time`: none before the present one expires. `quantities`: the most of a
    quantity in one purchase.
    """

    per_account: int = Field(default=0, ge=0, le=1_000)
    days: int = Field(default=0, ge=0, le=3_650)
    once: bool = False
    one_at_a_time: bool = False
    quantities: dict[str, int] = {}


class ReleasedVersion(Entry):
    version: Version
    on: date
    notes: Annotated[Text, Words(500)] | None = None


class Case(Entry):
    """A customer case (S-MAT-012): the scenario, what was done, and where it can be told, for whom with what result."""

    title: Annotated[Text, Words(120)]
    text: Annotated[Text, Words(800)]
    customer: Annotated[str, Line(120, 0)] = ""
    result: Annotated[Text, Words(400)] | None = None
    picture: material.FileId | None = None


class Figures(Entry):
    """What a product that is sold already begins with; used when it is first imported."""

    rating: Decimal | None = Field(default=None, ge=1, le=5, decimal_places=2)
    reviews: int = Field(default=0, ge=0, le=1_000_000)
    sales_month: int = Field(default=0, ge=0, le=1_000_000)
    sales: int = Field(default=0, ge=0, le=10_000_000)


class Review(Entry):
    byline: Annotated[str, Line(160)]
    quality: int = Field(ge=1, le=5)
    service: int = Field(ge=1, le=5)
    speed: int = Field(ge=1, le=5)
    text: Annotated[str, Line(500)]
    reply: Annotated[str, Line(500)] | None = None


class Question(Entry):
    text: Annotated[str, Line(1_000)]
    answer: Annotated[str, Line(1_000)] | None = None


class Product(Entry):
    slug: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=120)]
    seller: Slug
    category: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(/[a-z0-9-]+)?$", max_length=160)]
    name: Annotated[Text, Words(200)]
    summary: Annotated[Text, Words(300)]
    description: Annotated[Text, Words(20_000, several=True)]
    guide: Annotated[Text, Words(20_000, several=True)] | None = None
    highlights: Annotated[Lines, Bullets(6, 160)] = Lines(en=[])
    cases: list[Case] = Field(default=[], max_length=10)
    tags: Annotated[Lines, Bullets(10, 40, paired=False)] = Lines(en=[])
    delivery: Delivery
    version: Version | None = None
    versions: list[ReleasedVersion] = Field(default=[], max_length=40)
    operating_system: Annotated[str, Line(40)] | None = None
    logo: str = ""
    sales_model: Literal["partner", "joint", "operator"] = "partner"
    state: Literal["draft", "on_sale", "hidden", "removed"] = "on_sale"
    supervised: bool | None = None
    restricted: bool = False
    regions: list[Country] | None = Field(default=None, min_length=1, max_length=250)
    contact_consent: bool = False
    extra_parameters: list[ExtraParameter] = Field(default=[], max_length=3)
    trial_days: int | None = Field(default=None, ge=3, le=180)
    accepts_credit: bool = False
    purchase_limit: PurchaseLimit | None = None
    unsubscription: Literal["platform", "negotiated", "none"] | None = None
    delivery_promise: Annotated[Text, Words(120)] | None = None
    delivery_days: int | None = Field(default=None, ge=1, le=365)
    acceptance: Annotated[Text, Words(2_000, several=True)] | None = None
    scanned_on: date | None = None
    published_on: date | None = None
    changed_on: date | None = None
    licence: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{2,60}$")] | None = None
    agreement: ProductAgreement | None = None
    figures: Figures | None = None
    reviews: list[Review] = Field(default=[], max_length=20)
    questions: list[Question] = Field(default=[], max_length=20)
    # the material of a release
    seo: material.Seo | None = None
    media: list[material.Medium] = Field(default=[], max_length=20)
    logo_file: material.FileId | None = None
    description_pictures: list[material.FileId] = Field(default=[], max_length=20)
    after_sales: material.AfterSales | None = None
    guide_file: material.FileId | None = None
    request_templates: list[material.FileId] = Field(default=[], max_length=10)
    delivery_template: material.FileId | None = None
    service_template: Literal["standard", "website"] | None = None
    licence_form: Literal["offline", "package", "code"] | None = None
    private_cloud: bool = False
    private_certificate: material.PrivateCloud | None = None
    image: material.Image | None = None
    website: Website | None = None
    contact: material.Contact | None = None
    copyright: material.Copyright | None = None
    letter: material.Letter | None = None
    interface: material.Interface | None = None
    joint_certificate: material.PartId | None = None
    specifications: list[Specification] = Field(min_length=1, max_length=20)


# ----- what the operator adds -----


class Discount(Entry):
    """A promotion: a percentage off, for everything, a seller, a product or one of its specifications."""

    key: Slug
    name: Annotated[str, Line(120)]
    percent: Decimal = Field(gt=0, lt=100, decimal_places=2)
    seller: Slug | None = None
    product: Slug | None = None
    specification: Slug | None = None
    mode: BillingMode | None = None
    period: PeriodType | None = None
    minimum_periods: int = Field(default=0, ge=0, le=9)
    starts_on: date | None = None
    ends_on: date | None = None
    days: int | None = Field(default=None, ge=1, le=3_650)


class Coupon(Entry):
    """A coupon that nobody has yet; whoever redeems the code gets it."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{4,40}$")]
    name: Annotated[str, Line(120)]
    kind: Literal["cash", "discount"] = "cash"
    face: Price | None = None
    percent: Decimal | None = Field(default=None, gt=0, lt=100, decimal_places=2)
    minimum: Price | None = None
    modes: list[Literal["month", "year", "one_time"]] = []
    products: list[Slug] = Field(default=[], max_length=100)
    order_types: list[Literal["new", "renewal", "change"]] = []
    with_discounts: bool = False
    days: int = Field(default=180, ge=1, le=3_650)


LISTS: dict[str, type[Entry]] = {
    "categories": Category,
    "sellers": Seller,
    "agreements": Agreement,
    "products": Product,
    "discounts": Discount,
    "coupons": Coupon,
}
"""The lists of a file; beside them `popular` is a list of slugs, and `words` are shared translations."""
