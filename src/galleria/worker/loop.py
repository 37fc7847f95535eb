"""The loop of a worker: claim, hand out to threads, renew leases, keep house, stop in good order."""

from __future__ import annotations

import os
import queue as queues_of_threads
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from types import FrameType

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, connection, connections

from galleria.kit import clock, jobs
from galleria.kit.jobs import queue
from galleria.kit.jobs.queue import Claimed
from galleria.kit.jobs.running import flush_stats, run_claimed
from galleria.kit.models import WorkerBeat

log = structlog.get_logger("galleria.worker")

POLL_SECONDS = 0.06
HOUSEKEEPING_SECONDS = 1.0
BEAT_SECONDS = 5.0
GRACE_SECONDS = 25.0
_INSIDE_BATCH = 20
_STALE_CONNECTION_SECONDS = 2.0

_Work = queues_of_threads.SimpleQueue[Claimed | None]


class Worker:
    """One worker process (or, in tests, one worker among others in a process)."""

    def __init__(self, threads: int = 16, queues: Collection[str] | None = None, *, poll: float = POLL_SECONDS) -> None:
        self.name = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(3)}"
        self.threads = max(1, threads)
        self.queues = queues
        self.poll = poll
        self.stopping = threading.Event()
        self._over = threading.Event()
        self._changed = jobs.wake
        self._lock = threading.Lock()
        self._held: dict[int, Claimed] = {}
        self._waiting: dict[bool, int] = {True: 0, False: 0}
        # SQLite has one writer: a second thread of database-only jobs would only wait for the first.
        self._inside_threads = 1 if connection.vendor == "sqlite" else 2
        self._work: dict[bool, _Work] = {True: queues_of_threads.SimpleQueue(), False: queues_of_threads.SimpleQueue()}
        self._next_housekeeping = 0.0
        self._next_beat = 0.0
        self.done = 0

    # ----- running -----

    def run(self, *, once: bool = False) -> int:
        """Work until told to stop, or with `once` until nothing is due; returns how many jobs were run."""
        crew = [
            *(self._thread(self._serve, True, f"outside-{n}") for n in range(self.threads)),
            *(self._thread(self._serve, False, f"inside-{n}") for n in range(self._inside_threads)),
        ]
        keeper = self._thread(self._keep_leases, None, "leases")
        log.info("worker.started", worker=self.name, threads=self.threads)
        try:
            while not self.stopping.is_set():
                if not self._turn() and once and self._is_idle():
                    break
        finally:
            self._wind_down(crew)
            self._over.set()
            keeper.join(timeout=5)
            self._quietly(flush_stats)
            self._quietly(lambda: WorkerBeat.objects.filter(name=self.name).delete())
            connection.close()
            log.info("worker.stopped", worker=self.name, jobs=self.done)
        return self.done

    def stop(self) -> None:
        """Finish what runs, give back the rest, and return from `run`."""
        self.stopping.set()
        self._changed.set()

    def _turn(self) -> bool:
        """One round of the loop; True when something was handed out."""
        try:
            self._keep_house()
            self._changed.clear()
            if self._hand_out():
                return True
        except (DatabaseError, InterfaceError):
            log.warning("worker.database_does_not_answer", exc_info=True)
            connection.close()
            self.stopping.wait(1.0)
            return False
        self._changed.wait(self.poll)
        return False

    def _hand_out(self) -> int:
        room = {True: self.threads - self._count(True), False: _INSIDE_BATCH - self._count(False)}
        if room[False] < _INSIDE_BATCH // 2:
            room[False] = 0
        wanted: dict[bool | None, int] = {outside: count for outside, count in room.items() if count > 0}
        one_kind = next(iter(wanted)) if len(wanted) == 1 else None
        if not wanted or not queue.has_due(outside=one_kind, queues=self.queues):
            return 0
        claimed = queue.claim_each(self.name, wanted, queues=self.queues)
        for held in claimed:
            with self._lock:
                self._held[held.pk] = held
                self._waiting[held.outside] += 1
            self._work[held.outside].put(held)
        return len(claimed)

    def _count(self, outside: bool) -> int:
        with self._lock:
            return sum(1 for held in self._held.values() if held.outside == outside)

    def _is_idle(self) -> bool:
        with self._lock:
            if self._held:
                return False
        return not queue.has_due(queues=self.queues)

    # ----- threads -----

    def _thread(self, target: Callable[..., None], outside: bool | None, name: str) -> threading.Thread:
        args = () if outside is None else (outside,)
        thread = threading.Thread(target=target, args=args, name=f"worker-{name}", daemon=True)
        thread.start()
        return thread

    def _serve(self, outside: bool) -> None:
        """Run jobs one after the other until told to go home."""
        last = time.monotonic()
        try:
            while (held := self._work[outside].get()) is not None:
                with self._lock:
                    self._waiting[outside] -= 1
                if time.monotonic() - last > _STALE_CONNECTION_SECONDS:
                    close_old_connections()  # and look whether it still lives before the next query
                self._run(held)
                last = time.monotonic()
        finally:
            connections.close_all()

    def _run(self, held: Claimed) -> None:
        if self.stopping.is_set():
            self._quietly(lambda: queue.give_back(self.name, [held.pk]))
            self._let_go(held)
            return
        try:
            run_claimed(held)
        except Exception as error:
            # The outcome could not be recorded. Try once more on a new connection; if that fails too, the lease
            # will end and the job run again.
            log.exception("worker.outcome_not_recorded", job=held.public_id, task=held.task)
            connection.close()
            self._quietly(lambda error=error: queue.fail(held, error))  # type: ignore[misc]
        finally:
            self._let_go(held)

    def _let_go(self, held: Claimed) -> None:
        with self._lock:
            self._held.pop(held.pk, None)
            self.done += 1
        if held.outside or self._waiting[False] <= _INSIDE_BATCH // 2:
            self._changed.set()

    def _keep_leases(self) -> None:
        try:
            while not self._over.wait(queue.lease_seconds() / 3):
                with self._lock:
                    pks = list(self._held)
                if pks:
                    self._quietly(lambda pks=pks: queue.renew(self.name, pks))  # type: ignore[misc]
        finally:
            connections.close_all()

    # ----- keeping house -----

    def _keep_house(self) -> None:
        moment = time.monotonic()
        if moment < self._next_housekeeping:
            return
        self._next_housekeeping = moment + HOUSEKEEPING_SECONDS
        queue.reclaim_lost()
        jobs.schedule_crons()
        flush_stats()
        if moment >= self._next_beat:
            self._next_beat = moment + BEAT_SECONDS
            now = clock.real_now()
            WorkerBeat.objects.filter(seen_at__lt=now - timedelta(days=1)).delete()
            WorkerBeat.objects.update_or_create(
                name=self.name,
                defaults={"seen_at": now, "threads": self.threads},
                create_defaults={"seen_at": now, "threads": self.threads, "started_at": now},
            )

    def _wind_down(self, crew: list[threading.Thread]) -> None:
        self.stopping.set()
        for _ in range(self.threads):
            self._work[True].put(None)
        for _ in range(self._inside_threads):
            self._work[False].put(None)
        deadline = time.monotonic() + GRACE_SECONDS
        for thread in crew:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))

    @staticmethod
    def _quietly(action: Callable[[], object]) -> None:
        try:
            action()
        except (DatabaseError, InterfaceError):
            log.warning("worker.database_does_not_answer", exc_info=True)
            connection.close()


def run_worker(
    threads: int = 16, queues: Collection[str] | None = None, once: bool = False, *, poll: float = POLL_SECONDS
) -> int:
    """Run a worker in this process until SIGTERM or SIGINT; a second signal ends it at once.

    `threads` is for jobs that talk to others; `queues` limits it to some queues; with `once` it ends when
    nothing is due. Returns how many jobs it ran.
    """
    worker = Worker(threads, queues, poll=poll)

    def asked(number: int, _frame: FrameType | None) -> None:
        if worker.stopping.is_set():
            os._exit(128 + number)
        worker.stop()

    if threading.current_thread() is not threading.main_thread():
        return worker.run(once=once)
    before = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        return worker.run(once=once)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
