"""Sellers with their accounts, and agreements, from a catalogue file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings

from galleria.kit.errors import Invalid
from galleria.parties.models import Account, Agreement, Seller
from galleria.parties.services.agreements import publish_version
from galleria.publishing.catalogue_file import Catalogue, Entry, Problem, schema
from galleria.publishing.catalogue_file.values import Text
from galleria.publishing.importing.logos import store_logo
from galleria.publishing.importing.report import ImportReport
from galleria.publishing.importing.rows import put, start_of, translated


def import_sellers(catalogue: Catalogue, report: ImportReport, *, at: datetime, is_dry_run: bool) -> dict[str, Seller]:
    """Create or change the sellers, each with the account that it is; returns those of the file by slug."""
    slugs = [entry.value.slug for entry in catalogue.sellers]
    known = {seller.slug: seller for seller in Seller.objects.select_related("account").filter(slug__in=slugs)}
    found: dict[str, Seller] = {}
    for entry in catalogue.sellers:
        seller = entry.value
        logo = store_logo(seller.slug, catalogue.logos.get(("sellers", seller.slug)), is_dry_run=is_dry_run)
        row = known.get(seller.slug)
        account, changed = put(row.account if row else None, Account, *_account_values(seller, at))
        values = _seller_values(seller, logo)
        joined = start_of(seller.joined_on) or at
        row, outcome = put(row, Seller, values, {"slug": seller.slug, "account": account, "created_at": joined})
        report.of("sellers").add("updated" if outcome == "unchanged" and changed == "updated" else outcome)
        found[seller.slug] = row
    return found


def _account_values(seller: schema.Seller, at: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    values = {
        "name": seller.legal_name,
        "verified_name": seller.legal_name,
        "tax_id": seller.tax_id,
        "address": seller.address,
        "email": seller.support.email,
        "phone": seller.support.phone[:32],
    }
    only_new = {
        "kind": "enterprise",
        "country": seller.country,  # never changes after registration
        "currency": seller.currency,
        "is_complete": True,
        "created_at": start_of(seller.joined_on) or at,
    }
    return values, only_new


def _seller_values(seller: schema.Seller, logo: str) -> dict[str, Any]:
    return {
        "name": seller.name,
        "legal_name": seller.legal_name,
        "registration_number": seller.registration_number,
        "address": seller.address,
        "country": seller.country,
        "website": seller.website or "",
        "logo": logo,
        "support_email": seller.support.email,
        "support_phone": seller.support.phone,
        "state": seller.state,
        "verified_at": start_of(seller.verified_on),
        **translated("about", seller.about),
        **translated("support_hours", seller.support.hours),
        **translated("support_languages", seller.support.languages),
        **translated("answers_in", seller.support.answers_in),
    }


def import_agreements(catalogue: Catalogue, report: ImportReport) -> list[Problem]:
    """Add the versions of the platform's agreements; templates are only used by products."""
    problems: list[Problem] = []
    for entry in catalogue.agreements:
        agreement = entry.value
        if agreement.kind == "template":
            continue
        problems += _publish(
            entry,
            agreement.versions,
            report,
            key=agreement.key,
            kind=agreement.kind,
            name=agreement.name,
            issuer=agreement.issuer or settings.GALLERIA.operator_name,
        )
    return problems


def import_product_agreement(
    catalogue: Catalogue, entry: Entry[schema.Product], report: ImportReport, *, product_id: str, seller: Seller
) -> list[Problem]:
    """The product's own agreement, or the template that it names with product and seller filled in."""
    product = entry.value
    source: schema.ProductAgreement | schema.Agreement | None = product.agreement
    if source is None and product.licence:
        source = next(
            (e.value for e in catalogue.agreements if e.value.key == product.licence and e.value.kind == "template"),
            None,
        )
        if source is None:
            words = f"{product.licence} is not an agreement of kind template in this import"
            return [entry.problem(("licence",), words)]
    if source is None:
        return []
    replacements = {"{product}": product.name.en, "{seller}": seller.legal_name}

    def fill(text: Text) -> Text:
        english, chinese = text.en, text.zh
        for placeholder, value in replacements.items():
            translation = product.name.zh or value if placeholder == "{product}" else value
            english, chinese = english.replace(placeholder, value), chinese.replace(placeholder, translation)
        return Text(en=english, zh=chinese)

    return _publish(
        entry,
        [version.model_copy(update={"text": fill(version.text)}) for version in source.versions],
        report,
        key=f"product:{product_id}",
        kind="product",
        name=fill(source.name),
        issuer=seller.legal_name,
        product_id=product_id,
    )


def _publish(
    entry: Entry[Any],
    versions: list[schema.AgreementVersion],
    report: ImportReport,
    *,
    key: str,
    kind: str,
    name: Text,
    issuer: str,
    product_id: str = "",
) -> list[Problem]:
    row = Agreement.objects.prefetch_related("versions").filter(key=key).first()
    known = {version.version: version.texts for version in row.versions.all()} if row else {}
    values = {"kind": kind, "issuer": issuer, "product_id": product_id, **translated("name", name)}
    row, outcome = put(row, Agreement, values, {"key": key})
    for version in versions:
        texts = {"en": version.text.en} | ({"zh-hans": version.text.zh} if version.text.zh else {})
        if known.get(version.version) == texts:
            continue
        try:
            publish_version(
                key=key,
                kind=kind,
                name=name.en,
                issuer=issuer,
                version=version.version,
                texts=texts,
                effective_at=start_of(version.effective_on),  # type: ignore[arg-type]  # a date is required
                product_id=product_id,
                change_note=version.change_note,
            )
        except Invalid as error:
            return [entry.problem((), str(error))]
        outcome = "updated" if outcome == "unchanged" else outcome
    report.of("agreements").add(outcome)
    return []
