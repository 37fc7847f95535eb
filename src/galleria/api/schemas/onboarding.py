"""The application of a company and its certifications as programs see them: sections of fields."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from galleria.api.schemas.common import NO_NUL, PLAIN, In, Instant, Out
from galleria.kit import files
from galleria.kit.errors import Invalid
from galleria.parties import selectors as parties
from galleria.reviewing import selectors as reviewing
from galleria.selling import fields as forms_of
from galleria.selling import forms
from galleria.selling.selectors import applications
from galleria.selling.services import applying, certifying

Name = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
Text = Annotated[str, Field(max_length=forms_of.LONGEST, pattern=NO_NUL)]
FileName = Annotated[str, Field(min_length=1, max_length=160, pattern=PLAIN)]
Base64Text = Annotated[str, Field(max_length=2_500_000, pattern=r"^[A-Za-z0-9+/=]*$")]
Agreements = Annotated[
    dict[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,79}$")], Annotated[str, Field(max_length=20, pattern=PLAIN)]],
    Field(max_length=10),
]


class TaxNumberIn(In):
    """The tax number of the company in a country of the EU."""

    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    number: Annotated[str, Field(max_length=40, pattern=PLAIN)]


class ApplicationValuesIn(In):
    """Fields by their key; those that are left out stay as they are. Wrong values are kept too, and named.

    `version`: of the application that was read; CHANGED_MEANWHILE when somebody else saved since.
    """

    values: Annotated[dict[Name, Text | Annotated[list[TaxNumberIn], Field(max_length=30)]], Field(max_length=60)]
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None


class CertificationValuesIn(In):
    """Fields by their key; those that are left out stay as they are."""

    values: Annotated[dict[Name, Text], Field(max_length=60)]


class ApplicationDocumentIn(In):
    """A file for a field, its content in Base64. What it is, its content says."""

    field: Name
    name: FileName
    content: Base64Text


class ContactCodeIn(In):
    """The code that was mailed to the contact."""

    code: Annotated[str, Field(max_length=20, pattern=PLAIN)]


class AcceptIn(In):
    """Agreements that were read: key to version."""

    agreements: Agreements


class FormCheckOut(Out):
    """What must hold before an application; `text` says what was found or what to do."""

    key: str
    label: str
    passed: bool
    text: str


class FormFieldOut(Out):
    """A field. `value`: text, tax numbers, the id of a file or of several. `problem`: what is wrong with it now.

    `remarks`: what the reviewer said about it when it was last returned.
    """

    key: str
    label: str
    kind: str
    needed: bool
    read_only: bool
    choices: list[str]
    value: str | list[dict[str, str]] | list[str]
    problem: str
    remarks: list[str]


class FormSectionOut(Out):
    """Fields that belong together, with remarks about the whole of it."""

    key: str
    label: str
    remarks: list[str]
    fields: list[FormFieldOut]


class AgreementToAccept(Out):
    """What is accepted on submission; its text is at `/agreements/{key}`."""

    key: str
    version: str
    name: str


class ReviewRoundOut(Out):
    """A round of the review. `state`: pending, approved, returned, withdrawn; `note` is what the reviewer wrote."""

    round: int
    state: str
    submitted_at: Instant
    due_at: Instant
    decided_at: Instant | None
    note: str


class ApplicationOut(Out):
    """The application. `state`: none (not begun), draft, review, rejected (to correct), approved.

    `version` is sent with the next change; `contact_proven` says whether the contact's address was proven.
    """

    state: str
    id: str
    version: int
    changed_at: Instant | None
    submitted_at: Instant | None
    contact_proven: bool
    checks: list[FormCheckOut]
    sections: list[FormSectionOut]
    agreements: list[AgreementToAccept]
    rounds: list[ReviewRoundOut]


class CertificationLine(Out):
    """A contracting party and how far the certification with it is: unsigned, uncertified, review, certified,
    change (in review while the old data hold), locked."""

    party: str
    name: str
    country: str
    state: str


class CertificationOut(CertificationLine):
    """The certification with one party; of the account number only the end is told."""

    signed_at: Instant | None
    certified_at: Instant | None
    failures: int
    reason: str
    agreements: list[AgreementToAccept]
    sections: list[FormSectionOut]
    round: ReviewRoundOut | None


class CertificationsOut(Out):
    """One for every contracting party."""

    items: list[CertificationLine]


# ----- what comes in -----


def known(groups: Iterable[forms_of.Field], values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the services take them. Raises Invalid for what is no field that can be typed."""
    typed = {field.key for field in groups if not field.read_only and field.kind not in {"file", "files"}}
    wrong = {f"values.{key}": _("There is no such field.") for key in values if key not in typed}
    if wrong:
        raise Invalid(fields=wrong)
    return {
        key: [each.model_dump() for each in value] if isinstance(value, list) else value
        for key, value in values.items()
    }


