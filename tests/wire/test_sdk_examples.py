"""The examples of the seller's package, run as their readers run them, and called as the marketplace calls."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

import galleria_seller
from galleria.delivering.adapters.saas_v2 import client, messages
from tests.world import World, free_port

ROOT = Path(__file__).resolve().parents[2]
KEY = "3f0c9a52-7d14-4b6e-9c38-51e2a7d0b846"
COMMANDS = {
    "wsgi": ["wsgi_seller.py"],
    "flask": ["-m", "flask", "--app", "flask_seller", "run", "--port", "{port}"],
}
pytestmark = pytest.mark.slow


@pytest.fixture
def example() -> Iterator[Callable[..., str]]:
    """Starts an example; gives its production address."""
    running: list[subprocess.Popen[bytes]] = []

    def start(name: str, **environment: str) -> str:
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, *(word.format(port=port) for word in COMMANDS[name])],
            cwd=ROOT / "sdk" / "examples",
            env={**os.environ, "INTERFACE_KEY": KEY, "PORT": str(port), **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        running.append(process)

        def answers() -> bool:
            assert process.poll() is None, f"the example {name} ended"
            try:
                return urllib3.request("GET", f"http://127.0.0.1:{port}/", retries=False).status == 404
            except urllib3.exceptions.HTTPError:
                return False

        World.wait(answers, 20)
        return f"http://127.0.0.1:{port}/saas"

    yield start
    for process in running:
        process.terminate()
        process.wait(10)


@pytest.mark.req("A-V2C-001", "A-V2C-002", "A-DBG-005")
@pytest.mark.parametrize("name", list(COMMANDS))
def test_an_example_passes_the_check_of_sellers(name: str, example: Callable[..., str]) -> None:
    address = example(name)

    done = subprocess.run(
        [sys.executable, "-m", "galleria", "seller-check", address, "--key", KEY, "--insecure-lab"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.req("A-ORQ-001", "A-V2C-005")
def test_an_example_makes_as_many_seats_as_were_ordered(
    example: Callable[..., str], tmp_path: Path, lab: client.CallSettings
) -> None:
    world = World(tmp_path / "world", program="tests.wire.open_world").build()
    try:
        world.serve()
        pair = world.facts["bruno"]
        address = example(
            "wsgi", MARKETPLACE=f"http://127.0.0.1:{world.port}", ACCESS_KEY=pair["access_key"],
            SECRET_KEY=pair["secret_key"],
        )  # fmt: skip

        def call(activity: Any, body: dict[str, Any]) -> tuple[str, str]:
            verdict = client.call(address, KEY, activity, body, settings=lab).verdict
            return str(verdict.code), verdict.message

        order = world.facts["order"]
        made = messages.new_instance(order_id=order, order_line_id=f"{order}-000001", business_id="b-1")
        unknown = messages.new_instance(order_id="GA1", order_line_id="GA1-000001", business_id="b-2")
        answers = [
            call("newInstance", made),
            call("newInstance", unknown),
            call(
                "changeInstanceCheck", messages.change_instance_check(instance_id="b-1", product_id="P", linear_value=6)
            ),
            call(
                "changeInstanceCheck", messages.change_instance_check(instance_id="b-1", product_id="P", linear_value=7)
            ),
        ]
    finally:
        world.stop()

    assert answers == [
        ("000000", "success."),
        ("000005", "the order cannot be read"),
        ("000005", "7 seats are in use"),
        ("000000", "success."),
    ]


def test_the_package_describes_itself_and_needs_nothing() -> None:
    project = tomllib.loads((ROOT / "sdk" / "pyproject.toml").read_text("utf-8"))["project"]

    assert (project["name"], project["dependencies"]) == ("galleria-seller", [])
    assert (ROOT / "src" / "galleria_seller").resolve() == (ROOT / "sdk" / "src" / "galleria_seller")


def test_the_package_imports_nothing_but_the_standard_library() -> None:
    program = (
        "import sys; before = set(sys.modules); import galleria_seller, galleria_seller.aksk, galleria_seller.fields;"
        "print(sorted({name.partition('.')[0] for name in set(sys.modules) - before} - sys.stdlib_module_names))"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert done.stdout == "['galleria_seller']\n"


@pytest.mark.parametrize("page", ["sdk/README.md", "docs/how-to/connect-a-seller.md"])
def test_what_the_documents_import_exists(page: str) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.S)
    lines = [line for block in blocks for line in re.findall(r"^from galleria_seller import (.*)$", block, re.M)]
    names = {name for line in lines for name in line.split(", ")}

    assert names
    assert names <= set(galleria_seller.__all__)
    for block in blocks:
        compile(block, page, "exec")


def test_the_links_of_the_packages_readme_lead_somewhere() -> None:
    text = (ROOT / "sdk" / "README.md").read_text("utf-8")

    assert all((ROOT / "sdk" / target).exists() for target in re.findall(r"\]\(([^)#\s:]+)\)", text))


PROGRAM = """
import galleria_seller as sdk
from galleria_seller import aksk, calls, signature
import datetime, decimal

class Desk(sdk.Production):
    def new_instance(self, call):
        return sdk.Created(call.business_id)
    def query_instance(self, call):
        at = datetime.datetime(2026, 1, 15, tzinfo=datetime.timezone.utc)
        usage = (sdk.UsageInfo(decimal.Decimal("1.5"), at),)
        return [sdk.InstanceInfo(each, sdk.AppInfo("https://a.example"), usage) for each in call.instance_ids]

endpoint = sdk.Endpoint(Desk(), ["k"], now_ms=lambda: 1)
for nonce, members in enumerate((
    {"activity": "newInstance", "orderId": "a", "orderLineId": "b", "businessId": "c"},
    {"activity": "queryInstance", "instanceId": "c"},
    {"activity": "refreshInstance", "scene": "RENEWAL", "orderId": "a", "orderLineId": "b", "instanceId": "c",
     "expireTime": "20270401155959"},
)):
    signed = signature.sign("k", members, timestamp_ms=1, nonce=str(nonce))
    print(endpoint.answer("POST", signed.query, signed.body).members["resultCode"], end=" ")
at = datetime.datetime(2026, 1, 15, 9, 30, tzinfo=datetime.timezone.utc)
headers = aksk.sign("GET", "https://mkt.galleria.example.com/api/mkp-openapi-public/global/v1/order/query"
    "?orderId=MOCKPERIODYEARNEW&orderLineId=MOCKPERIODYEARNEW-000001", access_key="GALLERIATESTAK000001",
    secret_key="Qm7xT2vLr9KdWc4uYb1nHs6pEf3gZa8jXo5iRt0V", at=at,
    headers={"Content-Type": "application/json;charset=UTF-8"})
print(headers["Authorization"][-64:])
"""


@pytest.mark.req("A-AKS-004")
@pytest.mark.parametrize("version", ["3.9", "3.10", "3.11", "3.12", "3.13"])
def test_the_package_runs_on_the_pythons_that_it_names(version: str) -> None:
    found = shutil.which(f"python{version}")
    if found is None or subprocess.run([found, "-V"], capture_output=True, check=False).returncode:
        pytest.skip(f"there is no Python {version} here")

    done = subprocess.run(
        [found, "-W", "error", "-c", PROGRAM], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "sdk" / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip

    assert done.stderr == ""
    assert done.stdout == ("000000 000000 000002 6896da7191a361ee777ea26661cd3c6ed988c9c963c415d898f62723f3da4eb2\n")
