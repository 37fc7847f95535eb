"""What pricing does when others tell something; `config.wiring` connects it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit import clock, files, outbox, parameters
from galleria.kit.actor import SYSTEM
from galleria.kit.money import Money
from galleria.kit.parameter_table import Parameter
from galleria.parties import selectors as parties
from galleria.pricing import dossiers, services
from galleria.pricing.models import Coupon
from galleria.pricing.selectors import offers as selectors
from galleria.pricing.services import offering
from galleria.reviewing import ports
from galleria.selling import events, rules

SETTINGS = (
    Parameter(
        "offer.authorised_percent", "whole", 30,
        _("What a seller may take off for named accounts without approval; for one product where it is set for it"),
        _("percent"), 0, 100, scoped=True,
    ),
    Parameter(
        "offer.common_any_price", "flag", False,
        _("Whether sellers may set any price above nothing for common products, without approval"),
    ),
    Parameter(
        "offer.with_seller_coupons", "flag", False,
        _("Whether an exclusive offer and a coupon of the same seller go together"),
    ),
    Parameter("review.offer_days", "whole", 3, _("Until an offer is decided"), _("working days"), 1, 60),
)  # fmt: skip


def connect() -> None:
    """Subscribe to events; make settings, the kind of submission and the readers of attachments known."""
    parameters.define(*SETTINGS)
    files.readable_by("offer", account=(selectors.SELLER,), operator=(selectors.OPERATOR,))
    ports.register(
        ports.Kind(
            name=selectors.KIND,
            label=_("Exclusive offer"),
            permission=selectors.OPERATOR,
            days="review.offer_days",
            approve=offering.approved,
            give_back=offering.given_back,
            dossier=dossiers.offer,
            withdraw=offering.taken_back,
            page=lambda submission: f"/seller/offers/{submission.subject}",
            act=_("Approve and put into force"),
        )
    )
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
