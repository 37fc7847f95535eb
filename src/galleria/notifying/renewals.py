"""Messages about renewals: paid by hand or by itself, failed and why, a higher price ahead (B-ARN-004, B-ARN-009)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from galleria.buying import events
from galleria.buying import selectors as orders
from galleria.buying.states import CONVERSION, RENEWAL
from galleria.kit import clock, jobs, outbox
from galleria.kit.actor import SYSTEM
from galleria.kit.money import Money
from galleria.notifying import services
from galleria.notifying.sentences import Sentence, register
from galleria.parties import selectors as parties
from galleria.parties.models import User
from galleria.subscribing import events as subscribing
from galleria.subscribing import selectors
from galleria.subscribing.models import Subscription

RENEW = "billing:subscription:renew"
RENEWING_KINDS = (RENEWAL, CONVERSION)
"""Kinds of orders whose payment is told here, not as a purchase."""
_SEE, _RENEW_IT = _("See the subscription"), _("Renew it by hand")

SENTENCES = {
    "renewal.paid": Sentence(
        "finance",
        _("{product} is renewed until {end}"),
        _("{amount} was paid for order {order}. {product} runs until {end}."),
        _SEE,
    ),
    "renewal.converted": Sentence(
        "finance",
        _("{product} is yours until {end}"),
        _("{amount} was paid for order {order}. The trial of {product} is a paid subscription now, until {end}."),
        _SEE,
    ),
    "renewal.deducted": Sentence(
        "finance",
        _("{product} renewed itself until {end}"),
        _("{amount} was deducted for order {order}. {product} runs until {end}."),
        _SEE,
    ),
    "renewal.deducted_last": Sentence(
        "finance",
        _("{product} renewed itself for the last time"),
        _("{amount} was deducted for order {order}. {product} runs until {end}; from then on it is renewed by hand."),
        _SEE,
    ),
    "renewal.failed": Sentence(
        "finance",
        _("{product} could not renew itself"),
        _("The renewal of {product} was not paid: {reason} It is tried again at {next}. The term ends at {end}."),
        _RENEW_IT,
    ),
    "renewal.failed_last": Sentence(
        "finance",
        _("{product} ends: it could not renew itself"),
        _("The last attempt to renew {product} was not paid: {reason} The term ends at {end}; renew it by hand."),
        _RENEW_IT,
    ),
    "renewal.price_rises": Sentence(
        "finance",
        _("{product} will cost more: {amount} on {day}"),
        _(
            "{product} renews by itself at {day}. The last term cost {was} at list price before tax, the same costs "
            "{now} today; {amount} will be deducted, tax included. You can stop it any day before."
        ),
        _SEE,
    ),
}


def connect() -> None:
    """Called by the wiring."""
    register(SENTENCES)
    for event, handler in (
        (subscribing.SubscriptionConverted, on_converted),
        (events.AutoRenewed, on_auto_renewed),
        (events.AutoRenewalFailed, on_failed),
        (events.RenewalPriceRises, on_price_rises),
    ):
        outbox.subscribe(event, handler, lane=services.lane, priority=jobs.LATER)  # type: ignore[arg-type]
    # Most renewals are the clock's, whose deduction is told: for these nothing is queued.
    outbox.subscribe(
        subscribing.SubscriptionRenewed, on_renewed, concerns=lambda event: not event.by_clock, lane=services.lane,
        priority=jobs.LATER,
    )  # fmt: skip


def on_renewed(event: subscribing.SubscriptionRenewed) -> None:
    """The receipt of a renewal by hand; one by itself has its own."""
    _receipt("renewal.paid", event.subscription_id, event.order_id, event.ends_at)


def on_converted(event: subscribing.SubscriptionConverted) -> None:
    _receipt("renewal.converted", event.subscription_id, event.order_id, event.ends_at)


def _receipt(key: str, subscription_id: str, order_id: str, ends_at: str) -> None:
    order = orders.order_alone(order_id)
    if order.user_id is None or not order.paid_minor:  # ordered by the clock, or nothing to pay
        return
    person = User.objects.filter(pk=order.user_id, is_active=True).first()
    if person is None:
        return
    row = selectors.subscription_of(SYSTEM, subscription_id)
    _send(
        row, [person], key, once=order_id, order=order_id, amount=Money(order.paid_minor, order.currency),
        end=_instant(ends_at),
    )  # fmt: skip


def on_auto_renewed(event: events.AutoRenewed) -> None:
    row = selectors.subscription_of(SYSTEM, event.subscription_id)
    key = "renewal.deducted_last" if event.left == 0 else "renewal.deducted"
    _tell(
        row, key, once=event.order_id, order=event.order_id, amount=Money(event.due_minor, event.currency),
        end=_instant(event.ends_at),
    )  # fmt: skip


def on_failed(event: events.AutoRenewalFailed) -> None:
    """After the first and the last failure, and daily in the last three days; who sends it decides."""
    row = selectors.subscription_of(SYSTEM, event.subscription_id)
    key = "renewal.failed" if event.next_at else "renewal.failed_last"
    _tell(
        row, key, once=f"{event.expires_at}:{event.failures}", link=f"/buyer/renew?id={row.public_id}",
        reason=event.reason, next=_instant(event.next_at), end=_instant(event.expires_at),
    )  # fmt: skip


def on_price_rises(event: events.RenewalPriceRises) -> None:
    row = selectors.subscription_of(SYSTEM, event.subscription_id)
    _tell(
        row, "renewal.price_rises", once=event.deduct_at, day=_instant(event.deduct_at),
        was=Money(event.was_minor, event.currency), now=Money(event.now_minor, event.currency),
        amount=Money(event.due_minor, event.currency),
    )  # fmt: skip


def _tell(row: Subscription, key: str, *, once: str, **values: Any) -> None:
    _send(row, parties.users_with(row.account_id, RENEW), key, once=once, **values)


def _send(row: Subscription, people: list[User], key: str, *, once: str, **values: Any) -> None:
    facts = {"product": row.product.name, "link": f"/buyer/subscriptions/{row.public_id}", **values}
    services.notify(
        people, key, at=clock.now(), dedupe=f"{key}:{row.public_id}:{once}", account_pk=row.account_id, **facts
    )


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
