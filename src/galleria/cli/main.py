"""Finds the command and runs it; commands import what they need only then, so that `--help` is quick."""

from __future__ import annotations

import importlib
import os
import sys

# name: (module with run(arguments) -> int, one line of help)
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("galleria.cli.demo", "the sample marketplace with a real purchase before your eyes"),
    "serve": ("galleria.cli.serve", "the web server"),
    "worker": ("galleria.cli.worker", "runs jobs: deliveries, expiries, mails"),
    "import": ("galleria.cli.catalogue", "import a catalogue file"),
    "clock": ("galleria.cli.clock", "show or advance the test clock"),
    "check": ("galleria.cli.check", "every check of the code: style, types, layers, migrations, translations"),
    "test": ("galleria.cli.test", "the tests"),
    "setup": ("galleria.cli.setup", "create or upgrade the database and the static files"),
    "operator": ("galleria.cli.operator", "make an operator user"),
    "reference": ("galleria.cli.reference", "write the generated reference documents"),
    "bench": ("galleria.cli.bench", "measure speed and memory"),
    "manage": ("galleria.cli.manage", "the framework's own commands"),
}


def usage() -> str:
    lines = ["Usage: galleria COMMAND [OPTIONS]", ""]
    lines += [f"  {name:10} {text}" for name, (_module, text) in COMMANDS.items()]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status is the command's."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "galleria.config.settings")
    words = sys.argv[1:] if arguments is None else arguments
    if not words or words[0] in {"-h", "--help", "help"}:
        print(usage())
        return 0
    if words[0] not in COMMANDS:
        print(f"galleria: there is no command {words[0]!r}\n\n{usage()}", file=sys.stderr)
        return 2
    module = importlib.import_module(COMMANDS[words[0]][0])
    return int(module.run(words[1:]) or 0)
