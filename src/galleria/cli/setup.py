"""`galleria setup`: everything that must be there before the first request, made or brought up to date."""

from __future__ import annotations

import time
from collections.abc import Callable

from galleria.cli import building, options


def run(arguments: list[str]) -> int:
    """May be run again at any time, and is run once after each upgrade, before the servers start."""
    parser = options.parser("setup", "Creates or upgrades the database, translations, static files and basic data.")
    options.data_option(parser)
    given = parser.parse_args(arguments)
    options.use_data(given.data)
    building.compile_messages()
    options.start()
    for name, step in steps():
        begun = time.perf_counter()
        step()
        print(f"  {name:14} {time.perf_counter() - begun:6.1f} s", flush=True)
    return 0


def steps() -> list[tuple[str, Callable[[], object]]]:
    """What is done, in order; every step may be repeated."""
    from galleria.config import defaults

    return [
        ("database", _migrate),
        ("static files", building.collect_static),
        ("basic data", defaults.install),
        ("search", _search),
    ]


def _search() -> None:
    from galleria.publishing import services

    services.reindex_outdated()


def _migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
