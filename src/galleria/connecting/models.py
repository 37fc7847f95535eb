"""Tables of connecting."""

from __future__ import annotations
