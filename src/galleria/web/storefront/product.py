"""P3, the product page: choosing, the live price, saving, asking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe
from markupsafe import Markup

from galleria.buying import estimating
from galleria.buying.estimating import Estimate, Selection
from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.kit.money import Money, exponent, from_e10, plain
from galleria.parties import selectors as parties
from galleria.parties.services import platform_agreement_key, product_agreement_key
from galleria.pricing.selectors import offers
from galleria.publishing import selectors, services
from galleria.publishing.selectors import ProductView
from galleria.subscribing import selectors as subscribing
from galleria.supporting import selectors as supporting
from galleria.supporting import services as supporting_services
from galleria.web import context, metering, words, working
from galleria.web.access import signed_in
from galleria.web.context import Page
from galleria.web.formats import price as unit_price
from galleria.web.preferences import safe_next
from galleria.web.storefront.browse import public
from galleria.web.storefront.cards import card, unit_words
from galleria.web.storefront.structured import product_data

CHOICES_MAX = 6


@require_safe
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """The page. A removed product answers 410 with a notice (B-CAT-006); NotFound for what never was."""
    page = context.of(request)
    view = selectors.product_view(page.actor, slug)
    values = page_values(page, view, request.GET)
    response = render(request, "storefront/product.html", values, status=410 if view.state == "removed" else 200)
    return public(response)


def page_values(page: Page, view: ProductView, given: Mapping[str, str]) -> dict[str, Any]:
    """Everything that the template of the page needs; also for the preview of a draft."""
    at = clock.now()
    running = subscribing.running_by_product(page.actor, [view.pk]).get(view.pk, 0) if page.is_signed_in else 0
    values = choosing(page, view, given)
    keys = [platform_agreement_key(view.detail["sales_model"], False), product_agreement_key(view.public_id)]
    reviews = supporting.reviews_of(view.pk) if view.card["reviews"] else []
    return values | {
        "running": running,
        "offered": offers.open_offers(page.actor, view.pk, at) if page.is_signed_in else [],
        "agreements": parties.agreement_heads(keys, at),
        "reviews": reviews,
        "questions": supporting.questions_of(view.pk),
        "table": specification_table(view, page.language),
        "in_language": lambda value: selectors.in_language(value, page.language),
        "leaving": words.leaving(view.detail["unsubscription"], is_free=_is_free(view)),
        "structured": product_data(view, page, values["card"]),
    }


@require_safe
def price(request: HttpRequest, slug: str) -> HttpResponse:
    """The choice and its price as a part, for every change that a reader makes (B-CFG-001)."""
    page = context.of(request)
    if not page.is_fragment:
        return HttpResponseRedirect(_address(slug, request.GET))
    view = selectors.product_view(page.actor, slug)
    response = render(request, "storefront/choose.html", choosing(page, view, request.GET))
    response["HX-Replace-Url"] = _address(slug, request.GET)
    return public(response)


def _address(slug: str, query: Mapping[str, str]) -> str:
    kept = [(name, value) for name, value in query.items() if value and name != "csrfmiddlewaretoken"]
    return f"/products/{slug}?{urlencode(kept)}" if kept else f"/products/{slug}"


# --- the choice and its price -----------------------------------------------------------------------------
def choosing(page: Page, view: ProductView, given: Mapping[str, str]) -> dict[str, Any]:
    """What the template of the choice needs."""
    selection = estimating.select(view, given)
    values: dict[str, Any] = {
        "view": view,
        "card": card({**view.card, "pk": view.pk}, page.language),
        "selection": selection,
        "is_saved": selectors.is_favorite(page.actor, view.pk) if page.is_signed_in else False,
        "delivery_days": view.detail["delivery_days"],
        "trial_days": view.card["trial_days"],
    }
    if selection is None:
        return values
    return values | {
        "specifications": _specifications(view, selection, page.language),
        "attributes": [_attribute(each, selection, page.language) for each in selection.specification["attributes"]],
        "modes": _modes(selection),
        "terms": [(term, words.term(selection.price["period"], term)) for term in selection.terms]
        if selection.price
        else [],
        "panel": price_panel(page, view, selection),
    }


def price_panel(page: Page, view: ProductView, selection: Selection) -> dict[str, Any] | None:
    """The figures of the price panel: the lines, the working, what comes later (B-DET-002)."""
    country = selectors.country_of(page.actor)
    made = estimating.estimate(page.actor, selection, country=country, at=clock.now())
    if made is None or selection.price is None:
        return None
    quote, line, chosen = made.quote, made.quote.lines[0], selection.price
    return {
        "official": quote.official,
        "official_note": _official_note(selection, view, page.language),
        "discount": line.discount,
        "discount_name": line.discount.name if line.discount else "",
        "saving": -quote.saving,
        "net": quote.after_discount,
        "tax": quote.tax,
        "tax_rate": made.tax_e4,
        "due": quote.due,
        "working": working.rows(quote),
        "currency": quote.currency,
        "by_use": chosen["mode"] == "pay_per_use",
        "unit_price": unit_price(chosen["e10"], chosen["currency"]),
        "unit": unit_words(chosen["meter"] or "one_time"),
        "meter": metering.several(chosen["meter"]),
        "used": made.used,
        "renewal": _renewal(selection, made),
        "limit_reached": made.limit_reached,
        "included": chosen["included"],
    }


def _official_note(selection: Selection, view: ProductView, language: str) -> str:
    """How the list price comes about: "9.00 × 12 × 3 months"."""
    chosen = selection.price
    if chosen is None or chosen["mode"] == "pay_per_use":
        return ""
    parts = []
    if chosen["model"] in {"simple", "linear"} and (selection.quantity > 1 or selection.term > 1):
        parts.append(plain(from_e10(chosen["e10"]), exponent(chosen["currency"])))
    if selection.quantity > 1:
        name = next((each for each in selection.specification["attributes"] if each["key"] == chosen["quantity"]), None)
        unit = selectors.in_language(name["unit"], language) if name else ""
        parts.append(words.quantity(selection.quantity, unit))
    if selection.terms:
        parts.append(words.term(chosen["period"], selection.term))
    if chosen["included"]:
        parts.append(metering.amount(chosen["included"], chosen["meter"]))
    return " × ".join(parts)


def _renewal(selection: Selection, made: Estimate) -> Money | None:
    """What the next term costs at today's price, when there is one."""
    return made.quote.due if selection.terms and selection.auto_renew else None


