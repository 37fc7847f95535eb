"""Offers and coupons: what an account was granted, and what a seller grants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from galleria.api.schemas.account import CouponOut, coupon_out
from galleria.api.schemas.common import NO_NUL, PLAIN, In, Instant, MoneyOut, Out, PageOut, money, money_of
from galleria.kit.errors import Invalid
from galleria.pricing import selectors
from galleria.pricing.selectors import offers

_PLACES = r"^((19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2}))?$"
InstantIn = Annotated[str, Field(max_length=40, pattern=_PLACES, examples=["2027-03-01T09:00:00Z"])]
Line = Annotated[str, Field(max_length=120, pattern=PLAIN)]
Short = Annotated[str, Field(max_length=60, pattern=PLAIN)]
Amount = Annotated[str, Field(pattern=r"^([0-9]{1,12}([.][0-9]{1,4})?)?$", examples=["240.00"])]
Percent = Annotated[str, Field(pattern=r"^([0-9]{1,2}([.][0-9]{1,2})?)?$", examples=["12.5"])]
Count = Annotated[int, Field(ge=1, le=1_000_000)]
Accounts = Annotated[list[Annotated[str, Field(max_length=254, pattern=PLAIN)]], Field(max_length=100)]
OrderType = Literal["new", "renewal"]
Reason = Annotated[str, Field(max_length=500, pattern=NO_NUL)]


def instant(field: str, text: str) -> datetime | None:
    """An instant of a body; None when it is empty. Raises Invalid for a day that does not exist."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(fields={field: _("Give an instant as 2027-01-31T09:00:00Z.")}) from None


# ----- offers -----


class OfferLineIn(In):
    """A quotation line; what is left out is any. `price` is for the whole line and wants SKU, mode, quantity, periods.

    `mode`: period:month, period:year, one_time, package, exhaustible.
    """

    product: Short
    specification: Short = ""
    sku: Short = ""
    mode: Short = ""
    quantity: Count | None = None
    periods: Count | None = None
    percent: Percent = ""
    price: Amount = ""


class OfferIn(In):
    """An offer as a draft. `accounts`: public ids or e-mail addresses. `starts_at` empty: when it takes effect."""

    name: Line
    accounts: Accounts
    lines: Annotated[list[OfferLineIn], Field(max_length=20)]
    starts_at: InstantIn = ""
    ends_at: InstantIn
    order_types: Annotated[list[OrderType], Field(max_length=2)] = ["new"]
    is_single: bool = False
    remarks: Annotated[str, Field(max_length=1000, pattern=NO_NUL)] = ""


class ConfirmIn(In):
    """`confirmed`: a special business request, on which the operator decides."""

    confirmed: bool = False


class EndIn(In):
    """Why."""

    reason: Reason = ""


class OfferLineOut(Out):
    """A quotation line. `official`, `amount`, `saving`: of the whole line, before tax, where it names everything.

    `configuration`: what it fixes, as a quote takes it.
    """

    product: str | None
    product_name: str
    specification: str | None
    sku: str | None
    mode: str
    quantity: int | None
    periods: int | None
    percent_e2: int
    official: MoneyOut | None
    amount: MoneyOut | None
    saving: MoneyOut | None
    configuration: dict[str, Any]


class OfferOut(Out):
    """An offer to the account. `state`: open, waiting, used, expired, invalid. `link` is its page."""

    id: str
    name: str
    kind: str
    granted_by: str
    state: str
    starts_at: Instant | None
    ends_at: Instant
    order_types: list[str]
    is_single: bool
    used_by: str
    link: str
    lines: list[OfferLineOut]


class OfferPage(PageOut[OfferOut]):
    """Offers, those that end first in front."""


