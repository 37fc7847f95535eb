"""O5, the catalogue: rooms and categories with their counts, the first places of the home page, preset attributes."""

from __future__ import annotations

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound, Refused
from galleria.publishing import arranging
from galleria.web import lists
from galleria.web.access import actor_of, signed_in
from galleria.web.formats import number

MANAGE = "operator:catalogue:manage"
ROOMS = {
    "data": gettext_lazy("Data: blue"),
    "security": gettext_lazy("Security: green"),
    "develop": gettext_lazy("Development: violet"),
    "business": gettext_lazy("Business: ochre"),
    "network": gettext_lazy("Network: petrol"),
    "ai": gettext_lazy("AI: indigo"),
    "services": gettext_lazy("Services: terracotta"),
    "systems": gettext_lazy("Systems: grey"),
}
KINDS = {"choice": gettext_lazy("Enumeration"), "quantity": gettext_lazy("Quantity")}


@require_safe
@signed_in(MANAGE)
def show(request: HttpRequest) -> HttpResponse:
    """The page."""
    return _page(request)


def _page(
    request: HttpRequest, *, data: QueryDict | None = None, errors: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    branches = arranging.tree(actor)
    listed = sum(each.count for each in branches if not each.depth)
    values = {
        "branches": branches,
        "lede": _("%(products)s in %(categories)s.")
        % {
            "products": ngettext("%(n)s listed product", "%(n)s listed products", listed) % {"n": number(listed)},
            "categories": ngettext("%(n)s category", "%(n)s categories", len(branches)) % {"n": number(len(branches))},
        },
        "picks": arranging.picks(actor),
        "attributes": arranging.preset_attributes(actor),
        "kinds": KINDS,
        "parents": [("", _("None: a room of its own")), *((each.path, _indented(each)) for each in branches)],
        "rooms": list(ROOMS.items()),
        "data": data or request.GET,
        "errors": dict(errors or {}),
    }
    return render(request, "operator/catalogue.html", values, status=status)


def _indented(each: arranging.Branch) -> str:
    return "\u2003" * each.depth + each.name_en


@require_POST
@signed_in(MANAGE)
def act(request: HttpRequest) -> HttpResponse:
    """Move, add, take away: one press each, nothing needs dragging (UI-A11Y-04)."""
    actor, data = actor_of(request), request.POST
    try:
        place = _act(actor, data)
    except Refused as refusal:
        errors = refusal.fields or {"": refusal.message}
        return _page(request, data=data, errors=errors, status=refusal.status)
    return HttpResponseRedirect(f"/operator/catalogue#{place}")


def _act(actor: Actor, data: QueryDict) -> str:
    """Do what the button says; returns the place of the page to go back to."""
    at = clock.now()
    verb, _colon, target = data.get("act", "").partition(":")
    by = -1 if verb.endswith("_up") else 1
    match verb:
        case "category_up" | "category_down":
            arranging.move_category(actor, path=target, by=by, at=at)
            return anchor(target)
        case "category_add":
            row = arranging.add_category(
                actor, parent=data.get("parent", ""), key=lists.text_of(data, "key", 60),
                name_en=data.get("name_en", ""), name_zh=data.get("name_zh", ""), room=data.get("room", ""), at=at,
            )  # fmt: skip
            return anchor(row.path)
        case "pick_up" | "pick_down":
            arranging.move_pick(actor, slug=target, by=by, at=at)
        case "pick_remove":
            arranging.remove_pick(actor, slug=target, at=at)
        case "pick_add":
            arranging.add_pick(actor, text=lists.text_of(data, "product", 200), at=at)
        case _:
            raise NotFound
    return "popular"


def anchor(path: str) -> str:
    """The place of a category in the page."""
    return "c-" + path.replace("/", "-")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(MANAGE)
def category(request: HttpRequest, path: str) -> HttpResponse:
    """One category: names in both languages, room, products; it can be removed while it is empty."""
    actor, at = actor_of(request), clock.now()
    row = arranging.category(actor, path)
    errors: dict[str, str] = {}
    status = 200
    data = request.POST if request.method == "POST" else None
    if data is not None:
        try:
            if data.get("act") == "remove":
                arranging.remove_category(actor, path=path, at=at)
                messages.success(request, _("The category %(name)s is gone.") % {"name": row.name})
                return HttpResponseRedirect("/operator/catalogue")
            arranging.rename_category(
                actor, path=path, name_en=data.get("name_en", ""), name_zh=data.get("name_zh", ""),
                room=data.get("room", ""), at=at,
            )  # fmt: skip
        except Refused as refusal:
            errors, status = refusal.fields or {"": refusal.message}, refusal.status
        else:
            messages.success(request, _("Changed. Pages of its products follow within a minute."))
            return HttpResponseRedirect(f"/operator/catalogue#{anchor(path)}")
    branch = next(each for each in arranging.tree(actor) if each.path == path)
    values = {
        "branch": branch,
        "is_top": row.parent_id is None,
        "parent": row.parent,
        "rooms": list(ROOMS.items()),
        "typed": {
            "name_en": data.get("name_en", "") if data else branch.name_en,
            "name_zh": data.get("name_zh", "") if data else branch.name_zh,
            "room": data.get("room", "") if data else branch.room,
        },
        "errors": errors,
    }
    return render(request, "operator/category.html", values, status=status)
