"""What machines ask of a server: alive, ready, and its figures for those who may see them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from galleria.kit import clock, jobs
from galleria.web import health


@jobs.job("tests.health.idle")
def idle() -> None:
    """Does nothing, some time."""


@pytest.fixture
def stranger() -> Client:
    return Client(REMOTE_ADDR="203.0.113.9")


@pytest.fixture
def local() -> Client:
    return Client(REMOTE_ADDR="127.0.0.1")


def value(text: str, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.M)
    assert found, f"{name} is not in the metrics"
    return float(found[1])


class NoDatabase:
    """Stands where the queue is read, and answers as a database that is down."""

    def __call__(self, *_args: Any) -> Any:
        raise DatabaseError("connection refused")


def test_a_living_process_says_so_without_a_database_and_under_any_host_name(stranger: Client) -> None:
    answer = stranger.get("/healthz", HTTP_HOST="10.1.2.3:8000")

    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Request-ID"]


@pytest.mark.django_db
def test_a_server_whose_tables_are_complete_is_ready(stranger: Client) -> None:
    answer = stranger.get("/readyz", HTTP_HOST="10.1.2.3")

    assert answer.status_code == 200
    assert answer.json() == {"ready": True, "checks": {"database": "ok", "migrations": "ok", "queue": "ok"}}


@pytest.mark.django_db
def test_a_queue_that_is_late_is_told_but_the_server_stays_ready(stranger: Client) -> None:
    jobs.enqueue("tests.health.idle", run_at=clock.now() - timedelta(minutes=6))

    answer = stranger.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["checks"]["queue"] == "late"


@pytest.mark.django_db
def test_a_server_of_another_version_than_its_tables_is_not_ready(
    stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_is_migrated", lambda: False)

    answer = stranger.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "missing"


@pytest.mark.django_db
def test_without_a_database_the_server_is_alive_but_not_ready(
    stranger: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_is_migrated", NoDatabase())

    assert stranger.get("/healthz").status_code == 200
    answer = stranger.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "down", "migrations": "unknown", "queue": "unknown"}


@pytest.mark.django_db
def test_metrics_tell_the_state_of_the_queue(local: Client) -> None:
    jobs.enqueue("tests.health.idle", run_at=clock.now() - timedelta(seconds=90))
    jobs.enqueue("tests.health.idle", run_at=clock.now() + timedelta(days=1))

    text = local.get("/metrics").content.decode()

    assert value(text, "galleria_database_up") == 1
    assert value(text, "galleria_jobs_due") == 1
    assert value(text, "galleria_jobs_later") == 1
    assert value(text, "galleria_jobs_dead") == 0
    assert value(text, "galleria_jobs_oldest_due_seconds") >= 90
    assert value(text, 'galleria_jobs_waiting{task="tests.health.idle"}') == 1
    assert "django_http_requests_before_middlewares_total" in text


@pytest.mark.django_db
def test_metrics_are_there_when_the_database_is_not(local: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.jobs, "waiting_summary", NoDatabase())

    assert value(local.get("/metrics").content.decode(), "galleria_database_up") == 0


def test_strangers_do_not_see_metrics(stranger: Client) -> None:
    assert stranger.get("/metrics").status_code == 404


def test_a_proxy_on_the_same_machine_does_not_open_the_metrics(local: Client) -> None:
    assert local.get("/metrics", HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 404


@pytest.mark.django_db
def test_the_bearer_of_the_token_sees_metrics(stranger: Client, settings: Any) -> None:
    settings.GALLERIA_METRICS_TOKEN = "for-the-collector"

    assert stranger.get("/metrics", HTTP_AUTHORIZATION="Bearer for-the-collector").status_code == 200
    assert stranger.get("/metrics", HTTP_AUTHORIZATION="Bearer guess").status_code == 404
    assert stranger.get("/metrics", HTTP_AUTHORIZATION="Bearer é").status_code == 404


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_they_are_only_read(stranger: Client, path: str) -> None:
    answer = stranger.post(path)

    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


@pytest.mark.django_db
def test_the_request_id_of_a_proxy_is_kept_and_an_odd_one_is_not(stranger: Client) -> None:
    assert stranger.get("/healthz", HTTP_X_REQUEST_ID="from-the-proxy-1")["X-Request-ID"] == "from-the-proxy-1"
    assert stranger.get("/healthz", HTTP_X_REQUEST_ID="two\nlines")["X-Request-ID"] != "two\nlines"
