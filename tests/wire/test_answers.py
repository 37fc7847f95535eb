"""What comes back: the result codes of each activity, the reading rules, and answers that are wrong."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.delivering.adapters.saas_v2 import answers, messages

ID = "5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68"
ACTIVITIES = list(messages.FIELDS)


def read(activity: messages.Activity, members: Any, **more: Any) -> answers.Verdict:
    body = members if isinstance(members, bytes) else json.dumps(members).encode()
    return answers.read(activity, more.pop("status", 200), body, **more)


def info(**app: Any) -> dict[str, Any]:
    """A successful answer to queryInstance for ID."""
    app = {"frontEndUrl": "https://app.example.com"} | app
    return {"resultCode": "000000", "info": [{"instanceId": ID, "appInfo": app}]}


# ---- result codes --------------------------------------------------------------------------------------

FAILED = {"000001", "000002", "000005", "000100", "000101", "000999", "", "1", "OK"}


@pytest.mark.req("A-V2C-003", "A-V2R-002", "A-V2S-002", "A-V2D-002", "A-V2U-002", "A-V2O-002")
@pytest.mark.parametrize("activity", ACTIVITIES)
def test_every_activity_reads_the_table_of_codes(activity: messages.Activity) -> None:
    def outcome(code: str, **more: Any) -> str:
        return read(activity, info() | {"resultCode": code, "instanceId": ID}, **more).outcome

    no = "refused" if activity == "changeInstanceCheck" else "failed"
    going_on = {"newInstance": "accepted", "changeInstanceCheck": "refused"}.get(activity, "not_yet")

    assert outcome("000000") == "succeeded"
    assert outcome("000004") == outcome("0000004") == going_on
    assert {outcome(code) for code in FAILED} == {no}
    assert outcome("000003") == ("not_yet" if activity == "queryInstance" else no)


@pytest.mark.req("A-V2C-003")
def test_a_failure_says_what_the_code_means_and_what_the_seller_wrote() -> None:
    verdict = read("newInstance", {"resultCode": "000100", "resultMsg": "sold out"})
    own = read("upgradeInstance", {"resultCode": "000999"})

    assert verdict.problem == 'resultCode "000100" (no instance resource available)'
    assert (verdict.code, verdict.message, verdict.field) == ("000100", "sold out", "resultCode")
    assert own.problem == 'resultCode "000999" (a code of the seller\'s own)'


@pytest.mark.req("A-DEC-005")
def test_the_code_with_one_zero_more_means_the_same() -> None:
    assert read("newInstance", {"resultCode": "0000004", "instanceId": ID}).instance_id == ID


@pytest.mark.req("A-V2D-003")
def test_an_instance_that_does_not_exist_is_released_only_on_a_repeat() -> None:
    gone = {"resultCode": "000003"}

    assert read("releaseInstance", gone).outcome == "failed"
    assert read("releaseInstance", gone, repeated=True).outcome == "succeeded"
    assert read("updateInstanceStatus", gone, repeated=True).outcome == "failed"
    assert read("refreshInstance", gone, repeated=True).outcome == "failed"


@pytest.mark.req("A-V2K-002")
def test_a_refused_change_gives_the_sellers_reason() -> None:
    verdict = read("changeInstanceCheck", {"resultCode": "000005", "resultMsg": "12 seats are in use"})

    assert (verdict.outcome, verdict.message, verdict.is_success) == ("refused", "12 seats are in use", False)
    assert read("changeInstanceCheck", {"resultCode": "000000"}).is_success


# ---- the frame of every answer -------------------------------------------------------------------------


@pytest.mark.req("A-V2C-T7")
def test_a_result_code_that_is_a_number_is_a_failure() -> None:
    verdict = read("newInstance", b'{"resultCode": 0, "instanceId": "i"}')

    assert (verdict.outcome, verdict.field) == ("failed", "resultCode")
    assert verdict.problem == "resultCode must be a string, not 0"


@pytest.mark.req("A-RET-017", "A-V2C-001")
@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", 'the answer is not JSON (it begins with "")'),
        (b"<html><body>Hello", 'the answer is not JSON (it begins with "<html><body>Hello")'),
        (b"\xff\xfe{}", 'the answer is not JSON (it begins with "'),
        (b"[1]", "the answer is not a JSON object but [1]"),
        (b'"000000"', 'the answer is not a JSON object but "000000"'),
        (b"{}", "resultCode is missing"),
        (b'{"resultCode":null}', "resultCode is missing"),
        (b'{"resultCode":true}', "resultCode must be a string, not true"),
        (b'{"resultCode":["000000"]}', 'resultCode must be a string, not ["000000"]'),
        (b'{"resultCode":"000000","x":NaN}', "the answer is not JSON"),
        (b"[" * 100_000, "the answer is not JSON"),
        (b'{"resultCode":' + b"1" * 10_000 + b"}", "the answer is not JSON"),
    ],
)
def test_an_answer_without_its_frame_is_a_failure(body: bytes, problem: str) -> None:
    verdict = read("updateInstanceStatus", body)

    assert verdict.outcome == "failed"
    assert verdict.problem.startswith(problem)


@pytest.mark.req("A-V2C-T9", "A-RET-017", "A-ADR-001")
@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (401, "HTTP status 401 instead of 200"),
        (201, "HTTP status 201 instead of 200"),
        (500, "HTTP status 500 instead of 200"),
        (302, "HTTP status 302: redirects are not followed"),
        (304, "HTTP status 304: redirects are not followed"),
    ],
)
def test_a_status_other_than_200_is_a_failure_whatever_the_body_says(status: int, problem: str) -> None:
    verdict = read("newInstance", {"resultCode": "000000", "instanceId": ID}, status=status)

    assert (verdict.outcome, verdict.problem) == ("failed", problem)


@pytest.mark.req("A-DEC-012")
def test_blanks_around_the_names_of_code_and_message_are_forgiven() -> None:
    verdict = read("refreshInstance", b'\xef\xbb\xbf{" resultCode":"000000"," resultMsg ":"fine"}')

    assert (verdict.outcome, verdict.message) == ("succeeded", "fine")


@pytest.mark.req("A-V2N-003")
def test_the_message_is_cut_to_255_characters_and_only_debugging_minds() -> None:
    answer = {"resultCode": "000000", "resultMsg": "é" * 256}

    assert read("refreshInstance", answer).message == "é" * 255
    strict = read("refreshInstance", answer, strict=True)
    assert (strict.outcome, strict.problem) == ("failed", "resultMsg has 256 characters, the limit is 255")
    assert read("refreshInstance", {"resultCode": "000000", "resultMsg": 7}).outcome == "succeeded"


def test_what_no_database_keeps_is_replaced() -> None:
    verdict = read("refreshInstance", b'{"resultCode":"\\u0000x","resultMsg":"a\\u0000b\\ud800c"}')

    assert (verdict.code, verdict.message) == ("\ufffdx", "a\ufffdb?c")


# ---- newInstance ---------------------------------------------------------------------------------------


@pytest.mark.req("A-V2N-003", "A-V2C-T8", "A-DBG-003")
@pytest.mark.parametrize(
    ("instance_id", "problem"),
    [
        ("x" * 65, "instanceId has 65 characters, the limit is 64"),
        ("", "instanceId is missing"),
        ("  ", "instanceId is missing"),
        (None, "instanceId is missing"),
        (7, "instanceId must be a string, not 7"),
        ("a\nb", 'instanceId contains characters that cannot be printed: "a b"'),
    ],
)
def test_a_new_instance_needs_an_id_within_its_limit(instance_id: Any, problem: str) -> None:
    for code in ("000000", "000004"):
        verdict = read("newInstance", {"resultCode": code, "instanceId": instance_id})
        assert (verdict.outcome, verdict.field, verdict.problem) == ("failed", "instanceId", problem)


@pytest.mark.req("A-V2N-003")
def test_both_success_codes_give_the_id() -> None:
    now = read("newInstance", {"resultCode": "000000", "instanceId": "x" * 64})
    later = read("newInstance", {"resultCode": "000004", "resultMsg": "accepted.", "instanceId": ID})

    assert (now.outcome, now.instance_id) == ("succeeded", "x" * 64)
    assert (later.outcome, later.instance_id, later.is_success) == ("accepted", ID, True)


# ---- queryInstance -------------------------------------------------------------------------------------


@pytest.mark.req("A-V2Q-003")
def test_the_documented_answer_is_read_completely() -> None:
    answer = info(
        adminUrl="https://app.example.com/admin",
        userName="admin",
        password="Init-Pw#2026",
        memo="first login: change the password\nthen invite people",
        encryptType="1",
    )
    answer["info"][0]["usageInfo"] = [
        {
            "relatedInstanceId": "i-2",
            "usageValue": 12.5,
            "statisticalTime": "20260115093000123",
            "dashboardUrl": "https://app.example.com/usage",
        },
        {"usageValue": "99999999.1234", "statisticalTime": "20260115093000"},
    ]

    entry = read("queryInstance", answer, asked=[ID]).instance(ID)

    assert entry == answers.InstanceInfo(
        ID,
        answers.AppInfo(
            "https://app.example.com",
            "https://app.example.com/admin",
            "admin",
            "Init-Pw#2026",
            "first login: change the password\nthen invite people",
        ),
        (
            answers.UsageInfo(
                Decimal("12.5"),
                datetime(2026, 1, 15, 9, 30, 0, 123000, tzinfo=UTC),
                "i-2",
                "https://app.example.com/usage",
            ),
            answers.UsageInfo(Decimal("99999999.1234"), datetime(2026, 1, 15, 9, 30, tzinfo=UTC)),
        ),
    )


@pytest.mark.req("A-V2Q-004")
@pytest.mark.parametrize(
    "answer",
    [
        {"resultCode": "000000"},
        {"resultCode": "000000", "info": None},
        {"resultCode": "000000", "info": []},
        {"resultCode": "000000", "info": [{"instanceId": "another", "appInfo": {"frontEndUrl": 5}}]},
        {"resultCode": "000003"},
        {"resultCode": "000004"},
        {"resultCode": "0000004"},
    ],
)
def test_an_answer_without_our_instance_is_not_ready_rather_than_a_failure(answer: dict[str, Any]) -> None:
    verdict = read("queryInstance", answer, asked=[ID])

    assert (verdict.outcome, verdict.is_success, verdict.problem) == ("not_yet", False, "")


@pytest.mark.req("A-V2Q-003", "A-V2Q-002")
def test_a_list_is_ready_when_every_id_that_was_asked_is_there() -> None:
    both = {"resultCode": "000000", "info": [{"instanceId": "a"}, {"instanceId": "b"}, {"instanceId": "c"}]}

    assert read("queryInstance", both, asked=["a", "b"]).outcome == "succeeded"
    assert [entry.instance_id for entry in read("queryInstance", both, asked=["a", "b"]).instances] == ["a", "b"]
    partly = read("queryInstance", both, asked=["a", "z"])
    assert (partly.outcome, [entry.instance_id for entry in partly.instances]) == ("not_yet", ["a"])


@pytest.mark.req("A-V2Q-004")
@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (12, "12"), (12.5, "12.5"), ("12.5000", "12.5000"), (" 7 ", "7"), ("12345678.1234", "12345678.1234")],
)
def test_usage_is_read_as_a_number_or_a_text(value: Any, expected: str) -> None:
    answer = info()
    answer["info"][0]["usageInfo"] = [{"usageValue": value, "statisticalTime": "20260115093000123"}]

    verdict = read("queryInstance", answer, asked=[ID])

    assert [str(usage.value) for usage in verdict.instances[0].usage] == [expected]


@pytest.mark.req("A-V2Q-004", "A-V2Q-003")
@pytest.mark.parametrize(
    "usage",
    [
        {"usageValue": -1, "statisticalTime": "20260115093000123"},
        {"usageValue": "1.23456", "statisticalTime": "20260115093000123"},
        {"usageValue": True, "statisticalTime": "20260115093000123"},
        {"usageValue": "NaN", "statisticalTime": "20260115093000123"},
        {"usageValue": "1e99999", "statisticalTime": "20260115093000123"},
        {"usageValue": "1" * 21, "statisticalTime": "20260115093000123"},
        {"usageValue": "many", "statisticalTime": "20260115093000123"},
        {"statisticalTime": "20260115093000123"},
        {"usageValue": 1, "statisticalTime": "2026-01-15 09:30:00"},
        {"usageValue": 1, "statisticalTime": "20261315093000123"},
        {"usageValue": 1},
        "12.5",
    ],
)
def test_a_wrong_amount_is_left_out_and_does_not_keep_the_buyer_from_the_application(usage: Any) -> None:
    answer = info()
    answer["info"][0]["usageInfo"] = [usage, {"usageValue": 3, "statisticalTime": "20260115093000123"}]

    verdict = read("queryInstance", answer, asked=[ID])

    assert (verdict.outcome, len(verdict.remarks)) == ("succeeded", 1)
    assert [str(amount.value) for amount in verdict.instances[0].usage] == ["3"]
    assert read("queryInstance", answer, asked=[ID], strict=True).outcome == "failed"


@pytest.mark.req("A-V2Q-004")
@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "data:text/html,x", "ftp://app.example.com", "app.example.com", "//app.example.com",
        "https://", "https://user@app.example.com", "https://app.example.com/\\x", "see the e-mail", "https://[::1",
        " javascript:alert(1)", "java\nscript:alert(1)",
    ],
)  # fmt: skip
def test_a_front_end_that_is_not_http_is_text_and_never_a_link(url: str) -> None:
    verdict = read("queryInstance", info(frontEndUrl=url, adminUrl=url), asked=[ID])

    app = verdict.instances[0].app
    assert app is not None
    assert (verdict.outcome, app.front_end_url) == ("succeeded", url.strip())
    assert app.front_end_link is None
    assert app.admin_link is None


@pytest.mark.req("A-V2Q-004")
def test_an_http_front_end_is_a_link() -> None:
    app = read("queryInstance", info(adminUrl="http://10.0.0.1:8080/a?b#c"), asked=[ID]).instances[0].app

    assert app is not None
    assert (app.front_end_link, app.admin_link) == ("https://app.example.com", "http://10.0.0.1:8080/a?b#c")


@pytest.mark.req("A-V2Q-003", "A-DBG-003")
@pytest.mark.parametrize(
    ("member", "limit"), [("frontEndUrl", 512), ("adminUrl", 512), ("userName", 128), ("password", 128), ("memo", 1024)]
)
def test_the_members_of_the_application_have_their_limits(member: str, limit: int) -> None:
    start = "https://a.example/" if member.endswith("Url") else ""
    fits, long = (start.ljust(size, "x") for size in (limit, limit + 1))

    assert read("queryInstance", info(**{member: fits}), asked=[ID]).outcome == "succeeded"
    verdict = read("queryInstance", info(**{member: long}), asked=[ID])
    assert (verdict.outcome, verdict.field) == ("failed", f"info[0].appInfo.{member}")
    assert verdict.problem.endswith(f"has {limit + 1} characters, the limit is {limit}")
    assert read("queryInstance", info(**{member: 7}), asked=[ID]).problem.endswith("must be a string, not 7")


@pytest.mark.req("A-V2Q-003")
def test_application_info_may_be_missing_since_sellers_may_mail_it() -> None:
    verdict = read("queryInstance", {"resultCode": "000000", "info": [{"instanceId": ID}]}, asked=[ID])

    assert (verdict.outcome, verdict.instances[0].app) == ("succeeded", None)


@pytest.mark.req("A-V2Q-003")
def test_a_missing_front_end_is_forgiven_in_production_and_not_in_debugging() -> None:
    answer = {"resultCode": "000000", "info": [{"instanceId": ID, "appInfo": {"userName": "a"}}]}

    assert read("queryInstance", answer, asked=[ID]).outcome == "succeeded"
    assert read("queryInstance", answer, asked=[ID], strict=True).problem == "info[0].appInfo.frontEndUrl is missing"


@pytest.mark.parametrize("value", ["text", 7, [3], [{"instanceId": ID, "appInfo": []}, 7]])
def test_info_of_a_wrong_type_is_a_failure(value: Any) -> None:
    assert read("queryInstance", {"resultCode": "000000", "info": value}, asked=[ID]).outcome == "failed"


NAMES = st.text(max_size=5) | st.sampled_from(
    ["resultCode", "resultMsg", "instanceId", "info", "appInfo", "usageInfo", "usageValue", "statisticalTime"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5),
    max_leaves=12,
)


@pytest.mark.req("A-RET-017")
@given(activity=st.sampled_from(ACTIVITIES), members=st.dictionaries(NAMES, JSON, max_size=6), code=st.booleans())
def test_no_answer_however_wrong_brings_the_reader_down(
    activity: messages.Activity, members: dict[str, Any], code: bool
) -> None:
    verdict = read(activity, members | ({"resultCode": "000000"} if code else {}), asked=["a"])

    assert verdict.outcome in ("succeeded", "accepted", "not_yet", "refused", "failed")
    verdict.problem.encode()
    verdict.message.encode()


# ---- secrets -------------------------------------------------------------------------------------------


def test_account_and_password_are_masked_for_records() -> None:
    body = json.dumps(info(userName="admin", password='a"b\\c', memo="中文"), ensure_ascii=False).encode()

    masked = answers.masked(body)

    assert b'a\\"b' not in masked
    assert json.loads(masked)["info"][0]["appInfo"] == {
        "frontEndUrl": "https://app.example.com",
        "userName": "***",
        "password": "***",
        "memo": "中文",
    }


@pytest.mark.parametrize(
    ("body", "masked"),
    [
        (b'{"resultCode":"000000"}', b'{"resultCode":"000000"}'),
        (b"<html>", b"<html>"),
        (b'{"password" : "cut off \\" he', b'{"password" : "***"'),
        (b'{"password":"x"', b'{"password":"***"'),
        (b'{"password":null}', b'{"password":null}'),
    ],
)
def test_records_keep_the_rest_as_it_was_even_of_broken_answers(body: bytes, masked: bytes) -> None:
    assert answers.masked(body) == masked


def test_secrets_are_not_part_of_what_is_printed() -> None:
    app = answers.AppInfo("https://a.example", user_name="root", password="hidden-7")

    assert "hidden-7" not in repr(app)
    assert "root" not in repr(app)
