"""Offers and coupons in a line, for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from galleria.kit import clock
from galleria.pricing import services
from galleria.pricing.models import CouponBatch, Offer
from tests.people import Person

DAY = timedelta(days=1)


def line(product: Any, **given: str) -> services.LineIn:
    """A quotation line for the only SKU of a product of the shop."""
    return services.line_in({**target(product), **given})


def target(product: Any) -> dict[str, str]:
    """Its only SKU, as a line names it."""
    return {"product": product.public_id, "sku": product.specifications.get().skus.get().code}


def written(seller: Person, *lines: services.LineIn, accounts: list[Person], **given: Any) -> Offer:
    """A draft that holds for thirty days."""
    at = clock.now()
    values: dict[str, Any] = {"name": "Spring", "ends_at": at + 30 * DAY, **given}
    kind = values.pop("kind", "exclusive")
    named = [person.account.public_id for person in accounts]
    return services.write_offer(
        seller.actor, kind=kind, given=services.OfferIn(accounts=named, lines=lines, **values), at=at
    )


def offered(seller: Person, *lines: services.LineIn, confirmed: bool = False, **given: Any) -> Offer:
    """An offer that was submitted."""
    kind = given.get("kind", "exclusive")
    row = written(seller, *lines, **given)
    return services.submit_offer(seller.actor, kind=kind, offer_id=row.public_id, confirmed=confirmed, at=clock.now())


def batch(issuer: Person, *, ends: datetime | None = None, **given: Any) -> CouponBatch:
    """Ten public cash coupons of 30.00 that hold for thirty days, one an account."""
    at = clock.now()
    values: dict[str, Any] = {
        "name": "Thirty", "claim": "public", "quantity": "10", "valid_from": None, "currency": "EUR", "face": "30.00",
        "expires_at": ends or at + 30 * DAY, **given,
    }  # fmt: skip
    return services.make_batch(issuer.actor, given=services.BatchIn(**values), at=at)
