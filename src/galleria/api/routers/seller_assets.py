"""Assets by program: added, uploaded in pieces, scanned; the same services as the pages."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Callable
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Schema

from galleria.api.auth import actor_of
from galleria.api.endpoints import FILE_BYTES, Routes
from galleria.api.schemas import assets as out
from galleria.api.schemas.common import Cursor, Limit, PublicId, QueryText, page_out
from galleria.assets import selectors, services
from galleria.kit import clock, pages
from galleria.kit.errors import Invalid

routes = Routes("Selling: assets")
VIEW, MANAGE = selectors.VIEW, selectors.MANAGE


class AssetList(Schema):
    """Filters and the place in the list."""

    kind: Literal["", "image", "package", "saas_site", "container"] = ""
    text: QueryText = ""
    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/seller/assets", out.AssetPage, needs=VIEW, problems=[422])
def list_seller_assets(request: HttpRequest, filters: Query[AssetList]) -> out.AssetPage:
    """The seller's assets, those that changed last first."""
    rows = selectors.assets_of(actor_of(request), kind=filters.kind, text=filters.text)
    page = pages.page_of(rows, sort="-changed_at", cursor=filters.cursor or None, size=filters.limit)
    return page_out(out.AssetPage, page, out.asset_line)


@routes.write("POST", "/seller/assets", out.AssetOut, status=201, needs=MANAGE, course="reads_first")
def create_seller_asset(request: HttpRequest, body: out.AssetIn) -> Callable[[], out.AssetOut]:
    """Add an asset with its first version as a draft.

    TOO_MANY_SITES says that the seller has all the sites that one may have.
    """
    add = services.asset_to_add(
        actor_of(request), kind=body.kind, name=body.name, note=body.note, label=body.version, address=body.address,
        login_mode=body.login_mode, consent=body.consent, checklist=body.checklist, at=clock.now(),
    )  # fmt: skip
    return lambda: out.asset_out(add())


@routes.get("/seller/assets/{asset_id}", out.AssetOut, needs=VIEW)
def get_seller_asset(request: HttpRequest, asset_id: PublicId) -> out.AssetOut:
    """An asset with its versions; of a site with the file that proves it."""
    return out.asset_out(selectors.asset_of(actor_of(request), asset_id))


@routes.write("PUT", "/seller/assets/{asset_id}", out.AssetOut, needs=MANAGE)
def change_seller_asset(request: HttpRequest, asset_id: PublicId, body: out.AssetChangeIn) -> out.AssetOut:
    """Change name, note and how one signs in; SCAN_RUNNING while a version is scanned."""
    row = services.edit_asset(
        actor_of(request), asset_id=asset_id, name=body.name, note=body.note, login_mode=body.login_mode,
        at=clock.now(),
    )  # fmt: skip
    return out.asset_out(row)


@routes.write("DELETE", "/seller/assets/{asset_id}", None, status=204, needs=MANAGE)
def delete_seller_asset(request: HttpRequest, asset_id: PublicId) -> None:
    """Delete an asset with its versions; ASSET_IN_USE names the released products that are delivered from it."""
    services.delete_asset(actor_of(request), asset_id=asset_id, at=clock.now())


@routes.write("POST", "/seller/assets/{asset_id}/verify", out.AssetOut, needs=MANAGE, course="outside")
def verify_seller_asset(request: HttpRequest, asset_id: PublicId) -> out.AssetOut:
    """Look for the verification file of a site now; `verify_problem` says what was seen instead."""
    return out.asset_out(services.verify_site(actor_of(request), asset_id=asset_id, at=clock.now()))


@routes.write("POST", "/seller/assets/{asset_id}/versions", out.VersionOut, status=201, needs=MANAGE)
def create_asset_version(request: HttpRequest, asset_id: PublicId, body: out.VersionIn) -> out.VersionOut:
    """Another version as a draft; approved ones stay usable."""
    actor, at = actor_of(request), clock.now()
    row = services.add_version(actor, asset_id=asset_id, label=body.version, note=body.note, at=at)
    if body.image_id is not None:
        row = _change(request, row.public_id, body)
    return out.version_out(selectors.version_of(actor, row.public_id))


