"""Changing the profile, the name, the storefront: reviewed, while what is live stays (S-ACC, S-STO)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound
from galleria.kit.spoken import stored
from galleria.parties import checks
from galleria.parties.models import Account, Seller
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from galleria.selling import fields, forms, states
from galleria.selling.models import Change, Filing, Storefront
from galleria.selling.selectors import changes
from galleria.selling.services import certifying, papers, websites
from galleria.selling.services.applying import ChangedMeanwhile
from galleria.selling.services.standing import change_standing, profile_for_update, require_owner, require_seller

PERMISSION = "seller:info:manage"
TITLES = {"profile": "Profile", "name": "Change of name", "storefront": "Storefront"}


def _seller(actor: Actor, kind: str) -> Seller:
    if kind not in forms.CHANGES:
        raise NotFound
    if kind == "name":
        require_owner(actor)
    return require_seller(actor, PERMISSION)


def _open(actor: Actor, kind: str, at: datetime) -> Change:
    """The change while it may be edited; begun from what is live. Raises NotAllowed in review."""
    seller = _seller(actor, kind)
    row = Change.objects.filter(seller=seller, kind=kind).exclude(state="approved").first()
    if row is None:
        row = Change.objects.create(
            seller=seller, kind=kind, data=changes.live(seller, kind), created_at=at, changed_at=at
        )
    if row.state == "review":
        raise NotAllowed(_("This is in review. Withdraw it to change it."))
    return row


def _keep(row: Change, data: dict[str, Any], version: int | None, at: datetime) -> Change:
    if version is not None and version != row.version:
        raise ChangedMeanwhile(extra={"version": row.version})
    rows = Change.objects.filter(pk=row.pk, version=row.version, state__in=("draft", "returned"))
    if not rows.update(data=data, version=row.version + 1, changed_at=at):
        raise ChangedMeanwhile
    row.data, row.version, row.changed_at = data, row.version + 1, at
    return row


@transaction.atomic
def save(actor: Actor, *, kind: str, values: Mapping[str, Any], version: int | None = None, at: datetime) -> Change:
    """Keep what was typed, right or wrong. Raises NotAllowed in review, ChangedMeanwhile."""
    row = _open(actor, kind, at)
    chosen = [field for group in forms.CHANGES[kind] for field in group.fields]
    return _keep(row, fields.kept(chosen, values, row.data), version, at)


@transaction.atomic
def attach(actor: Actor, *, kind: str, field: str, upload: Any, at: datetime) -> Change:
    """Put a file into the change. Raises FileRefused beside the field."""
    row = _open(actor, kind, at)
    known = forms.fields_of(forms.CHANGES[kind])
    return _keep(row, papers.attached(actor, known, field, row.data, upload, purpose=kind, at=at), None, at)


@transaction.atomic
def detach(actor: Actor, *, kind: str, field: str, file_id: str = "", at: datetime) -> Change:
    """Take a file out of the change."""
    row = _open(actor, kind, at)
    known = forms.fields_of(forms.CHANGES[kind])
    return _keep(row, papers.detached(known, field, row.data, file_id), None, at)


@transaction.atomic
def discard(actor: Actor, *, kind: str, at: datetime) -> None:
    """Forget a change that is not in review."""
    _open(actor, kind, at).delete()


def problems_of(row: Change, at: datetime) -> dict[str, Any]:
    """Field to what is wrong with it. Another registration number is another company (S-ACC-003)."""
    chosen = [field for group in forms.CHANGES[row.kind] for field in group.fields]
    found: dict[str, Any] = dict(fields.problems(chosen, row.data, at))
    until = fields.day_of(row.data.get("licence_until") or "")
    if row.kind == "profile" and until is not None and until < at.date():
        found["licence_until"] = _("The licence has expired. Send in the latest one.")
    if row.kind == "name":
        seller = row.seller
        same = str(row.data.get("registration_number", "")).strip() == seller.registration_number.strip()
        if seller.registration_number and not same:
            found["registration_number"] = _(
                "This is the number of another company. A seller cannot become another legal entity: leave, and "
                "register the other company with its own account."
            )
        if str(row.data.get("new_name", "")).strip() == seller.legal_name:
            found["new_name"] = _("This is the present name.")
    return found


def submit(actor: Actor, *, kind: str, at: datetime) -> Change:
    """Send the change to the reviewers. Raises Invalid, NotAllowed, AlreadyInReview."""
    seller = _seller(actor, kind)
    row = Change.objects.select_related("seller").filter(seller=seller, kind=kind).exclude(state="approved").first()
    if row is None or row.data == changes.live(seller, kind):
        raise NotAllowed(_("Nothing has changed."))
    if row.state != "review":
        wrong = problems_of(row, at)
        if wrong:
            raise Invalid(fields=wrong)
        if kind == "profile" and row.data["website"] != seller.website:
            websites.require_answer(row.data["website"])
    with transaction.atomic():
        # Exactly what was checked is reviewed and applied, whatever was saved while the website was asked.
        states.CHANGE.apply(row, "submit", changed_at=at, data=row.data, version=row.version + 1)
        submission = reviewing.submit(
            actor, kind=changes.KIND, subject=row.public_id, title=f"{seller.name} · {TITLES[kind]}",
            seller_name=seller.name, risks=[stored(_("Change of name"))] if kind == "name" else [], at=at,
        )  # fmt: skip
        Filing.objects.create(submission_id=submission.public_id, data=row.data)
    return row


@transaction.atomic
def withdraw(actor: Actor, *, kind: str, at: datetime) -> Change:
    """Take the change back as a draft. Raises NotAllowed when it was decided meanwhile."""
    seller = _seller(actor, kind)
    row = Change.objects.filter(seller=seller, kind=kind).exclude(state="approved").first()
    if row is None:
        raise NotFound
    reviewing.withdraw(actor, kind=changes.KIND, subject=row.public_id, at=at)
    row.refresh_from_db()
    return row


# ----- deciding -----


def _of(submission: Submission) -> Change:
    return Change.objects.select_related("seller__account").get(public_id=submission.subject)


def approve(actor: Actor, submission: Submission, at: datetime) -> None:
    """What was asked for is live."""
    row = _of(submission)
    states.CHANGE.apply(row, "approve", decided_at=at, changed_at=at)
    _APPLY[row.kind](row, at)
    account_id = row.seller.account.public_id
    audit.record(actor, "seller.changed", row.seller, at=at, account_id=account_id, after={"kind": row.kind})


def _apply_profile(row: Change, at: datetime) -> None:
    data = row.data
    profile = profile_for_update(row.seller)
    kept = {key: data[key] for key in ("contact_name", "licence", "licence_until") if key in data}
    profile.data = {**profile.data, **kept}
    profile.contact_email, profile.contact_phone = data["contact_email"], data["contact_phone"]
    profile.save(update_fields=["data", "contact_email", "contact_phone"])
    change_standing(
        row.seller, name=data["name"], about_en=data["about"], about_zh_hans=data.get("about_zh") or None,
        website=data["website"], logo=papers.address_of(data.get("logo", "")), support_phone=data["service_phone"],
        support_email=data["service_email"],
    )  # fmt: skip


def _apply_name(row: Change, at: datetime) -> None:
    """The same company under its new name: account, agreements and bank data are confirmed anew (S-ACC-002)."""
    name = str(row.data["new_name"]).strip()
    seller = row.seller
    certifying.ask_again(seller.pk, reason=stored(_("The company has a new name.")), at=at)
    Account.objects.filter(pk=seller.account_id).update(name=name, verified_name=name)
    profile = profile_for_update(seller)
    profile.data = {**profile.data, "company_name": name, "licence": row.data["licence"]}
    profile.save(update_fields=["data"])
    change_standing(seller, legal_name=name, verified_at=at)


def _apply_storefront(row: Change, at: datetime) -> None:
    Storefront.objects.update_or_create(seller=row.seller, defaults={"data": row.data, "changed_at": at})


_APPLY = {"profile": _apply_profile, "name": _apply_name, "storefront": _apply_storefront}


def give_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """The seller corrects it; what is live stays."""
    states.CHANGE.apply(_of(submission), "return", changed_at=at)


def take_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """The seller withdrew it."""
    states.CHANGE.apply(_of(submission), "withdraw", changed_at=at)


# ----- what takes effect at once -----


@transaction.atomic
def set_support(actor: Actor, *, hours: str, languages: str, answers_in: str, at: datetime) -> Seller:
    """Hours and languages of customer service; buyers see them at once (S-ACC-001). Raises Invalid."""
    seller = require_seller(actor, PERMISSION)
    values = checks.together(
        ("service_hours", lambda: checks.text("service_hours", hours, 120, required=True)),
        ("languages", lambda: checks.text("languages", languages, 120)),
        ("answers_in", lambda: checks.text("answers_in", answers_in, 60)),
    )
    try:
        fields.support_minutes(values["service_hours"])
    except Invalid as refusal:
        raise Invalid(fields={"service_hours": next(iter(refusal.fields.values()))}) from None
    before = {"hours": seller.support_hours, "languages": seller.support_languages, "answers_in": seller.answers_in}
    change_standing(
        seller, support_hours_en=values["service_hours"], support_languages_en=values["languages"],
        answers_in_en=values["answers_in"], support_hours_zh_hans=None, support_languages_zh_hans=None,
        answers_in_zh_hans=None,
    )  # fmt: skip
    audit.record(actor, "seller.support_changed", seller, at=at, before=before, after=values)
    return seller


@transaction.atomic
def set_tickets(actor: Actor, *, accepts: bool, hours: str, at: datetime) -> Seller:
    """Whether buyers can write tickets to the seller, and when they are read; 40 hours a week at least (S-TCK-001).

    Product pages follow within a minute; open tickets stay. Raises Invalid.
    """
    seller = require_seller(actor, PERMISSION)
    text = checks.text("ticket_hours", hours, 120, required=accepts)
    if accepts:
        fields.support_minutes(text)
    before = {"accepts": seller.accepts_tickets, "hours": seller.ticket_hours}
    change_standing(seller, accepts_tickets=accepts, ticket_hours=text)
    audit.record(
        actor, "seller.tickets_changed", seller, at=at, before=before, after={"accepts": accepts, "hours": text}
    )
    return seller
