"""What sellers do by program: drafts, checks, submission, prices; the same services as the pages."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Schema
from pydantic import Field

from galleria.api.auth import actor_of
from galleria.api.endpoints import FILE_BYTES, Routes
from galleria.api.schemas import seller as out
from galleria.api.schemas.common import Cursor, Limit, PublicId, QueryText, page_out
from galleria.kit import clock, files, pages
from galleria.kit.errors import Invalid
from galleria.releasing import selectors, services

routes = Routes("Selling: releases")
VIEW, RELEASE = "seller:product:view", "seller:product:release"
ReleaseState = Literal["", "draft", "pending", "approved", "rejected"]
MOST_FILE = 1_800_000


class ReleaseList(Schema):
    """Filters and the place in the list."""

    state: ReleaseState = ""
    product: QueryText = Field("", description="Public id of a product")
    slug: QueryText = Field("", description="Slug that the document names")
    delivery: QueryText = ""
    text: QueryText = Field("", description="Part of the name")
    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/seller/releases", out.ReleasePage, needs=VIEW, problems=[422])
def list_seller_releases(request: HttpRequest, filters: Query[ReleaseList]) -> out.ReleasePage:
    """The seller's releases, those that changed last first."""
    rows = selectors.releases_of(
        actor_of(request), state=filters.state, product_id=filters.product, delivery=filters.delivery,
        text=filters.text, slug=filters.slug,
    )  # fmt: skip
    page = pages.page_of(rows, sort="-changed_at", cursor=filters.cursor or None, size=filters.limit)
    return page_out(out.ReleasePage, page, out.release_out)


@routes.write("POST", "/seller/releases", out.ReleaseDetail, status=201, needs=RELEASE, problems=[404])
def create_seller_release(request: HttpRequest, body: out.ReleaseIn) -> out.ReleaseDetail:
    """Begin a release, or get the open one of a product.

    `scratch`: a new product; `product`: a change of the live one; `rejected`: go on from the latest rejected release of
    it; `copy`: a new product like this one.
    """
    actor = actor_of(request)
    release = services.start_release(
        actor, delivery=body.delivery, product_id=body.product or None, source=body.source,
        sales_model=body.sales_model, at=clock.now(),
    )  # fmt: skip
    return _detail(request, release.public_id)


def _detail(request: HttpRequest, release_id: str) -> out.ReleaseDetail:
    release = selectors.release_of(actor_of(request), release_id)
    return out.release_detail(release, selectors.rounds_of(release))


@routes.get("/seller/releases/{release_id}", out.ReleaseDetail, needs=VIEW)
def get_seller_release(request: HttpRequest, release_id: PublicId) -> out.ReleaseDetail:
    """A release with its document, and the reviewer's words after a rejection."""
    return _detail(request, release_id)


@routes.write("PUT", "/seller/releases/{release_id}", out.ReleaseDetail, needs=RELEASE, most_bytes=FILE_BYTES)
def save_seller_release(request: HttpRequest, release_id: PublicId, body: out.DocumentIn) -> out.ReleaseDetail:
    """Keep a draft; it may be incomplete.

    DRAFT_CHANGED says that somebody else saved it since `version` was read: who, when, and which version there is.
    """
    services.save(
        actor_of(request), release_id=release_id, document=body.document, version=body.version, notes=body.notes,
        at=clock.now(),
    )  # fmt: skip
    return _detail(request, release_id)


@routes.write("DELETE", "/seller/releases/{release_id}", None, status=204, needs=RELEASE)
def delete_seller_release(request: HttpRequest, release_id: PublicId) -> None:
    """Throw a draft or a rejected release away."""
    services.delete_release(actor_of(request), release_id=release_id, at=clock.now())


@routes.get("/seller/releases/{release_id}/checks", out.ChecksOut, needs=VIEW)
def check_seller_release(request: HttpRequest, release_id: PublicId) -> out.ChecksOut:
    """Every rule asked: what keeps it from review, and what the reviewer will look at."""
    return out.checks_out(services.check(actor_of(request), release_id=release_id, at=clock.now()))


