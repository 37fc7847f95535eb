"""Tax and bank data: signed for, sent in, certified or returned, locked after three refusals (S-CER)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import outbox, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound
from galleria.kit.spoken import stored
from galleria.parties import services as people
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from galleria.selling import events, fields, forms, selectors, states
from galleria.selling.models import Certification
from galleria.selling.selectors import certifications
from galleria.selling.services.standing import require_owner, require_seller

PERMISSION = "seller:cert:manage"
_SWIFT = re.compile(r"^[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$")
_ACCOUNT = re.compile(r"^[A-Z0-9]{4,34}$")


class CertificationLocked(NotAllowed):
    """Three refusals in a row; the operator unlocks it (S-CER-T2)."""

    code = "CERTIFICATION_LOCKED"
    default_message = _("This certification is locked after three refusals. Write a ticket to have it unlocked.")


def _row(actor: Actor, party_id: str, *, at: datetime) -> Certification:
    """The stored certification with a party."""
    seller = require_seller(actor, PERMISSION)
    party = selectors.party_by_id(party_id)
    return Certification.objects.select_related("party", "seller").get_or_create(
        seller=seller, party=party, defaults={"changed_at": at}
    )[0]


@transaction.atomic
def sign(actor: Actor, *, party_id: str, accepted: Mapping[str, str], at: datetime) -> Certification:
    """Sign with a contracting party; recorded under *My agreements*. For the main account.

    Raises AgreementNotAccepted, AgreementVersionChanged, NotAllowed.
    """
    require_owner(actor)
    row = _row(actor, party_id, at=at)
    versions = people.require_acceptance([row.party.agreement_key], accepted, at)
    people.accept_agreements(actor, versions=versions, at=at)
    states.CERTIFICATION.apply(row, "sign", signed_at=at, signed_by=actor.user_name, changed_at=at)
    audit.record(actor, "seller.party_signed", _subject(row), at=at)
    return row


@transaction.atomic
def accept_new_versions(actor: Actor, *, accepted: Mapping[str, str], at: datetime) -> int:
    """Accept the newer versions of what was signed; returns how many. For the main account.

    Raises AgreementNotAccepted, AgreementVersionChanged.
    """
    require_owner(actor)
    seller = selectors.seller_of(actor)
    keys = [row.agreement.key for row in certifications.agreements_to_accept(seller, at)]
    versions = people.require_acceptance(keys, accepted, at)
    people.accept_agreements(actor, versions=versions, at=at)
    return len(versions)


def data_of(row: Certification) -> dict[str, Any]:
    """What the form shows: what was typed last, else what is in force, with the account number."""
    data = row.draft or row.data
    number = row.draft_bank_account if row.draft else row.bank_account
    return {**data, "company_name": row.seller.legal_name, "account_number": number or ""}


@transaction.atomic
def save(actor: Actor, *, party_id: str, values: Mapping[str, Any], at: datetime) -> Certification:
    """Keep what was typed, right or wrong. Data in force stay in force. Raises CertificationLocked, NotAllowed."""
    row = _row(actor, party_id, at=at)
    _require_open(row)
    data = fields.kept((*forms.CERTIFICATION_FIELDS, forms.CONSENT), values, data_of(row))
    number = str(data.pop("account_number", ""))
    changed = Certification.objects.filter(pk=row.pk, state=row.state)
    row.draft, row.draft_bank_account, row.changed_at = data, number, at
    if not changed.update(draft=data, draft_bank_account=number, changed_at=at):
        raise NotAllowed
    return row


def _require_open(row: Certification) -> None:
    if row.state == "locked":
        raise CertificationLocked
    if row.state == "unsigned":
        raise NotAllowed(_("Sign with %(party)s first.") % {"party": row.party.name})
    if row.state not in {"uncertified", "certified"}:
        raise NotAllowed(_("This is in review. Withdraw it to change it."))


def problems_of(row: Certification, at: datetime) -> dict[str, Any]:
    """Field to what is wrong with what was typed; the account's name must be the company's (S-CER-T1)."""
    data = data_of(row)
    found: dict[str, Any] = dict(fields.problems(forms.CERTIFICATION_FIELDS, data, at))
    name = str(data.get("account_name", ""))
    if name and " ".join(name.split()).casefold() != " ".join(row.seller.legal_name.split()).casefold():
        found["account_name"] = _("The account must be in the name of the company: %(name)s.") % {
            "name": row.seller.legal_name
        }
    if data.get("swift") and not _SWIFT.match(_packed(data["swift"])):
        found["swift"] = _("Give the 8 or 11 letters and digits of the bank, such as DEUTDEFF.")
    if data.get("account_number") and not _ACCOUNT.match(_packed(data["account_number"])):
        found["account_number"] = _("Give 4 to 34 letters and digits.")
    if row.certified_at is None and data.get("privacy") != "yes":
        found["privacy"] = _("We cannot certify without your consent.")
    return found


def _packed(text: Any) -> str:
    return re.sub(r"[ -]", "", str(text)).upper()


@transaction.atomic
def submit(actor: Actor, *, party_id: str, at: datetime) -> Certification:
    """Send the data to the operator's treasury. Raises Invalid, CertificationLocked, NotAllowed, AlreadyInReview."""
    row = _row(actor, party_id, at=at)
    _require_open(row)
    wrong = problems_of(row, at)
    if wrong:
        raise Invalid(fields=wrong)
    if row.state == "certified" and not row.draft:
        raise NotAllowed(_("Nothing has changed."))
    states.CERTIFICATION.apply(row, "change" if row.state == "certified" else "submit", changed_at=at)
    title = f"{row.seller.name} · {row.party.name}"
    reviewing.submit(
        actor, kind=certifications.KIND, subject=row.public_id, title=title, seller_name=row.seller.name,
        risks=[stored(_("Change of certified data"))] if row.state == "change" else [], at=at,
    )  # fmt: skip
    return row


