"""Which ways to pay there are for some orders, in the order in which they are charged, and why one is not open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.kit.money import Money
from galleria.parties import selectors as parties
from galleria.parties.models import Account
from galleria.paying import gateways, rules, selectors
from galleria.paying.models import PaymentMeans
from galleria.paying.rules import OrderCharge, Purse
from galleria.paying.services import _shared, charging


@dataclass(frozen=True, slots=True)
class PaymentOption:
    """A way to pay. `detail` says what would happen; `reason` why it cannot be chosen; `means_id` names a card."""

    method: str
    title: str
    detail: str
    is_available: bool
    reason: str = ""
    means_id: str = ""


@dataclass(frozen=True, slots=True)
class AutomaticMethod:
    """How automatic payment pays (9.2)."""

    method: str
    means_id: str = ""


def payment_options(
    actor: Actor, *, account_id: str, charges: Sequence[OrderCharge], at: datetime
) -> list[PaymentOption]:
    """All ways in charging order: balance or monthly settlement, saved cards, credit (B-MNY-006).

    A reseller customer gets none (B-RSL-T1), and so does an amount of zero. Raises NotFound.
    """
    account = _shared.account_for(actor, account_id)
    if _shared.is_reseller_customer(account) or not charges:
        return []
    due = _shared.total_due(charges)
    if not due.is_positive:
        return []
    options = [_settlement(account, due, at) if account.payment_model == "postpaid" else _balance(account, charges, at)]
    options += _cards(account, due, at)
    options += _credit(account, charges, at)
    return options


def _balance(account: Account, charges: Sequence[OrderCharge], at: datetime) -> PaymentOption:
    cash = selectors.cash_of(account)
    purses = [Purse(rules.CASH, rules.cash_account(account.public_id), max(0, cash.minor))]
    credit = charging.credit_purse(account, charges, at)
    if credit is not None:
        purses.append(credit)
    title = _("Account balance")
    try:
        parts = rules.spread(charges, purses)
    except rules.NotCovered as error:
        missing = Money(error.missing, cash.currency)
        return PaymentOption(
            "balance", title, _("Available: %(cash)s.") % {"cash": cash.spoken}, is_available=False,
            reason=_("%(missing)s are missing. Top up to pay this way.") % {"missing": missing.spoken},
        )  # fmt: skip
    lent = Money(sum(part.amount for part in parts if part.source == rules.CREDIT), cash.currency)
    rest = cash - Money(sum(part.amount for part in parts if part.source == rules.CASH), cash.currency)
    if lent:
        used = {"cash": (cash - rest).spoken, "lent": lent.spoken}
        detail = _("%(cash)s from the balance, then %(lent)s from your credit.") % used
    else:
        detail = _("Available: %(cash)s. Left after payment: %(rest)s.") % {"cash": cash.spoken, "rest": rest.spoken}
    return PaymentOption("balance", title, detail, is_available=True)


def _settlement(account: Account, due: Money, at: datetime) -> PaymentOption:
    title = _("Monthly settlement")
    approval = charging.settlement_of(account, at)
    if approval is None:
        return PaymentOption(
            "settlement", title, _("The amount goes onto the monthly bill."), is_available=False,
            reason=_("Monthly settlement is not approved for your account."),
        )  # fmt: skip
    left = selectors.left_of(approval)
    detail = _("The amount goes onto the bill of this month. Left of your limit: %(left)s.") % {"left": left.spoken}
    if due > left:
        return PaymentOption("settlement", title, detail, is_available=False, reason=_("Your limit is not enough."))
    return PaymentOption("settlement", title, detail, is_available=True)


def _cards(account: Account, due: Money, at: datetime) -> list[PaymentOption]:
    if not gateways.gateway_name():
        return []
    rows = PaymentMeans.objects.filter(account=account, state="active").order_by("-is_default", "pk")
    return [
        PaymentOption(
            "card",
            f"{means.brand.title()} •••• {means.last4}",
            _("Expires %(month)02d/%(year)d.") % {"month": means.expires_month, "year": means.expires_year},
            is_available=not selectors.is_expired(means, at),
            reason=_("This card has expired.") if selectors.is_expired(means, at) else "",
            means_id=means.public_id,
        )
        for means in rows
    ]


def _credit(account: Account, charges: Sequence[OrderCharge], at: datetime) -> list[PaymentOption]:
    """Credit appears after approval (B-CRD-001)."""
    purse = charging.credit_purse(account, charges, at)
    if purse is None:
        return []
    due = _shared.total_due(charges)
    left = Money(purse.holds or 0, due.currency)
    reason = ""
    if not all(purse.serves(each.order_id) for each in charges):
        reason = _("A product in this order cannot be paid by credit.")
    elif due > left:
        reason = _("Your approved limit is not enough.")
    detail = _("Left of your approved limit: %(left)s.") % {"left": left.spoken}
    return [PaymentOption("credit", _("Credit"), detail, is_available=not reason, reason=reason)]


def has_payment_means(
    *, account_id: str, products: Sequence[str] = (), amount: Money, at: datetime | None = None
) -> bool:
    """B-PUR-004: a valid card, balance or credit that covers the amount, settlement, or a reseller that pays."""
    instant = at or clock.now()
    account = parties.account_by_id(account_id)
    if _shared.is_reseller_customer(account):
        return True
    cash = selectors.cash_of(account).minor if account.payment_model == "prepaid" else 0
    if cash >= max(1, amount.minor):
        return True
    cards = PaymentMeans.objects.filter(account=account, state="active") if gateways.gateway_name() else ()
    if any(not selectors.is_expired(means, instant) for means in cards):
        return True
    if charging.settlement_of(account, instant) is not None:
        return True
    zero = Money.zero(amount.currency)
    asked = [OrderCharge("any", amount, zero, zero, account.country, tuple(products), accepts_credit=True)]
    credit = charging.credit_purse(account, asked, instant)
    lent = credit.holds or 0 if credit is not None and credit.serves("any") else 0
    return cash + lent >= max(1, amount.minor)


def automatic_method(account_id: str, charges: Sequence[OrderCharge], at: datetime) -> AutomaticMethod | None:
    """How automatic payment pays: monthly settlement, preferred, then balance, then the default card (9.2).

    None when it cannot: the order then waits to be paid by hand.
    """
    account = parties.account_by_id(account_id)
    if _shared.is_reseller_customer(account):
        return AutomaticMethod("reseller")
    due = _shared.total_due(charges)
    if due.is_zero:
        return AutomaticMethod("none")
    approval = charging.settlement_of(account, at)
    if approval is not None and due <= selectors.left_of(approval):
        return AutomaticMethod("settlement")
    if account.payment_model == "prepaid" and _balance(account, charges, at).is_available:
        return AutomaticMethod("balance")
    for option in _cards(account, due, at):
        if option.is_available:
            return AutomaticMethod("card", option.means_id)
    return None
