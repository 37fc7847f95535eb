"""The account, its money, and what belongs to the person."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from galleria.api.numbers import COUPON_KINDS, COUPON_SOURCES, COUPON_STATES
from galleria.api.schemas.buying import Answers
from galleria.api.schemas.catalogue import CardOut
from galleria.api.schemas.common import (
    NO_NUL,
    PLAIN,
    In,
    Instant,
    MoneyOut,
    Out,
    PageOut,
    money,
    money_of,
)
from galleria.kit.actor import Actor

Text = Annotated[str, Field(max_length=2000, pattern=NO_NUL)]


class MeOut(Out):
    """Who asks: the person, the account, and what may be done (with a key: what its scopes leave)."""

    user_id: str | None
    user_name: str
    account_id: str | None
    roles: list[str]
    permissions: list[str]
    is_operator: bool


class AccountOut(Out):
    """The account. `is_complete`: it may order. `sales_model`: direct, referral, resale (a partner pays)."""

    id: str
    kind: str
    name: str
    country: str
    currency: str
    email: str
    phone: str
    address: str
    tax_id: str
    payment_model: str
    sales_model: str
    state: str
    is_complete: bool
    pays_automatically: bool
    created_at: Instant


class ApprovalOut(Out):
    """An approval to pay later and what is left of it."""

    limit: MoneyOut
    used: MoneyOut
    valid_from: Instant
    valid_to: Instant | None


class BalanceOut(Out):
    """The money of the account. `available`: cash and what is left of the credit; `unbilled`: goes onto the next
    monthly bill; `debt`: is overdue."""

    cash: MoneyOut
    available: MoneyOut
    credit: ApprovalOut | None
    settlement: ApprovalOut | None
    credit_used: MoneyOut
    unbilled: MoneyOut
    debt: MoneyOut


class EntryOut(Out):
    """A movement of the balance; positive came in. `source` names what it is for, such as `order` and its number."""

    at: Instant
    kind: str
    amount: MoneyOut
    balance_after: MoneyOut
    source_type: str
    source_id: str
    by: str


class EntryPage(PageOut[EntryOut]):
    """Movements, the latest first."""


class TopUpIn(In):
    """Announce a bank transfer (`bank`: who sent what when), or charge a saved card (`card`)."""

    method: Literal["bank", "card"]
    amount: Annotated[str, Field(pattern=r"^[0-9]{1,12}([.][0-9]{1,4})?$", examples=["250.00"])]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["EUR"])]
    means: Annotated[str, Field(max_length=40, pattern=PLAIN)] = ""
    sender: Annotated[str, Field(max_length=120, pattern=PLAIN)] = ""
    bank: Annotated[str, Field(max_length=120, pattern=PLAIN)] = ""
    reference: Annotated[str, Field(max_length=120, pattern=PLAIN)] = ""
    transferred_on: Annotated[str, Field(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")] = ""


class TopUpOut(Out):
    """Money put on the balance. `state`: submitted, confirmed, rejected, failed.

    `payment`: the card payment; if it waits for the person, open its `action_url` and confirm it.
    """

    id: str
    method: str
    state: str
    amount: MoneyOut
    debt_paid: MoneyOut
    payment: str | None
    payment_state: str
    action_url: str
    sender: str
    bank: str
    reference: str
    transferred_on: date | None
    reason: str
    created_at: Instant
    decided_at: Instant | None


class TopUpPage(PageOut[TopUpOut]):
    """Top-ups, the latest first."""


class CouponOut(Out):
    """A coupon of the account."""

    id: str
    code: str
    name: str
    kind: str
    kind_number: int
    state: str
    state_number: int
    obtained_by: str
    obtained_by_number: int
    face: MoneyOut
    balance: MoneyOut
    percent_e2: int
    minimum: MoneyOut
    seller: str | None
    is_frozen: bool
    locked_by: str
    valid_from: Instant
    expires_at: Instant


class CouponPage(PageOut[CouponOut]):
    """Coupons, those that expire first first."""


class MeansOut(Out):
    """A saved card: what a person recognises it by."""

    id: str
    kind: str
    brand: str
    last4: str
    expires_month: int
    expires_year: int
    is_default: bool


class MeansList(Out):
    """The saved cards, the default one first."""

    items: list[MeansOut]


class FavoriteIn(In):
    """What to remember with the product."""

    specification: Annotated[str, Field(max_length=40, pattern=PLAIN)] = ""
    mode: Annotated[str, Field(max_length=80, pattern=PLAIN)] = ""
    term: Annotated[int, Field(ge=1, le=1200)] = 1
    attributes: Answers = {}


class FavoriteOut(Out):
    """A saved product."""

    product: CardOut
    state: str
    can_buy: bool
    specification: str
    configuration: dict[str, Any]
    saved_at: Instant


class FavoriteList(Out):
    """The person's favourites, the newest first; 200 at most."""

    items: list[FavoriteOut]


class MessageOut(Out):
    """A message of the person. `link` leads to what it is about."""

    id: str
    topic: str
    subject: str
    text: str
    link: str
    created_at: Instant
    read_at: Instant | None


class MessagePage(PageOut[MessageOut]):
    """Messages, the newest first."""


class ReadAllIn(In):
    """Of one topic, or of all."""

    topic: Annotated[str, Field(max_length=40, pattern=PLAIN)] = ""


class CountOut(Out):
    """How many."""

    count: int


class AcceptanceOut(Out):
    """An agreement that the account accepted. `order` is empty for those of registration."""

    key: str
    name: str
    issuer: str
    version: str
    order: str
    accepted_at: Instant
    accepted_by: str


