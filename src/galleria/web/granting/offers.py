"""S10, offers: the list, the form, one offer with its figures; for the operator's and resellers' discounts too."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import Any

import qrcode  # type: ignore[import-untyped]
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from qrcode.image.svg import SvgPathImage  # type: ignore[import-untyped]

from galleria.kit import clock, pages
from galleria.kit.errors import Refused
from galleria.pricing import services
from galleria.pricing.rules import offers as rules
from galleria.pricing.selectors import choices, offers
from galleria.web import lists, words
from galleria.web.access import actor_of
from galleria.web.formats import money_text, percent
from galleria.web.granting.side import OFFER_STATES, Side, instant_of, local
from galleria.web.seller import company

LINES = 3
VIEWS = {
    "": pgettext_lazy("offers", "All"),
    "effective": gettext_lazy("In force"),
    "in_approval": gettext_lazy("In approval"),
    "draft": gettext_lazy("Drafts"),
    "ended": gettext_lazy("Ended"),
}
ENDED = ("expired", "used", "invalid", "withdrawn", "rejected")


def index(request: HttpRequest, side: Side) -> HttpResponse:
    """The list with views by state."""
    actor, data = actor_of(request), request.GET
    view, text = lists.one_of(data, "view", VIEWS), lists.text_of(data, "q")
    rows = offers.offers_of(actor, side.kind, "" if view == "ended" else view, text)
    rows = rows.filter(state__in=ENDED) if view == "ended" else rows
    counts = offers.counts_of(actor, side.kind)
    counts["ended"] = sum(counts.get(state, 0) for state in ENDED)
    page = pages.page_of(rows, sort="-created_at", cursor=data.get("cursor"))
    at = clock.now()
    values = {
        "side": side, "tabs": side.tabs(actor, "offers"), "rows": page, "view": view, "counts": counts, "data": data,
        "views": lists.views(request, VIEWS, counts, current=view), "state_of": lambda row: _shown(row, at),
        "said": said, "about": about, "next_page": lists.at_page(data, page.next),
        "previous_page": lists.at_page(data, page.previous), "is_narrowed": bool(text),
    }  # fmt: skip
    return render(request, "granting/offers.html", values)


def _shown(row: Any, at: Any) -> words.Shown:
    waits = row.state == "effective" and row.starts_at is not None and row.starts_at > at
    over = row.state == "effective" and row.ends_at <= at
    return words.shown(OFFER_STATES, "waiting" if waits else "expired" if over else row.state)


def said(line: Any) -> str:
    """What a line grants: "15 % off", or its price."""
    if line.line_price_minor is not None:
        return money_text(offers.price_named(line))
    return _("%(percent)s off") % {"percent": percent(line.percent_e2)}


def about(line: Any) -> str:
    """What a line is for: product, specification, choices, way of paying, quantity, term."""
    parts = [line.product.name if line.product is not None else _("every product")]
    if line.specification is not None:
        parts.append(line.specification.name)
    if line.sku is not None and line.sku.choices:
        parts.append(", ".join(str(value) for value in line.sku.choices.values()))
    if line.periods:
        parts.append(words.term(line.period_type or "month", line.periods))
    elif line.billing_mode:
        names = {"month": _("monthly"), "year": _("yearly")}
        parts.append(names.get(line.period_type, str(words.BILLING_MODES.get(line.billing_mode, line.billing_mode))))
    if line.quantity:
        parts.append(_("quantity %(quantity)s") % {"quantity": line.quantity})
    return " · ".join(parts)


# ----- writing -----


def new(request: HttpRequest, side: Side, offer_id: str = "") -> HttpResponse:
    """The form of a new offer or of a draft; a POST keeps the draft and leads to its figures."""
    actor, at = actor_of(request), clock.now()
    row = offers.offer_of(actor, offer_id, side.kind) if offer_id else None
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            made = services.write_offer(actor, kind=side.kind, given=_given(request, side), offer_id=offer_id, at=at)
        except Refused as refusal:
            errors, status = _beside(company.errors_of(refusal)), refusal.status
        else:
            return HttpResponseRedirect(f"{side.offers}/{made.public_id}")
    typed = request.POST if request.method == "POST" else _typed(row) if row is not None else request.GET
    values = {
        "side": side, "row": row, "typed": typed, "errors": errors, "lines": range(LINES),
        "tabs": side.tabs(actor, "offers"), **_choices(request, side, typed),
    }  # fmt: skip
    return render(request, "granting/offer_new.html", values, status=status)


def _choices(request: HttpRequest, side: Side, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What a seller can choose from: its products, and the priced things of the chosen one."""
    if side.kind != "exclusive":
        return {"products": [], "things": [], "product": None, "suggested": "", "most": 0}
    products = choices.products_to_offer(actor_of(request))
    product = next((each for each in products if each.public_id == typed.get("product", "")), None)
    things = [("", _("Nothing")), ("*", _("Everything of it"))]
    if product is not None:
        things += [
            (each.value, " · ".join(filter(None, [each.name, _price_words(each)])))
            for each in choices.things_of(product)
        ]
    allowed = offers.authorised_e2(product)
    return {
        "products": [("", _("Choose")), *[(each.public_id, each.name) for each in products]],
        "things": things,
        "product": product,
        "suggested": rules.suggested_name(product.name, 1500) if product is not None else "",
        "most": percent(allowed),
    }


def _price_words(thing: Any) -> str:
    if thing.price is None:
        return ""
    mode = {"month": _("monthly"), "year": _("yearly")}.get(thing.price.period_type, "")
    mode = mode or str(words.BILLING_MODES.get(thing.price.billing_mode, thing.price.billing_mode))
    return f"{mode} {money_text(thing.list_price)}" if thing.list_price is not None else mode


