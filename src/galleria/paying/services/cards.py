"""Card payments: between two short transactions the gateway is asked. No step may be lost or done twice.

1. `charging.charge` stores the intention and queues `paying.reconcile` (committed by the caller).
2. `confirm_card` prepares a charge, stores its id (of two callers one wins), then has it confirmed.
3. `record_charge` books what the gateway says. Whoever dies in between is followed by a webhook or by the job, which
   ask the gateway for the truth; a charge that was never confirmed is cancelled there and the payment fails.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _

from galleria.kit import jobs, locks, outbox, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Refused, Text
from galleria.kit.money import Money
from galleria.kit.parameter_table import Parameter
from galleria.kit.spoken import stored
from galleria.ledger import selectors as ledger_selectors
from galleria.ledger import services as ledger
from galleria.ledger.services import Posting
from galleria.paying import events, rules, selectors, states
from galleria.paying.gateways import gateway
from galleria.paying.models import Payment, PaymentMeans, Refund
from galleria.paying.ports import Charge, ChargeRequest, GatewayRefused, GatewayUnavailable
from galleria.paying.services._shared import OrderStatusChanged
from galleria.paying.services.charging import book_orders

log = structlog.get_logger("galleria.paying")

INTERRUPTED: Final = "PAYMENT_INTERRUPTED"
ABANDONED: Final = "CARD_AUTHENTICATION_ABANDONED"
DECLINED: Final = "CARD_DECLINED"

parameters.define(
    Parameter(
        "payment.authentication_minutes", "whole", 30,
        gettext_lazy("Minutes in which a card holder can prove who they are"), gettext_lazy("minutes"), 5, 1440,
    )
)  # fmt: skip


def confirm_card(payment_id: str, *, at: datetime) -> Payment:
    """Charge the card of a pending payment, or go on after the card holder was asked. Outside transactions.

    Returns the payment: succeeded; needs_action with `action_url`; failed with `failure_code` and the provider's
    `failure_text`; or still pending when the gateway did not answer (the job will find out).
    """
    payment = _get(payment_id)
    if payment.state not in selectors.OPEN_STATES:
        return payment
    if payment.provider_ref:
        return refresh_card_payment(payment_id, at=at)
    means = _card_of(payment)
    port = gateway(means.provider)
    try:
        prepared = port.prepare(_request(payment, means))
    except (GatewayRefused, GatewayUnavailable) as error:
        # Nothing was confirmed, so nothing was charged.
        code = error.code if isinstance(error, GatewayUnavailable) else DECLINED
        return _record_failure(payment_id, code, error.message, at)
    if not _claim(payment, prepared.reference):
        payment.refresh_from_db()
        if payment.provider_ref != prepared.reference:
            port.cancel(prepared.reference)
        return payment
    try:
        found = port.confirm(prepared.reference, return_url=return_url(payment), key=payment_id)
    except GatewayUnavailable:
        log.warning("payment.no_answer", payment=payment_id)
        return _get(payment_id)
    return record_charge(payment_id, found, at=at)


def return_url(payment: Payment) -> str:
    """Where the card holder comes back to from the bank."""
    place = "payments" if payment.purpose == "orders" else "funds/payments"
    return f"{settings.GALLERIA_SITE_URL}/buyer/{place}/{payment.public_id}/return/"


def refresh_card_payment(payment_id: str, *, at: datetime) -> Payment:
    """Ask the gateway where the payment stands and book it; unchanged if it does not answer. Outside transactions."""
    try:
        return ask_about_payment(payment_id, at=at)
    except GatewayUnavailable:
        return _get(payment_id)


def ask_about_payment(payment_id: str, *, at: datetime) -> Payment:
    """The same for jobs: raises GatewayUnavailable, so that they try again."""
    payment = _get(payment_id)
    if not payment.provider_ref or payment.means is None:
        return payment
    found = gateway(payment.means.provider).charge_of(payment.provider_ref)
    return record_charge(payment_id, found, at=at)


def abandon_card_payment(actor: Actor, *, payment_id: str, at: datetime) -> Payment:
    """Give up an open card payment, so that its orders can be paid in another way (B-PAY-004).

    If the card was charged meanwhile the payment succeeds instead. Raises PermissionMissing, NotFound,
    GatewayUnavailable. Outside transactions.
    """
    actor.require("billing:order:pay")
    payment = selectors.payment_of(actor, payment_id)
    if payment.state not in selectors.OPEN_STATES:
        return payment
    return _stop(payment, ABANDONED, _("The payment was given up."), at)


def reconcile_payment(payment_id: str, *, at: datetime) -> bool:
    """Find out what became of an open payment; true when there is nothing left to find out.

    A process that died before the charge was confirmed leaves a charge that we cancel: the buyer can pay again.
    """
    payment = _get(payment_id)
    if payment.state not in selectors.OPEN_STATES:
        return True
    if not payment.provider_ref or payment.means is None:
        text = _("The payment was interrupted before the card was charged. Please pay again.")
        return _record_failure(payment_id, INTERRUPTED, text, at).state not in selectors.OPEN_STATES
    found = gateway(payment.means.provider).charge_of(payment.provider_ref)
    if found.state == "prepared":
        text = _("The payment was interrupted before the card was charged. Please pay again.")
        return _stop(payment, INTERRUPTED, text, at).state not in selectors.OPEN_STATES
    patience = timedelta(minutes=int(parameters.get("payment.authentication_minutes", at=payment.created_at)))
    if found.state == "needs_action" and at >= payment.created_at + patience:
        text = _("The card holder was not verified in time.")
        return _stop(payment, ABANDONED, text, at).state not in selectors.OPEN_STATES
    return record_charge(payment_id, found, at=at).state not in selectors.OPEN_STATES


def _stop(payment: Payment, code: str, text: Text, at: datetime) -> Payment:
    """Cancel at the gateway, which decides; then book what it decided."""
    if not payment.provider_ref or payment.means is None:
        return _record_failure(payment.public_id, code, text, at)
    found = gateway(payment.means.provider).cancel(payment.provider_ref)
    if found.state == "canceled":
        return _record_failure(payment.public_id, code, text, at)
    return record_charge(payment.public_id, found, at=at)


def _get(payment_id: str) -> Payment:
    return Payment.objects.select_related("means", "account").get(public_id=payment_id)


def _card_of(payment: Payment) -> PaymentMeans:
    if payment.means is None:
        raise RuntimeError(f"{payment.public_id} is not paid by card")
    return payment.means


def _request(payment: Payment, means: PaymentMeans) -> ChargeRequest:
    what = ", ".join(payment.order_ids) or str(_("top-up"))
    return ChargeRequest(
        key=payment.public_id,
        customer=means.provider_customer,
        card_token=means.provider_token,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        description=f"{settings.GALLERIA.site_name}: {what}",
        facts={"account": payment.account.public_id, "purpose": payment.purpose},
    )


def _claim(payment: Payment, reference: str) -> bool:
    """Store the prepared charge; of two processes with the same payment only one may confirm."""
    with transaction.atomic(durable=True):
        rows = Payment.objects.filter(pk=payment.pk, state="pending", provider_ref="")
        return rows.update(provider_ref=reference) == 1


# ----- recording -----


def record_charge(payment_id: str, found: Charge, *, at: datetime) -> Payment:
    """Book what the gateway says of a charge. Asked twice, late or out of order, it changes nothing more."""
    with transaction.atomic(durable=True):
        payment = _get(payment_id)
        locks.hold(f"account:{payment.account.public_id}", *(f"order:{each}" for each in payment.order_ids))
        payment.refresh_from_db()
        if found.state == "succeeded":
            _record_success(payment, found, at)
        elif found.state == "needs_action":
            _record_action(payment, found)
        elif found.state in {"failed", "canceled"} and payment.state in selectors.OPEN_STATES:
            text = found.failure_text or _("The card was declined.")
            _fail(payment, DECLINED, text, at)
    return payment


def _record_action(payment: Payment, found: Charge) -> None:
    if payment.state == "pending":
        states.PAYMENT.apply(payment, "ask_cardholder", action_url=found.action_url)
    elif payment.state == "needs_action" and payment.action_url != found.action_url:
        Payment.objects.filter(pk=payment.pk, state="needs_action").update(action_url=found.action_url)
        payment.action_url = found.action_url


def _record_failure(payment_id: str, code: str, text: Text, at: datetime) -> Payment:
    with transaction.atomic(durable=True):
        payment = _get(payment_id)
        locks.hold(f"account:{payment.account.public_id}", *(f"order:{each}" for each in payment.order_ids))
        payment.refresh_from_db()
        if payment.state in selectors.OPEN_STATES:
            _fail(payment, code, text, at)
    return payment


def _fail(payment: Payment, code: str, text: Text, at: datetime) -> None:
    kept = stored(text)[:300]
    states.PAYMENT.apply(payment, "fail", failure_code=code[:40], failure_text=kept, action_url="", finished_at=at)
    if payment.purpose == "top_up":
        from galleria.paying.services.topping_up import fail_top_up

        fail_top_up(payment, at=at)
        return
    outbox.publish(events.PaymentFailed(payment.public_id, tuple(payment.order_ids), code, kept))


def _record_success(payment: Payment, found: Charge, at: datetime) -> None:
    """The card was charged: book it, or give it back if its orders cannot be paid any more."""
    if payment.state == "succeeded" or Refund.objects.filter(reference=_return_reference(payment)).exists():
        return
    if (found.amount_minor, found.currency) != (payment.amount_minor, payment.currency):
        raise RuntimeError(f"{payment.public_id}: the gateway charged {found.amount_minor} {found.currency}")
    try:
        with transaction.atomic():
            states.PAYMENT.apply(payment, "succeed", finished_at=at, action_url="", failure_code="", failure_text="")
            if payment.purpose == "top_up":
                from galleria.paying.services.topping_up import finish_card_top_up

                finish_card_top_up(payment, at=at)
            else:
                _require_unpaid(payment)
                book_orders(payment, at=at)
    except Refused as refusal:
        payment.refresh_from_db()
        _return_charge(payment, refusal, at)


def _require_unpaid(payment: Payment) -> None:
    for order in payment.order_ids:
        if ledger_selectors.transactions(source=("order", order), kind="order_payment").exists():
            raise OrderStatusChanged


def _return_reference(payment: Payment) -> str:
    return f"payment:{payment.public_id}:return"


def _return_charge(payment: Payment, refusal: Refused, at: datetime) -> None:
    """The orders were paid otherwise or cancelled while the bank thought: the card gets its money back."""
    log.warning("payment.returned", payment=payment.public_id, code=refusal.code)
    amount = Money(payment.amount_minor, payment.currency)
    ledger.post(
        reference=f"payment:{payment.public_id}:unapplied",
        kind="card_unapplied",
        at=at,
        postings=[Posting(rules.CARD_CLEARING, rules.UNAPPLIED, amount)],
        source=("payment", payment.public_id),
        reason=refusal.message,
    )
    back = Refund.objects.create(
        payment=payment, account=payment.account, order_id="", reference=_return_reference(payment),
        currency=payment.currency, amount_minor=payment.amount_minor, target="card", reason=refusal.message[:300],
        created_at=at,
    )  # fmt: skip
    jobs.enqueue("paying.pay_out_refund", refund_id=back.public_id)
    if payment.state in selectors.OPEN_STATES:
        _fail(payment, OrderStatusChanged.code, refusal.message, at)