class AcceptanceList(Out):
    """What the account accepted, the newest first; 500 at most."""

    items: list[AcceptanceOut]


class AgreementOut(Out):
    """A legal text (Markdown) in one version."""

    key: str
    name: str
    issuer: str
    version: str
    effective_at: Instant
    text: str


class TicketIn(In):
    """A question to support, or with category `product` to the seller of a `product` (its id or slug).

    `link`: the order or subscription that it is about.
    """

    category: Literal["product", "order", "credit", "transfer", "withdrawal", "seller", "complaint", "account", "other"]
    product: Annotated[str, Field(max_length=120, pattern=PLAIN)] = ""
    subject: Annotated[str, Field(min_length=1, max_length=100, pattern=PLAIN)]
    text: Annotated[Text, Field(min_length=1)]
    link: Annotated[str, Field(max_length=120, pattern=PLAIN)] = ""


class TicketOut(Out):
    """A ticket with the operator's answer; one with a `product` is for the seller and has a course instead."""

    id: str
    category: str
    product: str | None
    subject: str
    text: str
    link: str
    state: str
    answer: str
    created_at: Instant
    answered_at: Instant | None


class TicketPage(PageOut[TicketOut]):
    """Tickets, the newest first."""


# --- making them ------------------------------------------------------------------------------------------
def me_out(actor: Actor) -> MeOut:
    return MeOut(
        user_id=actor.user_id,
        user_name=actor.user_name,
        account_id=actor.account_id,
        roles=sorted(actor.roles),
        permissions=sorted(actor.permissions),
        is_operator=actor.is_operator,
    )


def account_out(row: Any) -> AccountOut:
    return AccountOut(
        id=row.public_id,
        kind=row.kind,
        name=row.name,
        country=row.country,
        currency=row.currency,
        email=row.email,
        phone=row.phone,
        address=row.address,
        tax_id=row.tax_id,
        payment_model=row.payment_model,
        sales_model=row.sales_model,
        state=row.state,
        is_complete=row.is_complete,
        pays_automatically=row.pays_automatically,
        created_at=row.created_at,
    )


def _approval(row: Any) -> ApprovalOut | None:
    if row is None:
        return None
    return ApprovalOut(
        limit=money(row.limit_minor, row.currency),
        used=money(row.used_minor, row.currency),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def balance_out(funds: Any) -> BalanceOut:
    return BalanceOut(
        cash=money_of(funds.cash),
        available=money_of(funds.available),
        credit=_approval(funds.credit),
        settlement=_approval(funds.settlement),
        credit_used=money_of(funds.credit_used),
        unbilled=money_of(funds.unbilled),
        debt=money_of(funds.debt),
    )


def entry_out(entry: Any) -> EntryOut:
    return EntryOut(
        at=entry.at,
        kind=entry.kind,
        amount=money_of(entry.amount),
        balance_after=money_of(entry.balance_after),
        source_type=entry.source[0],
        source_id=entry.source[1],
        by=entry.by,
    )


def top_up_out(row: Any) -> TopUpOut:
    payment = row.payment
    return TopUpOut(
        id=row.public_id,
        method=row.method,
        state=row.state,
        amount=money(row.amount_minor, row.currency),
        debt_paid=money(row.debt_minor, row.currency),
        payment=payment.public_id if payment else None,
        payment_state=payment.state if payment else "",
        action_url=payment.action_url if payment else "",
        sender=row.sender,
        bank=row.bank,
        reference=row.reference,
        transferred_on=row.transferred_on,
        reason=row.reason,
        created_at=row.created_at,
        decided_at=row.decided_at,
    )


def coupon_out(row: Any) -> CouponOut:
    return CouponOut(
        id=row.public_id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        kind_number=COUPON_KINDS[row.kind],
        state=row.state,
        state_number=COUPON_STATES[row.state],
        obtained_by=row.obtained_by,
        obtained_by_number=COUPON_SOURCES[row.obtained_by],
        face=money(row.face_minor, row.currency),
        balance=money(row.balance_minor, row.currency),
        percent_e2=row.percent_e2,
        minimum=money(row.minimum_minor, row.currency),
        seller=row.seller.name if row.seller else None,
        is_frozen=row.is_frozen,
        locked_by=row.locked_by,
        valid_from=row.valid_from,
        expires_at=row.expires_at,
    )


def means_out(row: Any) -> MeansOut:
    return MeansOut(
        id=row.public_id,
        kind=row.kind,
        brand=row.brand,
        last4=row.last4,
        expires_month=row.expires_month,
        expires_year=row.expires_year,
        is_default=row.is_default,
    )


def message_out(row: Any, subject: str, text: str) -> MessageOut:
    return MessageOut(
        id=row.public_id,
        topic=row.topic,
        subject=subject,
        text=text,
        link=row.link,
        created_at=row.created_at,
        read_at=row.read_at,
    )


def acceptance_out(row: Any) -> AcceptanceOut:
    agreement = row.version.agreement
    return AcceptanceOut(
        key=agreement.key,
        name=agreement.name,
        issuer=agreement.issuer,
        version=row.version.version,
        order=row.order_id,
        accepted_at=row.accepted_at,
        accepted_by=str(row.user) if row.user else "",
    )


def ticket_out(row: Any) -> TicketOut:
    return TicketOut(
        id=row.public_id,
        category=row.category,
        product=row.product.public_id if row.product else None,
        subject=row.subject,
        text=row.text,
        link=row.link,
        state=row.state,
        answer=row.answer,
        created_at=row.created_at,
        answered_at=row.answered_at,
    )
