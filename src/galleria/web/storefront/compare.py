"""P4, up to four products side by side; which ones is part of the address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from markupsafe import Markup

from galleria.buying import estimating
from galleria.kit import clock
from galleria.publishing import selectors
from galleria.publishing.selectors import ProductView
from galleria.web import context, words
from galleria.web.context import Page
from galleria.web.formats import moment, money
from galleria.web.storefront.browse import public
from galleria.web.storefront.cards import card

AMOUNT_MAX = 10_000


@dataclass(frozen=True)
class Row:
    """One line of the comparison; `differs` marks it."""

    title: str
    cells: list[Any]

    @property
    def differs(self) -> bool:
        return len({str(cell) for cell in self.cells}) > 1


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The table, with the price for the same amount and term; equal rows can be folded away."""
    page = context.of(request)
    slugs = request.GET.getlist("p")
    views = selectors.compared(page.actor, slugs)
    amount = _amount(request.GET.get("amount", ""))
    columns = [_column(page, view, amount, [each.slug for each in views]) for view in views]
    rows = _rows(page, views, columns)
    values = {
        "columns": columns,
        "rows": rows,
        "equal": sum(1 for row in rows if not row.differs) if len(columns) > 1 else 0,
        "only_differences": request.GET.get("only") == "differences" and len(columns) > 1,
        "amount": amount,
        "slugs": [view.slug for view in views],
        "removed": len(dict.fromkeys(slugs)) > len(views),
    }
    return public(render(request, "storefront/compare.html", values))


def _amount(text: str) -> int:
    return min(max(int(text), 1), AMOUNT_MAX) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _column(page: Page, view: ProductView, amount: int, slugs: list[str]) -> dict[str, Any]:
    shown = card({**view.card, "pk": view.pk}, page.language)
    others = [slug for slug in slugs if slug != view.slug]
    return {
        "card": shown,
        "view": view,
        "without": f"/compare?{urlencode({'p': others, 'amount': amount}, doseq=True)}" if others else "/compare",
        "price": _price(page, view, amount),
    }


def _price(page: Page, view: ProductView, amount: int) -> tuple[Any, str]:
    """What the first specification costs for this amount and one period, before tax, and its name."""
    selection = estimating.select(view, {})
    if selection is None or selection.price is None or not view.can_order:
        return "–", ""
    key = selection.price["quantity"]
    if key:
        selection = estimating.select(view, {f"a.{key}": str(amount)}) or selection
    made = estimating.estimate(page.actor, selection, country=selectors.country_of(page.actor), at=clock.now())
    name = selectors.in_language(selection.specification["name"], page.language)
    if made is None or selection.price is None:
        return "–", name
    if selection.price["mode"] == "pay_per_use":
        return Markup("{} {}").format(card({**view.card, "pk": view.pk}, page.language)["unit"], ""), name
    period = {"month": _("a month"), "year": _("a year")}.get(selection.price["period"], _("once"))
    sold = selection.quantity
    note = "" if sold == amount or not key else _(" for %(count)s") % {"count": sold}
    return Markup("{} <small>{}{}</small>").format(money(made.quote.after_discount), period, note), name


def _rows(page: Page, views: list[ProductView], columns: list[dict[str, Any]]) -> list[Row]:
    def told(value: Any) -> Any:
        return selectors.in_language(value, page.language) or "–"

    def each(title: str, reading: Any) -> Row:
        return Row(title, [reading(view, column) for view, column in zip(views, columns, strict=True)])

    return [
        each(_("Price before tax"), lambda v, c: c["price"][0]),
        each(_("Specification"), lambda v, c: c["price"][1] or "–"),
        each(_("Specifications to choose from"), lambda v, c: len(v.detail["specifications"])),
        each(_("Delivered as"), lambda v, c: c["card"]["delivery_name"]),
        each(_("Delivery"), lambda v, c: c["card"]["promise"] or "–"),
        each(_("Free trial"), lambda v, c: c["card"]["trial"] or _("no")),
        each(_("Service supervision"), lambda v, c: _("yes") if v.detail["is_supervised"] else _("no")),
        each(_("Leaving"), lambda v, c: words.leaving(v.detail["unsubscription"])),
        each(_("Support"), lambda v, c: told(v.detail["seller"]["support_hours"])),
        each(_("Answers in"), lambda v, c: told(v.detail["seller"]["answers_in"])),
        each(_("Languages"), lambda v, c: told(v.detail["seller"]["support_languages"])),
        each(_("Seller"), lambda v, c: _seller(v)),
        each(_("Scanned"), lambda v, c: moment(v.detail["scanned_at"], "date") if v.detail["scanned_at"] else "–"),
        each(_("Operating system"), lambda v, c: c["card"]["os"] or "–"),
        each(_("Version"), lambda v, c: c["card"]["version"] or "–"),
        each(_("Score"), _score),
    ]


def _seller(view: ProductView) -> str:
    checked = _("verified") if view.card["is_verified"] else _("not verified yet")
    return f"{view.card['seller']}, {checked}"


def _score(view: ProductView, column: dict[str, Any]) -> str:
    if not view.card["reviews"]:
        return "–"
    return _("%(score)s from %(count)s") % {
        "score": f"{view.card['rating_e2'] / 100:.1f}",
        "count": view.card["reviews"],
    }
