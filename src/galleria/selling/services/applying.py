"""The application to become a seller: kept as a draft, submitted, withdrawn, decided (S-REG)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import outbox, parameters
from galleria.kit import secrets as vault
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound, Refused, Text
from galleria.kit.money import Money
from galleria.kit.spoken import stored
from galleria.parties import checks
from galleria.parties import selectors as people
from galleria.parties import services as parties
from galleria.reviewing import services as reviewing
from galleria.selling import events, fields, forms, rules, states
from galleria.selling.models import Application, Filing
from galleria.selling.selectors import applications as selectors
from galleria.selling.services import papers, websites
from galleria.selling.services.standing import require_owner

FIELDS = forms.fields_of(forms.APPLICATION)


class PreconditionFailed(Refused):
    """`extra["failed"]` names the checks that did not pass."""

    code = "REGISTRATION_PRECONDITION"
    status = 409


class ChangedMeanwhile(NotAllowed):
    """Somebody else, or the same person in another window, saved in between."""

    code = "CHANGED_MEANWHILE"
    default_message = _("This was changed in another window meanwhile. What is there now is shown below.")


def agreement_keys(at: datetime) -> list[str]:
    """What an applicant accepts: the seller agreement, then the customer agreement and the privacy statement."""
    return [selectors.AGREEMENT, *(version.agreement.key for version in people.registration_agreements(at))]


def _open(actor: Actor) -> Application:
    """The actor's application while it may be changed. Raises NotFound, NotAllowed, PermissionMissing."""
    require_owner(actor)
    application = selectors.application_of(actor)
    if application is None:
        raise NotFound
    if application.state not in {"draft", "rejected"}:
        raise NotAllowed(_("Your application is in review or decided. Withdraw it to change it."))
    return application


def _require_preconditions(actor: Actor) -> None:
    failed = [each for each in selectors.preconditions(actor) if not each.passed]
    if failed:
        raise PreconditionFailed(
            " ".join(str(each.text) for each in failed), extra={"failed": [each.key for each in failed]}
        )


@transaction.atomic
def begin(actor: Actor, *, at: datetime) -> Application:
    """Open the account's application; the same one again when it is there. Raises PreconditionFailed."""
    require_owner(actor)
    _require_preconditions(actor)
    account = people.account_of(actor)
    user = people.user_of(actor)
    known = {
        "company_name": selectors.company_name(account), "country": account.country, "contact_name": user.name,
        "contact_email": user.email, "contact_phone": user.phone or account.phone, "capital_currency": account.currency,
    }  # fmt: skip
    row, made = Application.objects.get_or_create(
        account=account, defaults={"user": user, "data": known, "created_at": at, "changed_at": at}
    )
    if made:
        audit.record(actor, "seller.application_begun", _subject(row), at=at)
    return row


def _keep(application: Application, version: int | None, at: datetime, **values: Any) -> Application:
    """Store a draft if nobody else did meanwhile."""
    rows = Application.objects.filter(pk=application.pk, version=application.version, state__in=("draft", "rejected"))
    if version is not None and version != application.version:
        raise ChangedMeanwhile(extra={"version": application.version})
    if not rows.update(**values, version=application.version + 1, changed_at=at):
        raise ChangedMeanwhile
    for name, value in values.items():
        setattr(application, name, value)
    application.version += 1
    return application


@transaction.atomic
def save(
    actor: Actor, *, values: Mapping[str, Any], group: str = "", version: int | None = None, at: datetime
) -> Application:
    """Keep what was typed, right or wrong, so that nothing is lost; `problems_of` says what is wrong with it.

    With `group` only the fields of that step. Raises ChangedMeanwhile when the version is not the latest.
    """
    application = _open(actor)
    chosen = [field for each in forms.APPLICATION if group in {"", each.key} for field in each.fields]
    data = fields.kept(chosen, values, application.data)
    return _keep(application, version, at, data=data)


@transaction.atomic
def attach(actor: Actor, *, field: str, upload: Any, at: datetime) -> Application:
    """Put a document into the application. Raises FileRefused beside the field."""
    application = _open(actor)
    data = papers.attached(actor, FIELDS, field, application.data, upload, purpose="registration", at=at)
    return _keep(application, None, at, data=data)


def problems_of(application: Application, at: datetime, *, group: str = "") -> dict[str, Any]:
    """Field to what is wrong with it; the same on every page, on submit and in the API."""
    chosen = [each for each in forms.APPLICATION if group in {"", each.key}]
    found: dict[str, Any] = {}
    for each in chosen:
        found |= fields.problems(each.fields, application.data, at)
        found |= _beyond(each.key, application, at, found)
    return found


def _beyond(group: str, application: Application, at: datetime, found: Mapping[str, Any]) -> dict[str, Any]:
    """Rules between fields and with the clock."""
    data = application.data
    more: dict[str, Any] = {}
    until = fields.day_of(data.get("licence_until") or "")
    ends = fields.day_of(data.get("business_until") or "")
    if group == "company":
        if until is not None and until < at.date():
            more["licence_until"] = _("The licence has expired. Send in the latest one.")
        if data.get("business_term") == "fixed" and ends is not None and ends < at.date():
            more["business_until"] = _("The business term has ended.")
        founded = fields.day_of(data.get("founded_on") or "")
        if founded is not None and founded > at.date():
            more["founded_on"] = _("This day is still to come.")
    if group == "contacts":
        if data.get("service_hours") and "service_hours" not in found:
            try:
                fields.support_minutes(str(data["service_hours"]))
            except Invalid as refusal:
                more["service_hours"] = next(iter(refusal.fields.values()))
        email = str(data.get("contact_email") or "").lower()
        if email and "contact_email" not in found and not is_proven(application):
            more["contact_email"] = _("Prove this address with the code that we send there.")
    return more


