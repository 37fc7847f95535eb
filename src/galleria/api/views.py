"""The document for programs, and the same for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from galleria.api import reference as pages
from galleria.api.document import document
from galleria.api.guard import guarded


@guarded
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The description of the API."""
    response = JsonResponse(document())
    response["Cache-Control"] = "public, max-age=300"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """The description as a page."""
    return render(
        request,
        "api/reference.html",
        {
            "introduction": pages.introduction(),
            "groups": pages.groups(),
            "schemas": pages.schemas(),
            "codes": pages.codes(),
        },
    )
