"""Joint operations: certified in three reviews, then sold together with the operator (S-JOP-001 to S-JOP-003)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import outbox, parameters
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound
from galleria.kit.money import is_currency
from galleria.kit.spoken import stored
from galleria.parties import checks
from galleria.parties.models import Seller
from galleria.publishing import services as catalogue
from galleria.publishing.models import Product
from galleria.releasing import events
from galleria.releasing.models import JointCertificate
from galleria.releasing.states import JOINT
from galleria.selling import selectors as selling
from galleria.selling import services as sellers

WRITE, REVIEW = "seller:product:release", "operator:release:review"
STEPS = {"qualification": "pass_qualification", "technical": "pass_technical", "commercial": "certify"}
MATERIAL = ("introduction", "business_term", "results", "compliance", "contact")
EDITABLE = ("draft", "rejected")
PRICES = ("list", "sales_base", "sharing_base")
MOST_PAPERS = 10
_AMOUNT = re.compile(r"^([0-9]{1,9}(?:\.[0-9]{1,2})?) ([A-Z]{3})$", re.ASCII)


def certificates_of(actor: Actor) -> QuerySet[JointCertificate]:
    """The seller's certificates, the latest first."""
    actor.require("seller:product:view")
    return JointCertificate.objects.filter(seller=selling.seller_of(actor)).order_by("-created_at", "-pk")


def may_release_joint(actor: Actor, at: datetime) -> bool:
    """Whether the seller has a certified product: only then a joint release can be begun (S-JOP-T1)."""
    seller = selling.seller_of(actor)
    return valid_certificates(seller, at).exists()


def valid_certificates(seller: Seller, at: datetime) -> QuerySet[JointCertificate]:
    """Certificates in force of this very company; those of another entity do not count (S-JOP-T3)."""
    rows = JointCertificate.objects.filter(seller=seller, state="certified", expires_at__gt=at)
    return rows.filter(company=seller.legal_name)


def _own(actor: Actor, certificate_id: str) -> JointCertificate:
    sellers.require_seller(actor, WRITE)
    row = certificates_of(actor).filter(public_id=certificate_id).first()
    if row is None:
        raise NotFound
    return row


@transaction.atomic
def start_certificate(
    actor: Actor, *, product_name: str, delivery: str, specifications: Sequence[str], material: Mapping[str, str],
    at: datetime,
) -> JointCertificate:  # fmt: skip
    """Begin a request for the programme. Company data come from the seller's account."""
    seller = sellers.require_seller(actor, WRITE)
    row = JointCertificate.objects.create(
        seller=seller, company=seller.legal_name, created_at=at, changed_at=at,
        **_checked(product_name, delivery, specifications, material),
    )  # fmt: skip
    audit.record(actor, "joint.started", row, at=at)
    return row


def _checked(
    product_name: str, delivery: str, specifications: Sequence[str], material: Mapping[str, str]
) -> dict[str, Any]:
    problems: dict[str, Any] = {}
    if not 1 <= len(product_name.strip()) <= 64:
        problems["product_name"] = _("Use 1 to 64 characters.")
    if delivery not in {"image", "saas", "license", "professional"}:
        problems["delivery"] = _("Choose how the product is delivered.")
    names = [each.strip() for each in specifications if each.strip()]
    if not names:
        problems["specifications"] = _("Name at least one specification.")
    if unknown := sorted(set(material) - set(MATERIAL)):
        problems["material"] = _("%(name)s is not a section.") % {"name": unknown[0]}
    kept: dict[str, str] = {}
    wanted = [("product_name", product_name, 64), *(("specifications", each, 120) for each in names)]
    for name, text, limit in [*wanted, *((name, str(text).strip()[:4000], 4000) for name, text in material.items())]:
        try:
            kept[name] = checks.text(name, text, limit, lines=name in MATERIAL)
        except Invalid as refusal:
            problems = refusal.fields | problems
    if problems:
        raise Invalid(fields=problems)
    kept = {name: kept[name] for name in material}
    return {"product_name": product_name.strip(), "delivery": delivery, "specifications": names, "material": kept}


