"""Coupons change hands here: locked by an unpaid order, used by its payment, given back by a refund.

Give-back rules: an order that is canceled unpaid lets go of its coupon; a refund gives back the coupon's part with its
old validity; what has passed its expiry, or was voided by its issuer meanwhile, comes back expired (B-CPN-002,
B-UNS-006). Every movement is a `CouponUse`.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit.actor import Actor
from galleria.kit.errors import NotAllowed
from galleria.kit.money import Money
from galleria.parties.models import Account
from galleria.pricing.models import Coupon, CouponUse

# Without letters that are easily mistaken for another.
_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


CODE_LENGTH = 16


def new_code() -> str:
    """A code that nobody guesses: 16 letters and digits, 80 bits."""
    return "".join(secrets.choice(_CODE_LETTERS) for _each in range(CODE_LENGTH))


class CouponLocked(NotAllowed):
    """Another unpaid order holds the coupon."""

    code = "COUPON_LOCKED"
    default_message = _("This coupon is held by another unpaid order. Pay or cancel that order first.")


@transaction.atomic
def issue_coupon(
    actor: Actor,
    *,
    account: Account,
    name: str,
    face: Money,
    valid_from: datetime,
    expires_at: datetime,
    code: str = "",
    minimum: Money | None = None,
    limits: dict[str, Any] | None = None,
    kind: str = "cash",
    percent_e2: int = 0,
    at: datetime,
) -> Coupon:
    """Give a coupon to an account (B-CPN-003)."""
    coupon = Coupon.objects.create(
        code=code or new_code(),
        account=account,
        kind=kind,
        name=name,
        currency=face.currency,
        face_minor=face.minor,
        balance_minor=face.minor,
        percent_e2=percent_e2,
        minimum_minor=minimum.minor if minimum else 0,
        limits=limits or {},
        valid_from=valid_from,
        expires_at=expires_at,
        created_at=at,
    )
    audit.record(actor, "coupon.issued", coupon, at=at, after={"account": account.public_id, "value": str(face)})
    return coupon


def lock_coupon(coupon: Coupon, order_id: str) -> None:
    """Hold a coupon for an unpaid order. Raises CouponLocked: of two orders one gets it (B-CPN-002)."""
    free = Q(locked_by="") | Q(locked_by=order_id)
    if not Coupon.objects.filter(free, pk=coupon.pk, state="unused", is_frozen=False).update(locked_by=order_id):
        raise CouponLocked


def unlock_coupon(coupon_pk: int | None, order_id: str) -> None:
    """Let go of a coupon when its order is canceled or expires (B-ORD-023)."""
    if coupon_pk is not None:
        rows = Coupon.objects.filter(pk=coupon_pk, locked_by=order_id)
        rows.filter(voided_at__isnull=False).update(state="expired", locked_by="")
        rows.update(locked_by="")


def use_coupon(coupon_pk: int, order_id: str, amount: Money, *, at: datetime) -> None:
    """Take what the coupon pays of a paid order; raises CouponLocked when the order does not hold it."""
    rows = Coupon.objects.filter(pk=coupon_pk, locked_by=order_id, state="unused")
    coupon = rows.first()
    if coupon is None:
        raise CouponLocked
    if coupon.kind == "discount":
        rows.update(state="used", locked_by="")
    else:
        if not rows.filter(balance_minor__gte=amount.minor).update(balance_minor=F("balance_minor") - amount.minor):
            raise CouponLocked
        rows.filter(balance_minor=0).update(state="used")
        rows.filter(voided_at__isnull=False).update(state="expired")  # what is left of a voided coupon is stopped
        Coupon.objects.filter(pk=coupon_pk).update(locked_by="")
    CouponUse.objects.create(coupon=coupon, order_id=order_id, amount_minor=amount.minor, at=at)


def return_coupon(coupon_pk: int, order_id: str, amount: Money, *, at: datetime) -> None:
    """Give a coupon's part back; what has passed its expiry stays expired (B-ORD-015, B-UNS-006).

    What another unpaid order holds is left to it; it is stopped when that order lets go of it, or by the clock.
    """
    CouponUse.objects.create(coupon_id=coupon_pk, order_id=order_id, amount_minor=-amount.minor, at=at)
    rows = Coupon.objects.filter(pk=coupon_pk)
    rows.exclude(kind="discount").update(balance_minor=Least(F("balance_minor") + amount.minor, F("face_minor")))
    rows.filter(state__in=("used", "unused"), expires_at__gt=at, voided_at__isnull=True).update(state="unused")
    rows.filter(Q(expires_at__lte=at) | Q(voided_at__isnull=False), locked_by="").update(state="expired")


def activate_coupons(at: datetime) -> int:
    """Make coupons usable whose time has begun (B-CPN-002); run by the clock."""
    return Coupon.objects.filter(state="not_activated", valid_from__lte=at, expires_at__gt=at).update(state="unused")


def expire_coupons(at: datetime) -> int:
    """Mark the coupons whose time is over; run by the clock. An order that holds one keeps it until it is settled."""
    return Coupon.objects.filter(state__in=("unused", "not_activated"), expires_at__lte=at, locked_by="").update(
        state="expired"
    )
