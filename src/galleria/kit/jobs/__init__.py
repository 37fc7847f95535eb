"""Work that happens later, surely, and once: the lease queue (dependencies, "Jobs").

    @jobs.job("delivering.call_seller", max_attempts=4, outside=True)
    def call_seller(delivery_id: str) -> None: ...

    jobs.enqueue("delivering.call_seller", delivery_id=delivery.public_id, lane=f"seller:{seller_id}")

    @jobs.cron("0 3 * * *", "ledger.nightly_check")
    def nightly_check() -> None: ...

`enqueue` writes a row in the caller's transaction: no commit, no job. A database-only job runs and disappears in
one transaction. An `outside` job runs outside any transaction, may talk to others, commits its own short
transactions and uses `jobs.current().key` as its idempotency key, since it may run again after a crash.
"""

from __future__ import annotations

from galleria.kit.jobs.crons import cron, schedule_crons
from galleria.kit.jobs.overview import (
    Schedule,
    Stat,
    Waiting,
    dead,
    discard,
    jobs_about,
    pause,
    resume,
    retry,
    retry_all,
    run_now,
    schedules,
    stats,
    waiting_summary,
    workers,
)
from galleria.kit.jobs.registry import (
    LATER,
    GiveUp,
    JobInfo,
    RetryLater,
    Task,
    UnknownJob,
    current,
    enqueue,
    job,
    tasks,
    wake,
)
from galleria.kit.jobs.running import Ran, also_stop_at, has_queue, run_due

__all__ = [
    "LATER",
    "GiveUp",
    "JobInfo",
    "Ran",
    "RetryLater",
    "Schedule",
    "Stat",
    "Task",
    "UnknownJob",
    "Waiting",
    "also_stop_at",
    "cron",
    "current",
    "dead",
    "discard",
    "enqueue",
    "has_queue",
    "job",
    "jobs_about",
    "pause",
    "resume",
    "retry",
    "retry_all",
    "run_due",
    "run_now",
    "schedule_crons",
    "schedules",
    "stats",
    "tasks",
    "waiting_summary",
    "wake",
    "workers",
]