@transaction.atomic
def change_certificate(
    actor: Actor, *, certificate_id: str, product_name: str, delivery: str, specifications: Sequence[str],
    material: Mapping[str, str], file: str = "", at: datetime,
) -> JointCertificate:  # fmt: skip
    """Keep what is filled in, before it is submitted or after a refusal. `file`: one more paper, a stored file's id.

    Raises Invalid, NotFound, NotAllowed while it is in review or decided.
    """
    row = _own(actor, certificate_id)
    if row.state not in EDITABLE:
        raise NotAllowed(_("It is in review or decided; it cannot be changed now."))
    values = _checked(product_name, delivery, specifications, material)
    papers = papers_of(row)
    if file:
        if len(papers) >= MOST_PAPERS:
            words = _("Up to %(most)s papers can be added. Take one away first.")
            raise Invalid(fields={"file": words % {"most": MOST_PAPERS}})
        papers = [*papers, file]
    values["material"]["files"] = papers
    changed = JointCertificate.objects.filter(pk=row.pk, state__in=EDITABLE).update(changed_at=at, **values)
    if not changed:
        raise NotAllowed(_("It is in review or decided; it cannot be changed now."))
    row.refresh_from_db()
    return row


@transaction.atomic
def drop_paper(actor: Actor, *, certificate_id: str, file_id: str, at: datetime) -> JointCertificate:
    """Take a paper away again. Raises NotFound, NotAllowed while it is in review or decided."""
    row = _own(actor, certificate_id)
    papers = papers_of(row)
    if file_id not in papers:
        raise NotFound
    material = {**row.material, "files": [each for each in papers if each != file_id]}
    if not JointCertificate.objects.filter(pk=row.pk, state__in=EDITABLE).update(material=material, changed_at=at):
        raise NotAllowed(_("It is in review or decided; it cannot be changed now."))
    row.refresh_from_db()
    return row


@transaction.atomic
def delete_certificate(actor: Actor, *, certificate_id: str, at: datetime) -> None:
    """Throw a request away that is not in review. Raises NotFound, NotAllowed."""
    row = _own(actor, certificate_id)
    audit.record(actor, "joint.deleted", row, at=at)
    if not JointCertificate.objects.filter(pk=row.pk, state__in=EDITABLE).delete()[0]:
        raise NotAllowed(_("It is in review or decided; it cannot be changed now."))


def certificate_of(actor: Actor, certificate_id: str) -> JointCertificate:
    """One request of the seller. Raises NotFound."""
    row = certificates_of(actor).filter(public_id=certificate_id).first()
    if row is None:
        raise NotFound
    return row


def papers_of(row: JointCertificate) -> list[str]:
    """The stored files of a request, by their ids."""
    found = row.material.get("files")
    return [str(each) for each in found] if isinstance(found, list) else []


def is_valid(row: JointCertificate, at: datetime) -> bool:
    """Whether a product can be released with it now: in force, and of the company that the account is today."""
    in_force = row.state == "certified" and row.expires_at is not None and row.expires_at > at
    return in_force and row.company == row.seller.legal_name


@transaction.atomic
def submit_certificate(actor: Actor, *, certificate_id: str, accepts_agreement: bool, at: datetime) -> JointCertificate:
    """Send it to the first review. The programme's agreement, with the operator's right to set prices, is accepted."""
    row = _own(actor, certificate_id)
    missing = {name: _("This is missing. Fill it in.") for name in MATERIAL if not row.material.get(name)}
    if not accepts_agreement and row.accepted_at is None:
        missing["accepts_agreement"] = _("Accept the agreement of the programme first.")
    if missing:
        raise Invalid(fields=missing)
    JOINT.apply(
        row, "submit", changed_at=at, accepted_at=row.accepted_at or at, company=row.seller.legal_name, reason=""
    )
    audit.record(actor, "joint.submitted", row, at=at)
    outbox.publish(events.JointCertificateMoved(row.public_id, row.state))
    return row


def certificates_for_review(actor: Actor, *, state: str = "") -> QuerySet[JointCertificate]:
    """Requests in one of the three reviews, the oldest first; with a state those in it, the latest first."""
    actor.require(REVIEW)
    rows = JointCertificate.objects.select_related("seller")
    if state:
        return rows.filter(state=state).order_by("-changed_at", "-pk")
    return rows.filter(state__in=STEPS).order_by("changed_at", "pk")


def certificate_for_review(actor: Actor, certificate_id: str) -> JointCertificate:
    """A request as a reviewer reads it; drafts are the seller's alone. Raises NotFound."""
    row = _for_review(actor, certificate_id)
    if row.state == "draft":
        raise NotFound
    return row


def counts_for_review(actor: Actor) -> dict[str, int]:
    """How many requests are in each state; one query."""
    actor.require(REVIEW)
    return dict(JointCertificate.objects.values_list("state").annotate(count=Count("pk")).order_by())


def _for_review(actor: Actor, certificate_id: str) -> JointCertificate:
    actor.require(REVIEW)
    row = JointCertificate.objects.select_related("seller__account").filter(public_id=certificate_id).first()
    if row is None:
        raise NotFound
    return row


