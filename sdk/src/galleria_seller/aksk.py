"""`SDK-HMAC-SHA256`: signing calls to the marketplace's open API with an AK/SK pair."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timezone
from urllib.parse import parse_qsl, quote, unquote, urlsplit

ALGORITHM = "SDK-HMAC-SHA256"


def sign(
    method: str,
    url: str,
    *,
    access_key: str,
    secret_key: str,
    at: datetime,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> dict[str, str]:
    """The headers to send: those given, and `Host`, `X-Sdk-Date` and `Authorization`. All of them are signed."""
    parts = urlsplit(url)
    date = at.astimezone(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    sent = {**(headers or {}), "Host": parts.netloc.rpartition("@")[2], "X-Sdk-Date": date}
    request = canonical_request(method, parts.path, parts.query, sent, body)
    text = f"{ALGORITHM}\n{date}\n{hashlib.sha256(request).hexdigest()}"
    signature = hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()
    names = ";".join(sorted(name.lower() for name in sent))
    return {**sent, "Authorization": f"{ALGORITHM} Access={access_key}, SignedHeaders={names}, Signature={signature}"}


def canonical_request(method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """The text that both sides make of a request; every header given is part of it."""
    steps = "/".join(_encoded(step) for step in unquote(path, errors="surrogateescape").split("/"))
    pairs = sorted(parse_qsl(query, keep_blank_values=True, errors="surrogateescape"))
    named = sorted((name.lower(), value.strip()) for name, value in headers.items())
    lines = [
        method.upper(),
        steps if steps.endswith("/") else steps + "/",
        "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs),
        *(f"{name}:{value}" for name, value in named),
        "",
        ";".join(name for name, _value in named),
        hashlib.sha256(body).hexdigest(),
    ]
    return "\n".join(lines).encode()


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~", errors="surrogateescape")
