"""The document for programs, and the same for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from galleria.api.document import document
from galleria.api.guard import guarded


@guarded
def openapi(request: HttpRequest) -> HttpResponse:
    """The description of the API."""
    response = JsonResponse(document())
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def reference(request: HttpRequest) -> HttpResponse:
    """The description as a page."""
    return HttpResponse("")