def content_of(body: Any, field: str = "content") -> files.Content:
    """The file in a `name` and a `content` that were sent; `field` is where. Raises Invalid."""
    try:
        data = base64.b64decode(body.content, validate=True)
    except (binascii.Error, ValueError):
        raise Invalid(fields={field: _("This is not Base64.")}) from None
    return files.Content(body.name, data)


# ----- what goes out -----


def agreements_of(keys: Iterable[str], at: datetime) -> list[AgreementToAccept]:
    """The versions in force of agreements."""
    return [
        AgreementToAccept(key=head.key, version=head.version, name=head.name)
        for head in parties.agreement_heads(keys, at)
    ]


def round_of(row: Any) -> ReviewRoundOut:
    """A round of a review."""
    return ReviewRoundOut(
        round=row.round, state=row.state, submitted_at=row.submitted_at, due_at=row.due_at, decided_at=row.decided_at,
        note=row.note,
    )  # fmt: skip


def sections_of(
    groups: Iterable[forms_of.Group], data: Mapping[str, Any], wrong: Mapping[str, Any], latest: Any
) -> list[FormSectionOut]:
    """A form with its values, what is wrong with them, and the remarks of a round."""
    said = {key: [each.text for each in rows] for key, rows in reviewing.remarks_by_field(latest).items()}
    return [
        FormSectionOut(
            key=group.key, label=str(group.label), remarks=said.get(group.key, []),
            fields=[_field(each, data, wrong, said) for each in group.fields if each.is_asked(data)],
        )
        for group in groups
    ]  # fmt: skip


def _field(
    field: forms_of.Field, data: Mapping[str, Any], wrong: Mapping[str, Any], said: Mapping[str, list[str]]
) -> FormFieldOut:
    value = data.get(field.key) or ""
    return FormFieldOut(
        key=field.key, label=str(field.label), kind=field.kind, needed=not field.optional, read_only=field.read_only,
        choices=[key for key, _label in field.options], value=value if isinstance(value, list) else str(value),
        problem=str(wrong.get(field.key, "")), remarks=said.get(field.key, []),
    )  # fmt: skip


def application_out(actor: Any, at: datetime) -> ApplicationOut:
    """The actor's application as it is now, or only the checks before it was begun."""
    checks = [
        FormCheckOut(key=each.key, label=str(each.label), passed=each.passed, text=str(each.text))
        for each in applications.preconditions(actor)
    ]
    row = applications.application_of(actor)
    if row is None:
        return ApplicationOut(
            state="none", id="", version=0, changed_at=None, submitted_at=None, contact_proven=False, checks=checks,
            sections=[], agreements=[], rounds=[],
        )  # fmt: skip
    rounds = applications.rounds_of(row)
    is_open = row.state in {"draft", "rejected"}
    wrong = applying.problems_of(row, at) if is_open else {}
    latest = rounds[0] if rounds and row.state == "rejected" else None
    return ApplicationOut(
        state=row.state, id=row.public_id, version=row.version, changed_at=row.changed_at,
        submitted_at=row.submitted_at, contact_proven=applying.is_proven(row), checks=checks,
        sections=sections_of(forms.APPLICATION, row.data, wrong, latest),
        agreements=agreements_of(applying.agreement_keys(at), at) if is_open else [],
        rounds=[round_of(each) for each in rounds],
    )  # fmt: skip


def certification_line(row: Any) -> CertificationLine:
    return CertificationLine(**_head(row))


def _head(row: Any) -> dict[str, str]:
    party = row.party
    return {"party": party.public_id, "name": party.name, "country": party.country, "state": row.state}


_CONSENT = forms_of.Group("consent", _("Consent"), (forms.CONSENT,))


def certification_out(row: Any, latest: Any, at: datetime) -> CertificationOut:
    """A certification with what is wrong with its data and what the treasury said."""
    is_open = row.state in {"uncertified", "certified"}
    data = certifying.data_of(row) if row.state != "unsigned" else {"company_name": row.seller.legal_name}
    wrong = certifying.problems_of(row, at) if is_open else {}
    if data.get("account_number"):
        data = {**data, "account_number": f"…{str(data['account_number'])[-4:]}"}
    is_returned = latest is not None and latest.state == "returned"
    groups = (*forms.CERTIFICATION, _CONSENT) if row.certified_at is None else forms.CERTIFICATION
    return CertificationOut(
        **_head(row), signed_at=row.signed_at, certified_at=row.certified_at, failures=row.failures,
        reason=row.reason, agreements=agreements_of([row.party.agreement_key], at) if row.state == "unsigned" else [],
        sections=sections_of(groups, data, wrong, latest if is_returned else None),
        round=round_of(latest) if latest else None,
    )  # fmt: skip
