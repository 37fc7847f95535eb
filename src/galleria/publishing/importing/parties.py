"""Sellers with their accounts, from a catalogue file."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from galleria.parties.models import Account, Seller
from galleria.publishing.catalogue_file import Catalogue, schema
from galleria.publishing.importing.logos import store_logo
from galleria.publishing.importing.report import ImportReport
from galleria.publishing.importing.rows import put, start_of, translated
from galleria.selling import services as selling


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
        if not is_dry_run:
            selling.certify_from_catalogue(row, at=at)
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
