"""What holds for every address below /api/: only JSON of a reasonable size comes in, problems go out."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from galleria.api import problems
from galleria.api.endpoints import BODY_BYTES
from galleria.kit.errors import NotFound

View = Callable[..., HttpResponseBase]


def guarded(view: View, most_bytes: int = BODY_BYTES) -> View:
    """The view with its refusals as problem details; a method that it does not know is one of them."""

    @csrf_exempt  # writes with a session cookie check the token themselves (`auth`)
    @wraps(view)
    def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            _check_body(request, most_bytes)
            response = view(request, *args, **kwargs)
        except Exception as error:
            return problems.on_exception(request, error)
        if response.status_code == 405:
            answer = problems.problem(request, problems.MethodNotAllowed())
            answer["Allow"] = response["Allow"]
            return answer
        return response

    return guard


def _check_body(request: HttpRequest, most_bytes: int) -> None:
    if request.method not in {"POST", "PUT", "DELETE", "PATCH"}:
        return
    if int(request.META.get("CONTENT_LENGTH") or 0) > most_bytes:
        raise problems.BodyTooLarge
    if request.body and request.content_type != "application/json":
        raise problems.MediaTypeNotSupported


@guarded
def unknown(request: HttpRequest, rest: str = "") -> HttpResponseBase:
    """An address that the API does not have."""
    raise NotFound
