"""Offers: written, submitted within the authorised range or to the operator, used by orders, ended (S-OFR)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import files, outbox, parameters
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import Invalid, NotAllowed, Refused
from galleria.kit.spoken import stored
from galleria.parties import checks
from galleria.parties.models import Account
from galleria.pricing import events
from galleria.pricing.models import Discount, DiscountAccount, Offer, OfferAccount, OfferUse
from galleria.pricing.selectors import offers as selectors
from galleria.pricing.services.guessing import UNKNOWN, few_guesses
from galleria.pricing.services.lines import LineIn, made_lines
from galleria.pricing.states import OFFER
from galleria.publishing.models import Product, Specification
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from galleria.selling.services import require_seller

MOST_ACCOUNTS = 100
MOST_LINES = 20
ORDER_TYPES = ("new", "renewal")
ATTACHMENT = ("pdf", "jpg", "png")
MOST_ATTACHMENT = 10 * files.MB


class BeyondAuthorised(Refused):
    """The offer takes off more than the seller may without approval, and that was not confirmed (S-OFR-T2)."""

    code = "OFFER_BEYOND_AUTHORISED"
    status = 422
    default_message = _(
        "This takes off more than you may grant without approval. Confirm that it is a special business request; "
        "then the operator decides on it."
    )


class OfferUsed(Refused):
    """A single offer was used by another order of the account in this very moment, or it ended."""

    code = "OFFER_NOT_AVAILABLE"
    status = 409
    default_message = _("This offer has ended or was used by another order. Check the price again.")


@dataclass(frozen=True)
class OfferIn:
    """What an offer is written with. Texts as people type them; instants aware.

    accounts: public ids or e-mail addresses, each must be known
    starts_at: None: as soon as it takes effect
    """

    name: str
    accounts: Sequence[str]
    lines: Sequence[LineIn]
    ends_at: datetime | None
    starts_at: datetime | None = None
    order_types: Sequence[str] = ("new",)
    is_single: bool = False
    remarks: str = ""
    attachment: Any = field(default=None, compare=False)


@few_guesses
@transaction.atomic
def write_offer(actor: Actor, *, kind: str = "exclusive", given: OfferIn, offer_id: str = "", at: datetime) -> Offer:
    """Write a draft, or write it anew (S-OFR-001). What was submitted is only looked at.

    Raises Invalid (fields name, accounts, starts_at, ends_at, order_types, lines.0.price, …), FileRefused, NotAllowed
    for what is no draft, NotFound, TooManyRequests after many unknown accounts, and who may not.
    """
    issuer = _issuer(actor, kind)
    row = selectors.offer_of(actor, offer_id, kind) if offer_id else None
    if row is not None and row.state != "draft":
        raise NotAllowed(_("An offer that was submitted can only be viewed."))
    values, accounts, lines = _checked(actor, issuer, given, at)
    if given.attachment:
        values["attachment"] = files.store(
            actor, given.attachment, purpose="offer", types=ATTACHMENT, most_bytes=MOST_ATTACHMENT, at=at,
            field="attachment",
        ).public_id  # fmt: skip
    row = _stored(actor, issuer, row, values, at)
    row.accounts.all().delete()
    OfferAccount.objects.bulk_create([OfferAccount(offer=row, account=each) for each in accounts])
    row.lines.all().delete()
    for line in lines:
        line.offer, line.kind, line.name, line.seller = row, kind, row.name, row.seller
        line.order_types, line.state = row.order_types, "pending"
        line.starts_at, line.ends_at = row.starts_at or at, row.ends_at
    Discount.objects.bulk_create(lines)
    audit.record(actor, "offer.written", row, at=at, after={"accounts": [each.public_id for each in accounts]})
    return selectors.offer_of(actor, row.public_id, kind)


def _issuer(actor: Actor, kind: str) -> selectors.Issuer:
    """Who may write: a seller that is active, a reseller, the operator."""
    if kind == "exclusive":
        require_seller(actor, selectors.SELLER)
    return selectors.issuer_of(actor, kind)


def _stored(
    actor: Actor, issuer: selectors.Issuer, row: Offer | None, values: Mapping[str, Any], at: datetime
) -> Offer:
    taken = Offer.objects.filter(issuer=issuer.key, name=values["name"]).exclude(pk=row.pk if row else 0)
    wrong = Invalid(fields={"name": _("You have an offer of this name already. Give it another one.")})
    if taken.exists():
        raise wrong
    if row is None:
        row = Offer(
            kind=issuer.kind, issuer=issuer.key, seller=issuer.seller, reseller=issuer.reseller,
            created_by_id=actor.user_pk, created_at=at,
        )  # fmt: skip
    for name, value in values.items():
        setattr(row, name, value)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise wrong from None
    return row


def _checked(
    actor: Actor, issuer: selectors.Issuer, given: OfferIn, at: datetime
) -> tuple[dict[str, Any], list[Account], list[Discount]]:
    """The columns, the accounts and the lines; raises one Invalid with all that is wrong."""
    wrong: dict[str, Any] = {}
    values: dict[str, Any] = {
        "starts_at": given.starts_at, "ends_at": given.ends_at, "is_single": given.is_single,
        "order_types": [each for each in ORDER_TYPES if each in given.order_types],
    }  # fmt: skip
    try:
        values |= checks.together(
            ("name", lambda: checks.text("name", given.name, 120, required=True)),
            ("remarks", lambda: checks.text("remarks", given.remarks, 1000, lines=True)),
        )
    except Invalid as refusal:
        wrong |= refusal.fields
    wrong |= _wrong_times(given.starts_at, given.ends_at, at)
    if not values["order_types"] or set(given.order_types) - set(ORDER_TYPES):
        wrong["order_types"] = _("Choose new purchases, renewals, or both.")
    accounts, unknown = selectors.accounts_named(given.accounts[: MOST_ACCOUNTS + 1], issuer)
    if unknown:
        wrong["accounts"] = _("No account is known as: %(names)s") % {"names": ", ".join(unknown[:5])}
    elif not accounts:
        wrong["accounts"] = _("Name at least one account.")
    elif len(given.accounts) > MOST_ACCOUNTS:
        wrong["accounts"] = _("At most %(most)s accounts an offer.") % {"most": MOST_ACCOUNTS}
    lines: list[Discount] = []
    if not 1 <= len(given.lines) <= MOST_LINES:
        wrong["lines"] = _("An offer has 1 to %(most)s lines.") % {"most": MOST_LINES}
    else:
        lines, problems = made_lines(actor, issuer, given.lines)
        wrong |= problems
    if wrong:
        raise Invalid(fields=wrong, extra={UNKNOWN: len(unknown)} if unknown else None)
    return values, accounts, lines


def _wrong_times(starts_at: datetime | None, ends_at: datetime | None, at: datetime) -> dict[str, Any]:
    """The start lies ahead, the end after it (S-OFR-T3)."""
    wrong: dict[str, Any] = {}
    if starts_at is not None and starts_at <= at:
        wrong["starts_at"] = _("The start must lie in the future. Leave it empty to begin at once.")
    if ends_at is None:
        wrong["ends_at"] = _("Say until when the offer holds.")
    elif ends_at <= (starts_at or at):
        wrong["ends_at"] = _("The end must lie after the start.")
    return wrong


@transaction.atomic
def delete_draft(actor: Actor, *, kind: str = "exclusive", offer_id: str, at: datetime) -> None:
    """Throw a draft away. Raises NotAllowed for anything else, NotFound."""
    _issuer(actor, kind)
    row = selectors.offer_of(actor, offer_id, kind)
    if row.state != "draft":
        raise NotAllowed(_("An offer that was submitted can only be viewed."))
    audit.record(actor, "offer.draft_deleted", row, at=at)
    row.delete()


@transaction.atomic
def submit_offer(
    actor: Actor, *, kind: str = "exclusive", offer_id: str, confirmed: bool = False, at: datetime
) -> Offer:
    """Put a draft into force, or before the operator when a seller goes beyond the authorised range (S-OFR-T2).

    Nobody decides on what a reseller takes off: it stays within the range (B-OFR-002). Raises BeyondAuthorised until
    `confirmed`, Invalid when its times have passed or a reseller goes beyond, NotAllowed when it was submitted.
    """
    issuer = _issuer(actor, kind)
    row = selectors.offer_of(actor, offer_id, kind)
    if row.state != "draft":
        raise NotAllowed(OFFER.moves["submit"].refusal)
    if wrong := _wrong_times(row.starts_at, row.ends_at, at):
        raise Invalid(fields=wrong)
    lines = list(row.lines.all())
    beyond = kind != "commercial" and any(selectors.is_beyond(line) for line in lines)
    if not beyond:
        _take_effect(actor, row, "take_effect", at)
        return row
    if kind == "partner":
        raise Invalid(fields={"lines": _("Take off at most %(n)s %%.") % {"n": _allowed(lines)}})
    if not confirmed:
        raise BeyondAuthorised(extra={"authorised_percent": _allowed(lines)})
    OFFER.apply(row, "submit", is_beyond=True)
    reviewing.submit(
        actor, kind=selectors.KIND, subject=row.public_id, title=row.name, seller_name=issuer.name, at=at,
        risks=[stored(_("beyond the authorised range"))],
    )  # fmt: skip
    return row


def _allowed(lines: Iterable[Discount]) -> int:
    return min(selectors.authorised_e2(line.product) for line in lines) // 100


def _take_effect(actor: Actor, row: Offer, verb: str, at: datetime) -> None:
    """From now, or from its start on, its lines are discounts of the named accounts."""
    starts_at = row.starts_at if row.starts_at is not None and row.starts_at > at else at
    OFFER.apply(row, verb, starts_at=starts_at, decided_at=at)
    if not row.lines.filter(state="pending").update(state="active", starts_at=starts_at):
        raise NotAllowed(_("Nothing that this offer is for is sold any more."))
    named = list(row.accounts.values_list("account_id", flat=True))
    DiscountAccount.objects.bulk_create(
        [DiscountAccount(discount=line, account_id=pk) for line in row.lines.all() for pk in named]
    )
    audit.record(actor, "offer.effective", row, at=at, account_id=_account_of(row))
    outbox.publish(events.OfferEffective(row.public_id))


def _account_of(row: Offer) -> str | None:
    """In whose log deeds about the offer appear; None: the actor's."""
    owner = row.seller or row.reseller
    return owner.account.public_id if owner is not None else None


