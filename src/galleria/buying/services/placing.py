"""Placing an order: everything that must hold is checked, then amounts, agreements and consent are frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.buying import configuring, models, states
from galleria.buying.naming import title_of
from galleria.buying.services import quoting
from galleria.buying.services.ordering import (
    CouponNotUsable,
    NoPaymentMeans,
    PriceChanged,
    check_budget,
    place,
)
from galleria.buying.services.quoting import Quoted
from galleria.kit import locks, outbox
from galleria.kit.actor import Actor
from galleria.kit.errors import Refused
from galleria.kit.money import Money
from galleria.kit.prepared import Prepared
from galleria.parties import selectors as parties
from galleria.parties import services as parties_services
from galleria.parties.models import Account
from galleria.parties.services.agreements import platform_agreement_key, product_agreement_key, require_acceptance
from galleria.paying import services as paying
from galleria.publishing import services as publishing
from galleria.publishing.events import SoldOut
from galleria.publishing.models import Product, Sku, TrialAccess
from galleria.subscribing.models import Subscription
from galleria.subscribing.states import HELD

_OF_QUOTE = Prepared(
    lambda p: models.Order.objects.select_related("account").filter(
        quote__public_id=p("quote"), account_id=p("account")
    )
)
_SOLD_SKU: Prepared[int] = Prepared(
    lambda p: (
        Sku.objects.filter(pk=p("sku"), state="on_sale", specification__product__state__in=("on_sale", "hidden"))
        .exclude(specification__state="removed")
        .values_list("pk", flat=True)
    )
)


class ConsentRequired(Refused):
    """The product needs contact data to make an administrator account (B-SAA-001)."""

    code = "CONSENT_REQUIRED"
    status = 422
    default_message = _("Allow the seller to use the contact data shown: without it your account cannot be made.")


class ContactDataMissing(Refused):
    """E-mail or phone that the seller needs is not on file (B-SAA-003)."""

    code = "CONTACT_DATA_MISSING"
    status = 422
    default_message = _("Add a phone number and an e-mail address to your profile first: the seller needs both.")


class TrialUsed(Refused):
    """One trial a product and account (B-TRI-002)."""

    code = "TRIAL_USED"
    default_message = _("Your account has had a trial of this product.")


class TrialNotOpen(Refused):
    """The trial is for accounts that the seller named (S-TRI-002)."""

    code = "TRIAL_NOT_OPEN"
    status = 403
    default_message = _("This trial is for accounts that the seller named. Contact the seller.")


class PayPerUseNotOpen(Refused):
    """A usage package takes from what is charged by use: that has to be open first (S-BLM-001)."""

    code = "PAY_PER_USE_NOT_OPEN"
    status = 409
    default_message = _("Open the product by use first; the package is taken from what you use.")


class TrialBlocked(Refused):
    """Trials need an account without unpaid orders (B-TRI-002)."""

    code = "TRIAL_BLOCKED"
    default_message = _("Pay or cancel your unpaid orders first, then start the trial.")


def agreement_keys(product: Product, account: Account | None) -> list[str]:
    """The agreements of an order line: exactly one of the platform, and the seller's own (B-TRM-001)."""
    through_reseller = account is not None and account.sales_model == "resale"
    return [
        platform_agreement_key(product.sales_model, through_reseller),
        product_agreement_key(product.public_id),
    ]


def consent_values(actor: Actor, account: Account) -> dict[str, str]:
    """Exactly the contact data that would be sent to the seller (B-PUR-016)."""
    user = parties.user_of(actor)
    return {
        "user_name": user.name or user.email,
        "email": user.email or account.email,
        "phone": user.phone or account.phone,
    }


