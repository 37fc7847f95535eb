"""Charging orders: from the balance, by card, by monthly settlement, by credit, or through the reseller."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from galleria.kit import jobs, locks, outbox, prepared
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid
from galleria.kit.money import Money
from galleria.ledger import selectors as ledger_selectors
from galleria.ledger import services as ledger
from galleria.parties.models import Account
from galleria.paying import events, rules, selectors
from galleria.paying.models import Approval, Payment, PaymentMeans
from galleria.paying.rules import OrderCharge, Part, Purse
from galleria.paying.services import _shared
from galleria.paying.services._shared import (
    CreditLimitExceeded,
    CreditNotAccepted,
    InsufficientBalance,
    MethodNotAllowed,
    NoPaymentMeans,
    OrderStatusChanged,
    PaymentInProgress,
    TokenReused,
)

RECONCILE_AFTER: Final = timedelta(seconds=60)
_WITHOUT_PAYING: Final = frozenset({"none", "reseller"})


def charge(
    actor: Actor,
    *,
    account_id: str,
    charges: Sequence[OrderCharge],
    method: str,
    token: str,
    means_id: str = "",
    at: datetime,
) -> Payment:
    """Pay orders in the caller's transaction; `method`: balance, card, settlement, credit, reseller or none.

    The same token answers the first payment (B-PAY-003). Every method but card books the ledger and publishes
    `PaymentSucceeded` at once: if a subscriber refuses, everything is undone by the caller's roll-back. For a card
    only the intention is stored: commit, then call `confirm_card`. What costs nothing is paid by none.

    Raises PermissionMissing, NotFound, TokenReused, PaymentInProgress, OrderStatusChanged, MethodNotAllowed,
    InsufficientBalance, CreditLimitExceeded, CreditNotAccepted, NoPaymentMeans; RuntimeError outside a transaction.
    """
    if method not in _WITHOUT_PAYING:
        actor.require("billing:order:pay")
    account = _shared.account_for(actor, account_id)
    _check(charges, token)
    orders = [each.order_id for each in charges]
    locks.hold(f"account:{account_id}", *(f"order:{order}" for order in orders))
    due = _shared.total_due(charges)
    known = selectors.payment_with(token)
    if known is not None:
        same = known.account_id == account.pk and sorted(known.order_ids) == sorted(orders)
        if not same or (known.amount_minor, known.currency) != (due.minor, due.currency):
            raise TokenReused
        return known
    _require_unpaid(account, orders)
    if _shared.is_reseller_customer(account):
        if method not in _WITHOUT_PAYING:
            raise MethodNotAllowed(_("Your partner pays for your orders; there is nothing to pay here."))
        method = "reseller"
    elif method in _WITHOUT_PAYING or due.is_zero:
        method = _nothing_due(method, due)
    elif not due.is_positive:
        raise Invalid(_("The amount is not valid."))
    plan = _PLANS[method](account, charges, means_id, at) if method in _PLANS else None
    if plan is None:
        raise MethodNotAllowed
    payment = Payment(
        account=account, token=token, purpose="orders", order_ids=orders, method=method, means=plan.means,
        currency=due.currency, amount_minor=due.minor, parts=[part.as_json() for part in plan.parts],
        created_by=actor.user_name[:120], created_at=at,
    )  # fmt: skip
    if method == "card":
        prepared.insert(payment)
        jobs.enqueue("paying.reconcile", run_at=at + RECONCILE_AFTER, payment_id=payment.public_id)
        return payment
    payment.state, payment.finished_at = "succeeded", at
    prepared.insert(payment)
    _use_limits(account, plan, at)
    book_orders(payment, at=at)
    return payment


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where the money comes from."""

    parts: list[Part]
    means: PaymentMeans | None = None


def _check(charges: Sequence[OrderCharge], token: str) -> None:
    if not charges:
        raise Invalid(_("Choose at least one order."))
    if not token or len(token) > 80:
        raise Invalid(fields={"token": _("A payment needs a token of at most 80 characters.")})
    if len({each.order_id for each in charges}) != len(charges):
        raise Invalid(_("An order can be paid only once."))
    if len({money.currency for each in charges for money in (each.net, each.tax, each.coupon)}) != 1:
        raise Invalid(_("Orders in different currencies are paid one by one."))
    if any(money.is_negative for each in charges for money in (each.net, each.tax, each.coupon)):
        raise Invalid(_("The amount is not valid."))


def _require_unpaid(account: Account, orders: list[str]) -> None:
    """Each order is paid once, whoever asks in whichever browser (B-PAY-T1)."""
    for order in orders:
        if ledger_selectors.has_transaction(source=("order", order), kind="order_payment"):
            raise OrderStatusChanged
    for payment in selectors.open_payments(account.pk, orders):
        raise PaymentInProgress(
            extra={"payment_id": payment.public_id, "action_url": payment.action_url, "state": payment.state}
        )


def _nothing_due(method: str, due: Money) -> str:
    if not due.is_zero or method == "reseller":
        raise MethodNotAllowed
    return "none"


# ----- one plan for each method -----


def _by_none(account: Account, charges: Sequence[OrderCharge], means_id: str, at: datetime) -> _Plan:
    return _Plan(rules.spread(charges, []))


def _by_reseller(account: Account, charges: Sequence[OrderCharge], means_id: str, at: datetime) -> _Plan:
    if account.reseller is None:
        raise MethodNotAllowed
    purse = Purse(rules.RESELLER, rules.reseller_account(account.reseller.public_id))
    return _Plan(rules.spread(charges, [purse]))