class SellerOfferOut(Out):
    """An offer of the seller. `state`: draft, in_approval, effective, rejected, withdrawn, expired, invalid, used.

    `reason`: why it was rejected or ended. `orders`: placed with it. `actions`: what can be done with it now.
    """

    id: str
    name: str
    state: str
    reason: str
    is_beyond: bool
    accounts: list[str]
    starts_at: Instant | None
    ends_at: Instant
    order_types: list[str]
    is_single: bool
    remarks: str
    link: str
    created_at: Instant
    lines: list[OfferLineOut]


class SellerOfferDetail(SellerOfferOut):
    """With what was ordered."""

    orders: list[str]
    actions: list[str]


class SellerOfferPage(PageOut[SellerOfferOut]):
    """Offers, the newest first."""


def lines_out(lines: list[Any], worths: Mapping[int, Any], prices: Mapping[int, Any]) -> list[OfferLineOut]:
    """Quotation lines with their figures."""
    return [_line_out(line, worths[line.pk], prices.get(line.pk)) for line in lines]


def _line_out(line: Any, worth: Any, price: Any) -> OfferLineOut:
    mode = f"{line.billing_mode}:{line.period_type}" if line.period_type else line.billing_mode
    return OfferLineOut(
        product=line.product.public_id if line.product else None,
        product_name=line.product.name if line.product else "",
        specification=line.specification.public_id if line.specification else None,
        sku=line.sku_id,
        mode=mode,
        quantity=line.quantity,
        periods=line.periods,
        percent_e2=worth.percent_e2,
        official=money_of(worth.official) if worth.official is not None else None,
        amount=money_of(worth.amount) if worth.amount is not None else None,
        saving=money_of(worth.saving) if worth.saving is not None else None,
        configuration=selectors.configuration_of(line, price) if price is not None else {},
    )


def figures(rows: list[Any]) -> tuple[dict[int, Any], dict[int, Any]]:
    """What all lines of some offers come to, in three queries however many there are."""
    lines = [line for row in rows for line in row.lines.all()]
    return selectors.worths(lines), offers.prices_of(lines)


def offer_out(row: Any, account_pk: int | None, at: datetime, found: tuple[Any, Any]) -> OfferOut:
    return OfferOut(
        id=row.public_id,
        name=row.name,
        kind=row.kind,
        granted_by=offers.issuer_name(row),
        state=selectors.state_for(row, account_pk, at),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        order_types=row.order_types,
        is_single=row.is_single,
        used_by=offers.is_used_by(row, account_pk),
        link=f"/offers/{row.public_id}",
        lines=lines_out(list(row.lines.all()), *found),
    )


def _seller_offer(row: Any, found: tuple[Any, Any]) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "name": row.name,
        "state": row.state,
        "reason": row.reason,
        "is_beyond": row.is_beyond,
        "accounts": [each.account.public_id for each in row.accounts.all()],
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "order_types": row.order_types,
        "is_single": row.is_single,
        "remarks": row.remarks,
        "link": f"/offers/{row.public_id}",
        "created_at": row.created_at,
        "lines": lines_out(list(row.lines.all()), *found),
    }


def seller_offer_out(row: Any, found: tuple[Any, Any]) -> SellerOfferOut:
    return SellerOfferOut(**_seller_offer(row, found))


def seller_offer_detail(row: Any, uses: list[Any], actions: list[str]) -> SellerOfferDetail:
    orders = [each.order_id for each in uses if each.freed_at is None]
    return SellerOfferDetail(**_seller_offer(row, figures([row])), orders=orders, actions=actions)


# ----- coupons -----


class CodeIn(In):
    """A printed code; blanks and hyphens do not matter."""

    code: Annotated[str, Field(min_length=1, max_length=40, pattern=PLAIN)]


class CouponUseOut(Out):
    """A use of a coupon; a negative amount was given back."""

    order: str
    amount: MoneyOut
    at: Instant


class CouponDetail(CouponOut):
    """A coupon with where it was used. `is_void`: its issuer stopped it."""

    limits: dict[str, Any]
    is_void: bool
    uses: list[CouponUseOut]


