"""Having a version scanned: what is needed, running the scanners, what they leave to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from galleria.assets import adapters, events, rules, selectors
from galleria.assets.models import AssetVersion, Scan
from galleria.assets.ports import Result, Scanner, Target
from galleria.assets.services import deciding
from galleria.assets.services.refusals import DomainBusy, NotReady, ScanRunning
from galleria.assets.states import VERSION
from galleria.audit import services as audit
from galleria.kit import clock, files, jobs, outbox
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import Text
from galleria.kit.spoken import stored
from galleria.kit.texts import storable
from galleria.parties.models import Account, User
from galleria.reviewing import services as reviewing
from galleria.selling import services as selling

BROKEN = _("The scan broke off, and not because of your asset. Have it scanned again.")
log = structlog.get_logger("galleria.assets")


@transaction.atomic
def submit_version(actor: Actor, *, version_id: str, at: datetime) -> AssetVersion:
    """Have a version scanned; the result comes by itself (S-AST-001).

    Raises NotReady with what is missing, DomainBusy while the same domain is scanned, ScanRunning, NotFound.
    """
    selling.require_seller(actor, selectors.MANAGE)
    return begin(actor, selectors.version_of(actor, version_id), at)


def begin(actor: Actor, version: AssetVersion, at: datetime) -> AssetVersion:
    """Start the scan of a version in the caller's transaction, whose rights were checked."""
    missing = what_is_missing(version)
    if missing:
        raise NotReady(fields=missing)
    if not VERSION.can(version, "submit"):
        raise ScanRunning
    VERSION.apply(version, "submit", submitted_at=at, changed_at=at, decided_at=None, reason="", is_by_hand=False)
    scan = Scan(version=version, domain=version.asset.host, started_at=at)
    try:
        with transaction.atomic():
            scan.save(force_insert=True)
    except IntegrityError:
        raise DomainBusy from None
    audit.record(actor, "asset.version_submitted", version, at=at)
    jobs.enqueue("assets.scan", scan_id=scan.public_id, applicant=actor.user_id or "")
    return version


def what_is_missing(version: AssetVersion) -> dict[str, Text]:
    """Field to sentence, for everything that a scan of this version needs."""
    asset = version.asset
    if asset.kind in {"package", "container"} and version.file_id is None:
        return {"file": _("Upload the file first.")}
    if asset.kind == "image" and not version.image_id:
        return {"image_id": _("Choose the image first.")}
    if asset.kind == "saas_site" and asset.verified_at is None:
        return {"proof": _("Prove first that the site is yours: put the verification file into its root.")}
    return {}


def run_scan(scan_id: str, *, applicant: str = "") -> None:
    """Run every scanner over the version, then keep the result. From a job, outside transactions."""
    scan = Scan.objects.select_related("version__asset__account", "version__file").filter(public_id=scan_id).first()
    if scan is None or scan.state != "running":
        return
    target = target_of(scan.version)
    results: list[tuple[Scanner, Result]] = []
    for scanner in adapters.scanners(target.kind):
        results.append((scanner, _careful(scanner, target)))
    record(scan, results, at=clock.now(), applicant=applicant)


@transaction.atomic
def end_broken_scan(scan_id: str, *, at: datetime) -> None:
    """A scan that could not be brought to an end for a reason of ours: the version can be submitted again."""
    scan = Scan.objects.select_related("version__asset__account").filter(public_id=scan_id).first()
    if scan is None or not Scan.objects.filter(pk=scan.pk, state="running").update(state="broken", finished_at=at):
        return
    reason = stored(BROKEN)
    VERSION.apply(scan.version, "break_off", changed_at=at, reason=reason)
    account = scan.version.asset.account
    audit.record(SYSTEM, "asset.scan_broken", scan.version, at=at, reason=reason, account_id=account.public_id)
    outbox.publish(events.ScanBroken(scan.version.public_id, account.public_id, scan.public_id, reason))


def _careful(scanner: Scanner, target: Target) -> Result:
    """A scanner that breaks covers nothing; a person looks instead. What it names is from foreign files and sites."""
    try:
        result = scanner.scan(target)
        return replace(result, findings=[_storable(each) for each in result.findings], note=storable(result.note, 300))
    except Exception as error:
        log.exception("asset_scanner_failed", scanner=scanner.name)
        return Result((), note=f"{scanner.name}: {type(error).__name__}")


def _storable(finding: rules.Finding) -> rules.Finding:
    code, title, where = (storable(text, 300) for text in (finding.code, finding.title, finding.where))
    return replace(finding, code=code, title=title, where=where)