def _by_balance(account: Account, charges: Sequence[OrderCharge], means_id: str, at: datetime) -> _Plan:
    """Cash first, then the credit part (B-BAL-002)."""
    if account.payment_model != "prepaid":
        raise MethodNotAllowed(_("Your orders are collected by monthly bill, not from a balance."))
    cash = selectors.cash_of(account)
    purses = [Purse(rules.CASH, rules.cash_account(account.public_id), max(0, cash.minor))]
    credit = credit_purse(account, charges, at)
    if credit is not None:
        purses.append(credit)
    try:
        return _Plan(rules.spread(charges, purses))
    except rules.NotCovered as error:
        due = _shared.total_due(charges)
        missing = Money(error.missing, due.currency)
        raise InsufficientBalance(
            _("The balance is not enough: %(missing)s are missing. Top up, or choose another way to pay.")
            % {"missing": missing},
            extra={"available": (due - missing).text, "needed": due.text, "currency": due.currency},
        ) from None


def _by_credit(account: Account, charges: Sequence[OrderCharge], means_id: str, at: datetime) -> _Plan:
    purse = credit_purse(account, charges, at)
    if purse is None:
        raise MethodNotAllowed(_("Credit payment is not approved for your account. You can apply for it by ticket."))
    if not all(purse.serves(each.order_id) for each in charges):
        raise CreditNotAccepted
    try:
        return _Plan(rules.spread(charges, [purse]))
    except rules.NotCovered:
        raise _over_limit(purse.holds or 0, charges) from None


def _by_settlement(account: Account, charges: Sequence[OrderCharge], means_id: str, at: datetime) -> _Plan:
    approval = settlement_of(account, at)
    if approval is None:
        raise MethodNotAllowed(_("Monthly settlement is not approved for your account."))
    left = selectors.left_of(approval).minor
    try:
        return _Plan(
            rules.spread(charges, [Purse(rules.SETTLEMENT, rules.receivable_account(account.public_id), left)])
        )
    except rules.NotCovered:
        raise _over_limit(left, charges) from None


def _by_card(account: Account, charges: Sequence[OrderCharge], means_id: str, at: datetime) -> _Plan:
    means = card_to_charge(account, means_id, at)
    return _Plan(rules.spread(charges, [Purse(rules.CARD, rules.CARD_CLEARING)]), means)


_PLANS: Final = {
    "none": _by_none,
    "reseller": _by_reseller,
    "balance": _by_balance,
    "credit": _by_credit,
    "settlement": _by_settlement,
    "card": _by_card,
}


def _over_limit(left: int, charges: Sequence[OrderCharge]) -> CreditLimitExceeded:
    due = _shared.total_due(charges)
    limit = Money(left, due.currency)
    return CreditLimitExceeded(
        _("Your approved limit has %(left)s left; this needs %(due)s.") % {"left": limit, "due": due},
        extra={"available": limit.text, "needed": due.text, "currency": due.currency},
    )


# ----- who may pay how -----


def settlement_of(account: Account, at: datetime) -> Approval | None:
    """Monthly settlement: for postpaid accounts with an approval in force."""
    if account.payment_model != "postpaid":
        return None
    return selectors.approval_in_force(account.pk, "settlement", at)


def credit_purse(account: Account, charges: Sequence[OrderCharge], at: datetime) -> Purse | None:
    """The credit of an enterprise, for orders whose sellers take it (B-CRD-001, B-CRD-002)."""
    approval = selectors.approval_in_force(account.pk, "credit", at) if account.kind == "enterprise" else None
    if approval is None or approval.currency != charges[0].net.currency:
        return None
    products = set(approval.products)
    served = frozenset(
        each.order_id for each in charges if each.accepts_credit and (not products or set(each.products) <= products)
    )
    return Purse(rules.CREDIT, rules.credit_account(account.public_id), selectors.left_of(approval).minor, served)


def card_to_charge(account: Account, means_id: str, at: datetime) -> PaymentMeans:
    """The chosen card, or the default one. Raises NoPaymentMeans."""
    rows = PaymentMeans.objects.filter(account=account, state="active")
    means = rows.filter(public_id=means_id).first() if means_id else rows.order_by("-is_default", "pk").first()
    if means is None:
        raise NoPaymentMeans
    if selectors.is_expired(means, at):
        raise NoPaymentMeans(_("This card has expired. Add another one."))
    return means


def _use_limits(account: Account, plan: _Plan, at: datetime) -> None:
    """Note what is lent, in one conditional update each, so that two payments cannot both use the last of it."""
    for source, kind in ((rules.CREDIT, "credit"), (rules.SETTLEMENT, "settlement")):
        amount = sum(part.amount for part in plan.parts if part.source == source)
        if not amount:
            continue
        rows = Approval.objects.filter(account=account, kind=kind, limit_minor__gte=F("used_minor") + amount)
        if not rows.update(used_minor=F("used_minor") + amount):
            raise CreditLimitExceeded


# ----- the ledger -----


def book_orders(payment: Payment, *, at: datetime) -> None:
    """Book every order of a payment and tell the subscribers: one ledger transaction for each order."""
    parts = [Part.from_json(row) for row in payment.parts]
    for order in payment.order_ids:
        mine = [part for part in parts if part.order == order]
        postings = rules.postings_of(mine, payment.currency)
        if not postings:
            continue
        ledger.post(
            reference=f"order:{order}:payment",
            kind="order_payment",
            at=at,
            postings=postings,
            source=("order", order),
            working={"payment": payment.public_id, "method": payment.method, "by": payment.created_by},
        )
    outbox.publish(events.PaymentSucceeded(payment.public_id, tuple(payment.order_ids)))
