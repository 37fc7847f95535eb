"""Renewals, how subscriptions go on after their end, and trials that are converted."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from galleria.api.schemas.buying import CouponCode, OrderOut, ProductRef, order_out
from galleria.api.schemas.common import In, Instant, MoneyOut, Out, PageOut, PublicId, money, money_of
from galleria.kit.spoken import spoken

TermText = Annotated[str, Field(max_length=12, pattern=r"^((month|year):[1-9][0-9]{0,3})?$")]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Policy = Literal["manual", "auto", "to_pay_per_use", "none"]


class PriceChangeOut(Out):
    """List prices before tax of the last term: what it cost, and what the same costs today."""

    term: str
    was: MoneyOut
    now: MoneyOut


class RenewalOut(Out):
    """One renewal as it would be ordered now.

    `ends_now`, `ends_then`: the end as it is and after payment; `extra_days`: those to the renewal date.
    `next_due`, `next_at`: what the next renewal costs at today's price, and when it is deducted or falls due.
    `terms`: what can be chosen. `working`: how it was calculated, as data.
    """

    subscription: str
    product: ProductRef
    term: str
    terms: list[str]
    extra_days: int
    ends_now: Instant
    ends_then: Instant
    official: MoneyOut
    discount: MoneyOut
    coupon: MoneyOut
    net: MoneyOut
    tax: MoneyOut
    due: MoneyOut
    coupon_problems: list[str]
    price_change: PriceChangeOut | None
    renews_itself: bool
    next_due: MoneyOut
    next_at: Instant
    working: list[dict[str, Any]]


class LeftOut(Out):
    """A subscription that cannot be renewed now: why, and the unpaid order that is in the way."""

    subscription: str
    code: str
    message: str
    order: str


class RenewalPreviewOut(Out):
    """What an order of these renewals would be. `digest` goes back with the order."""

    renewals: list[RenewalOut]
    left: list[LeftOut]
    due: MoneyOut
    digest: str


class RenewalsIn(In):
    """Renewals as they were previewed: at most ten together (B-REN-001). `term` empty: as usual for each.

    `is_aligned`: to the account's renewal date. `coupon`: for one renewal only. `digest`: of the preview.
    """

    subscriptions: Annotated[list[PublicId], Field(min_length=1, max_length=10)]
    term: TermText = ""
    is_aligned: bool = False
    coupon: CouponCode = ""
    digest: Digest


class OrdersOut(Out):
    """The orders that were made; several are one combined order, paid and canceled as a whole."""

    orders: list[OrderOut]
    combined_id: str
    due: MoneyOut


class PendingOut(Out):
    """A subscription that ends some day. `due`: of its usual renewal at today's price, null when it cannot be renewed;
    `open_order`: the unpaid order that is in the way."""

    subscription: str
    product: ProductRef
    state: str
    region: str
    order: str
    expires_at: Instant
    policy: Policy
    renewals_left: int | None
    term: str
    due: MoneyOut | None
    why_not: str
    open_order: str


class PendingPage(PageOut[PendingOut]):
    """Subscriptions by their end, the soonest first."""


class PolicyOut(Out):
    """How a subscription goes on. `term`: what auto-renewal buys each time; `renewals_left` null: until it is stopped.

    `deduct_at`: when auto-renewal is deducted next.
    """

    policy: Policy
    term: str
    renewals_left: int | None
    expires_at: Instant | None
    deduct_at: Instant | None


class PolicyIn(In):
    """How it shall go on. `term` and `times` are for `auto`; empty and null: a month or year, until it is stopped."""

    policy: Policy
    term: TermText = ""
    times: Annotated[int, Field(ge=1, le=999)] | None = None


class SettingOut(Out):
    """Days before the end on which auto-renewal pays, and the one renewal date (31: the last day of the month)."""

    deduct_days_before: int
    renewal_day: int


class SettingIn(In):
    """What is null stays as it is."""

    deduct_days_before: Annotated[int, Field(ge=0, le=7)] | None = None
    renewal_day: Annotated[int, Field(ge=1, le=31)] | None = None


class DeductionOut(Out):
    """An attempt to renew by itself. `state`: paying, paid, failed."""

    state: str
    planned_at: Instant
    tried_at: Instant
    code: str
    reason: str
    order: str


class DeductionsOut(Out):
    """The latest attempts, the last one first."""

    items: list[DeductionOut]


class ConversionOut(Out):
    """What converting a trial would cost and change. `lost_days`: of the trial, as the paid term begins at once."""

    subscription: str
    term: str
    terms: list[str]
    trial_ends_at: Instant
    ends_then: Instant
    lost_days: int
    official: MoneyOut
    discount: MoneyOut
    coupon: MoneyOut
    net: MoneyOut
    tax: MoneyOut
    due: MoneyOut
    coupon_problems: list[str]
    next_due: MoneyOut
    working: list[dict[str, Any]]
    digest: str


class ConversionIn(In):
    """A conversion as it was previewed. `term` empty: the shortest."""

    term: TermText = ""
    coupon: CouponCode = ""
    digest: Digest


def _product(row: Any) -> ProductRef:
    return ProductRef(id=row.product.public_id, slug=row.product.slug, name=row.product.name)


def _amounts(quote: Any) -> dict[str, MoneyOut]:
    return {
        "official": money_of(quote.official),
        "discount": money_of(quote.saving),
        "coupon": money_of(quote.coupon),
        "net": money_of(quote.net),
        "tax": money_of(quote.tax),
        "due": money_of(quote.due),
    }


def _renewal(found: Any) -> RenewalOut:
    change = found.price_change
    return RenewalOut(
        subscription=found.subscription.public_id,
        product=_product(found.subscription),
        term=found.term.key,
        terms=[term.key for term in found.terms],
        extra_days=found.ends.extra_days,
        ends_now=found.ends.before,
        ends_then=found.ends.ends_at,
        coupon_problems=list(found.coupon_refused),
        price_change=PriceChangeOut(term=change.term.key, was=money_of(change.was), now=money_of(change.now))
        if change
        else None,
        renews_itself=found.renews_itself,
        next_due=money_of(found.then_due),
        next_at=found.then_at,
        working=found.quote.to_json()["working"],
        **_amounts(found.quote),
    )


def preview_out(preview: Any) -> RenewalPreviewOut:
    return RenewalPreviewOut(
        renewals=[_renewal(each) for each in preview.renewals],
        left=[
            LeftOut(
                subscription=each.subscription.public_id,
                code=each.refusal.code,
                message=each.refusal.message,
                order=str(each.refusal.extra.get("order", "")),
            )
            for each in preview.left
        ],
        due=money_of(preview.due),
        digest=preview.digest,
    )


def orders_out(orders: list[Any]) -> OrdersOut:
    currency = orders[0].currency
    return OrdersOut(
        orders=[order_out(each) for each in orders],
        combined_id=orders[0].combined_id,
        due=money(sum(each.due_minor for each in orders), currency),
    )


def pending_out(row: Any, found: Any, open_order: str) -> PendingOut:
    """`found`: the renewal, or the refusal that says why there is none."""
    has = hasattr(found, "quote")
    return PendingOut(
        subscription=row.public_id,
        product=_product(row),
        state=row.state,
        region=row.region,
        order=row.order_id,
        expires_at=row.expires_at,
        policy=row.renewal,
        renewals_left=row.renewals_left,
        term=found.term.key if has else "",
        due=money_of(found.due) if has else None,
        why_not="" if has else found.code,
        open_order=open_order,
    )


def policy_out(row: Any, deduct_at: Any) -> PolicyOut:
    term = f"{row.renewal_period_type}:{row.renewal_period_count}" if row.renewal_period_type else ""
    return PolicyOut(
        policy=row.renewal, term=term, renewals_left=row.renewals_left, expires_at=row.expires_at, deduct_at=deduct_at
    )


def setting_out(found: Any) -> SettingOut:
    return SettingOut(deduct_days_before=found.offset_days, renewal_day=found.day)


def deductions_out(rows: list[Any]) -> DeductionsOut:
    return DeductionsOut(
        items=[
            DeductionOut(
                state=row.state, planned_at=row.planned_at, tried_at=row.tried_at, code=row.code,
                reason=spoken(row.reason), order=row.order_id,
            )
            for row in rows
        ]
    )  # fmt: skip


def conversion_out(found: Any) -> ConversionOut:
    return ConversionOut(
        subscription=found.subscription.public_id,
        term=found.term.key,
        terms=[term.key for term in found.terms],
        trial_ends_at=found.ends_before,
        ends_then=found.ends_at,
        lost_days=found.lost_days,
        coupon_problems=list(found.coupon_refused),
        next_due=money_of(found.then_due),
        working=found.quote.to_json()["working"],
        digest=found.digest,
        **_amounts(found.quote),
    )
