"""The sample seller misbehaves on command, and takes commands from this machine only."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import urllib3

from galleria.demo.sample_seller import control
from galleria.demo.sample_seller.control import KINDS, Faults
from galleria.demo.sample_seller.server import SampleSeller, Settings
from tests.wire.conftest import KEY, NEW, SellerProcess, Wire

StartSeller = Callable[..., SellerProcess]


def test_rules_match_seller_activity_order_and_instance_and_count_down() -> None:
    faults = Faults()
    faults.add({"do": "down", "seller": "north", "activity": "newInstance", "order": "GA1", "times": 2})
    faults.add({"do": "html", "instance": "i-1"})
    call = {"activity": "newInstance", "orderId": "GA1"}

    def taken(seller: str, members: dict[str, Any]) -> str | None:
        rule = faults.take(seller, members)
        return rule.do if rule else None

    assert taken("south", call) is None
    assert taken("north", call | {"orderId": "GA2"}) is None
    assert taken("north", call | {"activity": "upgradeInstance"}) is None
    assert taken("north", {"activity": "queryInstance", "instanceId": "i-1"}) == "html"
    assert [taken("north", call) for _ in range(3)] == ["down", "down", None]
    assert [rule["do"] for rule in faults.shown()] == ["html"]


@pytest.mark.parametrize(
    "order",
    [
        {}, {"do": "dance"}, {"do": "slow", "seconds": -1}, {"do": "slow", "seconds": "6"},
        {"do": "slow", "seconds": True}, {"do": "status", "status": 99}, {"do": "code", "code": 5},
        {"do": "down", "colour": "red"}, {"do": "down", "times": 0},
    ],
)  # fmt: skip
def test_a_wrong_order_is_refused(order: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Faults().add(order)


def test_every_kind_of_misbehaviour_is_described() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", control.__doc__ or "", re.M)) == KINDS


def test_the_control_is_spoken_over_http(seller_process: StartSeller) -> None:
    seller = seller_process()

    rule = seller.control({"do": "code", "code": "000100", "times": 3})
    wrong = urllib3.request("POST", f"{seller.url}/_control", body=b"[1", timeout=5)
    shown = seller.shown()["rules"]
    left = urllib3.request("DELETE", f"{seller.url}/_control/{rule['number']}", timeout=5).json()

    assert rule == {"number": 1, "do": "code", "left": 3, "code": "000100"}
    assert (wrong.status, shown, left) == (400, [rule], {"rules": []})


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "203.0.113.9"},
        {"Forwarded": "for=203.0.113.9"},
        {"Origin": "https://elsewhere.example"},
        {"Host": "rebound.example"},
    ],
)
def test_the_control_answers_this_machine_only(wire: Wire, headers: dict[str, str]) -> None:
    answer = wire.post(b'{"do":"down"}', path="/_control", **headers)

    assert answer.status == 404
    assert wire.seller.faults.shown() == []


def test_the_control_can_be_switched_off(tmp_path: Path) -> None:
    server = SampleSeller(Settings(state=tmp_path, key=KEY, control=False)).start()
    answer = Wire(server).post(b'{"do":"down"}', path="/_control")
    server.stop()

    assert answer.status == 404


def test_received_calls_are_listed_without_passwords(wire: Wire) -> None:
    wire.say(NEW)
    password = wire.say({"activity": "queryInstance", "instanceId": "b-1"})["info"][0]["appInfo"]["password"]

    calls = urllib3.request("GET", f"{wire.seller.url}/_control/calls", timeout=5).json()["calls"]

    assert [call["activity"] for call in calls] == ["newInstance", "queryInstance"]
    assert password not in json.dumps(calls)


def test_a_slow_call_does_not_hold_up_the_others(wire: Wire) -> None:
    wire.seller.faults.add({"do": "slow", "seconds": 1.5, "order": "GA1", "times": 1})
    slow = threading.Thread(target=wire.say, args=(NEW,))
    slow.start()

    other = wire.say(NEW | {"orderId": "GA2", "businessId": "b-2"})

    assert other["resultCode"] == "000000"
    assert slow.is_alive()
    slow.join()
