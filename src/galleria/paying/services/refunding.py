"""Giving money back to where an order was paid from, once for each reference and never more than was paid."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import jobs, locks, outbox
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound, Refused, Text
from galleria.kit.money import Money
from galleria.ledger import services as ledger
from galleria.ledger.services import Posting
from galleria.paying import events, rules, selectors, states
from galleria.paying.gateways import gateway
from galleria.paying.models import Approval, Payment, Refund
from galleria.paying.ports import GatewayRefund, GatewayRefused
from galleria.paying.rules import Part
from galleria.paying.services import _shared

_TARGETS: Final = {
    "balance": "balance", "card": "card", "settlement": "settlement", "credit": "credit", "reseller": "reseller",
    "none": "none",
}  # fmt: skip


class NothingPaid(Refused):
    """The order was not paid, so nothing can be given back."""

    code = "NOTHING_PAID"
    default_message: ClassVar[Text] = _("Nothing was paid for this order.")


class RefundTooHigh(Refused):
    """More than is left of what was paid."""

    code = "REFUND_TOO_HIGH"
    default_message: ClassVar[Text] = _("This is more than is left of what was paid for the order.")


class ReferenceReused(Refused):
    """The reference stands for another refund."""

    code = "REFERENCE_REUSED"
    default_message: ClassVar[Text] = _("This refund was asked for before with other amounts.")


@transaction.atomic
def refund(
    actor: Actor,
    *,
    order_id: str,
    reference: str,
    net: Money,
    tax: Money,
    coupon: Money,
    country: str,
    reason: str,
    at: datetime,
) -> Refund:
    """Give back a part of an order: to the balance, limit or reseller at once, to a card by a job.

    The caller has decided that it is due. `reference` is the caller's: asked twice it is booked once. `coupon` is the
    coupon's share, which only the ledger sees here. Publishes `RefundSucceeded` when the money has arrived.
    Raises NotFound, NothingPaid, RefundTooHigh, ReferenceReused.
    """
    payment = selectors.payment_of_order(order_id)
    if payment is None:
        raise NothingPaid
    account = _shared.account_for(actor, payment.account.public_id)
    locks.hold(f"account:{account.public_id}", f"order:{order_id}")
    payment.refresh_from_db()
    amount = net + tax
    known = Refund.objects.filter(reference=reference).first()
    if known is not None:
        if (known.order_id, known.amount_minor, known.currency) != (order_id, amount.minor, amount.currency):
            raise ReferenceReused
        return known
    if {net.currency, tax.currency, coupon.currency} != {payment.currency}:
        raise RefundTooHigh
    paid = [Part.from_json(row) for row in payment.parts]
    try:
        back = rules.give_back(paid, order_id, net.minor, tax.minor, coupon.minor)
    except rules.TooMuchBack:
        raise RefundTooHigh from None
    payment.parts = [part.as_json() for part in rules.with_back(paid, back)]
    payment.refunded_minor += amount.minor
    payment.save(update_fields=["parts", "refunded_minor"])
    made = Refund.objects.create(
        payment=payment, account=account, order_id=order_id, reference=reference, currency=amount.currency,
        amount_minor=amount.minor, target=_TARGETS[payment.method], parts=[part.as_json() for part in back],
        reason=reason[:300], created_at=at,
    )  # fmt: skip
    postings = rules.postings_back(back, payment.currency)
    if postings:
        ledger.post(
            reference=f"refund:{reference}", kind="order_refund", at=at, postings=postings, source=("order", order_id),
            working={"refund": made.public_id, "payment": payment.public_id, "by": actor.user_name[:120]},
            reason=reason,
        )  # fmt: skip
    _free_limits(payment, back)
    if any(part.source == rules.CARD for part in back):
        jobs.enqueue("paying.pay_out_refund", refund_id=made.public_id)
    else:
        _succeed(made, at)
    return made


def _free_limits(payment: Payment, back: list[Part]) -> None:
    for source, kind in ((rules.CREDIT, "credit"), (rules.SETTLEMENT, "settlement")):
        amount = sum(part.amount for part in back if part.source == source)
        if amount:
            Approval.objects.filter(account_id=payment.account_id, kind=kind).update(
                used_minor=Greatest(Value(0), F("used_minor") - amount)
            )


def _succeed(refund_: Refund, at: datetime) -> None:
    states.REFUND.apply(refund_, "succeed", finished_at=at, failure_text="")
    outbox.publish(events.RefundSucceeded(refund_.public_id, refund_.order_id, refund_.reference))


# ----- cards: the job asks the gateway -----


def pay_out_card_refund(refund_id: str, *, at: datetime) -> bool:
    """Have the gateway give the money back; true when it has ended. Outside transactions; safe to repeat.

    Raises GatewayUnavailable when there is no answer.
    """
    row = Refund.objects.select_related("payment__means", "account").get(public_id=refund_id)
    if row.state != "pending":
        return True
    if row.payment is None or row.payment.means is None:
        raise RuntimeError(f"{row.public_id} does not go back to a card")
    port = gateway(row.payment.means.provider)
    try:
        if row.provider_ref:
            found = port.refund_of(row.provider_ref)
        else:
            found = port.refund(row.payment.provider_ref, amount_minor=_card_amount(row), key=row.public_id)
    except GatewayRefused as refusal:
        found = GatewayRefund("", "failed", refusal.message)
    return _record(row, found, at)


def _card_amount(row: Refund) -> int:
    if not row.order_id:  # a charge whose orders could not be paid goes back whole
        return row.amount_minor
    return sum(part.amount for part in map(Part.from_json, row.parts) if part.source == rules.CARD)


def _record(row: Refund, found: GatewayRefund, at: datetime) -> bool:
    with transaction.atomic(durable=True):
        locks.hold(f"account:{row.account.public_id}")
        row.refresh_from_db()
        if row.state != "pending":
            return True
        if found.reference and not row.provider_ref:
            Refund.objects.filter(pk=row.pk).update(provider_ref=found.reference)
            row.provider_ref = found.reference
        if found.state == "pending":
            return False
        if found.state == "failed":
            states.REFUND.apply(row, "fail", failure_text=found.failure_text[:300], provider_ref="")
            outbox.publish(events.RefundFailed(row.public_id, row.order_id, row.reference, found.failure_text[:300]))
            return True
        _pay_out(row, rules.CARD_CLEARING, at)
    return True


def _pay_out(row: Refund, target: str, at: datetime) -> None:
    source = rules.REFUNDS_DUE if row.order_id else rules.UNAPPLIED
    ledger.post(
        reference=f"refund:{row.public_id}:paid_out",
        kind="refund_paid_out",
        at=at,
        postings=[Posting(source, target, Money(_card_amount(row), row.currency))],
        source=("refund", row.public_id),
    )
    _succeed(row, at)


@transaction.atomic
def retry_refund(actor: Actor, *, refund_id: str, at: datetime) -> Refund:
    """Ask the gateway once more for a refund that it refused. Raises PermissionMissing, NotFound, NotAllowed."""
    actor.require("operator:order:refund")
    row = _failed(refund_id)
    states.REFUND.apply(row, "retry", failure_text="", provider_ref="")
    jobs.enqueue("paying.pay_out_refund", refund_id=row.public_id)
    audit.record(actor, "refund.retried", row, at=at, account_id=row.account.public_id)
    return row


@transaction.atomic
def refund_to_balance(actor: Actor, *, refund_id: str, reason: str, at: datetime) -> Refund:
    """Put a refund that the card cannot take (it was closed, say) on the account's balance instead.

    Raises PermissionMissing, NotFound, Invalid without a reason, NotAllowed unless it has failed.
    """
    actor.require("operator:order:refund")
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why; the buyer reads it.")})
    row = _failed(refund_id)
    locks.hold(f"account:{row.account.public_id}")
    states.REFUND.apply(row, "retry", target="balance", reason=reason[:300])
    _pay_out(row, rules.cash_account(row.account.public_id), at)
    audit.record(actor, "refund.to_balance", row, at=at, reason=reason, account_id=row.account.public_id)
    return row


def _failed(refund_id: str) -> Refund:
    row = Refund.objects.select_related("account", "payment__means").filter(public_id=refund_id).first()
    if row is None:
        raise NotFound
    return row


POLL_AFTER: Final = timedelta(hours=1)
"""How long to wait before asking again for a refund that the bank has not finished."""
