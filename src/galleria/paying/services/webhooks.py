"""Webhooks of the card gateway: verified, stored once, answered at once; a job then asks for the truth."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from galleria.kit import jobs
from galleria.kit.errors import NotFound
from galleria.paying import gateways
from galleria.paying.models import Payment, Refund, WebhookEvent
from galleria.paying.services.cards import ask_about_payment
from galleria.paying.services.refunding import pay_out_card_refund


def record_gateway_event(provider: str, payload: bytes, signature: str, *, at: datetime) -> str:
    """Take a webhook: `queued`, `known` when it was sent before, `ignored` when it is about nothing of ours.

    `at` is the system's time: a webhook older than five minutes is refused. What it says is never believed: it only
    makes us ask. Raises BadSignature for forged and stale ones, NotFound for an unknown provider.
    """
    if not provider or provider != gateways.gateway_name():
        raise NotFound
    event = gateways.gateway(provider).read_event(payload, signature, at=at)
    about = event.refund_reference or event.charge_reference
    row = WebhookEvent(
        provider=provider, event_id=event.event_id, kind=event.kind, received_at=at,
        payload={"charge": event.charge_reference, "refund": event.refund_reference},
        state="received" if about else "ignored",
    )  # fmt: skip
    with transaction.atomic():
        before = WebhookEvent.objects.filter(provider=provider, event_id=event.event_id).exists()
        if before:
            return "known"
        WebhookEvent.objects.bulk_create([row], ignore_conflicts=True)
        if not about:
            return "ignored"
        jobs.enqueue(
            "paying.handle_event",
            dedupe=f"webhook:{provider}:{event.event_id}",
            provider=provider,
            event_id=event.event_id,
        )
    return "queued"


def handle_gateway_event(provider: str, event_id: str, *, at: datetime) -> None:
    """Ask the gateway about the payment or refund of a stored webhook. Outside transactions; safe to repeat.

    Raises GatewayUnavailable.
    """
    row = WebhookEvent.objects.get(provider=provider, event_id=event_id)
    if row.state == "done":
        return
    found = False
    charge, refund = str(row.payload.get("charge") or ""), str(row.payload.get("refund") or "")
    payments = Payment.objects.filter(provider_ref=charge, means__provider=provider)
    for payment in payments if charge else ():
        ask_about_payment(payment.public_id, at=at)
        found = True
    refunds = Refund.objects.filter(provider_ref=refund)
    for each in refunds if refund else ():
        pay_out_card_refund(each.public_id, at=at)
        found = True
    WebhookEvent.objects.filter(pk=row.pk).update(state="done" if found else "ignored", done_at=at)
