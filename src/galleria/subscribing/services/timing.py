"""The scheduler: of each subscription the next event is a row, carried out when it is due (issue of time, B-GEN-002).

Whoever changes what a plan depends on calls `schedule`. `run_due` carries out what is due, in the order of time; an
event and the planning of the next one are one transaction, so that a process that dies loses and repeats nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any, cast

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import clock, outbox, parameters, prepared
from galleria.kit.actor import Actor
from galleria.kit.errors import NotAllowed, NotFound
from galleria.kit.prepared import Prepared
from galleria.subscribing import events, ports
from galleria.subscribing.models import Period, RenewalSetting, Subscription, Timer
from galleria.subscribing.rules import plan as plans
from galleria.subscribing.rules.plan import Facts, Planned, Setting, Settings

log = structlog.get_logger("galleria.subscribing")

BATCH = 200
MOST_ATTEMPTS = 6
BACK_OFF = (60, 300, 900, 3600, 3600)
_KEYS = ("expiry.", "renewal.", "trial.reminder")


# ----- what a plan is made of -----

_OFFSET = Prepared(lambda p: RenewalSetting.objects.filter(account_id=p("account")))
_NEXT_TERM: Prepared[datetime] = Prepared(
    lambda p: (
        Period.objects.filter(subscription_id=p("subscription"), state="paid", starts_at__gt=p("at"))
        .exclude(kind="change")
        # A term of what is held already begins without anything to do.
        .exclude(
            sku_id=F("subscription__sku_id"),
            quantity=F("subscription__quantity"),
            product_code=F("subscription__product_code"),
        )
        .order_by("starts_at")
        .values_list("starts_at", flat=True)[:1]
    )
)
_TIMER = Prepared(lambda p: Timer.objects.filter(subscription_id=p("subscription")))


def settings_for(subscription: Subscription, *, at: datetime) -> Settings:
    """The operator's and the account's figures for this subscription's plan."""
    scope = "trial" if subscription.is_trial else subscription.product.delivery_type
    own = _OFFSET.one(account=subscription.account_id)
    offset = _setting("renewal.deduct_offset_days", at)
    if own is not None and own.offset_days is not None:
        offset = Setting("account.renewal_offset_days", own.offset_days)
    reminders = parameters.version_of("expiry.reminder_days", at=at)
    return Settings(
        grace=_setting("expiry.grace_days", at, scope),
        retention=_setting("expiry.retention_days", at, scope),
        reminder_days=[int(each) for each in reminders.value],
        trial_reminder_days=[int(each) for each in parameters.get("trial.reminder_days", at=at)],
        offset=offset,
        deduct_time=time.fromisoformat(str(parameters.get("renewal.deduct_time", at=at))),
        trial_reminder_time=time.fromisoformat(str(parameters.get("trial.reminder_time", at=at))),
        reminders_version=reminders.version,
        zone=clock.billing_zone(),
    )


def _setting(key: str, at: datetime, scope: str = "") -> Setting:
    found = parameters.version_of(key, at=at, scope=scope)
    return Setting(key, int(found.value), found.version)


def facts_of(subscription: Subscription, *, at: datetime, since: datetime | None = None) -> Facts:
    """A subscription as its plan sees it. `since`: how far the plan was carried out; a term that began after it and has
    not been put in force is still to begin."""
    return Facts(
        state=subscription.state,
        billing_mode=subscription.billing_mode,
        renewal=subscription.renewal,
        is_trial=subscription.is_trial,
        effective_at=subscription.effective_at,
        expires_at=subscription.expires_at,
        grace_ends_at=subscription.grace_ends_at,
        retention_ends_at=subscription.retention_ends_at,
        next_term_at=_NEXT_TERM.one(subscription=subscription.pk, at=min(at, since or at)),
        renewals_left=subscription.renewals_left,
        reminded_at=subscription.reminded_at,
        trial_days=subscription.period_count if subscription.is_trial else 0,
    )


def coming_events(subscription: Subscription, *, at: datetime) -> list[Planned]:
    """Everything that will happen by itself from now on, in order, with the rule and the setting of each."""
    timer = _TIMER.one(subscription=subscription.pk)
    since = timer.done_through if timer is not None else None
    events_ = plans.plan(facts_of(subscription, at=at, since=since), settings_for(subscription, at=at))
    if timer is None:
        return [each for each in events_ if each.due_at > at]
    return plans.following(events_, timer.done_through, timer.done_order)


