"""The `Body-Sign` header of answers (A-BSG-001 to A-BSG-004): optional in V2, verified when it is there (D2)."""

from __future__ import annotations

import base64
import hashlib
import hmac

SIGN_TYPE = "HMAC-SHA256"
EMPTY = "http header->bodySign is empty"  # A-DBG-003, as the reference page words it
WRONG_TYPE = "http header->sign_type is not equals HMAC-SHA256 or signature is empty"
MISMATCH = "Body-Sign does not match the answer's body"


def signature_of(key: str, body: bytes) -> str:
    """Base64 of the HMAC over the body as sent, before it is parsed."""
    return base64.b64encode(hmac.new(key.encode("utf-8"), body, hashlib.sha256).digest()).decode("ascii")


def header_for(key: str, body: bytes) -> str:
    """The header as the contract prints it."""
    return f'sign_type="{SIGN_TYPE}", signature= "{signature_of(key, body)}"'


def read(header: str) -> tuple[str, str]:
    """(sign_type, signature) from a header, however its writer placed blanks and quotes (A-BSG-002)."""
    values: dict[str, str] = {}
    for half in header.split(",", 1):
        name, _, value = half.partition("=")
        values[name.strip(' \t"').lower()] = value.strip(' \t"')
    return values.get("sign_type", ""), values.get("signature", "")


def problem(key: str, body: bytes, header: str | None, *, required: bool) -> str | None:
    """What is wrong with an answer's signature, or None. An absent one counts only if it is required."""
    if header is None or not header.strip():
        return EMPTY if required else None
    sign_type, signature = read(header)
    if sign_type != SIGN_TYPE or not signature:
        return WRONG_TYPE
    matches = hmac.compare_digest(signature.encode("utf-8"), signature_of(key, body).encode("ascii"))
    return None if matches else MISMATCH
