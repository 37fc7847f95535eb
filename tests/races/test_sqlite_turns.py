"""Writers on SQLite wait in a queue: nobody is overtaken for long, and nobody keeps the turn of the dead."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from galleria.kit.models import CronSlot
from galleria.kit.sqlite3 import turns
from tests.people import NOW

pytestmark = pytest.mark.skipif("connection.vendor != 'sqlite'", reason="other databases have queues of their own")


def test_one_at_a_time_and_each_in_turn(tmp_path: Path) -> None:
    turn = turns.Turns(str(tmp_path / "db"))
    assert turn.take(1)
    begun = time.monotonic()
    assert not turn.take(0.05)  # this process
    assert not turns.Turns(str(tmp_path / "db")).take(0.05)  # as another process: files of its own
    assert time.monotonic() - begun < 2

    turn.give()
    other = turns.Turns(str(tmp_path / "db"))
    assert other.take(1)
    other.give()
    assert turn.take(1)
    turn.give()


def test_the_turn_of_a_killed_process_is_free(tmp_path: Path) -> None:
    code = (
        "import sys, time; from galleria.kit.sqlite3 import turns; "
        f"assert turns.Turns({str(tmp_path / 'db')!r}).take(5); print('mine', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"mine\n"
        mine = turns.Turns(str(tmp_path / "db"))
        assert not mine.take(0.05)

        process.send_signal(signal.SIGKILL)
        process.wait(10)

    assert mine.take(5)
    mine.give()


def test_a_forked_child_begins_anew(tmp_path: Path) -> None:
    turn = turns.of(str(tmp_path / "db"))
    assert turn.take(1)
    child = os.fork()
    if child == 0:
        # The parent's turn holds for the child too, but it is not the child's.
        os._exit(0 if not turns.of(str(tmp_path / "db")).take(0.05) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    turn.give()
    assert turn.take(1)
    turn.give()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_ends_in_any_way_gives_its_turn_back() -> None:
    turn = turns.of(str(connection.settings_dict["NAME"]))

    def is_free() -> bool:
        taken = turn.take(0.05)
        if taken:
            turn.give()
        return taken

    with transaction.atomic():
        assert not is_free()
        with transaction.atomic():  # a savepoint takes no turn
            pass
        assert not is_free()
    assert is_free()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        _ = 1 / 0
    assert is_free()
    with pytest.raises(OperationalError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM a_table_that_is_not_there")
    assert is_free()
    connection.close()
    assert is_free()


@pytest.fixture
def no_collecting() -> Iterator[None]:
    """Nobody looks for garbage meanwhile."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_collecting")
def test_a_thread_that_ends_within_a_transaction_gives_its_turn_back() -> None:
    abandoned: list[Any] = []

    def abandon() -> None:
        atomic = transaction.atomic()
        atomic.__enter__()
        CronSlot.objects.create(name="before", last_slot=NOW)
        abandoned.append(connection.connection)

    thread = threading.Thread(target=abandon)
    thread.start()
    thread.join()

    turn = turns.of(str(connection.settings_dict["NAME"]))
    assert turn.take(5)
    turn.give()
    CronSlot.objects.create(name="after", last_slot=NOW)
    assert [each.name for each in CronSlot.objects.all()] == ["after"]
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        abandoned[0].execute("SELECT 1")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("no_collecting")
def test_a_thread_that_ends_closes_its_connection() -> None:
    left: list[Any] = []

    def look() -> None:
        CronSlot.objects.count()
        left.append(connection.connection)

    def look_again() -> None:
        CronSlot.objects.count()
        connection.close()
        look()

    for target in (look, look_again):
        thread = threading.Thread(target=target)
        thread.start()
        thread.join()

    assert len(left) == 2
    for each in left:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            each.execute("SELECT 1")
    CronSlot.objects.count()  # ours is open


FOREIGN = """
import ctypes, time
import django
django.setup()
from django.db import connections

libc, left = ctypes.CDLL(None), []

@ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
def look(_nothing):
    left.append(connections["default"])
    with left[-1].cursor() as cursor:
        cursor.execute("SELECT upper('a')")

for _time in range(20):
    thread = ctypes.c_ulong()
    assert libc.pthread_create(ctypes.byref(thread), None, look, None) == 0
    libc.pthread_join(thread, None)

until = time.monotonic() + 60
while any(each.connection for each in left):
    assert time.monotonic() < until
    time.sleep(0.01)
print(len(left), "closed")
"""


def test_a_thread_of_the_web_server_itself_ends_and_nothing_breaks(tmp_path: Path) -> None:
    """Such threads are not made by Python: the interpreter forgets them while it clears what was theirs."""
    environment = {
        **os.environ, "DJANGO_SETTINGS_MODULE": "galleria.config.settings", "GALLERIA_DATA_DIR": str(tmp_path),
    }  # fmt: skip
    environment.pop("GALLERIA_DATABASE_URL", None)
    ended = subprocess.run(
        [sys.executable, "-c", FOREIGN], env=environment, capture_output=True, text=True, timeout=300, check=False
    )

    assert (ended.returncode, ended.stdout) == (0, "20 closed\n"), ended.stderr


@pytest.mark.django_db(transaction=True)
@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_forked_child_does_not_close_what_another_thread_of_its_parent_opened() -> None:
    ready, over = threading.Event(), threading.Event()
    theirs: list[Any] = []

    def write() -> None:
        with transaction.atomic():
            CronSlot.objects.create(name="theirs", last_slot=NOW)
            theirs.append(connection.connection)
            ready.set()
            over.wait(60)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert ready.wait(60)
    child = os.fork()
    if child == 0:
        is_open = False
        with contextlib.suppress(sqlite3.ProgrammingError):
            is_open = theirs[0].in_transaction and theirs[0].total_changes > 0
        os._exit(0 if is_open else 1)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    over.set()
    thread.join()

    assert status == 0
    assert CronSlot.objects.get().name == "theirs"


@pytest.mark.django_db(transaction=True)
def test_many_writers_all_get_through() -> None:
    CronSlot.objects.create(name="count", last_slot=NOW)
    problems: list[Any] = []
    waits: list[float] = []

    def write() -> None:
        try:
            for _each in range(20):
                begun = time.monotonic()
                with transaction.atomic():
                    waits.append(time.monotonic() - begun)
                    row = CronSlot.objects.get()
                    CronSlot.objects.update(name=str(int(row.name.removeprefix("count") or 0) + 1))
        except Exception as error:
            problems.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _each in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    assert CronSlot.objects.get().name == "160"
