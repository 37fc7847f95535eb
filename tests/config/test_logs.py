"""Log lines: JSON, with the request id, without secrets."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable

import pytest
import structlog
from django.http import HttpResponse
from django.test import RequestFactory

from galleria.config import logs
from galleria.web.middleware import RequestIdMiddleware


@pytest.fixture
def lines() -> Callable[[], list[dict[str, object]]]:
    """Everything that is logged in this test, as the JSON that an operator would see."""
    written: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(self.format(record))

    handler = Keep()
    handler.setFormatter(logs.line_formatter(json=True))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in written]
    root.removeHandler(handler)
    root.setLevel(level)
    structlog.contextvars.clear_contextvars()


def test_a_request_is_one_line_with_its_id_and_without_its_query(lines: Callable[[], list[dict[str, object]]]) -> None:
    request = RequestFactory().get("/orders/?token=abc", HTTP_X_REQUEST_ID="given-id-1", REMOTE_ADDR="203.0.113.9")

    RequestIdMiddleware(lambda _request: HttpResponse(status=201))(request)

    (line,) = lines()
    assert {name: line[name] for name in ("event", "method", "path", "status", "request_id", "address", "level")} == {
        "event": "request",
        "method": "GET",
        "path": "/orders/",
        "status": 201,
        "request_id": "given-id-1",
        "address": "203.0.113.9",
        "level": "info",
    }


def test_lines_of_the_standard_library_carry_the_request_id_too(lines: Callable[[], list[dict[str, object]]]) -> None:
    def view(_request: object) -> HttpResponse:
        logging.getLogger("some.library").warning("slow answer: %s ms", 900)
        return HttpResponse()

    RequestIdMiddleware(view)(RequestFactory().get("/", HTTP_X_REQUEST_ID="given-id-2"))

    assert [(line["event"], line["request_id"]) for line in lines()] == [
        ("slow answer: 900 ms", "given-id-2"),
        ("request", "given-id-2"),
    ]


def test_secrets_are_not_written_wherever_they_stand(lines: Callable[[], list[dict[str, object]]]) -> None:
    structlog.get_logger("galleria.test").info(
        "call", password="hunter2", headers={"Authorization": "Bearer x", "Accept": "*/*"}, secret_key="", user="ada"
    )

    (line,) = lines()
    assert line["password"] == "***"
    assert line["headers"] == {"Authorization": "***", "Accept": "*/*"}
    assert line["secret_key"] == ""
    assert line["user"] == "ada"


def test_behind_a_proxy_the_address_is_the_last_that_the_proxy_added(settings: object) -> None:
    settings.GALLERIA_BEHIND_PROXY = True  # type: ignore[attr-defined]
    seen: list[str] = []

    def view(request: object) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])  # type: ignore[attr-defined]
        return HttpResponse()

    request = RequestFactory().get("/", HTTP_X_FORWARDED_FOR="1.1.1.1, 203.0.113.9", REMOTE_ADDR="10.0.0.2")
    RequestIdMiddleware(view)(request)

    assert seen == ["203.0.113.9"]


def test_without_a_proxy_nobody_chooses_their_address() -> None:
    seen: list[str] = []

    def view(request: object) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])  # type: ignore[attr-defined]
        return HttpResponse()

    RequestIdMiddleware(view)(RequestFactory().get("/", HTTP_X_FORWARDED_FOR="1.1.1.1", REMOTE_ADDR="10.0.0.2"))

    assert seen == ["10.0.0.2"]
