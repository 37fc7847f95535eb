"""Batches of coupons: made by sellers and the operator, given, claimed, redeemed by code, void (S-CPN, B-CPN-003)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import jobs, locks, outbox
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound, Refused, Text
from galleria.kit.money import BadAmount, Money
from galleria.parties import checks
from galleria.parties import selectors as parties
from galleria.parties.models import Account
from galleria.pricing import events
from galleria.pricing.models import Coupon, CouponBatch
from galleria.pricing.selectors import coupons as selectors
from galleria.pricing.selectors.offers import Issuer, accounts_named
from galleria.pricing.services.couponing import new_code
from galleria.pricing.services.guessing import UNKNOWN, few_guesses
from galleria.pricing.services.lines import Wrong, percent_e2
from galleria.pricing.states import COUPON_BATCH
from galleria.publishing.models import Product, Specification
from galleria.selling import selectors as selling
from galleria.selling.services import require_seller

CLAIMS = ("public", "grant", "code")
KINDS = ("cash", "discount")
ORDER_TYPES = ("new", "renewal", "change")
MODES = ("month", "year", "one_time")
MOST = 5000
MOST_ACCOUNTS = 500
HELD = ("unused", "not_activated")


class CouponsGone(NotAllowed):
    """The last one was taken, or the account has as many as it may."""

    code = "COUPONS_GONE"
    default_message = _("These coupons are gone.")


class CouponCodeUnknown(Refused):
    """Nobody knows the code, or somebody else has redeemed it: both get the same answer."""

    code = "COUPON_CODE_UNKNOWN"
    status = 422
    default_message = _("This code is not known, or it was redeemed already. Check it for typing mistakes.")


@dataclass(frozen=True)
class BatchIn:
    """What a batch is made with. Amounts and numbers as people type them; lists of public ids or words.

    kind: cash (face) or discount (percent); claim: public, grant, code
    with_discounts: may be used beside a discount; scope: platform cash coupons may pay pay-per-use
    """

    name: str
    claim: str
    quantity: str
    valid_from: datetime | None
    expires_at: datetime | None
    kind: str = "cash"
    currency: str = ""
    face: str = ""
    percent: str = ""
    minimum: str = ""
    per_account: str = "1"
    products: Sequence[str] = ()
    specifications: Sequence[str] = ()
    order_types: Sequence[str] = ()
    modes: Sequence[str] = ()
    regions: Sequence[str] = ()
    with_discounts: bool = False
    curated_only: bool = False
    accounts: Sequence[str] = field(default=())


@few_guesses
@transaction.atomic
def make_batch(actor: Actor, *, given: BatchIn, at: datetime) -> CouponBatch:
    """Make coupons: printed codes at once, given ones for the named accounts, public ones when they are claimed.

    Raises Invalid by field, TooManyRequests after many unknown accounts, and who may not.
    """
    seller = None if actor.is_operator else require_seller(actor, selectors.MANAGE_SELLER)
    if seller is None:
        actor.require(selectors.MANAGE_OPERATOR)
    values, accounts = _checked(actor, seller, given, at)
    batch = CouponBatch.objects.create(
        issuer="seller" if seller else "operator", seller=seller, created_by_id=actor.user_pk, created_at=at, **values
    )
    if batch.valid_from > at:
        jobs.enqueue("pricing.activate_coupons", run_at=batch.valid_from)
    if batch.claim == "code":
        Coupon.objects.bulk_create([_coupon(batch, at) for _each in range(batch.quantity)], batch_size=500)
    audit.record(actor, "coupon_batch.made", batch, at=at, after={"claim": batch.claim, "quantity": batch.quantity})
    _give(batch, accounts, at)
    return selectors.batch_of(actor, batch.public_id)


def _coupon(batch: CouponBatch, at: datetime, account: Account | None = None, by: str = "issued") -> Coupon:
    return Coupon(
        code=new_code(), account=account, kind=batch.kind, name=batch.name,
        state="not_activated" if batch.valid_from > at else "unused", obtained_by=by, issuer=batch.issuer,
        seller=batch.seller, source_plan=batch.public_id, currency=batch.currency, face_minor=batch.face_minor,
        balance_minor=batch.face_minor, percent_e2=batch.percent_e2, minimum_minor=batch.minimum_minor,
        limits=batch.limits, valid_from=batch.valid_from, expires_at=batch.expires_at, batch=batch, created_at=at,
    )  # fmt: skip


# ----- getting one -----


@few_guesses
@transaction.atomic
def grant_coupons(actor: Actor, *, batch_id: str, accounts: Sequence[str], at: datetime) -> int:
    """Give coupons of a batch to more accounts, by id or e-mail. Returns how many.

    Raises Invalid for unknown names, TooManyRequests after many of them, CouponsGone,
    NotAllowed for a void batch or another way of claiming.
    """
    if not actor.is_operator:
        require_seller(actor, selectors.MANAGE_SELLER)
    batch = selectors.batch_of(actor, batch_id)
    if batch.claim != "grant":
        raise NotAllowed(_("Coupons of this kind are claimed by the buyers themselves."))
    named = _named(accounts)
    count = _give(batch, named, at)
    after = {"accounts": [each.public_id for each in named]}
    audit.record(actor, "coupon_batch.granted", batch, at=at, after=after)
    return count


def _named(texts: Sequence[str]) -> list[Account]:
    if len(texts) > MOST_ACCOUNTS:
        raise Invalid(fields={"accounts": _("At most %(most)s accounts at once.") % {"most": MOST_ACCOUNTS}})
    found, unknown = accounts_named(texts, Issuer("", "", ""))
    if unknown:
        words = _("No account is known as: %(names)s") % {"names": ", ".join(unknown[:5])}
        raise Invalid(fields={"accounts": words}, extra={UNKNOWN: len(unknown)})
    if not found:
        raise Invalid(fields={"accounts": _("Name at least one account.")})
    return found


def _give(batch: CouponBatch, accounts: Sequence[Account], at: datetime) -> int:
    _hold(batch, accounts)
    count = 0
    for account in accounts:
        coupon = _take_one(batch, account, at, "issued")
        outbox.publish(events.CouponGiven(coupon.public_id))
        count += 1
    return count


def _hold(batch: CouponBatch, accounts: Iterable[Account]) -> None:
    """What each account has of a batch, all at once and before the batch itself: no two can wait for each other."""
    locks.hold(*(f"coupons:{batch.public_id}:{account.public_id}" for account in accounts))


def _take_one(batch: CouponBatch, account: Account, at: datetime, by: str) -> Coupon:
    """The next coupon of a batch for an account that is held. Raises CouponsGone: of two accounts one gets the last."""
    _within_limit(batch, account)
    if batch.expires_at <= at:
        raise CouponsGone(_("The time of these coupons is over."))
    left = CouponBatch.objects.filter(pk=batch.pk, state="active", issued__lt=F("quantity"))
    if not left.update(issued=F("issued") + 1):
        raise CouponsGone
    coupon = _coupon(batch, at, account, by)
    coupon.save(force_insert=True)
    return coupon


def _within_limit(batch: CouponBatch, account: Account) -> None:
    if Coupon.objects.filter(batch=batch, account=account).count() >= batch.per_account:
        words = _("%(account)s has as many of these coupons as one account may have.") % {"account": account.name}
        raise CouponsGone(words)


@transaction.atomic
def claim_coupon(actor: Actor, *, batch_id: str, at: datetime) -> Coupon:
    """Take one of the public coupons (S-CPN-001). Raises NotFound, CouponsGone, PermissionMissing."""
    actor.require("billing:coupon:redeem")
    account = parties.account_of(actor)
    batch = CouponBatch.objects.select_related("seller").filter(public_id=batch_id, claim="public").first()
    if batch is None or (batch.seller is not None and batch.seller.state != "active"):
        raise NotFound
    _hold(batch, [account])
    coupon = _take_one(batch, account, at, "collected")
    audit.record(actor, "coupon.claimed", coupon, at=at)
    return coupon


@transaction.atomic
def redeem_coupon(actor: Actor, *, code: str, at: datetime) -> Coupon:
    """Make a printed code the account's coupon (S-CPN-001); entering it again answers the same coupon.

    Raises CouponCodeUnknown, CouponsGone (void, over, or as many as the account may have), PermissionMissing.
    """
    actor.require("billing:coupon:redeem")
    account = parties.account_of(actor)
    cleaned = "".join(code.split()).replace("-", "").upper()
    named = Q(code__iexact=code.strip()) | Q(code=cleaned)
    row = Coupon.objects.select_related("batch", "seller").filter(named).first()
    if row is None or row.account_id not in (None, account.pk):
        raise CouponCodeUnknown(fields={"code": CouponCodeUnknown.default_message})
    if row.account_id == account.pk:
        return row
    if row.voided_at is not None or row.state == "expired" or row.expires_at <= at:
        raise CouponsGone(_("The time of this code is over."))
    if row.batch is not None:
        _hold(row.batch, [account])
        _within_limit(row.batch, account)
    free = Coupon.objects.filter(pk=row.pk, account__isnull=True, voided_at__isnull=True)
    if not free.update(account=account, obtained_by="redeemed"):
        raise CouponCodeUnknown
    if row.batch is not None:
        CouponBatch.objects.filter(pk=row.batch.pk).update(issued=F("issued") + 1)
    row.account, row.obtained_by = account, "redeemed"
    audit.record(actor, "coupon.redeemed", row, at=at)
    return row


# ----- stopping them -----


@transaction.atomic
def void_batch(actor: Actor, *, batch_id: str, reason: str = "", at: datetime) -> CouponBatch:
    """Stop every coupon that is not used; paid orders keep theirs, unpaid ones may still be paid (S-CPN-T2)."""
    if not actor.is_operator:
        require_seller(actor, selectors.MANAGE_SELLER)
    batch = selectors.batch_of(actor, batch_id)
    words = checks.text("reason", reason, 500)
    _void(actor, batch, words, at)
    return selectors.batch_of(actor, batch_id)


def _void(actor: Actor, batch: CouponBatch, reason: str, at: datetime) -> None:
    COUPON_BATCH.apply(batch, "void", voided_at=at, reason=reason)
    _stop(Coupon.objects.filter(batch=batch), at)
    owner = batch.seller.account.public_id if batch.seller is not None else None
    audit.record(actor, "coupon_batch.void", batch, at=at, reason=reason, account_id=owner)


def _stop(rows: Any, at: datetime) -> int:
    """What is held by an unpaid order is marked, and stopped when that order lets go of it."""
    rows = rows.filter(state__in=HELD, voided_at__isnull=True)
    held = rows.exclude(locked_by="").update(voided_at=at)
    return int(held) + int(rows.filter(locked_by="").update(voided_at=at, state="expired"))


def end_coupons_of(product: Product, *, at: datetime) -> int:
    """A product is no longer sold: coupons for it alone are stopped (S-CPN-002). Returns how many."""
    gone = set(Product.objects.filter(seller=product.seller_id, state="removed").values_list("public_id", flat=True))
    gone.add(product.public_id)
    mine = Q(seller=product.seller_id) | Q(seller__isnull=True)
    for batch in CouponBatch.objects.select_related("seller__account").filter(mine, state="active"):
        if _is_only_for(batch.limits, gone):
            _void(SYSTEM, batch, "", at)
    rows = Coupon.objects.filter(mine, state__in=HELD).exclude(limits={})
    ended = [row.pk for row in rows.only("pk", "limits").iterator() if _is_only_for(row.limits, gone)]
    return _stop(Coupon.objects.filter(pk__in=ended), at)


def _is_only_for(limits: dict[str, Any], products: set[str]) -> bool:
    only = set(limits.get("products", {}).get("only", ()))
    return bool(only) and only <= products


# ----- checking -----


def _checked(actor: Actor, seller: Any, given: BatchIn, at: datetime) -> tuple[dict[str, Any], list[Account]]:
    wrong: dict[str, Text] = {}
    values: dict[str, Any] = {"kind": given.kind, "claim": given.claim}
    try:
        values["name"] = checks.text("name", given.name, 120, required=True)
    except Invalid as refusal:
        wrong |= refusal.fields
    if given.claim not in CLAIMS:
        wrong["claim"] = _("Choose how buyers get them.")
    values |= _numbers(given, wrong)
    values |= _amounts(given, wrong)
    values |= _times(given, at, wrong)
    values["limits"] = _limits(actor, seller, given, wrong)
    accounts: list[Account] = []
    extra: dict[str, Any] = {}
    if given.claim == "grant":
        try:
            accounts = _named(given.accounts) if [each for each in given.accounts if each.strip()] else []
        except Invalid as refusal:
            wrong |= refusal.fields
            extra = refusal.extra
    if wrong:
        raise Invalid(fields=wrong, extra=extra)
    return values, accounts


def _numbers(given: BatchIn, wrong: dict[str, Text]) -> dict[str, int]:
    found = {}
    for name, text, most in (("quantity", given.quantity, MOST), ("per_account", given.per_account, 100)):
        cleaned = text.strip()
        if cleaned.isascii() and cleaned.isdigit() and len(cleaned) < 8 and 1 <= int(cleaned) <= most:
            found[name] = int(cleaned)
        else:
            wrong[name] = _("Give a whole number from 1 to %(most)s.") % {"most": most}
    return found


def _amounts(given: BatchIn, wrong: dict[str, Text]) -> dict[str, Any]:
    from django.conf import settings

    found: dict[str, Any] = {"currency": given.currency or settings.GALLERIA.currency}
    if given.kind not in KINDS:
        wrong["kind"] = _("Choose an amount or a percentage.")
        return found
    wanted = [("minimum", given.minimum)] + ([("face", given.face)] if given.kind == "cash" else [])
    for name, text in wanted:
        if name == "minimum" and not text.strip():
            found["minimum_minor"] = 0
            continue
        try:
            amount = Money.parse(text.strip().replace(",", ""), found["currency"])
        except BadAmount:
            wrong[name] = _("Give the amount as 500.00.")
            continue
        if amount.minor <= 0 or amount.minor > 10**12:
            wrong[name] = _("Give an amount above nothing.")
        found[f"{name}_minor"] = amount.minor
    if given.kind == "discount":
        try:
            found["percent_e2"] = percent_e2("percent", given.percent)
        except Wrong as problem:
            wrong["percent"] = problem.text
    return found


def _times(given: BatchIn, at: datetime, wrong: dict[str, Text]) -> dict[str, Any]:
    begin = given.valid_from or at
    if begin < at:
        wrong["valid_from"] = _("The start must lie in the future. Leave it empty to begin at once.")
    if given.expires_at is None:
        wrong["expires_at"] = _("Say until when the coupons hold.")
    elif given.expires_at <= begin:
        wrong["expires_at"] = _("The end must lie after the start.")
    return {"valid_from": begin, "expires_at": given.expires_at}


def _limits(actor: Actor, seller: Any, given: BatchIn, wrong: dict[str, Text]) -> dict[str, Any]:
    found: dict[str, Any] = {"with_discounts": given.with_discounts}
    if seller is None and given.curated_only:
        found["curated_only"] = True
    products = list(dict.fromkeys(given.products))
    scope = selling.product_scope(actor) if seller is not None else None
    if products:
        known = Product.objects.filter(public_id__in=products).exclude(state="removed")
        known = known.filter(seller=seller) if seller is not None else known
        names = set(known.values_list("public_id", flat=True))
        if set(products) - (names if scope is None else names & scope):
            wrong["products"] = _("Choose products that are sold.")
        found["products"] = {"only": products}
    elif scope is not None:
        wrong["products"] = _("Choose among the products that you look after.")
    if given.specifications:
        known_ones = Specification.objects.filter(public_id__in=given.specifications)
        known_ones = known_ones.filter(product__public_id__in=products) if products else known_ones
        known_ones = known_ones.filter(product__seller=seller) if seller is not None else known_ones
        if known_ones.count() != len(set(given.specifications)):
            wrong["specifications"] = _("Choose specifications of these products.")
        found["specifications"] = {"only": list(dict.fromkeys(given.specifications))}
    for name, chosen, allowed in (("order_types", given.order_types, ORDER_TYPES), ("modes", given.modes, MODES)):
        if set(chosen) - set(allowed):
            wrong[name] = _("Choose one of the values.")
        elif chosen:
            found[name] = [each for each in allowed if each in chosen]
    if given.regions:
        found["regions"] = [each.strip()[:40] for each in given.regions if each.strip()][:50]
    return found
