"""Messages about joint operations: requests and certificates, to the seller and to the operator (S-JOP-002)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from galleria.kit import clock, jobs, outbox
from galleria.notifying import recipients, services
from galleria.notifying.sentences import Sentence, register
from galleria.parties import selectors as parties
from galleria.releasing import events
from galleria.releasing.models import JointCertificate

_OPEN = _("Open it")

register(
    {
        "joint.technical": Sentence(
            "service",
            _("{product} passed the qualification review"),
            _("The technical verification comes next. Nothing is to be done now."),
            _OPEN,
        ),
        "joint.commercial": Sentence(
            "service",
            _("{product} passed the technical verification"),
            _("The commercial review comes next: it agrees the prices. Nothing is to be done now."),
            _OPEN,
        ),
        "joint.certified": Sentence(
            "service",
            _("{product} is certified for joint operations"),
            _("The certificate is valid until {until}. The product can be released with it now."),
            _("Begin the release"),
        ),
        "joint.rejected": Sentence(
            "service",
            _("{product} was refused for joint operations"),
            _("Reason: {reason}\nCorrect the request and submit it again; it begins with the first review."),
            _("Correct it"),
        ),
        "joint.revoked": Sentence(
            "service",
            _("The certificate of {product} was taken back"),
            _("Reason: {reason}\nProducts that were released with it cannot be bought any more."),
            _OPEN,
        ),
        "joint.expired": Sentence(
            "service",
            _("The certificate of {product} has expired"),
            _("Products that were released with it cannot be bought any more. Request a new certificate to go on."),
            _OPEN,
        ),
        "joint.ending": Sentence(
            "service",
            _("The certificate of {product} ends on {until}"),
            _("After that, products that were released with it cannot be bought. Request a new certificate in time."),
            _OPEN,
        ),
        "operator.joint_submitted": Sentence(
            "service",
            _("{seller} asks for joint operations: {product}"),
            _("The request waits for the qualification review."),
            _OPEN,
        ),
        "operator.joint_expired": Sentence(
            "service",
            _("The certificate of {product} has expired"),
            _("Products that {seller} released with it are suspended."),
            _OPEN,
        ),
        "operator.joint_ending": Sentence(
            "service",
            _("The certificate of {product} ends on {until}"),
            _("After that, products that {seller} released with it are suspended. The seller was told."),
            _OPEN,
        ),
    }
)
_TO_SELLER = ("technical", "commercial", "certified", "rejected", "revoked", "expired", "ending")
_TO_OPERATOR = ("submitted", "expired", "ending")


def connect() -> None:
    """Called by `config.wiring`."""
    outbox.subscribe(events.JointCertificateMoved, on_moved, lane=services.lane, priority=jobs.LATER)
    outbox.subscribe(events.JointCertificateEnding, on_ending, lane=services.lane, priority=jobs.LATER)


def on_moved(event: events.JointCertificateMoved) -> None:
    """Each decision to the seller; what was sent in, and what ended by itself, to the operator."""
    _tell(event.certificate_id, "submitted" if event.state == "qualification" else event.state, event.reason)


def on_ending(event: events.JointCertificateEnding) -> None:
    """Sixty days before: the seller may ask for the next one, the operator knows what will be off the shelf."""
    _tell(event.certificate_id, "ending", "")


def _tell(certificate_id: str, news: str, reason: str) -> None:
    row = JointCertificate.objects.select_related("seller").filter(public_id=certificate_id).first()
    if row is None:
        return
    facts: dict[str, Any] = {"product": row.product_name, "seller": row.seller.name, "reason": reason}
    if row.expires_at is not None:
        facts["until"] = clock.billing_date(row.expires_at)
    dedupe, at = f"joint:{jobs.current().key}", clock.now()
    if news in _TO_SELLER:
        account = row.seller.account_id
        made = services.notify_account(
            account, f"joint.{news}", permission="seller:product:release", also=parties.owners_of(account), at=at,
            dedupe=dedupe, link=f"/seller/joint/{row.public_id}", **facts,
        )  # fmt: skip
        recipients.forward(made, account_pk=account, category="review")
    if news in _TO_OPERATOR:
        services.notify(
            parties.operators_with("operator:release:review"), f"operator.joint_{news}", at=at, dedupe=dedupe,
            link=f"/operator/joint/{row.public_id}", **facts,
        )  # fmt: skip
