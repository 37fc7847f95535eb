"""The whole life of products by file and API, from an empty directory: a real server, the real command (S-APP-001).

For every delivery method: a file in a new folder, `apply`, `submit`, approved by a person, on sale and ordered; then
`pull` and `plan` without a difference. One of them is changed in price, hidden and removed.
"""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import pytest
from PIL import Image

from tests.web.test_browser_selling import PDF
from tests.world import World

pytestmark = pytest.mark.slow

COMMON = """
delivery: $delivery
name: $name
category: $category
summary: Written in a folder that was empty before.
highlights: [Does what it says every day, Written by people who answer]
description: |
  $text
logo_file: ./logo.png
media: [{file: ./screen.png, caption: The overview of one day}]
after_sales:
  time_zone: (GMT+01:00)
  hours: [{days: [1, 2, 3, 4, 5], opens: "08:00", closes: "17:00"}]
  services: Questions about use, and faults
  hotline: +46 40 555 010
  email: help@fjord.example
  languages: [en]
"""
SOLD = "licence: STANDARD_EULA\nguide: Open port 443, sign in, use it.\nguide_file: ./paper.pdf\n"
SOFTWARE = "version: V1.0\ncopyright: {certificate: ./paper.pdf, software_name: $name, owner: $company}\n"
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
    "saas": SOLD + SOFTWARE + MONTHLY + "interface: {address: $interface, encryption: AES256}\ntrial_days: 14\n",
}  # fmt: skip


@dataclass
class Folder:
    """A folder that was empty, with the command in it."""

    path: Path
    world: World

    def __call__(self, *words: str) -> tuple[int, str]:
        """`galleria product …` as a process of its own: its exit status, and what it wrote."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GALLERIA_", "DJANGO_"))}
        market = {"MARKET_URL": f"http://127.0.0.1:{self.world.port}", "MARKET_KEY": self.world.facts["key"]}
        environment = kept | market
        done = subprocess.run([sys.executable, "-m", "galleria", "product", *words], cwd=self.path, env=environment,
                              capture_output=True, text=True, check=False)  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    def files(self) -> None:
        Image.new("RGBA", (120, 120), (40, 90, 60, 255)).save(self.path / "logo.png")
        Image.new("RGB", (800, 600), (230, 230, 220)).save(self.path / "screen.png")
        (self.path / "paper.pdf").write_bytes(PDF)
        with zipfile.ZipFile(self.path / "request.docx", "w") as document:
            document.writestr("[Content_Types].xml", "<Types/>")
            document.writestr("word/document.xml", "<w:document/>")


class Operator:
    """Olga at her pages, without a browser."""

    def __init__(self, world: World) -> None:
        self.base, self.session = f"http://127.0.0.1:{world.port}", world.facts["sessions"]["olga Fjord"]

    def read(self, path: str, data: dict[str, str] | None = None) -> str:
        token = "a" * 32
        headers = {"Cookie": f"sessionid={self.session}; csrftoken={token}", "X-CSRFToken": token}
        body = urllib.parse.urlencode(data).encode() if data is not None else None
        with urllib.request.urlopen(urllib.request.Request(self.base + path, body, headers), timeout=60) as answer:
            return str(answer.read().decode())

    def approve(self, title: str) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            page = html.unescape(self.read("/operator/reviews"))
            found = re.search(rf'href="(/operator/reviews/sbm_\w+)[^"]*"[^>]*>\s*{re.escape(title)}', page)
            if found:
                self.read(f"{found.group(1)}/decide", {"act": "approve"})
                return
            time.sleep(0.3)
        raise AssertionError(f"{title} does not wait")


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


def asset(world: World, kind: str) -> str:
    """An approved version by API: an image of the made-up cloud, or the seller's site."""
    olga = Operator(world)
    values: dict[str, Any] = {"kind": kind, "name": f"Our {kind}"}
    if kind == "saas_site":
        from galleria.assets.rules import CHECKLIST

        values |= {"address": f"{world.seller_url}/", "login_mode": "password", "consent": True,
                   "checklist": list(CHECKLIST)}  # fmt: skip
    status, made = world.ask("POST", "/seller/assets", values)
    assert status == 201, made
    version = made["versions"][0]["id"]
    if kind == "image":
        image = next(each for each in world.ask("GET", "/seller/asset-images")[1]["items"] if not each["reasons"])
        change = {"version": "V1.0", "image_id": image["id"], "regions": ["singapore"], "agency": True}
        status, told = world.ask("PUT", f"/seller/asset-versions/{version}", change)
        assert status == 200, told
    else:
        proof = made["proof"]
        root = world.folder / "seller" / "root"
        root.mkdir(parents=True, exist_ok=True)
        (root / proof["name"]).write_text(proof["content"], "utf-8")
        status, told = world.ask("POST", f"/seller/assets/{made['id']}/verify", {})
        assert (status, told["verify_problem"]) == (200, ""), told
    assert world.ask("POST", f"/seller/asset-versions/{version}/scan", {})[0] == 200
    olga.approve(f"Our {kind} V1.0")
    assert world.ask("GET", f"/seller/asset-versions/{version}")[1]["state"] == "approved"
    return str(version)