@transaction.atomic
def withdraw_offer(actor: Actor, *, offer_id: str, at: datetime) -> Offer:
    """Take an offer back while the operator decides on it; at no other time (S-OFR-T5). Raises NotAllowed, NotFound."""
    _issuer(actor, "exclusive")
    row = selectors.offer_of(actor, offer_id)
    if row.state != "in_approval":
        raise NotAllowed(OFFER.moves["withdraw"].refusal)
    reviewing.withdraw(actor, kind=selectors.KIND, subject=row.public_id, at=at)
    row.refresh_from_db()
    return row


@transaction.atomic
def invalidate_offer(actor: Actor, *, kind: str = "exclusive", offer_id: str, reason: str = "", at: datetime) -> Offer:
    """End an effective offer; orders that were placed with it keep their price (S-OFR-002). Raises NotAllowed."""
    _issuer(actor, kind)
    row = selectors.offer_of(actor, offer_id, kind)
    words = checks.text("reason", reason, 500)
    OFFER.apply(row, "invalidate", reason=words, decided_at=at)
    _end_lines(row, at)
    audit.record(actor, "offer.invalidated", row, at=at, reason=words)
    outbox.publish(events.OfferInvalidated(row.public_id))
    return row


def _end_lines(row: Offer, at: datetime) -> None:
    row.lines.filter(state="active").update(state="withdrawn", ends_at=at)


