"""Test coupons: what a seller asked for, what is left this year, whether it may ask at all."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from galleria.kit import clock, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound, Text
from galleria.kit.money import Money
from galleria.parties.models import Seller
from galleria.selling import ports, rules
from galleria.selling.models import TestCoupon
from galleria.selling.selectors.sellers import seller_of

KIND = "test_coupon"
COUNTING = ("review", "granted")


def requests_of(actor: Actor) -> list[TestCoupon]:
    """Every request of the actor's seller, the latest first."""
    actor.require("seller:coupon:manage")
    return list(TestCoupon.objects.filter(seller=seller_of(actor)))


def requests_for_operator(actor: Actor, seller: Seller) -> list[TestCoupon]:
    """Every request of any seller."""
    actor.require("operator:account:manage")
    return list(TestCoupon.objects.filter(seller=seller))


def request_by_id(request_id: str) -> TestCoupon:
    """For packages above. Raises NotFound."""
    row = TestCoupon.objects.select_related("seller__account").filter(public_id=request_id).first()
    if row is None:
        raise NotFound
    return row


def left_this_year(seller_pk: int, at: datetime) -> Money:
    """What the seller may still ask for in the calendar year (S-TCP-T2)."""
    limit = parameters.money("test_coupon.year_limit", at=at)
    zone = clock.billing_zone()
    begin = at.astimezone(zone).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = TestCoupon.objects.filter(seller_id=seller_pk, state__in=COUNTING, requested_at__gte=begin)
    taken = [row.asked_minor if row.granted_minor is None else row.granted_minor for row in rows]
    return Money(rules.left_this_year(limit.minor, taken), limit.currency)


def why_closed(seller_pk: int, at: datetime) -> Text | None:
    """Why the seller may ask for no more, or None (S-TCP-T3)."""
    asked = TestCoupon.objects.filter(seller_id=seller_pk, state__in=COUNTING).values_list("requested_at", flat=True)
    months = parameters.get("test_coupon.release_months", at=at)
    if rules.obligation_is_broken(asked, ports.released(seller_pk), at, months):
        return _(
            "%(months)s months passed after a request and no software product was released. Release one, then you can "
            "ask again."
        ) % {"months": months}
    return None
