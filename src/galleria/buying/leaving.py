"""What leaving would mean now: which rule applies and why, what comes back and where it goes. Nothing is changed here.

A preview is what the page and the API show; its digest comes back with the request (UI-GEN-04).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any, Final

from django.db.models import Count
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from galleria.buying import bound, models, promised, states
from galleria.buying.promised import Promised
from galleria.kit import clock, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound, Text
from galleria.kit.money import Money
from galleria.kit.parameter_table import Parameter
from galleria.paying import rules as paying
from galleria.pricing.rules import refunds
from galleria.pricing.rules.leaving import (
    BECAUSE,
    NOTES,
    OBSTACLES,
    PHASES,
    Facts,
    Ruling,
    renewal_obstacles,
    ruling,
)
from galleria.pricing.rules.refunds import Back, FeeTable, Timing
from galleria.subscribing import rules as calendar
from galleria.subscribing import selectors as subscriptions
from galleria.subscribing.models import Period, Subscription

_EUROPE = [
    "at", "be", "bg", "hr", "cy", "cz", "dk", "ee", "fi", "fr", "de", "gr", "hu", "ie", "it", "lv", "lt", "lu", "mt",
    "nl", "pl", "pt", "ro", "sk", "si", "es", "se", "is", "li", "no",
]  # fmt: skip
parameters.define(
    Parameter("review.refund_days", "whole", 3, _("Until a large refund is decided"), _("working days"), 1, 60),
    Parameter(
        "refund.withdrawal_days", "whole", 14,
        _("Days after the order in which consumers may withdraw by law; 0: nowhere"), _("days"), 0, 365,
    ),
    Parameter("refund.withdrawal_regions", "words", _EUROPE, _("Countries whose consumers have that right")),
    Parameter("refund.excluded_products", "words", [], _("Products that are not given back, by their identifiers")),
)  # fmt: skip

MOST: Final = 10
"""Subscriptions in one request."""
WHOLE, RENEWALS = 1, 2
"""The kinds of unsubscription, as the API numbers them."""
REASONS: Mapping[str, Text] = {
    "not_needed": _("I no longer need it"),
    "too_expensive": _("It is too expensive"),
    "missing_features": _("It lacks something that I need"),
    "hard_to_use": _("It is hard to use"),
    "problems": _("It did not work as it should"),
    "support": _("Support did not help"),
    "other_product": _("I use another product instead"),
    "by_mistake": _("I bought it by mistake"),
    "other": _("Something else"),
}
_IN_PROGRESS = ("pending_payment", "pending_approval", "pending_confirmation", "processing", "refunding")
_FOLLOWING = frozenset({"new", "trial", "renewal", "conversion"})


@dataclass(frozen=True)
class Target:
    """Where an amount goes: the source it came from, how people call it, and how much."""

    source: str
    means: str
    amount: Money


@dataclass(frozen=True)
class Part:
    """One paid term with what comes back of it. `targets` are empty where nothing was paid."""

    period: Period
    source: models.Order
    timing: Timing
    back: Back
    targets: tuple[Target, ...]


@dataclass(frozen=True)
class Situation:
    """A subscription with everything that leaving it depends on."""

    subscription: Subscription
    facts: Facts
    ruling: Ruling
    terms: tuple[tuple[Period, Timing], ...]
    orders: Mapping[str, models.Order]
    fee_table: FeeTable
    at: datetime
    main: Period | None = None

    @cached_property
    def to_come(self) -> list[Period]:
        """Renewals that have not begun, the last one first (B-ORF-001)."""
        return [period for period, timing in reversed(self.terms) if timing == "to_come"]

    @cached_property
    def renewal_obstacles(self) -> tuple[str, ...]:
        """Why renewals cannot be given back alone; empty: they can."""
        found = renewal_obstacles(self.facts)
        last_change = max((period.number for period, _timing in self.terms if period.kind == "change"), default=0)
        if self.to_come and self.to_come[0].number < last_change:
            return (*found, "changed_since")
        return found

    def said(self, key: str) -> str:
        """A reason in words, in the active language."""
        text = BECAUSE.get(key) or OBSTACLES.get(key) or NOTES[key]
        return gettext(text).format(**(self.ruling.inputs or {}))

    def parts(self, kind: int = WHOLE, count: int = 1) -> list[Part]:
        """What comes back: of the whole subscription, or of the last `count` renewals that have not begun."""
        if kind == RENEWALS:
            return [self._part(period, "to_come") for period in self.to_come[:count]]
        chosen = [(period, timing) for period, timing in reversed(self.terms) if timing != "over"]
        return [self._part(period, timing) for period, timing in chosen]

    def _part(self, period: Period, timing: Timing) -> Part:
        source = self.orders[period.order_id]
        back = refunds.back(self._term(period, timing, source), self.ruling.rule, self.fee_table)
        return Part(period, source, timing, back, tuple(_targets(source, back)))

    def _term(self, period: Period, timing: Timing, source: models.Order) -> refunds.Term:
        paid, tax, coupon = (
            Money(each, period.currency) for each in (period.paid_minor, period.tax_minor, period.coupon_minor)
        )
        kind = source.coupon.kind if source.coupon is not None and period.coupon_minor else ""
        whole = refunds.Term(period.public_id, paid, tax, coupon, kind, timing)
        if timing != "running" or period.ends_at is None:
            return whole
        zone, main = clock.billing_zone(), self.main or period
        begun = begin_of(period)
        return replace(
            whole,
            used_hours=calendar.used_hours(begun, self.at, zone),
            total_hours=calendar.total_hours(begun, period.ends_at, zone),
            months_bought=max((12 if main.period_type == "year" else 1) * main.period_count, 1),
            months_used=months_used(begin_of(main), self.at, zone),
        )


@dataclass(frozen=True)
class Preview:
    """What a request would do, before anybody says yes. `kind`: 1 whole subscriptions, 2 renewals only.

    `ends_at`: for renewals, when the subscription would end then.
    """

    kind: int
    situations: tuple[Situation, ...]
    parts: tuple[Part, ...]
    currency: str
    at: datetime
    ends_at: datetime | None = None
    threshold: Money | None = None

    @property
    def cash(self) -> Money:
        return Money.sum((part.back.cash for part in self.parts), self.currency)

    @property
    def tax(self) -> Money:
        return Money.sum((part.back.tax for part in self.parts), self.currency)

    @property
    def coupon(self) -> Money:
        return Money.sum((part.back.coupon for part in self.parts), self.currency)

    @property
    def coupon_as_money(self) -> Money:
        """What goes back to flexi-purchase coupons out of what counts as paid."""
        return Money.sum((part.back.amount - part.back.cash for part in self.parts), self.currency)

    @property
    def paid(self) -> Money:
        return Money.sum((part.back.paid for part in self.parts), self.currency)

    @property
    def consumed(self) -> Money:
        return Money.sum((part.back.consumed for part in self.parts), self.currency)

    @property
    def fee(self) -> Money:
        return Money.sum((part.back.fee for part in self.parts), self.currency)

    @property
    def total(self) -> Money:
        """Money with its tax."""
        return self.cash + self.tax

    @property
    def needs_review(self) -> bool:
        """Above the operator's threshold, by the sum of the request (B-UNS-005). It is compared by its figure where
        the currency is another one. A withdrawal by law does not wait for anybody."""
        if self.kind == WHOLE and all(each.ruling.rule == "withdrawal" for each in self.situations):
            return False
        most = self.threshold
        return most is not None and self.total.decimal > most.decimal

    @property
    def obstacles(self) -> dict[str, tuple[str, ...]]:
        """What stands in the way, by subscription; empty: it can be asked for."""
        found = {}
        for each in self.situations:
            if self.kind == RENEWALS:
                why = each.renewal_obstacles if each.to_come else ("no_renewal",)
            else:
                why = () if each.ruling.is_possible else (each.ruling.why_not,)
            if why:
                found[each.subscription.public_id] = why
        return found

    @property
    def is_possible(self) -> bool:
        return not self.obstacles

    @property
    def targets(self) -> list[Target]:
        """Where the money goes, summed up by source."""
        found: dict[tuple[str, str], Money] = {}
        for part in self.parts:
            for target in part.targets:
                key = (target.source, target.means)
                found[key] = found.get(key, Money.zero(self.currency)) + target.amount
        return [Target(source, means, amount) for (source, means), amount in found.items()]

    @property
    def digest(self) -> str:
        """Stands for what was shown: the sum in front, so that a refusal can name both figures."""
        seen = [
            (part.period.public_id, part.back.basis, part.back.cash.minor, part.back.tax.minor, part.back.coupon.minor)
            for part in self.parts
        ]
        rules = [(each.subscription.public_id, each.ruling.rule) for each in self.situations]
        text = repr((self.kind, rules, seen, self.currency))
        return f"{self.total.minor}.{hashlib.sha256(text.encode()).hexdigest()[:24]}"


# ----- reading -----


def preview(
    actor: Actor, *, subscription_ids: Sequence[str], kind: int = WHOLE, count: int = 1, at: datetime
) -> Preview:
    """What leaving these would mean, with what was bought as a part of them (B-UNS-003).

    Raises NotFound, Invalid (none, too many, two currencies).
    """
    if kind not in (WHOLE, RENEWALS):
        raise Invalid(fields={"kind": _("Choose whole subscriptions or renewals.")})
    rows = rows_of(actor, subscription_ids)
    return preview_of(situations(rows, at), kind=kind, count=count, at=at)


def rows_of(actor: Actor, subscription_ids: Sequence[str]) -> list[Subscription]:
    """These subscriptions, each with its parts after it. Raises NotFound, Invalid (none, too many)."""
    wanted = list(dict.fromkeys(subscription_ids))
    mine = subscriptions.subscriptions_of(actor)
    rows = {row.public_id: row for row in mine.filter(public_id__in=wanted)} if len(wanted) <= MOST else {}
    if not wanted or len(wanted) > MOST:
        raise Invalid(fields={"subscriptions": _("Choose 1 to %(most)d subscriptions.") % {"most": MOST}})
    if len(rows) != len(wanted):
        raise NotFound
    grouped = bound.together([rows[each] for each in wanted])
    more = [each for each in grouped if each not in rows]
    if more:
        rows.update({row.public_id: row for row in mine.filter(public_id__in=more)})
    return [rows[each] for each in grouped]


def preview_of(found: Sequence[Situation], *, kind: int, count: int = 1, at: datetime) -> Preview:
    """The same for subscriptions whose situation is known."""
    currencies = {each.subscription.currency for each in found}
    if len(currencies) != 1:
        raise Invalid(fields={"subscriptions": _("Give back subscriptions in different currencies one by one.")})
    parts = tuple(part for each in found for part in each.parts(kind, max(count, 1)))
    ends_at = None
    if kind == RENEWALS and parts:
        ends_at = parts[-1].period.starts_at
    return Preview(
        kind, tuple(found), parts, currencies.pop(), at, ends_at, parameters.money("refund.large_value_threshold")
    )


def situations(rows: Sequence[Subscription], at: datetime) -> list[Situation]:
    """What leaving depends on, for many subscriptions in a handful of queries."""
    periods: dict[int, list[Period]] = {}
    for period in Period.objects.filter(subscription__in=[row.pk for row in rows]).order_by("number"):
        periods.setdefault(period.subscription_id, []).append(period)
    numbers = {period.order_id for each in periods.values() for period in each}
    orders = {
        order.public_id: order
        for order in models.Order.objects.select_related("coupon", "payment__means", "account").filter(
            public_id__in=numbers
        )
    }
    lines = (period.order_line_id for each in periods.values() for period in each)
    returns = _returns_used({row.account_id for row in rows}, at)
    known = _Known(orders, promised.of_lines(lines), open_orders(rows), returns)
    found = []
    for row in rows:
        terms = _timed(periods.get(row.pk, []), row, at)
        main = _main(terms)
        told = known.promised(main, at)
        facts = _facts(row, terms, main, known, told)
        ruled = ruling(facts, at, per_year=told.per_year)
        found.append(Situation(row, facts, ruled, tuple(terms), orders, told.fee_table, at, main))
    return found


@dataclass(frozen=True)
class _Known:
    """What was read for all subscriptions at once. `promises`: by number of the order line; `returns`: of new
    purchases this year, by account; `waiting`: an open order, by subscription."""

    orders: Mapping[str, models.Order]
    promises: Mapping[str, Mapping[str, Any]]
    waiting: Mapping[int, str]
    returns: Mapping[int, int]

    def promised(self, main: Period | None, at: datetime) -> Promised:
        """The conditions of the running term; of now, where none runs."""
        bought = self.orders.get(main.order_id) if main is not None else None
        if main is None or bought is None:
            return promised.at_order(at, {})
        return promised.at_order(bought.created_at, self.promises.get(main.order_line_id, {}))


def open_orders(rows: Iterable[Subscription]) -> dict[int, str]:
    """An order about each subscription that is not finished, by row number; in one query."""
    lines = models.OrderLine.objects.filter(
        subscription__in=[row.pk for row in rows], order__kind__in=states.ON_HELD, order__state__in=_IN_PROGRESS
    )
    return {pk: number for pk, number in lines.values_list("subscription_id", "order__public_id") if pk is not None}


def returns_used(account_pk: int, at: datetime) -> int:
    """How many new purchases an account has returned in the calendar year of the billing zone (7.1)."""
    return _returns_used([account_pk], at).get(account_pk, 0)


def _returns_used(accounts: Iterable[int], at: datetime) -> dict[int, int]:
    local = at.astimezone(clock.billing_zone())
    begin = local.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = models.UnsubscribedTerm.objects.filter(
        rule="unconditional", line__order__account__in=list(accounts), line__order__created_at__gte=begin
    )
    counted = rows.exclude(line__order__state="canceled").values("line__order__account")
    return dict(counted.annotate(count=Count("line", distinct=True)).values_list("line__order__account", "count"))


def _timed(periods: Iterable[Period], row: Subscription, at: datetime) -> list[tuple[Period, Timing]]:
    """Every period that was paid, over, running or to come. What an expired subscription had is over."""
    kept = [period for period in periods if period.state == "paid"]
    is_over = PHASES.get(row.state) in {"expired", "gone"}
    begun = [p for p in kept if p.kind in _FOLLOWING and not _is_to_come(p, at)]
    main = begun[-1] if begun else None
    found: list[tuple[Period, Timing]] = []
    for period in kept:
        if not is_over and _is_to_come(period, at):
            found.append((period, "to_come"))
        elif is_over or period.kind == "trial" or (period.ends_at is not None and period.ends_at <= at):
            found.append((period, "over"))
        else:
            is_running = period is main or period.kind == "change"
            found.append((period, "running" if is_running else "over"))
    return found


def _is_to_come(period: Period, at: datetime) -> bool:
    return period.kind == "renewal" and period.starts_at >= at


def _main(terms: Iterable[tuple[Period, Timing]]) -> Period | None:
    running = [period for period, timing in terms if timing == "running" and period.kind in _FOLLOWING]
    return running[-1] if running else None


def _facts(
    row: Subscription,
    terms: Sequence[tuple[Period, Timing]],
    main: Period | None,
    known: _Known,
    told: Promised,
) -> Facts:
    account, product, orders = row.account, row.product, known.orders
    returns_left = max(told.per_year - known.returns.get(row.account_id, 0), 0)
    concerned = [orders[period.order_id] for period, timing in terms if timing != "over" and period.order_id in orders]
    is_new = main is not None and main.kind in {"new", "conversion"}
    bought = orders.get(main.order_id) if main is not None and is_new else None
    return Facts(
        delivery_type=product.delivery_type,
        is_supervised=told.is_supervised(product),
        billing_mode=row.billing_mode,
        state=row.state,
        is_trial=row.is_trial,
        is_free=not row.is_trial and all(period.official_minor == 0 for period, _timing in terms) and bool(terms),
        promise=told.beyond_usual(product),
        provisioned_at=main.starts_at if main is not None and is_new else None,
        withdrawal_until=_withdrawal_until(row, bought),
        unconditional_left=returns_left if told.is_returnable else None,
        unconditional_days=told.days,
        open_order=known.waiting.get(row.pk, ""),
        account_state="frozen" if account.frozen_by_reseller else account.state,
        invoiced_by=next((order.invoiced_by for order in concerned if order.invoiced_by), ""),
        contract_id=next((order.contract_id for order in concerned if order.contract_id), ""),
        is_excluded=product.public_id in told.excluded,
    )


def _withdrawal_until(row: Subscription, bought: models.Order | None) -> datetime | None:
    return promised.withdrawal_until(row, bought.paid_at or bought.created_at) if bought is not None else None


def _targets(source: models.Order, back: Back) -> list[Target]:
    currency = back.paid.currency
    found: list[Target] = []
    payment = source.payment
    if payment is not None and (back.cash or back.tax):
        paid = [paying.Part.from_json(row) for row in payment.parts]
        try:
            parts = paying.give_back(paid, source.public_id, back.cash.minor, back.tax.minor, 0)
        except paying.TooMuchBack:
            parts = []
        for part in parts:
            card = payment.means if part.source == paying.CARD else None
            found.append(Target(part.source, str(card or ""), Money(part.amount, currency)))
    if back.coupon and source.coupon is not None:
        found.append(Target(paying.COUPON, source.coupon.code, back.coupon))
    return found


def begin_of(period: Period) -> datetime:
    """When a period begins to count: a renewal at the instant after the last second of the term before it."""
    starts_at = period.starts_at
    if period.kind == "renewal" and starts_at.second == 59 and starts_at.minute == 59:
        return starts_at + timedelta(seconds=1)
    return starts_at


def months_used(begun: datetime, at: datetime, zone: tzinfo) -> int:
    """Begun months since a term began, by its anchor day: 1 in the first one, 13 after a whole year."""
    start = begun.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    now = at.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    months = max((now.year - start.year) * 12 + now.month - start.month, 0)
    reached = calendar.add_months(start.date(), months, start.day)
    is_past = (now.date(), now.time()) > (reached, start.time())
    return max(months + 1 if is_past else months, 1)


def is_leavable(row: Subscription) -> bool:
    """Whether there is anything to leave at all."""
    return PHASES.get(row.state) in {"in_use", "expired"}