def moves_of(row: Offer) -> list[str]:
    """What its issuer can do with an offer now: submit and delete a draft, withdraw, invalidate."""
    if row.state == "draft":
        return ["submit", "delete"]
    return [verb for verb in OFFER.allowed(row) if verb in ("withdraw", "invalidate")]


# ----- decided by the operator (kind of submission "offer") -----


def approved(actor: Actor, submission: Submission, at: datetime) -> None:
    """The operator agreed. Raises NotAllowed when the offer's end has passed meanwhile."""
    row = selectors.offer_for_review(submission.subject)
    if row.ends_at <= at:
        raise NotAllowed(_("The offer would have ended by now. Return it; the seller can make a new one."))
    _take_effect(actor, row, "approve", at)


def given_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """The operator refused, for the reasons of the submission."""
    row = selectors.offer_for_review(submission.subject)
    OFFER.apply(row, "reject", decided_at=at, reason=submission.note[:500])
    audit.record(actor, "offer.rejected", row, at=at, reason=submission.note, account_id=_account_of(row))


def taken_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """The seller withdrew it."""
    row = selectors.offer_for_review(submission.subject)
    OFFER.apply(row, "withdraw", decided_at=at)


@transaction.atomic
def authorise(actor: Actor, *, product: str, percent: str, reason: str, at: datetime) -> Product:
    """Set what the seller of one product may take off without approval (S-OFR-004); `product`: id or slug.

    Raises Invalid, PermissionMissing.
    """
    actor.require(selectors.OPERATOR)
    row = Product.objects.select_related("seller__account").filter(Q(public_id=product) | Q(slug=product)).first()
    cleaned = percent.strip().removesuffix("%").strip()
    wrong: dict[str, Any] = {}
    if row is None or row.state == "removed":
        wrong["product"] = _("No such product is sold.")
    if not (cleaned.isascii() and cleaned.isdigit() and len(cleaned) < 4 and int(cleaned) <= 100):
        wrong["percent"] = _("Give a whole number from 0 to 100.")
    if len(reason.strip()) < 3:
        wrong["reason"] = _("Say why; the record keeps it.")
    if wrong or row is None:
        raise Invalid(fields=wrong)
    before = selectors.authorised_e2(row) // 100
    parameters.change(
        actor, selectors.AUTHORISED, int(cleaned), at=at, reason=reason.strip()[:500], scope=row.public_id
    )
    audit.record(
        actor, "offer.range_set", row, at=at, before={"percent": before}, after={"percent": int(cleaned)},
        reason=reason.strip()[:500], account_id=row.seller.account.public_id,
    )  # fmt: skip
    return row


