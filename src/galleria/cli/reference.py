"""`galleria reference`: the documents that are made from the program, so that they cannot be wrong."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
from collections.abc import Callable, Iterator
from importlib import import_module, util
from pathlib import Path
from unittest.mock import patch

from galleria.cli import options

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "reference"
NOTE = "<!-- Written by `./galleria reference`; do not edit. -->\n\n"


def run(arguments: list[str]) -> int:
    """Write the documents; with --check only say which are out of date."""
    parser = options.parser("reference", "Writes the reference documents from the program itself.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a document is out of date")
    given = parser.parse_args(arguments)
    options.start()
    status = 0
    for name, made in documents():
        path = FOLDER / name
        if path.exists() and path.read_text("utf-8") == made:
            continue
        if given.check:
            print(f"docs/reference/{name} is out of date: run ./galleria reference")
            status = 1
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made, "utf-8")
            print(f"docs/reference/{name}")
    return status


def documents() -> Iterator[tuple[str, str]]:
    """Name and text of each document."""
    makers: list[tuple[str, Callable[[], str]]] = [
        ("settings.md", settings_document),
        ("parameters.md", parameters_document),
        ("states.md", states_document),
        ("permissions.md", permissions_document),
        ("work.md", work_document),
        ("commands.md", commands_document),
    ]
    for name, make in makers:
        yield name, NOTE + make().rstrip() + "\n"
    yield "openapi.json", openapi_document()


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _table(*heads: str) -> list[str]:
    return [_row(*heads), _row(*("---" for _ in heads))]


def settings_document() -> str:
    """The environment variables, in the order in which the settings read them."""
    from galleria.config import settings
    from galleria.config.env import LAUNCHER

    lines = [
        "# Settings",
        "",
        "Settings come from the environment. Instead of `GALLERIA_NAME` a file that holds the value can be named with",
        "`GALLERIA_NAME_FILE`, as secret stores do it. A value that cannot be used is refused at the start, and",
        "`galleria serve` tells of names that do not exist. Figures of the rules of trade (days, percentages, retries)",
        "are no settings but [operator settings](parameters.md), which can be changed while the marketplace runs.",
        "",
        *_table("Name", "Default", "Meaning"),
    ]
    known = [*settings.env.known.values(), *LAUNCHER.values()]
    lines += [_row(f"`{each.name}`", f"`{each.default}`" if each.default else "", each.meaning) for each in known]
    return "\n".join(lines)


def parameters_document() -> str:
    """The operator settings with their defaults, by group."""
    from galleria.kit.parameters import parameters

    lines = [
        "# Operator settings",
        "",
        "The figures of the rules. Each has a default and a history: what has begun keeps the value it began with.",
        "Operators change them on the page *Settings*; those marked *by type* can have a value for each delivery type.",
        "",
        *_table("Key", "Default", "Meaning", "Unit"),
    ]
    for key in sorted(parameters):
        each = parameters[key]
        default = "off" if each.default is None else json.dumps(each.default, ensure_ascii=False)
        meaning = f"{each.meaning} (by type)" if each.scoped else str(each.meaning)
        lines.append(_row(f"`{key}`", f"`{default}`", meaning, each.unit))
    return "\n".join(lines)


def _packages() -> list[str]:
    from django.apps import apps

    return [config.name for config in apps.get_app_configs() if config.name.startswith("galleria.")]


def states_document() -> str:
    """Every state machine as a diagram, from the tables that the program itself obeys."""
    from galleria.kit.states import Machine

    lines = ["# States", "", "Every move that the program can make; nothing changes a state in another way.", ""]
    for package in _packages():
        if not util.find_spec(f"{package}.states"):
            continue
        module = import_module(f"{package}.states")
        found = {name: value for name, value in vars(module).items() if isinstance(value, Machine)}
        for name, machine in found.items():
            title = (machine.name or name.lower().replace("_", " ")).capitalize()
            lines += [f"## {title}", "", f"`{package}.states.{name}`", "", "```mermaid", machine.mermaid().rstrip()]
            lines += ["```", ""]
    return "\n".join(lines)


def permissions_document() -> str:
    """Actions by side, and which ready-made role has which."""
    from galleria.parties import permissions

    lines = [
        "# Permissions",
        "",
        "Every check in pages and in the API names one of these actions. The owner of an account has every right that",
        "the account can have; others have those of their roles.",
    ]
    for side in ("buyer", "seller", "reseller", "operator"):
        roles = [role for role in permissions.ROLES.values() if role.side == side]
        actions = [action for action in permissions.ACTIONS.values() if action.side == side]
        lines += ["", f"## {side.capitalize()}", "", *_table("Role", "Is called", "May")]
        lines += [_row(f"`{role.name}`", role.label, role.words) for role in roles]
        lines += ["", *_table("Action", "Level", "To", *(f"`{role.name}`" for role in roles))]
        for action in actions:
            marks = ("yes" if action.name in role.actions else "" for role in roles)
            lines.append(_row(f"`{action.name}`", action.level, action.covers, *marks))
    return "\n".join(lines)


def work_document() -> str:
    """What workers do: tasks and their retries, cron jobs, and who hears which event."""
    from galleria.kit.jobs.crons import crons
    from galleria.kit.jobs.registry import tasks
    from galleria.kit.outbox import subscriptions

    _load_jobs()
    lines = [
        "# Work behind the scenes",
        "",
        "Jobs are rows of the queue, written in the transaction that wants them, so that none is lost and none is",
        "done for something that did not happen. Jobs *outside* talk to others (sellers, mail) and run outside a",
        "transaction.",
        "",
        *_table("Task", "Kind", "Attempts", "Comes"),
    ]
    for name in sorted(name for name in tasks if ">" not in name):
        task, cron = tasks[name], crons.get(name)
        kind = "outside" if task.outside else "database"
        lines.append(_row(f"`{name}`", kind, task.max_attempts, f"`{cron.text}`" if cron else "when asked for"))
    lines += [
        "",
        "## Events",
        "",
        "What a package tells the packages above it, and the functions that hear it.",
        "",
        *_table("Event", "Heard by"),
    ]
    for event, handlers in sorted(subscriptions().items()):
        lines.append(_row(f"`{event}`", ", ".join(f"`{handler}`" for handler in sorted(handlers))))
    return "\n".join(lines)


def _load_jobs() -> None:
    for package in _packages():
        if util.find_spec(f"{package}.jobs") and package != "galleria.kit":
            import_module(f"{package}.jobs")


class _Captured(Exception):
    """Carries a command's parser out of its `run`."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__()
        self.parser = parser


