"""What is read of payments and funds. The account's own, or any for the operator and the system."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet

from galleria.kit import pages
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.kit.money import Money
from galleria.kit.pages import Page
from galleria.kit.prepared import Prepared
from galleria.ledger import selectors as ledger
from galleria.parties import selectors as parties
from galleria.parties.models import Account
from galleria.paying import rules
from galleria.paying.models import Approval, Payment, PaymentMeans, Refund, TopUp

OPEN_STATES = ("pending", "needs_action")


def _may_see(actor: Actor, account_id: int) -> bool:
    return actor.is_system or actor.is_operator or actor.account_pk == account_id


# ----- payments and refunds -----


def payment_of(actor: Actor, payment_id: str) -> Payment:
    """Raises NotFound."""
    payment = Payment.objects.select_related("means", "account").filter(public_id=payment_id).first()
    if payment is None or not _may_see(actor, payment.account_id):
        raise NotFound
    return payment


def payment_with(token: str) -> Payment | None:
    """The payment of this token, whoever's it is: for services, which look whose it is."""
    return _BY_TOKEN.one(token=token)


_BY_TOKEN = Prepared(lambda p: Payment.objects.select_related("means", "account").filter(token=p("token")))
_OPEN = Prepared(lambda p: Payment.objects.filter(account_id=p("account"), state__in=OPEN_STATES, purpose="orders"))
_IN_FORCE = Prepared(
    lambda p: Approval.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=p("at")),
        account_id=p("account"),
        kind=p("kind"),
        valid_from__lte=p("at"),
    )
)


def payment_by_token(actor: Actor, token: str) -> Payment | None:
    """The payment that was made with this token, to answer a second *Confirm* (B-PAY-003)."""
    payment = Payment.objects.select_related("means", "account").filter(token=token).first()
    return payment if payment is not None and _may_see(actor, payment.account_id) else None


def payment_of_order(order_id: str) -> Payment | None:
    """The payment by which an order was paid; None while it is not, or nothing was due."""
    booked = ledger.transactions(source=("order", order_id), kind="order_payment").first()
    if booked is None:
        return None
    return Payment.objects.select_related("means", "account").filter(public_id=booked.working["payment"]).first()


def open_payments(account_pk: int, order_ids: Iterable[str]) -> list[Payment]:
    """Card payments of these orders that are not finished."""
    wanted = set(order_ids)
    rows = _OPEN.all(account=account_pk)
    return [row for row in rows if wanted & set(row.order_ids)]


def refunds_of_order(order_id: str) -> list[Refund]:
    """All refunds of an order, oldest first."""
    return list(Refund.objects.filter(order_id=order_id).order_by("pk"))


def failed_refunds() -> QuerySet[Refund]:
    """Refunds that the gateway refused for good: the operator has to act."""
    return Refund.objects.select_related("account", "payment").filter(state="failed").order_by("pk")


# ----- means -----


def means_of(actor: Actor, account_id: str | None = None) -> list[PaymentMeans]:
    """The saved cards of the account, the default one first."""
    account = account_id or actor.account_id or ""
    rows = PaymentMeans.objects.filter(account__public_id=account, state="active").order_by("-is_default", "pk")
    return [row for row in rows if _may_see(actor, row.account_id)]


def is_expired(means: PaymentMeans, at: datetime) -> bool:
    """A card is good until the last day of its month."""
    return (means.expires_year, means.expires_month) < (at.year, at.month)


# ----- later payment -----


def approval_in_force(account_pk: int, kind: str, at: datetime) -> Approval | None:
    """The approval of settlement or credit that is valid at this instant."""
    return _IN_FORCE.one(account=account_pk, kind=kind, at=at)


def left_of(approval: Approval) -> Money:
    """What is left of the limit, never below zero."""
    return Money(max(0, approval.limit_minor - approval.used_minor), approval.currency)


def approvals_of(actor: Actor, account_id: str | None = None) -> list[Approval]:
    """All approvals of the account, also past ones."""
    rows = Approval.objects.filter(account__public_id=account_id or actor.account_id or "").order_by("kind")
    return [row for row in rows if _may_see(actor, row.account_id)]


# ----- funds -----


