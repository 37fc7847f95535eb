"""Files of packages over HTTP: in one piece from a form, or in pieces that go on where they stopped.

`POST …/uploads` with `name` and `size` answers `{"id", "offset", "size", "state", "piece"}`; `PUT
/seller/assets/uploads/<id>?offset=N` with bytes answers the same, and 409 with the right `offset` for a piece that does
not follow; `GET` of that address says how far it is. Both want the token against forged requests.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from galleria.assets import selectors, services
from galleria.assets.services.refusals import WrongOffset
from galleria.kit import clock
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.kit.spoken import spoken
from galleria.web.access import actor_of, signed_in
from galleria.web.seller.asset_versions import address_of, version_for


@signed_in()
@require_POST
def give(request: HttpRequest, asset_id: str, version_id: str) -> HttpResponse:
    """A file from a form without scripts."""
    actor = actor_of(request)
    row = version_for(actor, asset_id, version_id)
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise Invalid(fields={"file": _("Choose a file first.")})
        services.give_file(actor, version_id=version_id, upload=upload, at=clock.now())
    except NotFound:
        raise
    except Refused as refusal:
        messages.error(request, " ".join(refusal.fields.values()) or refusal.message)
    else:
        messages.success(request, _("The file is here. Have it scanned when you are ready."))
    return HttpResponseRedirect(address_of(row))


@signed_in()
@require_POST
def start(request: HttpRequest, asset_id: str, version_id: str) -> HttpResponseBase:
    """Begin an upload, or find the one that stopped."""
    actor = actor_of(request)
    version_for(actor, asset_id, version_id)
    size = request.POST.get("size", "")
    number = int(size) if size.isascii() and size.isdigit() and len(size) < 16 else 0
    try:
        row = services.start_upload(
            actor, version_id=version_id, name=request.POST.get("name", ""), size=number, at=clock.now()
        )
    except Refused as refusal:
        return _refused(refusal)
    return JsonResponse(_told(row), status=201)


@signed_in()
@require_http_methods(["GET", "HEAD", "PUT"])
def piece(request: HttpRequest, upload_id: str) -> HttpResponseBase:
    """How far an upload is; or its next piece."""
    actor = actor_of(request)
    try:
        if request.method != "PUT":
            return JsonResponse(_told(selectors.upload_of(actor, upload_id)))
        text = request.GET.get("offset", "")
        offset = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1
        row = services.piece_came(actor, upload_id=upload_id, offset=offset, piece=request, at=clock.now())  # type: ignore[arg-type]
    except Refused as refusal:
        return _refused(refusal)
    row.refresh_from_db()
    return JsonResponse(_told(row))


@signed_in()
@require_POST
def stop(request: HttpRequest, upload_id: str) -> HttpResponse:
    """Forget an upload."""
    actor = actor_of(request)
    row = selectors.upload_of(actor, upload_id)
    services.drop_upload(actor, upload_id=upload_id, at=clock.now())
    return HttpResponseRedirect(address_of(row.version))


def _told(row: Any) -> dict[str, Any]:
    return {
        "id": row.public_id, "offset": row.received, "size": row.size, "state": row.state, "piece": services.PIECE // 2,
        "problem": spoken(row.problem),
    }  # fmt: skip


def _refused(refusal: Refused) -> JsonResponse:
    told: dict[str, Any] = {"code": refusal.code, "problem": " ".join(refusal.fields.values()) or refusal.message}
    if isinstance(refusal, WrongOffset):
        told |= refusal.extra
    return JsonResponse(told, status=refusal.status)
