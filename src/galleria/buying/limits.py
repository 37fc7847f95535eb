"""How much of a product one account may buy: the limits that its seller set (B-DET-005, S-CFG-001).

What counts is what was bought: purchases, trials while they run or once they were converted, and what changes added.
Renewals buy nothing more. Canceled, refunded and unsubscribed orders do not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from galleria.buying import states
from galleria.buying.leaving import WHOLE
from galleria.buying.models import OrderLine, UnsubscribedTerm
from galleria.kit.actor import Actor
from galleria.kit.errors import Refused
from galleria.publishing.models import Price, Product, Specification
from galleria.subscribing.models import Subscription
from galleria.subscribing.rules.plan import GONE
from galleria.subscribing.states import HELD

_PURCHASES = (states.NEW, states.TRIAL, states.CONVERSION)
_IS_REFUNDED = Q(refunded_minor__gt=0, refunded_minor__gte=F("payable_minor") + F("tax_minor"))


class QuantityOutOfRange(Refused):
    """The quantity is outside the limits that the seller set."""

    code = "QUANTITY_OUT_OF_RANGE"
    status = 422


class PurchaseLimitReached(Refused):
    """The account has bought as many as one account may (B-DET-005)."""

    code = "PURCHASE_LIMIT_REACHED"
    status = 409


def check_purchase_limit(actor: Actor, product: Product, quantity: int, *, at: datetime) -> None:
    """The seller's limit per account and span of days; `quantity` is what would be added (B-DET-005)."""
    limit = product.purchase_limit.get("per_account")
    if not limit or actor.account_pk is None:
        return
    days = product.purchase_limit.get("days")
    since = at - timedelta(days=int(days)) if days else None
    bought = _bought(actor.account_pk, product, since) + _added(actor.account_pk, product, since)
    if bought + quantity > int(limit):
        raise PurchaseLimitReached(
            _("An account may buy %(limit)s of this; yours has %(bought)s already.")
            % {"limit": limit, "bought": bought}
        )


def check_limits(
    actor: Actor, product: Product, specification: Specification, mode: str, values: Mapping[str, str]
) -> None:
    """The limits that a seller set for the product or for one specification (S-CFG-001): bought once, one at a time,
    the most of a quantity. What is charged by use has none.

    Raises PurchaseLimitReached, QuantityOutOfRange.
    """
    if mode == "pay_per_use":
        return
    for limit, scope in _limits(product, specification):
        for key, most in (limit.get("quantities") or {}).items():
            if str(values.get(key, "0")).isdigit() and int(values.get(key, "0")) > int(most):
                raise _too_many(key, int(most))
        if actor.account_pk is not None:
            _check_repeated(actor.account_pk, limit, scope)


def is_limited(product: Product, specification: Specification) -> bool:
    """Whether the seller set any limit, so that two orders of one account must wait for each other."""
    return bool(product.purchase_limit or specification.purchase_limit)


def check_growth(actor: Actor, held: Subscription, price: Price, quantity: int, *, at: datetime) -> None:
    """A change may not bring an account beyond what it may buy; what it has already stays.

    Raises PurchaseLimitReached, QuantityOutOfRange.
    """
    if quantity <= held.quantity:
        return
    for limit, _scope in _limits(held.product, held.specification):
        most = (limit.get("quantities") or {}).get(price.quantity_key)
        if most is not None and quantity > int(most):
            raise _too_many(price.quantity_key, int(most))
    check_purchase_limit(actor, held.product, quantity - held.quantity, at=at)


def _limits(product: Product, specification: Specification) -> tuple[tuple[dict[str, Any], dict[str, Any]], ...]:
    return (
        (product.purchase_limit, {"product": product}),
        (specification.purchase_limit, {"specification": specification}),
    )


def _too_many(key: str, most: int) -> QuantityOutOfRange:
    message = _("An account may buy at most %(most)s of %(key)s at a time.") % {"most": most, "key": key}
    return QuantityOutOfRange(message, fields={f"a.{key}": message})


def _counting(account_pk: int, scope: Mapping[str, Any]) -> QuerySet[OrderLine]:
    """The order lines that bought something which the account still has, or had until its end."""
    rows = OrderLine.objects.filter(**scope, order__account_id=account_pk, order__kind__in=_PURCHASES)
    rows = rows.exclude(order__state="canceled")
    # A trial that was converted counts by its conversion; one that is over was no purchase.
    rows = rows.exclude(is_trial=True, subscription__is_trial=False)
    rows = rows.exclude(is_trial=True, subscription__state__in=GONE)
    is_left = UnsubscribedTerm.objects.filter(
        period__order_line_id=OuterRef("public_id"),
        unsubscription__kind=WHOLE,
        unsubscription__order__state__in=("refunding", "completed"),
    )
    return rows.exclude(_IS_REFUNDED).exclude(Exists(is_left))


def _bought(account_pk: int, product: Product, since: datetime | None) -> int:
    rows = _counting(account_pk, {"product": product})
    if since is not None:
        rows = rows.filter(order__created_at__gt=since)
    return sum(rows.values_list("quantity", flat=True))


def _added(account_pk: int, product: Product, since: datetime | None) -> int:
    """What changes added to what is still held."""
    rows = OrderLine.objects.filter(
        product=product, order__account_id=account_pk, held__has_key="before", subscription__state__in=HELD
    ).exclude(order__state="canceled")
    rows = rows.exclude(_IS_REFUNDED)
    if since is not None:
        rows = rows.filter(order__created_at__gt=since)
    pairs = rows.values_list("quantity", "held")
    return sum(max(quantity - int(held["before"]["quantity"]), 0) for quantity, held in pairs)


def _check_repeated(account_pk: int, limit: Mapping[str, Any], scope: Mapping[str, Any]) -> None:
    if limit.get("once") and _counting(account_pk, scope).exists():
        raise PurchaseLimitReached(_("An account may buy this once; yours has bought it already."))
    if limit.get("one_at_a_time"):
        open_ = OrderLine.objects.filter(
            **scope, order__account_id=account_pk, order__kind__in=_PURCHASES,
            order__state__in=(*states.UNPAID, "processing"),
        )  # fmt: skip
        held = Subscription.objects.filter(**scope, account_id=account_pk, state__in=HELD)
        if open_.exists() or held.exists():
            raise PurchaseLimitReached(_("You hold this already. Buy it again when it has expired."))
