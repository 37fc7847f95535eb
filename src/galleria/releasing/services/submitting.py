"""From a draft to a decision: submitting, withdrawing, and what an approval or a rejection does (S-APP-001)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.connecting import services as connecting
from galleria.kit import jobs, outbox, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed
from galleria.kit.spoken import stored
from galleria.publishing import documents
from galleria.publishing.models import Product
from galleria.releasing import events, facts, rules, selectors, shelving, wording
from galleria.releasing.models import Release, ReleasedDocument, Revision
from galleria.releasing.rules import difference
from galleria.releasing.rules.found import part, word
from galleria.releasing.services import upgrades
from galleria.releasing.services.drafts import WRITE
from galleria.releasing.states import EDITABLE, RELEASE
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from galleria.selling import services as sellers


class ReleaseRefused(Invalid):
    """The release has errors; `fields` has the sentence of each path, `findings` all of them."""

    code = "RELEASE_REFUSED"
    default_message = _("This cannot be submitted yet. Correct what is marked.")

    def __init__(self, findings: Sequence[wording.Finding]) -> None:
        self.findings = list(findings)
        errors = [each for each in findings if each.is_blocking]
        super().__init__(
            fields={each.path or "release": each.message for each in reversed(errors)},
            extra={"findings": [[each.path, each.level, each.code, each.message] for each in self.findings]},
        )


class AlreadyPending(NotAllowed):
    """Of one product one application waits at a time; it is named (S-PRD-T2)."""

    code = "ALREADY_PENDING"
    default_message = _("Another release of this product waits for a decision. Withdraw it first.")


class CasesFailed(NotAllowed):
    """The interface did not pass its own saved cases when they were repeated (S-SAS-003)."""

    code = "CASES_FAILED"
    status = 422


@dataclass(frozen=True, slots=True)
class Result:
    """One automatic check of a submission: what it was, ok / warning / failed, and in words."""

    name: str
    state: str
    text: str

    def to_plain(self) -> dict[str, str]:
        return {"name": self.name, "state": self.state, "text": self.text}


def submit_release(actor: Actor, *, release_id: str, at: datetime) -> Release:
    """Put a release before the reviewers; what a rule approves goes on the shelf at once.

    Call it outside a transaction: the saved cases of the interface are repeated before. Raises ReleaseRefused with
    every finding, CasesFailed, AlreadyPending, NotAllowed when it waits or was decided, NotFound, PermissionMissing.
    """
    sellers.require_seller(actor, WRITE)
    release = selectors.release_of(actor, release_id)
    if release.state not in EDITABLE:
        raise NotAllowed(RELEASE.moves["submit"].refusal)
    _none_pending(release)
    context = facts.context_of(release, at=at)
    wrongs = rules.findings(release.document, context)
    if rules.blocking(wrongs):
        raise ReleaseRefused([wording.worded(wrong) for wrong in wrongs])
    results = [*_results(wrongs), *_replayed(release, at)]
    with transaction.atomic():
        return _submit(actor, release, dict(context.live or {}), results, wrongs, at)


def _none_pending(release: Release) -> None:
    if release.product_id is None:
        return
    other = Release.objects.filter(product_id=release.product_id, state="pending").exclude(pk=release.pk).first()
    if other is not None:
        raise AlreadyPending(
            _("The release %(release)s of this product waits for a decision. Withdraw it first.")
            % {"release": other.public_id},
            extra={"release": other.public_id},
        )


def _replayed(release: Release, at: datetime) -> list[Result]:
    """The saved cases of a SaaS product once more. Raises CasesFailed."""
    address = word(part(release.document, "interface").get("address"))
    if release.document.get("delivery") != "saas" or not address:
        return []
    found = connecting.replay_cases(address, at, purpose="release")
    failed = [each for each in found if not each.passed]
    if failed:
        words = ", ".join(f"{each.activity} ({each.problem})" for each in failed)
        raise CasesFailed(
            _("Your interface failed cases that it passed before: %(cases)s. Repeat them under Application access.")
            % {"cases": words},
            extra={"activities": [each.activity for each in failed]},
        )
    return [Result(stored(_("Interface")), "ok", stored(_("The saved cases were repeated, all passed")))]


def _results(wrongs: Sequence[rules.Wrong]) -> list[Result]:
    with translation.override("en"):  # as sentences are kept; each reviewer reads them in the own language
        doubts = [wording.worded(wrong) for wrong in wrongs if wrong.level != "error"]
    found = [Result(stored(_("Listing material")), "ok", stored(_("Every rule of the listing material is kept")))]
    return found + [Result(_field(each.path), "warning", each.message) for each in doubts]


def _field(path: str) -> str:
    """The name of a field as reviewers read it: that of the dossier, or the path."""
    from galleria.releasing.dossiers import SECTIONS

    first = path.partition(".")[0]
    known = {name: label for _key, _label, fields in SECTIONS for name, label, _look in fields}
    return stored(known[first]) if first in known else path


def _submit(
    actor: Actor,
    release: Release,
    live: dict[str, Any],
    results: list[Result],
    wrongs: Sequence[rules.Wrong],
    at: datetime,
) -> Release:
    seen = release.version
    try:
        with transaction.atomic():
            RELEASE.apply(release, "submit", submitted_at=at)
    except IntegrityError:
        raise AlreadyPending from None
    if Release.objects.filter(pk=release.pk).values_list("version", flat=True).get() != seen:
        raise NotAllowed(_("Somebody else saved this draft meanwhile. Look at it again and submit it then."))
    changed = difference.changed_fields(live, release.document) if live else []
    is_first = not Product.objects.filter(seller=release.seller).exclude(state__in=("draft", "pending")).exists()
    number = release.revisions.count() + 1
    revision = Revision.objects.create(
        release=release, round=number, document=release.document, results=[each.to_plain() for each in results],
        submission="", submitted_by_id=actor.user_pk, submitted_at=at,
    )  # fmt: skip
    audit.record(actor, "release.submitted", release, at=at, after={"round": number})
    submission = reviewing.submit(
        actor,
        kind=selectors.KIND,
        subject=release.public_id,
        title=release.title or release.public_id,
        seller_name=release.seller.name,
        risks=_risks(release, live, changed, is_first=is_first),
        results=[each.to_plain() for each in results],
        rule=_rule(release, changed, wrongs),
        second_eye=is_first and bool(parameters.get("release.second_eye_first", at=at)),
        at=at,
    )
    Revision.objects.filter(pk=revision.pk).update(submission=submission.public_id)
    release.refresh_from_db()
    return release


def _risks(release: Release, live: dict[str, Any], changed: Sequence[str], *, is_first: bool) -> list[str]:
    """What a reviewer should see first, in words."""
    found = []
    if is_first:
        found.append(stored(_("first product of this seller")))
    if any(name.startswith("specifications") for name in changed) and difference.dearer(live, release.document):
        found.append(stored(_("prices rise")))
    if {"agreement", "licence"} & set(changed):
        found.append(stored(_("new agreement")))
    if "name" in changed:
        found.append(stored(_("new name")))
    if "interface" in changed:
        found.append(stored(_("new interface address")))
    return found


def _rule(release: Release, changed: Sequence[str], wrongs: Sequence[rules.Wrong]) -> str:
    """The rule by which nobody needs to look: harmless texts changed, without a doubt, when the operator allows it."""
    is_harmless = bool(changed) and set(changed) <= difference.TEXTS and not wrongs
    allowed = bool(parameters.get("release.auto_approve_texts"))
    return "texts" if release.product_id and is_harmless and allowed else ""


@transaction.atomic
def withdraw_release(actor: Actor, *, release_id: str, at: datetime) -> Release:
    """Take a release back from review; it is a draft again, whatever its delivery method (D10)."""
    sellers.require_seller(actor, WRITE)
    release = selectors.release_of(actor, release_id)
    reviewing.withdraw(actor, kind=selectors.KIND, subject=release.public_id, at=at)
    release.refresh_from_db()
    return release


# ----- what a decision does: called by the review -----


def approved(actor: Actor, submission: Submission, at: datetime) -> None:
    """The product is created or changed, and found by search, in this transaction (S-APP-T1).

    Orders that were placed keep their amounts (S-PRD-T4); the document is kept for ever as it was released.
    """
    release = selectors.release_for_review(submission.subject)
    live_row = facts.live_product(release.product_id)
    live = documents.document_of(live_row) if live_row else None
    document = shelving.merged(release.document, release.base, live) if live is not None else dict(release.document)
    wrongs = rules.blocking(rules.findings(document, facts.context_of(release, at=at)))
    if wrongs:  # something changed since it was submitted: a file, an asset, a certification
        raise ReleaseRefused([wording.worded(wrong) for wrong in wrongs])
    RELEASE.apply(release, "approve", decided_at=at)
    product, problems = shelving.put_on_shelf(release, document, at=at)
    if problems:
        raise NotAllowed(problems[0])
    number = product.document_version + 1
    Product.objects.filter(pk=product.pk).update(document_version=number)
    Release.objects.filter(pk=release.pk).update(product=product)
    ReleasedDocument.objects.create(
        product=product, number=number, document=documents.document_of(facts.live_product(product.pk) or product),
        release=release, released_at=at,
    )  # fmt: skip
    upgrades.revalidate(product, at=at)
    audit.record(
        actor, "release.approved", release, at=at, after={"product": product.public_id, "version": number},
        account_id=release.seller.account.public_id,
    )  # fmt: skip
    outbox.publish(events.ReleaseApproved(release.public_id, product.public_id, live is None))
    if word(part(document, "interface").get("address")):
        jobs.enqueue("releasing.repeat_cases", address_id=word(part(document, "interface").get("address")))


def given_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """Rejected with reasons; the seller goes on from this very document (S-APP-T3)."""
    release = selectors.release_for_review(submission.subject)
    RELEASE.apply(release, "reject", decided_at=at)
    account_id = release.seller.account.public_id
    audit.record(actor, "release.rejected", release, at=at, reason=submission.note, account_id=account_id)


def taken_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """The seller withdrew it."""
    release = selectors.release_for_review(submission.subject)
    RELEASE.apply(release, "withdraw")
    audit.record(actor, "release.withdrawn", release, at=at)


def repeat_cases(address_id: str, at: datetime) -> None:
    """After an approval the cases are repeated once more; the seller sees the outcome under Application access."""
    connecting.replay_cases(address_id, at, purpose="release")


__all__ = ["AlreadyPending", "CasesFailed", "ReleaseRefused", "submit_release", "withdraw_release"]
