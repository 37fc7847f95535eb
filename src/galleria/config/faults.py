"""What is answered when a request does not come to a view: problem details below /api/, pages elsewhere."""

from __future__ import annotations

import sys

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse

from galleria.api import problems
from galleria.kit.errors import NotFound
from galleria.web import errors


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Also a header Host that names another site."""
    if not _is_api(request):
        return errors.bad_request(request, exception)
    is_host = isinstance(exception, DisallowedHost)
    return problems.problem(request, problems.HostNotKnown() if is_host else problems.BadRequest())


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The framework itself does not permit it."""
    if not _is_api(request):
        return errors.forbidden(request, exception)
    return problems.problem(request, problems.NotPermitted())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No address is like this."""
    return problems.problem(request, NotFound()) if _is_api(request) else errors.not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """A fault before or after the view; called while it is handled, so that it can be looked at."""
    error = sys.exc_info()[1]
    if not _is_api(request):
        return errors.server_error(request)
    return problems.on_exception(request, error if isinstance(error, Exception) else problems.Fault())
