"""The permission matrix of sellers: every endpoint for owners, roles, strangers, buyers, visitors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from galleria.api import app  # noqa: F401  (declares the endpoints)
from galleria.api.endpoints import ENDPOINTS, Endpoint
from galleria.assets import services as assets
from galleria.connecting import services as connecting
from galleria.connecting.models import DebugCase
from galleria.delivering import services as delivering
from galleria.delivering.models import Delivery, ProductionAddress
from galleria.kit import clock
from galleria.parties import permissions
from galleria.pricing.services import LineIn
from galleria.publishing.models import ProductAttribute
from galleria.releasing import services
from galleria.releasing.models import RemovalRequest
from galleria.selling.services import couponing, people, sanctioning
from galleria.selling.services.sanctioning import Wanted
from galleria.supporting import services as supporting
from tests.api.conftest import Program, program
from tests.api.matrix import SELLER_ELSEWHERE, SELLER_ROWS, Row
from tests.packages.pricing.making import batch, written
from tests.packages.releasing.making import Maker
from tests.packages.selling.making import party, pdf
from tests.people import NOW, Person, make_seller
from tests.shop import KEY, Shop

BY_NAME = {each.name: each for each in ENDPOINTS if each.path.startswith("/seller/")}


@pytest.fixture
def things(bruno: Person, olga: Person, ada: Person, shop: Shop) -> dict[str, str]:
    """Bruno's things, by the names that the paths use."""
    shop.fund(ada, "90.00")
    shop.buy(ada, shop.product("Counting House", once="90.00", delivery_type="license"), mode="one_time")
    shop.work()
    maker = Maker(bruno)
    product = maker.released(maker.licence(), olga)
    paper = {"certificate": maker.certificate, "software_name": "Other", "owner": bruno.seller.legal_name}
    other = maker.released(maker.licence(name="Other", slug="other", copyright=paper), olga)
    removal = RemovalRequest.objects.create(product=other, reason="no longer made", requested_at=clock.now())
    notice = services.send_notice(olga.actor, product_id=product.public_id, text="The guide is wrong.", at=clock.now())
    ProductAttribute.objects.create(
        seller=bruno.seller, kind="choice", code="size", name="Size", created_at=clock.now()
    )
    asset = assets.add_asset(bruno.actor, kind="package", name="Backup", at=clock.now())
    version = asset.versions.get()
    upload = assets.start_upload(bruno.actor, version_id=version.public_id, name="a.zip", size=20, at=clock.now())
    certificate = services.start_certificate(
        bruno.actor, product_name="Backup", delivery="license", specifications=["Standard"], material={}, at=clock.now()
    )
    type(bruno.seller).objects.filter(pk=bruno.seller.pk).update(accepts_tickets=True)
    ticket = supporting.open_ticket(
        ada.actor, category="product", product=product.slug, subject="Help", text="Please", at=clock.now()
    )
    address = ProductionAddress.objects.create(seller=bruno.seller, url="http://127.0.0.1:9/saas", created_at=NOW)
    key = delivering.set_interface_key(bruno.seller.pk, "base", KEY, active_from=NOW, at=NOW)
    case = DebugCase.objects.create(address=address, activity="newInstance", saved_at=NOW, run_at=NOW)
    domain = connecting.add_domain(bruno.actor, typed="http://127.0.0.2:9", at=NOW)
    return {
        "domain": domain.public_id,
        "address": address.public_id,
        "key": str(key.pk),
        "case": case.public_id,
        "ticket": ticket.public_id,
        "certificate": certificate.public_id,
        "asset": asset.public_id,
        "asset_version": version.public_id,
        "asset_upload": upload.public_id,
        "release": maker.draft({"delivery": "saas"}).public_id,
        "product": product.slug,
        "removal": removal.public_id,
        "notice": notice.public_id,
        "attribute": "size",
        "product_id": product.public_id,
        "offer": written(bruno, LineIn(product=product.public_id, percent="9"), accounts=[ada], name="A").public_id,
        "batch": batch(bruno, claim="grant").public_id,
        "party": party().public_id,  # everybody's
        "recipient": people.add_recipient(
            bruno.actor, name="Dan", email="dan@print.example", categories={}, at=clock.now()
        ).public_id,
        "colleague": bruno.colleague("Carla", "SellerAdmin").user.public_id,
        "violation": sanctioning.decide(
            olga.actor,
            seller_id=bruno.seller.public_id,
            conduct="other",
            reason="What happened, in a sentence.",
            sanctions=(Wanted("warning"),),
            points=0,
            at=clock.now(),
        ).public_id,
        "wish": couponing.request(
            bruno.actor, scheme="Test of 2027", amount="9.00", document=pdf(), at=clock.now()
        ).public_id,
        "delivery": Delivery.objects.get(means="manual").public_id,
    }


def call(caller: Program, endpoint: Endpoint, row: Row, things: dict[str, str]) -> Any:
    body = json.loads(_filled(json.dumps(row.body), things)) if row.body is not None else None
    return caller.ask(endpoint.method, _filled(row.path, things), body)


def _filled(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return text


def test_every_endpoint_of_sellers_has_a_row_and_every_row_an_endpoint() -> None:
    assert sorted(SELLER_ROWS) == sorted(BY_NAME)
    guarding = {each.needs for each in BY_NAME.values()}
    assert guarding | set(SELLER_ELSEWHERE) == permissions.SELLER
    assert guarding & set(SELLER_ELSEWHERE) == set()


@pytest.mark.parametrize("name", SELLER_ROWS)
def test_the_owner_of_a_seller_is_let_in(name: str, things: dict[str, str], bruno: Person) -> None:
    answer = call(program(bruno), BY_NAME[name], SELLER_ROWS[name], things)

    assert answer.status_code in SELLER_ROWS[name].good, answer.content


def test_another_seller_finds_nothing_of_bruno(things: dict[str, str]) -> None:
    caller = program(make_seller("Sam Sell"))
    for name, row in SELLER_ROWS.items():
        answer = call(caller, BY_NAME[name], row, things)
        if row.stranger:
            assert (answer.status_code, answer.json()["code"]) == (row.stranger, "NOT_FOUND"), name
        else:
            assert answer.status_code in row.good, (name, answer.content)
            for thing, each in things.items():
                assert thing == "party" or f'"{each}"'.encode() not in answer.content, name


def test_buyers_operators_and_readers_are_told_what_is_missing(
    things: dict[str, str], ada: Person, olga: Person, bruno: Person
) -> None:
    for caller in (program(ada), program(olga), program(bruno.colleague("Nils", "BuyerReadOnly"))):
        for name, row in SELLER_ROWS.items():
            answer = call(caller, BY_NAME[name], row, things)
            assert (answer.status_code, answer.json()["action"]) == (403, BY_NAME[name].needs), name


def test_a_visitor_is_asked_to_sign_in(things: dict[str, str]) -> None:
    for name, row in SELLER_ROWS.items():
        answer = call(Program(), BY_NAME[name], row, things)
        assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_IN_NEEDED"), name


def test_the_one_scope_is_enough_and_another_is_not(things: dict[str, str], bruno: Person) -> None:
    for name in ("list_seller_releases", "get_seller_product", "check_seller_release"):
        assert call(program(bruno, BY_NAME[name].needs), BY_NAME[name], SELLER_ROWS[name], things).status_code == 200
        told = call(program(bruno, "seller:order:view"), BY_NAME[name], SELLER_ROWS[name], things)
        assert (told.status_code, told.json()["action"]) == (403, BY_NAME[name].needs)
