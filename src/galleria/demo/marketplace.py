"""The sample marketplace: catalogue, tax rates, people, sellers' interfaces. Loading it twice changes nothing."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from galleria.connecting import probing
from galleria.connecting import services as connecting
from galleria.delivering import services as delivering
from galleria.delivering.models import InterfaceKey, ProductInterface, ProductionAddress
from galleria.demo import people
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.ids import new_token
from galleria.parties import services as parties
from galleria.parties.models import Seller
from galleria.pricing.models import TaxRate
from galleria.publishing.importing import import_catalogue
from galleria.publishing.models import Product, UpgradeRule
from galleria.releasing import services as releasing

CATALOGUE = Path(__file__).resolve().parent / "catalogue"
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
# Standard rates as of this writing; the operator keeps them as data.
TAX_RATES = {
    "SE": 2500, "DE": 1900, "DK": 2500, "FR": 2000, "IE": 2300, "ES": 2100, "CZ": 2100, "EE": 2400, "NO": 2500,
    "PT": 2300, "NL": 2100, "FI": 2550, "PL": 2300, "IT": 2200, "SG": 900,
}  # fmt: skip
SERVER_DELIVERED = ("saas",)
PAIR_NAME = "sample seller"


def keys_file() -> Path:
    """What the sample seller's process reads: each seller's key."""
    return Path(settings.GALLERIA_DATA_DIR) / "sample-seller-keys.json"


def load(at: datetime) -> list[people.Known]:
    """Everything but the history of orders. Raises people.NotOurs."""
    people.require_own_database()
    for country, rate in TAX_RATES.items():
        TaxRate.objects.get_or_create(country=country, valid_from=BEGINNING, defaults={"name": "VAT", "rate_e4": rate})
    _import_if_changed(at)
    known = people.load(at)
    people.hand_out_coupons()
    return known


def _import_if_changed(at: datetime) -> None:
    """Reading eighty products takes seconds; the same files again are not read."""
    digest = hashlib.sha256()
    for path in sorted(CATALOGUE.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    stamp = Path(settings.GALLERIA_DATA_DIR) / "catalogue.stamp"
    if not stamp.exists() or stamp.read_text("ascii") != digest.hexdigest():
        import_catalogue(SYSTEM, path=CATALOGUE, at=at)
        stamp.write_text(digest.hexdigest(), "ascii")


def connect_sellers(seller_url: str, at: datetime) -> int:
    """Bind every SaaS product to the sample seller's process. Its address may be another one at every start."""
    rooms: dict[str, dict[str, Any]] = {}
    for seller in Seller.objects.filter(products__delivery_type__in=SERVER_DELIVERED).distinct():
        key = _key_of(seller, at)
        rooms[seller.slug] = {"key": key, "name": seller.name, "application": seller.name}
        address, _made = ProductionAddress.objects.update_or_create(
            seller=seller,
            contract="saas_v2",
            defaults={"url": f"{seller_url}/s/{seller.slug}/saas", "created_at": at},
        )
        domain = connecting.vouch_for(address, at=at)
        seller.domains.filter(means="operator").exclude(pk=domain.pk).delete()  # of earlier starts
        bound = set(ProductInterface.objects.values_list("product_id", flat=True))
        for product in Product.objects.filter(seller=seller, delivery_type__in=SERVER_DELIVERED):
            if product.pk not in bound:
                delivering.bind_product(product, address)
    write_keys(rooms)
    return len(rooms)


def allow_changes(at: datetime) -> int:
    """Bruno proves every activity of his server and lets buyers upgrade his products; returns the upgrades. Once."""
    actor = people.actor_of(people.SELLER_LOGIN[1])
    seller = Seller.objects.get(account__public_id=actor.account_id)
    address = ProductionAddress.objects.filter(seller=seller, contract="saas_v2").first()
    if address is None or UpgradeRule.objects.filter(product__seller=seller).exists():
        return 0
    if not address.cases.exists():
        _prove(actor, address.public_id, at)
    count = 0
    for product in Product.objects.filter(seller=seller, delivery_type__in=SERVER_DELIVERED, state="on_sale"):
        plan = releasing.upgrade_plan(actor, product_id=product.public_id)
        pairs = [pair for part in plan.specifications for pair in releasing.pairs_along(part)]
        if pairs and not plan.refusal:
            count += len(releasing.set_upgrade_rules(actor, product_id=product.public_id, pairs=pairs, at=at))
    return count


def _prove(actor: Actor, address_id: str, at: datetime) -> None:
    """The life of one test instance, each step kept as a case."""
    instance_id = ""
    steps = (
        ("newInstance", ""), ("queryInstance", ""), ("refreshInstance", "RENEWAL"),
        ("refreshInstance", "TRIAL_TO_FORMAL"), ("refreshInstance", "RENEWAL_CHANGE"), ("upgradeInstance", ""),
        ("changeInstanceCheck", ""), ("updateInstanceStatus", "FREEZE"), ("updateInstanceStatus", "UNFREEZE"),
        ("releaseInstance", ""),
    )  # fmt: skip
    for activity, variant in steps:
        known = probing.as_activity(activity)
        if known is None:
            continue
        values = probing.presets(known, at=at, instance_id=instance_id, variant=variant)
        done = connecting.debug(actor, address_id=address_id, activity=activity, values=values, save=True, at=at)
        instance_id = instance_id or done.tried.instance_id


def let_seller_ask(address: str, at: datetime) -> None:
    """Give Bruno's server an AK/SK pair, with which it asks the marketplace at this address what was ordered.

    Called when the pages are up: before that there is nobody to ask.
    """
    actor = people.actor_of(people.SELLER_LOGIN[1])
    seller = Seller.objects.get(account__public_id=actor.account_id)
    rooms = json.loads(keys_file().read_text("utf-8"))["sellers"]
    if seller.slug not in rooms:  # sells nothing that a server delivers
        return
    pair = seller.account.access_keys.filter(name=PAIR_NAME, revoked_at=None).first()
    if pair is None:
        pair, secret = parties.create_access_key(actor, name=PAIR_NAME, at=at)
    else:
        secret = pair.secret_key
    rooms[seller.slug]["orders"] = {"address": address, "access_key": pair.access_key, "secret_key": secret}
    write_keys(rooms)


def write_keys(rooms: dict[str, dict[str, Any]]) -> None:
    """Store the sellers' keys where their process reads them, for its owner's eyes only."""
    path = keys_file()
    path.touch(mode=0o600, exist_ok=True)
    path.write_text(json.dumps({"sellers": rooms}, indent=1), "utf-8")


def _key_of(seller: Seller, at: datetime) -> str:
    row = InterfaceKey.objects.filter(seller=seller, kind="base").order_by("-id").first()
    if row is not None:
        return str(row.value)
    key = new_token()
    delivering.set_interface_key(seller.pk, "base", key, active_from=BEGINNING, at=at)
    return key
