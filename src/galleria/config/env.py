"""Settings from the environment: `GALLERIA_NAME`, or `GALLERIA_NAME_FILE` for a file that holds the value.

Odd values are refused at start with the name of the variable, so that a typing error never becomes a
silent default.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit


class BadSetting(Exception):
    """A setting in the environment cannot be used; the message names it and says what would do."""


@dataclass(frozen=True)
class Known:
    """One documented setting: its name, default as text and meaning (for `docs/reference/settings.md`)."""

    name: str
    default: str
    meaning: str


LAUNCHER = {
    "GALLERIA_VENV": Known("GALLERIA_VENV", ".venv", "Where the launcher keeps the virtual environment"),
    "GALLERIA_PYTHON": Known("GALLERIA_PYTHON", "", "Interpreter that the launcher uses; empty: the newest found"),
    "GALLERIA_SELLER_KEY": Known("GALLERIA_SELLER_KEY", "", "Interface key for `galleria seller-check`"),
}
"""Read by `./galleria` itself, before Python runs, or by one command."""


@dataclass
class Environment:
    """Typed reading of `GALLERIA_…` variables; remembers what was asked for the generated reference."""

    source: Mapping[str, str] = field(default_factory=lambda: os.environ)
    known: dict[str, Known] = field(default_factory=dict)

    def text(self, name: str, default: str, meaning: str) -> str:
        self.known[name] = Known(name, default, meaning)
        file_name = self.source.get(f"{name}_FILE")
        if file_name and self.source.get(name):
            raise BadSetting(f"{name} and {name}_FILE are both set; one of them is enough")
        if file_name:
            try:
                return Path(file_name).read_text("utf-8").strip()
            except OSError as error:
                raise BadSetting(f"{name}_FILE: cannot read {file_name}: {error.strerror}") from error
            except UnicodeDecodeError:
                raise BadSetting(f"{name}_FILE: {file_name} is not a text file in UTF-8") from None
        return self.source.get(name, default)

    def flag(self, name: str, default: bool, meaning: str) -> bool:
        value = self.text(name, "yes" if default else "no", meaning).lower()
        if value in {"1", "yes", "true", "on"}:
            return True
        if value in {"0", "no", "false", "off", ""}:
            return False
        raise BadSetting(f"{name}: {value!r} is not yes or no")

    def choice(self, name: str, default: str, meaning: str, among: tuple[str, ...]) -> str:
        value = self.text(name, default, meaning)
        if value not in among:
            raise BadSetting(f"{name}: {value!r} is not one of {', '.join(among)}")
        return value

    def number(self, name: str, default: int, meaning: str, *, at_least: int = 0) -> int:
        value = self.text(name, str(default), meaning)
        try:
            number = int(value)
        except ValueError:
            raise BadSetting(f"{name}: {value!r} is not a whole number") from None
        if number < at_least:
            raise BadSetting(f"{name}: {number} is below {at_least}")
        return number

    def words(self, name: str, default: str, meaning: str) -> list[str]:
        return [word.strip() for word in self.text(name, default, meaning).split(",") if word.strip()]

    def unknown(self) -> list[str]:
        """A sentence for each `GALLERIA_…` variable that nothing reads: most likely a typing error."""
        names = {*self.known, *LAUNCHER}
        found = []
        for name in sorted(self.source):
            if not name.startswith("GALLERIA_") or name.removesuffix("_FILE") in names or name in names:
                continue
            near = difflib.get_close_matches(name.removesuffix("_FILE"), names, n=1, cutoff=0.75)
            found.append(f"{name}: there is no such setting" + (f"; is {near[0]} meant?" if near else ""))
        return found


def database_from(url: str, data_dir: Path) -> dict[str, object]:
    """Django's database entry for `sqlite:///PATH` or `postgres://user:password@host:port/name?option=…`.

    Without a path SQLite's file is in the data folder; a path that starts with one more slash is absolute.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadSetting(f"GALLERIA_DATABASE_URL: {error}") from None
    if parts.scheme == "sqlite":
        if parts.netloc:
            raise BadSetting("GALLERIA_DATABASE_URL: sqlite needs three slashes, as in sqlite:///galleria.sqlite3")
        return _sqlite(unquote(parts.path)[1:], data_dir)
    if parts.scheme in {"postgres", "postgresql"}:
        if not parts.path.strip("/"):
            raise BadSetting("GALLERIA_DATABASE_URL: the name of the database is missing after the host")
        return _postgresql(parts, port)
    raise BadSetting(f"GALLERIA_DATABASE_URL: scheme {parts.scheme!r} is not sqlite or postgres")


def _sqlite(path: str, data_dir: Path) -> dict[str, object]:
    """SQLite in WAL mode that takes the write lock at the start of each transaction.

    With the default (deferred) transactions concurrent writers fail with "database is locked".
    """
    return {
        "ENGINE": "galleria.kit.sqlite3",
        "NAME": str(Path(path).absolute()) if path else str(data_dir / "galleria.sqlite3"),
        "CONN_MAX_AGE": None,
        # A file in tests too: threads that share one database in memory lock each other's tables.
        "TEST": {"NAME": str(data_dir / "test.sqlite3")},
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "cached_statements": 512,  # a purchase and a page have more than the usual 128 between them
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-3072;",
        },
    }


def _postgresql(parts: SplitResult, port: int | None) -> dict[str, object]:
    """PostgreSQL with one lasting connection a thread; `?pgbouncer=yes` for a transaction pooler in front.

    Other options of the query go to libpq (`sslmode`, `target_session_attrs`, `host` for a socket folder …).
    """
    options: dict[str, object] = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    pooled = str(options.pop("pgbouncer", "no")).lower() in {"1", "yes", "true", "on"}
    host = unquote(parts.hostname or str(options.pop("host", "")))
    options.setdefault("connect_timeout", "5")
    options.setdefault("application_name", "galleria")
    return {
        "ENGINE": "galleria.kit.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 0 if pooled else 60,
        "CONN_HEALTH_CHECKS": not pooled,
        "DISABLE_SERVER_SIDE_CURSORS": pooled,
        "OPTIONS": options,
    }