@routes.write("POST", "/seller/releases/{release_id}/submit", out.ReleaseDetail, needs=RELEASE, course="outside")
def submit_seller_release(request: HttpRequest, release_id: PublicId) -> out.ReleaseDetail:
    """Put it before the reviewers.

    RELEASE_REFUSED lists every finding; CASES_FAILED names the activities that the interface failed; ALREADY_PENDING
    names the release of the product that waits.
    """
    services.submit_release(actor_of(request), release_id=release_id, at=clock.now())
    return _detail(request, release_id)


@routes.write("POST", "/seller/releases/{release_id}/withdraw", out.ReleaseDetail, needs=RELEASE)
def withdraw_seller_release(request: HttpRequest, release_id: PublicId) -> out.ReleaseDetail:
    """Take it back from review; it is a draft again."""
    services.withdraw_release(actor_of(request), release_id=release_id, at=clock.now())
    return _detail(request, release_id)


# ----- prices -----


class Configured(Schema):
    """A configuration of a specification of a draft."""

    specification: QueryText
    choices: QueryText = Field("", description="`edition:plus,size:s`")
    mode: QueryText = Field("", description="`period:month`, `one_time`, …; empty: the first price")
    term: Annotated[int, Field(ge=1, le=120)] = 1
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    country: Annotated[str, Field(pattern=r"^([A-Z]{2})?$")] = ""


@routes.get("/seller/releases/{release_id}/price", out.PricePreviewOut, needs=VIEW, problems=[422])
def preview_seller_price(request: HttpRequest, release_id: PublicId, asked: Query[Configured]) -> out.PricePreviewOut:
    """What a buyer of a country would pay for a configuration, and what the seller gets after the fee."""
    found = services.price_preview(
        actor_of(request), release_id=release_id, specification=asked.specification,
        choices=out.choices_of(asked.choices), mode=asked.mode, term=asked.term, quantity=asked.quantity,
        country=asked.country, at=clock.now(),
    )  # fmt: skip
    return out.price_preview_out(found)


@routes.get(
    "/seller/releases/{release_id}/prices/{specification}", None, needs=VIEW, problems=[404], media_type="text/csv"
)
def get_seller_prices(request: HttpRequest, release_id: PublicId, specification: PublicId) -> HttpResponse:
    """The prices of a specification as CSV: a row a combination, a column a way of paying or a band of it."""
    text = services.skus_csv(actor_of(request), release_id=release_id, specification=specification)
    return HttpResponse(text, content_type="text/csv; charset=utf-8")


@routes.write(
    "PUT", "/seller/releases/{release_id}/prices/{specification}", out.ReleaseDetail, needs=RELEASE,
    most_bytes=FILE_BYTES,
)  # fmt: skip
def set_seller_prices(
    request: HttpRequest, release_id: PublicId, specification: PublicId, body: out.PricesIn
) -> out.ReleaseDetail:
    """Take the prices of a specification from CSV, all or none.

    Ways of paying, terms and bands are those of the draft; the file has the amounts. PRICES_REFUSED lists each problem
    with row and column.
    """
    services.read_skus_csv(
        actor_of(request), release_id=release_id, specification=specification, text=body.csv, version=body.version,
        at=clock.now(),
    )  # fmt: skip
    return _detail(request, release_id)


# ----- files -----


@routes.write("POST", "/seller/files", out.FileOut, status=201, needs=RELEASE, most_bytes=FILE_BYTES)
def create_seller_file(request: HttpRequest, body: out.FileIn) -> out.FileOut:
    """Keep a file that documents can name: a logo, a picture, a guide, a certificate.

    What it is, its content says. Larger files than the body allows are uploaded in the editor.
    """
    try:
        data = base64.b64decode(body.content, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(fields={"content": _("This is not Base64.")}) from None
    kinds = (*files.PICTURES, *files.DOCUMENTS)
    row = files.store(
        actor_of(request), files.Content(body.name, data), purpose="release", types=tuple(dict.fromkeys(kinds)),
        most_bytes=MOST_FILE, at=clock.now(), field="content",
    )  # fmt: skip
    return out.file_out(row)
