"""Quotes and orders."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from galleria.api.schemas.catalogue import AgreementRef, QuestionOut, questions_out
from galleria.api.schemas.common import (
    NO_NUL,
    PLAIN,
    In,
    Instant,
    MoneyOut,
    Out,
    PageOut,
    PublicId,
    Slug,
    UnitPrice,
    money,
    money_of,
    one_line,
    unit_price,
)
from galleria.buying import selectors as buying
from galleria.buying import services, states
from galleria.kit.money import Money

# A pattern on keys would leave keys of another form, with any value, to the document: they are checked by hand.
Key = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(one_line)]
Answers = Annotated[dict[Key, Annotated[str, Field(max_length=200, pattern=PLAIN)]], Field(max_length=20)]
CouponCode = Annotated[str, Field(max_length=40, pattern=PLAIN)]


class QuoteIn(In):
    """A configuration. `mode` is one of a price's; `trial` asks for the trial; empty: the first that is offered.

    `attributes`: attribute key to option key or number. `extra`: the seller's questions by key. `offer`: id of the
    exclusive offer to be applied, `none` for none of them; empty: the best one.
    """

    product: Slug
    specification: Annotated[str, Field(max_length=40, pattern=PLAIN)] = ""
    mode: Annotated[str, Field(max_length=80, pattern=PLAIN)] = ""
    term: Annotated[int, Field(ge=1, le=1200)] = 1
    attributes: Answers = {}
    region: Annotated[str, Field(max_length=40, pattern=PLAIN)] = ""
    auto_renew: bool = False
    extra: Answers = {}
    coupon: CouponCode = ""
    offer: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{0,64}$")] = ""


class OrderIn(In):
    """An order of a quote.

    `agreements`: key to the version that was read and accepted; all that the quote names. `consent`: the seller may
    get the contact data (needed where the quote says so). `coupon` null: as in the quote; empty: none.
    """

    quote: PublicId
    agreements: Annotated[dict[Key, Annotated[str, Field(max_length=20, pattern=PLAIN)]], Field(max_length=10)]
    consent: bool = False
    extra: Answers = {}
    coupon: CouponCode | None = None


class ReasonIn(In):
    """Why; the other side reads it."""

    reason: Annotated[str, Field(max_length=500, pattern=NO_NUL)] = ""


class RefusalIn(In):
    """Why an order is refused; the person who placed it reads it."""

    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=NO_NUL)]


class NothingIn(In):
    """An empty object."""


class ProductRef(Out):
    """A product by name and address."""

    id: str
    slug: str
    name: str


class QuoteOut(Out):
    """A price, kept for a day. `official` is the list price; `due` is what is paid, tax included.

    `is_current` false: asked again now the price is another one, and an order would be refused with PRICE_CHANGED.
    `coupon_problems`: why the coupon pays nothing. `offer`: the one that is applied. `working`: how it was calculated,
    as data.
    """

    id: str
    product: ProductRef
    specification: str
    mode: str
    term: int
    is_trial: bool
    trial_days: int
    currency: str
    official: MoneyOut
    discount: MoneyOut
    coupon: MoneyOut
    net: MoneyOut
    tax: MoneyOut
    tax_rate_e4: int
    due: MoneyOut
    coupon_code: str
    coupon_problems: list[str]
    offer: str | None
    is_current: bool
    agreements: list[AgreementRef]
    needs_consent: bool
    extra_parameters: list[QuestionOut]
    working: list[dict[str, Any]]
    created_at: Instant
    expires_at: Instant


class LineOut(Out):
    """A line of an order. `delivery_state`: waiting, delivering, delivered, done, failed.

    `payable`: after discount and coupon, before tax.
    """

    id: str
    product: ProductRef
    title: str
    specification: str
    product_code: str
    billing_mode: str
    period_type: str
    period_count: int
    quantity: int
    choices: dict[str, str]
    extra: dict[str, str]
    region: str
    auto_renew: bool
    is_trial: bool
    trial_days: int
    unit_price: UnitPrice
    official: MoneyOut
    discount: MoneyOut
    coupon: MoneyOut
    payable: MoneyOut
    tax: MoneyOut
    refunded: MoneyOut
    subscription: str | None
    delivery_state: str


class OrderOut(Out):
    """An order. `state_number` and `kind_number` are stable; *refunding* has no number (null)."""

    id: str
    state: str
    state_number: int | None
    state_reason: str
    kind: str
    kind_number: int
    source: int
    created_by: str
    currency: str
    official: MoneyOut
    discount: MoneyOut
    coupon: MoneyOut
    tax: MoneyOut
    tax_rate_e4: int
    due: MoneyOut
    paid: MoneyOut
    refunded: MoneyOut
    paid_by: str
    payment: str | None
    combined_id: str
    created_at: Instant
    expires_at: Instant | None
    paid_at: Instant | None
    finished_at: Instant | None
    lines: list[LineOut]


class AcceptedOut(Out):
    """An agreement version that the order froze."""

    key: str
    name: str
    version: str
    accepted_at: Instant
    accepted_by: str


class DeliveryOut(Out):
    """The work of delivering a line. `state`: requested, retrying, provisioning, succeeded, failed, waiting_seller."""

    id: str
    line: str
    activity: str
    state: str
    attempts: int
    requested_at: Instant
    next_attempt_at: Instant | None
    finished_at: Instant | None


class OrderDetail(OrderOut):
    """An order with what it froze and how its delivery goes."""

    agreements: list[AcceptedOut]
    consent_given: bool
    deliveries: list[DeliveryOut]
    working: list[dict[str, Any]]


class OrderPage(PageOut[OrderOut]):
    """Orders, the newest first."""


# --- making them ------------------------------------------------------------------------------------------
def quote_out(
    kept: Any, quoted: services.Quoted, agreements: list[AgreementRef], *, is_current: bool = True
) -> QuoteOut:
    chosen, result = quoted.chosen, quoted.result
    product = chosen.product
    return QuoteOut(
        id=kept.public_id,
        product=ProductRef(id=product.public_id, slug=product.slug, name=product.name),
        specification=chosen.specification.public_id,
        mode="trial" if chosen.is_trial else _mode(chosen.price),
        term=chosen.periods,
        is_trial=chosen.is_trial,
        trial_days=chosen.trial_days,
        currency=result.currency,
        official=money_of(result.official),
        discount=money_of(result.saving),
        coupon=money_of(result.coupon),
        net=money_of(result.net),
        tax=money_of(result.tax),
        tax_rate_e4=result.tax_e4,
        due=money_of(result.due),
        coupon_code=result.coupon_code,
        coupon_problems=list(quoted.coupon_refused),
        offer=next((line.discount.offer_id or None for line in result.lines if line.discount), None),
        is_current=is_current,
        agreements=agreements,
        needs_consent=product.needs_contact_consent,
        extra_parameters=questions_out(product.extra_parameters),
        working=kept.result["working"],
        created_at=kept.created_at,
        expires_at=kept.expires_at,
    )


def _mode(price: Any) -> str:
    detail = price.period_type or price.meter
    return f"{price.billing_mode}:{detail}" if detail else str(price.billing_mode)


def line_out(line: Any, currency: str) -> LineOut:
    return LineOut(
        id=line.public_id,
        product=ProductRef(id=line.product.public_id, slug=line.product.slug, name=line.product.name),
        title=line.product_name,
        specification=line.specification.public_id,
        product_code=line.product_code,
        billing_mode=line.billing_mode,
        period_type=line.period_type,
        period_count=line.period_count,
        quantity=line.quantity,
        choices={str(key): str(value) for key, value in line.choices.items()},
        extra={str(key): str(value) for key, value in line.extra.items()},
        region=line.region,
        auto_renew=line.auto_renew,
        is_trial=line.is_trial,
        trial_days=line.trial_days,
        unit_price=unit_price(line.unit_price_e10, currency),
        official=money(line.official_minor, currency),
        discount=money(line.discount_minor, currency),
        coupon=money(line.coupon_minor, currency),
        payable=money(line.payable_minor, currency),
        tax=money(line.tax_minor, currency),
        refunded=money(line.refunded_minor, currency),
        subscription=line.subscription.public_id if line.subscription else None,
        delivery_state=line.delivery_state,
    )


def _order(order: Any) -> dict[str, Any]:
    currency = order.currency
    return {
        "id": order.public_id,
        "state": order.state,
        "state_number": states.STATE_NUMBERS.get(order.state),
        "state_reason": order.state_reason,
        "kind": states.KINDS[order.kind],
        "kind_number": order.kind,
        "source": order.source,
        "created_by": order.creator_name,
        "currency": currency,
        "official": money(order.official_minor, currency),
        "discount": money_of(Money(order.official_minor, currency) - Money(order.discounted_minor, currency)),
        "coupon": money(order.coupon_minor, currency),
        "tax": money(order.tax_minor, currency),
        "tax_rate_e4": order.tax_rate_e4,
        "due": money(order.due_minor, currency),
        "paid": money(order.paid_minor, currency),
        "refunded": money(order.refunded_minor, currency),
        "paid_by": order.paid_by,
        "payment": order.payment.public_id if order.payment else None,
        "combined_id": order.combined_id,
        "created_at": order.created_at,
        "expires_at": order.expires_at,
        "paid_at": order.paid_at,
        "finished_at": order.finished_at,
        "lines": [line_out(line, currency) for line in order.lines.all()],
    }


def order_out(order: Any) -> OrderOut:
    return OrderOut(**_order(order))


def order_detail(order: Any, deliveries: list[Any]) -> OrderDetail:
    return OrderDetail(
        **_order(order),
        agreements=[
            AcceptedOut(
                key=row.version.agreement.key,
                name=row.version.agreement.name,
                version=row.version.version,
                accepted_at=row.accepted_at,
                accepted_by=row.accepted_by,
            )
            for row in buying.agreements_of(order)
        ],
        consent_given=bool(order.consent),
        deliveries=[
            DeliveryOut(
                id=row.public_id,
                line=row.order_line_id,
                activity=row.activity,
                state=row.state,
                attempts=row.attempts,
                requested_at=row.requested_at,
                next_attempt_at=row.next_attempt_at,
                finished_at=row.finished_at,
            )
            for row in deliveries
        ],
        working=order.working.get("working", []),
    )
