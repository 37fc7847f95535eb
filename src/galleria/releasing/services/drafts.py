"""Drafts: begun, written by several people, checked, shown as a buyer will see them, thrown away."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any, Final, Literal, get_args

from django.db import transaction
from django.db.models import F
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed
from galleria.parties.models import Seller
from galleria.publishing import documents
from galleria.publishing.catalogue_file import schema
from galleria.publishing.models import Product
from galleria.publishing.selectors import ProductView
from galleria.releasing import facts, rules, selectors, shelving, wording
from galleria.releasing.models import Release
from galleria.releasing.rules.found import english
from galleria.releasing.services import joint
from galleria.releasing.states import EDITABLE, RELEASE
from galleria.selling import selectors as selling
from galleria.selling import services as sellers

WRITE: Final = "seller:product:release"
MOST_BYTES: Final = 4_000_000
DELIVERIES: Final = get_args(schema.Delivery)
Source = Literal["scratch", "product", "rejected", "copy"]


class DraftChanged(NotAllowed):
    """Somebody else saved the draft meanwhile; `extra` says who, when, and which version there is now."""

    code = "DRAFT_CHANGED"
    default_message = _("Somebody else saved this draft meanwhile. Reload to see what changed.")


@transaction.atomic
def start_release(
    actor: Actor,
    *,
    delivery: str = "",
    product_id: str | None = None,
    source: Source = "scratch",
    sales_model: str = "partner",
    at: datetime,
) -> Release:
    """Begin a release: from scratch, from the live product, from its rejected release, or as a copy of a product.

    `product` and `rejected` change the product; a draft of it that is there already is given back, so that two people
    work on one. `copy` makes a new product. Raises Invalid, NotFound, NotASeller, PermissionMissing, NotAllowed.
    """
    seller = sellers.require_seller(actor, WRITE)
    if source == "scratch":
        if delivery not in DELIVERIES:
            raise Invalid(fields={"delivery": _("Choose how the product is delivered.")})
        document: dict[str, Any] = {"delivery": delivery}
        if sales_model == "joint":
            if not joint.may_release_joint(actor, at):
                raise NotAllowed(_("You have no certified product of the joint operations programme."))
            document["sales_model"] = "joint"
        return _begin(actor, seller, None, source, document, at=at)
    if product_id is None:
        raise Invalid(fields={"product": _("Choose a product.")})
    product = selectors.product_of(actor, product_id)
    live = documents.document_of(product)
    if source == "copy":
        return _begin(actor, seller, None, source, copy_document(live), at=at)
    if product.state == "removed":
        raise NotAllowed(_("This product is removed for good. Release it as a new product instead."))
    there = Release.objects.filter(product=product, state__in=("draft", "pending")).order_by("-changed_at").first()
    if there is not None:
        return there
    rejected = Release.objects.filter(product=product, state="rejected").order_by("-changed_at").first()
    if source == "rejected" and rejected is not None:
        return rejected
    return _begin(actor, seller, product, "product", live, at=at)


@transaction.atomic
def start_joint_release(actor: Actor, *, certificate_id: str, at: datetime) -> Release:
    """Begin the release of a certified product: with its name, delivery and specifications (S-JOP-002, S-JOP-T1).

    Raises NotFound, NotAllowed when the certificate is not in force.
    """
    seller = sellers.require_seller(actor, WRITE)
    row = joint.certificate_of(actor, certificate_id)
    if not joint.is_valid(row, at):
        raise NotAllowed(_("This certificate is not in force; nothing can be released with it."))
    document: dict[str, Any] = {
        "delivery": row.delivery, "sales_model": "joint", "joint_certificate": row.public_id, "name": row.product_name,
        "specifications": [
            {"key": slugify(name)[:60] or f"specification-{number}", "name": name}
            for number, name in enumerate(row.specifications, 1)
        ],
    }  # fmt: skip
    return _begin(actor, seller, None, "scratch", document, at=at)


def _begin(
    actor: Actor, seller: Seller, product: Product | None, source: str, document: dict[str, Any], *, at: datetime
) -> Release:
    release = Release.objects.create(
        seller=seller,
        product=product,
        kind="change" if product else "new",
        source=source,
        delivery=str(document.get("delivery", "")),
        title=english(document.get("name"))[:200],
        document=document,
        base=document if product else {},
        base_version=product.document_version if product else 0,
        created_by_id=actor.user_pk,
        changed_by_id=actor.user_pk,
        created_at=at,
        changed_at=at,
    )
    audit.record(actor, "release.started", release, at=at, after={"kind": release.kind, "source": source})
    return release


def copy_document(document: dict[str, Any]) -> dict[str, Any]:
    """A document for another product: without what belongs to the one it is copied from."""
    left_out = {"slug", "state", "versions", "copyright", "private_certificate", "joint_certificate", "restricted"}
    copy = {name: value for name, value in json.loads(json.dumps(document)).items() if name not in left_out}
    copy["specifications"] = [each for each in copy.get("specifications", []) if each.get("state") != "removed"]
    return copy


@transaction.atomic
def save(
    actor: Actor, *, release_id: str, document: dict[str, Any], version: int, notes: str | None = None, at: datetime
) -> Release:
    """Keep a draft; it may be incomplete. `version` is the one that the writer read.

    Raises DraftChanged (who saved it, and the version there is), NotAllowed while it is in review, Invalid, NotFound.
    """
    sellers.require_seller(actor, WRITE)
    release = selectors.release_of(actor, release_id)
    _storable(document)
    values: dict[str, Any] = {
        "document": document,
        "title": english(document.get("name"))[:200],
        "delivery": str(document.get("delivery", ""))[:16],
        "changed_by_id": actor.user_pk,
        "changed_at": at,
    }
    if notes is not None:
        values["notes"] = notes.strip()[:500]
    rows = Release.objects.filter(pk=release.pk, version=version, state__in=EDITABLE)
    if rows.update(version=F("version") + 1, **values) != 1:
        release.refresh_from_db()
        if release.state not in EDITABLE:
            raise NotAllowed(_("This is in review or was decided. Withdraw it first to change it."))
        who = release.changed_by.name if release.changed_by else ""
        raise DraftChanged(
            _("%(who)s saved this draft meanwhile. Reload to see what changed.") % {"who": who} if who else None,
            extra={"version": release.version, "saved_by": who, "saved_at": release.changed_at.isoformat()},
        )
    return selectors.release_of(actor, release_id)


def _storable(document: Any) -> None:
    """What can be kept at all. Raises Invalid."""
    if not isinstance(document, dict):
        raise Invalid(fields={"document": _("A document is an object with fields.")})
    try:
        text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        raise Invalid(fields={"document": _("A document is plain JSON.")}) from None
    if len(text) > MOST_BYTES:
        raise Invalid(fields={"document": _("The document is too large.")})
    if "\\u0000" in text or re.search(r"[\ud800-\udfff]", text):
        raise Invalid(fields={"document": _("The document holds characters that cannot be kept.")})


def findings_of(release: Release, *, at: datetime) -> list[wording.Finding]:
    """All findings of a release, in the active language."""
    return [wording.worded(wrong) for wrong in rules.findings(release.document, facts.context_of(release, at=at))]


def check(actor: Actor, *, release_id: str, at: datetime) -> list[wording.Finding]:
    """What keeps the release from review, and what reviewers will look at; errors first."""
    return findings_of(selectors.release_of(actor, release_id), at=at)


@transaction.atomic
def delete_release(actor: Actor, *, release_id: str, at: datetime) -> None:
    """Throw a draft or a rejected release away. Raises NotAllowed in review and afterwards."""
    sellers.require_seller(actor, WRITE)
    release = selectors.release_of(actor, release_id)
    if release.state not in EDITABLE or not Release.objects.filter(pk=release.pk, state__in=EDITABLE).exists():
        raise NotAllowed(_("Only a draft or a rejected release can be deleted."))
    audit.record(actor, "release.deleted", release, at=at)
    release.delete()


def preview(actor: Actor, release_id: str, *, at: datetime) -> ProductView:
    """The product page as buyers will see it; what is missing or wrong is left out or stands in for it."""
    return shelving.previewed(selectors.release_of(actor, release_id), at=at)


def may_edit(actor: Actor, release: Release) -> bool:
    """Whether this person can write in it now."""
    return actor.may(WRITE) and RELEASE.can(release, "submit") and selling.seller_of(actor).pk == release.seller_id
