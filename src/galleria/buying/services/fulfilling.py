"""After payment: subscriptions and deliveries; after those: completion, or money and coupons back."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.buying import events, models, selectors, states
from galleria.buying.services import effects
from galleria.delivering import services as delivering
from galleria.kit import outbox, prepared
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import Invalid, NotAllowed
from galleria.kit.money import Money
from galleria.kit.prepared import Prepared
from galleria.kit.spoken import stored
from galleria.parties.models import Account
from galleria.paying import services as paying
from galleria.paying.models import Payment
from galleria.pricing import services as pricing
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription

_ENDED = ("done", "failed")
_PAID_LINES = Prepared(
    lambda p: (
        models.OrderLine.objects.select_related("product__seller")
        .only(
            *(field.attname for field in models.OrderLine._meta.concrete_fields),
            "product__public_id",
            "product__seller__public_id",
        )
        .filter(order_id=p("order"))
    )
)


def start_fulfilment(order: models.Order, payment: Payment, *, at: datetime) -> None:
    """The order is paid, in this very transaction: coupon used, subscriptions opened, deliveries requested."""
    states.ORDER.apply(
        order, "pay", paid_at=at, payment=payment, paid_by=payment.method, paid_minor=order.due_minor, expires_at=None
    )
    if order.coupon_id is not None and order.coupon_minor:
        pricing.use_coupon(order.coupon_id, order.public_id, Money(order.coupon_minor, order.currency), at=at)
    if payment.method == "reseller":
        Account.objects.filter(pk=order.account_id).update(
            reseller_spent_minor=F("reseller_spent_minor") + order.due_minor
        )
    effect = effects.of(order.kind)
    for line in _PAID_LINES.all(order=order.pk):
        line.order = order
        effect.paid(order, line, at)
    outbox.publish(events.OrderPaid(order.public_id, order.kind))


def _open(order: models.Order, line: models.OrderLine, at: datetime) -> None:
    """What a purchase, or a trial, does when it is paid: something is held, and the seller is asked for it."""
    subscription = subscribing.open_subscription(_bought(order, line), at=at)
    subscription.product = line.product  # its seller is asked for next
    delivery = {"subscription_id": subscription.pk, "delivery_state": "delivering"}
    prepared.update(models.OrderLine, {"id": line.pk}, delivery)
    delivering.request_delivery(
        subscription,
        activity="newInstance",
        order_id=order.public_id,
        order_line_id=line.public_id,
        at=at,
    )


def _bought(order: models.Order, line: models.OrderLine) -> subscribing.Bought:
    return subscribing.Bought(
        account_id=order.account_id,
        product_id=line.product_id,
        specification_id=line.specification_id,
        sku_id=line.sku_id,
        price_id=line.price_id,
        order_id=order.public_id,
        order_line_id=line.public_id,
        product_code=line.product_code,
        billing_mode=line.billing_mode,
        period_type=line.period_type,
        period_count=line.period_count,
        quantity=line.quantity,
        choices=line.choices,
        extra=line.extra,
        region=line.region,
        currency=order.currency,
        paid_minor=line.payable_minor,
        official_minor=line.official_minor,
        is_trial=line.is_trial,
        trial_days=line.trial_days,
        auto_renew=line.auto_renew,
    )


def finish_delivered_line(line_id: str, *, at: datetime) -> None:
    """The seller did what a line asked for; what follows is the effect of the order's kind.

    Nothing for a line that has ended: its delivery was given up, and called again by hand.
    """
    line = _line(line_id)
    if line.delivery_state in _ENDED:
        return
    effects.of(line.order.kind).delivered(line, at)


def _delivered(line: models.OrderLine, at: datetime) -> None:
    """Without supervision the period begins now (B-TIM-003); a supervised one waits for acceptance (B-ORD-014)."""
    if line.product.is_supervised:
        models.OrderLine.objects.filter(pk=line.pk, delivery_state="delivering").update(delivery_state="delivered")
        return
    _finish_line(line, at)


@transaction.atomic
def accept_delivery(actor: Actor, *, order_id: str, at: datetime) -> models.Order:
    """The buyer accepts what was delivered under supervision; final. The period begins now (B-SVC-013)."""
    actor.require("gallery:serviceflow:accept")
    order = selectors.order_of(actor, order_id)
    lines = list(order.lines.select_related("product", "subscription").filter(delivery_state="delivered"))
    if not lines:
        raise NotAllowed(_("There is nothing to accept in this order."))
    for line in lines:
        _finish_line(line, at)
    audit.record(actor, "order.accepted", order, at=at)
    order.refresh_from_db()
    return order


def _finish_line(line: models.OrderLine, at: datetime) -> None:
    if line.subscription is not None and line.subscription.state == "initializing":
        subscribing.activate(
            line.subscription, effective_at=at, tax_minor=line.tax_minor, coupon_minor=line.coupon_minor
        )
    end_line(line, at)


def end_line(line: models.OrderLine, at: datetime) -> None:
    """A line's work is done; with the last one the order is completed."""
    prepared.update(models.OrderLine, {"id": line.pk}, {"delivery_state": "done"})
    _settle(line.order, at)


