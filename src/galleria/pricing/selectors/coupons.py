"""Coupons of an account, and batches of them: what is there, what fits, what can be claimed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from galleria.kit import parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.kit.money import Money
from galleria.pricing.models import Coupon, CouponBatch, CouponUse
from galleria.pricing.rules import coupons as coupon_rules
from galleria.pricing.rules import quote as quote_rules
from galleria.selling import selectors as selling

TABS = ("unused", "used", "expired")
MANAGE_SELLER, MANAGE_OPERATOR = "seller:coupon:manage", "operator:price:manage"


def coupon_rule(row: Coupon) -> coupon_rules.Coupon:
    """A stored coupon as the rules see it."""
    minimum = Money(row.minimum_minor, row.currency) if row.minimum_minor else None
    return coupon_rules.Coupon(
        id=row.public_id,
        code=row.code,
        kind=row.kind,  # type: ignore[arg-type]
        state=row.state,  # type: ignore[arg-type]
        face_value=Money(row.face_minor, row.currency),
        balance=Money(row.balance_minor, row.currency),
        valid_from=row.valid_from,
        expires_at=row.expires_at,
        limits=coupon_rules.Limits.from_json(
            row.limits, minimum, with_offers=bool(parameters.get("offer.with_seller_coupons"))
        ),
        off_e4=row.percent_e2,
        seller_id=row.seller.public_id if row.seller else "",
        locked_by=row.locked_by,
        is_frozen=row.is_frozen,
    )


def coupons_of(actor: Actor, tab: str = "") -> QuerySet[Coupon]:
    """The account's coupons; `tab`: all, unused, used, expired (B-CPN-003). Soonest expiry first."""
    rows = Coupon.objects.select_related("seller").filter(account_id=actor.account_pk or 0)
    if tab in TABS:
        rows = rows.filter(state=tab)
    return rows.order_by(F("expires_at").asc(), "id")


def fitting_coupons(actor: Actor, priced: quote_rules.Quote, *, at: datetime, order_id: str = "") -> list[Coupon]:
    """The coupons that satisfy all their limits for this order (B-CPN-001); the best one first."""
    facts = quote_rules.order_facts(priced, order_id=order_id)
    fitting = [
        (row, rule)
        for row in coupons_of(actor).filter(state="unused", expires_at__gt=at)
        if not coupon_rules.why_not(rule := coupon_rule(row), facts, at)
    ]
    best = coupon_rules.best_coupon([rule for _row, rule in fitting], facts, at)
    fitting.sort(key=lambda pair: best is None or pair[1].id != best.id)
    return [row for row, _rule in fitting]


def coupon_by_code(actor: Actor, code: str) -> Coupon | None:
    """The account's coupon with this code, or None; without regard to case."""
    return coupons_of(actor).filter(code__iexact=code.strip()).first()


def coupon_of(actor: Actor, coupon_id: str) -> Coupon:
    """One coupon of the account with its uses, the latest first. Raises NotFound."""
    uses = Prefetch("uses", CouponUse.objects.order_by("-at", "-id"))
    row = coupons_of(actor).select_related("seller", "batch").prefetch_related(uses).filter(public_id=coupon_id).first()
    if row is None:
        raise NotFound
    return row


def claimable(actor: Actor, at: datetime) -> list[CouponBatch]:
    """Public coupons that the account may still claim, those that end first in front (S-CPN-001)."""
    own = Coupon.objects.filter(account_id=actor.account_pk or 0, batch=OuterRef("pk")).order_by()
    held = Coalesce(Subquery(own.values("batch").annotate(number=Count("pk")).values("number")), 0)
    rows = (
        CouponBatch.objects.select_related("seller")
        .filter(claim="public", state="active", expires_at__gt=at, issued__lt=F("quantity"))
        .filter(Q(seller__isnull=True) | Q(seller__state="active"))
        .annotate(held=held)
        .filter(held__lt=F("per_account"))
        .order_by("expires_at", "id")
    )
    return list(rows[:50])


# ----- batches, for those who issue them -----


def batches_of(actor: Actor) -> QuerySet[CouponBatch]:
    """The batches of the actor's seller, or the operator's own; the newest first.

    Users who look after some products have those that are for these alone (S-SUB-T2).
    """
    rows = CouponBatch.objects.select_related("seller").order_by("-created_at", "-id")
    if actor.is_operator:
        actor.require(MANAGE_OPERATOR)
        return rows.filter(issuer="operator")
    actor.require(MANAGE_SELLER)
    rows = rows.filter(seller=selling.seller_of(actor))
    scope = selling.product_scope(actor)
    if scope is None:
        return rows
    limits = rows.order_by().values_list("pk", "limits")
    return rows.filter(pk__in=[pk for pk, each in limits if _is_within(each, scope)])


def _is_within(limits: dict[str, Any], scope: frozenset[str]) -> bool:
    only = limits.get("products", {}).get("only", ())
    return bool(only) and scope.issuperset(only)


def batch_of(actor: Actor, batch_id: str) -> CouponBatch:
    """One of them. Raises NotFound."""
    row = batches_of(actor).select_related("created_by").filter(public_id=batch_id).first()
    if row is None:
        raise NotFound
    return row


def figures_of(batch: CouponBatch) -> dict[str, Any]:
    """What became of a batch: how many accounts have one, how many are used, held, and what they paid."""
    rows = batch.coupons.aggregate(
        held=Count("pk", filter=Q(account__isnull=False)),
        used=Count("pk", filter=Q(state="used")),
        unused=Count("pk", filter=Q(state__in=("unused", "not_activated"), account__isnull=False)),
        locked=Count("pk", filter=~Q(locked_by="")),
    )
    paid = CouponUse.objects.filter(coupon__batch=batch).aggregate(paid=Sum("amount_minor"))["paid"]
    return {**rows, "paid": Money(paid or 0, batch.currency)}


def coupons_in(batch: CouponBatch) -> QuerySet[Coupon]:
    """The coupons of a batch that somebody has, the latest first, with the accounts."""
    rows = Coupon.objects.select_related("account", "seller").filter(batch=batch, account__isnull=False)
    return rows.order_by("-created_at", "-id")


def uses_in(batch: CouponBatch) -> QuerySet[CouponUse]:
    """Where coupons of a batch were used or given back, the latest first."""
    return CouponUse.objects.select_related("coupon__account").filter(coupon__batch=batch).order_by("-at", "-id")


def codes_of(batch: CouponBatch) -> list[tuple[str, str]]:
    """The codes of a printed batch: code and state, as its issuer hands them out."""
    return list(batch.coupons.order_by("id").values_list("code", "state"))
