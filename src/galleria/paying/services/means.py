"""Saved cards. The number is entered at the gateway; here is its token and what a person recognises it by."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import ids, locks, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import NotAllowed, NotFound
from galleria.ledger import selectors as ledger
from galleria.parties.models import Account
from galleria.paying import rules, states
from galleria.paying.gateways import gateway
from galleria.paying.models import GatewayCustomer, PaymentMeans
from galleria.paying.ports import Card, CardGateway, Setup
from galleria.paying.services import _shared
from galleria.paying.services._shared import CardTypeNotAllowed, MethodNotAllowed
from galleria.subscribing.models import Subscription


class LastCardNeeded(NotAllowed):
    """B-BAL-001: the last card stays while something will be charged to it."""

    code = "LAST_CARD_NEEDED"
    default_message = _(
        "This is your last card, and subscriptions renew automatically or a bill is open. Add another card first."
    )


_WHY = {
    "debit": _("This is a debit card. Only credit cards are accepted."),
    "prepaid": _("This is a prepaid, virtual or gift card. Only credit cards are accepted."),
    "unknown": _("It cannot be verified that this is a credit card. Use another card."),
}


def begin_card_setup(actor: Actor, *, account_id: str, return_url: str, at: datetime) -> Setup:
    """Where the card is entered: a page of the gateway. Outside transactions.

    Raises PermissionMissing, NotFound, CardsAreOff, GatewayUnavailable, MethodNotAllowed for reseller customers.
    """
    account = _card_account(actor, account_id)
    port = gateway()
    return port.begin_setup(customer=_customer(port, account), return_url=return_url, key=ids.new_token(16))


def add_card(actor: Actor, *, account_id: str, setup: str = "", provider_token: str = "", at: datetime) -> PaymentMeans:
    """Keep the card that was entered on the gateway's page (`setup`), or that a program has a token of.

    Only credit cards of the listed brands are kept (`payment.card_brands`); another one is let go at the gateway too.
    The first card becomes the default. Outside transactions; repeating it answers the same card.
    Raises PermissionMissing, NotFound, CardTypeNotAllowed, GatewayRefused, GatewayUnavailable.
    """
    account = _card_account(actor, account_id)
    port = gateway()
    customer = _customer(port, account)
    if setup:
        card = port.card_of_setup(setup, customer=customer)
        _check(port, card)
    else:
        _check(port, port.look_at(provider_token))
        card = port.save_card(customer=customer, token=provider_token)
    return _keep(actor, account, provider=port.name, customer=customer, card=card, at=at)


def _check(port: CardGateway, card: Card) -> None:
    allowed = [str(brand) for brand in parameters.get("payment.card_brands")]
    why = rules.card_refusal(card.brand, card.funding, allowed)
    if not why:
        return
    port.forget_card(card.token)
    brands = ", ".join(brand.title() for brand in allowed)
    text = _WHY.get(why) or _("Cards of this brand are not accepted. Accepted: %(brands)s.") % {"brands": brands}
    raise CardTypeNotAllowed(text, extra={"reason": why})


@transaction.atomic(durable=True)
def _keep(actor: Actor, account: Account, *, provider: str, customer: str, card: Card, at: datetime) -> PaymentMeans:
    locks.hold(f"account:{account.public_id}")
    known = PaymentMeans.objects.filter(account=account, provider=provider, provider_token=card.token).first()
    if known is not None:
        return known
    is_first = not PaymentMeans.objects.filter(account=account, state="active").exists()
    means = PaymentMeans.objects.create(
        account=account, provider=provider, provider_customer=customer, provider_token=card.token, brand=card.brand,
        last4=card.last4, expires_month=card.expires_month, expires_year=card.expires_year, holder=card.holder,
        is_default=is_first, created_at=at,
    )  # fmt: skip
    audit.record(actor, "means.added", means, at=at, account_id=account.public_id)
    return means


@transaction.atomic
def make_default_card(actor: Actor, *, means_id: str, at: datetime) -> PaymentMeans:
    """The card that is charged when none is chosen. Raises PermissionMissing, NotFound."""
    actor.require("billing:balance:topup")
    means = _mine(actor, means_id)
    locks.hold(f"account:{means.account.public_id}")
    PaymentMeans.objects.filter(account=means.account, is_default=True).update(is_default=False)
    PaymentMeans.objects.filter(pk=means.pk).update(is_default=True)
    means.is_default = True
    audit.record(actor, "means.made_default", means, at=at, account_id=means.account.public_id)
    return means


def remove_card(actor: Actor, *, means_id: str, at: datetime) -> PaymentMeans:
    """Forget a card, here and at the gateway; the newest other one becomes the default. Outside transactions.

    Raises PermissionMissing, NotFound, LastCardNeeded (B-BAL-001).
    """
    actor.require("billing:balance:topup")
    with transaction.atomic(durable=True):
        means = _mine(actor, means_id)
        locks.hold(f"account:{means.account.public_id}")
        others = PaymentMeans.objects.filter(account=means.account, state="active").exclude(pk=means.pk)
        if not others.exists() and _is_needed(means.account):
            raise LastCardNeeded
        states.MEANS.apply(means, "remove", is_default=False)
        successor = others.order_by("-is_default", "-pk").first()
        if successor is not None:
            PaymentMeans.objects.filter(pk=successor.pk).update(is_default=True)
        audit.record(actor, "means.removed", means, at=at, account_id=means.account.public_id)
    gateway(means.provider).forget_card(means.provider_token)
    return means


def _is_needed(account: Account) -> bool:
    renewing = Subscription.objects.filter(account=account, renewal="auto").exclude(
        state__in=("released", "failed", "closing")
    )
    owed = ledger.balances(
        [rules.receivable_account(account.public_id), rules.debt_account(account.public_id)], account.currency
    )
    return renewing.exists() or any(balance.is_negative for balance in owed.values())


def _mine(actor: Actor, means_id: str) -> PaymentMeans:
    rows = PaymentMeans.objects.select_related("account").filter(public_id=means_id, state="active")
    means = rows.first()
    if means is None or not (actor.is_system or means.account_id == actor.account_pk):
        raise NotFound
    return means


def _card_account(actor: Actor, account_id: str) -> Account:
    actor.require("billing:balance:topup")
    account = _shared.account_for(actor, account_id)
    if _shared.is_reseller_customer(account):
        raise MethodNotAllowed(_("Your partner pays for your orders; there is nothing to pay here."))
    return account


def _customer(port: CardGateway, account: Account) -> str:
    """What the gateway calls the account; made at first use."""
    known = GatewayCustomer.objects.filter(account=account, provider=port.name).first()
    if known is None:
        made = port.create_customer(key=account.public_id, name=account.name, email=account.email)
        known, _created = GatewayCustomer.objects.get_or_create(
            account=account, provider=port.name, defaults={"reference": made}
        )
    return known.reference
