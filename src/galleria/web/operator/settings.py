"""O10, settings: the figures of every rule with meaning, default, value, since when and who; the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from galleria.kit import clock
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.kit.spoken import stored
from galleria.operating import selectors
from galleria.operating import services as operating
from galleria.reviewing import calendar as ready_made
from galleria.reviewing import ports
from galleria.reviewing import selectors as reviewing
from galleria.reviewing import services as calendar
from galleria.web import lists
from galleria.web.access import actor_of, signed_in
from galleria.web.formats import date_text, number
from galleria.web.operator import setting_values

SETTINGS = "operator:setting:manage"
GROUPS = {
    "order": gettext_lazy("Orders"),
    "payment": gettext_lazy("Payment"),
    "provision": gettext_lazy("Calls to sellers"),
    "delivery": gettext_lazy("Delivery"),
    "supervision": gettext_lazy("Supervised delivery"),
    "appeal": gettext_lazy("Appeals"),
    "expiry": gettext_lazy("Expiry"),
    "renewal": gettext_lazy("Renewal"),
    "trial": gettext_lazy("Trials"),
    "refund": gettext_lazy("Refunds"),
    "bill": gettext_lazy("Bills"),
    "billing": gettext_lazy("Bills"),
    "invoice": gettext_lazy("Invoices"),
    "budget": gettext_lazy("Budgets"),
    "alert": gettext_lazy("Alerts"),
    "registration": gettext_lazy("Registration of sellers"),
    "certification": gettext_lazy("Certification of sellers"),
    "seller": gettext_lazy("Sellers"),
    "violation": gettext_lazy("Violations of sellers"),
    "test_coupon": gettext_lazy("Test coupons"),
    "fee": gettext_lazy("Fees"),
    "asset": gettext_lazy("Assets"),
    "scan": gettext_lazy("Scans"),
    "release": gettext_lazy("Releases"),
    "interface": gettext_lazy("Interfaces of sellers"),
    "problem": gettext_lazy("Problem notices"),
    "joint": gettext_lazy("Joint operations"),
    "review": pgettext_lazy("operator", "Reviews"),
    "offer": gettext_lazy("Exclusive offers"),
    "support": gettext_lazy("Support"),
    "imprint": gettext_lazy("Imprint"),
}
BACK = gettext_lazy("Back to the default")
EARLIER = gettext_lazy("Back to an earlier value")
CALLED_OFF = gettext_lazy("The planned change was called off")
VIEWS = {"all": gettext_lazy("All"), "changed": gettext_lazy("Changed"), "planned": gettext_lazy("Planned changes")}


def group_name(key: str) -> Any:
    """The heading of a group of settings; one that nobody named shows its key."""
    return GROUPS.get(key) or key.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Row:
    """A setting as pages show it."""

    setting: selectors.Setting

    @property
    def key(self) -> str:
        return self.setting.parameter.key

    @property
    def anchor(self) -> str:
        return self.key.replace(".", "-")

    @property
    def meaning(self) -> Any:
        return self.setting.parameter.meaning

    @property
    def value(self) -> Any:
        return setting_values.shown(self.setting.parameter, self.setting.value)

    @property
    def default(self) -> Any:
        return setting_values.shown(self.setting.parameter, self.setting.parameter.default)

    @property
    def coming(self) -> Any:
        row = self.setting.coming
        return setting_values.text(self.setting.parameter, row.value) if row else ""

    @property
    def scopes(self) -> list[tuple[Any, str]]:
        return [
            (setting_values.SCOPES.get(scope, scope), setting_values.text(self.setting.parameter, value))
            for scope, value in self.setting.scopes
        ]

    def has(self, wanted: list[str]) -> bool:
        """Whether key, meaning or value has all these words."""
        parameter = self.setting.parameter
        own = f"{self.key} {self.meaning} {group_name(parameter.group)} {self.value.striptags()}".lower()
        return all(word in own for word in wanted)


@require_safe
@signed_in(SETTINGS)
def show(request: HttpRequest) -> HttpResponse:
    """All settings by group; those with the words that are searched for."""
    actor, at = actor_of(request), clock.now()
    view = lists.one_of(request.GET, "view", VIEWS) or "all"
    typed = lists.text_of(request.GET, "q")
    every = [Row(each) for each in selectors.operator_settings(actor, at=at)]
    changed = [each for each in every if not each.setting.is_default]
    planned = [each for each in every if each.setting.coming]
    chosen = {"all": every, "changed": changed, "planned": planned}[view]
    found = [each for each in chosen if each.has(typed.lower().split())]
    groups: dict[Any, list[Row]] = {}
    for each in found:
        groups.setdefault(str(group_name(each.setting.parameter.group)), []).append(each)
    counts = {"all": len(every), "changed": len(changed), "planned": len(planned)}
    values = {
        "groups": sorted(groups.items(), key=lambda pair: list(GROUPS).index(_key_of(pair)) if _key_of(pair) else 99),
        "view": view,
        "views": [(name, f"{word} ({number(counts[name])})") for name, word in VIEWS.items()],
        "typed": typed,
        "lede": _lede(len(every), len(changed)),
        "data": request.GET,
        "lists": lists,
    }
    return render(request, "operator/settings.html", values)


def _key_of(pair: tuple[Any, list[Row]]) -> str:
    group = pair[1][0].setting.parameter.group
    return group if group in GROUPS else ""


def _lede(count: int, changed: int) -> str:
    text = ngettext("%(n)s figure of the rules.", "%(n)s figures of the rules.", count) % {"n": number(count)}
    if not changed:
        return " ".join([text, _("All have their default.")])
    return (
        text
        + " "
        + ngettext("One differs from its default.", "%(n)s differ from their defaults.", changed)
        % {"n": number(changed)}
    )


# ----- one setting -----


@dataclass(frozen=True)
class Version:
    """A version in the history: its value beside the one before."""

    row: Any
    value: str
    before: str
    is_coming: bool
    is_now: bool


@require_safe
@signed_in(SETTINGS)
def setting(request: HttpRequest, key: str) -> HttpResponse:
    """One setting with its history and the form that changes it."""
    return _page(request, key)


def _page(
    request: HttpRequest, key: str, *, data: QueryDict | None = None, errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:  # fmt: skip
    actor, at = actor_of(request), clock.now()
    found = selectors.operator_setting(actor, key, at=at)
    parameter = found.parameter
    scope = lists.one_of(data or request.GET, "scope", setting_values.SCOPES) if parameter.scoped else ""
    value = dict(found.scopes).get(scope, found.value)
    problems = {{key: "value"}.get(name, name): text for name, text in (errors or {}).items()}
    values = {
        "each": Row(found),
        "parameter": parameter,
        "group": group_name(parameter.group),
        "change": found.change,
        "coming": found.coming,
        "scope": scope,
        "scopes": list(setting_values.SCOPES.items()),
        "typed": data.get("value", "") if data else setting_values.typed(parameter, value),
        "help": setting_values.help_text(parameter),
        "choices": [(each, each) for each in parameter.choices],
        "holds_from": data.get("holds_from", "") if data else "",
        "reason": data.get("reason", "") if data else "",
        "versions": _versions(actor, found, scope, at),
        "today": clock.billing_date(at).isoformat(),
        "zone": clock.billing_zone().key,
        "errors": problems,
    }
    return render(request, "operator/setting.html", values, status=status)


def _versions(actor: Any, found: selectors.Setting, scope: str, at: datetime) -> list[Version]:
    parameter = found.parameter
    rows = selectors.setting_history(actor, parameter.key, scope=scope)
    in_force = max((row for row in rows if row.at <= at), key=lambda row: (row.at, row.version), default=None)
    shown = []
    for row, before in zip(rows, [*rows[1:], None], strict=False):
        old = before.value if before else (parameter.default if not scope else found.value)
        shown.append(
            Version(
                row, setting_values.text(parameter, row.value), setting_values.text(parameter, old), row.at > at,
                row is in_force,
            )
        )  # fmt: skip
    return shown


@require_POST
@signed_in(SETTINGS)
def change(request: HttpRequest, key: str) -> HttpResponse:
    """Put a new value in force, now or from a day on; go back to the default or to an earlier version."""
    actor, at = actor_of(request), clock.now()
    found = selectors.operator_setting(actor, key, at=at)
    data = request.POST
    scope = lists.one_of(data, "scope", setting_values.SCOPES) if found.parameter.scoped else ""
    try:
        value, reason, start = _wanted(actor, found, scope, data, at)
        row = operating.change_setting(actor, key=key, value=value, reason=reason, at=at, holds_from=start, scope=scope)
    except Refused as refusal:
        errors = refusal.fields or {"": refusal.message}
        return _page(request, key, data=data, errors=errors, status=refusal.status)
    text = setting_values.text(found.parameter, row.value)
    if row.at > at:
        words = _("From %(time)s on: %(value)s.") % {"time": date_text(row.at, "datetime"), "value": text}
    else:
        words = _("In force now: %(value)s.") % {"value": text}
    messages.success(request, words)
    return HttpResponseRedirect(f"/operator/settings/{key}" + (f"?scope={scope}" if scope else ""))


def _wanted(
    actor: Any, found: selectors.Setting, scope: str, data: QueryDict, at: datetime
) -> tuple[Any, str, datetime | None]:
    """The value, why, and from when: typed, the default, an earlier version, or the planned change called off."""
    key = found.parameter.key
    match data.get("act", "change").partition(":"):
        case ("default", _colon, _rest):
            return found.parameter.default, stored(BACK), None
        case ("version", _colon, wanted):
            rows = selectors.setting_history(actor, key, scope=scope)
            row = next((each for each in rows if str(each.version) == wanted), None)
            if row is None:
                raise NotFound
            return row.value, stored(EARLIER), None
        case ("call_off", _colon, _rest) if found.coming:
            return found.value, stored(CALLED_OFF), found.coming.at
    value = setting_values.read(found.parameter, data)
    return value, lists.text_of(data, "reason", 2000), _start(data)


def _start(data: QueryDict) -> datetime | None:
    """The beginning of the chosen day in the billing time zone; nothing for now."""
    typed = data.get("holds_from", "").strip()
    if not typed:
        return None
    start = lists.day_of(data, "holds_from", clock.billing_zone())
    if start is not None and start.date() == clock.billing_date(clock.now()):
        return None  # today is now
    return start


# ----- the calendar -----


@require_safe
@signed_in(SETTINGS)
def holidays(request: HttpRequest) -> HttpResponse:
    """Days off: due times skip them."""
    return _calendar(request)


def _calendar(
    request: HttpRequest, *, data: QueryDict | None = None, errors: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    today = clock.billing_date(at)
    rows = list(reviewing.all_holidays(actor).order_by("date"))
    values = {
        "coming": [row for row in rows if row.date >= today],
        "past": [row for row in reversed(rows) if row.date < today][:50],
        "data": data or {},
        "errors": dict(errors or {}),
        "zone": clock.billing_zone().key,
    }
    return render(request, "operator/holidays.html", values, status=status)


@require_POST
@signed_in(SETTINGS)
def change_holidays(request: HttpRequest) -> HttpResponse:
    """Add a day off, or take one away."""
    actor, at, data = actor_of(request), clock.now(), request.POST
    try:
        if data.get("remove"):
            day = _day(data, "remove")
            calendar.remove_holiday(actor, day=day, at=at)
            messages.success(request, _("%(day)s is a working day again.") % {"day": date_text(day)})
        else:
            day = _day(data, "date")
            row = calendar.add_holiday(actor, day=day, name=lists.text_of(data, "name", 80), at=at)
            messages.success(request, _("%(day)s is off: %(name)s.") % {"day": date_text(day), "name": row.name})
    except Refused as refusal:
        errors = refusal.fields or {"": refusal.message}
        return _calendar(request, data=data, errors=errors, status=refusal.status)
    return HttpResponseRedirect("/operator/settings/calendar")


def _day(data: QueryDict, name: str) -> Any:
    try:
        day = parse_date(data.get(name, "").strip())
    except ValueError:
        day = None
    if day is None:
        raise Invalid(fields={"date": _("Give a date as 2027-01-31.")})
    return day


# ----- ready-made reasons -----

LANGUAGES = ("en", "zh_hans")


@require_safe
@signed_in(SETTINGS)
def reasons(request: HttpRequest) -> HttpResponse:
    """Sentences that reviewers use often, in both languages."""
    return _reasons(request)


def _reasons(
    request: HttpRequest, *, data: QueryDict | None = None, errors: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    rows = ready_made.all_reasons(actor)
    wanted = (data or request.GET).get("id", "")
    chosen = next((row for row in rows if row.public_id == wanted), None)
    names = [f"{part}_{code}" for code in LANGUAGES for part in ("title", "text")]
    kinds = [("", _("Every kind")), *((kind.name, kind.label) for kind in ports.KINDS.values())]
    values = {
        "rows": [(dict(kinds).get(row.kind, row.kind), row) for row in rows],
        "chosen": chosen,
        "kinds": kinds,
        "kind": data.get("kind", "") if data else (chosen.kind if chosen else ""),
        "typed": {name: data.get(name, "") if data else getattr(chosen, name, "") or "" for name in names},
        "errors": dict(errors or {}),
    }
    return render(request, "operator/reasons.html", values, status=status)


@require_POST
@signed_in(SETTINGS)
def change_reasons(request: HttpRequest) -> HttpResponse:
    """Add, change or remove one."""
    actor, at, data = actor_of(request), clock.now(), request.POST
    try:
        if data.get("remove"):
            ready_made.remove_reason(actor, reason_id=data["remove"], at=at)
            messages.success(request, _("The reason is gone. Decisions that used it keep their words."))
        else:
            row = ready_made.save_reason(
                actor, reason_id=data.get("id", ""), kind=data.get("kind", ""),
                titles={code: lists.text_of(data, f"title_{code}") for code in LANGUAGES},
                texts={code: lists.text_of(data, f"text_{code}", 1000) for code in LANGUAGES}, at=at,
            )  # fmt: skip
            messages.success(request, _("Kept: %(title)s.") % {"title": row.title})
    except Refused as refusal:
        if not refusal.fields:
            raise
        return _reasons(request, data=data, errors=refusal.fields, status=refusal.status)
    return HttpResponseRedirect("/operator/settings/reasons")
