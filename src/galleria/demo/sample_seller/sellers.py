"""Whom this server answers for: one seller from the command line, or many from a file that is read again.

The file is JSON: `{"sellers": {"northwind": {"key": "...", "name": "Northwind", "colour": "#0b7a75",
"application": "Backup", "usage": true}}}`. `key` may be a list while keys are being changed, and a bare
string instead of the object is a key. Only `key` is needed. With `"orders": {"address": "https://…",
"access_key": "…", "secret_key": "…"}` it asks the marketplace what was ordered.
"""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from galleria_seller import OrderClient

logger = logging.getLogger(__name__)

DEFAULT_SLUG = "sample"
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True)
class Seller:
    """One seller: its interface keys and how its application looks.

    `usage`: it reports pay-per-use amounts. `orders`: with it the seller asks what was ordered.
    """

    slug: str
    keys: tuple[str, ...]
    name: str
    application: str
    colour: str = "#2457d6"
    usage: bool = False
    orders: OrderClient | None = None


class Sellers:
    """All sellers by slug; a changed key file takes effect with the next call, a broken one does not."""

    def __init__(
        self, *, key: str | None = None, file: Path | None = None, orders: Mapping[str, str] | None = None
    ) -> None:
        self._file = file
        self._stamp: tuple[int, int] | None = None
        self._lock = threading.Lock()
        self._fixed = {DEFAULT_SLUG: _seller(DEFAULT_SLUG, {"key": key, "orders": orders})} if key else {}
        self._read: dict[str, Seller] = {}
        self._refresh()

    def find(self, slug: str) -> Seller | None:
        """The seller of that slug, by the file as it is now."""
        self._refresh()
        return self._read.get(slug) or self._fixed.get(slug)

    def all(self) -> list[Seller]:
        """Every seller, by name."""
        self._refresh()
        return sorted({**self._fixed, **self._read}.values(), key=lambda seller: seller.name)

    def _refresh(self) -> None:
        if self._file is None:
            return
        try:
            found = self._file.stat()
            stamp = (found.st_mtime_ns, found.st_size)
            with self._lock:
                if stamp != self._stamp:
                    self._read = read_sellers(self._file.read_text("utf-8"))
                    self._stamp = stamp
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            logger.warning("The key file %s was not taken over: %s", self._file, error)


def read_sellers(text: str) -> dict[str, Seller]:
    """The sellers of a key file; ValueError says what is wrong with it."""
    value = json.loads(text)
    entries = value.get("sellers", value) if isinstance(value, dict) else None
    if not isinstance(entries, dict):
        raise ValueError("expected an object with sellers by slug")  # noqa: TRY004 (of a file, not of a caller)
    return {slug: _seller(slug, entry) for slug, entry in entries.items()}


def _seller(slug: str, entry: Any) -> Seller:
    if not _SLUG.fullmatch(slug):
        raise ValueError(f"{slug!r} cannot be part of an address")
    given: Mapping[str, Any] = entry if isinstance(entry, dict) else {"key": entry}
    key = given.get("key")
    keys = [key] if isinstance(key, str) else key
    if not isinstance(keys, list) or not keys or not all(isinstance(k, str) and k for k in keys):
        raise ValueError(f"{slug} has no key")
    name = str(given.get("name") or slug.replace("-", " ").title())
    colour = str(given.get("colour", Seller.colour))
    return Seller(
        slug=slug,
        keys=tuple(keys),
        name=name,
        application=str(given.get("application") or "Workspace"),
        colour=colour if _COLOUR.fullmatch(colour) else Seller.colour,
        usage=bool(given.get("usage", False)),
        orders=_orders(slug, given.get("orders")),
    )


def _orders(slug: str, given: Any) -> OrderClient | None:
    if given is None:
        return None
    names = ("address", "access_key", "secret_key")
    values = [given[name] for name in names if isinstance(given.get(name), str)] if isinstance(given, dict) else []
    if len(values) != len(names) or not all(values):
        raise ValueError(f"{slug}: orders needs {', '.join(names)}")
    return OrderClient(values[0], values[1], values[2], timeout=3)