def written(folder: Folder, delivery: str, name: str) -> str:
    """The file of a product of this delivery method, as a person writes it; its name."""
    world = folder.world
    version = asset(world, {"image": "image", "saas": "saas_site"}[delivery]) if delivery in {"image", "saas"} else ""
    values = {
        "delivery": delivery, "name": name, "text": f"{name} takes work off people. " * 20, "asset": version,
        "category": _leaf(world), "company": world.facts["company"], "interface": world.facts["interface"],
    }  # fmt: skip
    text = Template(COMMON + METHODS[delivery]).substitute(values)
    (folder.path / f"{delivery}.yaml").write_text(text, "utf-8")
    return f"{delivery}.yaml"


def _leaf(world: World) -> str:
    """The path of a category without others below it."""
    rows = world.ask("GET", "/categories")[1]["items"]
    while rows[0].get("children"):
        rows = rows[0]["children"]
    return str(rows[0]["path"])


def order(world: World, slug: str, price: dict[str, Any]) -> str:
    """Quote and order by the buyer's program; the amount due."""
    seller_key, world.facts["key"] = world.facts["key"], world.facts["buyer_key"]
    try:
        status, quote = world.ask("POST", "/quotes", {"product": slug, **price})
        if status != 201:
            return str(quote["code"])
        agreements = {row["key"]: row["version"] for row in quote["agreements"]}
        status, made = world.ask("POST", "/orders", {"quote": quote["id"], "agreements": agreements, "consent": True})
        if status != 201:
            return str(made["code"])
        status, paid = world.ask("POST", "/payments", {"orders": [made["id"]], "method": "balance"})
        assert status == 201, paid
        return str(quote["due"]["amount"])
    finally:
        world.facts["key"] = seller_key


MONTH: dict[str, Any] = {"mode": "period:month", "term": 1, "attributes": {"users": "10"}}
BOUGHT: dict[str, tuple[dict[str, Any], str]] = {
    "license": ({"mode": "one_time"}, "625.00"), "professional": ({"mode": "one_time"}, "625.00"),
    "consulting": ({}, "SKU_UNAVAILABLE"), "hardware": ({"mode": "one_time"}, "625.00"),
    "image": (MONTH, "25.00"), "saas": (MONTH, "25.00"),
}  # fmt: skip


@pytest.mark.req("S-APP-001", "S-APP-T1", "S-DMT-001", "S-SKU-T1")
@pytest.mark.parametrize("delivery", list(METHODS))
def test_each_delivery_method_from_an_empty_folder_to_an_order(folder: Folder, delivery: str) -> None:
    world, name = folder.world, f"Fjord {delivery.title()} Service"
    slug = name.lower().replace(" ", "-")
    file = written(folder, delivery, name)

    status, said = folder("plan", file)
    assert (status, "This is a new product:" in said) == (2, True), said
    status, said = folder("apply", file)
    assert (status, "It can be submitted." in said) == (0, True), said
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


@pytest.mark.req("S-PRD-T3", "S-PRD-004", "S-PRD-005", "S-PRD-006")
def test_a_product_is_changed_in_price_hidden_and_ended_by_file_and_api(folder: Folder) -> None:
    world, name, slug = folder.world, "Fjord Ledger", "fjord-ledger"
    file = written(folder, "license", name)
    assert folder("submit", file)[0] == 0
    Operator(world).approve(name)
    assert folder("pull", slug)[0] == 0
    path = folder.path / f"{slug}.yaml"
    path.write_text(path.read_text("utf-8").replace("500.00 EUR", "550.00 EUR"), "utf-8")

    status, said = folder("plan", path.name)
    assert (status, "500.00 EUR → 550.00 EUR" in said) == (2, True), said
    status, said = folder("submit", path.name, "--notes", "Dearer by a tenth")
    assert status == 0, said
    assert folder("submit", path.name)[0] == 1  # one waits already
    assert order(world, slug, {"mode": "one_time"}) == "625.00"
    Operator(world).approve(name)
    assert order(world, slug, {"mode": "one_time"}) == "687.50"
    assert folder("plan", path.name)[0] == 0
    status, said = folder("plan", file)  # the first file says the old price still, and nothing else
    assert (status, said.count("→"), "versions" in said) == (2, 1, False), said

    product = world.ask("GET", f"/seller/products?q={slug}")[1]["items"][0]["id"]
    assert world.ask("POST", f"/seller/products/{product}/hide", {})[0] == 200
    assert name not in json.dumps(world.ask("GET", "/products?q=Fjord+Ledger")[1])
    assert order(world, slug, {"mode": "one_time"}) == "687.50"  # its address still sells it
    status, asked = world.ask("POST", f"/seller/products/{product}/removals", {"reason": "It is replaced."})
    assert (status, asked["state"]) == (201, "pending"), asked
    Operator(world).approve(name)
    assert world.ask("GET", f"/seller/products/{product}")[1]["state"] == "removed"
    assert order(world, slug, {"mode": "one_time"}) == "PRODUCT_UNAVAILABLE"
    assert folder("submit", path.name)[0] == 1


def test_what_is_wrong_ends_with_one_and_says_so(folder: Folder) -> None:
    (folder.path / "half.yaml").write_text("name: Backup V2.0\ndelivery: license\nlogo_file: ./paper.pdf\n", "utf-8")

    status, said = folder("apply", "half.yaml")  # a draft may be incomplete
    assert (status, "logo_file: A logo is a PNG picture" in said) == (0, True), said
    (folder.path / "half.yaml").write_text("name: Backup V2.0\ndelivery: license\n", "utf-8")
    status, said = folder("submit", "half.yaml")
    assert (status, "The name has a version in it." in said) == (1, True), said
    assert folder("plan", "nothing.yaml")[0] == 1
    assert folder("pull", "nothing")[0] == 1
