"""What a seller wants changed, what is live, the decoration of its page."""

from __future__ import annotations

from typing import Any

from galleria.kit.actor import Actor
from galleria.parties.models import Seller
from galleria.reviewing import selectors as reviewing
from galleria.reviewing.models import Submission
from galleria.selling.models import Change, Storefront
from galleria.selling.selectors.sellers import profile_of, seller_of

KIND = "profile"


def live(seller: Seller, kind: str) -> dict[str, Any]:
    """What is in force of the fields of a form."""
    if kind == "storefront":
        return decoration(seller.pk)
    if kind == "name":
        return {"registration_number": seller.registration_number}
    profile = profile_of(seller)
    data = profile.data
    return {
        "name": seller.name,
        "about": seller.about_en or "",  # type: ignore[attr-defined]
        "about_zh": seller.about_zh_hans or "",  # type: ignore[attr-defined]
        "website": seller.website,
        "logo": seller.logo.removeprefix("/files/"),
        "service_phone": seller.support_phone,
        "service_email": seller.support_email,
        "contact_name": data.get("contact_name", ""),
        "contact_phone": profile.contact_phone,
        "contact_email": profile.contact_email,
        "licence": data.get("licence", ""),
        "licence_until": data.get("licence_until", ""),
    }


def decoration(seller_pk: int) -> dict[str, Any]:
    """The decoration of a seller's page that is live; empty without one."""
    row = Storefront.objects.filter(seller_id=seller_pk).first()
    return dict(row.data) if row else {}


def change_of(actor: Actor, kind: str) -> Change | None:
    """The change of that kind which is not approved yet."""
    return Change.objects.filter(seller=seller_of(actor), kind=kind).exclude(state="approved").first()


def last_round(change: Change) -> Submission | None:
    """The last round of its review, with remarks."""
    return reviewing.latest(change.seller.account_id, kind=KIND, subject=change.public_id)