def _specifications(view: ProductView, selection: Selection, language: str) -> list[dict[str, Any]]:
    shown = []
    for each in view.detail["specifications"]:
        is_chosen = each["id"] == selection.specification["id"]
        if each["state"] != "on_sale" and not is_chosen:
            continue
        offered = next((price for sku in each["skus"] for price in sku["prices"]), None)
        if selection.price is not None:
            same = (selection.price["mode"], selection.price["period"])
            rows = [p for sku in each["skus"] for p in sku["prices"] if (p["mode"], p["period"]) == same]
            offered = min(rows, key=lambda p: p["e10"]) if rows else offered
        shown.append(
            {
                "id": each["id"],
                "name": selectors.in_language(each["name"], language),
                "summary": selectors.in_language(each["summary"], language),
                "is_chosen": is_chosen,
                "is_open": view.may_order(each),
                "price": unit_price(offered["e10"], offered["currency"]) if offered else "",
                "unit": _per(offered),
            }
        )
    return shown


def _per(price: Mapping[str, Any] | None) -> str:
    if price is None:
        return ""
    return unit_words(price["period"] or (price["meter"] if price["mode"] == "pay_per_use" else "") or price["mode"])


def _attribute(each: Mapping[str, Any], selection: Selection, language: str) -> dict[str, Any]:
    name = f"a.{each['key']}"
    limits = _("%(least)s to %(most)s") % {"least": each["minimum"], "most": each["maximum"]}
    if each["step"] > 1:
        limits += _(", in steps of %(step)s") % {"step": each["step"]}
    options = [
        {"value": option["key"], "title": option.get("name") or option["key"]}
        for option in selectors.in_language(each["options"], language) or []
    ]
    return {
        "field": name,
        "name": selectors.in_language(each["name"], language),
        "kind": each["kind"],
        "options": options,
        "as_select": len(options) > CHOICES_MAX,
        "value": selection.values[each["key"]],
        "minimum": each["minimum"],
        "maximum": each["maximum"],
        "step": each["step"],
        "help": limits,
        "problem": selection.problems.get(name, ""),
    }


