"""A folder that was empty with the command in it, and the operator at her pages: for journeys by file and API."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from galleria.assets.rules import CHECKLIST
from tests.web.test_browser_selling import PDF
from tests.world import World

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


@dataclass
class Folder:
    """A folder that was empty, with the command in it."""

    path: Path
    world: World
    who: str = "key"  # which of the world's keys the command has

    def __call__(self, *words: str) -> tuple[int, str]:
        """`galleria product …` as a process of its own: its exit status, and what it wrote."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GALLERIA_", "DJANGO_"))}
        market = {"MARKET_URL": f"http://127.0.0.1:{self.world.port}", "MARKET_KEY": self.world.facts[self.who]}
        done = subprocess.run([sys.executable, "-m", "galleria", "product", *words], cwd=self.path, env=kept | market,
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
        with urllib.request.urlopen(urllib.request.Request(self.base + path, body, headers), timeout=240) as answer:
            return str(answer.read().decode())

    def approve(self, title: str) -> None:
        self.read(f"{self._waiting(title)}/decide", {"act": "approve"})

    def give_back(self, title: str, field: str, remark: str) -> None:
        """Return it with a remark on one field."""
        values = {"act": "return", "note": "Please correct this.", f"text:{field}": remark}
        self.read(f"{self._waiting(title)}/decide", values)

    def _waiting(self, title: str) -> str:
        """The address of what waits under this title."""
        until = time.monotonic() + 240
        while time.monotonic() < until:
            page = html.unescape(self.read("/operator/reviews"))
            found = re.search(rf'href="(/operator/reviews/sbm_\w+)[^"]*"[^>]*>\s*{re.escape(title)}', page)
            if found:
                return found.group(1)
            time.sleep(0.3)
        raise AssertionError(f"{title} does not wait")


def leaf(world: World) -> str:
    """The path of a category without others below it."""
    rows = world.ask("GET", "/categories")[1]["items"]
    while rows[0].get("children"):
        rows = rows[0]["children"]
    return str(rows[0]["path"])


def order(world: World, slug: str, price: dict[str, Any]) -> str:
    """Quote, order and pay by the buyer's program: the amount paid, or the code of the refusal."""
    status, quote = world.ask("POST", "/quotes", {"product": slug, **price}, who="buyer_key")
    if status != 201:
        return str(quote["code"])
    agreements = {row["key"]: row["version"] for row in quote["agreements"]}
    body = {"quote": quote["id"], "agreements": agreements, "consent": True}
    status, made = world.ask("POST", "/orders", body, who="buyer_key")
    if status != 201:
        return str(made["code"])
    if made["state"] == "pending_payment":  # a trial has nothing to pay
        body = {"orders": [made["id"]], "method": "balance"}
        status, paid = world.ask("POST", "/payments", body, who="buyer_key")
        assert status == 201, paid
    return str(quote["due"]["amount"])


def site_version(world: World, name: str, site: tuple[str, Path], *, who: str = "key") -> str:
    """An approved version of a SaaS site by API. `site`: its origin, and the folder of what stands at its root."""
    values = {"kind": "saas_site", "name": name, "address": f"{site[0]}/", "login_mode": "password", "consent": True,
              "checklist": list(CHECKLIST)}  # fmt: skip
    status, made = world.ask("POST", "/seller/assets", values, who=who)
    assert status == 201, made
    (site[1] / made["proof"]["name"]).write_text(made["proof"]["content"], "utf-8")
    status, told = world.ask("POST", f"/seller/assets/{made['id']}/verify", {}, who=who)
    assert (status, told["verify_problem"]) == (200, ""), told
    return scanned(world, name, str(made["versions"][0]["id"]), who=who)


def image_version(world: World, name: str) -> str:
    """An approved version of an image of the made-up cloud, by API."""
    status, made = world.ask("POST", "/seller/assets", {"kind": "image", "name": name})
    assert status == 201, made
    version = str(made["versions"][0]["id"])
    image = next(each for each in world.ask("GET", "/seller/asset-images")[1]["items"] if not each["reasons"])
    change = {"version": "V1.0", "image_id": image["id"], "regions": ["singapore"], "agency": True}
    status, told = world.ask("PUT", f"/seller/asset-versions/{version}", change)
    assert status == 200, told
    return scanned(world, name, version)


def scanned(world: World, name: str, version: str, *, who: str = "key") -> str:
    """The version, once it was scanned and looked at by the operator."""
    here = f"/seller/asset-versions/{version}"
    assert world.ask("POST", f"{here}/scan", {}, who=who)[0] == 200
    Operator(world).approve(f"{name} V1.0")
    assert world.ask("GET", here, who=who)[1]["state"] == "approved"
    return version
