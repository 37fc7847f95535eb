"""A backup holds everything that cannot be made again, and becomes a marketplace again elsewhere."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def galleria() -> Command:
    """The command line on a database in the data folder named first."""

    def call(data: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GALLERIA_")}
        return subprocess.run(
            [sys.executable, "-m", "galleria", *words],
            env={**kept, "GALLERIA_DATA_DIR": str(data), "GALLERIA_LOG_LEVEL": "ERROR", **more},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return call


@pytest.fixture
def marketplace(tmp_path: Path) -> Path:
    """A data folder with a small database that has uncommitted work beside it, a key and a file."""
    data = tmp_path / "shop"
    (data / "files" / "logos").mkdir(parents=True)
    (data / "files" / "logos" / "a.svg").write_text("<svg/>")
    (data / "secret.key").write_text("k" * 64)
    (data / "mail").mkdir()
    with closing(sqlite3.connect(data / "galleria.sqlite3")) as database, database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE kit_job (id INTEGER)")  # it has been set up
        database.execute("CREATE TABLE orders (id TEXT)")
        database.execute("INSERT INTO orders VALUES ('GA1')")
    return data


def test_a_backup_made_while_others_write_is_restored_elsewhere(
    galleria: Command, marketplace: Path, tmp_path: Path
) -> None:
    writer = sqlite3.connect(marketplace / "galleria.sqlite3", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO orders VALUES ('not yet committed')")
    file = tmp_path / "b.tar.gz"

    saved = galleria(marketplace, "backup", str(file))
    writer.execute("COMMIT")
    writer.close()
    restored = galleria(tmp_path / "new", "restore", str(file))

    assert (saved.returncode, restored.returncode) == (0, 0), saved.stderr + restored.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    new = tmp_path / "new"
    assert stat.S_IMODE((new / "galleria.sqlite3").stat().st_mode) == 0o600
    with closing(sqlite3.connect(new / "galleria.sqlite3")) as database:
        assert database.execute("SELECT id FROM orders").fetchall() == [("GA1",)]
    assert (new / "secret.key").read_text() == "k" * 64
    assert (new / "files" / "logos" / "a.svg").read_text() == "<svg/>"
    assert sorted(path.name for path in new.iterdir()) == ["files", "galleria.sqlite3", "secret.key"]
    assert "now run: galleria setup" in restored.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.tar.gz", "new", "shop"]


def test_nothing_that_exists_is_overwritten(galleria: Command, marketplace: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    galleria(marketplace, "backup", str(file))
    before = (marketplace / "galleria.sqlite3").read_bytes()

    done = galleria(marketplace, "restore", str(file))

    assert done.returncode == 1
    assert "is not empty (secret.key, " in done.stderr
    assert (marketplace / "galleria.sqlite3").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x1f\x8b\x08\x00cut off"])
def test_what_is_no_backup_is_refused_in_one_sentence(galleria: Command, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "b.tar.gz"
    file.write_bytes(content)

    done = galleria(tmp_path / "new", "restore", str(file))

    assert done.returncode == 1
    assert "is not a whole backup" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_backup_that_was_cut_off_is_refused(galleria: Command, marketplace: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    galleria(marketplace, "backup", str(file))
    file.write_bytes(file.read_bytes()[:-200])

    done = galleria(tmp_path / "new", "restore", str(file))

    assert done.returncode == 1
    assert list((tmp_path / "new").iterdir()) == []


def test_an_archive_cannot_write_outside_the_data_folder(galleria: Command, marketplace: Path, tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    galleria(marketplace, "backup", str(file))
    with tarfile.open(file) as archive:
        archive.extractall(tmp_path / "parts", filter="data")
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as archive:
        for part in (tmp_path / "parts").iterdir():
            archive.add(part, part.name)
        archive.add(marketplace / "secret.key", "files/../../escaped")
        archive.add(marketplace / "secret.key", "galleria.sqlite3")

    assert galleria(tmp_path / "new", "restore", str(tmp_path / "evil.tar.gz")).returncode == 0
    assert not (tmp_path / "escaped").exists()
    assert (tmp_path / "new" / "galleria.sqlite3").read_bytes()[:6] == b"SQLite"


def test_a_backup_of_one_kind_of_database_is_not_restored_into_another(
    galleria: Command, marketplace: Path, tmp_path: Path
) -> None:
    file = tmp_path / "b.tar.gz"
    galleria(marketplace, "backup", str(file))

    done = galleria(tmp_path / "new", "restore", str(file), GALLERIA_DATABASE_URL="postgres://localhost/x")

    assert done.returncode == 1
    assert "GALLERIA_DATABASE_URL is PostgreSQL" in done.stderr
    assert list((tmp_path / "new").iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(
    not os.environ.get("GALLERIA_DATABASE_URL", "").startswith("postgres"), reason="this run is not on PostgreSQL"
)
def test_a_backup_of_postgresql_is_restored_into_an_empty_database(galleria: Command, tmp_path: Path) -> None:
    import psycopg
    from psycopg import sql

    assert shutil.which("pg_dump"), "PostgreSQL's client programs are needed"
    url = os.environ["GALLERIA_DATABASE_URL"]
    base, _, _ = url.rpartition("/")
    names = [f"backup_{os.getpid()}_{word}" for word in ("old", "new")]
    with psycopg.connect(url, autocommit=True) as server:
        for name in names:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    old, new = (f"{base}/{name}" for name in names)
    file = tmp_path / "b.tar.gz"
    try:
        assert galleria(tmp_path / "old", "setup", GALLERIA_DATABASE_URL=old).returncode == 0
        saved = galleria(tmp_path / "old", "backup", str(file), GALLERIA_DATABASE_URL=old)
        restored = galleria(tmp_path / "new", "restore", str(file), GALLERIA_DATABASE_URL=new)
        again = galleria(tmp_path / "third", "restore", str(file), GALLERIA_DATABASE_URL=new)

        assert (saved.returncode, restored.returncode) == (0, 0), saved.stderr + restored.stderr
        with psycopg.connect(new) as database:
            found = database.execute("SELECT count(*) FROM django_migrations").fetchone()
        assert found is not None
        assert found[0] > 20
        assert again.returncode == 1
        assert "already has tables" in again.stderr
    finally:
        with psycopg.connect(url, autocommit=True) as server:
            for name in names:
                server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
