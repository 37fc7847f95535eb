"""The first commands of the README, as they stand there: the demo, its purchase by API, the demo once more."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.world import free_port

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 900  # seconds; for machines that do much else
TOOLS = ("bash", "curl", "jq")


def demo(data: Path, *words: str) -> list[str]:
    """The demo with a short history."""
    return [sys.executable, "-m", "galleria", "demo", "--orders", "2", "--data", str(data), *words]


def surroundings() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GALLERIA_")}


def purchase_of_the_readme(port: int) -> str:
    found = re.search(r"^## Buy by API$.*?^```sh$(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.S | re.M)
    assert found
    return "set -euo pipefail\n" + found.group(1).replace("http://localhost:8000", f"http://localhost:{port}")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


def test_the_demo_prints_what_its_reader_needs_and_the_purchase_by_api_goes_through_as_it_is_written(
    data: Path,
) -> None:
    port = free_port()
    with (data / "told").open("w") as told:
        running = subprocess.Popen(
            demo(data, "--port", str(port)), env=surroundings(), cwd=data.parent, stdout=told, stderr=subprocess.STDOUT
        )
    try:
        until = time.monotonic() + PATIENCE
        while "Stop with Ctrl-C." not in (text := (data / "told").read_text()):
            assert running.poll() is None and time.monotonic() < until, text
            time.sleep(0.2)
        assert f"clock advance 30d --data {data.name}\n" in text
        assert "sign in with the password  gallery-demo-7" in text
        key = re.search(r"Ada's key, until the next start:  (\S+)", text)
        assert key
        if all(map(shutil.which, TOOLS)):
            bought = subprocess.run(
                ["bash", "-c", purchase_of_the_readme(port)],
                env={**surroundings(), "KEY": key.group(1)},
                capture_output=True,
                text=True,
                check=False,
                timeout=PATIENCE,
            )
            assert bought.returncode == 0, bought.stdout + bought.stderr
            assert '"slug": "plainsong-helpdesk"' in bought.stdout
            assert '"state": "succeeded"' in bought.stdout
            info = json.loads(bought.stdout[bought.stdout.rindex("\n{") :])
            assert info["front_end_url"].startswith("http://127.0.0.1:")
    finally:
        running.send_signal(signal.SIGHUP)  # the window is closed
        assert running.wait(PATIENCE) == 0
    assert not answers(port)


def test_the_second_start_tells_its_purchase_in_one_line_and_leaves_nothing_running(data: Path) -> None:
    done = subprocess.run(
        demo(data, "--once"), env=surroundings(), capture_output=True, text=True, check=False, timeout=PATIENCE
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert list(told) == ["order", "state", "subscription", "app_url", "seconds", "ledger_balanced"]
    assert (told["state"], told["ledger_balanced"]) == ("completed", True)
    assert told["order"].startswith("GA")
    assert told["subscription"].startswith("sub_")
    assert not answers(urlsplit(told["app_url"]).port or 0)
    # Nothing is made twice: no history, no people, no second catalogue.
    assert "orders of two years" not in done.stderr


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
