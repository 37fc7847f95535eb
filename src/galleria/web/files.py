"""Files that people gave us, given out: to their account, to the operator, or to everybody when they are public.

Only pictures that we checked bit by bit are shown inside pages; everything else is a download. Whatever a file is, the
browser may neither guess its type nor run anything in it.
"""

from __future__ import annotations

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from galleria.kit import files
from galleria.web.access import actor_of

_AT_ONCE = 2 * files.MB
_NOTHING_RUNS = "default-src 'none'; sandbox; frame-ancestors 'none'"


@require_safe
def show(request: HttpRequest, file_id: str) -> HttpResponseBase:
    """The bytes of a file. Raises NotFound for strangers, as for a file that does not exist."""
    row = files.file_for(actor_of(request), file_id)
    tag = f'"{row.sha256[:32]}"'
    response: HttpResponseBase
    if request.headers.get("If-None-Match", "").removeprefix("W/") == tag:
        response = HttpResponseNotModified()
    else:
        response = _whole(row) if row.size <= _AT_ONCE else _streamed(row)
        inline = files.TYPES[row.kind].inline and "download" not in request.GET
        response["Content-Disposition"] = content_disposition_header(not inline, row.name) or "attachment"
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = _NOTHING_RUNS
        response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["ETag"] = tag
    response["Cache-Control"] = "public, max-age=3600" if row.is_public else "private, no-cache"
    if not row.is_public:
        response["Vary"] = "Cookie"
    return response


def _whole(row: files.StoredFile) -> HttpResponse:
    with files.open_file(row) as content:
        return HttpResponse(content.read(), content_type=row.media_type)


def _streamed(row: files.StoredFile) -> FileResponse:
    response = FileResponse(files.open_file(row), content_type=row.media_type)
    response["Content-Length"] = str(row.size)
    return response
