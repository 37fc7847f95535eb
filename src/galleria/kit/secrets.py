"""Secrets at rest: encrypted with the newest key, readable with every kept one.

Keys come from `settings.GALLERIA_SECRET_KEYS`, newest first: Fernet keys, or any text of which one is made.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


class CannotDecrypt(Exception):
    """No kept key opens the secret."""


def _fernet_key(text: str) -> bytes:
    try:
        if len(base64.urlsafe_b64decode(text)) == 32:
            return text.encode()
    except ValueError:
        pass
    return base64.urlsafe_b64encode(hashlib.sha256(f"galleria secret {text}".encode()).digest())


@lru_cache(maxsize=8)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_fernet_key(key)) for key in keys])


def _keys() -> tuple[str, ...]:
    keys: Sequence[str] = getattr(settings, "GALLERIA_SECRET_KEYS", ())
    if not keys:
        raise CannotDecrypt("GALLERIA_SECRET_KEYS is empty")
    return tuple(keys)


def encrypt(text: str) -> str:
    """The text under the newest key."""
    return _box(_keys()).encrypt(text.encode()).decode("ascii")


def decrypt(token: str) -> str:
    """The text again. Raises CannotDecrypt when its key is gone or the token was changed."""
    try:
        return _box(_keys()).decrypt(token.encode()).decode()
    except InvalidToken:
        raise CannotDecrypt("no kept key opens this secret") from None


def rotate(token: str) -> str:
    """The same secret under the newest key."""
    try:
        return _box(_keys()).rotate(token.encode()).decode("ascii")
    except InvalidToken:
        raise CannotDecrypt("no kept key opens this secret") from None


def same(left: str, right: str) -> bool:
    """Compare without telling by the time taken where they differ."""
    return hmac.compare_digest(left.encode(), right.encode())


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that is encrypted in the database and plain in Python. It cannot be searched or sorted."""

    description = "Encrypted text"

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if value is None or value == "" else encrypt(value)

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return value if value is None or value == "" else decrypt(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name not in ("isnull",):
            raise TypeError("an encrypted field cannot be searched")
        return super().get_lookup(lookup_name)
