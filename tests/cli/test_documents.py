"""The documents: their links lead somewhere, and the commands that they show exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from galleria.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]

    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_that_are_shown_exist(page: Path) -> None:
    shown = commands_of(page)

    assert {name for name, _rest in shown} - {*COMMANDS, "lock", "help"} == set()


def commands_of(page: Path) -> list[tuple[str, str]]:
    """Name and the rest of each of our commands in the blocks of a page and between backquotes."""
    text = page.read_text("utf-8")
    blocks = re.findall(r"```(?:bash|sh|ini|console|text)?\n(.*?)```", text, re.S)
    shown = [
        found
        for block in blocks
        for found in re.findall(r"^(?:\$ )?(?:ExecStart=\S*)?(?:\./)?galleria ([a-z-]+)([^#\n]*)", block, re.M)
    ]
    return shown + re.findall(r"`(?:\./)?galleria ([a-z-]+)([^`]*)`", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_options_that_are_shown_exist(page: Path) -> None:
    known = options_of_commands()
    passed_on = {"test", "lock", "manage", "product"}  # to other programs, and to commands within one

    assert [
        f"{name} {option}"
        for name, rest in commands_of(page)
        if name not in passed_on
        for option in re.findall(r"(?<![\w-])--[a-z-]+", rest)
        if option not in known.get(name, "")
    ] == []


def options_of_commands() -> dict[str, str]:
    """What the generated reference says of each command."""
    parts = re.split(r"^## (\S+)$", (ROOT / "docs/reference/commands.md").read_text("utf-8"), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_settings_that_are_shown_exist() -> None:
    from galleria.config import settings
    from galleria.config.env import LAUNCHER

    known = {*settings.env.known, *LAUNCHER, "GALLERIA_NAME"}
    shown = {name for page in PAGES for name in re.findall(r"\bGALLERIA_[A-Z_]+[A-Z]\b", page.read_text("utf-8"))}

    assert {name for name in shown if name.removesuffix("_FILE") not in known} == set()
