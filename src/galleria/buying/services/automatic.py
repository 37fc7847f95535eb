"""Automatic payment (buyer-purchase 9.2): orders of accounts that switched it on are paid as soon as they are placed.

Successful: the order is processed. Not: it waits to be paid by hand, and people are told.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from galleria.buying import events, models
from galleria.buying.services.paying_orders import charge_of, pay_orders
from galleria.kit import outbox
from galleria.kit.actor import SYSTEM
from galleria.kit.errors import Refused
from galleria.paying import services as paying


def pay_automatically(order_id: str, *, at: datetime) -> None:
    """Pay one order with the account's preferred means: settlement, balance, card. Outside transactions."""
    order = models.Order.objects.select_related("account").get(public_id=order_id)
    account = order.account
    if order.state != "pending_payment" or not account.pays_automatically:
        return
    chosen = paying.automatic_method(account.public_id, [charge_of(order)], at)
    if chosen is None:
        outbox.publish(events.OrderPaymentFailed(order_id, "NO_PAYMENT_MEANS", ""))
        return
    actor = replace(SYSTEM, account_id=account.public_id, account_pk=account.pk)
    try:
        pay_orders(
            actor,
            order_ids=[order_id],
            method=chosen.method,
            means_id=chosen.means_id,
            token=f"automatic:{order_id}",
            at=at,
        )
    except Refused as refusal:
        outbox.publish(events.OrderPaymentFailed(order_id, refusal.code, refusal.message[:300]))
