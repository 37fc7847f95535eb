"""Consulting services are shown, not sold: people tell the seller what they need, or go to its website (S-CON-001)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import clock, outbox
from galleria.kit.actor import Actor
from galleria.kit.errors import NotAllowed, TooManyRequests
from galleria.parties import checks
from galleria.parties import selectors as parties
from galleria.publishing import selectors as catalogue
from galleria.supporting import events
from galleria.supporting.models import ContactClick, Enquiry

MOST_A_DAY = 10


@transaction.atomic
def send_enquiry(
    actor: Actor, *, slug: str, name: str, company: str = "", contact: str, need: str, at: datetime
) -> Enquiry:
    """Deliver name, company, contact and need to the seller. Only for consulting services on the shelf.

    Raises NotFound, NotAllowed, Invalid with the wrong fields, TooManyRequests after ten of an account in a day.
    """
    actor.require("gallery:product:view")
    view = catalogue.product_view(actor, slug)
    if view.card["delivery"] != "consulting" or not view.can_order:
        raise NotAllowed(_("Only sellers of consulting services that are on the shelf are asked in this way."))
    values = checks.together(
        ("name", lambda: checks.text("name", name, 120, required=True)),
        ("company", lambda: checks.text("company", company, 200)),
        ("contact", lambda: checks.text("contact", contact, 200, required=True)),
        ("need", lambda: checks.text("need", need, 2000, required=True, lines=True)),
    )
    account, since = parties.account_of(actor), at - timedelta(days=1)
    if Enquiry.objects.filter(account=account, created_at__gt=since).count() >= MOST_A_DAY:
        raise TooManyRequests(_("Your account wrote to ten sellers today. Go on tomorrow."))
    row = Enquiry.objects.create(
        product_id=view.pk, account=account, user_id=parties.user_pk_of(actor), created_at=at, **values
    )
    audit.record(actor, "enquiry.sent", audit.Subject("publishing.product", view.public_id, view.slug), at=at)
    outbox.publish(events.EnquirySent(row.public_id))
    return row


@transaction.atomic
def count_click(product_pk: int, *, at: datetime) -> None:
    """Somebody went to the seller's website; counted by day of the billing time zone, without who."""
    day = clock.billing_date(at)
    ContactClick.objects.get_or_create(product_id=product_pk, day=day)
    ContactClick.objects.filter(product_id=product_pk, day=day).update(count=F("count") + 1)
