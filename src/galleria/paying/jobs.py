"""What paying does by itself: finding out about interrupted payments, paying refunds out, hearing webhooks."""

from __future__ import annotations

from datetime import timedelta

from galleria.kit import clock, jobs
from galleria.kit.jobs import RetryLater
from galleria.paying import services
from galleria.paying.services.refunding import POLL_AFTER

_EVERY = timedelta(seconds=60)
_BACKOFF = (60, 120, 300, 900, 3600)


@jobs.job("paying.reconcile", outside=True, max_attempts=100, backoff=_BACKOFF)
def reconcile(payment_id: str) -> None:
    """Queued with every card payment: a minute later, and then every minute until it is decided."""
    if not services.reconcile_payment(payment_id, at=clock.now()):
        raise RetryLater("not decided yet", delay=_EVERY, counts=False)


@jobs.job("paying.pay_out_refund", outside=True, max_attempts=200, backoff=_BACKOFF)
def pay_out_refund(refund_id: str) -> None:
    """Have the gateway give money back to a card."""
    if not services.pay_out_card_refund(refund_id, at=clock.now()):
        raise RetryLater("the bank has not finished", delay=POLL_AFTER, counts=False)


@jobs.job("paying.handle_event", outside=True, max_attempts=50, backoff=_BACKOFF)
def handle_event(provider: str, event_id: str) -> None:
    """Ask the gateway about what a webhook was about."""
    services.handle_gateway_event(provider, event_id, at=clock.now())
