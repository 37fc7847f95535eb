"""How pages speak of leaving: rules, sources of money, the working of a refund."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from galleria.kit.errors import Text
from galleria.kit.money import Money
from galleria.pricing.rules.refunds import Back
from galleria.web import words, working

RULES: Mapping[str, Text] = {
    "platform": gettext_lazy("The marketplace’s rule"),
    "unconditional": gettext_lazy("Return of a new purchase"),
    "withdrawal": gettext_lazy("Withdrawal by law"),
    "negotiated": gettext_lazy("By agreement with the seller"),
    "release": gettext_lazy("Release"),
    "undelivered": gettext_lazy("Not delivered: everything back"),
    "renewal": gettext_lazy("Renewal that has not begun"),
    "none": gettext_lazy("Not possible"),
}
HOW: Mapping[str, Text] = {
    "unconditional": gettext_lazy("Everything paid comes back, cash coupons too."),
    "negotiated": gettext_lazy("You agree on an amount with the seller."),
    "release": gettext_lazy("It is deleted; nothing comes back."),
    "renewal": gettext_lazy("Everything paid for it comes back, coupons too. No fee."),
}
_PARTS: Mapping[str, Text] = {
    "refund_consumed": gettext_lazy("Used"),
    "refund_fee": gettext_lazy("Fee"),
    "refund_fee_waived": gettext_lazy("Fee"),
    "refund_tax": gettext_lazy("Tax"),
    "refund_coupon": gettext_lazy("Coupon"),
    "refund_coupon_kept": gettext_lazy("Coupon"),
}
_ONLY_SUMS = frozenset({"refund_less", "refund_total"})


def steps(back: Back) -> list[tuple[str, str, str]]:
    """Part, working in words, amount: the amounts make up what comes back."""
    found = []
    if back.basis == "share":
        found.append((_("Paid"), _("Paid for this term, before tax"), back.paid.text))
    for step in back.steps:
        if step.text in _ONLY_SUMS or (step.text == "refund_total" and not back.tax):
            continue
        text = step.sentence(working.shown, _)
        to_coupon = step.text in {"refund_coupon", "refund_coupon_kept"}
        amount = "" if to_coupon or step.amount is None else step.amount.text.replace("-", "−")
        found.append((str(_PARTS.get(step.text, _("Paid"))), text, amount))
    lost = back.consumed + back.fee - back.paid
    if back.basis == "share" and lost.minor > 0:
        found.append((_("At least"), _("A refund is never below zero"), lost.text))
    return found


def source(name: str, means: str) -> str:
    """Where money goes: "Card Visa •••• 4242"."""
    return f"{words.SOURCES.get(name, name)} {means}".strip()


def targets(rows: Iterable[Any]) -> list[tuple[str, Money]]:
    """Where each amount goes, in words."""
    return [(source(each.source, each.means), each.amount) for each in rows]
