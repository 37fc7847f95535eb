"""Reading the hash-pinned requirements."""

from __future__ import annotations

import re
from pathlib import Path

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.M)


def locked_versions(path: Path) -> dict[str, str]:
    """Package to version, names in their normal form."""
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in _PINNED.findall(path.read_text("utf-8"))}
