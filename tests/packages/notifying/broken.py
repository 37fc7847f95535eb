"""A mail server that is away."""

from __future__ import annotations

from typing import Any, NoReturn

from django.core.mail.backends.base import BaseEmailBackend


class EmailBackend(BaseEmailBackend):
    def send_messages(self, messages: Any) -> NoReturn:
        raise ConnectionRefusedError("the mail server is away")
