"""What pricing does when others tell something; `config.wiring` connects it."""

from __future__ import annotations

from galleria.kit import clock, outbox, parameters
from galleria.kit.actor import SYSTEM
from galleria.kit.money import Money
from galleria.parties import selectors as parties
from galleria.pricing import services
from galleria.pricing.models import Coupon
from galleria.selling import events, rules


def connect() -> None:
    """Subscribe to events."""
    outbox.subscribe(events.TestCouponGranted, on_test_coupon, in_transaction=True)


def on_test_coupon(event: events.TestCouponGranted) -> None:
    """The coupon of a granted request, once (S-TCP-001)."""
    code = f"TEST{event.request_id[-16:].upper()}"
    if Coupon.objects.filter(code=code).exists():
        return
    at = clock.now()
    until = rules.later(at, parameters.get("test_coupon.valid_months"))
    limits = {"products": {"only": [event.product_id]}} if event.product_id else {}
    services.issue_coupon(
        SYSTEM, account=parties.account_by_id(event.account_id), name=event.name,
        face=Money(event.amount_minor, event.currency), valid_from=at, expires_at=until, code=code, limits=limits,
        at=at,
    )  # fmt: skip
