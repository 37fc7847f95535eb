"""`galleria seller-check`: the real command against the real sample seller over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from galleria.cli import seller_check
from galleria.demo.sample_seller.server import SampleSeller
from tests.misreading import misreading_server  # noqa: F401 (fixture)
from tests.shop import KEY
from tests.wire.conftest import RawServer, raw_server, seller_process  # noqa: F401 (fixtures)

SEVEN = [
    "newInstance", "queryInstance", "refreshInstance", "updateInstanceStatus", "upgradeInstance",
    "changeInstanceCheck", "releaseInstance",
]  # fmt: skip


def check(capsys: Any, address: str, *words: str, key: str = KEY) -> tuple[int, dict[str, Any]]:
    status = seller_check.run([address, "--key", key, "--insecure-lab", "--json", *words])
    return status, json.loads(capsys.readouterr().out)


def outcomes(found: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["outcome"] for each in found["checks"]}


@pytest.mark.req("A-DBG-005", "A-DBG-001", "A-V2N-004")
def test_a_correct_server_passes_every_activity_in_the_order_of_an_instances_life(
    server: SampleSeller, capsys: Any
) -> None:
    status, found = check(capsys, server.address())

    assert (status, found["passed"]) == (0, True)
    activities = list(dict.fromkeys(each["activity"] for each in found["checks"]))
    assert activities == SEVEN
    assert set(outcomes(found).values()) == {"passed"}
    assert all('"testFlag":"1"' in call["body"] for call in server.store.calls())


@pytest.mark.req("A-DBG-005")
def test_the_command_needs_no_account_no_database_and_no_settings(
    seller_process: Callable[..., Any],  # noqa: F811
    tmp_path: Path,
) -> None:
    seller = seller_process("--key", KEY)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GALLERIA_", "DJANGO_"))}
    begun = time.monotonic()

    done = subprocess.run(
        [sys.executable, "-m", "galleria", "seller-check", seller.address(), "--insecure-lab"],
        env={**kept, "GALLERIA_SELLER_KEY": KEY, "GALLERIA_DATA_DIR": str(tmp_path / "nowhere")},
        capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[2].split()[:4] == ["ok", "newInstance", "200", "000000"]
    assert "11 passed in" in done.stdout
    assert not (tmp_path / "nowhere").exists()
    assert time.monotonic() - begun < 20


@pytest.mark.req("A-DBG-004", "A-DBG-005")
@pytest.mark.parametrize(
    ("variant", "told"),
    [
        ("descending", "sorts the members of the body in descending order"),
        ("plain_sha256", "takes a plain SHA-256 of the body"),
        ("seconds", "expects the timestamp in seconds"),
        ("base64_key", "uses the Base64 text of the key"),
    ],
)
def test_a_server_built_on_a_misreading_is_told_which_one(
    misreading_server: Callable[..., str],  # noqa: F811
    capsys: Any,
    variant: str,
    told: str,
) -> None:
    address = misreading_server(variant)

    status, found = check(capsys, address)

    assert status == 1
    first = found["checks"][0]
    assert (first["name"], first["outcome"], first["result_code"]) == ("newInstance", "failed", "000001")
    assert told in first["hint"]
    assert f"--variant {variant}" in first["hint"]
    assert {each["outcome"] for each in found["checks"][1:]} == {"skipped"}
    assert check(capsys, address, "--variant", variant)[0] == 0


def test_a_wrong_key_is_not_taken_for_a_misreading(server: SampleSeller, capsys: Any) -> None:
    status, found = check(capsys, server.address(), key="another-key")
    assert status == 1
    assert "compare the key" in found["checks"][0]["hint"]


@pytest.mark.req("A-DBG-003")
@pytest.mark.parametrize(
    ("fault", "name", "field", "told"),
    [
        ({"do": "long_instance"}, "newInstance", "instanceId", "instanceId has 65 characters, the limit is 64"),
        ({"do": "wrong_type"}, "newInstance", "resultCode", "resultCode must be a string, not 0"),
        ({"do": "html"}, "newInstance", "", 'not JSON (it begins with "<html>'),
        ({"do": "raw", "body": "{}"}, "newInstance", "resultCode", "resultCode is missing"),
        ({"do": "raw", "body": '{"resultCode":"000000"}'}, "newInstance", "instanceId", "instanceId is missing"),
        ({"do": "status", "status": 500, "activity": "releaseInstance"}, "releaseInstance", "", "HTTP status 500"),
        ({"do": "code", "code": "000999", "activity": "upgradeInstance"}, "upgradeInstance", "resultCode", "000999"),
        ({"do": "redirect", "to": "/x", "activity": "releaseInstance"}, "releaseInstance", "", "302"),
        ({"do": "other_instance", "times": 9}, "newInstance again", "instanceId", "for the same order line"),
        ({"do": "down", "activity": "changeInstanceCheck"}, "changeInstanceCheck", "", "http: "),
    ],
)  # fmt: skip
def test_a_failure_names_field_limit_and_value(
    server: SampleSeller, capsys: Any, fault: dict[str, Any], name: str, field: str, told: str
) -> None:
    server.faults.add({"times": 1, **fault})

    status, found = check(capsys, server.address())

    assert status == 1
    failed = next(each for each in found["checks"] if each["outcome"] == "failed")
    assert failed["name"] == name
    assert failed.get("field", "") == field
    assert told in failed["problem"]
    assert failed["curl"].startswith("curl -X POST ")


@pytest.mark.req("A-ADR-001")
def test_a_late_answer_names_the_limit(server: SampleSeller, capsys: Any) -> None:
    server.faults.add({"do": "slow", "seconds": 0.8, "activity": "queryInstance", "times": 1})
    status, found = check(capsys, server.address(), "--timeout", "0.5", "--only", "newInstance,queryInstance")
    assert status == 1
    assert "no complete answer within 0.5 s" in found["checks"][2]["problem"]


def test_provisioning_that_goes_on_is_asked_for_a_few_times(server: SampleSeller, capsys: Any) -> None:
    server.faults.add({"do": "async", "polls": 2, "times": 1})
    status, found = check(capsys, server.address(), "--only", "newInstance", "--only", "queryInstance")
    assert status == 0
    assert "asked 3 times until it was ready" in found["checks"][0]["note"]


def test_a_server_that_lets_anybody_in_gets_a_warning(raw_server: Callable[..., RawServer], capsys: Any) -> None:  # noqa: F811
    body = b'{"resultCode":"000000","instanceId":"i-1","info":[{"instanceId":"i-1","appInfo":{"frontEndUrl":"https://a"}}]}'
    careless = raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)

    status, found = check(capsys, f"http://127.0.0.1:{careless.port}/saas")

    assert status == 0
    assert outcomes(found)["wrong signature"] == "warning"


@pytest.mark.req("A-ADR-001")
def test_private_addresses_and_plain_http_need_the_lab_switch(server: SampleSeller, capsys: Any) -> None:
    assert seller_check.run([server.address(), "--key", KEY]) == 3
    shown = capsys.readouterr().out
    assert "blocked: 127.0.0.1 is not a public address" in shown
    assert "--insecure-lab" in shown
    assert "The rest was not tried: the server cannot be reached." in shown
    assert server.store.calls() == []


def test_nobody_there_is_another_exit_status_than_a_failed_check(capsys: Any) -> None:
    assert check(capsys, "http://127.0.0.1:9/saas")[0] == 3
    assert check(capsys, "http://127.0.0.1:9/saas", "--only", "newInstance")[0] == 3


def test_wrong_use_is_said(capsys: Any) -> None:
    for words in (["https://a.example/x"], ["https://a.example/x", "--key", "k", "--only", "makeCoffee"]):
        with pytest.raises(SystemExit) as ended:
            seller_check.run(words)
        assert ended.value.code == 2
    assert "there is no activity makeCoffee" in capsys.readouterr().err


def test_ci_gets_a_junit_report(server: SampleSeller, tmp_path: Path, capsys: Any) -> None:
    server.faults.add({"do": "raw", "body": "\x01", "activity": "upgradeInstance", "times": 1})
    report = tmp_path / "seller.xml"

    status, _found = check(capsys, server.address(), "--junit", str(report))

    suite = ElementTree.parse(report).getroot()  # noqa: S314 (ours)
    assert status == 1
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("11", "1", "0")
    failed = next(case for case in suite if case.find("failure") is not None)
    assert failed.get("name") == "upgradeInstance"
    assert "not JSON" in str(failed.find("failure").get("message"))  # type: ignore[union-attr]


def test_only_some_activities_with_an_instance_that_is_there(server: SampleSeller, capsys: Any) -> None:
    _status, found = check(capsys, server.address(), "--only", "newInstance")
    instance = found["checks"][0]["note"].removeprefix("instance ")

    status, found = check(capsys, server.address(), "--only", "queryInstance", "--instance-id", instance)

    assert (status, list(outcomes(found))) == (0, ["queryInstance"])
    status, found = check(capsys, server.address(), "--only", "queryInstance")
    assert "--instance-id" in found["checks"][0]["hint"]
    assert status == 1
