"""Products and releases as their seller's programs see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from galleria.api.schemas.common import (
    NO_NUL,
    PLAIN,
    In,
    Instant,
    MoneyOut,
    Out,
    PageOut,
    money_of,
    whole_characters,
)

Document = Annotated[
    dict[str, Any],
    Field(max_length=80, description="A product (docs/how-to/sell-by-file.md)"),
    AfterValidator(whole_characters),
]
Line = Annotated[str, Field(max_length=200, pattern=PLAIN)]
Words = Annotated[str, Field(max_length=2000, pattern=NO_NUL)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,80}$")]
Country = Annotated[str, Field(pattern=r"^[A-Za-z]{2}$")]


# ----- products -----


class SellerSpecificationOut(Out):
    """A specification in a list; `stock` is null where pieces are not counted."""

    id: str
    key: str
    name: str
    state: str
    stock: int | None


class SellerProductOut(Out):
    """A product in the seller's list. `state`: on_sale, hidden, suspended, removed."""

    id: str
    slug: str
    name: str
    delivery: str
    sales_model: str
    state: str
    state_reason: str
    category: str
    sales_total: int
    rating: str
    changed_at: Instant
    specifications: list[SellerSpecificationOut]


class SellerProductPage(PageOut[SellerProductOut]):
    """Products, those that changed last first."""


class ReleaseRefOut(Out):
    """A release, as something that points to it."""

    id: str
    state: str


class SellerProductDetail(SellerProductOut):
    """A product with its document, from which a change begins, and what can be done with it."""

    address: str
    document: dict[str, Any]
    document_version: int
    actions: list[str]
    releases: list[ReleaseRefOut]
    trial_access: str


def product_out(row: Any) -> dict[str, Any]:
    """The fields of a product in a list."""
    return {
        "id": row.public_id,
        "slug": row.slug,
        "name": row.name,
        "delivery": row.delivery_type,
        "sales_model": row.sales_model,
        "state": row.state,
        "state_reason": row.state_reason,
        "category": row.category.path,
        "sales_total": row.sales_total,
        "rating": f"{Decimal(row.rating_e2) / 100:.2f}",
        "changed_at": row.changed_at,
        "specifications": [
            SellerSpecificationOut(
                id=each.public_id, key=each.document_key, name=each.name, state=each.state, stock=each.stock
            )
            for each in row.specifications.all()
        ],
    }


def product_detail(found: Any) -> SellerProductDetail:
    """Everything about one product."""
    return SellerProductDetail(
        **product_out(found.product),
        address=found.address,
        document=dict(found.document),
        document_version=found.product.document_version,
        actions=found.actions,
        releases=[ReleaseRefOut(id=each.public_id, state=each.state) for each in found.releases],
        trial_access=found.product.trial_access,
    )


# ----- releases -----


class ReleaseIn(In):
    """How a release begins: `scratch` needs the delivery method, the others a product (id or slug)."""

    source: Literal["scratch", "product", "rejected", "copy"] = "scratch"
    delivery: Code = ""
    product: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,120}$")] = ""
    sales_model: Literal["partner", "joint"] = "partner"


class DocumentIn(In):
    """A draft to be kept. `version` is the one that was read: somebody else's work is not overwritten."""

    document: Document
    version: Annotated[int, Field(ge=1, le=2_000_000_000)]
    notes: Annotated[str, Field(max_length=500, pattern=NO_NUL)] | None = None


class FindingOut(Out):
    """What a rule says about a field. With an `error` the release cannot be submitted."""

    path: str
    level: str
    code: str
    message: str


class RemarkOut(Out):
    """What the reviewer said about a field in the latest round."""

    path: str
    text: str


class ReleaseOut(Out):
    """A release. `state`: draft, pending, approved, rejected. `product` is null before a new one is approved."""

    id: str
    kind: str
    state: str
    title: str
    slug: str
    delivery: str
    product: str | None
    version: int
    changed_at: Instant
    changed_by: str
    submitted_at: Instant | None
    decided_at: Instant | None


class ReleasePage(PageOut[ReleaseOut]):
    """Releases, those that changed last first."""


class ReleaseDetail(ReleaseOut):
    """A release with its document and, after a rejection, the reviewer's words."""

    document: dict[str, Any]
    notes: str
    reason: str
    remarks: list[RemarkOut]
    due_at: Instant | None
    takes_longer: bool


class ChecksOut(Out):
    """Everything that the rules say about a release; `can_submit` is false while there are errors."""

    can_submit: bool
    findings: list[FindingOut]


def release_out(row: Any) -> ReleaseOut:
    """A release in a list."""
    return ReleaseOut(**_release(row))


def _slug(row: Any) -> str:
    """Of a list it was read beside the row; the document itself is not."""
    return str(row.slug or "") if hasattr(row, "slug") else str(row.document.get("slug", ""))


