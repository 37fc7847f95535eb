"""A company that nobody prepared, becoming a seller by program alone: a story's steps, against real processes."""

from __future__ import annotations

import base64
import json
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from tests.cli.folder import COMMON, SOFTWARE, SOLD, Folder, leaf, site_version
from tests.packages.kit import hostile
from tests.packages.selling.making import BANK, TYPED
from tests.world import World, free_port

HERE = "/seller-application"
CALLS = (
    ("newInstance", ""), ("queryInstance", ""), ("refreshInstance", "RENEWAL"), ("updateInstanceStatus", "FREEZE"),
    ("updateInstanceStatus", "UNFREEZE"), ("upgradeInstance", ""), ("changeInstanceCheck", ""), ("releaseInstance", ""),
)  # fmt: skip
MATRIX = {
    "edition": ("Edition", {"basic": "Basic", "team": "Team", "pro": "Pro"}),
    "help": ("Support", {"mail": "Mail", "phone": "Phone", "always": "Day and night"}),
}


def fields(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields of a form by their key."""
    return {each["key"]: each for section in told["sections"] for each in section["fields"]}


def accepted(told: dict[str, Any]) -> dict[str, Any]:
    return {"agreements": {each["key"]: each["version"] for each in told["agreements"]}}


class Company:
    """Vera's program, and her company's server."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.root = world, folder / "state" / "root"
        self.name = str(world.facts["newcomer_company"])
        self.keys, port = folder / "keys.json", free_port()
        (self.root / ".well-known").mkdir(parents=True)
        self.knows("a-key-that-the-marketplace-never-made")
        self.url = f"http://127.0.0.1:{port}"
        self.process = world.start(
            "-m", "galleria.demo.sample_seller", "--port", str(port), "--keys", str(self.keys),
            "--state", str(folder / "state"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        world.wait(lambda: _answers(self.url))

    def knows(self, key: str) -> None:
        """The server reads its keys anew when the file changes."""
        sellers = {"northwind": {"key": key, "name": "Northwind", "application": "Desk"}}
        self.keys.write_text(json.dumps({"sellers": sellers}), "utf-8")

    def ask(self, method: str, path: str, body: Any = None, status: int = 200) -> dict[str, Any]:
        """A call by Vera's key that is answered as expected."""
        found, told = self.world.ask(method, path, body, who="newcomer_key")
        assert found == status, (method, path, found, told)
        return told

    # ----- registration and certification -----

    def apply(self) -> None:
        """Begin, fill in with a website that does not answer, be told so, correct it, submit."""
        self.ask("GET", "/seller/products", status=403)
        assert all(each["passed"] for each in self.ask("GET", HERE)["checks"])
        self.ask("POST", HERE, {})
        for field, name, data in (("licence", "licence.pdf", hostile.pdf()), ("logo", "logo.png", hostile.picture())):
            document = {"field": field, "name": name, "content": base64.b64encode(data).decode()}
            self.ask("POST", f"{HERE}/documents", document)
        email, website = self.world.facts["newcomer_email"], f"{self.url}/there/is/nothing/here"
        values = {**TYPED, "contact_email": email, "website": website}
        told = self.ask("PUT", HERE, {"values": values})
        refused = self.ask("POST", f"{HERE}/submit", accepted(told), status=422)
        assert refused["fields"] == {"website": "The website answers with error 404."}, refused
        self.ask("PUT", HERE, {"values": {"website": f"{self.url}/"}})
        assert self.ask("POST", f"{HERE}/submit", accepted(told))["state"] == "review"

    def correct_application(self) -> None:
        told = self.ask("GET", HERE)
        assert (told["state"], told["rounds"][0]["note"]) == ("rejected", "Please correct this.")
        assert fields(told)["street"]["remarks"] == ["The licence says Kajen 5."]
        told = self.ask("PUT", HERE, {"values": {"street": "Kajen 5"}, "version": told["version"]})
        assert self.ask("POST", f"{HERE}/submit", accepted(told))["state"] == "review"

    def certify(self) -> None:
        """Sign with the contracting party and send in the bank's data: first in somebody else's name."""
        (line,) = self.ask("GET", "/seller/certifications")["items"]
        here = f"/seller/certifications/{line['party']}"
        self.ask("POST", f"{here}/sign", accepted(self.ask("GET", here)))
        self.ask("PUT", here, {"values": {**BANK, "account_name": "Somebody else"}})
        refused = self.ask("POST", f"{here}/submit", {}, status=422)
        assert self.name in refused["fields"]["account_name"]
        self.ask("PUT", here, {"values": {"account_name": self.name}})
        assert self.ask("POST", f"{here}/submit", {})["state"] == "review"

    # ----- its server -----

    def prove_domain(self) -> str:
        """The address below the proven domain."""
        made = self.ask("POST", "/seller/domains", {"origin": self.url}, status=201)
        refused = self.ask("POST", f"/seller/domains/{made['id']}/prove", {}, status=409)
        assert "HTTP status 404" in refused["detail"], refused
        (self.root / ".well-known" / "galleria-address.txt").write_text(made["proof"]["file_content"], "utf-8")
        assert self.ask("POST", f"/seller/domains/{made['id']}/prove", {})["state"] == "proven"
        address = {"domain": made["id"], "path": "/s/northwind/saas"}
        return str(self.ask("POST", "/seller/addresses", address, status=201)["id"])

    def debug_everything(self, address: str) -> None:
        """First with a key that is not ours, then with that of another interface, then with the right one."""
        keys = {kind: self._key(kind) for kind in ("base", "license")}
        here = f"/seller/addresses/{address}"
        told = self.ask("POST", f"{here}/calls", {"activity": "newInstance", "save": True})
        assert (told["passed"], told["refused_signature"], told["case"]) == (False, True, None), told
        found = self.ask("POST", f"{here}/diagnosis", {"activity": "newInstance"})
        assert (found["variant"], found["key_kind"], found["tried"][-1]) == ("", "", "key:license"), found
        self.knows(keys["license"])
        assert self.ask("POST", f"{here}/diagnosis", {"activity": "newInstance"})["key_kind"] == "license"
        self.knows(keys["base"])
        for activity, variant in CALLS:
            call = {"activity": activity, "variant": variant, "save": True}
            told = self.ask("POST", f"{here}/calls", call)
            assert (told["passed"], told["case"]["activity"]) == (True, activity), told
        assert self.ask("GET", f"{here}/cases")["missing"] == []

    def _key(self, kind: str) -> str:
        made = self.ask("POST", "/seller/interface-keys", {"kind": kind, "sure": True}, status=201)
        return str(self.ask("POST", f"/seller/interface-keys/{made['id']}/value", {})["value"])

    def scanned_site(self) -> str:
        """An approved version of the site, as the reviewer is told to look at it."""
        return site_version(self.world, f"{self.name} site", (self.url, self.root), who="newcomer_key")

    # ----- its product -----

    def write_product(self, folder: Folder, name: str, *, asset: str, address: str) -> str:
        """Two choices of three, by the month and by the year, and a trial: in a folder that was empty."""
        text = COMMON + SOLD + SOFTWARE + "interface: {address: $interface, encryption: AES256}\ntrial_days: 14\n"
        values = {"delivery": "saas", "name": name, "category": leaf(self.world), "company": self.name,
                  "interface": address, "text": f"{name} takes work off people. " * 20}  # fmt: skip
        for key, value in values.items():
            text = text.replace(f"${key}", value)
        lines = [text.rstrip(), "specifications:", "  - key: desk", "    name: Desk", f"    asset: {asset}"]
        lines.append("    attributes:")
        for key, (label, options) in MATRIX.items():
            listed = ", ".join(f"{{key: {each}, name: {word}}}" for each, word in options.items())
            lines.append(f"      - {{key: {key}, name: {label}, kind: choice, options: [{listed}]}}")
        lines.append("    prices:")
        for period, first in (("month", 10), ("year", 100)):
            pairs = [(edition, help_) for edition in MATRIX["edition"][1] for help_ in MATRIX["help"][1]]
            for place, (edition, help_) in enumerate(pairs):
                price, only = f"{first + place * first // 2}.00 EUR", f"{{edition: {edition}, help: {help_}}}"
                lines.append(f"      - {{mode: period, period: {period}, terms: [1], price: {price}, only: {only}}}")
        (folder.path / "desk.yaml").write_text("\n".join(lines) + "\n", "utf-8")
        return "desk.yaml"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=60):
            return True
    except OSError:
        return False


def until(read: Any, is_done: Any, seconds: float = 240) -> Any:
    """What `read` gives as soon as it is as wanted."""
    end = time.monotonic() + seconds
    while not is_done(found := read()):
        assert time.monotonic() < end, found
        time.sleep(0.3)
    return found


def sign_in(address: str, user: str, password: str) -> str:
    """The page of the application that its user sees after signing in."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    data = urllib.parse.urlencode({"user": user, "password": password}).encode()
    with opener.open(f"{address}/sign-in", data, timeout=240) as answer:
        return str(answer.read().decode())
