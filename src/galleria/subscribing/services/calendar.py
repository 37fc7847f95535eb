"""A calendar of what an account's subscriptions will do, read by programs that cannot sign in (iCalendar, RFC 5545)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from galleria.audit import services as audit
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.parties import selectors as parties
from galleria.subscribing import selectors
from galleria.subscribing.models import CalendarFeed, Subscription
from galleria.subscribing.rules.plan import Planned
from galleria.subscribing.services import timing

if TYPE_CHECKING:
    from icalendar import Calendar

_SHOWN = ("deduct", "expire", "release")


def feed_of(actor: Actor) -> CalendarFeed | None:
    """The person's feed for the account at hand; None when there is none."""
    return CalendarFeed.objects.filter(user_id=actor.user_pk or 0, account_id=actor.account_pk or 0).first()


@transaction.atomic
def make_feed(actor: Actor, *, at: datetime) -> str:
    """A new secret address, shown once; an older one stops working. Raises PermissionMissing."""
    actor.require("gallery:subscription:view")
    token = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        user_id=actor.user_pk,
        account_id=actor.account_pk,
        defaults={"token_hash": _hash(token), "created_at": at, "read_at": None},
    )
    audit.record(actor, "calendar.made", parties.account_of(actor), at=at)
    return token


@transaction.atomic
def drop_feed(actor: Actor, *, at: datetime) -> None:
    """The address stops working at once."""
    row = feed_of(actor)
    if row is not None:
        row.delete()
        audit.record(actor, "calendar.dropped", parties.account_of(actor), at=at)


def calendar_of(token: str, *, site: str, at: datetime) -> bytes:
    """The calendar behind an address: ends, automatic renewals and releases of the account's subscriptions.

    Raises NotFound for an address that is not, or no longer, known, and when the person has left the account.
    """
    row = CalendarFeed.objects.select_related("user", "account").filter(token_hash=_hash(token)).first()
    if row is None or not row.user.is_active:
        raise NotFound
    _require_reader(row)
    from icalendar import Calendar  # loaded with the first calendar: most processes never write one

    calendar = Calendar()
    calendar.add("prodid", "-//Galleria//Subscriptions//EN")
    calendar.add("version", "2.0")
    calendar.add("name", _("Subscriptions of %(account)s") % {"account": row.account.name})
    calendar.add("x-wr-calname", _("Subscriptions of %(account)s") % {"account": row.account.name})
    rows = selectors.ends_of(row.account_id)
    coming = timing.coming_of_many(rows, at=at)
    for subscription in rows:
        _add(calendar, subscription, coming[subscription.pk], site, at)
    long_ago = Q(read_at__isnull=True) | Q(read_at__lt=at - timedelta(hours=1))
    CalendarFeed.objects.filter(long_ago, pk=row.pk).update(read_at=at)
    return bytes(calendar.to_ical())


def _require_reader(row: CalendarFeed) -> None:
    actor = parties.actor_for(row.user, row.account, "api")
    if actor.account_pk != row.account_id or not actor.may("gallery:subscription:view"):
        raise NotFound


def _add(calendar: Calendar, subscription: Subscription, coming: list[Planned], site: str, at: datetime) -> None:
    from icalendar import Event

    told = {"product": subscription.product.name, "specification": subscription.specification.name}
    titles = {
        "deduct": _("%(product)s renews: payment") % told,
        "expire": _("%(product)s ends") % told,
        "release": _("%(product)s is deleted") % told,
    }
    has_deduction = False
    for each in coming:
        if each.kind not in _SHOWN or (each.kind == "deduct" and has_deduction):
            continue
        has_deduction = has_deduction or each.kind == "deduct"
        event = Event()
        event.add("uid", f"{subscription.public_id}-{each.kind}@galleria")
        event.add("dtstamp", at)
        event.add("dtstart", each.due_at)
        event.add("dtend", each.due_at + timedelta(minutes=15))
        event.add("summary", titles[each.kind])
        event.add("description", _("%(product)s, %(specification)s") % told)
        event.add("url", f"{site}/buyer/subscriptions/{subscription.public_id}")
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
