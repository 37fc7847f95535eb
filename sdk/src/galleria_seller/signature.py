"""The signature of SaaS 2.0 calls: checking it, and making it for your own tests.

The marketplace calls you with

    POST https://your-host/your-path?signature=...&timestamp=...&nonce=...

and a JSON body. `Endpoint` does all of this for you; by hand it is

    code = signature.refusal(query, body, keys=[KEY], now_ms=int(time.time() * 1000))
    if code:
        return {"resultCode": code, "resultMsg": signature.REASONS[code]}

Then refuse nonces that you have seen in the last few minutes, and act on the call. Keys enter every formula as the
UTF-8 bytes of their text. `body_sign` is for sellers who sign their answers too, which is optional.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

AUTHENTICATION_FAILED = "000001"
INVALID_PARAMETER = "000002"
REASONS = {
    AUTHENTICATION_FAILED: "authentication failed",
    INVALID_PARAMETER: "invalid request parameter",
}
TOLERANCE_MS = 60_000


def refusal(query: Mapping[str, str], body: bytes, *, keys: Iterable[str], now_ms: int) -> str | None:
    """The result code to answer with if the call must be refused, or None if it is genuine.

    A missing or stale timestamp and a missing nonce are invalid parameters; a missing or wrong signature is
    failed authentication. `keys` are usually one; two while you change keys. A timestamp in the future is
    not refused: clocks differ.
    """
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 19):
        return INVALID_PARAMETER
    if now_ms - int(timestamp) > TOLERANCE_MS or not nonce:
        return INVALID_PARAMETER
    signature = query.get("signature", "")
    if not signature or not any(is_signed(key, signature, timestamp, nonce, body) for key in keys):
        return AUTHENTICATION_FAILED
    return None


def is_signed(key: str, signature: str, timestamp: str, nonce: str, body: bytes) -> bool:
    """Whether the signature is right. Upper and lower case hex digits are the same."""
    expected = expected_signature(key, timestamp, nonce, canonical(body))
    return hmac.compare_digest(signature.lower().encode("utf-8", "replace"), expected.encode("ascii"))


def is_signed_raw(key: str, signature: str, timestamp: str, nonce: str, body: bytes) -> bool:
    """The same without parsing: the body is sent sorted and compact, so its bytes are what was signed."""
    expected = expected_signature(key, timestamp, nonce, body)
    return hmac.compare_digest(signature.lower().encode("utf-8", "replace"), expected.encode("ascii"))


def expected_signature(key: str, timestamp: str, nonce: str, payload: bytes) -> str:
    """HMAC-SHA256 over key + nonce + timestamp + HMAC-SHA256(payload), both with the key, in lower-case hex."""
    secret = key.encode("utf-8")
    inner = hmac.new(secret, payload, hashlib.sha256).hexdigest()
    text = f"{key}{nonce}{timestamp}{inner}".encode("utf-8", "surrogatepass")
    return hmac.new(secret, text, hashlib.sha256).hexdigest()


def canonical(body: bytes) -> bytes:
    """The body's members without nulls, sorted by name, as JSON without blanks. Not JSON: the bytes as they are."""
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        return body
    if not isinstance(members, dict):
        return body
    return payload_of(members)


def payload_of(members: Mapping[str, Any]) -> bytes:
    """What is signed and sent for these members of a body."""
    kept = {name: members[name] for name in sorted(members) if members[name] is not None}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


@dataclass(frozen=True)
class Signed:
    """A call as the marketplace sends it."""

    body: bytes
    signature: str  # 64 upper-case hex digits
    timestamp: str
    nonce: str

    @property
    def query(self) -> dict[str, str]:
        """The three parameters of the address."""
        return {"signature": self.signature, "timestamp": self.timestamp, "nonce": self.nonce}

    def url(self, address: str) -> str:
        """Your address with the proof appended."""
        return f"{address}{'&' if '?' in address else '?'}{urlencode(self.query)}"


def sign(key: str, members: Mapping[str, Any], *, timestamp_ms: int, nonce: str) -> Signed:
    """Sign as the marketplace does: for the tests of your own server."""
    body = payload_of(members)
    signature = expected_signature(key, str(timestamp_ms), nonce, body).upper()
    return Signed(body, signature, str(timestamp_ms), nonce)


def body_sign(key: str, body: bytes) -> str:
    """The value of the `Body-Sign` header for an answer with these body bytes."""
    digest = hmac.new(key.encode("utf-8"), body, hashlib.sha256).digest()
    return f'sign_type="HMAC-SHA256", signature= "{base64.b64encode(digest).decode("ascii")}"'
