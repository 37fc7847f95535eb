"""The scheduler: of each subscription the next event is a row, carried out when it is due (issue of time, B-GEN-002).

Whoever changes what a plan depends on calls `schedule`. `run_due` carries out what is due, in the order of time; an
event and the planning of the next one are one transaction, so that a process that dies loses and repeats nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any, cast

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import clock, outbox, parameters, prepared
from galleria.kit.actor import Actor
from galleria.kit.errors import NotAllowed, NotFound
from galleria.kit.prepared import Prepared
from galleria.kit.texts import storable
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

_OFFSET: Prepared[int | None] = Prepared(
    lambda p: RenewalSetting.objects.filter(account_id=p("account")).values_list("offset_days", flat=True)
)


def _terms_to_begin() -> QuerySet[Period]:
    """Paid terms that put something else in force; one of what is held already begins without anything to do."""
    of_what_is_held = {name: F(f"subscription__{name}") for name in ("sku_id", "quantity", "product_code")}
    return Period.objects.filter(state="paid").exclude(kind="change").exclude(**of_what_is_held).order_by("starts_at")


_NEXT_TERM: Prepared[datetime] = Prepared(
    lambda p: (
        _terms_to_begin()
        .filter(subscription_id=p("subscription"), starts_at__gt=p("at"))
        .values_list("starts_at", flat=True)[:1]
    )
)
_TIMER = Prepared(lambda p: Timer.objects.filter(subscription_id=p("subscription")))


def settings_for(subscription: Subscription, *, at: datetime) -> Settings:
    """The operator's and the account's figures for this subscription's plan."""
    own = _OFFSET.one(account=subscription.account_id) if subscription.renewal == "auto" else None
    return _settings(subscription, own, at)


def _settings(subscription: Subscription, own: int | None, at: datetime) -> Settings:
    scope = "trial" if subscription.is_trial else subscription.product.delivery_type
    offset = _setting("renewal.deduct_offset_days", at)
    if own is not None:
        offset = Setting("account.renewal_offset_days", own)
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
    return _facts(subscription, _NEXT_TERM.one(subscription=subscription.pk, at=min(at, since or at)))


def _facts(subscription: Subscription, next_term_at: datetime | None) -> Facts:
    return Facts(
        state=subscription.state,
        billing_mode=subscription.billing_mode,
        renewal=subscription.renewal,
        is_trial=subscription.is_trial,
        effective_at=subscription.effective_at,
        expires_at=subscription.expires_at,
        grace_ends_at=subscription.grace_ends_at,
        retention_ends_at=subscription.retention_ends_at,
        next_term_at=next_term_at,
        renewals_left=subscription.renewals_left,
        reminded_at=subscription.reminded_at,
        trial_days=subscription.period_count if subscription.is_trial else 0,
    )


def coming_events(subscription: Subscription, *, at: datetime) -> list[Planned]:
    """Everything that will happen by itself from now on, in order, with the rule and the setting of each."""
    return coming_of_many([subscription], at=at)[subscription.pk]


def coming_of_many(rows: Sequence[Subscription], *, at: datetime) -> dict[int, list[Planned]]:
    """The same for many, by row number; three queries for any number."""
    pks = [each.pk for each in rows]
    timers = {timer.subscription_id: timer for timer in Timer.objects.filter(subscription__in=pks)}
    terms: dict[int, list[datetime]] = {}
    for pk, starts_at in _terms_to_begin().filter(subscription__in=pks).values_list("subscription_id", "starts_at"):
        terms.setdefault(pk, []).append(starts_at)
    by_itself = {each.account_id for each in rows if each.renewal == "auto"}
    own = dict(RenewalSetting.objects.filter(account__in=by_itself).values_list("account_id", "offset_days"))
    found = {}
    for row in rows:
        timer = timers.get(row.pk)
        since = min(at, timer.done_through) if timer is not None and timer.done_through is not None else at
        next_term_at = next((each for each in terms.get(row.pk, ()) if each > since), None)
        events_ = plans.plan(_facts(row, next_term_at), _settings(row, own.get(row.account_id), at))
        if timer is None:
            found[row.pk] = [each for each in events_ if each.due_at > at]
        else:
            found[row.pk] = plans.following(events_, timer.done_through, timer.done_order)
    return found


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
    coming = _coming(subscription, at, timer.done_through, timer.done_order)
    if now_planned:
        waiting = (timer.kind, timer.due_at)
        coming = [
            each
            for each in coming
            if each.due_at > at or each.kind not in _ONLY_IN_TIME or (each.kind, each.due_at) == waiting
        ]
    _wait_for(timer, coming)


def _coming(subscription: Subscription, at: datetime, done_through: datetime | None, done_order: int) -> list[Planned]:
    """What its plan still has to come, by the facts and settings of now."""
    facts = facts_of(subscription, at=at, since=done_through)
    found = plans.plan(facts, settings_for(subscription, at=at))
    return plans.following(found, done_through, done_order)


def _wait_for(timer: Timer, coming: Sequence[Planned]) -> None:
    """The first of these is what the timer waits for."""
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


def _of_other_settings(when: dict[str, Any]) -> Any:
    rows = Timer.objects.filter(**when).order_by("settings_stamp")
    return rows.values_list("subscription_id", flat=True)[:BATCH]


# Two questions, since an index answers "less" and "more", but not "another".
_WITH_OLDER: Prepared[int] = Prepared(lambda p: _of_other_settings({"settings_stamp__lt": p("stamp")}))
_WITH_NEWER: Prepared[int] = Prepared(lambda p: _of_other_settings({"settings_stamp__gt": p("stamp")}))