def target_of(version: AssetVersion) -> Target:
    """What the scanners are given."""
    asset, row = version.asset, version.file
    return Target(
        kind=asset.kind,
        name=row.name if row else asset.name,
        file_kind=row.kind if row else "",
        size=row.size if row else 0,
        open=(lambda: files.open_file(row)) if row else None,
        address=asset.address,
        token=asset.token,
        source=version.source,
    )


def checks_of(kind: str, results: Sequence[tuple[Scanner, Result]]) -> list[rules.Check]:
    """What became of everything that is needed for this kind; what nobody covered waits for a person."""
    found: list[rules.Check] = []
    for name in rules.NEEDED[kind]:
        covered = [(scanner, result) for scanner, result in results if name in result.checked]
        if not covered:
            notes = [result.note for scanner, result in results if result.note and name in scanner.covers]
            found.append(rules.Check(name, "manual", note=" ".join(notes)[:300]))
            continue
        bad = any(finding.rejects for _s, result in covered for finding in result.findings if finding.check == name)
        notes = [result.note for _s, result in covered if result.note]
        by = ", ".join(scanner.name for scanner, _r in covered)
        found.append(rules.Check(name, "failed" if bad else "passed", by, " ".join(notes)[:300]))
    return found


@transaction.atomic
def record(scan: Scan, results: Sequence[tuple[Scanner, Result]], *, at: datetime, applicant: str = "") -> None:
    """Keep a result: rejected at once for one finding that rejects, approved when all is covered, else to a person."""
    version = scan.version
    findings = rules.by_severity(finding for _s, result in results for finding in result.findings)
    checks = checks_of(version.asset.kind, results)
    scan.findings = [finding.data() for finding in findings]
    scan.checks = [check.data() for check in checks]
    if version.asset.kind == "saas_site":
        proof = next((f.where or f.title for f in findings if f.check == "ownership"), "")
        deciding.record_proof(SYSTEM, version.asset, proof, at)
    if version.file is not None and any(check.name == "virus" and check.state != "manual" for check in checks):
        version.file.scan = "infected" if any(f.check == "virus" for f in findings) else "clean"
        version.file.save(update_fields=["scan"])
    if rules.rejects(findings):
        worst = next(finding for finding in findings if finding.rejects)
        scan.checks = [{**c, "state": "skipped"} if c["state"] == "manual" else c for c in scan.checks]
        deciding.decide(SYSTEM, scan, passed=False, reason=worst.title, at=at)
    elif all(check.state == "passed" for check in checks):
        deciding.decide(SYSTEM, scan, passed=True, at=at)
    else:
        _ask_a_person(scan, checks, findings, applicant, at)


def _ask_a_person(
    scan: Scan, checks: Sequence[rules.Check], findings: Sequence[rules.Finding], applicant: str, at: datetime
) -> None:
    """Put it before operations, who enter the result by hand (S-AST-005)."""
    version = scan.version
    Scan.objects.filter(pk=scan.pk, state="running").update(state="waiting", checks=scan.checks, findings=scan.findings)
    account = version.asset.account
    results: list[dict[str, Any]] = [
        {
            "name": stored(CHECK_WORDS[check.name]),
            "state": {"passed": "ok", "failed": "failed"}.get(check.state, "warning"),
            "text": check.note or (check.by if check.state != "manual" else stored(_("a person must look"))),
        }
        for check in checks
    ]
    risks = [stored(_("has findings"))] if findings else []
    reviewing.submit(
        _for(account, applicant), kind=deciding.KIND, subject=version.public_id, title=str(version),
        seller_name=account.seller.name, risks=risks, results=results, at=at,
    )  # fmt: skip


def _for(account: Account, applicant: str) -> Actor:
    """The system, acting for the account and who asked for the scan."""
    user_pk = User.objects.filter(public_id=applicant).values_list("pk", flat=True).first() if applicant else None
    return replace(SYSTEM, account_id=account.public_id, account_pk=account.pk, user_pk=user_pk)


CHECK_WORDS: dict[str, Text] = {
    "content": _("Content of the archive"),
    "virus": _("Viruses and malicious programs"),
    "vulnerabilities": _("Known vulnerabilities"),
    "accounts": _("Preset accounts, passwords and keys"),
    "ownership": _("Ownership of the site"),
    "site": _("Encryption, headers, cookies, redirects"),
    "attacks": _("Injection, scripts, uploads, paths"),
    "manual": _("Look by a person"),
}
