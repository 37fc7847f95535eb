"""Public ids: a prefix and a part that sorts by time. Row numbers never leave the database."""

from __future__ import annotations

import re
import secrets
import threading
from datetime import datetime
from typing import Final

from galleria.kit import clock

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_ORDER_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_ID = re.compile(r"[a-z]{2,8}_[0-9a-hjkmnp-tv-z]{26}", re.ASCII)
_ORDER = re.compile(r"GA[0-9]{10}[2-9A-HJ-NP-Z]{6}", re.ASCII)


class _Noise:
    """The random part of ids; grows within a millisecond so that ids made one after the other sort so."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = -1
        self._noise = 0

    def at(self, millisecond: int) -> int:
        with self._lock:
            if self._millisecond == millisecond:
                self._noise = (self._noise + 1 + secrets.randbits(24)) & ((1 << 80) - 1)
            else:
                # One bit less than there is room for, so that growing does not run over.
                self._millisecond, self._noise = millisecond, secrets.randbits(79)
            return self._noise


_noise = _Noise()


def _base32(value: int, length: int) -> str:
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(5 * (length - 1), -1, -5))


def new_id(prefix: str, at: datetime | None = None) -> str:
    """A new public id such as `sub_01k…`: 48 bits of milliseconds and 80 random bits.

    Ids made in one process in the same millisecond keep their order.
    """
    millisecond = int((at or clock.now()).timestamp() * 1000)
    return f"{prefix}_{_base32(millisecond, 10)}{_base32(_noise.at(millisecond), 16)}"


def is_id(text: str, prefix: str | None = None) -> bool:
    """Whether the text has the form of a public id (with that prefix)."""
    return bool(_ID.fullmatch(text)) and (prefix is None or text.startswith(f"{prefix}_"))


def new_order_id(at: datetime) -> str:
    """`GA`, the minute in the billing time zone, and six characters without look-alikes."""
    minute = at.astimezone(clock.billing_zone()).strftime("%y%m%d%H%M")
    return f"GA{minute}" + "".join(secrets.choice(_ORDER_ALPHABET) for _ in range(6))


def is_order_id(text: str) -> bool:
    """Whether the text has the form of an order id."""
    return bool(_ORDER.fullmatch(text))


def line_id(order_id: str, number: int) -> str:
    """The id of an order line, counted from 1: `GA…-000001`."""
    return f"{order_id}-{number:06d}"


def new_token(size: int = 32) -> str:
    """An unguessable text for links and keys."""
    return secrets.token_urlsafe(size)
