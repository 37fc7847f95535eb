"""What a scan brought: approved or rejected, by scanners or by a person (S-AST-005)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.assets import events, rules, selectors
from galleria.assets.models import Asset, AssetVersion, Scan
from galleria.assets.states import VERSION
from galleria.audit import services as audit
from galleria.kit import outbox
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound
from galleria.parties import checks
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission

KIND = "asset"


@transaction.atomic
def record_proof(actor: Actor, row: Asset, problem: str, at: datetime) -> None:
    """Keep what the look for the file brought; a proof that was there once is not taken away by one failed look."""
    was = row.verified_at
    row.verify_problem = problem[:300]
    row.verified_at = row.verified_at if problem else at
    row.save(update_fields=["verify_problem", "verified_at"])
    if not problem and was is None:
        audit.record(actor, "asset.site_verified", row, at=at, account_id=row.account.public_id)


def decide(actor: Actor, scan: Scan, *, passed: bool, reason: str = "", by_hand: bool = False, at: datetime) -> None:
    """End a scan and move its version. In the caller's transaction; raises NotAllowed when it was ended already."""
    version = scan.version
    state = "passed" if passed else "failed"
    open_ = Scan.objects.filter(pk=scan.pk, state__in=("running", "waiting"))
    if not open_.update(
        state=state, finished_at=at, is_by_hand=by_hand, entered_by=actor.user_name[:200] if by_hand else "",
        note=reason[:2000], findings=scan.findings, checks=scan.checks,
    ):  # fmt: skip
        raise NotAllowed
    VERSION.apply(
        version, "pass" if passed else "fail", decided_at=at, changed_at=at, is_by_hand=by_hand,
        reason="" if passed else reason[:2000],
    )  # fmt: skip
    account_id = version.asset.account.public_id
    sentence = "asset.version_approved" if passed else "asset.version_rejected"
    audit.record(
        actor, sentence, version, at=at, reason=reason[:300], account_id=account_id,
        after={"by_hand": by_hand, "findings": len(scan.findings)},
    )  # fmt: skip
    if passed:
        outbox.publish(events.AssetApproved(version.public_id, account_id, scan.public_id, by_hand))
    else:
        outbox.publish(events.AssetRejected(version.public_id, account_id, scan.public_id, by_hand, reason[:300]))


def waiting_scan(version_id: str) -> Scan:
    """The scan of a version that waits for a person. Raises NotAllowed when there is none any more."""
    scan = (
        Scan.objects.select_related("version__asset__account")
        .filter(version__public_id=version_id, state="waiting")
        .first()
    )
    if scan is None:
        raise NotAllowed
    return scan


def approve(actor: Actor, submission: Submission, at: datetime) -> None:
    """Operations looked at what no scanner covers and found nothing that rejects: a result by hand."""
    scan = waiting_scan(submission.subject)
    scan.checks = [_by_hand(check, actor) for check in scan.checks]
    decide(actor, scan, passed=True, reason=submission.note, by_hand=True, at=at)


def give_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """Operations found something: remarks become findings, the note the reason."""
    scan = waiting_scan(submission.subject)
    remarks = [
        rules.Finding("manual", "remark", "high", each.text[:300], each.field) for each in submission.remarks.all()
    ]
    scan.findings = [*scan.findings, *(finding.data() for finding in remarks)]
    reason = submission.note or " ".join(finding.title for finding in remarks)
    decide(actor, scan, passed=False, reason=reason, by_hand=True, at=at)


def _by_hand(check: dict[str, object], actor: Actor) -> dict[str, object]:
    return {**check, "state": "passed", "by": actor.user_name[:200]} if check.get("state") == "manual" else check


@transaction.atomic
def enter_result(
    actor: Actor, *, version_id: str, findings: Sequence[tuple[str, str]] = (), note: str = "", at: datetime
) -> AssetVersion:
    """Enter what a scan outside of the marketplace brought: (title, CVSS score such as "6.9") for each finding.

    7.0 or more rejects, less passes (S-AST-T1); the result is marked as entered by hand, and the submission that
    waited is decided with it. Raises Invalid, NotAllowed, NotFound, PermissionMissing.
    """
    actor.require(selectors.REVIEW)
    found: list[rules.Finding] = []
    for title, score in findings:
        cvss = rules.cvss_of(score)
        if cvss is None:
            raise Invalid(fields={"cvss": _("Give a CVSS score from 0.0 to 10.0.")})
        words = checks.text("title", title, 300, required=True)
        found.append(rules.Finding("manual", "manual", rules.severity_of(cvss), words, cvss_e1=cvss))
    submission = Submission.objects.filter(kind=KIND, subject=version_id, state="pending").first()
    if submission is None:
        raise NotFound
    scan = waiting_scan(version_id)
    Scan.objects.filter(pk=scan.pk).update(findings=[*scan.findings, *(finding.data() for finding in found)])
    if rules.rejects(found):
        worst = rules.by_severity(found)[0]
        text = note or f"{worst.title} (CVSS {(worst.cvss_e1 or 0) / 10:.1f})"
        reviewing.give_back(actor, submission_id=submission.public_id, note=text, at=at)
    else:
        reviewing.approve(actor, submission_id=submission.public_id, note=note, at=at)
    return selectors.asset_version_of(version_id)
