"""The commands: what they accept, what they refuse, and what they leave alone."""

from __future__ import annotations

import argparse
import fcntl
import importlib
import os
import socket
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from galleria.cli import building, main, options
from galleria.cli import test as test_command
from galleria.cli.main import COMMANDS

PO = """msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Orders"
msgstr "订单"
"""


def galleria(data: Path, *words: str, seconds: float = 600, **more: str) -> subprocess.CompletedProcess[str]:
    """The real command line in a process of its own, with nothing set but the data folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GALLERIA_")}
    return subprocess.run(
        [sys.executable, "-m", "galleria", *words],
        env={**kept, "GALLERIA_DATA_DIR": str(data), "GALLERIA_LOG_LEVEL": "ERROR", **more},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30d", timedelta(days=30)),
        ("2h50m", timedelta(hours=2, minutes=50)),
        ("1w1d", timedelta(days=8)),
        ("90s", timedelta(seconds=90)),
    ],
)
def test_durations_as_people_write_them(text: str, meant: timedelta) -> None:
    assert options.duration(text) == meant


@pytest.mark.parametrize("text", ["", "30", "d", "30 d", "-3d", "3x", "1d2", "٣d", "9999999d"])
def test_durations_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        options.duration(text)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["help"]) == 0

    told = capsys.readouterr().out
    for name in ("demo", "serve", "worker", "clock", "check", "test", "setup", "operator"):
        assert f"\n  {name} " in told


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["srve"]) == 2
    assert "there is no command 'srve'" in capsys.readouterr().err


def test_a_setting_that_cannot_be_used_is_one_sentence_not_a_traceback(tmp_path: Path) -> None:
    done = galleria(tmp_path, "setup", GALLERIA_DATABASE_URL="mysql://localhost/shop")

    assert done.returncode == 2
    assert done.stderr == "galleria: GALLERIA_DATABASE_URL: scheme 'mysql' is not sqlite or postgres\n"


def test_the_server_does_not_start_on_a_database_that_is_not_set_up(tmp_path: Path) -> None:
    done = galleria(tmp_path, "serve", "--port", "1", GALLERIA_SITE_NAM="x")

    assert done.returncode == 1
    assert "GALLERIA_SITE_NAM: there is no such setting; is GALLERIA_SITE_NAME meant?" in done.stderr
    assert "migrations: run `galleria setup` first" in done.stderr


@pytest.mark.slow
def test_a_marketplace_is_set_up_twice_gets_an_operator_and_runs_its_work(tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("Correct-Horse-42\n")

    for _ in range(2):
        assert galleria(tmp_path, "setup").returncode == 0
    made = galleria(tmp_path, "operator", "olga@example.com", "--name", "Olga", "--password-file", str(password))
    worked = galleria(tmp_path, "worker", "--once")

    assert made.stdout.startswith("olga@example.com may now sign in"), made.stderr
    assert (worked.returncode, worked.stdout[-14:]) == (0, "jobs were run\n"), worked.stderr
    assert (tmp_path / "static" / "staticfiles.json").exists()


def test_an_operator_needs_a_good_password_and_a_terminal_or_a_file(tmp_path: Path) -> None:
    weak = tmp_path / "weak"
    weak.write_text("1234")

    refused = galleria(tmp_path, "operator", "olga@example.com", "--password-file", str(weak))
    without = galleria(tmp_path, "operator", "olga@example.com")

    assert refused.returncode == 1
    assert "at least 8 characters" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert "--password-file" in without.stderr


def test_real_time_cannot_be_turned(tmp_path: Path) -> None:
    done = galleria(tmp_path, "clock", "advance", "30d")

    assert done.returncode == 1
    assert "runs on real time" in done.stderr
    assert not (tmp_path / "clock").exists()


def test_a_test_clock_is_turned_for_every_process(tmp_path: Path) -> None:
    (tmp_path / "clock").write_text("0")

    assert galleria(tmp_path, "clock", "advance", "30d").returncode == 0
    assert "(test clock, 30 d 2 h 0 min ahead)" in galleria(tmp_path, "clock", "advance", "2h").stdout
    assert "(test clock, 30 d 2 h 0 min ahead)" in galleria(tmp_path, "clock", "show").stdout


def test_the_clock_of_the_demo_is_found_in_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "clock").write_text("86400")

    assert "1 d 0 h 0 min ahead" in galleria(tmp_path, "clock").stdout
    assert galleria(tmp_path, "clock", "advance", "1d", "--data", str(tmp_path / "demo")).returncode == 0
    assert (tmp_path / "demo" / "clock").read_text() == "172800"


@pytest.mark.parametrize("words", [("advance",), ("show", "30d"), ("advance", "3x"), ("rewind", "3d")])
def test_the_clock_says_how_it_is_used(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = galleria(tmp_path, "clock", *words)

    assert done.returncode == 2
    assert "usage: galleria clock" in done.stderr


def test_translations_are_compiled_when_they_changed_and_only_then(tmp_path: Path) -> None:
    source = tmp_path / "zh_Hans" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(PO, "utf-8")

    assert building.compile_messages(tmp_path) == 1
    assert "订单".encode() in source.with_suffix(".mo").read_bytes()
    assert building.compile_messages(tmp_path) == 0

    source.write_text(PO.replace("订单", "我的订单"), "utf-8")
    later = source.with_suffix(".mo").stat().st_mtime + 5
    os.utime(source, (later, later))
    assert building.compile_messages(tmp_path) == 1
    assert sorted(path.name for path in source.parent.iterdir()) == ["django.mo", "django.po"]


def test_settings_of_a_real_marketplace_do_not_reach_the_tests() -> None:
    given = {
        "PATH": "/bin",
        "GALLERIA_DATA_DIR": "/srv/shop",
        "GALLERIA_STRIPE_SECRET_KEY": "sk_live",
        "GALLERIA_DATABASE_URL": "postgres://localhost/galleria",
    }

    assert test_command.environment(given) == {
        "PATH": "/bin",
        "GALLERIA_DATABASE_URL": "postgres://localhost/galleria",
        "PYTHONHASHSEED": "0",
    }


def test_ports_and_processes_are_whole_numbers_from_one_on() -> None:
    parser = argparse.ArgumentParser(exit_on_error=False)
    parser.add_argument("--port", type=options.positive)

    assert parser.parse_args(["--port", "80"]).port == 80
    with pytest.raises(argparse.ArgumentError):
        parser.parse_args(["--port", "0"])


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_that_is_named_can_be_loaded(name: str) -> None:
    assert callable(importlib.import_module(COMMANDS[name][0]).run)


@pytest.mark.parametrize("command", ["setup", "demo"])
def test_a_data_folder_that_cannot_be_made_is_one_sentence(command: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    done = galleria(tmp_path, command, "--data", str(tmp_path / "file" / "data"))

    assert done.returncode != 0
    assert f"{tmp_path}/file/data" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_worker_without_tables_says_what_to_do(tmp_path: Path) -> None:
    done = galleria(tmp_path, "worker")

    assert done.returncode == 1
    assert done.stderr == "galleria: there is no queue in this database: run `galleria setup` first\n"


def test_where_nothing_was_set_up_there_is_nothing_to_save(tmp_path: Path) -> None:
    done = galleria(tmp_path, "backup", str(tmp_path / "backup.tar.gz"), "--data", str(tmp_path / "mistyped"))

    assert done.returncode == 1
    assert "there is nothing to save" in done.stderr
    assert not (tmp_path / "backup.tar.gz").exists()


def test_a_second_demo_in_the_same_folder_is_told_where_the_first_is(tmp_path: Path) -> None:
    with (tmp_path / "demo.lock").open("w") as first:
        fcntl.flock(first, fcntl.LOCK_EX)
        first.write("http://localhost:8711/")
        first.flush()

        done = galleria(tmp_path, "demo", "--data", str(tmp_path))

    assert done.returncode == 1
    assert done.stderr == (
        f"galleria demo: a demo runs with {tmp_path} already, at http://localhost:8711/; --data takes another folder\n"
    )


def test_a_demo_does_not_take_another_port_than_it_was_told(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        done = galleria(tmp_path, "demo", "--data", str(tmp_path / "demo"), "--port", str(port))

    assert (done.returncode, done.stderr) == (1, f"galleria demo: port {port} is in use\n")


@pytest.mark.parametrize(
    "words", [("demo", "--port", "70000"), ("demo", "--orders", "-5"), ("serve", "--port", "70000")]
)
def test_numbers_that_cannot_be_are_refused_before_anything_is_made(words: tuple[str, ...], tmp_path: Path) -> None:
    done = galleria(tmp_path, *words, "--data", str(tmp_path / "data"))

    assert done.returncode == 2
    assert f"argument {words[1]}: invalid" in done.stderr
    assert not (tmp_path / "data").exists()
