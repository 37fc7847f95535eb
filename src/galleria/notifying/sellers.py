"""Messages about sellers: codes and links for addresses, locked certifications, violations and appeals (S-NOT-001)."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from galleria.kit import clock, jobs, outbox, secrets
from galleria.notifying import recipients, services
from galleria.notifying.sentences import Sentence, register
from galleria.parties import selectors as parties
from galleria.selling import events
from galleria.selling.models import Certification, Recipient, Violation
from galleria.selling.selectors.sanctions import CONDUCTS, SANCTIONS

SENTENCES = {
    "seller.registered": Sentence(
        "service",
        gettext_lazy("{seller} is a seller now"),
        gettext_lazy(
            "You can prepare products. Before the first one can be sold, have your tax and bank data certified."
        ),
        gettext_lazy("See what comes next"),
    ),
    "seller.certification_locked": Sentence(
        "service",
        gettext_lazy("The certification with {party} is locked"),
        gettext_lazy("It was refused three times in a row. Write a ticket to have it unlocked."),
        gettext_lazy("See the reasons"),
    ),
    "seller.certification_unlocked": Sentence(
        "service",
        gettext_lazy("The certification with {party} is unlocked"),
        gettext_lazy("You can correct your tax and bank data and send them in again."),
        gettext_lazy("Go on"),
    ),
    "seller.violation": Sentence(
        "service",
        gettext_lazy("Violation: {conduct}"),
        gettext_lazy("The operator recorded a violation. Reason: {reason}\nWhat follows: {sanctions}\n"
                     "You can appeal until {until}."),
        gettext_lazy("Read it and appeal"),
    ),
    "seller.violation_confirmed": Sentence(
        "service", gettext_lazy("Your appeal changed nothing: {conduct}"), gettext_lazy("Answer: {answer}"),
        gettext_lazy("See the decision"),
    ),
    "seller.violation_revoked": Sentence(
        "service", gettext_lazy("The decision was taken back: {conduct}"), gettext_lazy("Answer: {answer}"),
        gettext_lazy("See the decision"),
    ),
    "operator.seller_appealed": Sentence(
        "service", gettext_lazy("{seller} appeals: {conduct}"), gettext_lazy("{appeal}"),
        gettext_lazy("See the seller"),
    ),
}  # fmt: skip


def connect() -> None:
    """Called by `handlers.connect`."""
    register(SENTENCES)
    outbox.subscribe(events.ContactCodeWanted, on_code_wanted, lane=services.lane)
    outbox.subscribe(events.RecipientAdded, on_recipient_added, lane=services.lane)
    outbox.subscribe(events.SellerRegistered, on_registered, lane=services.lane, priority=jobs.LATER)
    outbox.subscribe(events.CertificationDecided, on_certification, lane=services.lane, priority=jobs.LATER)
    outbox.subscribe(events.ViolationDecided, on_violation, lane=services.lane, priority=jobs.LATER)


def on_code_wanted(event: events.ContactCodeWanted) -> None:
    """The code that proves an applicant's address."""
    address, code = secrets.decrypt(event.sealed).split()
    services.send_text(
        address,
        subject=_("%(site)s: your code is %(code)s") % {"site": settings.GALLERIA.site_name, "code": code},
        body=_(
            "Type the code %(code)s into the application as a seller. It is valid for half an hour. If you do not "
            "know of an application, ignore this mail."
        )
        % {"code": code},
    )


def on_recipient_added(event: events.RecipientAdded) -> None:
    """The link with which a recipient agrees to get the messages."""
    row = Recipient.objects.select_related("seller").filter(public_id=event.recipient_id).first()
    if row is None:
        return
    token = secrets.decrypt(event.sealed_token)
    link = f"{settings.GALLERIA_SITE_URL}/seller/recipients/confirm?token={token}"
    services.send_text(
        row.email,
        subject=_("%(seller)s wants to send you its messages") % {"seller": row.seller.name},
        body=_(
            "%(seller)s put you on its list of recipients at %(site)s. Open this link within a week to agree:\n\n"
            "%(link)s\n\nIf you do nothing, you get no more mail."
        )
        % {"seller": row.seller.name, "site": settings.GALLERIA.site_name, "link": link},
    )


def on_registered(event: events.SellerRegistered) -> None:
    """The owners hear that the account sells now, and what comes next."""
    from galleria.selling.selectors import seller_by_id

    seller = seller_by_id(event.seller_id)
    services.notify(
        parties.owners_of(seller.account_id), "seller.registered", at=clock.now(),
        dedupe=f"seller.registered:{seller.public_id}", account_pk=seller.account_id, link="/seller/start",
        seller=seller.name,
    )  # fmt: skip


def on_certification(event: events.CertificationDecided) -> None:
    """Decisions are told with the review; here only what comes on top: locked, unlocked."""
    if event.outcome not in {"locked", "unlocked"}:
        return
    row = Certification.objects.select_related("seller", "party").get(public_id=event.certification_id)
    services.notify_account(
        row.seller.account_id, f"seller.certification_{event.outcome}", permission="seller:cert:manage",
        at=clock.now(), dedupe=f"certification:{jobs.current().key}", party=row.party.name,
        link=f"/seller/certification/{row.party.public_id}",
    )  # fmt: skip


def on_violation(event: events.ViolationDecided) -> None:
    """The seller is told what was decided and why, the operator that it appeals."""
    row = Violation.objects.select_related("seller__account").prefetch_related("sanctions").get(
        public_id=event.violation_id
    )  # fmt: skip
    if event.news == "appealed":
        account = row.seller.account.public_id
        services.notify(
            parties.operators_with("operator:seller:sanction"), "operator.seller_appealed", at=clock.now(),
            dedupe=f"appeal:{row.public_id}", link=f"/operator/accounts/{account}#violations", seller=row.seller.name,
            conduct=str(CONDUCTS[row.conduct].label), appeal=row.appeal,
        )  # fmt: skip
        return
    key = "seller.violation" if event.news == "decided" else f"seller.violation_{event.news}"
    for number, user in enumerate(parties.users_with(row.seller.account_id, "seller:info:manage")):
        with translation.override(user.language):
            facts = {
                "conduct": str(CONDUCTS[row.conduct].label),
                "sanctions": ", ".join(str(SANCTIONS[each.kind]) for each in row.sanctions.all()),
            }
        made = services.notify(
            [user], key, at=clock.now(), dedupe=f"violation:{row.public_id}:{event.news}",
            account_pk=row.seller.account_id, link="/seller/violations",
            mailbox="" if number else row.seller.support_email,
            reason=row.reason, until=row.appeal_until, answer=row.answer, **facts,
        )  # fmt: skip
        if not number:
            recipients.forward(made, account_pk=row.seller.account_id, category="policy")
