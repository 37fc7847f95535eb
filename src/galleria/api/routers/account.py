"""The account and its money."""

from __future__ import annotations

from datetime import date
from typing import Literal

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Query, Schema
from pydantic import Field

from galleria.api.auth import actor_of
from galleria.api.endpoints import HEADER, Routes
from galleria.api.routers.paying import token_of
from galleria.api.schemas import account as out
from galleria.api.schemas.buying import NothingIn
from galleria.api.schemas.common import Cursor, Limit, PublicId, page_out
from galleria.kit import clock, pages
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid
from galleria.kit.money import BadAmount, Money
from galleria.parties import selectors as parties
from galleria.paying import selectors as paying
from galleria.paying import services
from galleria.pricing import selectors as pricing

routes = Routes("Account")


class Place(Schema):
    """The place in a list."""

    limit: Limit = 20
    cursor: Cursor = ""


class CouponList(Schema):
    """Which coupons."""

    state: Literal["", "unused", "used", "expired"] = Field("", description="Only those")
    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/me", out.MeOut)
def get_me(request: HttpRequest) -> out.MeOut:
    """Who asks, and what may be done. For trying a key."""
    return out.me_out(actor_of(request))


@routes.get("/account", out.AccountOut, needs="iam:account:view", problems=[404])
def get_account(request: HttpRequest) -> out.AccountOut:
    """The account's data."""
    return out.account_out(parties.account_of(actor_of(request)))


@routes.get("/account/balance", out.BalanceOut, needs="billing:balance:view", problems=[404])
def get_balance(request: HttpRequest) -> out.BalanceOut:
    """The money of the account at a glance."""
    return out.balance_out(paying.funds_of(actor_of(request), at=clock.now()))


@routes.get("/account/entries", out.EntryPage, needs="billing:balance:view", problems=[404, 422])
def list_entries(request: HttpRequest, place: Query[Place]) -> out.EntryPage:
    """What happened to the balance, the latest first, with the balance after each movement."""
    page = paying.movements_of(actor_of(request), cursor=place.cursor or None, size=place.limit)
    return page_out(out.EntryPage, page, out.entry_out)


@routes.get("/coupons", out.CouponPage, needs="billing:coupon:view", problems=[422])
def list_coupons(request: HttpRequest, filters: Query[CouponList]) -> out.CouponPage:
    """The account's coupons, those that expire first first."""
    rows = pricing.coupons_of(actor_of(request), filters.state)
    page = pages.page_of(rows, sort="expires_at", cursor=filters.cursor or None, size=filters.limit)
    return page_out(out.CouponPage, page, out.coupon_out)


# --- putting money on the balance ---------------------------------------------------------------------------
@routes.get("/top-ups", out.TopUpPage, needs="billing:balance:view", problems=[422])
def list_top_ups(request: HttpRequest, place: Query[Place]) -> out.TopUpPage:
    """Top-ups and announced transfers, the latest first."""
    page = paying.top_ups_of(actor_of(request), cursor=place.cursor or None, size=place.limit)
    return page_out(out.TopUpPage, page, out.top_up_out)


@routes.write(
    "POST",
    "/top-ups",
    out.TopUpOut,
    status=201,
    needs="billing:balance:topup",
    repeat="required",
    problems=[404],
    course="outside",
)
def create_top_up(request: HttpRequest, body: out.TopUpIn) -> out.TopUpOut:
    """Put money on the balance: from a saved card, or by a bank transfer that is announced here.

    A transfer is on the balance when the operator has found it. A card may ask the person for a confirmation.
    """
    actor = actor_of(request)
    amount = _amount(body.amount, body.currency)
    if body.method == "card":
        made = services.top_up_by_card(
            actor,
            account_id=actor.account_id or "",
            amount=amount,
            token=token_of(actor, request.headers[HEADER]),
            means_id=body.means,
            at=clock.now(),
        )
        if made.payment is not None and made.payment.state == "pending":
            services.confirm_card(made.payment.public_id, at=clock.now())
        return out.top_up_out(paying.top_up_of(actor, made.public_id))
    made = services.submit_bank_transfer(
        actor,
        account_id=actor.account_id or "",
        amount=amount,
        sender=body.sender,
        bank=body.bank,
        reference=body.reference,
        transferred_on=_day(body.transferred_on),
        at=clock.now(),
    )
    return out.top_up_out(made)


def _amount(text: str, currency: str) -> Money:
    try:
        return Money.parse(text, currency)
    except BadAmount:
        raise Invalid(fields={"amount": _("This is not an amount in this currency.")}) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(fields={"transferred_on": _("Give the day of the transfer, such as 2027-03-01.")}) from None


# --- saved cards --------------------------------------------------------------------------------------------
@routes.get("/payment-means", out.MeansList, needs="billing:balance:view")
def list_payment_means(request: HttpRequest) -> out.MeansList:
    """The saved cards, the default one first. Cards are added in the browser."""
    return _means(actor_of(request))


@routes.write("PUT", "/payment-means/{means_id}/default", out.MeansList, needs="billing:balance:topup")
def make_default_means(request: HttpRequest, means_id: PublicId, body: NothingIn) -> out.MeansList:
    """Make a card the one that is charged when none is named."""
    actor = actor_of(request)
    services.make_default_card(actor, means_id=means_id, at=clock.now())
    return _means(actor)


@routes.write(
    "DELETE",
    "/payment-means/{means_id}",
    None,
    status=204,
    needs="billing:balance:topup",
    repeat="unkept",
    course="outside",
)
def remove_means(request: HttpRequest, means_id: PublicId) -> None:
    """Forget a card, here and at the card gateway."""
    services.remove_card(actor_of(request), means_id=means_id, at=clock.now())


def _means(actor: Actor) -> out.MeansList:
    return out.MeansList(items=[out.means_out(row) for row in paying.means_of(actor)])
