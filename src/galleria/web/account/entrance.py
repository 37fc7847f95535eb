"""Sign-in pages that are ours: the lock after failures, invitations, switching accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import structlog
from allauth.socialaccount.providers.openid_connect import views as oidc
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from requests import RequestException

from galleria.kit import clock
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.parties import permissions, selectors, services
from galleria.parties.adapters.allauth import known_user, mark_verified
from galleria.web import preferences
from galleria.web.account.guard import actor_of, done, errors_of, signed_in

log = structlog.get_logger(__name__)
BACKEND = "django.contrib.auth.backends.ModelBackend"


def locked_out(request: HttpRequest, *_values: Any, **_names: Any) -> HttpResponse:
    """Five failures lock the address and the sender for 15 minutes (B-LOG-001); no word on whether it exists."""
    response = render(request, "account/locked.html", {}, status=429)
    response["Retry-After"] = "900"
    return response


@sensitive_post_parameters("password")
@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest) -> HttpResponse:
    """Accept an invitation: as who is signed in, or as a new person who chooses a name and a password.

    The token is in the query, which is in no log.
    """
    at = clock.now()
    token = request.GET.get("token", "")
    found = selectors.invitation_of_token(token, at)
    actor = actor_of(request)
    is_guest = actor.user_id is not None
    has_login = known_user(found.email) is not None
    values: dict[str, Any] = {
        "invitation": found,
        "roles": [permissions.ROLES[name] for name in found.roles if name in permissions.ROLES],
        "is_for_reader": is_guest and selectors.user_of(actor).email == found.email,
        "is_guest": is_guest,
        "has_login": has_login,
        "errors": {},
        "name": request.POST.get("name", ""),
    }
    if request.method == "POST":
        try:
            return _accept(request, token, found.email)
        except NotFound:
            raise
        except Refused as refusal:
            values["errors"] = errors_of(refusal)
            return render(request, "account/invitation.html", values, status=refusal.status)
    return render(request, "account/invitation.html", values)


def _accept(request: HttpRequest, token: str, email: str) -> HttpResponse:
    at = clock.now()
    actor = actor_of(request)
    if actor.user_id is not None:
        membership = services.accept_invitation(selectors.user_of(actor), token=token, at=at, address=actor.address)
        return done(request, _("You act for %(account)s now.") % {"account": membership.account.name}, "/account/")
    password = request.POST.get("password", "")
    user = services.prepare_user(
        email=email, name=request.POST.get("name", ""), password=password, language=get_language() or "en", at=at
    )
    if not user.name:
        raise Invalid(fields={"name": _("Give your name.")})
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(fields={"password": " ".join(error.messages)}) from None
    membership = services.join_with_invitation(user, token=token, at=at, address=actor.address)
    mark_verified(user)
    login(request, user, backend=BACKEND)
    return done(request, _("Welcome. You act for %(account)s.") % {"account": membership.account.name}, "/account/")


@signed_in
@require_http_methods(["GET", "POST"])
def switch(request: HttpRequest) -> HttpResponse:
    """Choose which of one's accounts to act for."""
    actor = actor_of(request)
    if request.method == "POST":
        account = services.switch_account(actor, account_id=request.POST.get("account", ""))
        address = "/operator/" if account.kind == "operator" else preferences.safe_next(request, "/account/")
        return done(request, _("You act for %(account)s now.") % {"account": account.name}, address)
    memberships = selectors.memberships_of(actor)
    return render(
        request,
        "account/switch.html",
        {"memberships": memberships, "current_id": actor.account_id, "next": preferences.safe_next(request, "")},
    )


def index_of_second_step(request: HttpRequest) -> HttpResponse:
    """The library's overview is part of the profile page here."""
    return HttpResponseRedirect("/account/#second-step")


def identity_login(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Go to the provider; if it does not answer, say so instead of breaking."""
    return _or_unavailable(request, oidc.login, provider_id)


def identity_callback(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """Come back from the provider, likewise."""
    return _or_unavailable(request, oidc.callback, provider_id)


def _or_unavailable(
    request: HttpRequest, view: Callable[[HttpRequest, str], HttpResponseBase], provider_id: str
) -> HttpResponseBase:
    try:
        return view(request, provider_id)
    except (RequestException, KeyError, ValueError) as error:
        # It is down, or what it says of itself is not what such a provider says.
        log.warning("identity_provider_failed", provider=provider_id, error=str(error)[:300])
        return render(request, "socialaccount/authentication_error.html", {}, status=503)