def place_order(
    actor: Actor,
    *,
    quote_id: str,
    agreements: Mapping[str, str],
    consent: bool = False,
    extra: Mapping[str, str] | None = None,
    coupon_code: str | None = None,
    seen_digest: str = "",
    priced: tuple[models.Quote, Quoted] | None = None,
    at: datetime,
) -> models.Order:
    """Make the order of a quote (B-PUR-017). Asked twice for one quote it is the same order.

    `agreements`: key to the version that was ticked. `seen_digest`: the price that the page showed; without it
    the one the quote was kept with. `priced`: what `requote` has just answered for this quote, `at` this instant,
    so that the transaction need not price again. Unpaid it waits; with nothing due, or for a reseller's customer,
    it is processed at once.

    Raises NotFound, PermissionMissing, PriceChanged, AgreementNotAccepted, AgreementVersionChanged,
    ConsentRequired, NoPaymentMeans, CouponNotUsable, CouponLocked, TrialUsed, PartnerBudgetExceeded, account
    states, and the refusals of `configuring.choose`.
    """
    actor.require("gallery:order:create")
    with transaction.atomic():
        # Of two submits of one page the second finds the first one's order.
        locks.hold(f"quote:{quote_id}")
        placed = _OF_QUOTE.one(quote=quote_id, account=actor.account_pk or 0)
        if placed is not None:
            return placed
        if priced is not None:
            _still_sold(priced[1])
        kept, quoted = priced or quoting.requote(actor, quote_id=quote_id, coupon_code=coupon_code, at=at)
        if quoted.digest != (seen_digest or kept.digest):
            raise PriceChanged(Money(kept.due_minor, kept.currency), quoted.due)
        return _place(actor, kept, quoted, agreements, consent, extra or {}, at)


def _still_sold(quoted: Quoted) -> None:
    """What was priced before the transaction may have been removed or suspended in between (S-PRD-007)."""
    if _SOLD_SKU.one(sku=quoted.chosen.sku.pk) is None:
        raise configuring.SkuUnavailable


def priced_to_place(
    actor: Actor, *, quote_id: str, coupon_code: str | None = None, at: datetime
) -> tuple[models.Quote, Quoted] | None:
    """The reading half of `place_order`, for its `priced`: None when it has to read in its own transaction.

    Raises what `requote` raises.
    """
    if coupon_code is not None or _OF_QUOTE.one(quote=quote_id, account=actor.account_pk or 0) is not None:
        return None
    return quoting.requote(actor, quote_id=quote_id, at=at)


@dataclass(frozen=True)
class Wanted:
    """One quote of a combined purchase with what was accepted for it."""

    quote_id: str
    agreements: Mapping[str, str]
    consent: bool = False
    extra: Mapping[str, str] | None = None


@transaction.atomic
def place_together(actor: Actor, *, wanted: Sequence[Wanted], at: datetime) -> list[models.Order]:
    """Place several quotes as one combined order: all or none; paid and canceled as a whole (B-ORD-013)."""
    orders = [
        place_order(
            actor,
            quote_id=each.quote_id,
            agreements=each.agreements,
            consent=each.consent,
            extra=each.extra,
            at=at,
        )
        for each in wanted
    ]
    if len(orders) > 1:
        combined = orders[0].public_id
        models.Order.objects.filter(pk__in=[order.pk for order in orders]).update(combined_id=combined)
        for order in orders:
            order.combined_id = combined
    return orders


def _place(
    actor: Actor,
    kept: models.Quote,
    quoted: Quoted,
    agreements: Mapping[str, str],
    consent: bool,
    extra: Mapping[str, str],
    at: datetime,
) -> models.Order:
    account = parties.account_of(actor)
    product = quoted.chosen.product
    parties_services.require_orderable(account)
    if configuring.is_limited(quoted.chosen):
        # Of two orders of one account at the same moment the second sees the first (S-CFG-001, S-TRI-002).
        locks.hold(f"purchases:{account.public_id}")
        configuring.check_all_limits(actor, quoted.chosen, at=at)
    if quoted.coupon_refused:
        raise CouponNotUsable(extra={"reasons": list(quoted.coupon_refused)})
    answers = configuring.checked_extra(product, {**quoted.chosen.configuration.extra, **extra})
    versions = require_acceptance(agreement_keys(product, account), agreements, at)
    consented = _consent(actor, account, product, consent, at)
    _check_trial(account, quoted)
    _check_package(account, quoted)
    if account.sales_model == "resale":
        check_budget(account, quoted.due)
    elif _needs_means(quoted) and not paying.has_payment_means(
        account_id=account.public_id, products=[product.public_id], amount=quoted.due
    ):
        raise NoPaymentMeans
    pieces = _take_pieces(quoted) if quoted.chosen.specification.stock is not None else 0
    return place(
        actor,
        account,
        kind=states.TRIAL if quoted.chosen.is_trial else states.NEW,
        quote=quoted.result,
        kept=kept,
        coupon=quoted.coupon,
        consent=consented,
        versions=versions,
        line=_line(quoted, answers, pieces),
        at=at,
    )


