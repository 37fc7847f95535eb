"""The processes of the demo: the sample seller, the worker and the web server, started and stopped together."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path


class NotStarted(Exception):
    """A process ended or did not answer in time; the message has the end of its log."""


def free_port(wished: int = 0) -> int:
    """The wished port if it is free, else any other."""
    for port in (wished, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise NotStarted("no free port on 127.0.0.1")


class Processes:
    """Children of the demo. Their logs are in the data folder."""

    def __init__(self, data: Path, environment: dict[str, str]) -> None:
        self.logs = data / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.environment = {**os.environ, **environment}
        self._running: list[tuple[str, subprocess.Popen[bytes]]] = []

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start `python ARGUMENTS`, writing to logs/NAME.log."""
        log = (self.logs / f"{name}.log").open("wb")
        process = subprocess.Popen(  # noqa: S603 (our own program)
            [sys.executable, "-P", *arguments], stdout=log, stderr=subprocess.STDOUT, env=self.environment
        )
        log.close()
        self._running.append((name, process))
        return process

    def start_seller(self, keys: Path, state: Path, port: int) -> str:
        """Start the sample seller; returns its address once it answers."""
        state.mkdir(parents=True, exist_ok=True)
        arguments = ["--port", str(port), "--keys", str(keys), "--state", str(state)]
        self.start("seller", "-m", "galleria.demo.sample_seller", *arguments)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found = re.search(r"sample seller at (\S+)", self.log_of("seller"))
            if found:
                return found.group(1)
            self.check()
            time.sleep(0.02)
        raise NotStarted(f"the sample seller did not start:\n{self.log_of('seller')[-2000:]}")

    def wait_for(self, url: str, name: str, seconds: float = 180) -> None:
        """Wait until a process answers. Raises NotStarted with the end of its log."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 (our own address)
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass
            self.check()
            time.sleep(0.05)
        raise NotStarted(f"{name} does not answer at {url}:\n{self.log_of(name)[-2000:]}")

    def check(self) -> None:
        """Raises NotStarted when a child has ended."""
        for name, process in self._running:
            if process.poll() is not None:
                raise NotStarted(f"{name} ended with {process.returncode}:\n{self.log_of(name)[-3000:]}")

    def log_of(self, name: str) -> str:
        return (self.logs / f"{name}.log").read_text("utf-8", "replace")

    def stop(self) -> None:
        """End all children, the last started first, by force after ten seconds."""
        for _name, process in reversed(self._running):
            process.terminate()
        for _name, process in reversed(self._running):
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()
