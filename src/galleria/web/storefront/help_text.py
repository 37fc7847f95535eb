"""What a topic of the help is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Topic:
    """`acts`: (text, address) pairs; `permission`: the action that the procedure needs."""

    slug: str
    group: str
    title: Any
    paragraphs: tuple[Any, ...]
    steps: tuple[Any, ...] = ()
    acts: tuple[tuple[Any, str], ...] = ()
    permission: str = ""
