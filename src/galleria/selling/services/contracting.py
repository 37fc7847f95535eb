"""The operator's data: contracting parties, their countries, the fee baseline, seller flags."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed
from galleria.parties import checks, countries
from galleria.parties.models import Seller
from galleria.selling import selectors
from galleria.selling.models import ContractingParty, FeeBaseline, SalesRegion
from galleria.selling.services.standing import profile_for_update

PERMISSION = "operator:setting:manage"
DELIVERY_TYPES = ("image", "saas", "license", "professional", "consulting", "hardware", "content", "host", "template")


@transaction.atomic
def save_party(
    actor: Actor, *, party_id: str = "", name: str, country: str, currency: str, address: str = "", tax_id: str = "",
    agreement_key: str = "AGR_SELLER", at: datetime,
) -> ContractingParty:  # fmt: skip
    """Add a contracting party, or change one. Raises Invalid, NotFound."""
    actor.require(PERMISSION)
    values = checks.together(
        ("name", lambda: checks.text("name", name, 200, required=True)),
        ("country", lambda: checks.one_of("country", country, tuple(countries.open_for_registration()))),
        ("currency", lambda: _currency(currency)),
        ("address", lambda: checks.text("address", address, 400)),
        ("tax_id", lambda: checks.text("tax_id", tax_id, 40)),
        ("agreement_key", lambda: checks.text("agreement_key", agreement_key, 80, required=True)),
    )
    row = selectors.party_by_id(party_id) if party_id else ContractingParty(created_at=at)
    for key, value in values.items():
        setattr(row, key, value)
    if not ContractingParty.objects.filter(is_default=True).exclude(pk=row.pk).exists():
        row.is_default = True
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Invalid(fields={"name": _("There is a party of this name.")}) from None
    audit.record(actor, "selling.party_saved", _subject(row), at=at, after=values)
    return row


def _currency(text: str) -> str:
    code = text.strip().upper()
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise Invalid(fields={"currency": _("Give the three letters of the currency, such as EUR.")})
    return code


@transaction.atomic
def set_regions(actor: Actor, *, party_id: str, countries_: Iterable[str], at: datetime) -> ContractingParty:
    """Give a party exactly these countries; those of another party move over. Raises Invalid, NotAllowed."""
    actor.require(PERMISSION)
    row = selectors.party_by_id(party_id)
    if row.is_default:
        raise NotAllowed(_("The default party has every country that no other party has."))
    wanted = sorted({code.strip().upper() for code in countries_ if code.strip()})
    unknown = [code for code in wanted if code not in countries.open_for_registration()]
    if unknown:
        raise Invalid(fields={"countries": _("There is no country %(code)s.") % {"code": unknown[0]}})
    SalesRegion.objects.filter(party=row).exclude(country__in=wanted).delete()
    for code in wanted:
        SalesRegion.objects.update_or_create(country=code, defaults={"party": row})
    audit.record(actor, "selling.regions_set", _subject(row), at=at, after={"countries": wanted})
    return row


@transaction.atomic
def set_fee(actor: Actor, *, delivery_type: str, percent: str, at: datetime) -> FeeBaseline:
    """The platform's fee of a delivery method (empty: of all others), for releases from now on. Raises Invalid."""
    actor.require(PERMISSION)
    if delivery_type and delivery_type not in DELIVERY_TYPES:
        raise Invalid(fields={"delivery_type": _("Choose a delivery method.")})
    field = f"fee_{delivery_type or 'default'}"
    try:
        value = Decimal(percent.strip().replace(",", "."))
    except InvalidOperation:
        value = Decimal(-1)
    hundredths = value * 100
    if not value.is_finite() or not 0 <= value <= 100 or hundredths != int(hundredths):
        raise Invalid(fields={field: _("Give a figure from 0 to 100 with up to two places.")})
    row, _made = FeeBaseline.objects.update_or_create(
        delivery_type=delivery_type, defaults={"percent_e2": int(hundredths)}
    )
    subject = audit.Subject("selling.fee", delivery_type or "default", delivery_type or "default")
    audit.record(actor, "selling.fee_set", subject, at=at, after={"percent": str(value)})
    return row


@transaction.atomic
def set_flags(actor: Actor, *, seller_id: str, sells_hardware: bool, at: datetime) -> Seller:
    """Whether a seller may release hardware: for named ones only (S-GEN-004)."""
    actor.require("operator:seller:review")
    seller = selectors.seller_by_id(seller_id)
    profile = profile_for_update(seller)
    before = {"hardware": profile.is_hardware_seller}
    profile.is_hardware_seller = sells_hardware
    profile.save(update_fields=["is_hardware_seller"])
    account_id = seller.account.public_id
    audit.record(actor, "seller.flags_changed", seller, at=at, before=before, after={"hardware": sells_hardware},
                 account_id=account_id)  # fmt: skip
    return seller


def _subject(row: ContractingParty) -> audit.Subject:
    return audit.Subject("selling.party", row.public_id, row.name)
