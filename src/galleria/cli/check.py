"""`galleria check`: the health of the house, every check in one command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from galleria.cli import options

ROOT = Path(__file__).resolve().parents[3]
MOST_LINES = 60
_BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Step:
    """One check: what it is called, and a function that gives the lines of what is wrong."""

    name: str
    run: Callable[[], list[str]]


@dataclass(frozen=True)
class Result:
    """What a step found and how long it took."""

    name: str
    problems: list[str]
    seconds: float


def run(arguments: list[str]) -> int:
    """Run all checks, or those named; exit status 1 and everything that is wrong if anything is."""
    parser = options.parser("check", "Checks style, types, layers, migrations, translations, locks and references.")
    parser.add_argument("step", nargs="*", help=f"only these: {', '.join(step.name for step in steps())}")
    given = parser.parse_args(arguments)
    known = {step.name: step for step in steps()}
    if unknown := [name for name in given.step if name not in known]:
        parser.error(f"there is no check {', '.join(unknown)}; there are {', '.join(known)}")
    chosen = [known[name] for name in given.step]
    return report(run_steps(chosen or list(known.values())), MOST_LINES if len(chosen) != 1 else 100_000)


def run_steps(chosen: list[Step]) -> list[Result]:
    """All of them, two at a time, whatever the others find; told as each one ends."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(_timed, chosen))


def _timed(step: Step) -> Result:
    begun = time.perf_counter()
    try:
        problems = step.run()
    except Exception as error:
        problems = [f"the check itself failed: {type(error).__name__}: {error}"]
    result = Result(step.name, problems, time.perf_counter() - begun)
    print(f"  {'FAILED' if problems else 'ok':7} {step.name:14} {result.seconds:6.1f} s", flush=True)
    return result


def report(results: list[Result], most: int = MOST_LINES) -> int:
    """What is wrong, by check, up to so many lines of each; returns the exit status."""
    failed = [result for result in results if result.problems]
    for result in failed:
        print(f"\n{result.name}:")
        print("\n".join(f"  {line}" for line in result.problems[:most]))
        if (more := len(result.problems) - most) > 0:
            print(f"  and {more} lines more: ./galleria check {result.name}")
    words = ", ".join(result.name for result in failed)
    print(
        f"\n{len(failed)} of {len(results)} checks failed: {words}" if failed else f"\nall {len(results)} checks passed"
    )
    return 1 if failed else 0


def steps() -> list[Step]:
    """The longest first, so that two processors are busy to the end."""
    return [
        Step("types", lambda: tool("mypy", "--no-error-summary")),
        Step("style", lambda: tool("ruff", "check", "--output-format", "concise", "--quiet", ".")),
        Step("format", lambda: tool("ruff", "format", "--check", "--quiet", ".")),
        Step("layers", lambda: tool("lint-imports", "--no-cache", "--no-logo")),
        Step("framework", lambda: framework("check", "--fail-level", "WARNING")),
        Step("migrations", lambda: framework("makemigrations", "--check", "--dry-run")),
        Step("translations", lambda: galleria("translations", "--check")),
        Step("references", lambda: galleria("reference", "--check")),
        Step("locks", locks),
    ]


def tool(name: str, *arguments: str) -> list[str]:
    """The output of a tool of the environment if it found something."""
    return _output([str(_BIN / name), *arguments])


def framework(*arguments: str) -> list[str]:
    return galleria("manage", *arguments)


def galleria(*arguments: str) -> list[str]:
    return _output([sys.executable, "-P", "-m", "galleria", *arguments])


def _output(words: list[str]) -> list[str]:
    """Lines of a command that failed, [] of one that did not. It gets a data folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GALLERIA_")}
    with tempfile.TemporaryDirectory(prefix="galleria-check-") as folder:
        done = subprocess.run(
            words,
            cwd=ROOT,
            env={**kept, "GALLERIA_DATA_DIR": folder, "GALLERIA_LOG_LEVEL": "ERROR", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    return (lines or [f"exit status {done.returncode}"]) if done.returncode else []


def locks() -> list[str]:
    """The locked versions fit the ranges of pyproject.toml, the two locks agree, and neither names a registry."""
    import tomllib

    from packaging.requirements import Requirement

    from galleria.cli.locks import locked_versions

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    groups = project["optional-dependencies"]
    runtime, test = (locked_versions(ROOT / name) for name in ("requirements.txt", "requirements-test.txt"))
    wanted = [(runtime, "requirements.txt", text) for text in project["dependencies"]]
    wanted += [
        (test, "requirements-test.txt", text) for text in [*project["dependencies"], *groups["test"], *groups["dev"]]
    ]
    found = []
    for versions, file, text in wanted:
        need = Requirement(text)
        version = versions.get(re.sub(r"[-_.]+", "-", need.name).lower())
        if version is None or not need.specifier.contains(version, prereleases=True):
            found.append(f"{file}: {text} is wanted, {version or 'nothing'} is locked")
    found += [
        f"requirements-test.txt: {name} {test.get(name)} is not the {version} of requirements.txt"
        for name, version in runtime.items()
        if test.get(name) != version
    ]
    for file in ("requirements.txt", "requirements-test.txt"):
        text = (ROOT / file).read_text("utf-8")
        found += [f"{file}: it names an address" for sign in ("://", "--index-url", "--find-links") if sign in text]
    return found