@transaction.atomic
def withdraw(actor: Actor, *, party_id: str, at: datetime) -> Certification:
    """Take back what waits. Raises NotAllowed when it was decided meanwhile."""
    row = _row(actor, party_id, at=at)
    reviewing.withdraw(actor, kind=certifications.KIND, subject=row.public_id, at=at)
    row.refresh_from_db()
    return row


# ----- deciding -----


def _of(submission: Submission) -> Certification:
    rows = Certification.objects.select_related("party", "seller")
    return rows.get(public_id=submission.subject)


def approve(actor: Actor, submission: Submission, at: datetime) -> None:
    """The data are in force from now on; new sales are possible in the party's countries."""
    row = _of(submission)
    verb = "approve_change" if row.state == "change" else "approve"
    states.CERTIFICATION.apply(
        row, verb, data=row.draft, bank_account=row.draft_bank_account, draft={}, draft_bank_account="", failures=0,
        certified_at=at, reason="", changed_at=at,
    )  # fmt: skip
    outbox.publish(events.CertificationDecided(row.public_id, "certified"))


def give_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """Refused with a reason; what was in force stays. The third refusal in a row locks a first certification."""
    row = _of(submission)
    if row.state == "change":
        states.CERTIFICATION.apply(row, "reject_change", changed_at=at)
        outbox.publish(events.CertificationDecided(row.public_id, "returned"))
        return
    failures = row.failures + 1
    states.CERTIFICATION.apply(row, "reject", failures=failures, changed_at=at)
    if failures >= parameters.get("certification.max_failures"):
        states.CERTIFICATION.apply(row, "lock", changed_at=at)
    outbox.publish(events.CertificationDecided(row.public_id, "locked" if row.state == "locked" else "returned"))


def take_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """The seller withdrew it."""
    row = _of(submission)
    states.CERTIFICATION.apply(row, "reject_change" if row.state == "change" else "withdraw", changed_at=at)


@transaction.atomic
def unlock(actor: Actor, *, certification_id: str, at: datetime) -> Certification:
    """Let a seller try again. For the operator. Raises NotAllowed when it is not locked."""
    actor.require("operator:seller:review")
    row = Certification.objects.select_related("party", "seller__account").filter(public_id=certification_id).first()
    if row is None:
        raise NotFound
    states.CERTIFICATION.apply(row, "unlock", failures=0, changed_at=at)
    account_id = row.seller.account.public_id
    audit.record(actor, "seller.certification_unlocked", _subject(row), at=at, account_id=account_id)
    outbox.publish(events.CertificationDecided(row.public_id, "unlocked"))
    return row


def ask_again(seller_pk: int, *, reason: str, at: datetime) -> None:
    """After a change of name everything is signed and certified anew (S-ACC-002).

    Raises NotAllowed while a certification is in review: it has to be decided first.
    """
    rows = list(Certification.objects.filter(seller_id=seller_pk).exclude(state__in=["unsigned", "locked"]))
    if any(row.state in {"review", "change"} for row in rows):
        raise NotAllowed(_("A certification of this seller is in review. Decide on it first."))
    for row in rows:
        states.CERTIFICATION.apply(row, "renew", reason=reason[:300], changed_at=at)


def _subject(row: Certification) -> audit.Subject:
    return audit.Subject("selling.certification", row.public_id, str(row))