@dataclass(frozen=True, slots=True)
class Funds:
    """The money of an account at a glance (B-BAL-002). `available` is cash plus what is left of the credit."""

    account: Account
    cash: Money
    credit: Approval | None
    settlement: Approval | None
    credit_used: Money
    unbilled: Money
    debt: Money
    available: Money


def funds_of(actor: Actor, account_id: str | None = None, *, at: datetime) -> Funds:
    """Raises PermissionMissing, NotFound."""
    actor.require("operator:ledger:view" if actor.is_operator else "billing:balance:view")
    account = parties.account_by_id(account_id or actor.account_id or "")
    if not _may_see(actor, account.pk):
        raise NotFound
    mine = account.public_id
    codes = [
        rules.cash_account(mine), rules.credit_account(mine), rules.receivable_account(mine), rules.debt_account(mine)
    ]  # fmt: skip
    cash, lent, receivable, debt = ledger.balances(codes, account.currency).values()
    credit = approval_in_force(account.pk, "credit", at)
    return Funds(
        account=account,
        cash=cash,
        credit=credit,
        settlement=approval_in_force(account.pk, "settlement", at),
        credit_used=-lent,
        unbilled=-receivable,
        debt=-debt,
        available=cash + left_of(credit) if credit is not None else cash,
    )


def cash_of(account: Account) -> Money:
    """The balance of the account."""
    return ledger.balance(rules.cash_account(account.public_id), account.currency)


def debt_of(account: Account) -> Money:
    """What the account owes that is overdue."""
    return -ledger.balance(rules.debt_account(account.public_id), account.currency)


@dataclass(frozen=True, slots=True)
class Movement:
    """What one deed did to the balance: positive amounts came in. `source` is (type, id) of its document."""

    at: datetime
    kind: str
    source: tuple[str, str]
    amount: Money
    balance_after: Money
    by: str


def movements_of(actor: Actor, *, cursor: str | None = None, size: int | None = None) -> Page[Movement]:
    """What happened to the account's balance, the latest first, each with the balance after it (B-BAL-004).

    The postings of one order (net and tax) are one movement; only at the edge of a page they may be two.
    """
    actor.require("billing:balance:view")
    account = parties.account_of(actor)
    found = ledger.entries(rules.cash_account(account.public_id), account.currency, cursor=cursor, size=size)
    made: list[Movement] = []
    last: int | None = None
    for entry in found:
        booked = entry.transaction
        if booked.pk == last:
            made[-1] = replace(made[-1], amount=made[-1].amount + entry.amount)
            continue
        last = booked.pk
        source = (booked.source_type, booked.source_id)
        by = str(booked.working.get("by") or "")
        made.append(Movement(entry.at, booked.kind, source, entry.amount, entry.balance_after, by))
    return Page(made, found.next, found.previous, found.size)


def top_ups_of(actor: Actor, *, cursor: str | None = None, size: int | None = None) -> Page[TopUp]:
    """Top-ups and transfers of the account, the latest first."""
    actor.require("billing:balance:view")
    rows = TopUp.objects.select_related("payment").filter(account_id=actor.account_pk or 0)
    return pages.page_of(rows, sort="-created_at", cursor=cursor, size=size)


def top_up_of(actor: Actor, top_up_id: str) -> TopUp:
    """Raises NotFound."""
    row = TopUp.objects.select_related("payment", "account").filter(public_id=top_up_id).first()
    if row is None or not _may_see(actor, row.account_id):
        raise NotFound
    return row


def transfers_to_book(actor: Actor) -> list[TopUp]:
    """Bank transfers that the operator has to find on the bank account, the oldest first."""
    actor.require("operator:account:manage")
    return list(TopUp.objects.select_related("account").filter(method="bank", state="submitted").order_by("pk"))


def parts_of(payments: Sequence[Payment], order_id: str) -> list[rules.Part]:
    """What each source gave for an order (B-PAY-T3)."""
    rows = (rules.Part.from_json(row) for payment in payments for row in payment.parts)
    return [part for part in rows if part.order == order_id]


def top_up_of_payment(payment: Payment) -> TopUp:
    """The top-up that a card payment is for. Raises NotFound."""
    row = TopUp.objects.filter(payment=payment).first()
    if row is None:
        raise NotFound
    return row
