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
    "product": ("galleria.cli.product", "a seller's product as a file: pull, plan, apply, submit"),
    "seller-check": ("galleria.cli.seller_check", "call a seller's server as the marketplace does; no account needed"),
    "clock": ("galleria.cli.clock", "show or advance the test clock"),
    "check": ("galleria.cli.check", "every check of the code: style, types, layers, migrations, translations"),
    "test": ("galleria.cli.test", "the tests"),
    "setup": ("galleria.cli.setup", "create or upgrade the database and the static files"),
    "backup": ("galleria.cli.backup", "save database, files and the secret key into one file"),
    "restore": ("galleria.cli.restore", "restore a backup where there is nothing yet"),
    "operator": ("galleria.cli.operator", "make an operator user"),
    "translations": ("galleria.cli.translations", "bring the catalogues of the languages in step with the texts"),
    "reference": ("galleria.cli.reference", "write the generated reference documents"),
    "manage": ("galleria.cli.manage", "the framework's own commands"),
}


def usage() -> str:
    lines = ["Usage: galleria COMMAND [OPTIONS]", ""]
    lines += [f"  {name:12} {text}" for name, (_module, text) in COMMANDS.items()]
    lines += ["", "`galleria COMMAND --help` tells the options of a command."]
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
    from galleria.config.env import BadSetting

    module = importlib.import_module(COMMANDS[words[0]][0])
    try:
        return int(module.run(words[1:]) or 0)
    except BadSetting as error:
        return _refuse(str(error), 2)
    except Exception as error:
        if (sentence := _sentence(error)) is None:
            raise
        return _refuse(sentence, 1)


def _sentence(error: Exception) -> str | None:
    """What to tell about a normal "no"; None for a bug, which shows its traceback."""
    from django.core.exceptions import ImproperlyConfigured, ValidationError
    from django.db import OperationalError

    from galleria.kit.errors import Refused

    if isinstance(error, Refused):
        return "\n".join([error.message, *(f"  {name}: {text}" for name, text in error.fields.items())])
    if isinstance(error, ValidationError):
        return "\n".join(error.messages)
    if isinstance(error, OperationalError):
        return f"the database does not answer or is not set up: {str(error).strip().splitlines()[0]}"
    return str(error) if isinstance(error, ImproperlyConfigured) else None


def _refuse(sentence: str, status: int) -> int:
    print(f"galleria: {sentence}", file=sys.stderr)
    return status
