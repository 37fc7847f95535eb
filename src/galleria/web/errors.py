"""Refusals and faults as pages (screens A5; states UI-ST-05 to UI-ST-10).

Every normal "no" is a `Refused`: its sentence is shown as it is. Whatever else goes wrong is our fault and
says so, with the request's id to quote. A request of htmx gets the same notice as a fragment.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import NotFound, PermissionMissing, Refused, TooManyRequests, Unavailable
from galleria.web import context

log = structlog.get_logger(__name__)
_FALLBACK = Path(__file__).parent / "static" / "fallback.html"


@dataclass(frozen=True)
class Kind:
    """How a status looks: heading, first sentence, icon."""

    heading: str | Promise
    sentence: str | Promise
    icon: str


KINDS: dict[int, Kind] = {
    400: Kind(
        _("That request was not understood"),
        _("Something in the address or the form is not valid. Go back and try again."),
        "alert",
    ),
    403: Kind(_("You may not do this"), _("Your rights in this account do not include it."), "lock"),
    404: Kind(
        _("Nothing hangs here"),
        _("We could not find that. It may have been removed, or it belongs to someone else."),
        "search",
    ),
    409: Kind(_("Not possible now"), _("This is not possible any more. Reload to see the current state."), "info"),
    410: Kind(_("This is gone"), _("It was here once and has been removed for good."), "box"),
    422: Kind(_("Please check what you entered"), _("Please correct what is marked."), "alert"),
    429: Kind(_("That was too often"), _("Please wait a little and try again."), "clock"),
    500: Kind(
        _("That is our fault"),
        _(
            "Something broke on our side. Nothing was charged twice and what you typed is still in "
            "the form: go back and try again."
        ),
        "stop",
    ),
    503: Kind(
        _("Not available just now"),
        _("A service that we need does not answer. Nothing was lost; please try again later."),
        "pause",
    ),
}


def refused_page(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """A refusal as a page, or as a fragment for htmx, with its status."""
    kind = KINDS.get(refusal.status, KINDS[409])
    values = {
        "kind": kind,
        "status": refusal.status,
        "code": refusal.code,
        "sentence": refusal.message,
        "fields": refusal.fields,
        "missing_permission": getattr(refusal, "action", ""),
        "is_fault": False,
    }
    template = "errors/fragment.html" if context.of(request).is_fragment else "errors/page.html"
    response = render(request, template, values, status=refusal.status)
    if isinstance(refusal, TooManyRequests):
        response["Retry-After"] = str(refusal.retry_after)
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Cookie"])
    return response


def error_page(request: HttpRequest, status: int) -> HttpResponse:
    """The page of a status without a refusal; falls back to a file that needs nothing."""
    kind = KINDS[status]
    values = {
        "kind": kind,
        "status": status,
        "code": "",
        "sentence": str(kind.sentence),
        "fields": {},
        "missing_permission": "",
        "is_fault": status >= 500,
    }
    try:
        template = "errors/fragment.html" if context.of(request).is_fragment else "errors/page.html"
        with context.current(context.of(request)):
            response = render(request, template, values, status=status)
            patch_vary_headers(response, ["Cookie"])
            return response
    except Exception:
        if status < 500:
            raise
        log.exception("error_page_failed")
        return fallback_page(status)


def fallback_page(status: int) -> HttpResponse:
    """A file that needs neither database nor template."""
    response = HttpResponse(_FALLBACK.read_bytes(), status=status, content_type="text/html; charset=utf-8")
    response._csp_exempt = True  # type: ignore[attr-defined]  # its style is inside: it needs no other file
    if status == 503:
        response["Retry-After"] = "5"
    return response


def _database_is_away(error: BaseException | None) -> bool:
    """Whether the database cannot be reached or written: not our fault in the code, and it passes."""
    return isinstance(error, (OperationalError, InterfaceError))


# --- what the URL configuration names ---------------------------------------------------------------------
def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    # The framework calls this while it handles the exception, also one of a middleware.
    if _database_is_away(sys.exc_info()[1]):
        return fallback_page(503)
    return error_page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from an expired page or another site."""
    refusal = Refused(
        _("This form was open for too long, or cookies are off. Go back, reload the page and send it again."),
        code="FORM_EXPIRED",
        status=403,
    )
    return refused_page(request, refusal)


def _holds_null(request: HttpRequest) -> bool:
    """Whether the address holds a null character, which no database text can; nothing of ours has such a name."""
    if request.path.startswith("/api/"):
        return False
    return "\x00" in request.path or "%00" in request.META.get("QUERY_STRING", "")


def _posts_null(request: HttpRequest) -> bool:
    """Whether a form holds a null character in a field; nobody types one, and no database text can hold it."""
    return any("\x00" in text for name, texts in request.POST.lists() for text in (name, *texts))


class PageMiddleware:
    """Gives each request its `page`, and turns refusals of views into pages.

    The API answers refusals itself, with problem details.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with context.current(context.of(request)):
            if _holds_null(request):
                return error_page(request, 404)
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: object
    ) -> HttpResponse | None:
        # What is exempt is no form of ours, and may read its body itself; the library's forms name the field.
        is_ours = not getattr(view, "csrf_exempt", False) and not view.__module__.startswith("allauth.")
        if request.method == "POST" and is_ours and _posts_null(request):
            return error_page(request, 400)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if request.path.startswith("/api/"):
            return None
        if _database_is_away(exception):
            log.error("database_is_away", error=str(exception)[:200])
            return fallback_page(503)
        if not isinstance(exception, Refused):
            return None
        return refused_page(request, exception)


__all__ = ["NotFound", "PageMiddleware", "PermissionMissing", "Unavailable", "error_page", "refused_page"]
