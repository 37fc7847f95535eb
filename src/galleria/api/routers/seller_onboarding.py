"""Becoming a seller by program: the company's application and its certifications; the same services as the pages.

The application belongs to the account of somebody who is no seller yet: its endpoints are those of the account's owner.
"""

from __future__ import annotations

from django.http import HttpRequest

from galleria.api.auth import actor_of
from galleria.api.endpoints import FILE_BYTES, Routes
from galleria.api.schemas import onboarding as out
from galleria.api.schemas.buying import NothingIn
from galleria.api.schemas.common import PublicId
from galleria.kit import clock
from galleria.selling import forms
from galleria.selling import services as selling
from galleria.selling.selectors import certifications
from galleria.selling.services import applying, certifying

routes = Routes("Selling: registration and certification")
OWNER, CERTIFY = "iam:account:manage", "seller:cert:manage"
HERE, CERTIFICATION = "/seller-application", "/seller/certifications/{party_id}"


# ----- the application -----


def _application(request: HttpRequest) -> out.ApplicationOut:
    return out.application_out(actor_of(request), clock.now())


@routes.get(HERE, out.ApplicationOut, needs=OWNER)
def get_seller_application(request: HttpRequest) -> out.ApplicationOut:
    """The application to become a seller: every field with what is wrong with it and what the reviewer said.

    Before it is begun only the checks that it needs. For the owner of the account.
    """
    selling.require_owner(actor_of(request))
    return _application(request)


@routes.write("POST", HERE, out.ApplicationOut, needs=OWNER)
def begin_seller_application(request: HttpRequest, body: NothingIn) -> out.ApplicationOut:
    """Begin the application, or get the one that was begun; REGISTRATION_PRECONDITION names in `failed` what lacks."""
    applying.begin(actor_of(request), at=clock.now())
    return _application(request)


@routes.write("PUT", HERE, out.ApplicationOut, needs=OWNER, problems=[404])
def save_seller_application(request: HttpRequest, body: out.ApplicationValuesIn) -> out.ApplicationOut:
    """Keep values of fields, right or wrong; `problem` of a field says what submitting would refuse."""
    values = out.known(forms.APPLICATION_FIELDS, body.values)
    applying.save(actor_of(request), values=values, version=body.version, at=clock.now())
    return _application(request)


@routes.write("POST", f"{HERE}/documents", out.ApplicationOut, needs=OWNER, problems=[404], most_bytes=FILE_BYTES)
def attach_to_seller_application(request: HttpRequest, body: out.ApplicationDocumentIn) -> out.ApplicationOut:
    """Put a document of up to 1.8 MB into the application: the licence, the logo. Larger ones go through the page."""
    applying.attach(actor_of(request), field=body.field, upload=out.content_of(body), at=clock.now())
    return _application(request)


@routes.write("POST", f"{HERE}/contact-code", out.ApplicationOut, needs=OWNER, problems=[404])
def send_contact_code(request: HttpRequest, body: NothingIn) -> out.ApplicationOut:
    """Mail a code to the contact's address. Needless for the confirmed address of the owner."""
    applying.send_code(actor_of(request), at=clock.now())
    return _application(request)


@routes.write("POST", f"{HERE}/contact-proof", out.ApplicationOut, needs=OWNER, problems=[404], course="outside")
def prove_contact(request: HttpRequest, body: out.ContactCodeIn) -> out.ApplicationOut:
    """Prove the contact's address with the code; after five wrong ones a new code is needed."""
    applying.prove_email(actor_of(request), code=body.code, at=clock.now())
    return _application(request)


@routes.write("POST", f"{HERE}/submit", out.ApplicationOut, needs=OWNER, problems=[404], course="outside")
def submit_seller_application(request: HttpRequest, body: out.AcceptIn) -> out.ApplicationOut:
    """Send the application to the reviewers and accept the agreements that it names; the website must answer."""
    applying.submit(actor_of(request), accepted=body.agreements, at=clock.now())
    return _application(request)


@routes.write("POST", f"{HERE}/withdraw", out.ApplicationOut, needs=OWNER, problems=[404])
def withdraw_seller_application(request: HttpRequest, body: NothingIn) -> out.ApplicationOut:
    """Take it back as a draft while nothing is decided."""
    applying.withdraw(actor_of(request), at=clock.now())
    return _application(request)


# ----- certifications -----


@routes.get("/seller/certifications", out.CertificationsOut, needs=CERTIFY)
def list_seller_certifications(request: HttpRequest) -> out.CertificationsOut:
    """The contracting parties, and how far the certification with each is."""
    rows = certifications.certifications_of(actor_of(request))
    return out.CertificationsOut(items=[out.certification_line(row) for row in rows])


def _certification(request: HttpRequest, party_id: str) -> out.CertificationOut:
    row = certifications.certification_of(actor_of(request), party_id)
    return out.certification_out(row, certifications.last_round(row) if row.pk else None, clock.now())


@routes.get(CERTIFICATION, out.CertificationOut, needs=CERTIFY)
def get_seller_certification(request: HttpRequest, party_id: PublicId) -> out.CertificationOut:
    """Tax and bank data with one contracting party: every field with what is wrong with it and what was remarked."""
    return _certification(request, party_id)


@routes.write("POST", f"{CERTIFICATION}/sign", out.CertificationOut, needs=CERTIFY)
def sign_seller_certification(request: HttpRequest, party_id: PublicId, body: out.AcceptIn) -> out.CertificationOut:
    """Sign the agreement with the party; for the owner of the account."""
    certifying.sign(actor_of(request), party_id=party_id, accepted=body.agreements, at=clock.now())
    return _certification(request, party_id)


@routes.write("PUT", CERTIFICATION, out.CertificationOut, needs=CERTIFY)
def save_seller_certification(
    request: HttpRequest, party_id: PublicId, body: out.CertificationValuesIn
) -> out.CertificationOut:
    """Keep values of fields, right or wrong; data in force stay in force. CERTIFICATION_LOCKED after three refusals."""
    values = out.known((*forms.CERTIFICATION_FIELDS, forms.CONSENT), body.values)
    certifying.save(actor_of(request), party_id=party_id, values=values, at=clock.now())
    return _certification(request, party_id)


@routes.write("POST", f"{CERTIFICATION}/submit", out.CertificationOut, needs=CERTIFY)
def submit_seller_certification(request: HttpRequest, party_id: PublicId, body: NothingIn) -> out.CertificationOut:
    """Send the data to the treasury."""
    certifying.submit(actor_of(request), party_id=party_id, at=clock.now())
    return _certification(request, party_id)


@routes.write("POST", f"{CERTIFICATION}/withdraw", out.CertificationOut, needs=CERTIFY)
def withdraw_seller_certification(request: HttpRequest, party_id: PublicId, body: NothingIn) -> out.CertificationOut:
    """Take back what waits for a decision."""
    certifying.withdraw(actor_of(request), party_id=party_id, at=clock.now())
    return _certification(request, party_id)
