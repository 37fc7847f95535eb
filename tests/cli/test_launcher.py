"""The launcher: finds a Python that really runs, and makes its environment once, whoever asks at once.

The slow parts are played by small scripts, so that no package is installed here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BASH = shutil.which("bash") or "/bin/bash"
FAKE_PYTHON = """#!/bin/sh
# Plays Python {version}; writes down what it was asked to do.
case "$*" in
    *sys.exit*) exit {supported} ;;
    *"%d.%d"*) echo {version} ;;
    *ensurepip*) exit {ensurepip} ;;
    "-m venv"*) sleep 0.3; mkdir -p "$4/bin"; cp "$0" "$4/bin/python"; touch "$4/pyvenv.cfg"; echo venv >>"$LOG" ;;
    "-m pip --version") echo pip ;;
    "-m pip install"*) [ -z "${{OFFLINE:-}}" ] || exit 1; echo "install ${{*#*--no-input }}" >>"$LOG" ;;
    *"-m galleria"*) echo "ran ${{*#*-m galleria}}" >>"$LOG"; echo "cwd $PWD data $GALLERIA_DATA_DIR" ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the launcher and two locks, and an empty folder `bin` for the Pythons that it shall find."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    shutil.copy(ROOT / "galleria", folder / "galleria")
    (folder / "requirements.txt").write_text("django==5.2\n")
    (folder / "requirements-test.txt").write_text("django==5.2\npytest==9\n")
    (tmp_path / "bin").mkdir()
    for name in (
        "bash",
        "dirname",
        "readlink",
        "cat",
        "cmp",
        "cp",
        "mkdir",
        "ls",
        "rm",
        "rmdir",
        "flock",
        "sleep",
        "touch",
    ):
        if found := shutil.which(name):
            (tmp_path / "bin" / name).symlink_to(found)
    return folder


def python(checkout: Path, name: str, version: str, *, supported: bool = True, ensurepip: bool = True) -> None:
    file = checkout.parent / "bin" / name
    file.write_text(FAKE_PYTHON.format(version=version, supported=int(not supported), ensurepip=int(not ensurepip)))
    file.chmod(0o755)


def environment(checkout: Path, **more: str) -> dict[str, str]:
    return {"PATH": str(checkout.parent / "bin"), "LOG": str(checkout.parent / "log"), **more}


def launch(checkout: Path, *words: str, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BASH, str(checkout / "galleria"), *words],
        cwd=cwd or checkout,
        env=environment(checkout, **more),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def log(checkout: Path) -> list[str]:
    file = checkout.parent / "log"
    return file.read_text().splitlines() if file.exists() else []


