"""What a reviewer sees of each kind of submission: fields by section, what is live now, what to look at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from galleria.kit.actor import Actor
from galleria.kit.errors import Text
from galleria.kit.models import StoredFile
from galleria.kit.money import Money
from galleria.parties import countries
from galleria.reviewing.models import Submission
from galleria.reviewing.ports import Dossier, Fact, Section
from galleria.selling import forms, ports
from galleria.selling.fields import Field, Group
from galleria.selling.models import Application, Certification, Change, ExitRequest, Filing
from galleria.selling.selectors import changes, coupons


def _facts(fields: Iterable[Field], data: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> list[Fact]:
    asked = [field for field in fields if field.is_asked(data)]
    names = _file_names(asked, data, before or {})
    found: list[Fact] = []
    for field in asked:
        for fact in _of_field(field, data, before, names):
            found.append(fact)
    return found


def _of_field(
    field: Field, data: Mapping[str, Any], before: Mapping[str, Any] | None, names: Mapping[str, str]
) -> list[Fact]:
    value = data.get(field.key, "")
    was = None if before is None else before.get(field.key, "")
    if field.kind == "files":
        return [
            Fact(field.key, field.label, names.get(each, each), None, "picture", f"/files/{each}")
            for each in value or ()
        ] or [Fact(field.key, field.label, "", None if was is None else "")]
    if field.kind == "file":
        shown = names.get(str(value), str(value))
        earlier = None if was is None else names.get(str(was), str(was))
        is_stored = str(value).startswith("fil_")
        look = "picture" if is_stored and shown.lower().endswith((".png", ".jpg", ".jpeg")) else "text"
        return [Fact(field.key, field.label, shown, earlier, look, f"/files/{value}" if is_stored else "")]
    look = "link" if field.kind == "url" else ("text" if field.kind != "lines" else "markdown")
    href = str(value) if field.kind == "url" and str(value).startswith(("http://", "https://")) else ""
    return [Fact(field.key, field.label, said(field, value), None if was is None else said(field, was), look, href)]


def said(field: Field, value: Any) -> Any:
    """A value in words: options, countries, yes and no."""
    if field.kind == "choice":
        return dict(field.options).get(value, value)
    if field.kind == "yes":
        return {"yes": _("Yes"), "no": _("No")}.get(value, "")
    if field.kind == "country":
        return countries.name_of(str(value)) if value else ""
    if field.kind == "tins":
        return ", ".join(f"{row['country']} {row['number']}" for row in value or ())
    return value


def _file_names(fields: Iterable[Field], *sources: Mapping[str, Any]) -> dict[str, str]:
    wanted: set[str] = set()
    for field in fields:
        for data in sources:
            value = data.get(field.key) or []
            if field.kind == "files":
                wanted.update(value)
            elif field.kind == "file" and value:
                wanted.add(str(value))
    return dict(StoredFile.objects.filter(public_id__in=wanted).values_list("public_id", "name")) if wanted else {}


def _sections(
    groups: Iterable[Group], data: Mapping[str, Any], before: Mapping[str, Any] | None = None
) -> list[Section]:
    return [Section(group.key, group.label, _facts(group.fields, data, before)) for group in groups]


def filed(submission: Submission) -> dict[str, Any]:
    """What was handed in with this round."""
    row = Filing.objects.filter(submission_id=submission.public_id).first()
    return dict(row.data) if row else {}


def registration(actor: Actor, submission: Submission) -> Dossier:
    """The application with its documents; beside it what the round before said."""
    application = Application.objects.select_related("account").get(public_id=submission.subject)
    earlier = (
        Submission.objects.filter(kind=submission.kind, subject=submission.subject, round__lt=submission.round)
        .order_by("-round")
        .first()
    )
    data = filed(submission) or application.data
    before = filed(earlier) if earlier else None
    accepted = ", ".join(f"{key} {version}" for key, version in application.agreements.items())
    agreements = Section("agreements", _("Agreements"), [Fact("accepted", _("Accepted"), accepted)])
    return Dossier(
        sections=[*_sections(forms.APPLICATION, data, before), agreements],
        links=[(_("Account"), f"/operator/accounts/{application.account.public_id}")],
        checklist=[
            _("Name, number and address are those of the licence."),
            _("The licence is the latest one and has not expired."),
            _("The website is the company’s own, not the sign-in page of a product."),
            _("The company exists for a year, with the capital and staff that are expected."),
        ],
        effects=[_("The account becomes a seller and may prepare products; selling waits for the certification.")],
    )


def certification(actor: Actor, submission: Submission) -> Dossier:
    """Tax and bank data; in a change beside those in force."""
    row = Certification.objects.select_related("party", "seller__account").get(public_id=submission.subject)
    is_open = submission.state == "pending"
    data = {**(row.draft if is_open else row.data), "company_name": row.seller.legal_name}
    data["account_number"] = (row.draft_bank_account if is_open else row.bank_account) or ""
    before = None
    if row.certified_at is not None and is_open:
        before = {**row.data, "company_name": row.seller.legal_name, "account_number": row.bank_account or ""}
    effects: list[Text] = [
        _("The seller can sell in the countries of %(party)s.") % {"party": row.party.name},
        _("Bills are addressed to this bank account from now on."),
    ]
    return Dossier(
        sections=_sections(forms.CERTIFICATION, data, before),
        links=[(_("Account"), f"/operator/accounts/{row.seller.account.public_id}")],
        checklist=[
            _("The account is in the name of the company."),
            _("Tax number and address are those of the licence."),
            _("A bank of this SWIFT code exists."),
        ],
        effects=effects,
    )


def change(actor: Actor, submission: Submission) -> Dossier:
    """New profile, name or storefront beside what is live."""
    row = Change.objects.select_related("seller__account").get(public_id=submission.subject)
    data = filed(submission) or row.data
    live = changes.live(row.seller, row.kind)
    if row.kind == "name":
        live["new_name"] = row.seller.legal_name
    effects: dict[str, Text] = {
        "profile": _("Buyers see the new data at once."),
        "storefront": _("The seller’s page shows it at once."),
        "name": _("The company has its new name; it signs and certifies its bank data anew with every party."),
    }
    return Dossier(
        sections=_sections(forms.CHANGES[row.kind], data, live),
        links=[
            (_("Account"), f"/operator/accounts/{row.seller.account.public_id}"),
            (_("Page of the seller"), f"/sellers/{row.seller.slug}"),
        ],
        checklist=[_("It is the same company as before.")] if row.kind == "name" else [],
        effects=[effects[row.kind]],
    )


def test_coupon(actor: Actor, submission: Submission) -> Dossier:
    """What was asked for and what is left this year."""
    row = coupons.request_by_id(submission.subject)
    asked = Money(row.asked_minor, row.currency)
    granted = None if row.granted_minor is None else Money(row.granted_minor, row.currency)
    facts = [
        Fact("scheme", _("Scheme"), row.scheme),
        Fact("product", _("Product"), row.product_name or "–"),
        Fact("amount", _("Amount asked for"), asked, look="money"),
        Fact("document", _("Sealed application"), _("Open the document"), href=f"/files/{row.document}"),
        Fact("remarks", _("Remarks"), row.remarks),
    ]
    if granted is not None:
        facts.insert(3, Fact("granted", _("Value that was set"), granted, look="money"))
    account = row.seller.account.public_id
    return Dossier(
        sections=[Section("request", _("Request"), facts)],
        links=[(_("Set another value"), f"/operator/accounts/{account}#test-coupons")],
        effects=[_("A coupon of %(value)s is given to the seller’s account.") % {"value": granted or asked}],
    )


def leaving(actor: Actor, submission: Submission) -> Dossier:
    """The checklist as it was and as it is now."""
    row = ExitRequest.objects.select_related("seller__account").get(public_id=submission.subject)
    now = ports.checklist(row.seller_id)
    facts = [Fact("reason", _("Reason"), row.reason, look="markdown")]
    facts += [
        Fact(
            each.key,
            each.label,
            _("Done") if each.passed else (each.detail or pgettext_lazy("state of a check", "Open")),
            href=each.href,
        )
        for each in now
    ]
    return Dossier(
        sections=[Section("exit", _("Exit"), facts)],
        links=[(_("Account"), f"/operator/accounts/{row.seller.account.public_id}")],
        effects=[_("The seller’s console is for reading only; the account cannot register again.")],
    )
