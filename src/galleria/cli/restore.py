"""`galleria restore`: a backup becomes a marketplace again, where there is none yet."""

from __future__ import annotations

import json
import os
import shutil
import tarfile
import tempfile
from pathlib import Path

from galleria.cli import options
from galleria.cli.backup import KEPT, MANIFEST, POSTGRES, SQLITE, postgres_tool


def run(arguments: list[str]) -> int:
    """Nothing that exists is overwritten. Afterwards `galleria setup` brings the tables to this version."""
    parser = options.parser("restore", "Restores a backup into an empty data folder and an empty database.")
    options.data_option(parser)
    parser.add_argument("file", type=Path, help="the backup")
    given = parser.parse_args(arguments)
    options.use_data(given.data)
    data = Path(os.environ.get("GALLERIA_DATA_DIR", "var")).resolve()
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="restore-", dir=data) as folder:
        facts = _unpack(given.file, Path(folder))
        _restore(Path(folder), data, facts)
    print(f"restored what was saved at {facts['created_at']}; now run: galleria setup")
    return 0


def _unpack(file: Path, folder: Path) -> dict[str, str]:
    """Only what a backup holds comes out of the archive, and only into the folder."""
    try:
        with tarfile.open(file, "r:gz") as archive:
            members = [
                entry
                for entry in archive.getmembers()
                if (entry.isfile() or entry.isdir())
                and ".." not in Path(entry.name).parts
                and Path(entry.name).parts[0] in {MANIFEST, SQLITE, POSTGRES, *KEPT}
            ]
            archive.extractall(folder, members)  # noqa: S202 members were chosen above
        facts: dict[str, str] = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, tarfile.TarError, ValueError, EOFError) as error:
        raise SystemExit(f"galleria: {file} is not a whole backup: {error}") from None
    return facts


def _restore(folder: Path, data: Path, facts: dict[str, str]) -> None:
    from galleria.config.env import Environment, database_from
    from galleria.kit.sqlite3.base import make

    url = Environment().text("GALLERIA_DATABASE_URL", "sqlite:///", "")
    entry = database_from(url, data)
    is_sqlite = str(entry["ENGINE"]).endswith("sqlite3")
    if is_sqlite != (facts["database"] == SQLITE):
        kind = "SQLite" if is_sqlite else "PostgreSQL"
        raise SystemExit(f"galleria: GALLERIA_DATABASE_URL is {kind}, the backup is of the other kind of database")
    in_the_way = [name for name in KEPT if (data / name).exists() and name != "files"]
    if is_sqlite and Path(str(entry["NAME"])).exists():
        in_the_way.append(str(entry["NAME"]))
    if (data / "files").is_dir() and any((data / "files").iterdir()):
        in_the_way.append("files")
    if in_the_way:
        raise SystemExit(f"galleria: {data} is not empty ({', '.join(in_the_way)}); nothing was restored")
    for name in KEPT:
        if (folder / name).exists():
            shutil.rmtree(data / name, ignore_errors=True)
            (folder / name).rename(data / name)
    if is_sqlite:
        make(str(entry["NAME"]))
        shutil.copyfile(folder / SQLITE, str(entry["NAME"]))
        return
    _restore_postgres(folder / POSTGRES)


def _restore_postgres(dump: Path) -> None:
    options.start()

    from django.db import connection

    if connection.introspection.table_names():
        raise SystemExit("galleria: the database already has tables; give an empty one")
    connection.close()
    postgres_tool(
        "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
        f"--dbname={connection.settings_dict['NAME']}", str(dump),
    )  # fmt: skip