def found(checkout: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """What the launcher's own search finds."""
    words = [BASH, "-c", f'. "{checkout}/galleria"; find_python']
    return subprocess.run(words, env=environment(checkout, **more), capture_output=True, text=True, check=False)


@pytest.mark.parametrize("script", ["galleria", ".ci/run"])
def test_the_scripts_are_valid_bash(script: str) -> None:
    subprocess.run([BASH, "-n", str(ROOT / script)], check=True)


def test_the_newest_python_is_taken(checkout: Path) -> None:
    for name, version in (("python3.11", "3.11"), ("python3.13", "3.13"), ("python3.12", "3.12")):
        python(checkout, name, version)

    assert found(checkout).stdout == "python3.13\n"


def test_a_shim_that_does_not_run_is_passed_over(checkout: Path) -> None:
    python(checkout, "python3.13", "3.13", supported=False)
    python(checkout, "python3.11", "3.11")

    assert found(checkout).stdout == "python3.11\n"


def test_a_python_that_can_make_environments_goes_before_a_newer_one_that_cannot(checkout: Path) -> None:
    python(checkout, "python3.13", "3.13", ensurepip=False)
    python(checkout, "python3.11", "3.11")

    assert found(checkout).stdout == "python3.11\n"


def test_the_python_that_the_user_names_is_taken_or_refused(checkout: Path) -> None:
    python(checkout, "python3.13", "3.13")
    python(checkout, "mine", "3.12")
    python(checkout, "old", "3.9", supported=False)

    assert found(checkout, GALLERIA_PYTHON="mine").stdout == "mine\n"
    refused = found(checkout, GALLERIA_PYTHON="old")
    assert refused.returncode == 1
    assert "old is not a Python 3.11, 3.12 or 3.13" in refused.stderr


def test_without_python_it_says_what_to_install(checkout: Path) -> None:
    done = launch(checkout, "help")

    assert done.returncode == 1
    assert "apt-get install python3 python3-venv" in done.stderr


def test_without_the_venv_module_it_names_the_package_of_that_version(checkout: Path) -> None:
    python(checkout, "python3.12", "3.12", ensurepip=False)

    done = launch(checkout, "help")

    assert done.returncode == 1
    assert "apt-get install python3.12-venv" in done.stderr
    assert not (checkout / ".venv").exists()


def test_without_the_venv_module_uv_is_used_where_it_is_found(checkout: Path) -> None:
    python(checkout, "python3.12", "3.12", ensurepip=False)
    uv = checkout.parent / "bin" / "uv"
    uv.write_text(
        '#!/bin/sh\necho "uv $*" >>"$LOG"\nfor last; do :; done\n'
        f'mkdir -p "$last/bin"; cp "{checkout.parent}/bin/python3.12" "$last/bin/python"; touch "$last/pyvenv.cfg"\n'
    )
    uv.chmod(0o755)

    done = launch(checkout, "help")

    assert done.returncode == 0, done.stderr
    assert log(checkout)[0] == f"uv venv --quiet --clear --python python3.12 {checkout}/.venv"


def test_the_first_start_installs_what_is_locked_and_the_second_installs_nothing(checkout: Path) -> None:
    python(checkout, "python3.13", "3.13")

    first, second = launch(checkout, "serve", "--port", "80"), launch(checkout, "worker")

    assert (first.returncode, second.returncode) == (0, 0)
    assert log(checkout) == [
        "venv",
        f"install --require-hashes -r {checkout}/requirements.txt",
        f"install --no-deps --no-build-isolation -e {checkout}",
        "ran  serve --port 80",
        "ran  worker",
    ]
    assert "once; a minute or two" in first.stderr
    assert second.stderr == ""


def test_a_changed_lock_is_installed_again_into_the_same_environment(checkout: Path) -> None:
    python(checkout, "python3.13", "3.13")
    launch(checkout, "help")
    (checkout / "requirements.txt").write_text("django==5.2.1\n")

    launch(checkout, "help")

    assert log(checkout).count("venv") == 1
    assert log(checkout).count(f"install --require-hashes -r {checkout}/requirements.txt") == 2


def test_tests_bring_their_own_packages_which_serve_the_program_too(checkout: Path) -> None:
    python(checkout, "python3.13", "3.13")

    launch(checkout, "test", "-k", "money")
    launch(checkout, "serve")

    installs = [line for line in log(checkout) if "--require-hashes" in line]
    assert installs == [f"install --require-hashes -r {checkout}/requirements-test.txt"]


def test_another_python_named_later_makes_the_environment_anew(checkout: Path) -> None:
    python(checkout, "python3.13", "3.13")
    python(checkout, "python3.11", "3.11")
    launch(checkout, "help")

    launch(checkout, "help", GALLERIA_PYTHON="python3.11")

    assert log(checkout).count("venv") == 2


def test_two_that_start_at_once_make_one_environment(checkout: Path) -> None:
    python(checkout, "python3.13", "3.13")
    words = [BASH, str(checkout / "galleria"), "help"]
    both = [
        subprocess.Popen(words, env=environment(checkout), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]

    assert [each.wait(240) for each in both] == [0, 0]
    assert log(checkout).count("venv") == 1
    assert log(checkout).count("ran  help") == 2


def test_it_works_from_another_folder_and_through_a_link(checkout: Path, tmp_path: Path) -> None:
    python(checkout, "python3.13", "3.13")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "g").symlink_to(checkout / "galleria")

    done = subprocess.run(
        [BASH, "./g", "import", "catalogue.yaml"],
        cwd=elsewhere,
        env=environment(checkout),
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == f"cwd {elsewhere} data {checkout}/var\n"


def test_tests_run_in_the_checkout_whatever_the_current_folder(checkout: Path, tmp_path: Path) -> None:
    python(checkout, "python3.13", "3.13")

    assert launch(checkout, "test", cwd=tmp_path).stdout == f"cwd {checkout} data \n"


def test_a_data_folder_that_is_set_is_kept(checkout: Path) -> None:
    python(checkout, "python3.13", "3.13")

    assert "data /srv/galleria" in launch(checkout, "serve", GALLERIA_DATA_DIR="/srv/galleria").stdout


def test_something_else_in_the_place_of_the_environment_is_left_alone(checkout: Path) -> None:
    python(checkout, "python3.13", "3.13")
    (checkout / ".venv").mkdir()
    (checkout / ".venv" / "letters").write_text("mine")

    done = launch(checkout, "help")

    assert done.returncode == 1
    assert "is in the way" in done.stderr
    assert (checkout / ".venv" / "letters").read_text() == "mine"


def test_this_very_python_is_one_that_it_would_take(checkout: Path) -> None:
    done = found(checkout, GALLERIA_PYTHON=sys.executable, HOME=os.environ.get("HOME", "/"))

    assert done.stdout == f"{sys.executable}\n"


def test_without_a_network_it_says_what_is_missing_and_the_next_start_goes_on(checkout: Path) -> None:
    python(checkout, "python3.13", "3.13")

    without = launch(checkout, "demo", OFFLINE="yes")
    later = launch(checkout, "demo")

    assert without.returncode == 1
    assert without.stderr.endswith(
        "galleria: the packages could not be installed, for the reason above; with a network, start again\n"
    )
    assert (later.returncode, log(checkout)[-1]) == (0, "ran  demo")


def test_a_place_that_cannot_be_written_to_is_named(checkout: Path) -> None:
    python(checkout, "python3.13", "3.13")
    (checkout.parent / "file").write_text("no folder")

    done = launch(checkout, "help", GALLERIA_VENV=f"{checkout.parent}/file/venv")

    assert done.returncode == 1
    assert f"galleria: cannot write to {checkout.parent}/file, where the virtual" in done.stderr
    assert "GALLERIA_VENV names another place" in done.stderr
