"""Paying orders, one or up to thirty together: what can be paid is, what changed meanwhile is left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.buying import models, states
from galleria.kit import locks, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.kit.money import Money
from galleria.kit.prepared import Prepared
from galleria.parties import selectors as parties
from galleria.parties import services as parties_services
from galleria.paying import selectors as paying_selectors
from galleria.paying import services as paying
from galleria.paying.models import Payment

_ORDER = Prepared(lambda p: models.Order.objects.select_related("account").filter(public_id=p("number")))
_LINES = Prepared(
    lambda p: (
        models.OrderLine.objects.select_related("product")
        .only("order_id", "product__public_id", "product__accepts_credit")
        .filter(order_id=p("order"))
    )
)


class TooManyOrders(Refused):
    """More orders than can be paid together (B-ORD-022)."""

    code = "TOO_MANY_ORDERS"
    status = 422


class OrderExpired(states.OrderStatusChanged):
    """The time to pay is over."""

    code = "ORDER_EXPIRED"
    default_message = _("The time to pay this order is over. Order again; your configuration is kept in your history.")


class ContractOverlapNotConfirmed(Refused):
    """The account has a contract that covers this (B-PAY-002)."""

    code = "CONTRACT_OVERLAP_NOT_CONFIRMED"
    status = 422
    default_message = _("Your account has a sales contract for this. Confirm that this order is independent of it.")


@dataclass(frozen=True)
class Paid:
    """What became of a payment: `skipped` has the orders that dropped out, with the state they are in."""

    payment: Payment
    orders: tuple[models.Order, ...]
    skipped: tuple[models.Order, ...] = ()


def charge_of(order: models.Order) -> paying.OrderCharge:
    """What an order asks of a payment."""
    lines = _LINES.all(order=order.pk)
    currency = order.currency
    return paying.OrderCharge(
        order_id=order.public_id,
        net=Money(order.discounted_minor - order.coupon_minor, currency),
        tax=Money(order.tax_minor, currency),
        coupon=Money(order.coupon_minor, currency),
        country=order.account.country,
        products=tuple(line.product.public_id for line in lines),
        accepts_credit=all(line.product.accepts_credit for line in lines),
    )


def charges_of(actor: Actor, order_ids: Sequence[str], *, at: datetime) -> list[paying.OrderCharge]:
    """What a payment of these orders would charge, for showing the ways to pay.

    Raises NotFound, TooManyOrders, OrderStatusChanged or OrderExpired when nothing is left to pay.
    """
    wanted = list(dict.fromkeys(order_ids))
    _check_number(wanted, at)
    return [charge_of(row) for row in _payable(_with_combined(actor, wanted), at)]


def pay_orders(
    actor: Actor,
    *,
    order_ids: Sequence[str],
    method: str,
    token: str,
    means_id: str = "",
    contract_confirmed: bool = False,
    at: datetime,
) -> Paid:
    """Pay orders with one payment; `token` makes a second click answer the first one's result (B-PAY-003).

    Call it outside transactions: a card is charged between two short ones. Raises NotFound, PermissionMissing,
    TooManyOrders, OrderStatusChanged or OrderExpired when nothing is left to pay, ContractOverlapNotConfirmed,
    and the refusals of `paying.charge`.
    """
    actor.require("billing:order:pay")
    if not token:
        raise Invalid(fields={"token": _("A payment needs a token of its own.")})
    wanted = list(dict.fromkeys(order_ids))
    _check_number(wanted, at)
    known = _known(actor, token)
    if known is not None and (known.payment.method != "card" or known.payment.state != "pending"):
        return known
    with transaction.atomic():
        locks.hold(f"account:{actor.account_id}")
        paid = _known(actor, token) or _charge(actor, wanted, method, token, means_id, contract_confirmed, at)
    if paid.payment.method == "card" and paid.payment.state == "pending":
        return confirm_card_payment(actor, payment_id=paid.payment.public_id, skipped=paid.skipped, at=at)
    return _fresh(paid.payment, paid.skipped)


def confirm_card_payment(
    actor: Actor, *, payment_id: str, skipped: tuple[models.Order, ...] = (), at: datetime
) -> Paid:
    """Go on with a card payment: the first charge, or after the bank asked the buyer. Outside transactions."""
    actor.require("billing:order:pay")
    mine = Payment.objects.filter(public_id=payment_id, account_id=actor.account_pk or 0).exists()
    if not mine:
        raise NotFound
    return _fresh(paying.confirm_card(payment_id, at=at), skipped)


def _known(actor: Actor, token: str) -> Paid | None:
    payment = paying_selectors.payment_with(token)
    return _fresh(payment, ()) if payment is not None and payment.account_id == actor.account_pk else None


def _fresh(payment: Payment, skipped: tuple[models.Order, ...]) -> Paid:
    found = [_ORDER.one(number=number) for number in sorted(payment.order_ids)]
    return Paid(payment, tuple(order for order in found if order is not None), skipped)


def _charge(
    actor: Actor,
    wanted: list[str],
    method: str,
    token: str,
    means_id: str,
    contract_confirmed: bool,
    at: datetime,
) -> Paid:
    account = parties.account_of(actor)
    parties_services.require_normal(account)
    rows = _with_combined(actor, wanted)
    payable = _payable(rows, at)
    skipped = tuple(row for row in rows if row not in payable)
    if any(row.contract_id for row in payable) and not contract_confirmed:
        raise ContractOverlapNotConfirmed
    payment = paying.charge(
        actor,
        account_id=account.public_id,
        charges=[charge_of(row) for row in payable],
        method=method,
        token=token,
        means_id=means_id,
        at=at,
    )
    return Paid(payment, tuple(payable), skipped)


def _check_number(wanted: Sequence[str], at: datetime) -> None:
    most = int(parameters.get("order.combined_payment_max", at=at))
    if len(wanted) > most:
        raise TooManyOrders(_("At most %(most)s orders can be paid together.") % {"most": most})


def _payable(rows: list[models.Order], at: datetime) -> list[models.Order]:
    """Those of the orders that can be paid now; never none."""
    payable = [row for row in rows if row.state == "pending_payment" and not _is_over(row, at)]
    if not payable:
        raise OrderExpired if any(_is_over(row, at) for row in rows) else states.OrderStatusChanged
    if len({row.currency for row in payable}) > 1:
        raise Invalid(_("Orders in different currencies are paid one by one."))
    return payable


def _is_over(order: models.Order, at: datetime) -> bool:
    return order.expires_at is not None and order.expires_at <= at


def _with_combined(actor: Actor, wanted: list[str]) -> list[models.Order]:
    """The orders asked for and those placed together with them (B-ORD-013). Raises NotFound for any other."""
    mine = models.Order.objects.select_related("account").filter(account_id=actor.account_pk or 0)
    found = [_ORDER.one(number=number) for number in wanted]
    rows = [row for row in found if row is not None and row.account_id == actor.account_pk]
    if len(rows) != len(wanted):
        raise NotFound
    combined = {row.combined_id for row in rows if row.combined_id}
    if combined:
        rows = list({row.pk: row for row in [*rows, *mine.filter(combined_id__in=combined)]}.values())
    return sorted(rows, key=lambda row: row.public_id)