def is_proven(application: Application) -> bool:
    """Whether the contact's address was proven: with a code, or as the confirmed address of the applicant."""
    email = str(application.data.get("contact_email") or "").lower()
    if not email:
        return False
    if email == application.proven_email:
        return True
    user = application.user
    return user is not None and user.email == email and user.pk in people.with_confirmed_email([user.pk])


@transaction.atomic
def send_code(actor: Actor, *, at: datetime) -> Application:
    """Send a code to the contact's address that is in the application; half an hour to type it."""
    application = _open(actor)
    email = checks.email(str(application.data.get("contact_email") or ""), "contact_email")
    if application.code_until and at < application.code_until - timedelta(minutes=rules.CODE_MINUTES - 1):
        raise NotAllowed(_("A code was sent a moment ago. Wait a minute before you ask for another."))
    code = f"{secrets.randbelow(1_000_000):06d}"
    until = at + timedelta(minutes=rules.CODE_MINUTES)
    _keep(
        application, None, at, code_hash=people.digest(f"{application.public_id}:{code}"), code_email=email,
        code_until=until, code_tries=0,
    )  # fmt: skip
    outbox.publish(events.ContactCodeWanted(vault.encrypt(f"{email} {code}")))
    return application


def prove_email(actor: Actor, *, code: str, at: datetime) -> Application:
    """Type the code. Raises Invalid; after five wrong ones a new code is needed."""
    application = _open(actor)
    wrong = Invalid(fields={"code": _("This code is not right, or its time is over. Ask for a new one.")})
    if application.code_until is None or at > application.code_until or application.code_tries >= rules.CODE_TRIES:
        raise wrong
    if application.code_email != str(application.data.get("contact_email") or "").lower():
        raise wrong
    given = people.digest(f"{application.public_id}:{code.strip()}")
    if not vault.same(given, application.code_hash):
        Application.objects.filter(pk=application.pk).update(code_tries=F("code_tries") + 1)
        raise wrong
    return _keep(application, None, at, proven_email=application.code_email, code_hash="", code_until=None)


# ----- submitting -----


def submit(actor: Actor, *, accepted: Mapping[str, str], at: datetime) -> Application:
    """Send the application to the reviewers.

    Raises PreconditionFailed, Invalid with every field that is wrong (the website is asked here, outside of the
    transaction), AgreementNotAccepted, AgreementVersionChanged, AlreadyInReview.
    """
    application = _open(actor)
    _require_preconditions(actor)
    wrong = problems_of(application, at)
    if wrong:
        raise Invalid(fields=wrong)
    parties.require_acceptance(agreement_keys(at), accepted, at)  # before anybody's website is asked
    websites.require_answer(application.data["website"])
    with transaction.atomic():
        versions = parties.require_acceptance(agreement_keys(at), accepted, at)
        parties.accept_agreements(actor, versions=versions, at=at)
        ticked = {version.agreement.key: version.version for version in versions}
        account = people.account_of(actor)
        data = {**application.data, "company_name": selectors.company_name(account), "country": account.country}
        states.APPLICATION.apply(
            application, "submit", submitted_at=at, changed_at=at, user_id=actor.user_pk, data=data, agreements=ticked,
            version=application.version + 1,
        )  # fmt: skip
        name = str(data["company_name"])
        submission = reviewing.submit(
            actor, kind=selectors.KIND, subject=application.public_id, title=name, seller_name=name,
            results=_declared(data, at), at=at,
        )  # fmt: skip
        Filing.objects.create(submission_id=submission.public_id, data=data)
        audit.record(actor, "seller.application_submitted", _subject(application), at=at, after=ticked)
    return application


def _declared(data: Mapping[str, Any], at: datetime) -> list[dict[str, str]]:
    """What the company declared, against what the operator expects: for the reviewer's eyes, refusing nothing."""
    founded = fields.day_of(data["founded_on"])
    years = parameters.get("registration.min_age_years")
    old_enough = founded is not None and founded <= rules.years_ago(at, years).date()
    expected = parameters.money("registration.min_capital")
    capital = Money.parse(str(data["capital"]).replace(",", "").replace(" ", ""), str(data["capital_currency"]))
    same = capital.currency == expected.currency
    staff = parameters.get("registration.min_staff")
    return [
        _result(_("Age of the company"), old_enough, f"Founded on {data['founded_on']}; {years} year(s) expected"),
        _result(_("Registered capital"), same and capital.minor >= expected.minor, f"{capital}; {expected} expected"),
        _result(_("Staff"), int(data["staff"]) >= staff, f"{data['staff']}; {staff} expected"),
        _result(_("Website"), True, str(data["website"])),
    ]


def _result(name: Text, passed: bool, text: str) -> dict[str, str]:
    return {"name": stored(name), "state": "ok" if passed else "warning", "text": text}


@transaction.atomic
def withdraw(actor: Actor, *, at: datetime) -> Application:
    """Take the application back as a draft. Raises NotAllowed when it was decided meanwhile."""
    require_owner(actor)
    application = selectors.application_of(actor)
    if application is None:
        raise NotFound
    reviewing.withdraw(actor, kind=selectors.KIND, subject=application.public_id, at=at)
    application.refresh_from_db()
    return application


def _subject(row: Application) -> audit.Subject:
    return audit.Subject("selling.application", row.public_id, str(row.data.get("company_name", "")))