def released_after(subscription: Subscription, *, at: datetime) -> datetime | None:
    """When what is stored is deleted if nobody renews, by the settings of now; None without an end."""
    if subscription.retention_ends_at is not None or subscription.expires_at is None:
        return subscription.retention_ends_at
    return plans.ends_of(subscription.expires_at, settings_for(subscription, at=at)).retention_ends_at


# ----- planning -----


def schedule(subscription: Subscription, *, at: datetime, is_new: bool = False) -> None:
    """Plan the next event anew; in the transaction of what changed. What was done is not done again.

    Reminders and deductions that would have come before `at` are left out: they were not due then. What changes
    states is never left out, however late.
    """
    timer = None if is_new else _TIMER.one(subscription=subscription.pk)
    fresh = timer is None
    if timer is None:
        timer = Timer(subscription=subscription, done_through=at)
    _set_next(timer, subscription, at, now_planned=True)
    if fresh:
        prepared.insert(timer)
    else:
        prepared.update(Timer, {"id": timer.pk}, _columns(timer))


_ONLY_IN_TIME = ("remind", "price_notice", "deduct")


def _set_next(timer: Timer, subscription: Subscription, at: datetime, *, now_planned: bool = False) -> None:
    facts = facts_of(subscription, at=at, since=timer.done_through)
    found = plans.plan(facts, settings_for(subscription, at=at))
    coming = plans.following(found, timer.done_through, timer.done_order)
    if now_planned:
        waiting = (timer.kind, timer.due_at)
        coming = [
            each
            for each in coming
            if each.due_at > at or each.kind not in _ONLY_IN_TIME or (each.kind, each.due_at) == waiting
        ]
    timer.attempts, timer.problem = 0, ""
    timer.settings_stamp = parameters.stamp(_KEYS)
    if not coming:
        timer.state, timer.kind, timer.due_at, timer.try_at = "idle", "", None, None
        return
    first = coming[0]
    timer.state, timer.kind, timer.due_at, timer.order = "waiting", first.kind, first.due_at, first.order
    timer.try_at, timer.value, timer.rule = first.due_at, first.value, first.rule
    timer.setting, timer.setting_version = first.setting, first.version


_COLUMNS = (
    "state", "kind", "due_at", "order", "value", "rule", "setting", "setting_version", "settings_stamp",
    "done_through", "done_order", "attempts", "try_at", "problem",
)  # fmt: skip


def _columns(timer: Timer) -> dict[str, Any]:
    return {name: getattr(timer, name) for name in _COLUMNS}


def replan(rows: Iterable[Subscription], *, at: datetime) -> int:
    """Plan these anew; each on its own. Returns how many."""
    count = 0
    for subscription in rows:
        with transaction.atomic():
            schedule(subscription, at=at)
        count += 1
    return count


def replan_changed(at: datetime) -> int:
    """Plan anew what was planned with settings that have changed since; a batch. Returns how many."""
    stamp = parameters.stamp(_KEYS)
    rows = Timer.objects.exclude(settings_stamp=stamp).select_related("subscription__product").order_by("pk")[:BATCH]
    return replan((timer.subscription for timer in rows), at=at)


# ----- carrying out -----

_NEEDED = (
    *(field.attname for field in Timer._meta.concrete_fields),
    *(f"subscription__{field.attname}" for field in Subscription._meta.concrete_fields),
    "subscription__product__public_id",
    "subscription__product__delivery_type",
    "subscription__product__state",
    "subscription__product__name",
    "subscription__product__seller__public_id",
    "subscription__account__public_id",
    "subscription__account__country",
)


def run_due(at: datetime, *, most: int = BATCH) -> int:
    """Carry out what is due, earliest first; returns how many events were carried out or failed."""
    rows = (
        Timer.objects.filter(state="waiting", try_at__lte=at)
        .select_related("subscription__product__seller", "subscription__account")
        .only(*_NEEDED)
        .order_by("try_at", "id")[:most]
    )
    return sum(run_one(timer, at=at) for timer in list(rows))


def next_due_after(at: datetime) -> datetime | None:
    """When the clock has something to do next, after that instant; None: nothing is planned."""
    rows = Timer.objects.filter(state="waiting", try_at__gt=at).order_by("try_at")
    return rows.values_list("try_at", flat=True).first()


