"""S6: interface keys: shown with a record, changed at an instant."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from galleria.connecting import selectors, services
from galleria.kit import clock
from galleria.kit.errors import Invalid, Refused
from galleria.selling import selectors as selling
from galleria.web import context
from galleria.web.access import actor_of, signed_in
from galleria.web.seller import interface_words as said

HERE = "/seller/interface/keys"


@require_safe
@signed_in(said.VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """Every interface type with its key; the values are shown on demand."""
    return _page(request)


def _page(request: HttpRequest, errors: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    seller = selectors.seller_of(actor)
    kind = request.POST.get("kind") or request.GET.get("kind") or "base"
    values = {
        **said.common(request, actor, "keys"),
        "keys": selectors.keys_of(actor, at),
        "notes": said.KEY_NOTES,
        "kinds": list(said.KEY_KINDS.items()),
        "kind": kind,
        "affected": selling.names_for(actor, services.products_with_key(seller, kind)),
        "typed": request.POST,
        "errors": errors or {},
        "zone": context.of(request).zone,
        "at": at,
    }
    return render(request, "seller/interface_keys.html", values, status=status)


@require_POST
@signed_in(said.VIEW)
def make(request: HttpRequest) -> HttpResponse:
    """A new key, from now or from a later time on."""
    actor, at = actor_of(request), clock.now()
    try:
        services.make_key(
            actor, kind=request.POST.get("kind", ""), active_from=_instant(request), sure="sure" in request.POST, at=at
        )
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        return _page(request, refusal.fields or {"": refusal.message}, refusal.status)
    messages.success(request, _("The key is made. Show it, and give it to your server."))
    return HttpResponseRedirect(HERE)


def _instant(request: HttpRequest) -> datetime | None:
    """The time that was typed, in the reader's zone; nothing means now."""
    text = request.POST.get("active_from", "").strip()
    if not text:
        return None
    try:
        typed = datetime.fromisoformat(text.replace(" ", "T"))
    except ValueError:
        raise Invalid(fields={"active_from": _("Give a time as 2027-01-31 14:00.")}) from None
    return typed if typed.tzinfo else typed.replace(tzinfo=context.of(request).zone)


@require_POST
@signed_in(said.VIEW)
def reveal(request: HttpRequest, key_pk: int) -> HttpResponse:
    """The key on a page of its own that no cache keeps."""
    form = "base64" if request.POST.get("form") == "base64" else "plain"
    value = services.reveal_key(actor_of(request), key_pk=key_pk, form=form, at=clock.now())  # type: ignore[arg-type]
    values = {**said.common(request, actor_of(request), "keys"), "value": value, "form": form, "key_pk": key_pk}
    response = render(request, "seller/interface_key.html", values)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@signed_in(said.VIEW)
def withdraw(request: HttpRequest, key_pk: int) -> HttpResponse:
    """A key that waits for its time is taken back."""
    services.withdraw_key(actor_of(request), key_pk=key_pk, at=clock.now())
    messages.success(request, _("The key is withdrawn; the one in use stays."))
    return HttpResponseRedirect(HERE)
