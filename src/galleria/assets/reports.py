"""The report of a scan as a file: for people as plain text, for programs as JSON (S-AST-001)."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext as _

from galleria.assets import selectors
from galleria.assets.models import Scan
from galleria.assets.services.scanning import CHECK_WORDS
from galleria.kit.spoken import spoken

STATES = {"running": "running", "waiting": "waits for a person", "passed": "passed", "failed": "failed"}


def as_data(scan: Scan) -> dict[str, Any]:
    """Everything, with stable words."""
    version = scan.version
    return {
        "scan": scan.public_id,
        "asset": version.asset.public_id,
        "version": version.public_id,
        "name": str(version),
        "state": scan.state,
        "by_hand": scan.is_by_hand,
        "entered_by": scan.entered_by,
        "started_at": scan.started_at.isoformat(),
        "finished_at": scan.finished_at.isoformat() if scan.finished_at else None,
        "note": scan.note,
        "checks": scan.checks,
        "findings": [
            {**finding.data(), "rejects": finding.rejects, "cvss": _score(finding.cvss_e1)}
            for finding in selectors.findings_of(scan)
        ],
    }


def as_json(scan: Scan) -> str:
    return json.dumps(as_data(scan), indent=2, ensure_ascii=False) + "\n"


def as_text(scan: Scan) -> str:
    """In the reader's language."""
    words = {
        "running": _("running"), "waiting": _("waits for a person"), "passed": _("passed"), "failed": _("failed"),
        "broken": _("broken off"),
        "manual": _("a person must look"),
        "skipped": _("not looked at"),
    }  # fmt: skip
    lines = [
        f"{scan.version}",
        f"{scan.public_id}",
        _("Result: %(state)s") % {"state": words.get(scan.state, scan.state)},
        _("Begun: %(at)s") % {"at": f"{scan.started_at:%Y-%m-%d %H:%M} UTC"},
    ]
    if scan.finished_at:
        lines.append(_("Finished: %(at)s") % {"at": f"{scan.finished_at:%Y-%m-%d %H:%M} UTC"})
    if scan.is_by_hand:
        lines.append(_("Entered by hand: %(name)s") % {"name": scan.entered_by})
    if scan.note:
        lines += ["", spoken(scan.note)]
    lines += ["", _("Checks")]
    for check in scan.checks:
        note = " · ".join(filter(None, (spoken(check.get("by", "")), spoken(check.get("note", "")))))
        lines.append(
            f"- {CHECK_WORDS[check['name']]}: {words.get(check['state'], check['state'])}{f' ({note})' if note else ''}"
        )
    findings = selectors.findings_of(scan)
    lines += ["", _("Findings: %(count)d") % {"count": len(findings)}]
    for finding in findings:
        score = f" CVSS {_score(finding.cvss_e1)}" if finding.cvss_e1 is not None else ""
        title = spoken(finding.title) or finding.code
        lines.append(f"- [{finding.severity}{score}] {title} {finding.where}".rstrip())
    return "\n".join(lines) + "\n"


def _score(cvss_e1: int | None) -> str | None:
    return None if cvss_e1 is None else f"{cvss_e1 // 10}.{cvss_e1 % 10}"
