"""Tables of releasing."""

from __future__ import annotations