def _given(request: HttpRequest, side: Side) -> services.OfferIn:
    data = request.POST
    lines = []
    for number in range(LINES):
        typed = {name: lists.text_of(data, f"lines.{number}.{name}", 60) for name in _FIELDS}
        if any(typed.values()):
            lines.append(services.line_in({**typed, **_target(side, data, typed)}))
    return services.OfferIn(
        name=data.get("name", "")[:200],
        accounts=data.get("accounts", "").replace(",", "\n").splitlines()[:200],
        lines=lines,
        starts_at=instant_of(data, "starts_at"),
        ends_at=instant_of(data, "ends_at"),
        order_types=[each for each in ("new", "renewal") if each in data.getlist("order_types")],
        is_single=data.get("uses") == "one",
        remarks=data.get("remarks", ""),
        attachment=request.FILES.get("attachment"),
    )


_FIELDS = ("what", "quantity", "periods", "percent", "price")


def _target(side: Side, data: Any, typed: Mapping[str, str]) -> dict[str, str]:
    if side.kind != "exclusive":
        return {"product": typed["what"]}
    kind, _colon, rest = typed["what"].partition(":")
    found = {"product": lists.text_of(data, "product", 60)}
    if kind == "spec":
        found["specification"] = rest
    elif kind == "sku":
        found["sku"], _bar, found["mode"] = rest.partition("|")
    return found


def _beside(errors: Mapping[str, str]) -> dict[str, str]:
    """Errors of a line's target stand beside the field in which it is chosen."""
    found: dict[str, str] = {}
    for name, text in errors.items():
        place, _dot, last = name.rpartition(".")
        is_target = last in {"product", "specification", "sku", "mode"} and place.startswith("lines.")
        found[f"{place}.what" if is_target else "lines.0.what" if name == "lines" else name] = text
    return found


def _typed(row: Any) -> dict[str, Any]:
    """A draft as the form has it."""
    found: dict[str, Any] = {
        "name": row.name, "accounts": "\n".join(each.account.public_id for each in row.accounts.all()),
        "starts_at": local(row.starts_at), "ends_at": local(row.ends_at), "uses": "one" if row.is_single else "many",
        "remarks": row.remarks, "order_types": row.order_types,
    }  # fmt: skip
    for number, line in enumerate(row.lines.all()):
        if line.product is not None:
            found["product"] = line.product.public_id
        priced = offers.price_named(line) if line.line_price_minor is not None else None
        found |= {
            f"lines.{number}.what": choices.value_of(line) if row.kind == "exclusive" else found.get("product", ""),
            f"lines.{number}.quantity": line.quantity or "",
            f"lines.{number}.periods": line.periods or "",
            f"lines.{number}.percent": "" if priced else f"{line.percent_e2 / 100:g}",
            f"lines.{number}.price": priced.text if priced else "",
        }
    return found


# ----- one -----


def one(
    request: HttpRequest, side: Side, offer_id: str, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    """Everything about an offer: figures against list and range, customers, orders, link."""
    actor, at = actor_of(request), clock.now()
    row = offers.offer_of(actor, offer_id, side.kind)
    lines = list(row.lines.all())
    worths = offers.worths(lines, with_share=side.kind == "exclusive")
    link = f"{settings.GALLERIA_SITE_URL}/offers/{row.public_id}"
    values = {
        "side": side, "row": row, "shown": _shown(row, at), "said": said, "about": about, "link": link,
        "lines": [(line, worths[line.pk], _range(side, line)) for line in lines],
        "uses": offers.uses_of(row), "errors": errors or {}, "qr": qr(link) if row.state == "effective" else "",
        "is_beyond": row.state == "draft" and side.kind == "exclusive" and any(map(offers.is_beyond, lines)),
        "can": set(services.moves_of(row)), "percent": percent,
    }  # fmt: skip
    return render(request, "granting/offer.html", values, status=status)


def _range(side: Side, line: Any) -> tuple[str, bool]:
    """The authorised range in words, and whether the line goes beyond it."""
    if side.kind != "exclusive":
        return "", False
    return percent(offers.authorised_e2(line.product)), offers.is_beyond(line)


def qr(link: str) -> str:
    """The link as a picture to scan, as an address of its own (S-OFR-003)."""
    held = io.BytesIO()
    qrcode.make(link, image_factory=SvgPathImage, border=2).save(held)
    return "data:image/svg+xml;base64," + base64.b64encode(held.getvalue()).decode()


def act(request: HttpRequest, side: Side, offer_id: str, verb: str) -> HttpResponse:
    """Submit, withdraw, invalidate, delete."""
    actor, at = actor_of(request), clock.now()
    here = f"{side.offers}/{offer_id}"
    try:
        match verb:
            case "submit":
                row = services.submit_offer(
                    actor, kind=side.kind, offer_id=offer_id, confirmed=request.POST.get("confirmed") == "yes", at=at
                )
                done = _("The operator decides on it.") if row.state == "in_approval" else _("The offer is in force.")
                return company.done(request, done, here)
            case "withdraw":
                services.withdraw_offer(actor, offer_id=offer_id, at=at)
                return company.done(request, _("Withdrawn."), here)
            case "invalidate":
                reason = request.POST.get("reason", "")
                services.invalidate_offer(actor, kind=side.kind, offer_id=offer_id, reason=reason, at=at)
                return company.done(request, _("The offer has ended."), here)
            case _:
                services.delete_draft(actor, kind=side.kind, offer_id=offer_id, at=at)
                return company.done(request, _("The draft is gone."), side.offers)
    except services.BeyondAuthorised as refusal:
        return one(request, side, offer_id, {"confirmed": refusal.message}, refusal.status)
    except Refused as refusal:
        return company.refused(request, refusal, here)