def _check_prices(specifications: Sequence[str], agreed: Mapping[str, Mapping[str, str]]) -> None:
    """Raises Invalid, with the place of each amount that is none: `prices.0.list`."""
    wrong: dict[str, Any] = {}
    for place, name in enumerate(specifications):
        for key in PRICES:
            found = _AMOUNT.match(agreed[name][key])
            if found is None or not is_currency(found[2]):
                wrong[f"prices.{place}.{key}"] = _("Write it like 9.00 EUR.")
    if wrong:
        raise Invalid(fields=wrong)


@transaction.atomic
def pass_review(
    actor: Actor, *, certificate_id: str, prices: Mapping[str, Mapping[str, str]] | None = None, at: datetime
) -> JointCertificate:
    """Pass the review that it is in; the commercial one agrees prices for every specification and certifies it."""
    row = _for_review(actor, certificate_id)
    if row.state not in STEPS:
        raise NotAllowed
    values: dict[str, Any] = {"changed_at": at}
    if row.state == "commercial":
        agreed = {name: dict(each) for name, each in (prices or {}).items()}
        if set(agreed) != set(row.specifications) or any(set(each) != set(PRICES) for each in agreed.values()):
            raise Invalid(fields={"prices": _("Agree list price, sales base and sharing base of every specification.")})
        _check_prices(row.specifications, agreed)
        months = int(parameters.get("joint.valid_months", at=at))
        values |= {"prices": agreed, "certified_at": at, "expires_at": at + timedelta(days=round(months * 365 / 12))}
    JOINT.apply(row, STEPS[row.state], **values)
    account_id = row.seller.account.public_id
    audit.record(actor, "joint.passed", row, at=at, after={"state": row.state}, account_id=account_id)
    outbox.publish(events.JointCertificateMoved(row.public_id, row.state))
    return row


@transaction.atomic
def reject_certificate(actor: Actor, *, certificate_id: str, reason: str, at: datetime) -> JointCertificate:
    """Refuse it in any of the reviews; it can be changed and submitted again."""
    row = _for_review(actor, certificate_id)
    if len(reason.strip()) < 5:
        raise Invalid(fields={"reason": _("Say why; the seller reads it.")})
    JOINT.apply(row, "reject", changed_at=at, reason=reason.strip()[:1000])
    audit.record(actor, "joint.rejected", row, at=at, reason=row.reason, account_id=row.seller.account.public_id)
    outbox.publish(events.JointCertificateMoved(row.public_id, row.state, row.reason))
    return row


@transaction.atomic
def revoke_certificate(actor: Actor, *, certificate_id: str, reason: str, at: datetime) -> JointCertificate:
    """Take the certificate away; its products are not sold any more until the operator lifts that."""
    row = _for_review(actor, certificate_id)
    if len(reason.strip()) < 5:
        raise Invalid(fields={"reason": _("Say why; the seller reads it.")})
    JOINT.apply(row, "revoke", changed_at=at, reason=reason.strip()[:1000])
    audit.record(actor, "joint.revoked", row, at=at, reason=row.reason, account_id=row.seller.account.public_id)
    outbox.publish(events.JointCertificateMoved(row.public_id, row.state, row.reason))
    _off_the_shelf(row, at)
    return row


def _off_the_shelf(row: JointCertificate, at: datetime) -> None:
    for product in Product.objects.filter(seller=row.seller, sales_model="joint", state__in=("on_sale", "hidden")):
        if product.papers.get("joint_certificate") == row.public_id:
            reason = stored(_("The certificate of the joint operations programme is no longer valid"))
            catalogue.suspend_product(SYSTEM, product_id=product.public_id, reason=reason, at=at)


def expire_certificates(at: datetime) -> int:
    """Run by the clock: what is over ends with its products' sale; those that end within 60 days are told once."""
    ended = 0
    for row in JointCertificate.objects.select_related("seller").filter(state="certified", expires_at__lte=at):
        with transaction.atomic():
            JOINT.apply(row, "expire", changed_at=at)
            _off_the_shelf(row, at)
            outbox.publish(events.JointCertificateMoved(row.public_id, row.state))
            ended += 1
    soon = at + timedelta(days=int(parameters.get("joint.warn_days", at=at)))
    for row in JointCertificate.objects.filter(state="certified", expires_at__lte=soon, warned_at=None):
        with transaction.atomic():
            if JointCertificate.objects.filter(pk=row.pk, warned_at=None).update(warned_at=at):
                outbox.publish(events.JointCertificateEnding(row.public_id))
    return ended
