"""S5, specifications and prices: what buyers choose, the table of prices, files of prices, the price tester."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from galleria.kit.errors import Invalid, NotFound
from galleria.publishing.catalogue_file import checks
from galleria.releasing import services as releasing
from galleria.releasing.rules import price_grid
from galleria.releasing.rules.price_grid import Grid
from galleria.reporting import selling as reporting
from galleria.selling import selectors as selling
from galleria.web import context
from galleria.web.access import signed_in
from galleria.web.seller import editor, editor_form, price_form, price_tester
from galleria.web.seller.desk import RELEASE, VIEW, Desk
from galleria.web.seller.editor_form import Document
from galleria.web.seller.editor_sections import SPECIFICATIONS

MOST_ERRORS = 50
MOST_SENT = 3 * 1024 * 1024  # of a price file; what is larger than 2 MB is refused in words
CELLS = 260  # fields of one page of the table; a form may have 500
KINDS = {
    "period:month": gettext_lazy("A month"),
    "period:year": gettext_lazy("A year"),
    "one_time": gettext_lazy("Once"),
    "pay_per_use": gettext_lazy("By use"),
    "package": gettext_lazy("Package"),
    "exhaustible": gettext_lazy("Package, stops when used up"),
}
MODELS = (
    ("simple", gettext_lazy("One price")),
    ("linear", gettext_lazy("Linear: times the quantity")),
    ("tiered", gettext_lazy("Tiered: all at the price of their band")),
    ("volume", gettext_lazy("Volume: each part at the price of its band")),
)
_CONFLICT = gettext_lazy(
    "Somebody saved this specification after you had opened it. Below is what you typed; it is not saved yet. "
    "Saving it replaces what was saved."
)


# --- the list of specifications -----------------------------------------------------------------------------
def specifications(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The section with all specifications."""
    if request.method == "POST":
        return _changed(request, desk)
    rows = [price_form.summary_of(each, currency_of(desk)) for each in _all(desk.document)]
    for number, row in enumerate(rows):
        prefix = f"specifications.{number}."
        row["errors"] = sum(each.path.startswith(prefix) for each in desk.blocking)
        row["is_released"] = row["key"] in _released(desk)
        row["kinds"] = [KINDS.get(kind, kind) for kind in dict.fromkeys(row["offers"])]
    values = {**editor.frame(desk, SPECIFICATIONS), "rows": rows, "found": desk.notes.of("specifications", True)}
    return render(request, "seller/specifications.html", values)


def currency_of(desk: Desk) -> str:
    """The currency in which a new price is written: that of the others, else the marketplace's."""
    for each in _all(desk.document):
        found = Grid.of(each, "").currency
        if found:
            return found
    return str(context_currency())


def context_currency() -> str:
    from django.conf import settings

    return str(settings.GALLERIA.currency)


def _all(document: Mapping[str, Any]) -> list[Document]:
    rows = document.get("specifications")
    return [each if isinstance(each, dict) else {} for each in rows] if isinstance(rows, list) else []


def _released(desk: Desk) -> set[str]:
    return {str(each.get("key")) for each in _all(desk.release.base or {})}


