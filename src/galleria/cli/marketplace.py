"""Talking to a marketplace's API from a command: the key, the address, answers and refusals."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

URL, KEY = "MARKET_URL", "MARKET_KEY"


class Told(Exception):
    """The marketplace refused, or could not be reached. `status` is 0 when it could not be reached."""

    def __init__(self, message: str, *, status: int = 0, code: str = "", body: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.body = status, code, body or {}


@dataclass(frozen=True)
class Marketplace:
    """One marketplace as one seller's program sees it."""

    url: str
    key: str
    timeout: float = 60.0

    @classmethod
    def of(cls, url: str, key: str) -> Marketplace:
        """What was given, or what the environment says. Raises Told."""
        address, secret = url or os.environ.get(URL, ""), key or os.environ.get(KEY, "")
        if not address or not address.startswith(("http://", "https://")):
            raise Told(f"say where the marketplace is: --url https://… or {URL}")
        if not secret:
            raise Told(f"give an API key of your account: --key or {KEY}")
        return cls(address.rstrip("/"), secret)

    def get(self, path: str) -> Any:
        return self.ask("GET", path)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One call; the answer's JSON, or None without one. Raises Told."""
        headers = {"Authorization": f"Bearer {self.key}", "Accept": "application/json"}
        data = None
        if method != "GET":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if body is not None:
            data, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data, headers, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:  # noqa: S310
                content = answer.read()
        except urllib.error.HTTPError as error:
            raise _told(error) from None
        except (urllib.error.URLError, OSError) as error:
            raise Told(f"{self.url} cannot be reached: {getattr(error, 'reason', error)}") from None
        return json.loads(content) if content else None


def part(text: str) -> str:
    """A value as part of an address."""
    return quote(text, safe="")


def _told(error: urllib.error.HTTPError) -> Told:
    try:
        body = json.loads(error.read())
    except ValueError:
        return Told(f"{error.url} answered {error.code}", status=error.code)
    return Told(str(body.get("detail", error.code)), status=error.code, code=str(body.get("code", "")), body=body)
