"""Any scanner that an operator has, behind a program of theirs (`GALLERIA_ASSET_SCANNER`).

The program is called with two arguments, the kind of asset and the path of the file (or the address of the site), and
writes JSON: `{"checked": ["vulnerabilities"], "findings": [{"id": "CVE-2031-0001", "title": "…", "cvss": "7.0",
"severity": "high", "where": "lib/libfoo.so"}]}`. A finding has a score or a severity. Exit code 0; anything else means
that nothing was scanned, and a person looks.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from galleria.assets.ports import Result, Target
from galleria.assets.rules import NEEDED, SEVERITIES, Finding, cvss_of, severity_of

_SECONDS: Final = 3600
_KNOWN: Final = frozenset(name for names in NEEDED.values() for name in names) - {"ownership", "content", "site"}


class CommandScanner:
    """The program decides what it covers; what it does not name stays open."""

    kinds = frozenset(NEEDED)
    covers = _KNOWN

    def __init__(self, program: str) -> None:
        self.program = program
        self.name = Path(program).name

    def scan(self, target: Target) -> Result:
        try:
            if target.open is None:
                subject = target.address or str(target.source.get("image_id", ""))
                return _result(self._run(target.kind, subject))
            with tempfile.TemporaryDirectory(prefix="galleria-scan-") as folder:
                path = Path(folder) / Path(target.name).name
                with target.open() as content, path.open("wb") as copy:
                    shutil.copyfileobj(content, copy, 1 << 20)
                return _result(self._run(target.kind, str(path)))
        except (OSError, subprocess.SubprocessError, ValueError, TypeError, KeyError, AttributeError) as error:
            return Result((), note=f"{self.name}: {type(error).__name__} {error}"[:300])

    def _run(self, kind: str, subject: str) -> Any:
        done = subprocess.run(  # noqa: S603  the operator's own program, without a shell
            [self.program, kind, subject], capture_output=True, timeout=_SECONDS, check=True, stdin=subprocess.DEVNULL
        )
        return json.loads(done.stdout)


def _result(data: Any) -> Result:
    checked = frozenset(map(str, data["checked"])) & _KNOWN
    return Result(checked, [_finding(each, checked) for each in list(data.get("findings", ()))[:500]])


def _finding(data: Any, checked: frozenset[str]) -> Finding:
    score = data.get("cvss")
    cvss = None if score in (None, "") else cvss_of(str(score))
    if score not in (None, "") and cvss is None:
        raise ValueError(f"{score} is no CVSS score")
    severity = severity_of(cvss) if cvss is not None else str(data["severity"])
    if severity not in SEVERITIES:
        raise ValueError(f"{severity} is no severity")
    check = str(data.get("check") or (sorted(checked) or ["vulnerabilities"])[-1])
    return Finding(
        check if check in _KNOWN else "vulnerabilities", str(data.get("id", ""))[:60], severity,  # type: ignore[arg-type]
        str(data.get("title") or data.get("id") or _("A vulnerability"))[:300], str(data.get("where", ""))[:300], cvss,
    )  # fmt: skip