def _changed(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Add, copy, move or take away a specification."""
    desk.actor.require(RELEASE)
    if not desk.is_editable:
        return HttpResponseRedirect(f"/seller/releases/{desk.release.public_id}")
    verb, _space, place = request.POST.get("do", "").partition(" ")
    number = int(place) if place.isdecimal() else -1
    here = f"{desk.base}/edit/specifications"
    rows = _all(desk.document)
    if verb in {"copy", "up", "remove"} and number not in range(len(rows)):
        raise NotFound
    if verb == "remove" and rows[number].get("key") in _released(desk):
        messages.error(request, _("A released specification is not deleted. Ask for its removal under Products."))
        return HttpResponseRedirect(here)
    if verb in {"add", "copy"}:
        desk.save(lambda document: _added(document, number if verb == "copy" else None))
        return HttpResponseRedirect(f"{here}/{len(_all(desk.document)) - 1}")
    desk.save(lambda document: editor_form.change_rows(document, f"{verb} specifications.{number}")[0])
    return HttpResponseRedirect(here)


def _added(document: Document, source: int | None) -> Document:
    after = deepcopy(document)
    rows = _all(after)
    new: Document = deepcopy(rows[source]) if source is not None and source < len(rows) else {}
    for name in ("key", "state"):
        new.pop(name, None)
    said = price_grid.word(new.get("name"))
    name = (
        _("Copy of %(name)s") % {"name": said}
        if said
        else _("Standard")
        if not rows
        else _("Specification %(number)s") % {"number": len(rows) + 1}
    )
    new["name"] = name[:120]
    new["key"] = price_form.free_key(name, [each.get("key") for each in rows], f"specification-{len(rows) + 1}")
    after["specifications"] = [*rows, new]
    return after


# --- one specification --------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(VIEW)
def one(request: HttpRequest, release_id: str, number: int) -> HttpResponse:
    """A specification with its table of prices and the tester beside."""
    desk = Desk.of(request, release_id)
    rows = _all(desk.document)
    if number >= len(rows) or not desk.section("specifications"):
        raise NotFound
    if request.method == "POST":
        return _saved(request, desk, number)
    return _page(request, desk, number)


def _page(request: HttpRequest, desk: Desk, number: int, *, status: int = 200, **more: Any) -> HttpResponse:
    specification = _all(desk.document)[number]
    grid = with_new_offers(Grid.of(specification, currency_of(desk), _language(request)), request.GET, desk)
    shown = editor_form.shown(
        price_form.FIELDS, specification, desk.surroundings, prefix=f"specifications.{number}.", method=desk.method,
        is_released=str(specification.get("key")) in _released(desk), more=request.GET.get("more", ""),
    )  # fmt: skip
    values = {
        **editor.frame(desk, SPECIFICATIONS),
        **table_values(request, desk, number, grid),
        "number": number,
        "fields": shown[:-1],
        "attributes": shown[-1],
        "new_kind": request.GET.get("kind", "choice"),
        "specification": specification,
        "base": digest(specification),
        "files": {},
        "tested": tester_of(desk, grid, request.GET),
        "test": test_values(grid),
        "effects": _effects(desk),
        "library": _library(desk, specification),
        **more,
    }
    return render(request, "seller/prices.html", values, status=status)


def _library(desk: Desk, specification: Document) -> list[Any]:
    """Attributes of the library that the specification does not have yet."""
    if not desk.is_editable:
        return []
    taken = {str(each.get("key")) for each in specification.get("attributes") or [] if isinstance(each, dict)}
    return [each for each in releasing.library_of(desk.actor) if each.key not in taken]


def _language(request: HttpRequest) -> str:
    return "zh" if context.of(request).language.startswith("zh") else "en"


def digest(specification: Document) -> str:
    """What a specification is now, as a short word."""
    return editor_form.digest({"it": specification}, ["it"])


def with_new_offers(grid: Grid, data: Any, desk: Desk) -> Grid:
    """The table with columns that are to be filled: one that was asked for, or the first one."""
    wanted = data.get("offer", "")
    allowed = price_form.modes_for(desk.method, grid.offers)
    if not wanted and not grid.offers and allowed:  # work by people is mostly paid once
        wanted = "one_time" if desk.method == "professional" else allowed[0]
    if wanted not in allowed:
        return grid
    mode, _colon, period = wanted.partition(":")
    terms = {"month": (1, 3, 6), "year": (1, 2, 3)}.get(period, ())
    quantity = grid.quantities[0][0] if grid.quantities and mode in {"period", "one_time"} else ""
    new = price_grid.Offer(mode, period, terms, "linear" if quantity else "simple", quantity)
    return replace(grid, offers=[*grid.offers, new])


def table_values(request: HttpRequest, desk: Desk, number: int, grid: Grid) -> dict[str, Any]:
    """The table of prices: the rows of this page with a text and findings for each place."""
    columns = list(grid.columns())
    size = max(10, CELLS // max(1, len(columns)))
    combinations = grid.combinations
    pages = max(1, -(-len(combinations) // size))
    asked = request.POST.get("rows_page") or request.GET.get("rows", "1")
    page = min(int(asked), pages) if asked.isascii() and asked.isdigit() and int(asked) else 1
    rows = combinations[(page - 1) * size : page * size]
    places = [(at, band) for at, band, _offer in columns]
    wrong = _wrong_places(desk, number, grid)
    changed = _changed_places(desk, number, grid)
    return {
        "grid": grid,
        "rows": [
            {
                "names": grid.name_of(row),
                "token": price_form.token(row),
                "cells": [
                    (*place, grid.amounts.get((*place, row), ""), (*place, row) in wrong, (*place, row) in changed)
                    for place in places
                ],
            }
            for row in rows
        ],
        "columns": [(at, band, offer, column_words(offer, band)) for at, band, offer in columns],
        "offers": [
            (at, offer, offer_words(offer), price_form.ends_text(offer)) for at, offer in enumerate(grid.offers)
        ],
        "any_changed": bool(changed),
        "rows_page": page,
        "rows_pages": pages,
        "first_row": (page - 1) * size + 1,
        "combination_count": len(combinations),
        "terms": {period: list(terms) for period, terms in checks.TERMS.items()},
        "models": MODELS,
        "kinds": [(kind, KINDS[kind]) for kind in price_form.modes_for(desk.method, grid.offers)],
        "price_findings": price_findings(desk, number, grid),
        "may_be_metered": desk.method in {"saas", "image"},
    }


def offer_words(offer: price_grid.Offer) -> str:
    """A way of paying in words."""
    said = str(KINDS.get(offer.kind, offer.kind))
    return f"{said}: {offer.meter}" if offer.meter else said


def column_words(offer: price_grid.Offer, band: int) -> tuple[str, str]:
    """The head of a column of amounts: the way of paying, and its band."""
    if not offer.is_banded:
        return offer_words(offer), ""
    first, last = offer.bands[band]
    return offer_words(offer), f"{first} – {last}" if last is not None else _("from %(first)s") % {"first": first}


def _wrong_places(desk: Desk, number: int, grid: Grid) -> set[price_grid.Place]:
    prefix = f"specifications.{number}."
    wrong = {each.path.removeprefix(prefix) for each in desk.blocking if each.path.startswith(f"{prefix}prices.")}
    return {place for place, path in grid.paths.items() if path in wrong}


def _changed_places(desk: Desk, number: int, grid: Grid) -> set[price_grid.Place]:
    """Places whose amount differs from the one that is on sale; none for a new specification."""
    key = _all(desk.document)[number].get("key")
    live = next((each for each in _all(desk.release.base or {}) if each.get("key") == key), None)
    if live is None:
        return set()
    sold = Grid.of(live, grid.currency)
    known = {(sold.offers[at].code, band, row): amount for (at, band, row), amount in sold.amounts.items()}
    return {
        (at, band, row)
        for at, band, offer in grid.columns()
        for row in grid.combinations
        if _differs(grid.amounts.get((at, band, row), ""), known.get((offer.code, band, row), ""))
    }


def _differs(one: str, other: str) -> bool:
    return price_grid.number_of(one) != price_grid.number_of(other) if one and other else one != other


def price_findings(desk: Desk, number: int, grid: Grid) -> list[dict[str, str]]:
    """Findings about prices, each with the first combination that it is about."""
    prefix = f"specifications.{number}.prices"
    by_entry: dict[str, str] = {}
    for (at, _band, combination), path in grid.paths.items():
        said = ", ".join([*grid.name_of(combination), offer_words(grid.offers[at])])
        by_entry.setdefault(".".join(path.split(".")[:2]), said)
    found = []
    for each in desk.findings:
        if each.path == prefix or each.path.startswith(f"{prefix}."):
            entry = ".".join(each.path.split(".")[2:4])
            found.append({"where": by_entry.get(entry, ""), "message": each.message, "level": each.level})
    return found


# --- saving -------------------------------------------------------------------------------------------------
def _saved(request: HttpRequest, desk: Desk, number: int) -> HttpResponse:
    desk.actor.require(RELEASE)
    is_live = context.of(request).is_fragment and "do" not in request.POST
    if not desk.is_editable:
        return HttpResponseRedirect(f"/seller/releases/{desk.release.public_id}")
    before = _all(desk.document)[number]
    after, grid = price_form.read(request.POST, before, number, currency_of(desk))
    sent, act = request.POST.get("base", ""), request.POST.get("do", "save")
    if sent and sent != digest(before) and act != "merge" and after != before:
        if is_live:
            return render(request, "seller/editor_live.html", {**editor.frame(desk, SPECIFICATIONS), "conflict": True})
        return _conflict(request, desk, number, after)
    errors: dict[str, str] = {}
    if act == "fill":
        try:
            grid = replace(grid, amounts=price_grid.filled(grid, price_form.fill_of(request.POST, grid)))
            after = price_form.with_prices(after, grid)
        except Invalid as refusal:
            errors = refusal.fields
    upload = request.FILES.get("csv")
    if act == "take" and isinstance(upload, UploadedFile):
        try:
            amounts = releasing.amounts_from(grid, upload.read(MOST_SENT))
            after = price_form.with_prices(after, replace(grid, amounts=amounts))
        except releasing.CsvRefused as refusal:
            lines = [each.line for each in refusal.problems[:MOST_ERRORS]]
            errors = {f"csv-{at}" if at else "csv": text for at, text in enumerate(lines)}
    desk.save(lambda document: _put(document, number, after))
    if is_live:
        return _live(request, desk, number, grid)
    if errors:
        return _page(request, desk, number, status=422, errors=errors)
    return _act(request, desk, number, act)


def _conflict(request: HttpRequest, desk: Desk, number: int, mine: Document) -> HttpResponse:
    """What was typed stays in the form; with the base of what was saved meanwhile it can be saved over it."""
    theirs = digest(_all(desk.document)[number])
    desk.release.document = _put(desk.document, number, mine)  # of this page only
    return _page(request, desk, number, status=409, errors={"": _CONFLICT}, base=theirs)


def _put(document: Document, number: int, specification: Document) -> Document:
    after = deepcopy(document)
    rows = _all(after)
    rows[number : number + 1] = [specification]
    after["specifications"] = rows
    return after


def _act(request: HttpRequest, desk: Desk, number: int, act: str) -> HttpResponse:
    here = f"{desk.base}/edit/specifications/{number}"
    verb, _space, place = act.partition(" ")
    attributes = f"specifications.{number}.attributes"
    prices = editor_form.anchor(f"specifications.{number}.prices")
    if verb in {"remove", "up"} and place.startswith(f"specifications.{number}."):
        desk.save(lambda document: _cleaned(editor_form.change_rows(document, act)[0], number, currency_of(desk)))
        return HttpResponseRedirect(f"{here}#{editor_form.anchor(attributes)}")
    if verb == "add" and place in {"choice", "quantity"}:
        return HttpResponseRedirect(f"{here}?more={attributes}&kind={place}#{editor_form.anchor(attributes)}")
    if verb == "add" and place == "library":
        desk.save(lambda document: _from_library(desk, document, number, request.POST.get("library", "")))
        return HttpResponseRedirect(f"{here}#{editor_form.anchor(attributes)}")
    if verb == "offer":
        return HttpResponseRedirect(f"{here}?offer={request.POST.get('new_offer', '')}#{prices}")
    if verb == "drop":
        desk.save(lambda document: _without_offer(document, number, place, currency_of(desk)))
        return HttpResponseRedirect(f"{here}#{prices}")
    if verb == "page":
        return HttpResponseRedirect(f"{here}?rows={place}#{prices}")
    if verb in {"fill", "take"}:
        messages.success(
            request, _("The prices are filled in.") if verb == "fill" else _("The prices of the file are taken in.")
        )
        return HttpResponseRedirect(f"{here}#{prices}")
    if verb == "next":
        return HttpResponseRedirect(f"{desk.base}/edit/specifications")
    if verb == "save":
        messages.success(request, _("Saved."))
    return HttpResponseRedirect(here)


def _from_library(desk: Desk, document: Document, number: int, code: str) -> Document:
    """The specification with a copy of an attribute of the library; one that is there already stays alone."""
    before = _all(document)[number]
    entry = next((each for each in _library(desk, before) if each.row.code == code), None)
    if entry is None:
        return document
    attribute: Document = {"key": entry.key, "name": entry.words, "kind": entry.row.kind}
    return _put(document, number, {**before, "attributes": [*(before.get("attributes") or []), attribute]})


def _cleaned(document: Document, number: int, currency: str) -> Document:
    """Prices after an attribute or option was taken away: those that no combination has any more are dropped."""
    rows = _all(document)
    before = rows[number]
    old = Grid.of(before, currency)
    given: dict[price_grid.Place, str] = dict(old.amounts)
    grid = replace(old, amounts=price_grid.moved(old, old.combinations, given))
    return _put(document, number, price_form.with_prices(before, grid))


def _without_offer(document: Document, number: int, place: str, currency: str) -> Document:
    specification = _all(document)[number]
    grid = Grid.of(specification, currency)
    at = next((at for at, offer in enumerate(grid.offers) if offer.code == place), -1)
    amounts = {key: value for key, value in grid.amounts.items() if key[0] != at}
    return _put(document, number, price_form.with_prices(specification, replace(grid, amounts=amounts)))


def _live(request: HttpRequest, desk: Desk, number: int, grid: Grid) -> HttpResponse:
    """Findings, marks and counts while somebody types; the table itself only when other rows are to be shown."""
    specification = _all(desk.document)[number]
    stored = Grid.of(specification, currency_of(desk), _language(request))
    shown = editor_form.shown(
        price_form.FIELDS, specification, desk.surroundings, prefix=f"specifications.{number}.", method=desk.method
    )
    shown_rows = {name.rpartition(".")[2] for name in request.POST if name.startswith("p.")}
    table = table_values(request, desk, number, replace(grid, paths=stored.paths))
    wanted = {row["token"] for row in table["rows"]} if table["columns"] else set()
    ends = [str(request.POST.get(f"offers.{at}.shown", "")) for at in range(len(grid.offers))]
    values = {
        **editor.frame(desk, SPECIFICATIONS),
        **table,
        "number": number,
        "everything": list(editor_form.everything(shown)),
        "base": digest(specification),
        "new_table": wanted != shown_rows or ends != [shape_of(offer) for offer in grid.offers],
    }
    return render(request, "seller/prices_live.html", values)


def shape_of(offer: price_grid.Offer) -> str:
    """What columns an offer has, so that a changed one is drawn again."""
    return f"{offer.code}|{price_form.ends_text(offer)}|{offer.model}"


# --- files --------------------------------------------------------------------------------------------------
@require_safe
@signed_in(VIEW)
def export(request: HttpRequest, release_id: str, number: int) -> HttpResponse:
    """The table as CSV."""
    desk = Desk.of(request, release_id)
    rows = _all(desk.document)
    if number >= len(rows):
        raise NotFound
    grid = with_new_offers(Grid.of(rows[number], currency_of(desk)), {}, desk)
    answer = HttpResponse(releasing.sheet_text(grid), content_type="text/csv; charset=utf-8")
    name = re.sub(r"[^A-Za-z0-9_-]", "", str(rows[number].get("key") or number + 1)) or "prices"
    answer["Content-Disposition"] = f'attachment; filename="prices-{name}.csv"'
    return answer


# --- the tester ---------------------------------------------------------------------------------------------
@require_safe
@signed_in(VIEW)
def test(request: HttpRequest, release_id: str, number: int) -> HttpResponse:
    """The tester as a part, for every change; without scripts it is the whole page."""
    if not context.of(request).is_fragment:
        return HttpResponseRedirect(
            f"/seller/products/{release_id}/edit/specifications/{number}?{request.GET.urlencode()}#tester"
        )
    desk = Desk.of(request, release_id)
    rows = _all(desk.document)
    if number >= len(rows):
        raise NotFound
    grid = Grid.of(rows[number], currency_of(desk), _language(request))
    values = {
        "desk": desk,
        "number": number,
        "grid": grid,
        "tested": tester_of(desk, grid, request.GET),
        "test": test_values(grid),
    }
    return render(request, "seller/prices_tester.html", values)


def tester_of(desk: Desk, grid: Grid, data: Any) -> price_tester.Tested | None:
    """The tried price at the fee of this delivery method."""
    return price_tester.tested(grid, data, fee_of(desk))


def fee_of(desk: Desk) -> Decimal:
    return selling.fee_percent(desk.method)


def test_values(grid: Grid) -> dict[str, Any]:
    """Choices of the tester."""
    quantity = {key: name for key, name, *_rest in grid.quantities}
    return {
        "combinations": [(str(at), ", ".join(grid.name_of(row)) or _("The specification"))
                         for at, row in enumerate(grid.combinations[:500])],
        "offers": [(str(at), offer_words(offer)) for at, offer in enumerate(grid.offers)],
        "quantity": [quantity.get(offer.quantity, "") if offer.model != "simple" else
                     (offer.meter if offer.mode == "pay_per_use" else "") for offer in grid.offers],
    }  # fmt: skip


def _effects(desk: Desk) -> list[dict[str, Any]]:
    """What a change of prices means for people who have the product (S-PRD-004)."""
    product = desk.release.product
    if product is None:
        return []
    held, first = reporting.holders(desk.actor, product.public_id)
    rows = [{"phase": "next", "title": _("New orders pay the new price"), "text": _("as soon as it is approved")}]
    if held:
        said = ngettext("%(count)s subscription renews at it", "%(count)s subscriptions renew at it", held)
        when = _("at its next renewal, the first on %(date)s") % {"date": first} if first else _("at the next renewal")
        rows.append({"phase": "next", "title": said % {"count": held}, "text": when})
    rows.append(
        {
            "phase": "plan",
            "title": _("Running terms keep their price"),
            "text": _("nothing that is paid is charged again"),
        }
    )
    return rows