def _release(row: Any) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "kind": row.kind,
        "state": row.state,
        "title": row.title,
        "slug": row.product.slug if row.product else _slug(row),
        "delivery": row.delivery,
        "product": row.product.public_id if row.product else None,
        "version": row.version,
        "changed_at": row.changed_at,
        "changed_by": row.changed_by.name if row.changed_by else "",
        "submitted_at": row.submitted_at,
        "decided_at": row.decided_at,
    }


def release_detail(row: Any, rounds: Sequence[Any]) -> ReleaseDetail:
    """A release with what its latest round said."""
    latest = rounds[0] if rounds else None
    is_back = row.state == "rejected" and latest is not None
    return ReleaseDetail(
        **_release(row),
        document=row.document,
        notes=row.notes,
        reason=latest.note if is_back and latest else "",
        remarks=[RemarkOut(path=each.field, text=each.text) for each in latest.remarks.all()]
        if is_back and latest
        else [],
        due_at=latest.due_at if latest and row.state == "pending" else None,
        takes_longer=bool(latest and row.state == "pending" and latest.takes_longer),
    )


def checks_out(found: Sequence[Any]) -> ChecksOut:
    """Findings as the API writes them."""
    return ChecksOut(
        can_submit=not any(each.is_blocking for each in found),
        findings=[FindingOut(path=each.path, level=each.level, code=each.code, message=each.message) for each in found],
    )


# ----- prices -----


class PricePreviewOut(Out):
    """What a buyer pays for a configuration, and what the seller gets of it."""

    list_price: MoneyOut
    net: MoneyOut
    tax: MoneyOut
    buyer_pays: MoneyOut
    fee_percent: str
    fee: MoneyOut
    seller_gets: MoneyOut


def price_preview_out(found: Any) -> PricePreviewOut:
    """A worked-out price as the API writes it."""
    return PricePreviewOut(
        list_price=money_of(found.quote.official),
        net=money_of(found.net),
        tax=money_of(found.tax),
        buyer_pays=money_of(found.buyer_pays),
        fee_percent=f"{found.fee_percent.normalize():f}",
        fee=money_of(found.fee),
        seller_gets=money_of(found.seller_gets),
    )


class PricesIn(In):
    """A price file: all of it is taken, or none."""

    csv: Annotated[str, Field(max_length=2_000_000, pattern=NO_NUL)]
    version: Annotated[int, Field(ge=1, le=2_000_000_000)]


# ----- products on sale -----


class HideIn(In):
    """Why it is hidden; for the record."""

    reason: Annotated[str, Field(max_length=300, pattern=NO_NUL)] = ""


class RemovalIn(In):
    """What is removed: a specification, a SKU, or, without both, the whole product."""

    specification: Code = ""
    sku: Code = ""
    reason: Annotated[str, Field(min_length=5, max_length=500, pattern=NO_NUL)]
    evidence: Code = ""


class RemovalOut(Out):
    """A request to end a sale. `state`: pending, approved, rejected, withdrawn."""

    id: str
    product: str
    scope: str
    specification: str
    sku: str
    reason: str
    state: str
    requested_at: Instant
    decided_at: Instant | None


class RemovalPage(PageOut[RemovalOut]):
    """Requests, the newest first."""


def removal_out(row: Any) -> RemovalOut:
    """A request as the API writes it."""
    return RemovalOut(
        id=row.public_id,
        product=row.product.public_id,
        scope=row.scope,
        specification=row.specification.public_id if row.specification else "",
        sku=row.sku.code if row.sku else "",
        reason=row.reason,
        state=row.state,
        requested_at=row.requested_at,
        decided_at=row.decided_at,
    )


class EffectsOut(Out):
    """What a removal changes, in words."""

    effects: list[str]


class LimitIn(In):
    """How often an account may buy it; nothing in it: no limit."""

    per_account: Annotated[int, Field(ge=0, le=1000)] = 0
    days: Annotated[int, Field(ge=0, le=3650)] = 0
    once: bool = False
    one_at_a_time: bool = False
    quantities: Annotated[
        dict[Annotated[str, Field(max_length=60, pattern=PLAIN)], Annotated[int, Field(ge=1, le=1_000_000)]],
        Field(max_length=20),
    ] = {}

    def plain(self) -> dict[str, Any]:
        """Only what limits."""
        return {name: value for name, value in self.model_dump().items() if value}


class SalesIn(In):
    """How a product is sold. What is left out stays; `regions` empty: everywhere."""

    purchase_limit: LimitIn | None = None
    specification: Code = ""
    regions: Annotated[list[Country], Field(max_length=250)] | None = None
    accepts_credit: bool | None = None


class StockIn(In):
    """How many pieces of a specification there are; null: they are not counted."""

    specification: Code
    stock: Annotated[int, Field(ge=0, le=1_000_000)] | None


