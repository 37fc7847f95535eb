"""What the API answers when it does not do what was asked: always problem details, never a traceback."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from galleria.api import limits
from galleria.api.routers import catalogue
from tests.api.conftest import Program, program


def is_problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem, after looking at its form."""
    assert answer["Content-Type"] == "application/problem+json; charset=utf-8", answer.content
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["status"], told["code"]) == (status, status, code), told
    assert told["type"] == f"/api/docs#{code}"
    assert told["title"] and told["detail"] and told["request_id"] == answer["X-Request-ID"]
    assert answer["Cache-Control"] == "no-store"
    return told


def raw(method: str, path: str, body: bytes, media_type: str = "application/json", **headers: str) -> Any:
    return Client().generic(method, f"/api/v1{path}", data=body, content_type=media_type, headers=headers)


def test_an_unknown_address_is_not_found(db: None) -> None:
    for path in ("/api/v1/nothing", "/api/v2/orders", "/api/", "/api/v1/orders/", "/api/v1/"):
        is_problem(Client().get(path), 404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["/api/v1/products", "/api/openapi.json", "/api/nothing"])
def test_a_host_that_is_not_ours_is_a_problem_too(path: str, db: None, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["market.example.com"]

    is_problem(Client().get(path, headers={"host": "elsewhere.example.com"}), 400, "HOST_NOT_KNOWN")
    page = Client().get("/", headers={"host": "elsewhere.example.com"})
    assert (page.status_code, page["Content-Type"]) == (400, "text/html; charset=utf-8")


def test_a_fault_before_the_endpoint_is_told_as_one_of_it(db: None, monkeypatch: Any) -> None:
    monkeypatch.setattr("galleria.web.middleware.ActorMiddleware.__call__", lambda *_args: 1 / 0)

    is_problem(Client(raise_request_exception=False).get("/api/v1/products"), 500, "FAULT")


def test_a_method_that_is_not_known_names_those_that_are(db: None) -> None:
    answer = Client().patch("/api/v1/orders")

    is_problem(answer, 405, "METHOD_NOT_ALLOWED")
    assert sorted(answer["Allow"].split(", ")) == ["GET", "POST"]
    is_problem(Client().delete("/api/openapi.json"), 405, "METHOD_NOT_ALLOWED")


@pytest.mark.parametrize(
    "body",
    [b"{", b"nonsense", b"\xff\xfe", b'{"product": NaN}', b'{"product": "a", "product": "b"}', b"[" * 50_000],
)
def test_what_is_not_json_is_not_understood(body: bytes, api: Program) -> None:
    answer = raw("POST", "/quotes", body, Authorization=f"Bearer {api.key}")

    is_problem(answer, 400, "NOT_UNDERSTOOD")


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_only_json_is_read(media_type: str, api: Program) -> None:
    answer = raw("POST", "/quotes", b"a=b", media_type, Authorization=f"Bearer {api.key}")

    is_problem(answer, 415, "MEDIA_TYPE_NOT_SUPPORTED")


def test_a_body_that_is_too_large_is_not_read(api: Program) -> None:
    body = json.dumps({"product": "a" * 70_000}).encode()

    is_problem(raw("POST", "/quotes", body, Authorization=f"Bearer {api.key}"), 413, "BODY_TOO_LARGE")


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"product"}),
        ({"product": "helpdesk", "colour": "red"}, {"colour"}),
        ({"product": "Help Desk"}, {"product"}),
        ({"product": "helpdesk", "term": "1"}, {"term"}),
        ({"product": "helpdesk", "term": 1.5}, {"term"}),
        ({"product": "helpdesk", "term": 2**70}, {"term"}),
        ({"product": "helpdesk", "term": True}, {"term"}),
        ({"product": "helpdesk", "auto_renew": "yes"}, {"auto_renew"}),
        ({"product": "helpdesk", "attributes": []}, {"attributes"}),
        ({"product": "helpdesk", "attributes": {"seats": 3}}, {"attributes.seats"}),
        ({"product": "helpdesk", "extra": {"a\u0000": "b"}}, {"extra.a\u0000"}),
        ({"product": "helpdesk", "extra": {"a": "b\u0000"}}, {"extra.a"}),
        ({"product": "helpdesk", "coupon": "x" * 41}, {"coupon"}),
        ({"product": "helpdesk", "region": "\ud800"}, {"region"}),
        ([1], {"body"}),
        (None, {"body"}),
    ],
)
def test_each_wrong_field_is_named(body: Any, fields: set[str], api: Program, desk: Any) -> None:
    answer = raw("POST", "/quotes", json.dumps(body).encode(), Authorization=f"Bearer {api.key}")

    told = is_problem(answer, 422, "INVALID")
    assert set(told["fields"]) == fields
    assert all(told["fields"].values())


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=101", "limit=1_0", "limit=%201", "limit=", "cursor=%20", "cursor=abc", "kind=-1",
        "placed_from=yesterday", "placed_from=1700000000", "placed_from=2027-03-01", "state=unknown",
        "placed_from=2026-01-01T00:00:00Z&placed_to=2027-03-01T00:00:00Z", "product=%00", f"product={'x' * 201}",
    ],
)  # fmt: skip
def test_a_wrong_query_is_refused(query: str, api: Program) -> None:
    answer = api.get(f"/orders?{query}")

    assert (answer.status_code, answer.json()["code"] in {"INVALID", "BAD_CURSOR"}) == (422, True), answer.content


