"""Messages about offers and coupons to the accounts that they name (S-OFR-003)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit import clock, jobs, outbox
from galleria.kit.money import Money
from galleria.notifying import services
from galleria.notifying.sentences import Sentence, register
from galleria.pricing import events
from galleria.pricing.models import Coupon
from galleria.pricing.selectors import offers

SENTENCES = {
    "offer.effective": Sentence(
        "product",
        _("An offer for you: {offer}"),
        _("{issuer} offers you a price of your own. It holds from {begin} until {end}."),
        _("See the offer"),
    ),
    "offer.invalidated": Sentence(
        "product",
        _("The offer {offer} has ended"),
        _("{issuer} ended the offer before its time. Orders that you placed with it keep their price."),
        _("See your offers"),
    ),
    "coupon.given": Sentence(
        "product",
        _("A coupon for you: {coupon}"),
        _("It is worth {worth} and holds until {end}. It is offered by itself when an order fits."),
        _("See the coupon"),
    ),
}


def connect() -> None:
    """Called by the wiring."""
    register(SENTENCES)
    outbox.subscribe(events.OfferEffective, on_effective, lane=services.lane, priority=jobs.LATER)
    outbox.subscribe(events.OfferInvalidated, on_invalidated, lane=services.lane, priority=jobs.LATER)
    outbox.subscribe(events.CouponGiven, on_coupon_given, lane=services.lane, priority=jobs.LATER)


def on_effective(event: events.OfferEffective) -> None:
    """Everybody in the named accounts who may order gets the link."""
    _tell(event.offer_id, "offer.effective", f"/offers/{event.offer_id}")


def on_invalidated(event: events.OfferInvalidated) -> None:
    """Who was told of an offer is told of its end."""
    _tell(event.offer_id, "offer.invalidated", "/buyer/offers")


def _tell(offer_id: str, key: str, link: str) -> None:
    row = offers.offer_for_review(offer_id)
    for named in row.accounts.all():
        services.notify_account(
            named.account_id, key, permission="gallery:order:create", at=clock.now(), link=link,
            dedupe=f"{key}:{offer_id}", offer=row.name, issuer=offers.issuer_name(row), begin=row.starts_at,
            end=row.ends_at,
        )  # fmt: skip


def on_coupon_given(event: events.CouponGiven) -> None:
    """The account hears of a coupon that was given to it."""
    row = Coupon.objects.get(public_id=event.coupon_id)
    worth = f"{row.percent_e2 / 100:g} %" if row.kind == "discount" else Money(row.face_minor, row.currency)
    if row.account_id is not None:
        services.notify_account(
            row.account_id, "coupon.given", permission="billing:coupon:view", at=clock.now(),
            dedupe=f"coupon.given:{row.public_id}", link=f"/buyer/funds/coupons/{row.public_id}",
            coupon=row.name, worth=worth, end=row.expires_at,
        )  # fmt: skip