class TrialIn(In):
    """Who may take the trial: everyone, or these accounts (public ids)."""

    access: Literal["everyone", "whitelist"]
    accounts: Annotated[list[Code], Field(max_length=500)] = []


class AccessIn(In):
    """The accounts (public ids) that may buy; without a specification, the whole product."""

    specification: Code = ""
    accounts: Annotated[list[Code], Field(max_length=500)] = []


class PairIn(In):
    """A SKU and what it can be changed into, by their codes."""

    source: Code
    target: Code


class UpgradesIn(In):
    """Every upgrade of a product; others are forgotten."""

    pairs: Annotated[list[PairIn], Field(max_length=500)]


class SkuRefOut(Out):
    """A SKU by its code, with the specification and the choices by which files name it."""

    code: str
    specification: str
    choices: dict[str, str]


class UpgradeOut(Out):
    """An upgrade. `state`: valid, or invalid with the reason: removed, mode or price."""

    source: str
    target: str
    state: str
    reason: str


class UpgradesOut(Out):
    """The upgrades of a product, how many there are, and the SKUs between which they can be.

    `refusal`: why none can be added now; empty when they can.
    """

    count: int
    items: list[UpgradeOut]
    skus: list[SkuRefOut]
    refusal: str


def upgrades_out(plan: Any) -> UpgradesOut:
    """The upgrades of a product as the API writes them."""
    pairs = [pair for each in plan.specifications for pair in each.set_pairs]
    return UpgradesOut(
        count=len(pairs),
        items=[
            UpgradeOut(source=pair.source.code, target=pair.target.code, state=pair.state, reason=pair.reason)
            for pair in pairs
        ],
        skus=[
            SkuRefOut(
                code=sku.code, specification=each.specification.document_key,
                choices={str(key): str(value) for key, value in sku.choices.items()},
            )
            for each in plan.specifications
            for sku in each.skus
        ],
        refusal=str(plan.refusal),
    )  # fmt: skip


# ----- notices, attributes, files -----


class NoticeOut(Out):
    """A problem that the operator found. `state`: open, answered, closed."""

    id: str
    product: str
    text: str
    state: str
    answer: str
    sent_at: Instant
    due_at: Instant
    answered_at: Instant | None


class NoticePage(PageOut[NoticeOut]):
    """Notices, the newest first."""


class AnswerIn(In):
    """The answer to a problem."""

    text: Words


def notice_out(row: Any) -> NoticeOut:
    """A notice as the API writes it."""
    return NoticeOut(
        id=row.public_id,
        product=row.product.public_id,
        text=row.text,
        state=row.state,
        answer=row.answer,
        sent_at=row.sent_at,
        due_at=row.due_at,
        answered_at=row.answered_at,
    )


class AttributeIn(In):
    """An attribute of the seller's own."""

    kind: Literal["choice", "quantity"]
    code: Annotated[str, Field(max_length=40, pattern=PLAIN)]
    name: Annotated[str, Field(max_length=40, pattern=PLAIN)]
    description: Annotated[str, Field(max_length=300, pattern=PLAIN)] = ""


class AttributeChangeIn(In):
    """What can be changed of an attribute; its type and its code stay."""

    name: Annotated[str, Field(max_length=40, pattern=PLAIN)]
    description: Annotated[str, Field(max_length=300, pattern=PLAIN)] = ""


class AttributeOut(Out):
    """An attribute; `is_preset` ones belong to the marketplace."""

    kind: str
    code: str
    name: str
    description: str
    is_preset: bool


class AttributesOut(Out):
    """All attributes that can be used."""

    items: list[AttributeOut]


def attribute_out(row: Any) -> AttributeOut:
    """An attribute as the API writes it."""
    return AttributeOut(
        kind=row.kind,
        code=row.code,
        name=row.name,
        description=row.description,
        is_preset=row.seller_id is None,
    )


class FileIn(In):
    """A file of the listing, its content in Base64. Its type is found by content; pictures become public."""

    name: Annotated[str, Field(min_length=1, max_length=160, pattern=PLAIN)]
    content: Annotated[str, Field(max_length=2_500_000, pattern=r"^[A-Za-z0-9+/=]*$")]


class FileOut(Out):
    """A stored file; documents name it by its id."""

    id: str
    name: str
    media_type: str
    size: int
    width: int
    height: int


def file_out(row: Any) -> FileOut:
    """A file as the API writes it."""
    return FileOut(
        id=row.public_id, name=row.name, media_type=row.media_type, size=row.size, width=row.width, height=row.height
    )


def choices_of(text: str) -> Mapping[str, str]:
    """`edition:plus,size:s` as a mapping."""
    pairs = (part.partition(":") for part in text.split(",") if ":" in part)
    return {key.strip(): value.strip() for key, _colon, value in pairs}
