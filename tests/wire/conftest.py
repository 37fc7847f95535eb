"""Real sellers over real HTTP: the sample seller in a thread or as a process, and a server of raw bytes."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import urllib3

from galleria.delivering.adapters.saas_v2.client import CallSettings
from galleria.demo.sample_seller.server import SampleSeller, Settings
from galleria.kit import outgoing

KEY = "3f0c9a52-7d14-4b6e-9c38-51e2a7d0b846"
LOOPBACK = outgoing.networks(["127.0.0.0/8", "::1/128"])


@pytest.fixture
def lab() -> CallSettings:
    """The operator allows the loopback network and waits only briefly."""
    return CallSettings(policy=outgoing.Policy(allowed_networks=LOOPBACK, seconds=0.8))


@pytest.fixture
def seller(tmp_path: Path) -> Iterator[SampleSeller]:
    """A fresh sample seller with the key of the specification's vectors, in a thread."""
    server = SampleSeller(Settings(state=tmp_path / "seller", key=KEY)).start()
    yield server
    server.stop()


class SellerProcess:
    """The sample seller as sellers would run it, spoken to over HTTP only."""

    def __init__(self, state: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "galleria.demo.sample_seller", "--port", "0", "--state", str(state)]
        self.process = subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        found = re.search(r"https?://\S+", self.process.stdout.readline())
        assert found, "the sample seller did not start"
        self.url = found.group()

    def address(self, slug: str = "sample") -> str:
        return f"{self.url}/s/{slug}/saas"

    def control(self, rule: dict[str, Any]) -> dict[str, Any]:
        """Order a misbehaviour."""
        return dict(urllib3.request("POST", f"{self.url}/_control", json=rule, timeout=10).json())

    def shown(self, what: str = "") -> dict[str, Any]:
        """Its rules, instances and changes; with `/calls` what it was asked."""
        return dict(urllib3.request("GET", f"{self.url}/_control{what}", timeout=10).json())

    def stop(self) -> int:
        self.process.terminate()
        code = self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@pytest.fixture
def seller_process(tmp_path: Path) -> Iterator[Callable[..., SellerProcess]]:
    """Starts sample sellers as processes and ends them with the test."""
    running: list[SellerProcess] = []
    numbers = itertools.count(1)

    def start(*arguments: str) -> SellerProcess:
        given = arguments or ("--key", KEY)
        running.append(SellerProcess(tmp_path / f"process-{next(numbers)}", *given))
        return running[-1]

    yield start
    for process in running:
        process.stop()