def _needs_means(quoted: Quoted) -> bool:
    return quoted.due.minor > 0 or (quoted.chosen.price.billing_mode == "pay_per_use" and not quoted.chosen.is_trial)


def _consent(actor: Actor, account: Account, product: Product, given: bool, at: datetime) -> dict[str, Any]:
    if not product.needs_contact_consent:
        return {}
    values = consent_values(actor, account)
    if not values["email"] or not values["phone"]:
        raise ContactDataMissing
    if not given:
        raise ConsentRequired(fields={"consent": ConsentRequired.default_message})
    return {"values": values, "at": at.isoformat(), "login": actor.user_name, "user_id": actor.user_id}


def _check_trial(account: Account, quoted: Quoted) -> None:
    if not quoted.chosen.is_trial:
        return
    product = quoted.chosen.product
    if (
        product.trial_access == "whitelist"
        and not TrialAccess.objects.filter(product=product, account=account).exists()
    ):
        raise TrialNotOpen
    held = Subscription.objects.filter(account=account, product=product, is_trial=True)
    if held.exclude(state="failed").exists():
        raise TrialUsed
    if models.Order.objects.filter(account=account, state__in=states.UNPAID).exists():
        raise TrialBlocked


def _take_pieces(quoted: Quoted) -> int:
    """What is counted is taken by the order, paid or not; canceling puts it back (S-CFG-004). How much that is."""
    chosen = quoted.chosen
    taken = publishing.take_stock(chosen.specification.pk, chosen.quantity)
    if taken.is_sold_out:
        outbox.publish(SoldOut(chosen.product.public_id, chosen.specification.public_id))
    return taken.pieces


def _check_package(account: Account, quoted: Quoted) -> None:
    chosen = quoted.chosen
    if chosen.price.billing_mode != "package" or not chosen.sku.prices.filter(billing_mode="pay_per_use").exists():
        return  # a product that is not sold by use at all has nothing to open
    held = Subscription.objects.filter(account=account, product=chosen.product, billing_mode="pay_per_use")
    if not held.filter(state__in=HELD).exists():
        raise PayPerUseNotOpen


def _line(quoted: Quoted, answers: dict[str, str], pieces: int) -> models.OrderLine:
    chosen = quoted.chosen
    return models.OrderLine(
        product=chosen.product,
        specification=chosen.specification,
        sku=chosen.sku,
        price=chosen.price,
        product_code=chosen.price.product_code,
        product_name=title_of(chosen.product, chosen.specification)[:300],
        billing_mode=chosen.price.billing_mode,
        period_type=chosen.price.period_type,
        period_count=chosen.periods if chosen.price.billing_mode == "period" else 0,
        quantity=chosen.quantity,
        pieces_taken=pieces,
        choices={each.key: chosen.configuration.attributes.get(each.key, "") for each in chosen.attributes},
        extra=answers,
        region=chosen.configuration.region,
        auto_renew=chosen.configuration.auto_renew and chosen.price.billing_mode == "period",
        is_trial=chosen.is_trial,
        trial_days=chosen.trial_days,
        unit_price_e10=chosen.price.unit_price_e10,
    )
