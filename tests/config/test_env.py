"""Settings from the environment: read by type, from files too, and refused with their name when odd."""

from __future__ import annotations

from pathlib import Path

import pytest

from galleria.config.env import BadSetting, Environment, database_from
from galleria.config.serving import serving_from


def env(**values: str) -> Environment:
    return Environment({f"GALLERIA_{name}": value for name, value in values.items()})


def test_a_setting_that_is_not_given_has_its_default_and_is_remembered_for_the_reference() -> None:
    environment = env()

    assert environment.text("GALLERIA_SITE_NAME", "Galleria", "Name shown") == "Galleria"
    assert environment.known["GALLERIA_SITE_NAME"].default == "Galleria"
    assert environment.known["GALLERIA_SITE_NAME"].meaning == "Name shown"


def test_a_value_can_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "key"
    secret.write_text("s3cret\n", "utf-8")

    assert env(SECRET_KEY_FILE=str(secret)).text("GALLERIA_SECRET_KEY", "", "") == "s3cret"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match=r"GALLERIA_SECRET_KEY_FILE: cannot read .*gone: No such file"):
        env(SECRET_KEY_FILE=str(tmp_path / "gone")).text("GALLERIA_SECRET_KEY", "", "")


def test_a_file_that_is_not_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(BadSetting, match="not a text file"):
        env(SECRET_KEY_FILE=str(tmp_path / "bytes")).text("GALLERIA_SECRET_KEY", "", "")


def test_value_and_file_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="both set"):
        env(SECRET_KEY="a", SECRET_KEY_FILE=str(tmp_path)).text("GALLERIA_SECRET_KEY", "", "")


@pytest.mark.parametrize("word", ["1", "yes", "true", "on", "YES"])
def test_words_for_yes(word: str) -> None:
    assert env(DEBUG=word).flag("GALLERIA_DEBUG", False, "") is True


@pytest.mark.parametrize("word", ["0", "no", "false", "off", ""])
def test_words_for_no(word: str) -> None:
    assert env(DEBUG=word).flag("GALLERIA_DEBUG", True, "") is False


@pytest.mark.parametrize(
    ("value", "message"),
    [("eighty", "'eighty' is not a whole number"), ("0", "0 is below 1"), ("8.5", "'8.5' is not a whole number")],
)
def test_odd_numbers_are_refused_with_their_name(value: str, message: str) -> None:
    with pytest.raises(BadSetting, match=f"GALLERIA_WEB_PORT: {message}"):
        env(WEB_PORT=value).number("GALLERIA_WEB_PORT", 8000, "", at_least=1)


def test_an_odd_flag_is_refused_with_its_name() -> None:
    with pytest.raises(BadSetting, match="GALLERIA_DEBUG: 'maybe' is not yes or no"):
        env(DEBUG="maybe").flag("GALLERIA_DEBUG", False, "")


def test_a_choice_names_what_there_is() -> None:
    with pytest.raises(BadSetting, match="GALLERIA_LOG_LEVEL: 'LOUD' is not one of INFO, ERROR"):
        env(LOG_LEVEL="LOUD").choice("GALLERIA_LOG_LEVEL", "INFO", "", ("INFO", "ERROR"))


def test_words_are_split_at_commas_and_trimmed() -> None:
    assert env(ALLOWED_HOSTS=" a.example , b.example,").words("GALLERIA_ALLOWED_HOSTS", "", "") == [
        "a.example",
        "b.example",
    ]


def test_a_name_that_nothing_reads_is_told_with_the_name_that_was_meant(tmp_path: Path) -> None:
    secret = tmp_path / "name"
    secret.write_text("Agora", "utf-8")
    environment = env(SITE_NAM="x", WHATEVER="y", SITE_NAME_FILE=str(secret), VENV="/v")
    environment.text("GALLERIA_SITE_NAME", "", "")

    assert environment.unknown() == [
        "GALLERIA_SITE_NAM: there is no such setting; is GALLERIA_SITE_NAME meant?",
        "GALLERIA_WHATEVER: there is no such setting",
    ]


def test_without_a_path_the_database_is_in_the_data_folder(tmp_path: Path) -> None:
    entry = database_from("sqlite:///", tmp_path)

    assert entry["NAME"] == str(tmp_path / "galleria.sqlite3")
    assert entry["OPTIONS"]["transaction_mode"] == "IMMEDIATE"  # type: ignore[index]
    assert "journal_mode=WAL" in entry["OPTIONS"]["init_command"]  # type: ignore[index]


def test_one_more_slash_makes_the_path_absolute(tmp_path: Path) -> None:
    assert database_from("sqlite:////srv/shop%20data/g.db", tmp_path)["NAME"] == "/srv/shop data/g.db"
    assert database_from("sqlite:///g.db", tmp_path)["NAME"] == str(Path("g.db").absolute())


def test_postgresql_with_everything() -> None:
    entry = database_from("postgres://ann:p%40ss@db.example:6432/shop?sslmode=require&pgbouncer=yes", Path("/"))

    assert (entry["USER"], entry["PASSWORD"], entry["HOST"], entry["PORT"], entry["NAME"]) == (
        "ann",
        "p@ss",
        "db.example",
        "6432",
        "shop",
    )
    assert entry["OPTIONS"] == {"sslmode": "require", "connect_timeout": "5", "application_name": "galleria"}
    assert entry["CONN_MAX_AGE"] == 0
    assert entry["DISABLE_SERVER_SIDE_CURSORS"] is True


def test_postgresql_keeps_its_connections_without_a_pooler() -> None:
    entry = database_from("postgresql:///shop?host=/run/postgresql", Path("/"))

    assert entry["HOST"] == "/run/postgresql"
    assert entry["CONN_MAX_AGE"] == 60
    assert entry["CONN_HEALTH_CHECKS"] is True


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://localhost/shop", "scheme 'mysql' is not sqlite or postgres"),
        ("postgres://localhost", "the name of the database is missing"),
        ("postgres://localhost:port/shop", "Port could not be cast|port"),
        ("sqlite://shop.db", "three slashes"),
        ("", "scheme '' is not"),
    ],
)
def test_database_addresses_that_cannot_be_used(url: str, message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        database_from(url, Path("/"))


def test_the_web_server_takes_one_process_a_processor_but_at_most_four() -> None:
    assert 1 <= serving_from(env()).workers <= 4
    assert serving_from(env(WEB_WORKERS="9")).workers == 9
    assert serving_from(env(WEB_PORT="8080")).port == 8080
