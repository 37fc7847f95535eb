"""The sample seller: what it refuses, and that it does nothing twice."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import urllib3

from galleria.delivering.adapters.saas_v2 import client, messages
from galleria.demo.sample_seller.sellers import Sellers, read_sellers
from galleria.demo.sample_seller.server import SampleSeller, Settings
from tests.wire.conftest import KEY, NEW, SellerProcess, Wire

StartSeller = Callable[..., SellerProcess]


# ---- signatures ----------------------------------------------------------------------------------------


@pytest.mark.req("A-SIG-002", "A-SIG-004", "A-SIG-006", "A-V2C-003")
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"timestamp": None}, "000002"),
        ({"timestamp": ""}, "000002"),
        ({"timestamp": "soon"}, "000002"),
        ({"timestamp": "1768469400123"}, "000002"),
        ({"timestamp": "9" * 30}, "000002"),
        ({"nonce": None}, "000002"),
        ({"nonce": ""}, "000002"),
        ({"signature": None}, "000001"),
        ({"signature": ""}, "000001"),
        ({"signature": "0" * 64}, "000001"),
        ({"signature": "%E7%AD%BE"}, "000001"),
        ({"nonce": "another"}, "000001"),
        ({"signature": None, "timestamp": None}, "000002"),
    ],
)
def test_a_call_without_its_proof_is_refused_with_the_codes_of_the_contract(
    wire: Wire, change: dict[str, str | None], code: str
) -> None:
    body, query = wire.proof(NEW)
    changed = {name: value for name, value in (query | change).items() if value is not None}

    answer = wire.post(body, changed)

    assert (answer.status, answer.json()["resultCode"]) == (200, code)
    assert wire.seller.store.instances() == []


@pytest.mark.req("A-SIG-002", "A-SIG-004")
def test_a_minute_is_fresh_and_a_little_more_is_stale_and_the_future_is_never_refused(tmp_path: Path) -> None:
    now = 1768469400123
    server = SampleSeller(Settings(state=tmp_path, key=KEY), now_ms=lambda: now).start()
    wire = Wire(server)

    codes = [wire.say(NEW, age_ms=age)["resultCode"] for age in (60_000, 60_001, -3_600_000)]
    server.stop()

    assert codes == ["000000", "000002", "000000"]


@pytest.mark.req("A-SIG-002")
def test_a_nonce_is_taken_once(wire: Wire) -> None:
    body, query = wire.proof(NEW)

    codes = [wire.post(body, query).json()["resultCode"] for _ in range(2)]

    assert codes == ["000000", "000001"]


@pytest.mark.req("A-SIG-002")
def test_a_forged_call_does_not_use_up_the_nonce(wire: Wire) -> None:
    body, query = wire.proof(NEW)

    forged = wire.post(body + b" x", query).json()["resultCode"]

    assert forged == "000001"
    assert wire.post(body, query).json()["resultCode"] == "000000"


@pytest.mark.req("A-SIG-003", "A-DEC-007")
def test_case_of_the_signature_and_order_and_blanks_of_the_body_do_not_matter(wire: Wire) -> None:
    _, query = wire.proof(NEW)
    other_order = json.dumps(dict(reversed(NEW.items())) | {"testFlag": None}, indent=1).encode()

    answer = wire.post(other_order, query | {"signature": query["signature"].lower()})

    assert answer.json()["resultCode"] == "000000"


@pytest.mark.req("A-KEY-001")
def test_keys_belong_to_sellers_by_path_and_a_changed_file_counts_at_once(
    seller_process: StartSeller, tmp_path: Path, lab: client.CallSettings
) -> None:
    file = tmp_path / "keys.json"
    file.write_text('{"sellers": {"north": {"key": ["old", "new"], "name": "Northwind"}, "south": "southern"}}')
    seller = seller_process("--keys", str(file))
    order = messages.new_instance(order_id="GA1", order_line_id="GA1-000001", business_id="b-1")

    def code(slug: str, key: str) -> str | int | None:
        exchange = client.call(seller.address(slug), key, "newInstance", order, settings=lab)
        return exchange.verdict.code or exchange.status

    before = [code("north", "old"), code("north", "new"), code("north", "southern"), code("south", "southern")]
    file.write_text('{"sellers": {"north": {"key": "newest", "name": "Northwind"}}}')
    after = [code("north", "old"), code("north", "newest"), code("south", "southern"), code("nobody", "x")]
    file.write_text("{ broken")
    broken = code("north", "newest")

    assert before == ["000000", "000000", "000001", "000000"]
    assert after == ["000001", "000000", 404, 404]
    assert broken == "000000"


@pytest.mark.parametrize(
    "text", ["[]", '{"sellers": {"A b": "k"}}', '{"a": ""}', '{"a": {"name": "x"}}', '{"a": {"key": []}}']
)
def test_a_wrong_key_file_says_why(text: str) -> None:
    with pytest.raises(ValueError):
        read_sellers(text)


def test_a_key_file_may_come_later(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    sellers = Sellers(key="k", file=file)
    assert sellers.find("north") is None

    file.write_text('{"north": "key"}')

    assert [seller.slug for seller in sellers.all()] == ["north", "sample"]


# ---- activities ----------------------------------------------------------------------------------------


@pytest.mark.req("A-V2N-003", "A-V2N-004")
def test_the_first_business_id_becomes_the_instance_and_repeats_get_the_same(wire: Wire) -> None:
    first = wire.say(NEW)
    again = wire.say(NEW | {"businessId": "b-2"})
    other_line = wire.say(NEW | {"orderLineId": "GA1-000002", "businessId": "b-1"})

    assert (first["resultCode"], first["instanceId"]) == ("000000", "b-1")
    assert again["instanceId"] == "b-1"
    assert other_line["instanceId"] != "b-1"
    assert len(wire.seller.store.instances()) == 2


@pytest.mark.req("A-V2N-004")
def test_twenty_equal_calls_at_once_make_one_instance(wire: Wire) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda n: wire.say(NEW | {"businessId": f"b-{n}"}), range(20)))

    assert len({answer["instanceId"] for answer in answers}) == 1
    assert len(wire.seller.store.instances()) == 1


@pytest.mark.req("A-V2Q-002", "A-V2Q-003")
def test_queries_answer_lists_and_refuse_more_than_a_hundred(wire: Wire) -> None:
    for number in (1, 2):
        wire.say(NEW | {"orderLineId": f"GA1-{number}", "businessId": f"b-{number}"})

    def query(ids: str) -> dict[str, Any]:
        return wire.say({"activity": "queryInstance", "instanceId": ids})

    assert [entry["instanceId"] for entry in query("b-1,b-2,unknown")["info"]] == ["b-1", "b-2"]
    assert query("unknown")["resultCode"] == "000003"
    assert query(",".join(f"i-{n}" for n in range(100)))["resultCode"] == "000003"
    assert query(",".join(f"i-{n}" for n in range(101)))["resultCode"] == "000002"


@pytest.mark.req("A-V2C-004", "A-V2R-001", "A-V2R-002", "A-V2R-003", "A-V2C-006")
def test_a_trial_becomes_commercial_with_a_new_order_and_the_same_instance(wire: Wire) -> None:
    wire.say(NEW)
    refresh = {
        "activity": "refreshInstance",
        "scene": "TRIAL_TO_FORMAL",
        "orderId": "GA2",
        "orderLineId": "GA2-000001",
        "instanceId": "b-1",
        "expireTime": "20270115155959",
        "productId": "OFFI1",
    }

    codes = [wire.say(refresh)["resultCode"] for _ in range(2)]
    wire.say(refresh | {"scene": "RENEWAL", "orderId": "GA3", "expireTime": "20280115155959", "productId": None})
    late_repeat = wire.say(refresh)["resultCode"]

    instance = wire.seller.store.instance("b-1")
    assert codes == ["000000", "000000"]
    assert late_repeat == "000000"
    assert instance is not None
    assert (instance["order_id"], instance["expire_time"], instance["product_id"]) == ("GA1", "20280115155959", "OFFI1")
    assert [change["order_id"] for change in wire.seller.store.changes()] == ["GA2", "GA3"]


@pytest.mark.req("A-V2S-001", "A-V2S-002", "A-V2S-003", "A-V2D-002", "A-V2D-003")
def test_freezing_keeps_the_data_and_releasing_deletes_it_and_both_bear_repeats(wire: Wire) -> None:
    store = wire.seller.store
    wire.say(NEW)
    store.add_note("b-1", "keep me", 1)

    def status(value: str) -> str:
        said = wire.say({"activity": "updateInstanceStatus", "instanceId": "b-1", "status": value})
        return str(said["resultCode"])

    def state() -> str:
        return str((store.instance("b-1") or {})["state"])

    assert [status("FREEZE"), status("FREEZE"), state()] == ["000000", "000000", "frozen"]
    assert [note["text"] for note in store.notes("b-1")] == ["keep me"]
    assert [status("UNFREEZE"), state(), status("THAW")] == ["000000", "active", "000002"]
    release = {"activity": "releaseInstance", "instanceId": "b-1"}
    assert [wire.say(release)["resultCode"] for _ in range(2)] == ["000000", "000000"]
    assert (state(), store.notes("b-1")) == ("released", [])
    assert status("FREEZE") == "000003"
    assert wire.say(release | {"instanceId": "unknown"})["resultCode"] == "000003"


@pytest.mark.req("A-V2U-002", "A-V2U-003", "A-V2O-001", "A-V2O-002")
def test_upgrades_and_order_notices_are_noted_once_for_each_order(wire: Wire) -> None:
    wire.say(NEW)
    upgrade = {
        "activity": "upgradeInstance",
        "instanceId": "b-1",
        "orderId": "GA2",
        "orderLineId": "GA2-000001",
    }
    notice = {"activity": "orderNotify", "orderId": "GA1", "orderLineId": "GA1-000001", "testFlag": "0"}

    codes = [wire.say(members)["resultCode"] for members in (upgrade, upgrade, notice, notice)]

    assert codes == ["000000"] * 4
    assert [(c["activity"], c["order_id"]) for c in wire.seller.store.changes()] == [
        ("upgradeInstance", "GA2"),
        ("orderNotify", "GA1"),
    ]
    assert wire.say(upgrade | {"instanceId": "unknown"})["resultCode"] == "000003"


@pytest.mark.req("A-V2K-001", "A-V2K-002")
def test_a_change_that_would_lose_data_is_refused_with_the_reason(wire: Wire) -> None:
    wire.say(NEW)
    for text in ("one", "two", "three"):
        wire.seller.store.add_note("b-1", text, 1)
    check = {"activity": "changeInstanceCheck", "instanceId": "b-1"}

    enough = wire.say(check | {"productInfo": {"productId": "OFFI1", "linearValue": 3}})
    too_few = wire.say(check | {"productInfo": {"productId": "OFFI1", "linearValue": 2}})

    assert enough["resultCode"] == "000000"
    assert (too_few["resultCode"], too_few["resultMsg"]) == ("000005", "3 notes are in use, the target allows 2")
    assert wire.say(check)["resultCode"] == "000002"


@pytest.mark.req("A-V2K-002")
def test_on_command_a_change_below_what_is_in_use_is_refused(wire: Wire) -> None:
    wire.say(NEW)
    wire.seller.faults.add({"do": "in_use", "units": 40, "times": 2})
    check = {"activity": "changeInstanceCheck", "instanceId": "b-1"}

    said = [wire.say(check | {"productInfo": {"productId": "OFFI1", "linearValue": n}}) for n in (30, 40, 10)]

    assert [each["resultCode"] for each in said] == ["000005", "000000", "000000"]
    assert said[0]["resultMsg"] == "40 are in use, the target allows 30"
    assert wire.say(NEW)["resultCode"] == "000000"


@pytest.mark.req("A-V2R-001", "A-V2R-003", "A-V2C-006")
def test_what_a_renewal_changes_begins_with_the_new_term_and_a_seller_may_not_know_the_scene(wire: Wire) -> None:
    store = wire.seller.store
    wire.say(NEW)
    with store.transaction() as db:
        db.execute("UPDATE instances SET expire_time = '20270115155959', product_id = 'OFFI1'")
    change = {
        "activity": "refreshInstance",
        "scene": "RENEWAL_CHANGE",
        "orderId": "GA2",
        "orderLineId": "GA2-000001",
        "instanceId": "b-1",
        "expireTime": "20270215155959",
        "productId": "OFFI2",
    }
    wire.seller.faults.add({"do": "code", "code": "000002", "scene": "RENEWAL_CHANGE", "times": 1})

    codes = [wire.say(change)["resultCode"] for _ in range(3)]
    store.begin_terms("20270115155959")
    before = store.instance("b-1")
    store.begin_terms("20270115160000")
    after = store.instance("b-1")

    assert codes == ["000002", "000000", "000000"]
    assert before is not None
    assert after is not None
    assert (before["product_id"], before["expire_time"], before["next_at"]) == (
        "OFFI1", "20270215155959", "20270115155959",
    )  # fmt: skip
    assert (after["product_id"], after["expire_time"], after["next_at"]) == ("OFFI2", "20270215155959", "")


@pytest.mark.req("A-V2R-001", "A-V2R-003", "A-DEC-014")
def test_a_renewal_that_is_taken_back_by_its_own_order_ends_when_it_ended_before(wire: Wire) -> None:
    store = wire.seller.store
    wire.say(NEW)
    with store.transaction() as db:
        db.execute("UPDATE instances SET expire_time = '20270115155959', product_id = 'OFFI1'")
    call = {"activity": "refreshInstance", "orderId": "GA2", "orderLineId": "GA2-000001", "instanceId": "b-1"}
    change = call | {"scene": "RENEWAL_CHANGE", "expireTime": "20270215155959", "productId": "OFFI2"}
    back = call | {"scene": "UNSUBSCRIBE_RENEWAL_PERIOD", "expireTime": "20270115155959"}

    codes = [wire.say(each)["resultCode"] for each in (change, back, back)]

    now = store.instance("b-1")
    assert codes == ["000000"] * 3
    assert now is not None
    assert (now["product_id"], now["expire_time"], now["next_at"], now["next_product_id"]) == (
        "OFFI1", "20270115155959", "", "",
    )  # fmt: skip


@pytest.mark.req("A-V2C-003", "A-SIG-004")
@pytest.mark.parametrize(
    "members",
    [
        {"activity": "danceInstance"},
        {"activity": 7},
        {},
        {"activity": "newInstance", "orderId": "GA1"},
        NEW | {"orderId": ""},
        NEW | {"orderId": 7},
        NEW | {"orderId": ["GA1"]},
        NEW | {"businessId": "x" * 65},
        {"activity": "queryInstance"},
        {
            "activity": "refreshInstance", "scene": "OTHER", "orderId": "a", "orderLineId": "b", "instanceId": "c",
            "expireTime": "20270115155959",
        },
        {
            "activity": "refreshInstance", "scene": "RENEWAL", "orderId": "a", "orderLineId": "b", "instanceId": "c",
            "expireTime": "20270115155959000",
        },
    ],
)  # fmt: skip
def test_wrong_parameters_are_answered_with_000002(wire: Wire, members: dict[str, Any]) -> None:
    assert wire.say(members)["resultCode"] == "000002"


def test_bodies_that_are_not_objects_or_too_long_are_refused(wire: Wire) -> None:
    _, query = wire.proof({})

    assert wire.post(b"[]", query).json()["resultCode"] == "000001"
    assert wire.post(b"\xff", query).json()["resultCode"] == "000001"
    assert wire.post(b"[" * 200_000, query).json()["resultCode"] == "000001"
    assert wire.post(b" " * 300_000, query).status == 413
    assert urllib3.request("GET", f"{wire.seller.url}/saas", timeout=5).status == 405


@pytest.mark.req("A-V2Q-003")
def test_a_pay_per_use_seller_reports_a_running_total(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_text(json.dumps({"sample": {"key": KEY, "usage": True}}))
    server = SampleSeller(Settings(state=tmp_path / "s", keys_file=file), now_ms=lambda: 1768469400123).start()
    wire = Wire(server)
    wire.say(NEW)
    server.store.add_note("b-1", "one", 1)

    usage = wire.say({"activity": "queryInstance", "instanceId": "b-1"})["info"][0]["usageInfo"]
    server.stop()

    assert usage == [
        {
            "usageValue": "1",
            "statisticalTime": "20260115093000123",
            "dashboardUrl": f"{server.url}/apps/b-1/admin",
        }
    ]


# ---- state ---------------------------------------------------------------------------------------------


def test_state_survives_a_restart_and_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    first = SampleSeller(Settings(state=tmp_path, key=KEY)).start()
    Wire(first).say(NEW)
    first.stop()
    second = SampleSeller(Settings(state=tmp_path, key=KEY)).start()

    again = Wire(second).say(NEW | {"businessId": "b-2"})
    second.stop()

    assert again["instanceId"] == "b-1"
    assert (tmp_path / "sample-seller.sqlite3").stat().st_mode & 0o777 == 0o600


def test_the_process_ends_cleanly_when_asked(seller_process: StartSeller) -> None:
    seller = seller_process()

    assert urllib3.request("GET", f"{seller.url}/healthz", timeout=5).json() == {"ok": True}
    assert seller.stop() == 0


def test_the_process_wants_a_key_and_explains_itself(tmp_path: Path) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-m", "galleria.demo.sample_seller"]
    without = subprocess.run([*command, "--state", str(tmp_path)], capture_output=True, text=True, check=False)
    helped = subprocess.run([*command, "--help"], capture_output=True, text=True, check=False)

    assert (without.returncode, "give --key or --keys" in without.stderr) == (2, True)
    assert (helped.returncode, "--public-base" in helped.stdout) == (0, True)
