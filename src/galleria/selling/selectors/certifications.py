"""Certifications of a seller: with whom, in which state, to which account bills are paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound, Text
from galleria.parties import selectors as people
from galleria.parties.models import AgreementVersion, Seller
from galleria.reviewing import selectors as reviewing
from galleria.reviewing.models import Submission
from galleria.selling.models import Certification, ContractingParty
from galleria.selling.selectors import contracts
from galleria.selling.selectors.sellers import LIVE, seller_of

KIND = "certification"


def certifications_of(actor: Actor) -> list[Certification]:
    """One for every contracting party, those that were not begun among them (not stored)."""
    actor.require("seller:cert:manage")
    return of_seller(seller_of(actor))


def of_seller(seller: Seller) -> list[Certification]:
    """The same for a seller that is known."""
    held = {row.party_id: row for row in Certification.objects.select_related("party").filter(seller=seller)}
    return [held.get(party.pk) or Certification(seller=seller, party=party) for party in contracts.parties()]


def certification_of(actor: Actor, party_id: str) -> Certification:
    """The certification with one party. Raises NotFound for an unknown party."""
    found = [row for row in certifications_of(actor) if row.party.public_id == party_id]
    if not found:
        raise NotFound
    return found[0]


def last_round(row: Certification) -> Submission | None:
    """The last round of its review, with remarks."""
    return reviewing.latest(row.seller.account_id, kind=KIND, subject=row.public_id)


def agreements_to_accept(seller: Seller, at: datetime) -> list[AgreementVersion]:
    """Newer versions of what the seller signed with its parties, which it has not accepted yet (S-NOT-001)."""
    rows = Certification.objects.filter(seller=seller, signed_at__isnull=False).exclude(state="unsigned")
    keys = sorted(set(rows.values_list("party__agreement_key", flat=True)))
    found = people.current_versions(keys, at) if keys else {}
    accepted = people.accepted_versions(seller.account_id, [row.pk for row in found.values()])
    return [found[key] for key in keys if key in found and found[key].pk not in accepted]


@dataclass(frozen=True, slots=True)
class Payee:
    """To whom a bill is addressed: what is in force, whatever waits for a decision (S-CER-T5)."""

    party: ContractingParty
    company_name: str
    tax_number: str
    account_name: str
    account_number: str
    bank_name: str
    bank_address: str
    swift: str


def payees(seller_pk: int) -> list[Payee]:
    """One for every party with certified data."""
    rows = Certification.objects.select_related("party").filter(seller_id=seller_pk, state__in=LIVE)
    return [_payee(row) for row in rows]


def _payee(row: Certification) -> Payee:
    def text(key: str) -> str:
        return str(row.data.get(key, ""))

    return Payee(
        row.party, text("company_name"), text("tax_number"), text("account_name"), str(row.bank_account or ""),
        text("bank_name"), text("bank_address"), text("swift"),
    )  # fmt: skip


def why_no_bill(seller_pk: int, country: str) -> Text | None:
    """Why no bill can be made for sales into a country, or None when one can (S-CER-T3)."""
    party = contracts.party_of(country)
    if party is None:
        return _("There is no contracting party for this country.")
    rows = Certification.objects.filter(seller_id=seller_pk, party=party)
    row = rows.first()
    if row is None or row.state not in LIVE:
        return _("Tax and bank data are not certified with %(party)s.") % {"party": party.name}
    return None


def sales_regions(seller_pk: int) -> list[dict[str, Any]]:
    """Contracting parties with their countries and whether the seller may sell there (S-CER-T4).

    `countries` is None for the party that has all others; `href` is where the seller certifies.
    """
    live = set(Certification.objects.filter(seller_id=seller_pk, state__in=LIVE).values_list("party_id", flat=True))
    return [
        {
            "party": party,
            "countries": None if party.is_default else sorted(region.country for region in party.regions.all()),
            "is_open": party.pk in live,
            "href": f"/seller/certification/{party.public_id}",
        }
        for party in contracts.parties()
    ]
