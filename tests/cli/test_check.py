"""The checks of the house: each names what is wrong, none hides another, and the contracts bite."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from galleria.cli import check, reference, translations
from galleria.cli.check import Result, Step
from galleria.cli.locks import locked_versions

ROOT = Path(__file__).resolve().parents[2]


def test_every_check_runs_though_others_fail_and_all_findings_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> list[str]:
        raise OSError("no such tool")

    results = check.run_steps(
        [Step("style", lambda: ["a.py:1: too long"]), Step("types", list), Step("layers", broken)]
    )

    assert check.report(results) == 1
    told = capsys.readouterr().out
    assert "style:\n  a.py:1: too long" in told
    assert "layers:\n  the check itself failed: OSError: no such tool" in told
    assert told.endswith("2 of 3 checks failed: style, layers\n")


def test_it_passes_when_nothing_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.report([Result("style", [], 0.1)]) == 0
    assert capsys.readouterr().out == "\nall 1 checks passed\n"


def test_a_check_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        check.run(["spelling"])
    assert "there is no check spelling" in capsys.readouterr().err


def test_the_locks_fit_the_project_and_name_no_registry() -> None:
    assert check.locks() == []


def test_a_range_that_the_lock_does_not_fit_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pyproject.toml", "requirements.txt", "requirements-test.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    project = tmp_path / "pyproject.toml"
    project.write_text(project.read_text().replace('"Django~=5.2.0"', '"Django~=6.0.0"'))
    lock = tmp_path / "requirements.txt"
    lock.write_text("--index-url https://packages.example/simple\n" + lock.read_text())
    monkeypatch.setattr(check, "ROOT", tmp_path)

    found = check.locks()

    version = locked_versions(ROOT / "requirements.txt")["django"]
    assert f"requirements.txt: Django~=6.0.0 is wanted, {version} is locked" in found
    assert "requirements.txt: it names an address" in found


def test_locked_names_are_read_in_their_normal_form(tmp_path: Path) -> None:
    lock = tmp_path / "lock.txt"
    lock.write_text('Foo_Bar==1.2 \\\n    --hash=sha256:00\nzope.interface==7 ; python_version < "3.12"\n')

    assert locked_versions(lock) == {"foo-bar": "1.2", "zope-interface": "7"}


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """A source with three texts, and a stored catalogue to be filled by the test."""
    source, stored = Catalog(), Catalog(locale="zh_Hans")
    source.add("Orders")
    source.add("%(count)s order", locations=[])
    source.add(("one file", "%(n)s files"))
    monkeypatch.setattr(translations, "texts", lambda: source)
    monkeypatch.setattr(translations, "read", lambda _language: stored)
    return stored


def test_missing_unsure_and_wrong_translations_are_told(catalogue: Catalog) -> None:
    catalogue.add("Orders", "订单", flags=["fuzzy"])
    catalogue.add("%(count)s order", "%(number)s 个订单", flags=["python-format"])

    assert [problem.split(":")[0] for problem in translations.problems("zh_Hans")] == [
        "unsure translation",
        "'%(count)s order'",
        "no translation",
    ]


def test_a_complete_catalogue_has_no_problems(catalogue: Catalog) -> None:
    catalogue.add("Orders", "订单")
    catalogue.add("%(count)s order", "%(count)s 个订单", flags=["python-format"])
    catalogue.add(("one file", "%(n)s files"), ("%(n)s 个文件",))

    assert translations.problems("zh_Hans") == []


def test_texts_are_found_in_code_and_in_templates() -> None:
    texts = [message for message in translations.texts() if message.id]
    found = {message.id: message.locations[0][0] for message in texts if isinstance(message.id, str)}

    assert found["This cannot be done now."] == "kit/errors.py"
    assert any(place.endswith(".html") for place in found.values())
    assert not any(place.startswith(("cli/", "demo/")) for place in found.values())


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("kit/ids.py", "import galleria.buying.services", "packages import downwards only"),
        ("ledger/rules.py", "import galleria.ledger.services", "rooms of a package import downwards only"),
        ("web/formats.py", "import galleria.buying.models", "pages, endpoints and commands reach tables"),
        ("pricing/rules/quote.py", "import django.db", "rules and money know neither"),
        ("kit/money.py", "import galleria.kit.clock", "rules and money know neither"),
        ("brandnew/__init__.py", "", "packages import downwards only"),
    ],
)
@pytest.mark.slow
def test_an_import_against_the_layers_breaks_a_contract(tmp_path: Path, file: str, line: str, contract: str) -> None:
    copy = tmp_path / "galleria"
    shutil.copytree(ROOT / "src" / "galleria", copy, ignore=shutil.ignore_patterns("__pycache__", "static", "locale"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    target = copy / file
    target.parent.mkdir(exist_ok=True)
    with target.open("a") as text:
        text.write(f"\n{line}\n")

    done = subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo"],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1, done.stdout
    assert re.search(rf"^{contract}.* BROKEN", done.stdout, re.M)


def test_references_tell_of_settings_states_and_commands() -> None:
    made = dict(reference.documents())

    assert "| `GALLERIA_DATABASE_URL` | `sqlite:///` |" in made["settings.md"]
    assert "stateDiagram-v2\n    [*] --> normal" in made["states.md"]
    assert "| `billing:order:pay` | write |" in made["permissions.md"]
    assert "| `DURATION` | how far to advance, such as 30d, 2h50m or 1w |" in made["commands.md"]
    assert "| `order.unpaid_ttl_hours` | `168` |" in made["parameters.md"]


def test_a_reference_that_is_out_of_date_is_told_and_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reference, "FOLDER", tmp_path)
    (tmp_path / "settings.md").write_text("old")

    assert reference.run(["--check"]) == 1
    assert "docs/reference/settings.md is out of date" in capsys.readouterr().out
    assert (tmp_path / "settings.md").read_text() == "old"

    assert reference.run([]) == 0
    assert reference.run(["--check"]) == 0
