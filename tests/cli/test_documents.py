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
    blocks = re.findall(r"```(?:bash|ini)\n(.*?)```", page.read_text("utf-8"), re.S)
    shown = {
        word for block in blocks for word in re.findall(r"^(?:ExecStart=\S*)?(?:\./)?galleria ([a-z-]+)", block, re.M)
    }

    assert shown - {*COMMANDS, "lock", "help"} == set()


def test_settings_that_are_shown_exist() -> None:
    from galleria.config import settings
    from galleria.config.env import LAUNCHER

    known = {*settings.env.known, *LAUNCHER, "GALLERIA_NAME"}
    shown = {name for page in PAGES for name in re.findall(r"\bGALLERIA_[A-Z_]+[A-Z]\b", page.read_text("utf-8"))}

    assert {name for name in shown if name.removesuffix("_FILE") not in known} == set()
