"""`galleria backup`: everything that cannot be made again, in one file, while the marketplace runs."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from galleria.cli import options

MANIFEST, SQLITE, POSTGRES = "backup.json", "database.sqlite3", "database.dump"
KEPT = ("secret.key", "files", "clock")
"""What the data folder holds besides the database; mails that were written as files are not kept."""


def run(arguments: list[str]) -> int:
    """Write the backup aside and move it into its place, so that a name never stands for half a backup."""
    parser = options.parser("backup", "Writes database, files and the secret key into one file; servers may run.")
    options.data_option(parser)
    parser.add_argument("file", nargs="?", type=Path, help="where to (default: galleria-DATE-TIME.tar.gz here)")
    given = parser.parse_args(arguments)
    options.use_data(given.data)
    options.start()
    if options.is_empty_database():
        raise SystemExit(
            "galleria: there is nothing to save: no marketplace is set up in this data folder and database"
        )
    at = datetime.now(UTC)
    target: Path = given.file or Path(f"galleria-{at:%Y%m%d-%H%M%S}.tar.gz")
    try:
        work = tempfile.TemporaryDirectory(prefix="galleria-backup-", dir=target.absolute().parent)
    except OSError as error:
        raise SystemExit(f"galleria: cannot write to {target.absolute().parent}: {error.strerror}") from None
    with work as folder:
        fresh = Path(folder) / "backup.tar.gz"
        write(fresh, Path(folder), at)
        fresh.replace(target)
    print(f"{target}: {target.stat().st_size / 1e6:.1f} MB")
    return 0


def write(target: Path, folder: Path, at: datetime) -> None:
    """The archive, readable by its owner only: it holds secrets. First the database, then the files it tells of."""
    from django.conf import settings
    from django.db import connection

    name = SQLITE if connection.vendor == "sqlite" else POSTGRES
    database = folder / name
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(database)])
    else:
        postgres_tool("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={database}")
    target.touch(mode=0o600)
    with tarfile.open(target, "w:gz", compresslevel=5) as archive:
        _add_manifest(archive, {"created_at": at.isoformat(timespec="seconds"), "database": name})
        archive.add(database, name)
        for kept in KEPT:
            path = Path(settings.GALLERIA_DATA_DIR) / kept
            if path.exists():
                archive.add(path, kept)


def _add_manifest(archive: tarfile.TarFile, facts: dict[str, Any]) -> None:
    text = json.dumps(facts, indent=1).encode()
    entry = tarfile.TarInfo(MANIFEST)
    entry.size = len(text)
    archive.addfile(entry, io.BytesIO(text))


def postgres_tool(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs on the marketplace's database. The password is not in its arguments."""
    from django.db import connection

    entry = connection.settings_dict
    given = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    environment = {**os.environ, **{name: str(entry[key]) for name, key in given.items() if entry.get(key)}}
    if mode := entry.get("OPTIONS", {}).get("sslmode"):
        environment["PGSSLMODE"] = str(mode)
    try:
        done = subprocess.run([name, *arguments], env=environment, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise SystemExit(f"galleria: {name} is needed; on Debian: apt-get install postgresql-client") from None
    if done.returncode:
        raise SystemExit(f"galleria: {name}: {done.stderr.strip()}")