# Of a product only whether it is supervised: its texts are long and in every language.
_NEEDED = (
    *(field.attname for field in models.OrderLine._meta.concrete_fields),
    *(
        f"order__{field.attname}"
        for field in models.Order._meta.concrete_fields
        if field.name not in {"working", "consent"}
    ),
    *(f"subscription__{field.attname}" for field in Subscription._meta.concrete_fields if field.name != "extra"),
    "product__public_id",
    "product__delivery_type",
    "product__seller__public_id",
    "order__account__public_id",
    "order__account__country",
    "product__is_supervised",
)


# The order is held: of two lines that end at the same moment, the second sees the first and settles the order.
_LINE = Prepared(
    lambda p: (
        models.OrderLine.objects.select_related("order__account", "product__seller", "subscription")
        .only(*_NEEDED)
        .select_for_update(of=("order",))
        .filter(public_id=p("line"))
    )
)


def _line(line_id: str) -> models.OrderLine:
    line = _LINE.one(line=line_id)
    if line is None:
        raise models.OrderLine.DoesNotExist(line_id)
    if line.subscription is not None:
        line.subscription.product = line.product
    return line


def finish_failed_line(line_id: str, *, reason: str, at: datetime) -> None:
    """The seller will never do what a line asked for; what follows is the effect of the order's kind."""
    line = _line(line_id)
    if line.delivery_state in _ENDED:
        return
    effects.of(line.order.kind).failed(line, reason, at)


def _failed(line: models.OrderLine, reason: str, at: datetime) -> None:
    """The buyer holds nothing, and pays nothing (B-ORD-015, B-ORD-016)."""
    if line.subscription is not None and line.subscription.state == "initializing":
        subscribing.fail(line.subscription, reason=reason, at=at)
    fail_line(line, reason, at)


def fail_line(line: models.OrderLine, reason: str, at: datetime) -> None:
    """A line is not delivered; once every line has ended, what it cost goes back in full, coupon included."""
    models.OrderLine.objects.filter(pk=line.pk).update(delivery_state="failed")
    models.Order.objects.filter(pk=line.order_id).update(state_reason=reason[:500])
    _settle(line.order, at)


_AMOUNTS = ("delivery_state", "payable_minor", "tax_minor", "coupon_minor", "refunded_minor")
_LINES = Prepared(lambda p: models.OrderLine.objects.filter(order_id=p("order")).only(*_AMOUNTS))


