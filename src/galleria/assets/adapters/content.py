"""Our own look into packages, without unpacking them and without a network: what is in an archive, and secrets."""

from __future__ import annotations

import re
from typing import IO, Final

from django.utils.translation import gettext_noop as _

from galleria.assets.ports import Result, Target
from galleria.assets.rules import Finding, Severity
from galleria.kit.files import archives

MB: Final = 1024 * 1024
LIMITS: Final = archives.Limits(
    most_bytes=80 * 1024 * MB, most_ratio=200, most_members=200_000, programs=True, links=True
)
_WINDOW: Final = 512 * 1024
_SECRETS: Final[tuple[tuple[str, str, re.Pattern[bytes]], ...]] = (
    (
        "private_key",
        _("A private key is in the package."),
        re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=:,\s-]{60}"),
    ),
    ("cloud_key", _("A key of a cloud account is in the package."), re.compile(rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    (
        "access_token",
        _("An access token of a code or chat service is in the package."),
        re.compile(
            rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,}|glpat-[A-Za-z0-9_-]{20}|xox[abprs]-[A-Za-z0-9-]{20,})"
        ),
    ),
    (
        "api_key",
        _("A key of a web service is in the package."),
        re.compile(rb"\bAIza[0-9A-Za-z_-]{35}\b|\bsk_live_[0-9a-zA-Z]{24,}"),
    ),
)  # fmt: skip
_SAMPLES = re.compile(r"(^|/)(tests?|testdata|examples?|samples?|fixtures?|docs?|spec)/", re.I)
_PROBLEMS: Final[dict[str, tuple[Severity, str]]] = {
    "bomb": ("critical", _("The archive unpacks to far more than it may hold.")),
    "many": ("high", _("The archive holds more files than can be looked at.")),
    "path": ("high", _("A name leads out of the folder that the archive is unpacked into.")),
    "link": ("high", _("A link leads out of the archive.")),
    "device": ("high", _("The archive holds a device.")),
    "encrypted": ("high", _("A part has a password, so that it cannot be looked at.")),
    "broken": ("high", _("The archive is damaged.")),
    "nested": ("medium", _("There is an archive inside, which was not opened.")),
}


class ContentScanner:
    """Bombs, nesting, ways out, links, devices, damaged and locked parts; keys and tokens in plain text."""

    name = _("Content check")
    kinds = frozenset({"package", "container"})
    covers = frozenset({"content"})

    def scan(self, target: Target) -> Result:
        if target.open is None:
            return Result((), note=_("There is no file."))
        secrets = _Secrets()
        limits = archives.Limits(
            LIMITS.most_bytes, LIMITS.most_ratio, LIMITS.most_members, True, target.kind == "container", True
        )
        with target.open() as content:
            seen = archives.inspect(content, target.file_kind, target.size, limits, secrets.read)
        found = [_finding(rule, member) for rule, member in seen.problems]
        return Result(self.covers, [*found, *secrets.found], "")


def _finding(rule: str, member: str) -> Finding:
    severity, title = _PROBLEMS[rule]
    return Finding("content", rule, severity, title, member)


class _Secrets:
    """Reads each member in overlapping windows; one finding for each kind and member."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def read(self, member: archives.Member, stream: IO[bytes]) -> None:
        tail, seen = b"", set[str]()
        while chunk := stream.read(65_536):
            window = tail + chunk
            for code, title, pattern in _SECRETS:
                if code not in seen and self._has(pattern, window):
                    seen.add(code)
                    self._add(code, title, member.name)
            tail = window[-4096:]

    @staticmethod
    def _has(pattern: re.Pattern[bytes], window: bytes) -> bool:
        return any(not hit.group().endswith(b"EXAMPLE") for hit in pattern.finditer(window))

    def _add(self, code: str, title: str, where: str) -> None:
        if len(self.found) < 200:
            severity: Severity = "medium" if _SAMPLES.search(where) else "high"
            self.found.append(Finding("content", code, severity, title, where))
