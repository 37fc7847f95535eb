"""A worker process for `test_jobs_workers`: its tasks write down what they do and may kill the process."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import django
from django.conf import settings

FOLDER = Path(os.environ["WORKER_FOLDER"])
KILL = os.environ.get("WORKER_KILL", "")
LONG = float(os.environ.get("WORKER_LONG", "1.5"))

database = json.loads(os.environ["WORKER_DATABASE"])
settings.configure(
    DATABASES={"default": database},
    INSTALLED_APPS=["galleria.kit"],
    USE_TZ=True,
    SECRET_KEY="only for this test",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    GALLERIA_JOB_LEASE_SECONDS=1,
)
django.setup()

from galleria.kit import jobs  # noqa: E402
from galleria.kit.jobs import crons  # noqa: E402
from galleria.kit.models import JobStat  # noqa: E402
from galleria.worker import run_worker  # noqa: E402

crons.crons.clear()


def note(word: str) -> None:
    with (FOLDER / "calls").open("a") as file:
        file.write(f"{word} {jobs.current().key}\n")


def perhaps_die(moment: str) -> None:
    if moment == KILL and jobs.current().attempt == 1:
        os.kill(os.getpid(), signal.SIGKILL)


@jobs.job("p.call", outside=True)
def call() -> None:
    perhaps_die("before")
    note("call")
    perhaps_die("during")
    note("record")
    perhaps_die("after")


@jobs.job("p.long_call", outside=True)
def long_call() -> None:
    note("begin")
    time.sleep(LONG)
    note("end")


@jobs.job("p.write")
def write() -> None:
    JobStat.objects.create(task="trace")
    perhaps_die("during")
    note("write")


run_worker(threads=2)
