"""Money onto the balance: by card, or by bank transfer that staff finds and books (B-TOP). Debt is paid first."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import clock, jobs, locks, outbox, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound
from galleria.kit.money import Money, exponent
from galleria.kit.parameter_table import Parameter
from galleria.ledger import services as ledger
from galleria.ledger.services import Posting
from galleria.parties.models import Account
from galleria.paying import events, rules, selectors, states
from galleria.paying.models import Payment, TopUp
from galleria.paying.rules import Part
from galleria.paying.services import _shared
from galleria.paying.services._shared import AmountOutOfRange, MethodNotAllowed, TokenReused
from galleria.paying.services.charging import RECONCILE_AFTER, card_to_charge

_UNITS = _("currency units")
parameters.define(
    Parameter("payment.top_up_min", "whole", 1, _("Least amount of a top-up"), _UNITS, 1, 100_000),
    Parameter("payment.top_up_max", "whole", 100_000, _("Greatest amount of a top-up"), _UNITS, 1, 10_000_000),
    Parameter("payment.bank_account", "text", "", _("Bank account for transfers, as buyers read it")),
)  # fmt: skip


def top_up_limits(currency: str, *, at: datetime) -> tuple[Money, Money]:
    """The least and greatest amount of one top-up (B-TOP-002)."""
    unit = 10 ** exponent(currency)
    return (
        Money(int(parameters.get("payment.top_up_min", at=at)) * unit, currency),
        Money(int(parameters.get("payment.top_up_max", at=at)) * unit, currency),
    )


@transaction.atomic
def top_up_by_card(
    actor: Actor, *, account_id: str, amount: Money, token: str, means_id: str = "", at: datetime
) -> TopUp:
    """Ask for a top-up by card. Commit, then call `confirm_card(top_up.payment.public_id)`.

    The same token answers the first top-up. Raises PermissionMissing, NotFound, MethodNotAllowed (B-TOP-001),
    AmountOutOfRange, NoPaymentMeans, TokenReused.
    """
    account = _prepaid(actor, account_id, amount, at)
    if not token or len(token) > 80:
        raise Invalid(fields={"token": _("A payment needs a token of at most 80 characters.")})
    locks.hold(f"account:{account_id}")
    known = Payment.objects.filter(token=token).first()
    if known is not None:
        made = TopUp.objects.select_related("payment", "account").filter(payment=known, account=account).first()
        if made is None or (made.amount_minor, made.currency) != (amount.minor, amount.currency):
            raise TokenReused
        return made
    means = card_to_charge(account, means_id, at)
    part = Part("", rules.CARD, rules.CARD_CLEARING, account.country, amount.minor)
    payment = Payment.objects.create(
        account=account, token=token, purpose="top_up", order_ids=[], method="card", means=means,
        currency=amount.currency, amount_minor=amount.minor, parts=[part.as_json()],
        created_by=actor.user_name[:120], created_at=at,
    )  # fmt: skip
    jobs.enqueue("paying.reconcile", run_at=at + RECONCILE_AFTER, payment_id=payment.public_id)
    return TopUp.objects.create(
        account=account, method="card", currency=amount.currency, amount_minor=amount.minor, payment=payment,
        created_at=at,
    )  # fmt: skip


@transaction.atomic
def submit_bank_transfer(
    actor: Actor,
    *,
    account_id: str,
    amount: Money,
    sender: str,
    bank: str,
    transferred_on: date,
    reference: str = "",
    at: datetime,
) -> TopUp:
    """Tell the operator about a transfer, so that it is looked for (B-TOP-003).

    Raises PermissionMissing, NotFound, MethodNotAllowed, AmountOutOfRange, Invalid.
    """
    account = _prepaid(actor, account_id, amount, at)
    wrong = {
        name: _("Give 1 to 120 characters.")
        for name, text in (("sender", sender), ("bank", bank))
        if not 1 <= len(text.strip()) <= 120
    }
    if len(reference) > 120:
        wrong["reference"] = _("Give at most 120 characters.")
    if transferred_on > clock.billing_date(at) or (clock.billing_date(at) - transferred_on).days > 366:
        wrong["transferred_on"] = _("Give a day of the last twelve months.")
    if wrong:
        raise Invalid(fields=wrong)
    made = TopUp.objects.create(
        account=account, method="bank", currency=amount.currency, amount_minor=amount.minor, sender=sender.strip(),
        bank=bank.strip(), reference=reference.strip(), transferred_on=transferred_on, created_at=at,
    )  # fmt: skip
    audit.record(actor, "top_up.submitted", made, at=at, after={"amount": amount}, account_id=account_id)
    return made


@transaction.atomic
def confirm_top_up(actor: Actor, *, top_up_id: str, amount: Money | None = None, at: datetime) -> TopUp:
    """The transfer is on the bank account; `amount` if another sum arrived than was announced.

    Raises PermissionMissing, NotFound, NotAllowed when it was decided before, AmountOutOfRange.
    """
    actor.require("operator:account:manage")
    made = _transfer(top_up_id)
    locks.hold(f"account:{made.account.public_id}")
    arrived = Money(made.amount_minor, made.currency) if amount is None else amount
    if not arrived.is_positive or arrived.currency != made.currency:
        raise AmountOutOfRange(_("Give the amount that arrived, in the same currency."))
    states.TOP_UP.apply(made, "confirm", amount_minor=arrived.minor, decided_at=at, decided_by=actor.user_name[:120])
    _book(made, rules.BANK_CLEARING, at, by=actor.user_name)
    audit.record(actor, "top_up.confirmed", made, at=at, after={"amount": arrived}, account_id=made.account.public_id)
    return made


@transaction.atomic
def reject_top_up(actor: Actor, *, top_up_id: str, reason: str, at: datetime) -> TopUp:
    """The transfer cannot be found or matched. Raises PermissionMissing, NotFound, NotAllowed, Invalid."""
    actor.require("operator:account:manage")
    if not 1 <= len(reason.strip()) <= 300:
        raise Invalid(fields={"reason": _("Say why, in 1 to 300 characters; the buyer reads it.")})
    made = _transfer(top_up_id)
    states.TOP_UP.apply(made, "reject", reason=reason.strip(), decided_at=at, decided_by=actor.user_name[:120])
    outbox.publish(events.TopUpRejected(made.account.public_id, made.public_id))
    audit.record(actor, "top_up.rejected", made, at=at, reason=reason, account_id=made.account.public_id)
    return made


def finish_card_top_up(payment: Payment, *, at: datetime) -> None:
    """The card of a top-up was charged: in the transaction that records it."""
    made = TopUp.objects.select_related("account").get(payment=payment)
    TopUp.objects.filter(pk=made.pk, state="failed").update(state="submitted")  # the gateway's word is final
    states.TOP_UP.apply(made, "confirm", decided_at=at)
    _book(made, rules.CARD_CLEARING, at, by=payment.created_by)


def fail_top_up(payment: Payment, *, at: datetime) -> None:
    """The card of a top-up was not charged."""
    states.TOP_UP.apply_all(
        TopUp.objects.filter(payment=payment), "fail", decided_at=at, reason=payment.failure_text[:300]
    )


def _book(made: TopUp, source: str, at: datetime, *, by: str) -> None:
    """Pay the debt, then fill the balance (B-TOP-004)."""
    account, amount = made.account, Money(made.amount_minor, made.currency)
    owed = selectors.debt_of(account)
    to_debt = Money(max(0, min(owed.minor, amount.minor)), amount.currency)
    rest = amount - to_debt
    postings = []
    if to_debt:
        postings.append(Posting(source, rules.debt_account(account.public_id), to_debt))
    if rest:
        postings.append(Posting(source, rules.cash_account(account.public_id), rest))
    ledger.post(
        reference=f"top_up:{made.public_id}", kind="top_up", at=at, postings=postings,
        source=("top_up", made.public_id), working={"debt": to_debt.text, "balance": rest.text, "by": by[:120]},
    )  # fmt: skip
    TopUp.objects.filter(pk=made.pk).update(debt_minor=to_debt.minor)
    made.debt_minor = to_debt.minor
    outbox.publish(events.BalanceToppedUp(account.public_id, made.public_id))
    if to_debt and to_debt == owed:
        outbox.publish(events.DebtPaid(account.public_id))


@transaction.atomic
def note_debt(actor: Actor, *, account_id: str, amount: Money, reference: str, at: datetime) -> None:
    """What an account owed on its monthly bill is overdue: from now on top-ups pay it first (B-TOP-004).

    For the system and the operator. Raises PermissionMissing, NotFound, AmountOutOfRange. Idempotent by reference.
    """
    actor.require("operator:account:manage")
    account = _shared.account_for(actor, account_id)
    if not amount.is_positive:
        raise AmountOutOfRange(_("Give an amount above zero."))
    ledger.post(
        reference=f"debt:{reference}", kind="debt", at=at,
        postings=[
            Posting(rules.debt_account(account.public_id), rules.receivable_account(account.public_id), amount)
        ],
        source=("account", account.public_id),
    )  # fmt: skip


def _prepaid(actor: Actor, account_id: str, amount: Money, at: datetime) -> Account:
    actor.require("billing:balance:topup")
    account = _shared.account_for(actor, account_id)
    if account.payment_model != "prepaid" or _shared.is_reseller_customer(account):
        raise MethodNotAllowed(_("Only prepaid accounts that pay themselves have a balance to top up."))
    least, most = top_up_limits(account.currency, at=at)
    if amount.currency != account.currency or not least <= amount <= most:
        raise AmountOutOfRange(
            _("Give an amount from %(least)s to %(most)s.") % {"least": least, "most": most},
            fields={"amount": _("Give an amount from %(least)s to %(most)s.") % {"least": least, "most": most}},
        )
    return account


def _transfer(top_up_id: str) -> TopUp:
    made = TopUp.objects.select_related("account").filter(public_id=top_up_id, method="bank").first()
    if made is None:
        raise NotFound
    return made
