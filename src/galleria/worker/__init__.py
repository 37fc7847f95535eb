"""The process that does what is due: jobs, events after their commit, cron slots.

In: rows of the queue. Out: their effects, once. One process or many, on one machine or several; owns nothing.
Database-only jobs run on few threads, jobs that talk to others on many, so that a slow seller delays nobody;
a worker that is killed is replaced when its leases end.
"""

from __future__ import annotations

from galleria.worker.loop import Worker, run_worker

__all__ = ["Worker", "run_worker"]
