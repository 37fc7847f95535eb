"""A2: keys of programs. A secret is shown once, on the page that answers its making."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.kit import clock
from galleria.kit.errors import NotFound, Refused
from galleria.parties import permissions, selectors, services
from galleria.web.account.guard import actor_of, done, errors_of, signed_in

LASTS = {"30": 30, "90": 90, "365": 365, "": None}


@signed_in
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """Keys with their scopes and last use."""
    actor = actor_of(request)
    may_see = not actor.is_operator
    values: dict[str, Any] = {
        "api_keys": [_key(row) for row in selectors.api_keys_of(actor)] if may_see else [],
        "access_keys": selectors.access_keys_of(actor) if may_see else [],
        "may_manage": actor.may("iam:key:manage"),
        "missing": _("You need the permission %(action)s. Ask an administrator of your account for it.")
        % {"action": "iam:key:manage"},
        "now": clock.now(),
    }
    return render(request, "account/keys.html", values)


def _key(row: Any) -> dict[str, Any]:
    expired = row.expires_at is not None and row.expires_at <= clock.now()
    state = "revoked" if row.revoked_at else "expired" if expired else "active"
    scopes = [permissions.ACTIONS[name].covers for name in row.scopes if name in permissions.ACTIONS]
    return {"row": row, "state": state, "scopes": scopes}


@signed_in
@require_http_methods(["GET", "POST"])
def new_api_key(request: HttpRequest) -> HttpResponse:
    """Make an API key and show it once."""
    actor = actor_of(request)
    actor.require("iam:key:manage")
    scopes = request.POST.getlist("scopes")
    typed = {"name": request.POST.get("name", ""), "lasts": request.POST.get("lasts", "90"), "scopes": scopes}
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        at = clock.now()
        days = LASTS.get(str(typed["lasts"]), 90)
        try:
            key, token = services.create_api_key(
                actor, name=str(typed["name"]), scopes=scopes, at=at,
                expires_at=at + timedelta(days=days) if days else None,
            )  # fmt: skip
        except NotFound:
            raise
        except Refused as refusal:
            errors, status = errors_of(refusal), refusal.status
        else:
            return _shown_once(request, {"key": key, "token": token})
    mine = [action for name, action in permissions.ACTIONS.items() if name in actor.permissions]
    values = {"typed": typed, "errors": errors, "actions": mine}
    return render(request, "account/key_new.html", values, status=status)


@signed_in
@require_http_methods(["GET", "POST"])
def new_access_key(request: HttpRequest) -> HttpResponse:
    """Make an AK/SK pair and show it once."""
    actor = actor_of(request)
    actor.require("iam:key:manage")
    typed = {"name": request.POST.get("name", "")}
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            pair, secret = services.create_access_key(actor, name=typed["name"], at=clock.now())
        except NotFound:
            raise
        except Refused as refusal:
            errors, status = errors_of(refusal), refusal.status
        else:
            return _shown_once(request, {"pair": pair, "secret": secret})
    return render(request, "account/pair_new.html", {"typed": typed, "errors": errors}, status=status)


def _shown_once(request: HttpRequest, values: dict[str, Any]) -> HttpResponse:
    response = render(request, "account/key_once.html", values)
    response["Cache-Control"] = "no-store"
    return response


@signed_in
@require_POST
def revoke_api_key(request: HttpRequest, key_id: str) -> HttpResponse:
    """The key stops working."""
    key = services.revoke_api_key(actor_of(request), key_id=key_id, at=clock.now())
    return done(request, _("The key %(name)s does not work any more.") % {"name": key.name}, "/account/keys")


@signed_in
@require_POST
def revoke_access_key(request: HttpRequest, access_key: str) -> HttpResponse:
    """The pair stops working."""
    pair = services.revoke_access_key(actor_of(request), access_key=access_key, at=clock.now())
    return done(request, _("The key %(name)s does not work any more.") % {"name": pair.name}, "/account/keys")
