"""`galleria test`: the tests, in as many processes as there are processors."""

from __future__ import annotations

import os
import subprocess
import sys

from galleria.cli import building

_KEPT = ("GALLERIA_DATABASE_URL", "GALLERIA_PYTHON", "GALLERIA_VENV")


def run(arguments: list[str]) -> int:
    """Run pytest; options and paths are its own. Settings of the caller's marketplace do not reach the tests,
    except GALLERIA_DATABASE_URL, beside whose database the tests make one of their own."""
    building.compile_messages()
    words = [sys.executable, "-m", "pytest", *_processes(arguments), *arguments]
    return subprocess.run(words, env=environment(dict(os.environ)), check=False).returncode


def environment(given: dict[str, str]) -> dict[str, str]:
    """The environment without what belongs to a real marketplace."""
    kept = {name: value for name, value in given.items() if not name.startswith("GALLERIA_") or _is_kept(name)}
    return {**kept, "PYTHONHASHSEED": kept.get("PYTHONHASHSEED", "0")}


def _is_kept(name: str) -> bool:
    return name.removesuffix("_FILE") in _KEPT or name.startswith("GALLERIA_TEST_")


def _processes(arguments: list[str]) -> list[str]:
    """One process for a chosen test, otherwise one a processor: files stay together, since they share servers."""
    chosen = any(word.startswith(("-n", "--numprocesses", "--pdb", "tests/")) for word in arguments)
    count = min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 8)
    return [] if chosen or count == 1 else ["-n", str(count), "--dist", "loadfile"]
