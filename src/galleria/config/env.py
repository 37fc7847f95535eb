"""Settings from the environment: `GALLERIA_NAME`, or `GALLERIA_NAME_FILE` for a file that holds the value.

Odd values are refused at start with the name of the variable, so that a typing error never becomes a
silent default.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit


class BadSetting(Exception):
    """A setting in the environment cannot be used; the message names it and says what would do."""


@dataclass(frozen=True)
class Known:
    """One documented setting: its name, default as text and meaning (for `docs/reference/settings.md`)."""

    name: str
    default: str
    meaning: str


@dataclass
class Environment:
    """Typed reading of `GALLERIA_…` variables; remembers what was asked for the generated reference."""

    source: Mapping[str, str] = field(default_factory=lambda: os.environ)
    known: dict[str, Known] = field(default_factory=dict)

    def text(self, name: str, default: str, meaning: str) -> str:
        self.known[name] = Known(name, default, meaning)
        file_name = self.source.get(f"{name}_FILE")
        if file_name:
            try:
                return Path(file_name).read_text("utf-8").strip()
            except OSError as error:
                raise BadSetting(f"{name}_FILE: cannot read {file_name}: {error.strerror}") from error
        return self.source.get(name, default)

    def flag(self, name: str, default: bool, meaning: str) -> bool:
        value = self.text(name, "yes" if default else "no", meaning).lower()
        if value in {"1", "yes", "true", "on"}:
            return True
        if value in {"0", "no", "false", "off", ""}:
            return False
        raise BadSetting(f"{name}: {value!r} is not yes or no")

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


def database_from(url: str, data_dir: Path) -> dict[str, object]:
    """Django's database entry for a URL: `sqlite:///path` or `postgres://user:pass@host:port/name?option=…`.

    SQLite runs in WAL mode and takes the write lock at the start of each transaction: with the default
    (deferred) transactions concurrent writers fail with "database is locked".
    """
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = unquote(parts.path[1:]) if parts.path not in {"", "/"} else str(data_dir / "galleria.sqlite3")
        if url.startswith("sqlite:////"):
            path = unquote(parts.path)
            path = "/" + path.lstrip("/")
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": path,
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384;",
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        options: dict[str, object] = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path[1:]),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or str(options.pop("host", ""))),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": options,
        }
    raise BadSetting(f"GALLERIA_DATABASE_URL: scheme {parts.scheme!r} is not sqlite or postgres")
