"""Sentences of the audit record; `config.wiring` registers them."""

from __future__ import annotations

from galleria.kit.errors import Text

SENTENCES: dict[str, Text] = {}
