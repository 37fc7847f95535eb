"""What the clock will do with a subscription, in words: when, what, and by which rule and setting (UI-GEN-09)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from galleria.kit import parameters
from galleria.kit.errors import NotFound

KINDS: Mapping[str, Any] = {
    "remind": gettext_lazy("Reminder"),
    "price_notice": gettext_lazy("Notice of a higher price"),
    "deduct": gettext_lazy("Automatic renewal"),
    "expire": gettext_lazy("End of the term"),
    "begin_term": gettext_lazy("The changed term begins"),
    "freeze": gettext_lazy("Frozen"),
    "release": gettext_lazy("Released"),
}


@dataclass(frozen=True)
class Coming:
    """One event to come. `why`: the rule in words; `setting`: its name with the version, empty when there is none;
    `more`: when the same comes again."""

    due_at: datetime
    kind: str
    title: str
    text: str
    why: str
    setting: str
    rule: str
    more: tuple[datetime, ...] = ()


def of(events: Sequence[Any]) -> list[Coming]:
    """Planned events as a page shows them: reminders before the end in one, and of daily deductions the first."""
    found: list[Coming] = []
    seen: dict[str, int] = {}
    for each in events:
        group = each.kind if each.kind == "deduct" or (each.kind == "remind" and each.value != "release") else ""
        if group and group in seen:
            first = found[seen[group]]
            if group == "remind":
                found[seen[group]] = replace(first, more=(*first.more, each.due_at), text=_reminders(events))
            continue
        if group:
            seen[group] = len(found)
        found.append(one(each))
    return found


def _reminders(events: Sequence[Any]) -> str:
    days = [int(each.value) for each in events if each.kind == "remind" and each.value != "release"]
    ahead = ", ".join(str(day) for day in days if day)
    if 0 in days:
        return _("%(days)s days before the end, and on its day") % {"days": ahead}
    return _("%(days)s days before the end") % {"days": ahead}


def one(each: Any) -> Coming:
    """A planned event, or a timer, in words."""
    return Coming(
        due_at=each.due_at,
        kind=each.kind,
        title=str(KINDS.get(each.kind, each.kind)),
        text=_text(each.kind, each.value),
        why=_why(each.kind, each.value),
        setting=setting_name(each.setting, getattr(each, "version", getattr(each, "setting_version", 0))),
        rule=each.rule,
    )


def setting_name(key: str, version: int) -> str:
    """The setting's name for people, and which version of it holds."""
    if not key:
        return ""
    if key == "account.renewal_offset_days":
        return _("your account’s day of deduction")
    try:
        name = str(parameters.definition(key).meaning)
    except NotFound:
        return key
    return _("%(setting)s, version %(n)d") % {"setting": name, "n": version} if version else name


def _text(kind: str, value: str) -> str:
    match kind:
        case "remind" if value == "release":
            return _("Before what is stored is deleted")
        case "remind" if value == "0":
            return _("On the day of the end")
        case "remind":
            return ngettext("%(n)d day before the end", "%(n)d days before the end", int(value)) % {"n": int(value)}
        case "deduct":
            return _("The next term is paid; if that fails it is tried again every day")
        case "price_notice":
            return _("If the renewal costs more than the last one")
        case "expire" if value == "pay_per_use":
            return _("From then on its use is charged")
        case "expire" if value not in {"", "0"}:
            return ngettext(
                "You can go on for %(n)d day of grace", "You can go on for %(n)d days of grace", int(value)
            ) % {"n": int(value)}
        case "expire":
            return _("It cannot be used any more")
        case "freeze":
            return _("The time of grace is over")
        case "release":
            return _("What is stored there is deleted")
        case "begin_term":
            return _("With the configuration that was ordered")
    return ""


def _why(kind: str, value: str) -> str:
    match kind:
        case "remind":
            return _("Reminders come before the end of a term, unless its renewal is canceled.")
        case "deduct":
            return ngettext(
                "It renews by itself, %(n)d day before its end.",
                "It renews by itself, %(n)d days before its end.",
                int(value or 0),
            ) % {"n": int(value or 0)}
        case "price_notice":
            return _("A higher price is told three days before it is paid.")
        case "expire":
            return _("The term that was paid is over then.")
        case "freeze":
            return _("After the time of grace a subscription is frozen.")
        case "release":
            return ngettext(
                "Data is kept for %(n)d day after the end, and a reminder comes at least a day before.",
                "Data is kept for %(n)d days after the end, and a reminder comes at least a day before.",
                int(value or 0),
            ) % {"n": int(value or 0)}
        case "begin_term":
            return _("A change with a renewal holds from the new term on.")
    return ""