def _change(request: HttpRequest, version_id: str, body: out.VersionIn) -> Any:
    return services.edit_version(
        actor_of(request), version_id=version_id, label=body.version, note=body.note, image_id=body.image_id,
        regions=body.regions, agency=body.agency, security_rules=body.security_rules, at=clock.now(),
    )  # fmt: skip


@routes.get("/seller/asset-versions/{version_id}", out.VersionOut, needs=VIEW)
def get_asset_version(request: HttpRequest, version_id: PublicId) -> out.VersionOut:
    """A version with the report of its last scan."""
    return out.version_out(selectors.version_of(actor_of(request), version_id))


@routes.write("PUT", "/seller/asset-versions/{version_id}", out.VersionOut, needs=MANAGE)
def change_asset_version(request: HttpRequest, version_id: PublicId, body: out.VersionIn) -> out.VersionOut:
    """Change a version; what was approved is scanned again, unless a released product uses it."""
    _change(request, version_id, body)
    return out.version_out(selectors.version_of(actor_of(request), version_id))


@routes.write("DELETE", "/seller/asset-versions/{version_id}", None, status=204, needs=MANAGE)
def delete_asset_version(request: HttpRequest, version_id: PublicId) -> None:
    """Delete a version that no released product uses."""
    services.delete_version(actor_of(request), version_id=version_id, at=clock.now())


@routes.write("POST", "/seller/asset-versions/{version_id}/scan", out.VersionOut, needs=MANAGE)
def scan_asset_version(request: HttpRequest, version_id: PublicId) -> out.VersionOut:
    """Have a version scanned; read it again for the result.

    ASSET_NOT_READY says what is missing, DOMAIN_IS_BEING_SCANNED that another scan of the domain runs.
    """
    services.submit_version(actor_of(request), version_id=version_id, at=clock.now())
    return out.version_out(selectors.version_of(actor_of(request), version_id))


@routes.write("POST", "/seller/asset-versions/{version_id}/uploads", out.UploadOut, status=201, needs=MANAGE)
def create_asset_upload(request: HttpRequest, version_id: PublicId, body: out.UploadIn) -> out.UploadOut:
    """Begin an upload, or get the one of the same name and size that stopped; go on at its `offset`."""
    row = services.start_upload(
        actor_of(request), version_id=version_id, name=body.name, size=body.size, at=clock.now()
    )
    return out.upload_out(row)


@routes.get("/seller/asset-uploads/{upload_id}", out.UploadOut, needs=VIEW)
def get_asset_upload(request: HttpRequest, upload_id: PublicId) -> out.UploadOut:
    """How far an upload is."""
    return out.upload_out(selectors.upload_of(actor_of(request), upload_id))


@routes.write(
    "PUT", "/seller/asset-uploads/{upload_id}", out.UploadOut, needs=MANAGE, repeat="unkept", course="outside",
    most_bytes=FILE_BYTES,
)  # fmt: skip
def send_asset_piece(request: HttpRequest, upload_id: PublicId, body: out.PieceIn) -> out.UploadOut:
    """Send the next piece of up to 1.8 MB; WRONG_OFFSET tells in `offset` where to go on.

    With the last piece the file is checked, which may take a while for a long one: read the upload until its state is
    `taken` or `refused`.
    """
    try:
        data = base64.b64decode(body.content, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(fields={"content": _("This is not Base64.")}) from None
    actor = actor_of(request)
    services.piece_came(actor, upload_id=upload_id, offset=body.offset, piece=io.BytesIO(data), at=clock.now())
    return out.upload_out(selectors.upload_of(actor, upload_id))


@routes.write("DELETE", "/seller/asset-uploads/{upload_id}", None, status=204, needs=MANAGE)
def delete_asset_upload(request: HttpRequest, upload_id: PublicId) -> None:
    """Stop an upload and forget what came of it."""
    services.drop_upload(actor_of(request), upload_id=upload_id, at=clock.now())


@routes.get("/seller/asset-images", out.ImagesOut, needs=VIEW)
def list_asset_images(request: HttpRequest) -> out.ImagesOut:
    """The account's images with the reasons why one cannot be an asset."""
    source = selectors.image_source()
    items = [out.image_out(choice) for choice in selectors.images_for(actor_of(request))]
    return out.ImagesOut(source=str(source.name), is_demo=source.is_demo, items=items)
