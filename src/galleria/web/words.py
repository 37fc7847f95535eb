"""What states, kinds and terms are called in pages: one word for one thing, in the reader's language.

Each state has a word, a tone (good, warn, bad, info or none) and an icon, so that it never is colour alone (UI-GEN-03).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from markupsafe import Markup, escape

from galleria.kit.money import Money
from galleria.web.formats import date_text, days_left, moment, money_text, percent

Text = str | Promise
_NOUN = re.compile(r"[a-z][a-z -]*")  # a word, not a symbol such as GB, and not a Chinese measure word
EXPIRING_SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Shown:
    """A state as pages show it."""

    word: Text
    tone: str = ""
    symbol: str = ""


ORDER_STATES: Mapping[str, Shown] = {
    "pending_payment": Shown(gettext_lazy("To pay"), "warn", "clock"),
    "pending_approval": Shown(gettext_lazy("Waits for approval"), "warn", "people"),
    "pending_confirmation": Shown(gettext_lazy("Waits for confirmation"), "warn", "clock"),
    "processing": Shown(gettext_lazy("Processing"), "info", "run"),
    "completed": Shown(pgettext_lazy("state of an order", "Completed"), "good", "done"),
    "refunding": Shown(gettext_lazy("Refunding"), "info", "undo"),
    "canceled": Shown(gettext_lazy("Canceled"), "", "x"),
}
SUBSCRIPTION_STATES: Mapping[str, Shown] = {
    "initializing": Shown(gettext_lazy("Being set up"), "info", "run"),
    "waiting_acceptance": Shown(gettext_lazy("Waits for your acceptance"), "warn", "clock"),
    "effective": Shown(gettext_lazy("In use"), "good", "done"),
    "expiring": Shown(gettext_lazy("Ends soon"), "warn", "clock"),
    "grace": Shown(gettext_lazy("Grace period"), "warn", "clock"),
    "expired": Shown(gettext_lazy("Expired"), "warn", "clock"),
    "freezing": Shown(gettext_lazy("Being frozen"), "warn", "pause"),
    "frozen": Shown(gettext_lazy("Frozen"), "warn", "pause"),
    "unfreezing": Shown(gettext_lazy("Being unfrozen"), "info", "run"),
    "closing": Shown(gettext_lazy("Closing"), "", "run"),
    "released": Shown(pgettext_lazy("state of a subscription", "Ended"), "", "x"),
    "failed": Shown(gettext_lazy("Could not be delivered"), "bad", "stop"),
    "refunding": Shown(gettext_lazy("Could not be delivered, refunding"), "bad", "undo"),
}
DELIVERY_STATES: Mapping[str, Shown] = {
    "requested": Shown(gettext_lazy("Requested"), "info", "run"),
    "retrying": Shown(gettext_lazy("Call failed, tried again"), "warn", "run"),
    "provisioning": Shown(gettext_lazy("Seller sets it up"), "info", "run"),
    "waiting_seller": Shown(gettext_lazy("Waits for the seller"), "warn", "clock"),
    "succeeded": Shown(gettext_lazy("Delivered"), "good", "done"),
    "failed": Shown(gettext_lazy("Failed"), "bad", "stop"),
    "superseded": Shown(gettext_lazy("No longer needed"), "", "done"),
}
LINE_STATES: Mapping[str, Shown] = {
    "waiting": Shown(gettext_lazy("Not started"), "", "clock"),
    "delivering": Shown(gettext_lazy("Being set up"), "info", "run"),
    "delivered": Shown(gettext_lazy("Waits for your acceptance"), "warn", "clock"),
    "done": Shown(gettext_lazy("Delivered"), "good", "done"),
    "failed": Shown(gettext_lazy("Could not be delivered"), "bad", "stop"),
}
PAYMENT_STATES: Mapping[str, Shown] = {
    "pending": Shown(gettext_lazy("Pending"), "info", "run"),
    "needs_action": Shown(gettext_lazy("Your bank asks you"), "warn", "lock"),
    "succeeded": Shown(gettext_lazy("Paid"), "good", "done"),
    "failed": Shown(gettext_lazy("Failed"), "bad", "stop"),
}
REFUND_STATES: Mapping[str, Shown] = {
    "pending": Shown(gettext_lazy("On its way back"), "info", "undo"),
    "succeeded": Shown(gettext_lazy("Refunded"), "good", "done"),
    "failed": Shown(gettext_lazy("Refund failed"), "bad", "stop"),
}
ORDER_KINDS: Mapping[int, Text] = {
    1: gettext_lazy("New subscription"),
    2: gettext_lazy("Renewal"),
    3: pgettext_lazy("kind of order", "Change"),
    4: gettext_lazy("Unsubscription"),
    10: gettext_lazy("To pay-per-use"),
    11: gettext_lazy("To a term"),
    12: gettext_lazy("Gift"),
    13: gettext_lazy("Trial"),
    14: gettext_lazy("Trial to commercial"),
    15: gettext_lazy("Fee adjustment"),
}
DELIVERY_TYPES: Mapping[str, Text] = {
    "saas": gettext_lazy("SaaS"),
    "image": gettext_lazy("Server image"),
    "license": gettext_lazy("License"),
    "professional": gettext_lazy("Professional service"),
    "consulting": gettext_lazy("Consulting service"),
    "hardware": gettext_lazy("Hardware"),
    "content": gettext_lazy("Content service"),
    "host": gettext_lazy("Cloud host"),
    "template": gettext_lazy("Template"),
}
BILLING_MODES: Mapping[str, Text] = {
    "period": gettext_lazy("Monthly or yearly"),
    "one_time": gettext_lazy("One-time"),
    "pay_per_use": gettext_lazy("Pay-per-use"),
    "package": gettext_lazy("Package"),
    "exhaustible": gettext_lazy("Package, stops when used up"),
}
METHODS: Mapping[str, Text] = {
    "balance": gettext_lazy("Balance"),
    "card": gettext_lazy("Card"),
    "settlement": gettext_lazy("Monthly settlement"),
    "credit": gettext_lazy("Credit"),
    "reseller": gettext_lazy("Paid by your reseller"),
    "none": gettext_lazy("Nothing to pay"),
}
SOURCES: Mapping[str, Text] = {
    "cash": gettext_lazy("Balance"),
    "credit": gettext_lazy("Credit"),
    "card": gettext_lazy("Card"),
    "settlement": gettext_lazy("Monthly settlement"),
    "reseller": gettext_lazy("Your reseller"),
    "coupon": gettext_lazy("Coupon"),
}
ACTIVITIES: Mapping[str, Text] = {
    "newInstance": pgettext_lazy("work of a seller", "Set up"),
    "refreshInstance": gettext_lazy("Renew"),
    "updateInstanceStatus": gettext_lazy("Freeze or unfreeze"),
    "releaseInstance": gettext_lazy("Release"),
    "upgradeInstance": pgettext_lazy("kind of order", "Change"),
    "queryInstance": gettext_lazy("Ask for information"),
    "orderNotify": gettext_lazy("Tell about an order"),
}
COUPON_REASONS: Mapping[str, Text] = {
    "unknown": gettext_lazy("Your account has no coupon with this code."),
    "not_activated": gettext_lazy("This coupon is not active yet."),
    "used": gettext_lazy("This coupon has been used."),
    "expired": gettext_lazy("This coupon has expired."),
    "not_yet_valid": gettext_lazy("This coupon is not valid yet."),
    "frozen": gettext_lazy("This coupon is frozen. Ask support."),
    "locked": gettext_lazy("Another unpaid order holds this coupon. Pay or cancel that order first."),
    "currency": gettext_lazy("This coupon is in another currency."),
    "one_per_order": gettext_lazy("One coupon an order."),
    "arrears": gettext_lazy("Coupons cannot pay debts."),
    "order_type": gettext_lazy("This coupon is not for this type of order."),
    "nothing_to_pay": gettext_lazy("There is nothing to pay, so the coupon is kept for later."),
    "product": gettext_lazy("This coupon is for other products."),
    "specification": gettext_lazy("This coupon is for other specifications."),
    "curated": gettext_lazy("This coupon is for selected products only."),
    "seller": gettext_lazy("This coupon is for another seller’s products."),
    "region": gettext_lazy("This coupon is for another region."),
    "mode": gettext_lazy("This coupon is for another way of paying, such as yearly instead of monthly."),
    "pay_per_use": gettext_lazy("Coupons of the marketplace do not pay for pay-per-use."),
    "discounted": gettext_lazy("This coupon cannot be combined with a discount."),
    "offer": gettext_lazy(
        "This coupon does not go together with an exclusive offer of its seller. Pick no offer to use it."
    ),
    "minimum": gettext_lazy("The order is below the minimum of this coupon."),
}
_UNKNOWN = Shown("")


def shown(table: Mapping[str, Shown], state: str) -> Shown:
    """The state of a table; one that nobody named shows its own name."""
    return table.get(state) or Shown(state)


def subscription_state(
    state: str,
    *,
    line_state: str = "",
    order_state: str = "",
    expires_at: datetime | None = None,
    renews: bool = False,
    at: datetime,
) -> str:
    """The state that people see: the stored one, refined by its order and the time left (B-USE-004)."""
    if state == "initializing" and line_state == "delivered":
        return "waiting_acceptance"
    if state == "failed" and order_state == "refunding":
        return "refunding"
    if state == "effective" and not renews and expires_at is not None and expires_at - at <= EXPIRING_SOON:
        return "expiring"
    return state


def term(period_type: str, count: int) -> str:
    """A term in words: "3 months", "1 year", "14 days"."""
    match period_type:
        case "month":
            return ngettext("%(count)d month", "%(count)d months", count) % {"count": count}
        case "year":
            return ngettext("%(count)d year", "%(count)d years", count) % {"count": count}
        case "day":
            return ngettext("%(count)d day", "%(count)d days", count) % {"count": count}
    return ""


def billing(mode: str, period_type: str = "", count: int = 0, *, is_trial: bool = False) -> str:
    """How something is paid, in words: "3 months", "one-time", "trial, 14 days"."""
    if is_trial:
        days = term("day", count) if period_type == "day" else ""
        return _("Trial, %(days)s") % {"days": days} if days else _("Trial")
    if mode == "period" and count:
        return term(period_type, count)
    return str(BILLING_MODES.get(mode, mode))


def quantity(count: Any, unit: str, name: str = "") -> str:
    """So many of a unit, which sellers give in the singular: "1 seat", "25 TB", "25 个"; of seats the number alone.

    No program knows the plural of any word, so several are said with the name of what is counted, "Seats: 25", or
    without anything where that name stands beside them.
    """
    if str(count) == "1" or not _NOUN.fullmatch(unit):
        return f"{count} {unit}".strip()
    return _("%(name)s: %(value)s") % {"name": name, "value": count} if name else str(count)


def choices_text(choices: Mapping[str, Any], attributes: Any, *, alone: bool = False) -> list[tuple[str, str]]:
    """Chosen attribute values with their names: ("Users", "25"), ("Edition", "Plus"). `alone`: read without names."""
    found: list[tuple[str, str]] = []
    for attribute in attributes:
        value = str(choices.get(attribute.key, ""))
        if not value:
            continue
        if attribute.kind == "choice":
            names = {str(option["key"]): str(option.get("name", option["key"])) for option in attribute.options}
            found.append((attribute.name, names.get(value, value)))
        else:
            found.append((attribute.name, quantity(value, attribute.unit, attribute.name if alone else "")))
    return found


def changed_from(line: Any) -> str:
    """What an order line changed, as it was before: "Basic, Seats: 20"; empty for lines that changed nothing."""
    before = line.held.get("before") if isinstance(line.held, dict) else None
    if not before:
        return ""
    parts = [value for _name, value in choices_text(before["choices"], line.specification.attributes.all(), alone=True)]
    return ", ".join(parts) or str(before["quantity"])


def answers(extra: Mapping[str, Any], questions: Any) -> list[tuple[str, str]]:
    """What was answered to the seller's questions, in the words of the form (B-CFG-005)."""
    asked = {str(each["key"]): each for each in questions or []}
    found = []
    for key, value in extra.items():
        question = asked.get(key, {})
        named = {str(each["key"]): str(each.get("name", each["key"])) for each in question.get("options") or []}
        found.append((str(question.get("label", key)), named.get(str(value), str(value))))
    return found


