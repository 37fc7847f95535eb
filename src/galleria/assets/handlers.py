"""What this package brings to reviews; `config.wiring` connects it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _g
from django.utils.translation import gettext_lazy as _

from galleria.assets import rules, selectors
from galleria.assets.models import AssetVersion
from galleria.assets.services import deciding, scanning
from galleria.assets.services.refusals import ScanRunning
from galleria.assets.states import KINDS, SEVERITY_WORDS
from galleria.kit import files
from galleria.kit.actor import Actor
from galleria.kit.spoken import spoken
from galleria.reviewing import ports
from galleria.reviewing.models import Submission
from galleria.reviewing.ports import Dossier, Fact, Section

_LOOKS = {
    "virus": _("No virus, trojan or other malicious program."),
    "vulnerabilities": _("No vulnerability with a CVSS score of 7.0 or more."),
    "accounts": _("No preset accounts, passwords or keys of the operating system."),
    "attacks": _(
        "No cross-site scripting, injection, request forgery, external entities, path traversal, upload hole or "
        "malicious program on the site."
    ),
    "content": _("Nothing that cannot be looked at, no secrets in the package."),
}


def connect() -> None:
    """Bring the kind of submission in which operations enter results by hand; who reads what was uploaded."""
    files.readable_by(
        "asset", account=(selectors.VIEW, selectors.MANAGE), operator=(selectors.REVIEW, "operator:release:review")
    )
    ports.register(
        ports.Kind(
            name=deciding.KIND,
            label=_("Scan of an asset"),
            permission=selectors.REVIEW,
            days="review.asset_days",
            approve=deciding.approve,
            give_back=deciding.give_back,
            withdraw=_refuse_withdrawal,
            dossier=dossier,
            page=lambda submission: selectors.page_of(selectors.asset_version_of(submission.subject)),
            act=_("Approve: nothing was found that rejects"),
        )
    )


def _refuse_withdrawal(actor: Actor, submission: Submission, at: datetime) -> None:
    raise ScanRunning


def dossier(actor: Actor, submission: Submission) -> Dossier:
    """Everything about one version that a person needs to enter a result."""
    version = selectors.asset_version_of(submission.subject)
    scan = version.scans.first()
    checks: list[dict[str, Any]] = scan.checks if scan else []
    sections = [Section("asset", _("Asset"), _facts(version))]
    if findings := selectors.findings_of(scan):
        rows = [Fact(f"finding.{n}", SEVERITY_WORDS[f.severity], _sentence(f)) for n, f in enumerate(findings)]
        sections.append(Section("findings", _("Findings"), rows))
    done = [
        Fact(f"check.{check['name']}", scanning.CHECK_WORDS[check["name"]], _check_words(check)) for check in checks
    ]
    sections.append(Section("checks", _("Checks"), done))
    wanted = [_LOOKS[check["name"]] for check in checks if check["state"] == "manual" and check["name"] in _LOOKS]
    links = [(_("Enter findings with CVSS scores"), f"/operator/assets/{version.public_id}/result")]
    return Dossier(
        sections,
        links=links if scan and scan.state == "waiting" else (),
        checklist=wanted,
        effects=[_("Approved versions can be chosen for specifications.")],
    )


def _facts(version: AssetVersion) -> list[Fact]:
    asset = version.asset
    facts = [
        Fact("name", _("Name"), asset.name),
        Fact("kind", _("Kind"), str(KINDS[asset.kind])),
        Fact("label", _("Version"), version.label),
        Fact("note", _("What is new"), version.note),
        Fact("asset_note", _("Description"), asset.note),
    ]
    if asset.kind == "saas_site":
        facts += [
            Fact("address", _("Address"), asset.address, href=asset.address),
            Fact("login_mode", _("Sign-in"), asset.login_mode),
        ]
    if version.file is not None:
        size = f"{version.file.size:,} bytes, SHA-256 {version.file.sha256}"
        facts += [
            Fact("file", _("File"), version.file.name, href=f"/files/{version.file.public_id}"),
            Fact("size", _("Size"), size),
        ]
    for key, label in (("image_id", _("Image")), ("regions", _("Copied to")), ("security_rules", _("Security rules"))):
        if value := version.source.get(key):
            facts.append(Fact(key, label, ", ".join(value) if isinstance(value, list) else value))
    return facts


def _check_words(check: dict[str, Any]) -> str:
    words = {
        "passed": _g("passed"),
        "failed": _g("failed"),
        "manual": _g("a person must look"),
        "skipped": _g("not looked at"),
    }
    said = (spoken(check.get("by", "")), spoken(check.get("note", "")))
    return " · ".join(filter(None, (words.get(check["state"], check["state"]), *said)))


def _sentence(finding: rules.Finding) -> str:
    score = f"CVSS {finding.cvss_e1 / 10:.1f}" if finding.cvss_e1 is not None else ""
    return " · ".join(filter(None, (spoken(finding.title), score, finding.where)))