@pytest.mark.parametrize("bad", ["%00", "a b", "ä", "x" * 65, "..%2F..", "null,null", "<script>"])
def test_an_id_of_no_possible_form_is_not_found(bad: str, api: Program) -> None:
    is_problem(api.get(f"/orders/{bad}"), 404, "NOT_FOUND")


def test_a_fault_is_told_without_details_and_logged(
    api: Program, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_args: Any, **_values: Any) -> Any:
        raise ZeroDivisionError("a secret detail")

    monkeypatch.setattr(catalogue.selectors, "category_tree", broken)
    answer = api.get("/categories")

    told = is_problem(answer, 500, "FAULT")
    assert "secret" not in answer.content.decode()
    assert any(told["request_id"] in str(record.msg) for record in caplog.records)


def test_a_database_that_is_away_is_told_as_such(api: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: Any, **_values: Any) -> Any:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(catalogue.selectors, "category_tree", away)
    answer = api.get("/categories")

    is_problem(answer, 503, "UNAVAILABLE")
    assert answer["Retry-After"] == "2"


def test_problems_are_told_in_the_readers_language(db: None) -> None:
    english = Client().get("/api/v1/me").json()
    chinese = Client().get("/api/v1/me", headers={"Accept-Language": "zh-CN"}).json()

    assert english["code"] == chinese["code"] == "SIGN_IN_NEEDED"
    assert english["detail"].startswith("Send an API key")


def test_who_asks_too_often_is_told_when_to_come_back(api: Program, ada: Any, settings: Any) -> None:
    settings.GALLERIA_API_RATE, settings.GALLERIA_API_BURST = 1, 3
    limits.buckets.forget()

    answers = [api.get("/me") for _each in range(4)]

    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    told = is_problem(answers[3], 429, "TOO_MANY_REQUESTS")
    assert answers[3]["Retry-After"] == "1"
    assert told["retry_after"] == 1
    assert program(ada).get("/me").status_code == 200  # another key has a bucket of its own
    limits.buckets.forget()


def test_guessing_keys_is_slow(db: None, settings: Any) -> None:
    settings.GALLERIA_API_RATE, settings.GALLERIA_API_BURST = 1, 2
    limits.buckets.forget()

    codes = [Program(f"gak_AAAAAAA{number}_{'x' * 43}").get("/me").status_code for number in range(4)]

    assert codes == [401, 401, 429, 429]
    limits.buckets.forget()


def test_a_bucket_fills_up_again_and_never_above_its_size() -> None:
    buckets = limits.Buckets()
    ask = {"rate": 2.0, "burst": 2}

    assert [buckets.take("a", now=0.0, **ask) for _each in range(3)] == [0.0, 0.0, 0.5]
    assert buckets.take("a", now=0.5, **ask) == 0.0
    assert [buckets.take("a", now=100.0, **ask) for _each in range(3)] == [0.0, 0.0, 0.5]
    assert buckets.take("b", now=0.0, **ask) == 0.0
