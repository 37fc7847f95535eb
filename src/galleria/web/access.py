"""Who may open a page: signing in first, then the permission that the page names."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

from galleria.kit.actor import Actor
from galleria.web import context

View = Callable[..., HttpResponseBase]


def actor_of(request: HttpRequest) -> Actor:
    """Who asks."""
    return context.of(request).actor


def page_of(request: HttpRequest) -> str:
    """The address where the reader is: what was asked for, or the page of ours whose form was sent."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    before = request.headers.get("Referer", "")
    parts = urlsplit(before)
    is_ours = url_has_allowed_host_and_scheme(before, {request.get_host()}) and parts.netloc == request.get_host()
    return parts.path + (f"?{parts.query}" if parts.query else "") if is_ours and parts.path else request.path


def to_login(request: HttpRequest, back_to: str | None = None) -> HttpResponse:
    """The sign-in page, which leads back here; to the page with the form when one was sent (B-SUP-T1, UI-ST-09)."""
    target = back_to or page_of(request)
    address = f"{settings.LOGIN_URL}?{urlencode({'next': target})}"
    if context.of(request).is_fragment:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = address
        return response
    return HttpResponseRedirect(address)


def signed_in(*permissions: str) -> Callable[[View], View]:
    """Only for people who are signed in and have all of these permissions.

    Visitors are led through sign-in and back; a missing permission is named (UI-ST-07).
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor = actor_of(request)
            if actor.user_id is None:
                return to_login(request)
            for permission in permissions:
                actor.require(permission)
            response = view(request, *args, **kwargs)
            response.setdefault("Cache-Control", "private, no-cache")
            return response

        return guarded

    return decorate