def _modes(selection: Selection) -> list[dict[str, Any]]:
    """The ways of paying that the seller priced (B-DET-003)."""
    names = {"period:month": _("Monthly"), "period:year": _("Yearly")}
    found = []
    for offer in selection.offers:
        value = estimating.mode_of(offer, selection.offers)
        note = Markup("{} {}").format(unit_price(offer["e10"], offer["currency"]), _per(offer))
        if offer["included"]:
            amount = metering.amount(offer["included"], offer["meter"])
            note = Markup("{}, {}").format(unit_price(offer["e10"], offer["currency"]), amount)
        title = names.get(value) or str(words.BILLING_MODES.get(offer["mode"], offer["mode"]))
        found.append({"value": value, "title": title, "note": note})
    return found


def _is_free(view: ProductView) -> bool:
    shown = view.card["price"]
    return bool(shown and shown["e10"] == 0)


def specification_table(view: ProductView, language: str) -> dict[str, Any]:
    """Specifications side by side: features, then the price of one unit in each way of paying."""
    columns = [each for each in view.detail["specifications"] if each["state"] == "on_sale"]
    features: dict[str, list[str]] = {}
    for place, each in enumerate(columns):
        for name, value in (selectors.in_language(each["features"], language) or {}).items():
            features.setdefault(name, ["–"] * len(columns))[place] = value
    prices: dict[tuple[str, str], list[Any]] = {}
    for place, each in enumerate(columns):
        for sku in each["skus"]:
            for offer in sku["prices"]:
                row = prices.setdefault((_row_name(offer), offer["currency"]), [None] * len(columns))
                row[place] = offer["e10"] if row[place] is None else min(row[place], offer["e10"])
    return {
        "names": [selectors.in_language(each["name"], language) for each in columns],
        "features": list(features.items()),
        "prices": [
            (name, [unit_price(e10, currency) if e10 is not None else "–" for e10 in row])
            for (name, currency), row in prices.items()
        ],
    }


def _row_name(offer: Mapping[str, Any]) -> str:
    said = _per(offer)
    if offer["included"]:
        said = ngettext("Package of %(count)s %(unit)s", "Package of %(count)s %(unit)s", offer["included"]) % {
            "count": f"{offer['included']:,}",
            "unit": metering.several(offer["meter"]),
        }
    return said[:1].upper() + said[1:]


# --- acts -------------------------------------------------------------------------------------------------
@require_POST
def save(request: HttpRequest, slug: str) -> HttpResponse:
    """*Save to List* and *Saved* (B-FAV-001); what is chosen is kept with it (B-FAV-T1)."""
    page = context.of(request)
    back = safe_next(request, f"/products/{slug}")
    if not page.is_signed_in:
        return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': back})}")
    if request.POST.get("saved") == "no":
        services.remove_favorite(page.actor, slug=slug)
    else:
        names = {name: value for name, value in request.POST.items() if _is_choice(name) and value}
        specification = request.POST.get("specification", "")
        services.save_favorite(
            page.actor, slug=slug, specification_id=specification, configuration=names, at=clock.now()
        )
    if page.is_fragment:
        view = selectors.product_view(page.actor, slug)
        given = {name: request.POST[name] for name in request.POST if _is_choice(name)}
        return render(request, "storefront/save.html", choosing(page, view, given))
    return HttpResponseRedirect(back)


def _is_choice(name: str) -> bool:
    return name in {"specification", "mode", "term", "region", "auto_renew"} or name.startswith("a.")


@require_POST
@signed_in()
def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """A question to the seller; public with its answer after a look at it."""
    page = context.of(request)
    view = selectors.product_view(page.actor, slug)
    try:
        supporting_services.ask_question(
            page.actor, product_pk=view.pk, product_name=view.slug, text=request.POST.get("text", ""), at=clock.now()
        )
    except Refused as refusal:
        if refusal.status != 422:
            raise
        messages.error(request, next(iter(refusal.fields.values()), refusal.message))
    else:
        messages.success(request, _("Your question is with the seller. It appears here with the answer."))
    return HttpResponseRedirect(f"/products/{slug}#questions")