def leaving(rule: str, *, is_free: bool = False) -> str:
    """What happens when the buyer leaves early, in one sentence (B-DET-001)."""
    if is_free:
        return _("release it any day; there is nothing to give back")
    match rule:
        case "negotiated":
            return _("early only if the seller agrees")
        case "none":
            return _("cannot be given back early")
    return _("any day; what is not used comes back less a fee")


def coupon(row: Any) -> str:
    """A coupon in one line: its name, what is left on it, until when."""
    worth = percent(row.percent_e2) if row.kind == "discount" else money_text(Money(row.balance_minor, row.currency))
    return _("%(name)s, %(worth)s, until %(date)s") % {
        "name": row.name or row.code, "worth": worth, "date": date_text(row.expires_at),
    }  # fmt: skip


def duration(milliseconds: float) -> str:
    """A span for people: "820 ms", "4.2 s", "1 min 37 s", "2 h 5 min", "3 days"."""
    seconds = milliseconds / 1000
    if seconds < 1:
        return _("%(count)s\u00a0ms") % {"count": f"{milliseconds:.0f}"}
    if seconds < 60:
        return _("%(count)s\u00a0s") % {"count": f"{seconds:.1f}" if seconds < 10 else f"{seconds:.0f}"}
    minutes, rest = divmod(int(seconds), 60)
    if minutes < 60:
        if rest and minutes < 10:
            return _("%(minutes)d\u00a0min %(seconds)d\u00a0s") % {"minutes": minutes, "seconds": rest}
        return _("%(count)s\u00a0min") % {"count": minutes}
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        if minutes:
            return _("%(hours)d\u00a0h %(minutes)d\u00a0min") % {"hours": hours, "minutes": minutes}
        return _("%(count)s\u00a0h") % {"count": hours}
    return ngettext("%(count)d day", "%(count)d days", hours // 24) % {"count": hours // 24}


def on_day(value: datetime, at: datetime, form: str = "date") -> Markup:
    """A day and how far away it is: "23 Dec 2026, in 30 days"."""
    return escape(_("%(day)s, %(distance)s")) % {"day": moment(value, form), "distance": days_left(value, at)}


def span(begin: datetime | None, end: datetime | None) -> str:
    """The time between two instants."""
    if begin is None or end is None:
        return ""
    return duration(max((end - begin).total_seconds(), 0) * 1000)