def run_one(timer: Timer, *, at: datetime) -> bool:
    """Carry out one event; false when somebody else was quicker. What fails is tried again, then waits for a person."""
    registered = ports.RUNNERS[cast(plans.Kind, timer.kind)]
    planned = Planned(
        cast(datetime, timer.due_at),
        cast(plans.Kind, timer.kind),
        timer.rule,
        timer.setting,
        timer.setting_version,
        timer.value,
    )
    subscription = timer.subscription
    try:
        if registered.outside:
            again = registered.run(subscription, planned, at=at)
            with transaction.atomic():
                return _done(timer, planned, again, at)
        with transaction.atomic():
            if not _claim(timer):
                return False
            overtaken = _is_overtaken(subscription, planned, at)
            again = None if overtaken else registered.run(subscription, planned, at=at)
            return _done(timer, planned, again, at, claimed=True)
    except DatabaseError:
        raise  # the whole batch is tried again
    except Exception as problem:
        log.warning("timer.failed", timer=timer.public_id, kind=timer.kind, exc_info=True)
        _failed(timer, problem, at)
        return True


def _claim(timer: Timer) -> bool:
    """Whether this event is still the next one; of two workers one goes on, the other waits and is told no."""
    seen = {
        "id": timer.pk, "kind": timer.kind, "due_at": timer.due_at, "value": timer.value, "state": "waiting",
    }  # fmt: skip
    return bool(prepared.update(Timer, seen, {"try_at": timer.try_at, "attempts": timer.attempts + 1}))


def _done(timer: Timer, planned: Planned, again: datetime | None, at: datetime, *, claimed: bool = False) -> bool:
    current = timer if claimed else _TIMER.one(subscription=timer.subscription_id)
    if current is None or (current.kind, current.due_at) != (timer.kind, timer.due_at):
        return True  # what was done has planned the next event already
    if again is not None:
        current.try_at, current.attempts = again, 0
        prepared.update(Timer, {"id": current.pk}, {"try_at": again, "attempts": 0})
        return True
    subscription = Subscription.objects.select_related("product").get(pk=timer.subscription_id)
    fresh = _TIMER.one(subscription=timer.subscription_id) or current
    if fresh.done_through is None or (fresh.done_through, fresh.done_order) < planned.place:
        fresh.done_through, fresh.done_order = planned.place
    _set_next(fresh, subscription, at)
    prepared.update(Timer, {"id": fresh.pk}, _columns(fresh))
    return True


def _is_overtaken(subscription: Subscription, planned: Planned, at: datetime) -> bool:
    """Of several reminders that are due at once, after a stop of the workers say, only the last one is sent."""
    if planned.kind != "remind":
        return False
    found = plans.plan(facts_of(subscription, at=at), settings_for(subscription, at=at))
    coming = plans.following(found, *planned.place)
    return bool(coming) and coming[0].kind == "remind" and coming[0].due_at <= at


def _failed(timer: Timer, problem: Exception, at: datetime) -> None:
    attempts = timer.attempts + 1
    text = str(problem)[:500] or type(problem).__name__
    with transaction.atomic():
        if attempts >= MOST_ATTEMPTS:
            Timer.objects.filter(pk=timer.pk, kind=timer.kind, due_at=timer.due_at).update(
                state="stuck", attempts=attempts, problem=text
            )
            outbox.publish(events.TimerStuck(timer.public_id, timer.subscription.public_id, timer.kind, text[:300]))
            return
        try_at = at + timedelta(seconds=BACK_OFF[min(attempts, len(BACK_OFF)) - 1])
        Timer.objects.filter(pk=timer.pk, kind=timer.kind, due_at=timer.due_at).update(
            attempts=attempts, problem=text, try_at=try_at
        )


@transaction.atomic
def retry(actor: Actor, *, timer_id: str, at: datetime) -> Timer:
    """Let the clock try again what is stuck, at once. Raises PermissionMissing, NotFound, NotAllowed."""
    actor.require("operator:work:manage")
    timer = Timer.objects.select_related("subscription").filter(public_id=timer_id).first()
    if timer is None:
        raise NotFound
    changed = Timer.objects.filter(pk=timer.pk, state="stuck").update(state="waiting", attempts=0, try_at=at)
    if not changed:
        raise NotAllowed(_("This is not stuck."))
    audit.record(actor, "timer.retried", timer.subscription, at=at)
    timer.refresh_from_db()
    return timer