def commands_document() -> str:
    """The commands and their options, from their parsers."""
    from galleria.cli.main import COMMANDS

    lines = [
        "# Commands",
        "",
        "`./galleria COMMAND [OPTIONS]`, or `galleria COMMAND` where the package is installed.",
        "",
    ]
    for name, (module, text) in COMMANDS.items():
        lines += [f"## {name}", "", f"{text[:1].upper()}{text[1:]}.", ""]
        parser = _parser_of(module)
        if parser is not None and (rows := list(_options_of(parser))):
            lines += [*_table("Option", "Meaning"), *rows, ""]
    return "\n".join(lines)


def _parser_of(module: str) -> argparse.ArgumentParser | None:
    """The parser that a command makes; its layout as help differs between versions of Python, its content does not."""

    def capture(self: argparse.ArgumentParser, *_args: object, **_kwargs: object) -> argparse.Namespace:
        raise _Captured(self)

    if not util.find_spec(module) or module.endswith((".manage", ".test")):
        return None
    with patch.object(argparse.ArgumentParser, "parse_args", capture), contextlib.redirect_stdout(io.StringIO()):
        try:
            import_module(module).run([])
        except _Captured as captured:
            return captured.parser
    return None


def _options_of(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction):
            continue
        value = "" if action.nargs == 0 else str(action.metavar or action.dest.upper())
        words = [f"{flag} {value}".strip() for flag in action.option_strings] or [value]
        yield _row(f"`{', '.join(words)}`", (action.help or "").replace("%%", "%"))


def openapi_document() -> str:
    """The API's own description, as the server gives it."""
    from galleria.api.document import document

    return json.dumps(document(), indent=1, ensure_ascii=False, sort_keys=True, default=str) + "\n"
