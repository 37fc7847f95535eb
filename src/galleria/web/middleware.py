"""Request ids for logs and error pages, and the actor of a request."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

_ACCEPTED_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")
_QUIET = ("/static/", "/healthz", "/readyz", "/metrics")
log = structlog.get_logger("galleria.access")


class RequestIdMiddleware:
    """Gives each request an id (or keeps the proxy's), logs with it and answers it in `X-Request-ID`.

    Writes one line per request: method, path without its query (which may hold secrets), status, milliseconds.
    Behind a proxy the client's address is the last one that the proxy added, never one that the client sent.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.behind_proxy = bool(settings.GALLERIA_BEHIND_PROXY)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        begun = time.perf_counter()
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _ACCEPTED_ID.match(given) else uuid.uuid4().hex
        request.request_id = request_id  # type: ignore[attr-defined]
        if self.behind_proxy and (hops := request.headers.get("X-Forwarded-For")):
            request.META["REMOTE_ADDR"] = hops.rpartition(",")[2].strip()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        write = log.debug if request.path_info.startswith(_QUIET) else log.info
        write(
            "request",
            method=request.method,
            path=request.path_info,
            status=response.status_code,
            ms=round((time.perf_counter() - begun) * 1000, 1),
            address=request.META.get("REMOTE_ADDR", ""),
        )
        return response


class ActorMiddleware:
    """`request.actor`: who acts, for which account, with which permissions (`parties.selectors`); lazy, so
    that public pages read nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        from galleria.parties import selectors

        request.actor = SimpleLazyObject(lambda: selectors.actor_of_request(request))  # type: ignore[attr-defined]
        return self.get_response(request)
