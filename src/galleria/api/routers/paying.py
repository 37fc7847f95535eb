"""Paying orders."""

from __future__ import annotations

import hashlib
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from galleria.api.auth import actor_of
from galleria.api.endpoints import HEADER, Routes
from galleria.api.schemas import paying as out
from galleria.api.schemas.buying import NothingIn
from galleria.api.schemas.common import PublicId, money_of
from galleria.buying import services as buying
from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.kit.money import Money
from galleria.paying import selectors
from galleria.paying import services as paying

routes = Routes("Payments")


class OptionFilters(Schema):
    """For which orders."""

    orders: Annotated[list[PublicId], Field(min_length=1, max_length=30)]


@routes.get("/payments/options", out.OptionList, needs="billing:order:pay", problems=[404, 409, 422])
def list_payment_options(request: HttpRequest, filters: Query[OptionFilters]) -> out.OptionList:
    """The ways to pay some orders together: what each would do, and why one is not open."""
    actor = actor_of(request)
    charges = buying.charges_of(actor, filters.orders, at=clock.now())
    options = paying.payment_options(actor, account_id=actor.account_id or "", charges=charges, at=clock.now())
    return out.OptionList(
        due=money_of(Money.sum((each.due for each in charges), charges[0].due.currency)),
        orders=[each.order_id for each in charges],
        items=[
            out.OptionOut(
                method=each.method,
                title=each.title,
                detail=each.detail,
                is_available=each.is_available,
                reason=each.reason,
                means=each.means_id,
            )
            for each in options
        ],
    )


@routes.write(
    "POST",
    "/payments",
    out.PaymentOut,
    status=201,
    needs="billing:order:pay",
    repeat="required",
    problems=[404],
    course="outside",
)
def create_payment(request: HttpRequest, body: out.PaymentIn) -> out.PaymentOut:
    """Pay orders from the balance, by card, by monthly settlement or by credit.

    Orders whose state changed meanwhile drop out and are named in `skipped`; if none is left the payment is refused.
    A card may ask the person for a confirmation: then the state is `needs_action`; open `action_url`, then confirm.
    """
    actor = actor_of(request)
    paid = buying.pay_orders(
        actor,
        order_ids=body.orders,
        method=body.method,
        means_id=body.means,
        contract_confirmed=body.contract_confirmed,
        token=token_of(actor, request.headers[HEADER]),
        at=clock.now(),
    )
    return out.payment_out(paid.payment, paid.skipped)


def token_of(actor: Actor, key: str) -> str:
    """The payment's own token, so that even a crash between charge and answer cannot charge twice (B-PAY-003)."""
    return "api:" + hashlib.sha256(f"{actor.account_id}\n{key}".encode()).hexdigest()[:48]


@routes.get("/payments/{payment_id}", out.PaymentOut, needs="billing:order:view")
def get_payment(request: HttpRequest, payment_id: PublicId) -> out.PaymentOut:
    """One payment and what became of it."""
    return out.payment_out(selectors.payment_of(actor_of(request), payment_id))


@routes.write("POST", "/payments/{payment_id}/confirm", out.PaymentOut, needs="billing:order:pay", course="outside")
def confirm_payment(request: HttpRequest, payment_id: PublicId, body: NothingIn) -> out.PaymentOut:
    """Go on with a card payment after the bank has asked the person. Confirming again changes nothing."""
    paid = buying.confirm_card_payment(actor_of(request), payment_id=payment_id, at=clock.now())
    return out.payment_out(paid.payment)