def replan_changed(at: datetime) -> int:
    """Plan anew what was planned with settings that have changed since; a batch. Returns how many."""
    stamp = parameters.stamp(_KEYS)
    found = _WITH_OLDER.all(stamp=stamp) or _WITH_NEWER.all(stamp=stamp)
    return replan(Subscription.objects.select_related("product").filter(pk__in=found), at=at) if found else 0


# ----- carrying out -----

_DUE = Prepared(
    lambda p: (
        Timer.objects.filter(state="waiting", try_at__lte=p("at"))
        .select_related("subscription")
        .only(
            *(field.attname for field in Timer._meta.concrete_fields),
            "subscription__public_id",
            "subscription__expires_at",
        )
        .order_by("try_at", "id")[:BATCH]
    )
)
_NEXT_DUE: Prepared[datetime | None] = Prepared(
    lambda p: (
        Timer.objects.filter(state="waiting", try_at__gt=p("at"))
        .order_by("try_at")
        .values_list("try_at", flat=True)[:1]
    )
)
_HELD = Prepared(
    lambda p: (
        Subscription.objects.select_related("product__seller", "account")
        .only(
            *(field.attname for field in Subscription._meta.concrete_fields),
            "product__public_id",
            "product__delivery_type",
            "product__state",
            "product__name",
            "product__seller__public_id",
            "account__public_id",
            "account__country",
        )
        .filter(pk=p("subscription"))
    )
)


def run_due(at: datetime) -> int:
    """Carry out what is due, earliest first, a batch; returns how many events were carried out or failed."""
    return sum(run_one(timer, at=at) for timer in _DUE.all(at=at))


def next_due_after(at: datetime) -> datetime | None:
    """When the clock has something to do next, after that instant; None: nothing is planned."""
    return _NEXT_DUE.one(at=at)


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
    try:
        if registered.outside:
            again = registered.run(timer.subscription, planned, at=at)
            if _is_next(timer):  # otherwise what was done has planned the next event already
                with transaction.atomic():
                    if _claim(timer):
                        _done(timer, planned, again, at)
            return True
        with transaction.atomic():
            if not _claim(timer):
                return False
            if registered.only_tells:
                _tell(timer, planned, registered.run, at)
            else:
                _done(timer, planned, registered.run(_held(timer), planned, at=at), at)
            return True
    except (OperationalError, InterfaceError):
        raise  # the database is away, or busy: the whole batch is tried again
    except Exception as problem:
        log.warning("timer.failed", timer=timer.public_id, kind=timer.kind, exc_info=True)
        _failed(timer, problem, at)
        return True


def _seen(timer: Timer) -> dict[str, Any]:
    """What tells the event that it waits for."""
    return {"id": timer.pk, "kind": timer.kind, "due_at": timer.due_at, "value": timer.value, "state": "waiting"}


def _is_next(timer: Timer) -> bool:
    """Whether this event is still the next one, for the moment."""
    now = _TIMER.one(subscription=timer.subscription_id)
    return now is not None and all(getattr(now, name) == value for name, value in _seen(timer).items())


def _claim(timer: Timer) -> bool:
    """Whether this event is still the next one; of two workers one goes on, the other waits and is told no."""
    return bool(prepared.update(Timer, _seen(timer), {"try_at": timer.try_at, "attempts": timer.attempts + 1}))


def _held(timer: Timer) -> Subscription:
    """The subscription afresh, with what runners and plans read of it."""
    found = _HELD.one(subscription=timer.subscription_id)
    if found is None:
        raise Subscription.DoesNotExist(timer.subscription_id)
    return found


def _tell(timer: Timer, planned: Planned, run: ports.Runner, at: datetime) -> None:
    """An event that changes nothing that is planned: what comes after it is known before. Of several reminders that
    are due at once, after a stop of the workers say, only the last one is sent.
    """
    subscription = _held(timer)
    coming = _coming(subscription, at, *planned.place)
    is_overtaken = bool(coming) and coming[0].kind == planned.kind == "remind" and coming[0].due_at <= at
    again = None if is_overtaken else run(subscription, planned, at=at)
    if again is not None:
        _try_again(timer, again)
        return
    _move_on(timer, planned)
    _wait_for(timer, coming)
    prepared.update(Timer, {"id": timer.pk}, _columns(timer))


def _done(timer: Timer, planned: Planned, again: datetime | None, at: datetime) -> None:
    """The event was carried out, or is to be tried again: wait for the next one by the facts that hold now."""
    current = _TIMER.one(subscription=timer.subscription_id) or timer  # what was done may have planned anew
    if again is not None:
        _try_again(current, again)
        return
    _move_on(current, planned)
    _set_next(current, _held(timer), at)
    prepared.update(Timer, {"id": current.pk}, _columns(current))


def _try_again(timer: Timer, again: datetime) -> None:
    prepared.update(Timer, {"id": timer.pk}, {"try_at": again, "attempts": 0})


def _move_on(timer: Timer, planned: Planned) -> None:
    if timer.done_through is None or (timer.done_through, timer.done_order) < planned.place:
        timer.done_through, timer.done_order = planned.place


def _failed(timer: Timer, problem: Exception, at: datetime) -> None:
    attempts = timer.attempts + 1
    text = storable(str(problem), 500) or type(problem).__name__
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
