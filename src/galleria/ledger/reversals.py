"""Undoing a transaction by hand: one person asks with a reason, a second one decides (screen O9).

Who may ask and decide, and the audit record, are the business of the package that calls this.
"""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from galleria.kit import ids
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.ledger import services, states
from galleria.ledger.models import LedgerTransaction, ReversalRequest


class SecondPersonNeeded(Refused):
    """Who asked for it cannot approve it too."""

    code = "SECOND_PERSON_NEEDED"
    status = 409
    default_message = _("You asked for this yourself. Somebody else has to approve it.")


class AlreadyAsked(Refused):
    """A request for this transaction waits already."""

    code = "ALREADY_ASKED"
    status = 409
    default_message = _("Somebody asked for this already; the request waits for a second person.")


def _explained(reason: str) -> str:
    if not 5 <= len(reason.strip()) <= 2000:
        raise Invalid(fields={"reason": _("Say why, in 5 to 2,000 characters.")})
    return reason.strip()


@transaction.atomic
def ask_for_reversal(actor: Actor, *, transaction_id: str, reason: str, at: datetime) -> ReversalRequest:
    """Ask that a transaction be undone. Raises NotFound, Invalid, AlreadyAsked, AlreadyReversed."""
    words = _explained(reason)
    first = LedgerTransaction.objects.filter(public_id=transaction_id).first()
    if first is None:
        raise NotFound
    if first.reverses_id or LedgerTransaction.objects.filter(reverses=first).exists():
        raise services.AlreadyReversed
    try:
        with transaction.atomic():
            return ReversalRequest.objects.create(
                public_id=ids.new_id("rev", at),
                transaction=first,
                reason=words,
                asked_by=actor.user_id or actor.channel,
                asked_by_name=actor.user_name[:200],
                asked_at=at,
            )
    except IntegrityError:
        raise AlreadyAsked from None


def _request(request_id: str) -> ReversalRequest:
    found = ReversalRequest.objects.select_related("transaction").filter(public_id=request_id).first()
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def approve_reversal(actor: Actor, *, request_id: str, at: datetime) -> ReversalRequest:
    """Undo the transaction, as the second person. Raises NotFound, SecondPersonNeeded, NotAllowed when it was
    decided meanwhile, AlreadyReversed, InsufficientBalance when the money is not there any more."""
    request = _request(request_id)
    if request.asked_by == (actor.user_id or actor.channel):
        raise SecondPersonNeeded
    states.REVERSAL.apply(
        request,
        "approve",
        decided_by=actor.user_id or actor.channel,
        decided_by_name=actor.user_name[:200],
        decided_at=at,
    )
    services.reverse(
        request.transaction.public_id, reference=f"reversal:{request.public_id}", at=at, reason=request.reason
    )
    return request


@transaction.atomic
def reject_reversal(actor: Actor, *, request_id: str, remark: str, at: datetime) -> ReversalRequest:
    """Leave the transaction as it is; who asked may also take the wish back this way."""
    request = _request(request_id)
    states.REVERSAL.apply(
        request,
        "reject",
        decided_by=actor.user_id or actor.channel,
        decided_by_name=actor.user_name[:200],
        decided_at=at,
        remark=remark.strip()[:2000],
    )
    return request