def coupon_detail(row: Any) -> CouponDetail:
    return CouponDetail(
        **coupon_out(row).model_dump(),
        limits=row.limits,
        is_void=row.voided_at is not None,
        uses=[
            CouponUseOut(order=each.order_id, amount=money(each.amount_minor, row.currency), at=each.at)
            for each in row.uses.all()
        ],
    )


class BatchIn(In):
    """Coupons that are alike. `kind` cash wants `face`, discount wants `percent` and is used once.

    `claim`: public (who wants one claims it), grant (given to `accounts`), code (printed codes of 16 characters).
    Empty lists are everything. `minimum`: of the lines that it is for, after discounts.
    """

    name: Line
    kind: Literal["cash", "discount"] = "cash"
    currency: Annotated[str, Field(pattern=r"^([A-Z]{3})?$")] = ""
    face: Amount = ""
    percent: Percent = ""
    minimum: Amount = ""
    claim: Literal["public", "grant", "code"]
    quantity: Annotated[int, Field(ge=1, le=5000)]
    per_account: Annotated[int, Field(ge=1, le=100)] = 1
    valid_from: InstantIn = ""
    expires_at: InstantIn
    products: Annotated[list[Short], Field(max_length=200)] = []
    specifications: Annotated[list[Short], Field(max_length=200)] = []
    order_types: Annotated[list[Literal["new", "renewal", "change"]], Field(max_length=3)] = []
    modes: Annotated[list[Literal["month", "year", "one_time"]], Field(max_length=3)] = []
    regions: Annotated[list[Annotated[str, Field(max_length=40, pattern=PLAIN)]], Field(max_length=50)] = []
    with_discounts: bool = True
    accounts: Accounts = []


class AccountsIn(In):
    """Accounts by public id or e-mail address."""

    accounts: Accounts


class ClaimableOut(Out):
    """Coupons that the account may claim."""

    id: str
    name: str
    kind: str
    face: MoneyOut
    percent_e2: int
    minimum: MoneyOut
    seller: str | None
    limits: dict[str, Any]
    valid_from: Instant
    expires_at: Instant


class ClaimableList(Out):
    """Those that end first in front."""

    items: list[ClaimableOut]


class BatchOut(ClaimableOut):
    """Coupons of the seller. `state`: active, void. `issued`: how many accounts have."""

    claim: str
    quantity: int
    per_account: int
    issued: int
    state: str
    created_at: Instant


class BatchDetail(BatchOut):
    """With what became of them. `paid`: what they paid, less what was given back."""

    used: int
    unused: int
    locked: int
    paid: MoneyOut


class BatchPage(PageOut[BatchOut]):
    """The newest first."""


class CodeOut(Out):
    """A printed code and how it stands."""

    code: str
    state: str


class CodesOut(Out):
    """Every code, in the order in which they were made; empty for coupons that have none."""

    items: list[CodeOut]


def _batch(row: Any) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "name": row.name,
        "kind": row.kind,
        "face": money(row.face_minor, row.currency),
        "percent_e2": row.percent_e2,
        "minimum": money(row.minimum_minor, row.currency),
        "seller": row.seller.name if row.seller else None,
        "limits": row.limits,
        "valid_from": row.valid_from,
        "expires_at": row.expires_at,
    }


def claimable_out(row: Any) -> ClaimableOut:
    return ClaimableOut(**_batch(row))


def _own_batch(row: Any) -> dict[str, Any]:
    more = ("claim", "quantity", "per_account", "issued", "state", "created_at")
    return {**_batch(row), **{name: getattr(row, name) for name in more}}


def batch_out(row: Any) -> BatchOut:
    return BatchOut(**_own_batch(row))


def batch_detail(row: Any) -> BatchDetail:
    found = selectors.figures_of(row)
    return BatchDetail(
        **_own_batch(row), used=found["used"], unused=found["unused"], locked=found["locked"],
        paid=money_of(found["paid"]),
    )  # fmt: skip
