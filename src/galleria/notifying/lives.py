"""Messages about the life of subscriptions: reminders, grace, freezing, release; stuck timers (B-EXP-001)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from galleria.buying.models import Deduction
from galleria.kit import clock, jobs, outbox
from galleria.kit.actor import SYSTEM
from galleria.notifying import services
from galleria.notifying.sentences import Sentence, register
from galleria.parties import selectors as parties
from galleria.subscribing import events, selectors
from galleria.subscribing.models import Subscription

_SEE = _("See the subscription")
_RENEW = _("Renew it")

SENTENCES = {
    "subscription.expires": Sentence(
        "product",
        _("{product} expires soon"),
        _("Your subscription to {product} ({specification}) ends at {end}. Renew it to go on using it."),
        _RENEW,
    ),
    "subscription.renews": Sentence(
        "product",
        _("{product} renews by itself"),
        _("The term of {product} ({specification}) ends at {end}. It renews by itself; you need not do anything."),
        _SEE,
    ),
    "subscription.trial_ends": Sentence(
        "product",
        _("Your trial of {product} ends soon"),
        _("The trial of {product} ({specification}) ends at {end}. Convert it to keep what you have made there."),
        _SEE,
    ),
    "subscription.becomes_pay_per_use": Sentence(
        "product",
        _("{product} is charged by use soon"),
        _("The term of {product} ({specification}) ends at {end}. From then on its use is charged, as you set."),
        _SEE,
    ),
    "subscription.release_near": Sentence(
        "product",
        _("{product} is deleted soon"),
        _("{product} ({specification}) is released at {end}: what is stored there is deleted. Renew it to keep it."),
        _RENEW,
    ),
    "subscription.grace": Sentence(
        "product",
        _("The term of {product} has ended"),
        _("You can go on using {product} ({specification}) until {end}. Renew it by then; the days are counted in."),
        _RENEW,
    ),
    "subscription.frozen": Sentence(
        "product",
        _("{product} is frozen"),
        _("{product} ({specification}) cannot be used any more. What is stored there is kept until {end}."),
        _RENEW,
    ),
    "subscription.unfrozen": Sentence(
        "product", _("{product} can be used again"), _("{product} ({specification}) is not frozen any more."), _SEE
    ),
    "subscription.released": Sentence(
        "product",
        _("{product} is released"),
        _("Your subscription to {product} ({specification}) is gone, and what was stored there with it."),
        _SEE,
    ),
    "timer.stuck": Sentence(
        "service",
        _("The clock cannot go on with a subscription of {product}"),
        _("{act} failed again and again: {problem}. Look at the cause and let it be tried again."),
        _("See what is stuck"),
    ),
}


def connect() -> None:
    """Called by the wiring."""
    register(SENTENCES)
    for event, handler in (
        (events.SubscriptionReminded, on_reminded),
        (events.GraceBegan, on_grace),
        (events.SubscriptionFrozen, on_frozen),
        (events.SubscriptionUnfrozen, on_unfrozen),
        (events.SubscriptionReleased, on_released),
        (events.TimerStuck, on_stuck),
    ):
        outbox.subscribe(event, handler, lane=services.lane, priority=jobs.LATER)  # type: ignore[arg-type]


def on_reminded(event: events.SubscriptionReminded) -> None:
    """B-EXP-001, B-TRI-004: what the reader must do depends on how it goes on."""
    subscription = selectors.subscription_of(SYSTEM, event.subscription_id)
    if event.what == "release":
        key = "subscription.release_near"
    elif subscription.is_trial:
        key = "subscription.trial_ends"
    else:
        by_policy = {"auto": "subscription.renews", "to_pay_per_use": "subscription.becomes_pay_per_use"}
        key = by_policy.get(subscription.renewal, "subscription.expires")
        if key == "subscription.renews" and _could_not_be_paid(subscription):
            key = "subscription.expires"  # "you need not do anything" would not be true
    _tell(subscription, key, once=f"{event.what}:{event.ends_at}", end=_instant(event.ends_at))


def _could_not_be_paid(subscription: Subscription) -> bool:
    """Whether it should have renewed itself beyond its present end, and that failed so far (B-ARN-004)."""
    ends = subscription.expires_at
    if ends is None:
        return False
    return Deduction.objects.filter(subscription=subscription, expires_at=ends, state="failed").exists()


def on_grace(event: events.GraceBegan) -> None:
    _about(event.subscription_id, "subscription.grace", event.ends_at)


def on_frozen(event: events.SubscriptionFrozen) -> None:
    _about(event.subscription_id, "subscription.frozen", event.ends_at)


def on_unfrozen(event: events.SubscriptionUnfrozen) -> None:
    subscription = selectors.subscription_of(SYSTEM, event.subscription_id)
    ends_at = subscription.expires_at
    _tell(subscription, "subscription.unfrozen", once=ends_at.isoformat() if ends_at else "")


def on_released(event: events.SubscriptionReleased) -> None:
    _about(event.subscription_id, "subscription.released", "")


def on_stuck(event: events.TimerStuck) -> None:
    """The operator's people hear of it at once, with the link to the list."""
    subscription = selectors.subscription_of(SYSTEM, event.subscription_id)
    services.notify(
        parties.operators_with("operator:work:manage"), "timer.stuck", at=clock.now(),
        dedupe=f"timer.stuck:{event.timer_id}:{clock.now().isoformat()}", link="/operator/work/timers",
        product=subscription.product.name, act=event.kind, problem=event.problem,
    )  # fmt: skip


def _about(subscription_id: str, key: str, ends_at: str) -> None:
    subscription = selectors.subscription_of(SYSTEM, subscription_id)
    _tell(subscription, key, once=ends_at, end=_instant(ends_at))


def _tell(subscription: Subscription, key: str, *, once: str, **more: Any) -> None:
    services.notify_account(
        subscription.account_id,
        key,
        permission="billing:subscription:renew",
        at=clock.now(),
        dedupe=f"{key}:{subscription.public_id}:{once}",
        link=f"/buyer/subscriptions/{subscription.public_id}",
        product=subscription.product.name,
        specification=subscription.specification.name,
        **more,
    )


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
