"""O11, work and health: what runs, what comes by the clock, what died and why, the database (retry, pause, run now)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.kit.jsonable import unpack
from galleria.operating import selectors, services
from galleria.web import lists, words
from galleria.web.access import actor_of, signed_in

VIEW = "operator:work:manage"
BACK = "/operator/work"


@dataclass(frozen=True)
class Database:
    """What the machine below says. `pending`: migrations that this version wants and the database does not have."""

    engine: str
    version: str
    size: int
    tables: int
    pending: int
    backup_at: Any = None


def database() -> Database:
    """Engine, version, size in bytes, number of tables, pending migrations; no backup is known to the marketplace."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
            version, size = cursor.fetchone()
        else:
            cursor.execute("SELECT sqlite_version()")
            (version,) = cursor.fetchone()
            size = _file_size(str(connection.settings_dict["NAME"]))
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    tables = len(connection.introspection.table_names())
    return Database(connection.display_name, str(version), int(size), tables, len(pending))


def _file_size(name: str) -> int:
    path = Path(name)
    parts = (path, path.with_name(f"{path.name}-wal"))
    return sum(part.stat().st_size for part in parts if part.is_file())


@require_safe
@signed_in(VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """The page."""
    actor, at = actor_of(request), clock.now()
    work = selectors.work(actor)
    late = words.duration(work.waiting.lag.total_seconds() * 1000) if work.waiting.oldest_due_at else ""
    values = {
        "work": work,
        "late": late,
        "dead": [_job(each) for each in work.dead],
        "dead_by_task": _by_task(work.dead),
        "waiting": sorted(work.waiting.by_task.items(), key=lambda item: (-item[1], item[0])),
        "stats": sorted(work.stats, key=lambda each: (-each.failures, each.task)),
        "database": database(),
        "is_test_clock": clock.is_test_clock(),
        "data_dir": str(settings.GALLERIA_DATA_DIR),
        "duration": words.duration,
        "lists": lists,
        "at": at,
    }
    return render(request, "operator/work.html", values)


def _job(row: Any) -> dict[str, Any]:
    """A dead job: arguments in words, and the last line of its error first."""
    arguments = unpack(row.args)
    error = (row.error or "").strip()
    return {
        "row": row,
        "arguments": ", ".join(f"{name}={value}" for name, value in sorted(arguments.items())) if arguments else "",
        "headline": error.splitlines()[-1][:200] if error else _("No error was kept."),
        "error": error,
    }


def _by_task(rows: list[Any]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for row in rows:
        counts[row.task] = counts.get(row.task, 0) + 1
    return sorted(((task, n) for task, n in counts.items() if n > 1), key=lambda item: -item[1])


def _back(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return HttpResponseRedirect(BACK)


def _explained(request: HttpRequest, act: Any) -> HttpResponse | None:
    """Run an act that needs a reason; a missing one is said on the page."""
    try:
        act(lists.text_of(request.POST, "reason", 2000))
    except Refused as refusal:
        if refusal.status in {403, 404} and not refusal.fields:
            raise
        messages.error(request, " ".join(refusal.fields.values()) or refusal.message)
        return HttpResponseRedirect(BACK)
    return None


@require_POST
@signed_in(VIEW)
def retry(request: HttpRequest, job_id: str) -> HttpResponse:
    """Give a dead job a fresh start."""
    services.retry_job(actor_of(request), job_id=job_id, at=clock.now())
    return _back(request, _("The job starts again now."))


@require_POST
@signed_in(VIEW)
def retry_all(request: HttpRequest) -> HttpResponse:
    """Give every dead job of a task a fresh start."""
    count = services.retry_dead_jobs(actor_of(request), task=lists.text_of(request.POST, "task", 200), at=clock.now())
    return _back(request, ngettext("%(n)d job starts again.", "%(n)d jobs start again.", count) % {"n": count})


@require_POST
@signed_in(VIEW)
def discard(request: HttpRequest, job_id: str) -> HttpResponse:
    """Remove a dead job, with a reason."""
    actor = actor_of(request)
    refused = _explained(
        request, lambda reason: services.discard_job(actor, job_id=job_id, reason=reason, at=clock.now())
    )
    return refused or _back(request, _("Discarded."))


@require_POST
@signed_in(VIEW)
def schedule(request: HttpRequest, name: str) -> HttpResponse:
    """Pause (with a reason), resume, or run now what comes by the clock."""
    actor, at = actor_of(request), clock.now()
    match request.POST.get("act"):
        case "pause":
            refused = _explained(
                request, lambda reason: services.pause_schedule(actor, name=name, reason=reason, at=at)
            )
            return refused or _back(request, _("%(name)s is paused.") % {"name": name})
        case "resume":
            services.resume_schedule(actor, name=name, at=at)
            return _back(request, _("%(name)s comes again.") % {"name": name})
        case _:
            services.run_schedule_now(actor, name=name, at=at)
            return _back(request, _("%(name)s runs now.") % {"name": name})