def _settle(order: models.Order, at: datetime) -> None:
    """Once every line has ended: complete the order, or give back what the failed lines cost."""
    # Afresh: the order may hold older ones.
    lines = _LINES.all(order=order.pk)
    if any(line.delivery_state not in _ENDED for line in lines):
        return
    failed = [line for line in lines if line.delivery_state == "failed"]
    if not failed:
        states.ORDER.apply(order, "complete", finished_at=at)
        outbox.publish(events.OrderCompleted(order.public_id, order.kind))
        return
    states.ORDER.apply(order, "start_refund")
    _give_back(order, failed, at=at)


def _give_back(order: models.Order, lines: list[models.OrderLine], *, at: datetime) -> None:
    currency = order.currency
    net = Money(sum(line.payable_minor for line in lines), currency)
    tax = Money(sum(line.tax_minor for line in lines), currency)
    coupon = Money(sum(line.coupon_minor for line in lines), currency)
    order.refresh_from_db()
    reason = order.state_reason or stored(_("The seller could not deliver."))
    for line in lines:
        models.OrderLine.objects.filter(pk=line.pk).update(refunded_minor=line.payable_minor + line.tax_minor)
    if coupon and order.coupon_id is not None:
        pricing.return_coupon(order.coupon_id, order.public_id, coupon, at=at)
    if order.paid_by == "reseller":
        Account.objects.filter(pk=order.account_id).update(
            reseller_spent_minor=F("reseller_spent_minor") - (net + tax).minor
        )
    if order.paid_by == "none" and not coupon:
        finish_refund(order.public_id, at=at)
        return
    paying.refund(
        SYSTEM,
        order_id=order.public_id,
        reference=f"order:{order.public_id}:undelivered",
        net=net,
        tax=tax,
        coupon=coupon,
        country=order.account.country,
        reason=reason[:300],
        at=at,
    )


def finish_refund(order_id: str, *, at: datetime) -> None:
    """The money is back where it came from: the order is canceled, or completed if a part was delivered."""
    order = models.Order.objects.get(public_id=order_id)
    if order.state != "refunding":
        return
    lines = list(order.lines.all())
    amount = sum(line.refunded_minor for line in lines)
    is_full = all(line.delivery_state == "failed" for line in lines)
    states.ORDER.apply(
        order,
        "finish_full_refund" if is_full else "finish_partial_refund",
        refunded_minor=amount,
        finished_at=at,
    )
    outbox.publish(events.OrderRefunded(order.public_id, amount, order.currency, order.state_reason[:300]))


@transaction.atomic
def refund_order(actor: Actor, *, order_id: str, reason: str, at: datetime) -> models.Order:
    """The operator ends an order whose delivery is stuck: its open deliveries fail, everything paid goes back.

    Raises NotAllowed for renewals and conversions: those have been granted already.
    """
    actor.require("operator:order:refund")
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why; the buyer reads it.")})
    order = selectors.order_of(actor, order_id)
    if order.state != "processing":
        raise states.OrderStatusChanged(_("Only an order that is being processed can be refunded here."))
    if order.kind not in states.GIVEN_UP:
        raise NotAllowed(_("A renewal stays in force without the seller's answer; give the renewal back instead."))
    open_lines = [line for line in order.lines.all() if line.delivery_state in {"waiting", "delivering", "delivered"}]
    for line in open_lines:
        delivering.give_up(actor, delivery_id=_delivery_id(line), reason=reason, at=at)
    audit.record(actor, "order.refunded", order, at=at, reason=reason, account_id=order.account.public_id)
    order.refresh_from_db()
    return order


for _kind in (states.NEW, states.TRIAL):
    effects.register(_kind, effects.Effect(paid=_open, delivered=_delivered, failed=_failed))


def _delivery_id(line: models.OrderLine) -> str:
    from galleria.delivering.selectors import deliveries_of_order

    delivery = deliveries_of_order(SYSTEM, line.order.public_id).filter(order_line_id=line.public_id).first()
    if delivery is None:
        raise NotAllowed(_("This order has no delivery to end."))
    return delivery.public_id
