"""Tables of selling."""

from __future__ import annotations
