"""Sellers and their products by file and API alone, from an empty directory: real processes, the real command.

A company that nobody prepared goes from its application to a subscription that somebody uses, and to the end of the
sale. Then every other delivery method: a file in a new folder, `apply`, `submit`, approved by a person, on sale and
ordered; `pull` and `plan` without a difference.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

import pytest

from tests.cli.company import Company, sign_in, until
from tests.cli.folder import COMMON, SOFTWARE, SOLD, Folder, Operator, image_version, leaf, order
from tests.world import World

pytestmark = pytest.mark.slow

ONCE = "specifications: [{key: one, name: One, prices: [{mode: one_time, price: 500.00 EUR}]}]\n"
MONTHLY = """specifications:
  - key: one
    name: {en: One, zh: 一}
    asset: $asset
    attributes:
      - {key: users, name: Users, kind: quantity, minimum: 5, maximum: 50, step: 5}
    prices: [{mode: period, period: month, terms: [1, 3], price: 2.00 EUR, model: linear, quantity: users}]
"""
METHODS = {
    "license": SOLD + SOFTWARE + ONCE
    + "licence_form: offline\nservice_template: standard\ndelivery_days: 3\nacceptance: It opens the program.\n",
    "professional": SOLD + ONCE + "request_templates: [./request.docx]\nservice_template: standard\n"
    "delivery_days: 10\nacceptance: All servers run.\n",
    "consulting": "specifications: [{key: talk, name: First talk}]\n"
    "website: https://fjord.example/advice\ncontact: {email: sales@fjord.example}\n",
    "hardware": SOLD + ONCE + "delivery_days: 14\nacceptance: Its lamp is green.\n",
    "image": SOLD + SOFTWARE + MONTHLY + "image: {pricing: instance, ports: Open port 443.}\n",
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: Any) -> Iterator[World]:
    extra = {"GALLERIA_IMAGE_SOURCE": "demo"}
    made = World(tmp_path_factory.mktemp("world"), program="tests.web.certified", extra=extra)
    try:
        made.build()
        made.serve()
        made.work()
        yield made
    finally:
        made.stop()


@pytest.fixture
def folder(world: World, tmp_path: Path) -> Folder:
    made = Folder(tmp_path, world)
    made.files()
    return made


# ----- a company that nobody prepared -----


@pytest.fixture
def vera(world: World, tmp_path_factory: Any) -> Iterator[Company]:
    made = Company(world, tmp_path_factory.mktemp("company"))
    yield made
    world.end(made.process)


@pytest.mark.req(
    "S-APP-001", "S-APP-T1", "S-APP-T3", "S-REG-003", "S-REG-T4", "S-CER-T1", "A-ADR-001", "A-DBG-001", "A-DBG-004",
    "S-AST-004", "S-SKU-003", "S-TRI-001", "S-PRD-T3", "S-PRD-T9", "S-PRD-004", "S-PRD-005", "S-PRD-006",
)  # fmt: skip
def test_a_company_registers_proves_its_server_releases_sells_and_ends_it(folder: Folder, vera: Company) -> None:
    name, slug, olga = f"{vera.name.split()[0]} Desk", f"{vera.name.split()[0].lower()}-desk", Operator(folder.world)
    folder.who = "newcomer_key"
    vera.apply()
    olga.give_back(vera.name, "street", "The licence says Kajen 5.")
    vera.correct_application()
    olga.approve(vera.name)
    vera.certify()
    olga.approve(vera.name)
    address = vera.prove_domain()
    vera.debug_everything(address)
    file = vera.write_product(folder, name, asset=vera.scanned_site(), address=address)

    _released(folder, vera, olga, file, name)
    _found_bought_and_used(vera, slug, name)
    assert folder("pull", slug, "-o", "pulled.yaml")[0] == 0
    assert folder("plan", "pulled.yaml")[0] == 0
    assert folder("plan", file)[0] == 0
    _dearer(folder, vera, olga, slug, name)
    _hidden_and_ended(folder, vera, olga, slug, name)


def _released(folder: Folder, vera: Company, olga: Operator, file: str, name: str) -> None:
    """Applied, submitted, returned with a remark on a field, corrected, submitted again, approved."""
    status, said = folder("plan", file)
    assert (status, "This is a new product:" in said) == (2, True), said
    status, said = folder("apply", file)
    assert (status, "It can be submitted." in said) == (0, True), said
    status, said = folder("submit", file, "--json")
    release = json.loads(said)
    assert (status, release["state"]) == (0, "pending"), said
    olga.give_back(name, "summary", "Say for how many people it is.")
    back = vera.ask("GET", f"/seller/releases/{release['release']}")
    assert (back["state"], back["remarks"]) == (
        "rejected", [{"path": "summary", "text": "Say for how many people it is."}]
    )  # fmt: skip
    path = folder.path / file
    path.write_text(path.read_text("utf-8").replace("Written in a folder", "For two to fifty people, written"), "utf-8")
    status, said = folder("submit", file, "--json")
    again = json.loads(said)
    assert (status, again["state"], again["release"]) == (0, "pending", release["release"]), said
    olga.approve(name)


def _found_bought_and_used(vera: Company, slug: str, name: str) -> None:
    """Within a minute in the search; another account buys one combination, and signs in to what it got."""
    world = vera.world

    def ask(path: str) -> dict[str, Any]:
        return world.ask("GET", path, who="buyer_key")[1]

    found = until(lambda: ask(f"/products?q={name.replace(' ', '+')}")["items"], lambda rows: rows)
    assert (found[0]["slug"], found[0]["trial_days"]) == (slug, 14)
    (desk,) = ask(f"/products/{slug}")["specifications"]
    assert len({(row["mode"], *sorted(row["choices"].items())) for row in desk["prices"]}) == 18
    team = {"mode": "period:month", "term": 1, "attributes": {"edition": "team", "help": "phone"}}
    assert order(world, slug, team) == "37.50"  # the fifth of nine: 30.00 EUR, and 25 % of tax
    assert order(world, slug, {"mode": "trial", "attributes": team["attributes"]}) == "0.00"
    for row in _held(world, slug):
        here = f"/subscriptions/{row['id']}"
        until(lambda here=here: ask(here)["state"], lambda state: state == "effective")
        info = until(lambda here=here: ask(f"{here}/app-info"), lambda told: told["front_end_url"])
        secret = world.ask("POST", f"{here}/password", {}, who="buyer_key")[1]["password"]
        assert info["front_end_url"].startswith(vera.url)
        assert "Sign out" in sign_in(info["front_end_url"], info["user_name"], secret)


def _dearer(folder: Folder, vera: Company, olga: Operator, slug: str, name: str) -> None:
    """One of eighteen prices by a tenth: sold as before until it is approved."""
    path = folder.path / "pulled.yaml"
    path.write_text(path.read_text("utf-8").replace(" 10.00 EUR", " 11.00 EUR"), "utf-8")
    status, said = folder("plan", path.name)
    assert (status, said.count("→"), "10.00 EUR → 11.00 EUR" in said) == (2, 1, True), said
    status, said = folder("submit", path.name, "--notes", "Dearer by a tenth")
    assert status == 0, said
    assert folder("submit", path.name)[0] == 1  # one waits already
    cheapest = {"mode": "period:month", "term": 1, "attributes": {"edition": "basic", "help": "mail"}}
    assert order(vera.world, slug, cheapest) == "12.50"
    olga.approve(name)
    assert order(vera.world, slug, cheapest) == "13.75"
    assert folder("plan", path.name)[0] == 0
    status, said = folder("plan", "desk.yaml")  # the first file says the old price still, and nothing else
    assert (status, said.count("→"), "versions" in said) == (2, 1, False), said


def _hidden_and_ended(folder: Folder, vera: Company, olga: Operator, slug: str, name: str) -> None:
    """Not in the search but sold at its address; then ended after a review: who has it keeps it."""
    price = {"mode": "period:year", "term": 1, "attributes": {"edition": "pro", "help": "always"}}
    product = vera.ask("GET", f"/seller/products?q={slug}")["items"][0]["id"]
    vera.ask("POST", f"/seller/products/{product}/hide", {})
    assert name not in json.dumps(vera.world.ask("GET", f"/products?q={name.replace(' ', '+')}", who="buyer_key")[1])
    assert order(vera.world, slug, price) == "625.00"  # its address still sells it: 500.00 EUR and tax
    asked = vera.ask("POST", f"/seller/products/{product}/removals", {"reason": "It is replaced."}, status=201)
    assert asked["state"] == "pending"
    olga.approve(name)
    assert vera.ask("GET", f"/seller/products/{product}")["state"] == "removed"
    assert order(vera.world, slug, price) == "PRODUCT_UNAVAILABLE"
    assert folder("submit", "pulled.yaml")[0] == 1
    until(lambda: {row["state"] for row in _held(vera.world, slug)}, lambda states: states == {"effective"})


def _held(world: World, slug: str) -> list[dict[str, Any]]:
    """What the buyer holds of the product."""
    rows = world.ask("GET", "/subscriptions", who="buyer_key")[1]["items"]
    return [row for row in rows if row["product"]["slug"] == slug]


# ----- every other delivery method -----


def written(folder: Folder, delivery: str, name: str) -> str:
    """The file of a product of this delivery method, as a person writes it; its name."""
    world = folder.world
    values = {
        "delivery": delivery, "name": name, "text": f"{name} takes work off people. " * 20, "category": leaf(world),
        "asset": image_version(world, "Our image") if delivery == "image" else "", "company": world.facts["company"],
    }  # fmt: skip
    text = Template(COMMON + METHODS[delivery]).substitute(values)
    (folder.path / f"{delivery}.yaml").write_text(text, "utf-8")
    return f"{delivery}.yaml"


BOUGHT: dict[str, tuple[dict[str, Any], str]] = {
    "license": ({"mode": "one_time"}, "625.00"), "professional": ({"mode": "one_time"}, "625.00"),
    "consulting": ({}, "SKU_UNAVAILABLE"), "hardware": ({"mode": "one_time"}, "625.00"),
    "image": ({"mode": "period:month", "term": 1, "attributes": {"users": "10"}}, "25.00"),
}  # fmt: skip


@pytest.mark.req("S-APP-001", "S-APP-T1", "S-DMT-001", "S-SKU-T1")
@pytest.mark.parametrize("delivery", list(METHODS))
def test_each_other_delivery_method_from_an_empty_folder_to_an_order(folder: Folder, delivery: str) -> None:
    world, name = folder.world, f"Fjord {delivery.title()} Service"
    slug = name.lower().replace(" ", "-")
    file = written(folder, delivery, name)

    status, said = folder("plan", file)
    assert (status, "This is a new product:" in said) == (2, True), said
    status, said = folder("submit", file, "--json")
    assert (status, json.loads(said)["state"]) == (0, "pending"), said
    Operator(world).approve(name)
    if delivery == "hardware":
        assert order(world, slug, BOUGHT[delivery][0]) == "OUT_OF_STOCK"
        product = world.ask("GET", f"/seller/products?q={slug}")[1]["items"][0]["id"]
        stocked = world.ask("PUT", f"/seller/products/{product}/stock", {"specification": "one", "stock": 1})
        assert stocked[0] == 200, stocked
    assert order(world, slug, BOUGHT[delivery][0]) == BOUGHT[delivery][1]

    status, said = folder("pull", slug, "-o", "pulled.yaml")
    assert status == 0, said
    assert folder("plan", "pulled.yaml")[0] == 0
    status, said = folder("plan", file)
    assert status == 0, said
    before = (folder.path / "pulled.yaml").read_text("utf-8")
    assert folder("pull", slug, "-o", "pulled.yaml")[0] == 0
    assert (folder.path / "pulled.yaml").read_text("utf-8") == before
    status, said = folder("apply", "pulled.yaml")
    assert (status, "Nothing to do" in said) == (0, True), said


def test_what_is_wrong_ends_with_one_and_says_so(folder: Folder) -> None:
    (folder.path / "half.yaml").write_text("name: Backup V2.0\ndelivery: license\nlogo_file: ./paper.pdf\n", "utf-8")

    status, said = folder("apply", "half.yaml")  # a draft may be incomplete
    assert (status, "logo_file: A logo is a PNG picture" in said) == (0, True), said
    (folder.path / "half.yaml").write_text("name: Backup V2.0\ndelivery: license\n", "utf-8")
    status, said = folder("submit", "half.yaml")
    assert (status, "The name has a version in it." in said) == (1, True), said
    assert folder("plan", "nothing.yaml")[0] == 1
    assert folder("pull", "nothing")[0] == 1