# ----- orders -----


def use_offers(*, order_id: str, account_pk: int, discounts: Iterable[Mapping[str, Any]], at: datetime) -> None:
    """An order was placed with these discounts (as order lines keep them): note the offers, use up single ones.

    Call it in the transaction that places the order. Raises OfferUsed when an offer ended or was used meanwhile.
    """
    for offer_id in sorted({str(each["offer_id"]) for each in discounts if each.get("offer_id")}):
        offer = Offer.objects.select_for_update().filter(public_id=offer_id).first()
        if offer is None or offer.state != "effective" or offer.ends_at <= at:
            raise OfferUsed
        if offer.is_single:
            mine = OfferAccount.objects.filter(offer=offer, account_id=account_pk, used_by="")
            if not mine.update(used_by=order_id):
                raise OfferUsed
            _open(offer, account_pk, False)
            if not OfferAccount.objects.filter(offer=offer, used_by="").exists():
                OFFER.apply(offer, "use_up")
        OfferUse.objects.create(offer=offer, account_id=account_pk, order_id=order_id, at=at)


def free_offers(order_id: str, *, at: datetime) -> None:
    """An order was canceled before it was paid: its single offers can be used again."""
    for use in OfferUse.objects.select_related("offer").filter(order_id=order_id, freed_at__isnull=True):
        OfferUse.objects.filter(pk=use.pk).update(freed_at=at)
        offer = Offer.objects.select_for_update().get(pk=use.offer_id)
        if OfferAccount.objects.filter(offer=offer, used_by=order_id).update(used_by=""):
            _open(offer, use.account_id, True)
            if offer.state == "used":
                OFFER.apply(offer, "free")


def _open(offer: Offer, account_pk: int, is_open: bool) -> None:
    rows = DiscountAccount.objects.filter(discount__offer=offer, account_id=account_pk)
    rows.update(is_open=is_open)


# ----- the clock and the catalogue -----


def expire_offers(at: datetime) -> int:
    """Mark the offers whose validity is over; returns how many. Prices end by themselves at that instant."""
    return OFFER.apply_all(Offer.objects.filter(ends_at__lte=at), "expire")


def end_offers_of(product: Product, specification: Specification | None, *, at: datetime) -> int:
    """Invalidate the offers that have nothing left to offer: their product or specification is no longer sold.

    Lines of what is removed end at once; an offer with other lines goes on. Returns how many offers ended.
    """
    lines = Discount.objects.filter(product=product, state__in=("active", "pending"))
    if specification is not None:
        lines = lines.filter(specification=specification)
    touched = set(lines.filter(offer__isnull=False).values_list("offer_id", flat=True))
    lines.exclude(accounts__isnull=True, offer__isnull=True).update(state="withdrawn", ends_at=at)
    ended = 0
    for offer in Offer.objects.filter(public_id__in=touched, state="effective"):
        if not offer.lines.filter(state="active").exists():
            OFFER.apply(offer, "invalidate", reason="", decided_at=at)
            audit.record(SYSTEM, "offer.invalidated", offer, at=at, account_id=_account_of(offer))
            outbox.publish(events.OfferInvalidated(offer.public_id))
            ended += 1
    return ended
