"""The seller's attributes: what specifications are built from; the marketplace's own beside them (S-ATR-001)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.releasing import services
from galleria.web import lists
from galleria.web.access import actor_of, signed_in
from galleria.web.seller.products import MANAGE, VIEW

HERE = "/seller/attributes"
KINDS = {"choice": gettext_lazy("Choice"), "quantity": gettext_lazy("Quantity")}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """The library, by kind and by a part of the name, and the form for a new one."""
    actor, errors = actor_of(request), {}
    if request.method == "POST":
        actor.require(MANAGE)
        try:
            row = services.create_attribute(
                actor, kind=request.POST.get("kind", ""), **_typed(request), code=request.POST.get("code", "")[:60],
                at=clock.now(),
            )  # fmt: skip
        except Refused as refusal:
            if not refusal.fields:
                raise
            errors = refusal.fields
        else:
            messages.success(
                request, _("%(name)s can be used in every specification now.") % {"name": row.name}
            )  # fmt: skip
            return HttpResponseRedirect(HERE)
    data = request.GET
    kind, text = lists.one_of(data, "type", KINDS), lists.text_of(data, "q", 60)
    values = {
        "rows": services.library_of(actor, kind=kind, text=text),
        "kinds": KINDS,
        "kind": kind,
        "text": text,
        "options": lists.options(_("Any kind"), KINDS),
        "typed": request.POST,
        "errors": errors,
        "may_manage": actor.may(MANAGE),
    }
    return render(request, "seller/attributes.html", values, status=422 if errors else 200)


def _typed(request: HttpRequest) -> dict[str, Any]:
    given = request.POST
    return {"name": given.get("name", "")[:60], "description": given.get("description", "")[:400]}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(MANAGE)
def one(request: HttpRequest, code: str) -> HttpResponse:
    """Rename an attribute of one's own, describe it anew, or delete it."""
    actor, at, errors = actor_of(request), clock.now(), {}
    row = services.attribute_of(actor, code)
    if request.method == "POST":
        try:
            if request.POST.get("do") == "delete":
                services.delete_attribute(actor, code=code, at=at)
                messages.success(
                    request, _("%(name)s is gone from the library. Products keep what they have.") % {"name": row.name}
                )
            else:
                services.change_attribute(actor, code=code, **_typed(request), at=at)
                messages.success(request, _("Saved."))
        except Refused as refusal:
            if not refusal.fields:
                raise
            errors = refusal.fields
        else:
            return HttpResponseRedirect(HERE)
    found = next(each for each in services.library_of(actor) if each.row.pk == row.pk)
    typed = request.POST if errors else {"name": row.name, "description": row.description}
    values = {"found": found, "row": row, "kinds": KINDS, "typed": typed, "errors": errors}
    return render(request, "seller/attribute.html", values, status=422 if errors else 200)
