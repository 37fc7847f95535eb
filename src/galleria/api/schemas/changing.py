"""Changes of a subscription's specification."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from galleria.api.schemas.buying import CouponCode, Key
from galleria.api.schemas.catalogue import AgreementRef
from galleria.api.schemas.common import PLAIN, In, Instant, MoneyOut, Out, money_of
from galleria.buying import changeable

Mode = Literal["now", "renewal"]
SkuCode = Annotated[str, Field(max_length=64, pattern=PLAIN)]
TermText = Annotated[str, Field(max_length=12, pattern=r"^((month|year):[1-9][0-9]{0,3})?$")]
Quantity = Annotated[int, Field(ge=1, le=999_999_999)]


class ChangeIn(In):
    """A change as it was previewed. `digest` is that of the preview: what differs from it is not ordered.

    `sku` empty: the present one; `quantity` null: as it is; `term` (`month:3`) only with a renewal, empty: as usual.
    `agreements`: key to the version that was read and accepted; all that the preview names.
    """

    mode: Mode
    sku: SkuCode = ""
    quantity: Quantity | None = None
    term: TermText = ""
    coupon: CouponCode = ""
    agreements: Annotated[dict[Key, Annotated[str, Field(max_length=20, pattern=PLAIN)]], Field(max_length=10)]
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class PossibleOut(Out):
    """Whether something can be done. `reason`: a stable key, empty when it can; `message`: the same in words."""

    is_possible: bool
    reason: str
    message: str


class QuantityLimits(Out):
    """The attribute that is multiplied, and the quantities that are sold."""

    key: str
    name: str
    unit: str
    minimum: int
    maximum: int
    step: int


class TargetOut(Out):
    """A SKU of the same specification. `now`: inside the running term; `with_renewal`: for the next one."""

    sku: str
    choices: dict[str, str]
    is_present: bool
    period_types: list[str]
    quantity: QuantityLimits | None
    now: PossibleOut
    with_renewal: PossibleOut


class PlannedOut(Out):
    """The configuration that is paid for the next term."""

    sku: str
    quantity: int
    begins_at: Instant
    order: str


class TargetsOut(Out):
    """What a subscription can become. `now` and `with_renewal` rule out everything when they are not possible.

    `renewal_opens_at`: from when on it can be changed with a renewal; `open_order`: the order that has to end first.
    """

    subscription: str
    sku: str
    quantity: int
    expires_at: Instant | None
    renewal_opens_at: Instant | None
    now: PossibleOut
    with_renewal: PossibleOut
    open_order: str
    planned: PlannedOut | None
    targets: list[TargetOut]


class SideOut(Out):
    """A configuration. `per_period`: its list price for one `period_type`; `ends_at`: the expiry."""

    sku: str
    product_code: str
    choices: dict[str, str]
    quantity: int
    period_type: str
    per_period: MoneyOut
    ends_at: Instant


class NextOut(Out):
    """The next amount at today's price, tax included; null when nothing is offered for it any more."""

    due: MoneyOut | None
    at: Instant
    renews_itself: bool


class ChangePreviewOut(Out):
    """A change as it would be ordered now. `working`: how each figure was calculated, as data.

    `days_left`: what the fee is for, 0 with a renewal. `begins_at`: when it is in force; null: as soon as the seller
    has made it. `asks_seller`: the seller is asked when it is ordered, and may refuse it with a reason.
    """

    mode: Mode
    digest: str
    before: SideOut
    after: SideOut
    is_less: bool
    days_left: int
    begins_at: Instant | None
    asks_seller: bool
    term: str
    terms: list[str]
    currency: str
    official: MoneyOut
    discount: MoneyOut
    coupon: MoneyOut
    net: MoneyOut
    tax: MoneyOut
    tax_rate_e4: int
    due: MoneyOut
    coupon_problems: list[str]
    agreements: list[AgreementRef]
    next: NextOut
    working: list[dict[str, Any]]


def _possible(reason: str) -> PossibleOut:
    message = str(changeable.SENTENCES[reason]) if reason else ""
    return PossibleOut(is_possible=not reason, reason=reason, message=message)


def _texts(choices: dict[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in choices.items()}


def targets_out(found: changeable.Targets) -> TargetsOut:
    row, planned = found.subscription, found.planned
    return TargetsOut(
        subscription=row.public_id,
        sku=row.sku.code,
        quantity=row.quantity,
        expires_at=row.expires_at,
        renewal_opens_at=found.opens_at,
        now=_possible(found.why_not_now),
        with_renewal=_possible(found.why_not_renewal),
        open_order=found.open_order,
        planned=PlannedOut(
            sku=planned.sku.code, quantity=planned.quantity, begins_at=planned.starts_at, order=planned.order_id
        )
        if planned
        else None,
        targets=[_target(found, each) for each in found.targets],
    )


def _target(found: changeable.Targets, each: changeable.Target) -> TargetOut:
    return TargetOut(
        sku=each.sku.code,
        choices=_texts(each.sku.choices),
        is_present=each.offer.is_present,
        period_types=[price.period_type for price in each.prices],
        quantity=QuantityLimits(
            key=each.quantity.key,
            name=each.quantity.name,
            unit=each.quantity.unit,
            minimum=each.quantity.minimum,
            maximum=each.quantity.maximum,
            step=each.quantity.step,
        )
        if each.quantity
        else None,
        now=_possible(found.why_not_now or each.now),
        with_renewal=_possible(found.why_not_renewal or each.renewal),
    )


def _side(side: Any) -> SideOut:
    return SideOut(
        sku=side.target.sku.code,
        product_code=side.price.product_code,
        choices=_texts(side.choices),
        quantity=side.quantity,
        period_type=side.price.period_type,
        per_period=money_of(side.per_period),
        ends_at=side.ends_at,
    )


def change_preview_out(seen: Any, agreements: list[AgreementRef]) -> ChangePreviewOut:
    result = seen.quote
    return ChangePreviewOut(
        mode=seen.mode,
        digest=seen.digest,
        before=_side(seen.before),
        after=_side(seen.after),
        is_less=seen.is_less,
        days_left=seen.days_left,
        begins_at=seen.begins_at,
        asks_seller=seen.mode == "renewal",
        term=seen.term.key if seen.term else "",
        terms=[term.key for term in seen.terms],
        currency=result.currency,
        official=money_of(result.official),
        discount=money_of(result.saving),
        coupon=money_of(result.coupon),
        net=money_of(result.net),
        tax=money_of(result.tax),
        tax_rate_e4=result.tax_e4,
        due=money_of(result.due),
        coupon_problems=list(seen.asked.coupon_refused),
        agreements=agreements,
        next=NextOut(
            due=money_of(seen.then_due) if seen.then_due is not None else None,
            at=seen.then_at,
            renews_itself=seen.renews_itself,
        ),
        working=result.to_json()["working"],
    )
