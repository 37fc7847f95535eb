"""What the decision on an application does (S-REG-003, S-REG-004); allowing a seller back in (S-EXI-002)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import locks, outbox
from galleria.kit.actor import Actor
from galleria.kit.errors import NotAllowed
from galleria.parties.models import Account, Seller
from galleria.reviewing.models import Submission
from galleria.selling import events, rules, states
from galleria.selling.models import Application, SellerProfile
from galleria.selling.selectors import applications
from galleria.selling.services import papers


def approve(actor: Actor, submission: Submission, at: datetime) -> None:
    """Make the account a seller. Raises NotAllowed when the company became one with another account meanwhile."""
    application = _of(submission)
    account = Account.objects.get(pk=application.account_id)
    data = application.data
    locks.hold(f"seller-entity:{account.country}:{rules.company_key(str(data['company_name']))}"[:120])
    if other := applications.same_company(account):
        raise NotAllowed(_("%(name)s is the same company and sells here already.") % {"name": other.name})
    states.APPLICATION.apply(application, "approve", changed_at=at)
    if not account.verified_name:
        account.verified_name = str(data["company_name"])
        account.save(update_fields=["verified_name"])
    seller = Seller.objects.create(
        account=account, slug=_free_slug(str(data["company_name"])), created_at=at, verified_at=at,
        **_public(data, str(data["company_name"])),
    )  # fmt: skip
    SellerProfile.objects.create(
        seller=seller, data=data, contact_email=data["contact_email"], contact_phone=data["contact_phone"]
    )
    audit.record(actor, "seller.registered", seller, at=at, account_id=account.public_id)
    outbox.publish(events.SellerRegistered(seller.public_id))


def reject(actor: Actor, submission: Submission, at: datetime) -> None:
    """The applicant corrects what was refused and submits the same application again."""
    states.APPLICATION.apply(_of(submission), "reject", changed_at=at)


def take_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """The applicant withdrew it."""
    states.APPLICATION.apply(_of(submission), "withdraw", changed_at=at)


def _of(submission: Submission) -> Application:
    return Application.objects.get(public_id=submission.subject)


def _public(data: dict[str, Any], name: str) -> dict[str, Any]:
    """What the public profile takes from an application."""
    lines = [data["street"], data.get("district", ""), data["city"], data.get("province", "")]
    return {
        "name": name[:120],
        "legal_name": name,
        "about_en": data["introduction"],
        "registration_number": data["registration_number"],
        "address": ", ".join(line for line in lines if line),
        "country": data["country"],
        "website": data["website"],
        "logo": papers.address_of(data["logo"]),
        "support_email": data["service_email"],
        "support_phone": data["service_phone"],
        "support_hours_en": data["service_hours"],
    }


def _free_slug(name: str) -> str:
    """An address for the seller's page that nobody has."""
    stem = slugify(name)[:70].strip("-") or "seller"
    taken = set(Seller.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    slug, number = stem, 2
    while slug in taken:
        slug, number = f"{stem}-{number}", number + 1
    return slug
