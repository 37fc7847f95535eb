"""Leaving the marketplace as a seller, and being let in again by the operator (S-EXI)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import locks, outbox
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed
from galleria.parties import checks
from galleria.parties.models import Seller
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from galleria.selling import events, ports, selectors, states
from galleria.selling.models import ExitRequest, Sanction
from galleria.selling.services.standing import change_standing, profile_for_update, require_owner, require_seller

KIND = "exit"


class ExitBlocked(NotAllowed):
    """`extra["open"]` names the checks that are not met."""

    code = "EXIT_BLOCKED"


def _require_green(seller: Seller) -> list[ports.Check]:
    checklist = ports.checklist(seller.pk)
    still_open = [each for each in checklist if not each.passed]
    if still_open:
        raise ExitBlocked(
            _("This is still open: %(items)s") % {"items": ", ".join(str(each.label) for each in still_open)},
            extra={"open": [each.key for each in still_open]},
        )
    return checklist


@transaction.atomic
def request(actor: Actor, *, reason: str, at: datetime) -> ExitRequest:
    """Ask to leave; every check must be green. For the main account. Raises ExitBlocked, Invalid, NotAllowed."""
    require_owner(actor)
    seller = require_seller(actor, "seller:info:manage")
    text = checks.text("reason", reason, 1000, lines=True)
    if len(text) < 5:
        raise Invalid(fields={"reason": _("Say in a sentence why you leave.")})
    checklist = _require_green(seller)
    states.EXIT.apply(profile_for_update(seller), "request")
    row = ExitRequest.objects.create(
        seller=seller, reason=text, requested_at=at,
        checklist=[{"key": each.key, "label": str(each.label), "detail": str(each.detail)} for each in checklist],
    )  # fmt: skip
    reviewing.submit(
        actor, kind=KIND, subject=row.public_id, title=f"{seller.name} · Exit", seller_name=seller.name, at=at
    )
    return row


@transaction.atomic
def withdraw(actor: Actor, *, at: datetime) -> None:
    """Stay after all. Raises NotAllowed when it was decided meanwhile."""
    require_owner(actor)
    seller = require_seller(actor, "seller:info:manage")
    row = ExitRequest.objects.filter(seller=seller, state="review").first()
    if row is None:
        raise NotAllowed
    reviewing.withdraw(actor, kind=KIND, subject=row.public_id, at=at)


def _of(submission: Submission) -> ExitRequest:
    return ExitRequest.objects.select_related("seller__account").get(public_id=submission.subject)


def _close(row: ExitRequest, verb: str, state: str, at: datetime) -> None:
    states.EXIT.apply(profile_for_update(row.seller), verb, **({"exited_at": at} if verb == "approve" else {}))
    ExitRequest.objects.filter(pk=row.pk).update(state=state, decided_at=at)


def approve(actor: Actor, submission: Submission, at: datetime) -> None:
    """The seller has left. What came up since the request stops it: ExitBlocked."""
    row = _of(submission)
    locks.hold(f"seller:{row.seller.public_id}")
    _require_green(row.seller)
    _close(row, "approve", "approved", at)
    change_standing(row.seller, state="left")
    audit.record(actor, "seller.left", row.seller, at=at, account_id=row.seller.account.public_id)
    outbox.publish(events.SellerExited(row.seller.public_id))


def give_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """The seller stays for now; the reason says why."""
    _close(_of(submission), "return", "returned", at)


def take_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """The seller changed its mind."""
    _close(_of(submission), "withdraw", "withdrawn", at)


@transaction.atomic
def readmit(actor: Actor, *, seller_id: str, reason: str, at: datetime) -> Seller:
    """Let a seller in again that has left: for correcting mistakes (S-EXI-002). Recorded with its reason."""
    actor.require("operator:seller:review")
    words = checks.text("reason", reason, 1000, required=True, lines=True)
    seller = selectors.seller_by_id(seller_id)
    locks.hold(f"seller:{seller.public_id}")
    states.EXIT.apply(profile_for_update(seller), "readmit", exited_at=None)
    is_ended = Sanction.objects.filter(seller=seller, kind="termination", lifted_at=None).exists()
    change_standing(seller, state="suspended" if is_ended else "active")
    audit.record(actor, "seller.readmitted", seller, at=at, reason=words, account_id=seller.account.public_id)
    outbox.publish(events.SellerExited(seller.public_id, is_back=True))
    return seller
