"""The web server as a process: it starts, answers, logs, replaces a process that dies, and stops in good order."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
WAIT_SECONDS = 240


def settings_of(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GALLERIA_")}
    return {**kept, "GALLERIA_DATA_DIR": str(data)}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A marketplace that is set up, empty."""
    folder = tmp_path_factory.mktemp("shop")
    subprocess.run([sys.executable, "-m", "galleria", "setup"], env=settings_of(folder), check=True, timeout=600)
    return folder


class Server:
    """A running `galleria serve` with two processes."""

    def __init__(self, data: Path, **settings: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = data / "serve.log"
        words = [sys.executable, "-m", "galleria", "serve", "--port", str(self.port), "--workers", "2"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(words, env={**settings_of(data), **settings}, stdout=log, stderr=log)

    def get(self, path: str, **headers: str) -> tuple[int, str, dict[str, str]]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode(), dict(error.headers)

    def until(self, is_true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + WAIT_SECONDS
        while not self._quietly(is_true):
            assert time.monotonic() < deadline, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)

    @staticmethod
    def _quietly(is_true: Callable[[], bool]) -> bool:
        try:
            return is_true()
        except OSError:
            return False

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]

    def children(self) -> list[int]:
        return [
            int(word) for word in Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        ]


@pytest.fixture
def server(data: Path) -> Iterator[Server]:
    running = Server(data)
    try:
        running.until(lambda: running.get("/readyz")[0] == 200)
        yield running
    finally:
        running.process.kill()
        running.process.wait(WAIT_SECONDS)


def test_it_answers_logs_with_the_request_id_and_stops_when_told(server: Server) -> None:
    status, text, headers = server.get("/no-such-page", **{"X-Request-ID": "asked-by-a-test"})

    assert status == 404
    assert headers["x-request-id"] == "asked-by-a-test"
    assert "Traceback" not in text
    server.until(lambda: any(line.get("request_id") == "asked-by-a-test" for line in server.lines()))
    (line,) = [line for line in server.lines() if line["event"] == "request" and line["path"] == "/no-such-page"]
    assert (line["status"], line["method"]) == (404, "GET")

    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(WAIT_SECONDS) == 0


def test_what_the_log_leaves_out_is_left_out_by_every_process(data: Path) -> None:
    server = Server(data, GALLERIA_LOG_LEVEL="ERROR")
    try:
        server.until(lambda: server.get("/healthz")[0] == 200)
        for _time in range(8):
            assert server.get("/account/login/")[0] == 200
    finally:
        server.process.terminate()
        server.process.wait(WAIT_SECONDS)

    assert [line["path"] for line in server.lines() if line.get("event") == "request"] == []


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="only Linux tells")
def test_its_processes_share_the_application_that_was_loaded_once(server: Server) -> None:
    server.until(lambda: server.get("/healthz")[0] == 200)

    for process in server.children():
        found = dict(re.findall(r"^(\w+): +(\d+) kB$", Path(f"/proc/{process}/smaps_rollup").read_text(), re.M))
        own = int(found["Private_Clean"]) + int(found["Private_Dirty"])

        assert own < int(found["Rss"]) / 2


def test_metrics_tell_of_all_its_processes(server: Server) -> None:
    for _ in range(20):
        server.get("/no-such-page")

    def total() -> float:
        text = server.get("/metrics")[1]
        name = "django_http_requests_before_middlewares_total "
        return next(float(line.removeprefix(name)) for line in text.splitlines() if line.startswith(name))

    assert [total(), total(), total()] == [20, 20, 20]


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc to find the processes")
def test_a_process_that_is_killed_is_replaced(server: Server) -> None:
    first, second = server.children()

    os.kill(first, signal.SIGKILL)

    server.until(lambda: len(server.children()) == 2 and first not in server.children())
    assert second in server.children()
    server.until(lambda: server.get("/readyz")[0] == 200)


@pytest.mark.skipif(not Path("/proc").exists(), reason="needs /proc to find the processes")
def test_when_the_server_itself_is_killed_its_processes_end_and_leave_the_port(server: Server) -> None:
    processes = server.children()
    assert len(processes) == 2

    server.process.kill()
    server.process.wait(WAIT_SECONDS)

    deadline = time.monotonic() + WAIT_SECONDS
    while any(Path(f"/proc/{number}").exists() for number in processes):
        assert time.monotonic() < deadline, "they serve on without it"
        time.sleep(0.1)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", server.port)) != 0


def serve(data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A server that shall say why it does not start."""
    return subprocess.run(
        [sys.executable, "-m", "galleria", "serve", *words],
        env=settings_of(data),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def test_a_port_that_another_server_has_is_not_shared_with_it(server: Server, data: Path) -> None:
    done = serve(data, "--port", str(server.port))

    assert done.returncode == 1
    assert done.stderr == f"galleria: cannot listen on 127.0.0.1, port {server.port}: Address already in use\n"
    assert server.get("/readyz")[0] == 200


def test_an_address_of_another_machine_is_refused_in_a_sentence(data: Path) -> None:
    elsewhere = serve(data, "--host", "192.0.2.1")
    unknown = serve(data, "--host", "nowhere.invalid")

    assert (elsewhere.returncode, unknown.returncode) == (1, 1)
    assert elsewhere.stderr.startswith("galleria: cannot listen on 192.0.2.1, port 8000: ")
    assert unknown.stderr == "galleria: cannot listen on nowhere.invalid: it is not an IP address\n"
