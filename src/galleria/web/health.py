"""What machines ask: is it alive, is it ready, how is it doing.

`/healthz`  200 while the process answers; touches nothing else, so that a database that is down does not make a
            supervisor restart the web servers.
`/readyz`   200 when this process can serve: the database answers and its tables are those of this version. A
            queue that is late is told but does not fail: taking every web server out of the balancer because
            the workers are behind would turn a delay into an outage.
`/metrics`  Prometheus text: counters of this web server, and the state of the queue. Only for the machine
            itself, and for whoever knows `GALLERIA_METRICS_TOKEN`.

They are answered before host checks, sessions and languages: a balancer asks by address, not by name.
"""

from __future__ import annotations

import hmac
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import REGISTRY as PROCESS_REGISTRY
from prometheus_client import CollectorRegistry, Gauge, generate_latest, multiprocess
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from galleria.kit import jobs

log = structlog.get_logger("galleria.health")

LATE_AFTER = timedelta(minutes=5)
"""A due job that has waited longer than this makes the queue *late*."""
_LOOPBACK = ("127.", "::1", "::ffff:127.")
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


@dataclass
class _Seen:
    """Migrations are not asked for again once they were complete."""

    migrated: bool = False


_seen = _Seen()


class HealthMiddleware:
    """Answers the three addresses; everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.pages: dict[str, Callable[[HttpRequest], HttpResponse]] = {
            "/healthz": alive,
            "/readyz": ready,
            "/metrics": metrics,
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        page = self.pages.get(request.path_info)
        if page is None:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        response = page(request)
        response["Cache-Control"] = "no-store"
        return response


def alive(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """200 and the checks, or 503 and what is wrong (in words that tell a stranger nothing)."""
    checks = {"database": "ok", "migrations": "ok", "queue": "ok"}
    try:
        if not _is_migrated():
            checks["migrations"] = "missing"
        elif jobs.waiting_summary().lag > LATE_AFTER:
            checks["queue"] = "late"
    except DatabaseError:
        log.warning("health.database", exc_info=True)
        connection.close()
        checks = {"database": "down", "migrations": "unknown", "queue": "unknown"}
    is_ready = checks["database"] == checks["migrations"] == "ok"
    return JsonResponse({"ready": is_ready, "checks": checks}, status=200 if is_ready else 503)


def _is_migrated() -> bool:
    if _seen.migrated:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    executor = MigrationExecutor(connection)
    _seen.migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _seen.migrated


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text for those who may see it; a stranger gets 404."""
    if not _may_see(request):
        return HttpResponse("Not found\n", status=404, content_type="text/plain")
    text = generate_latest(_process_registry()) + generate_latest(_queue_registry())
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _may_see(request: HttpRequest) -> bool:
    """The machine itself (and not a proxy on it that speaks for somebody else), or the bearer of the token."""
    token = str(settings.GALLERIA_METRICS_TOKEN)
    given = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    is_local = request.META.get("REMOTE_ADDR", "").startswith(_LOOPBACK)
    return is_local and not any(name in request.META for name in _FORWARDED)


def _process_registry() -> CollectorRegistry:
    """The counters of this process, or of all processes of this server when there are several."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return PROCESS_REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


def _queue_registry() -> CollectorRegistry:
    """The state of the queue now, read from the database."""
    registry = CollectorRegistry()
    up = Gauge("galleria_database_up", "1 when the database answers", registry=registry)
    begun = time.perf_counter()
    try:
        waiting = jobs.waiting_summary()
    except DatabaseError:
        connection.close()
        up.set(0)
        return registry
    up.set(1)
    values = {
        ("galleria_database_seconds", "How long the queries for this page took"): time.perf_counter() - begun,
        ("galleria_jobs_due", "Jobs that could run now"): waiting.due,
        ("galleria_jobs_later", "Jobs that wait for their time"): waiting.later,
        ("galleria_jobs_running", "Jobs that a worker holds"): waiting.running,
        ("galleria_jobs_retrying", "Jobs that failed and will be tried again"): waiting.retrying,
        ("galleria_jobs_dead", "Jobs that gave up and wait for the operator"): waiting.dead,
        ("galleria_jobs_oldest_due_seconds", "How long the oldest due job has waited"): max(
            waiting.lag.total_seconds(), 0.0
        ),
    }
    for (name, meaning), value in values.items():
        Gauge(name, meaning, registry=registry).set(value)
    by_task = Gauge("galleria_jobs_waiting", "Jobs in the queue by task", ["task"], registry=registry)
    for task, count in waiting.by_task.items():
        by_task.labels(task).set(count)
    return registry
