"""The operator's acts: checked against the permissions, done, written down, in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.audit.services import Subject
from galleria.kit import jobs, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid
from galleria.kit.models import Job, ParameterChange
from galleria.ledger import reversals
from galleria.ledger import services as ledger
from galleria.ledger.models import LedgerCheck, ReversalRequest

WORK = "operator:work:manage"
SETTINGS = "operator:setting:manage"
REVERSE = "operator:ledger:reverse"


def _explained(reason: str) -> str:
    if not 5 <= len(reason.strip()) <= 2000:
        raise Invalid(fields={"reason": _("Say why, in 5 to 2,000 characters.")})
    return reason.strip()


# ----- background work (O11) -----


@transaction.atomic
def retry_job(actor: Actor, *, job_id: str, at: datetime) -> Job:
    """Give a job that died, or waits for its next attempt, a fresh start. Raises PermissionMissing, NotFound."""
    actor.require(WORK)
    job = jobs.retry(job_id)
    audit.record(actor, "job.retried", Subject("kit.job", job_id, job.task), at=at)
    return job


@transaction.atomic
def retry_dead_jobs(actor: Actor, *, task: str, at: datetime) -> int:
    """Give every dead job of a task a fresh start; returns how many there were."""
    actor.require(WORK)
    count = jobs.retry_all(task)
    audit.record(actor, "job.all_retried", Subject("kit.task", task[:60], task), at=at, after={"jobs": count})
    return count


@transaction.atomic
def discard_job(actor: Actor, *, job_id: str, reason: str, at: datetime) -> None:
    """Remove a dead job that needs not be done any more. Raises PermissionMissing, Invalid, NotFound."""
    actor.require(WORK)
    words = _explained(reason)
    row = jobs.dead().filter(public_id=job_id).first()
    jobs.discard(job_id)
    before = {"task": row.task, "args": row.args, "error": row.error} if row else None
    subject = Subject("kit.job", job_id, row.task if row else job_id)
    audit.record(actor, "job.discarded", subject, at=at, before=_plain(before), reason=words)


def _plain(value: Any) -> Any:
    """Packed arguments of a job are JSON already; their type marks are left out for the reader."""
    if isinstance(value, dict):
        if "$type" in value:
            return _plain(value["value"])
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _schedule(name: str) -> Subject:
    return Subject("kit.schedule", name[:60], name)


@transaction.atomic
def pause_schedule(actor: Actor, *, name: str, reason: str, at: datetime) -> None:
    """Keep a job from coming by the clock. Raises PermissionMissing, Invalid, NotFound."""
    actor.require(WORK)
    words = _explained(reason)
    jobs.pause(name)
    audit.record(actor, "schedule.paused", _schedule(name), at=at, reason=words)


@transaction.atomic
def resume_schedule(actor: Actor, *, name: str, at: datetime) -> None:
    """Let it come again; if one of its times passed meanwhile it comes at once."""
    actor.require(WORK)
    jobs.resume(name)
    audit.record(actor, "schedule.resumed", _schedule(name), at=at)


@transaction.atomic
def run_schedule_now(actor: Actor, *, name: str, at: datetime) -> str:
    """Run it once outside its times; returns the job's id."""
    actor.require(WORK)
    job_id = jobs.run_now(name)
    audit.record(actor, "schedule.run", _schedule(name), at=at, after={"job": job_id})
    return job_id


# ----- settings (O10) -----


@transaction.atomic
def change_setting(
    actor: Actor,
    *,
    key: str,
    value: Any,
    reason: str,
    at: datetime,
    holds_from: datetime | None = None,
    scope: str = "",
) -> ParameterChange:
    """Put a new value in force, now or from a later instant (B-GEN-002). Raises PermissionMissing, NotFound,
    Invalid with the field named after the setting."""
    actor.require(SETTINGS)
    words = _explained(reason)
    start = holds_from or at
    if start < at:
        raise Invalid(fields={"holds_from": _("A setting cannot change in the past.")})
    before = parameters.get(key, at=start, scope=scope)
    row = parameters.change(actor, key, value, at=start, reason=words, scope=scope)
    subject = Subject("kit.setting", key, f"{key} ({scope})" if scope else key)
    audit.record(
        actor, "setting.changed", subject, at=at, before={"value": before}, after={"value": row.value, "from": start},
        reason=words,
    )  # fmt: skip
    return row


# ----- the ledger (O9) -----


def check_ledger(actor: Actor, *, at: datetime) -> LedgerCheck:
    """Check every invariant now; the result is kept like those of the nights."""
    actor.require("operator:ledger:view")
    result = ledger.check()
    audit.record(
        actor, "ledger.checked", Subject("ledger.check", str(result.pk)), at=at, after={"balanced": result.is_balanced}
    )
    return result


def _transaction(request: ReversalRequest) -> Subject:
    row = request.transaction
    return Subject("ledger.ledgertransaction", row.public_id, row.reference)


@transaction.atomic
def ask_for_reversal(actor: Actor, *, transaction_id: str, reason: str, at: datetime) -> ReversalRequest:
    """Ask that a transaction be undone; a second person decides. Raises PermissionMissing, NotFound, Invalid,
    AlreadyAsked, AlreadyReversed."""
    actor.require(REVERSE)
    request = reversals.ask_for_reversal(actor, transaction_id=transaction_id, reason=reason, at=at)
    audit.record(actor, "reversal.asked", _transaction(request), at=at, reason=request.reason)
    return request


@transaction.atomic
def approve_reversal(actor: Actor, *, request_id: str, at: datetime) -> ReversalRequest:
    """Undo it, as the second person. Raises PermissionMissing, NotFound, SecondPersonNeeded, NotAllowed,
    AlreadyReversed, InsufficientBalance."""
    actor.require(REVERSE)
    request = reversals.approve_reversal(actor, request_id=request_id, at=at)
    audit.record(actor, "reversal.approved", _transaction(request), at=at)
    return request


@transaction.atomic
def reject_reversal(actor: Actor, *, request_id: str, reason: str, at: datetime) -> ReversalRequest:
    """Leave it as it is. Raises PermissionMissing, Invalid, NotFound, NotAllowed."""
    actor.require(REVERSE)
    words = _explained(reason)
    request = reversals.reject_reversal(actor, request_id=request_id, remark=words, at=at)
    audit.record(actor, "reversal.rejected", _transaction(request), at=at, reason=words)
    return request
