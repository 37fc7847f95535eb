"""A1: one's own profile and security."""

from __future__ import annotations

import json
import zoneinfo
from functools import lru_cache
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import get_adapter as identity_adapter
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.notifying import selectors as notifying
from galleria.parties import services
from galleria.supporting import services as supporting
from galleria.web import preferences
from galleria.web.account.guard import actor_of, done, errors_of, signed_in

FIELDS = ("name", "language", "time_zone", "theme", "density", "phone")


@lru_cache(maxsize=1)
def zones() -> list[str]:
    """Time zones by region, as people look for them."""
    kept = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
    return ["UTC", *sorted(name for name in zoneinfo.available_timezones() if name.startswith(kept))]


@signed_in
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Name, language, zone, looks; passkeys, second step, sessions; own data."""
    actor = actor_of(request)
    if request.method == "POST":
        values = {name: request.POST.get(name, "") for name in FIELDS}
        try:
            user = services.change_profile(actor, at=clock.now(), **values)
        except Refused as refusal:
            return _profile(request, values, errors_of(refusal), refusal.status)
        response = done(request, _("Your profile is saved."), "/account/")
        preferences.remember(response, {"language": user.language, "theme": user.theme, "density": user.density})
        return response
    return _profile(request, {}, {}, 200)


def _profile(request: HttpRequest, typed: dict[str, str], errors: dict[str, str], status: int) -> HttpResponse:
    user: Any = request.user
    values = {name: getattr(user, name) for name in FIELDS} | typed
    authenticators = list(Authenticator.objects.filter(user=user))
    passkeys = [row.wrap() for row in authenticators if row.type == Authenticator.Type.WEBAUTHN]
    codes = next((row.wrap() for row in authenticators if row.type == Authenticator.Type.RECOVERY_CODES), None)
    return render(
        request,
        "account/profile.html",
        {
            "values": values,
            "errors": errors,
            "languages": settings.LANGUAGES,
            "zones": [(name, name.replace("_", " ")) for name in zones()],
            "email": user.email,
            "is_confirmed": EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists(),
            "passkeys": passkeys,
            "has_totp": any(row.type == Authenticator.Type.TOTP for row in authenticators),
            "codes_left": len(codes.get_unused_codes()) if codes else 0,
            "has_password": user.has_usable_password(),
            "session_count": UserSession.objects.filter(user=user).count(),
            "has_identities": bool(settings.SOCIALACCOUNT_PROVIDERS),
            "identities": list(SocialAccount.objects.filter(user=user)) if settings.SOCIALACCOUNT_PROVIDERS else [],
        },
        status=status,
    )


@signed_in
@require_safe
def own_data(request: HttpRequest) -> HttpResponse:
    """Everything we keep about the person, as one JSON file."""
    actor = actor_of(request)
    data = notifying.own_data(actor)
    services.record_export(actor, at=clock.now())
    response = HttpResponse(
        json.dumps(data, ensure_ascii=False, indent=2), content_type="application/json; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@signed_in
@require_POST
def ask_for_deletion(request: HttpRequest) -> HttpResponse:
    """The wish to be forgotten becomes a ticket, since the law makes the operator keep some things."""
    supporting.ask_for_deletion(actor_of(request), at=clock.now())
    return done(
        request,
        _("We have noted your wish. You will get an answer by mail within 30 days; until then nothing changes."),
        "/account/#own-data",
    )


def sign_in_providers(request: HttpRequest) -> list[Any]:
    """Providers of identities that the operator has configured."""
    return list(identity_adapter().list_providers(request)) if settings.SOCIALACCOUNT_PROVIDERS else []
