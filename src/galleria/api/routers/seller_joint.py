"""Requests for the joint operations programme, by program: the same services as the pages (S-JOP)."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Schema

from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.schemas import seller_joint as out
from galleria.api.schemas.common import Cursor, Limit, PublicId, page_out
from galleria.api.schemas.seller import ReleaseDetail, release_detail
from galleria.kit import clock, pages
from galleria.releasing import selectors, services

routes = Routes("Selling: joint operations")
VIEW, RELEASE = "seller:product:view", "seller:product:release"


class CertificateList(Schema):
    """The place in the list."""

    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/seller/joint-certificates", out.CertificatePage, needs=VIEW, problems=[422])
def list_joint_certificates(request: HttpRequest, filters: Query[CertificateList]) -> out.CertificatePage:
    """The seller's requests and certificates, the newest first."""
    rows = services.certificates_of(actor_of(request)).select_related("seller")
    page = pages.page_of(rows, sort="-created_at", cursor=filters.cursor or None, size=filters.limit)
    return page_out(out.CertificatePage, page, _out)


def _out(row: object) -> out.CertificateOut:
    return out.certificate_out(row, clock.now())


@routes.write("POST", "/seller/joint-certificates", out.CertificateOut, status=201, needs=RELEASE)
def create_joint_certificate(request: HttpRequest, body: out.CertificateIn) -> out.CertificateOut:
    """Begin a request; it may be incomplete until it is submitted."""
    return _out(services.start_certificate(actor_of(request), **body.plain(), at=clock.now()))


@routes.get("/seller/joint-certificates/{certificate_id}", out.CertificateOut, needs=VIEW)
def get_joint_certificate(request: HttpRequest, certificate_id: PublicId) -> out.CertificateOut:
    """One request, with the reason when it was refused, and the agreed prices once it is certified."""
    return _out(services.certificate_of(actor_of(request), certificate_id))


@routes.write("PUT", "/seller/joint-certificates/{certificate_id}", out.CertificateOut, needs=RELEASE)
def change_joint_certificate(
    request: HttpRequest, certificate_id: PublicId, body: out.CertificateIn
) -> out.CertificateOut:
    """Keep what is filled in, before it is submitted or after a refusal."""
    row = services.change_certificate(
        actor_of(request), certificate_id=certificate_id, **body.plain(), at=clock.now()
    )  # fmt: skip
    return _out(row)


@routes.write("DELETE", "/seller/joint-certificates/{certificate_id}", None, status=204, needs=RELEASE)
def delete_joint_certificate(request: HttpRequest, certificate_id: PublicId) -> None:
    """Throw a request away that is not in review."""
    services.delete_certificate(actor_of(request), certificate_id=certificate_id, at=clock.now())


@routes.write("POST", "/seller/joint-certificates/{certificate_id}/submit", out.CertificateOut, needs=RELEASE)
def submit_joint_certificate(
    request: HttpRequest, certificate_id: PublicId, body: out.SubmitCertificateIn
) -> out.CertificateOut:
    """Send it to the first review; the programme's agreement is accepted with it."""
    row = services.submit_certificate(
        actor_of(request), certificate_id=certificate_id, accepts_agreement=body.accepts_agreement, at=clock.now()
    )
    return _out(row)


@routes.write("POST", "/seller/joint-certificates/{certificate_id}/release", ReleaseDetail, status=201, needs=RELEASE)
def release_joint_product(request: HttpRequest, certificate_id: PublicId) -> ReleaseDetail:
    """Begin the release of the certified product, with its name and specifications."""
    actor = actor_of(request)
    row = services.start_joint_release(actor, certificate_id=certificate_id, at=clock.now())
    release = selectors.release_of(actor, row.public_id)
    return release_detail(release, selectors.rounds_of(release))
