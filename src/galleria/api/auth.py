"""Who asks: a program with an API key, a person's browser with its session, or, where it is allowed, anybody.

A key is never accepted from an address or a body. With a session cookie a write needs the CSRF token too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from galleria.api.problems import CsrfFailed
from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.parties import selectors
from galleria.parties import services as parties
from galleria.parties.services import KeyNotValid


class ApiKey(HttpBearer):
    """`Authorization: Bearer gak_…`; what the key may do are its scopes as far as its user has them."""

    def __call__(self, request: HttpRequest) -> Actor | None:
        header = request.headers.get("Authorization", "")
        if not header:
            return None
        scheme, _space, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise KeyNotValid
        return self.authenticate(request, token.strip())

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        return parties.authenticate_api_key(
            token,
            at=clock.now(),
            request_id=str(getattr(request, "request_id", "")),
            address=str(request.META.get("REMOTE_ADDR", "")),
        )


class Session(APIKeyCookie):
    """The cookie of a person who is signed in, for pages of the same origin."""

    param_name = "sessionid"

    def __call__(self, request: HttpRequest) -> Actor | None:
        if self.param_name not in request.COOKIES:
            return None
        return self.authenticate(request, request.COOKIES[self.param_name])

    def authenticate(self, request: HttpRequest, key: str | None) -> Actor | None:
        actor = selectors.actor_of_request(request)
        if not actor.is_signed_in:
            return None
        if request.method not in {"GET", "HEAD"} and check_csrf(request):
            raise CsrfFailed
        return replace(actor, channel="api")


class Anybody:
    """Nobody in particular: what visitors see."""

    def __call__(self, request: HttpRequest) -> Actor:
        return Actor(
            channel="api",
            request_id=str(getattr(request, "request_id", "")),
            address=str(request.META.get("REMOTE_ADDR", "")),
        )


SIGNED_IN: list[Any] = [ApiKey(), Session()]
FOR_ALL: list[Any] = [ApiKey(), Session(), Anybody()]


def actor_of(request: HttpRequest) -> Actor:
    """Who asks, after the endpoint's authentication."""
    actor: Actor = request.auth  # type: ignore[attr-defined]
    return actor
