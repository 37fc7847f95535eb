"""What is right about an asset: names, sizes, addresses, which finding rejects, which image can be chosen. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal
from urllib.parse import urlsplit

GB: Final = 1024**3
REJECTS_FROM_E1: Final = 70
"""CVSS 7.0 in tenths: such a vulnerability, or a worse one, rejects (S-AST-002, S-AST-003)."""

Severity = Literal["critical", "high", "medium", "low", "note"]
SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "high", "medium", "low", "note")
_PACKAGE_NAME = re.compile(r"[A-Za-z0-9_()-]+\.(zip|tar|tar\.gz)", re.ASCII)
_LABEL = re.compile(r"V\d{1,4}(\.\d{1,6}){1,3}", re.ASCII)
_PART = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_PART}(\.{_PART})*", re.ASCII)

NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "image": ("virus", "vulnerabilities", "accounts"),
    "package": ("content", "virus", "vulnerabilities"),
    "container": ("content", "virus", "vulnerabilities"),
    "saas_site": ("ownership", "site", "attacks"),
}
"""What must have been looked at before a version is approved; what no scanner covers a person looks at (S-AST-005)."""

CHECKLIST: Final[tuple[str, ...]] = (
    "injection", "sessions", "uploads", "information", "redirects", "encryption", "public_domain",
)  # fmt: skip
"""What a seller confirms about a site before it is scanned (S-AST-004)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a scanner or a person found. `cvss_e1` is the score in tenths (70 is 7.0), None without one.

    `code` is a stable word, `title` a sentence, `where` a place in the asset.
    """

    check: str
    code: str
    severity: Severity
    title: str
    where: str = ""
    cvss_e1: int | None = None

    @property
    def rejects(self) -> bool:
        """By its score where it has one, else by its severity."""
        if self.cvss_e1 is not None:
            return self.cvss_e1 >= REJECTS_FROM_E1
        return self.severity in {"critical", "high"}

    def data(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Check:
    """What became of one needed look: passed, failed, manual (a person must look), skipped (rejected anyway)."""

    name: str
    state: str
    by: str = ""
    note: str = ""

    def data(self) -> dict[str, Any]:
        return asdict(self)


def finding_from(data: Mapping[str, Any]) -> Finding:
    """A stored finding."""
    return Finding(**{name: data.get(name, "") for name in ("check", "code", "severity", "title", "where")},
                   cvss_e1=data.get("cvss_e1"))  # fmt: skip


def severity_of(cvss_e1: int) -> Severity:
    """The word of a CVSS score in tenths, as CVSS has it."""
    for least, word in ((90, "critical"), (70, "high"), (40, "medium"), (1, "low")):
        if cvss_e1 >= least:
            return word  # type: ignore[return-value]
    return "note"


def cvss_of(text: str) -> int | None:
    """A score such as `7.0` or `9` in tenths; None for anything that is no score from 0.0 to 10.0."""
    found = re.fullmatch(r"(\d{1,2})(?:\.(\d))?", text.strip(), re.ASCII)
    if not found:
        return None
    tenths = int(found[1]) * 10 + int(found[2] or 0)
    return tenths if tenths <= 100 else None


def rejects(findings: Iterable[Finding]) -> bool:
    """Whether one of the findings is enough to reject (S-AST-T1)."""
    return any(finding.rejects for finding in findings)


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first."""
    return sorted(findings, key=lambda f: (SEVERITIES.index(f.severity), -(f.cvss_e1 or 0), f.code, f.where))


def is_package_name(name: str) -> bool:
    """Letters, digits, `-`, `_` and parentheses, then .zip, .tar or .tar.gz (S-AST-003)."""
    return bool(_PACKAGE_NAME.fullmatch(name)) and len(name) <= 120


def is_label(text: str) -> bool:
    """A version such as V1.0 or V2.1.3."""
    return bool(_LABEL.fullmatch(text))


class BadAddress(ValueError):
    """The word says what is wrong: scheme, host, literal, user, fragment, long."""


def site_address(text: str, *, plain_http: bool = False) -> tuple[str, str]:
    """The address of a site as it is kept, and its host. Raises BadAddress."""
    cleaned = text.strip()
    if not cleaned:
        raise BadAddress("host")
    if len(cleaned) > 300 or re.search(r"[\x00-\x20\x7f\\]", cleaned):
        raise BadAddress("long" if len(cleaned) > 300 else "host")
    try:
        parts = urlsplit(cleaned)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise BadAddress("host") from None
    if parts.scheme not in ({"https", "http"} if plain_http else {"https"}):
        raise BadAddress("scheme")
    if parts.username is not None or parts.password is not None:
        raise BadAddress("user")
    if parts.fragment:
        raise BadAddress("fragment")
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError:
            raise BadAddress("host") from None
    if not _HOST.fullmatch(host):
        raise BadAddress("host")
    if not plain_http and (re.fullmatch(r"[0-9.]+", host) or "." not in host):
        raise BadAddress("literal")
    shown = host if port in (None, 443 if parts.scheme == "https" else 80) else f"{host}:{port}"
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{shown}{parts.path or '/'}{query}", shown


def proof_name(token: str) -> str:
    """The name of the file in the site's root that shows whose the site is."""
    return f"galleria-site-{token[:12]}.txt"


def proof_text(token: str) -> str:
    """What is in it, unmodified."""
    return f"galleria-site={token}\n"


# ----- images -----

UNUSABLE: Final[tuple[str, ...]] = (
    "not_system_disk", "not_public_base", "other_region", "not_normal", "encrypted", "used", "other_account",
)  # fmt: skip


def why_unusable(
    *,
    is_system_disk: bool,
    has_public_base: bool,
    region: str,
    state: str,
    is_encrypted: bool,
    is_used: bool,
    is_own: bool,
    regions: Iterable[str],
) -> list[str]:
    """Why an image cannot be chosen as an asset: words of UNUSABLE, in that order (S-IMG-002)."""
    reasons = {
        "not_system_disk": not is_system_disk,
        "not_public_base": not has_public_base,
        "other_region": region not in set(regions),
        "not_normal": state != "normal",
        "encrypted": is_encrypted,
        "used": is_used,
        "other_account": not is_own,
    }
    return [word for word in UNUSABLE if reasons[word]]
