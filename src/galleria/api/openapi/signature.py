"""`SDK-HMAC-SHA256`: the signature of calls with an AK/SK pair (A-AKS-001 to A-AKS-007). Pure functions.

Both forms are read: the secret used directly, and the older one with `Credential=`, whose signing key is derived.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

ALGORITHM: Final = "SDK-HMAC-SHA256"
TOLERANCE: Final = timedelta(minutes=15)  # of X-Sdk-Date, before and after
MOST_FIELDS: Final = 100
_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z", re.ASCII)
_HEX = re.compile(r"[0-9a-fA-F]{64}", re.ASCII)
_NAME = re.compile(r"[a-z0-9!#$%&'*+.^_`|~-]+", re.ASCII)
_UNSAFE_ERRORS: Final = "surrogateescape"  # bytes that are not UTF-8 come back as the bytes that they were


class NotSigned(ValueError):
    """The request has no signature that can be checked; the message says what is wrong with it."""


@dataclass(frozen=True)
class Proof:
    """What an `Authorization` header says. `scope` is `yyyymmdd/region/service/sdk_request`, empty in today's form."""

    access_key: str
    signed_headers: tuple[str, ...]
    signature: str
    scope: str = ""


@dataclass(frozen=True)
class Received:
    """A request as it was sent: path and query before any rewriting, headers by lower-case name."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


def read_authorization(header: str) -> Proof:
    """The proof of an `Authorization` header; blanks after commas may be missing. Raises NotSigned."""
    algorithm, _blank, rest = header.strip().partition(" ")
    if algorithm != ALGORITHM:
        raise NotSigned(f"the Authorization header must begin with {ALGORITHM}")
    parts: dict[str, str] = {}
    for piece in rest.split(","):
        name, equals, value = piece.strip().partition("=")
        if not equals or name in parts:
            raise NotSigned("the Authorization header must have Access, SignedHeaders and Signature, once each")
        parts[name] = value.strip()
    credential, signature = parts.get("Credential", ""), parts.get("Signature", "")
    names = tuple(name.strip().lower() for name in parts.get("SignedHeaders", "").split(";"))
    if not _HEX.fullmatch(signature):
        raise NotSigned("Signature must be 64 hexadecimal digits")
    if not all(_NAME.fullmatch(name) for name in names) or len(set(names)) != len(names):
        raise NotSigned("SignedHeaders must name each header once, separated by semicolons")
    if not {"host", "x-sdk-date"} <= set(names):
        raise NotSigned("Host and X-Sdk-Date must be among the signed headers")
    access_key, _slash, scope = (
        credential.partition("/") if "Credential" in parts else (parts.get("Access", ""), "", "")
    )
    if not access_key or ("Credential" in parts and not _is_scope(scope)):
        raise NotSigned("the Authorization header names no access key")
    return Proof(access_key, names, signature.lower(), scope)


def _is_scope(scope: str) -> bool:
    date, *rest = scope.split("/")
    return bool(re.fullmatch(r"[0-9]{8}", date, re.ASCII)) and len(rest) == 3 and rest[2] == "sdk_request"


def read_date(text: str) -> datetime:
    """The instant of `X-Sdk-Date`. Raises NotSigned."""
    if not _DATE.fullmatch(text):
        raise NotSigned("X-Sdk-Date must have the form yyyyMMdd'T'HHmmss'Z', in UTC")
    try:
        return datetime.strptime(text + "+0000", "%Y%m%dT%H%M%SZ%z")
    except ValueError:
        raise NotSigned("X-Sdk-Date is no instant") from None


def check_date(request: Received, proof: Proof, now: datetime) -> None:
    """Refuse what was signed too long ago or ahead of time. Raises NotSigned, which tells our time."""
    text = request.headers.get("x-sdk-date", "").strip()
    signed_at = read_date(text)
    if abs(now - signed_at) > TOLERANCE:
        seconds = int(TOLERANCE.total_seconds())
        told = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        raise NotSigned(f"X-Sdk-Date is more than {seconds} s away from the time here, {told}")
    if proof.scope and not proof.scope.startswith(text[:8]):
        raise NotSigned("the day of the Credential is not the day of X-Sdk-Date")


def canonical_hash(request: Received, signed_headers: Iterable[str]) -> str:
    """SHA-256 of the canonical request, in hex. Raises NotSigned for a query that cannot be read."""
    return hashlib.sha256(canonical_request(request, signed_headers)).hexdigest()


def canonical_request(request: Received, signed_headers: Iterable[str]) -> bytes:
    """The text that both sides make of a request (A-AKS-002)."""
    names = sorted(signed_headers)
    lines = [
        request.method.upper().encode("ascii", "replace"),
        canonical_path(request.path).encode(),
        canonical_query(request.query).encode(),
        *(name.encode() + b":" + _header_bytes(request.headers.get(name, "")) for name in names),
        b"",
        ";".join(names).encode(),
        content_hash(request).encode(),
    ]
    return b"\n".join(lines)


def canonical_path(path: str) -> str:
    """Each step percent-encoded anew, with a closing slash."""
    steps = unquote(path, errors=_UNSAFE_ERRORS).split("/")
    encoded = "/".join(_encoded(step) for step in steps)
    return encoded if encoded.endswith("/") else encoded + "/"


def canonical_query(query: str) -> str:
    """Pairs sorted by name then value, both percent-encoded anew. Raises NotSigned for too many of them."""
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors=_UNSAFE_ERRORS, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise NotSigned(f"the query has more than {MOST_FIELDS} parameters") from None
    return "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in sorted(pairs))


def content_hash(request: Received) -> str:
    """The hash of the body as it came.

    A hash that the caller announced (`X-Sdk-Content-Sha256`) is taken in its own spelling when it is the body's, and
    otherwise not believed: a body that was changed, or not signed at all (`UNSIGNED-PAYLOAD`), does not pass.
    """
    found = hashlib.sha256(request.body).hexdigest()
    announced = request.headers.get("x-sdk-content-sha256", "").strip()
    return announced if announced.lower() == found else found


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~", errors=_UNSAFE_ERRORS)


def _header_bytes(value: str) -> bytes:
    """A header's value as bytes of the wire (the server reads them as Latin-1), without blanks around it."""
    return value.strip().encode("latin-1", "replace")


def expected_signature(secret_key: str, date: str, request_hash: str, scope: str = "") -> str:
    """The right signature, in lower-case hex."""
    key, middle = secret_key.encode(), ""
    if scope:
        key, middle = _derived(secret_key, scope), f"{scope}\n"
    text = f"{ALGORITHM}\n{date}\n{middle}{request_hash}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _derived(secret_key: str, scope: str) -> bytes:
    """The older form's key: the secret, then the day, the region, the service and a closing word (A-AKS-006)."""
    key = f"SDK{secret_key}".encode()
    for step in scope.split("/"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    return key


def proves(proof: Proof, date: str, request_hashes: Iterable[str]) -> Callable[[str], bool]:
    """Whether a secret key made the signature over one of these requests; compares in constant time."""
    hashes = tuple(request_hashes)

    def is_right(secret_key: str) -> bool:
        right = [expected_signature(secret_key, date, each, proof.scope) for each in hashes]
        return any(hmac.compare_digest(each, proof.signature) for each in right)

    return is_right
