"""The V2 request signature (A-SIG-001 to A-SIG-006), for SaaS 2.0, order notices and License 2.0.

The key enters every formula as the UTF-8 bytes of its text. What is signed is exactly what is sent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Variant = Literal["standard", "descending", "plain_sha256", "seconds", "base64_key"]

# The known misreadings of the documentation, in the order in which the debugger tries them (A-DBG-004).
VARIANTS: tuple[Variant, ...] = get_args(Variant)


@dataclass(frozen=True)
class Signed:
    """A request ready to send: these body bytes, and these three values in the query."""

    payload: bytes
    signature: str  # 64 upper-case hex digits
    timestamp: str  # milliseconds since 1970, 13 digits (D3); seconds for the variant "seconds"
    nonce: str
    timestamp_ms: int  # the instant itself, whatever the variant wrote
    digest: str  # the inner digest ("enc"), shown by the debugger

    def url(self, address: str) -> str:
        """The seller's address with the proof appended; a query of its own is kept (A-ADR-001)."""
        address = address.partition("#")[0]
        joint = "?" if "?" not in address else "" if address.endswith(("?", "&")) else "&"
        proof = f"signature={self.signature}&timestamp={self.timestamp}&nonce={self.nonce}"
        return f"{address}{joint}{proof}"


def payload(members: Mapping[str, Any], *, descending: bool = False) -> bytes:
    """The body: members that are not null, sorted by name, compact JSON in UTF-8 (A-SIG-003 steps 1 to 3).

    Nested objects are sorted as well. Raises ValueError for what JSON cannot say (infinities, half characters).
    """
    kept = {name: value for name, value in members.items() if value is not None}
    ordered = _sorted(kept, descending)
    text = json.dumps(ordered, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def _sorted(value: Any, descending: bool) -> Any:
    if isinstance(value, Mapping):
        names = sorted(value, key=lambda name: str(name).encode("utf-16-be", "surrogatepass"), reverse=descending)
        return {name: _sorted(value[name], False) for name in names}
    if isinstance(value, (list, tuple)):
        return [_sorted(item, False) for item in value]
    return value


def new_nonce() -> str:
    """64 upper-case hex digits, new for each request (A-SIG-002)."""
    return secrets.token_hex(32).upper()


def sign(
    key: str, members: Mapping[str, Any], *, timestamp_ms: int, nonce: str, variant: Variant = "standard"
) -> Signed:
    """Sign a body for an address whose server reads the documentation as `variant` says."""
    if variant not in VARIANTS:
        raise ValueError(f"unknown signature variant {variant!r}")
    body = payload(members, descending=variant == "descending")
    timestamp = str(timestamp_ms // 1000 if variant == "seconds" else timestamp_ms)
    if variant == "base64_key":
        key = base64.b64encode(key.encode("utf-8")).decode("ascii")
    secret = key.encode("utf-8")
    if variant == "plain_sha256":
        digest = hashlib.sha256(body).hexdigest()
    else:
        digest = hmac.new(secret, body, hashlib.sha256).hexdigest()
    canonical = f"{key}{nonce}{timestamp}{digest}".encode()
    signature = hmac.new(secret, canonical, hashlib.sha256).hexdigest().upper()
    return Signed(body, signature, timestamp, nonce, timestamp_ms, digest)
