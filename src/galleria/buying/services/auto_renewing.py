"""Renewing by itself: deducted by the clock, once, with a record of every attempt (B-ARN-003 to 009).

What needs nobody outside (balance, settlement, a partner, nothing due) is one transaction: order, payment, new expiry
and the attempt, or only the failed attempt. A card is charged between two transactions: the order and the attempt are
kept first, so that whoever comes next finds them and goes on; an order that could not be paid is canceled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import cast

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from galleria.buying import bound, events, models, renewable, states
from galleria.buying.reading import long_texts
from galleria.buying.renewable import Term
from galleria.buying.services import renewing
from galleria.buying.services.canceling import cancel_unpaid
from galleria.buying.services.deductions import (
    attempt_in_the_way,
    attempt_of,
    fail_attempt,
    note_canceled,
    note_paid,
    paying_attempt,
    tell_failure,
)
from galleria.buying.services.guarding import ChangeUnderWay
from galleria.buying.services.holding import Asked, held_of, place_on_held
from galleria.buying.services.ordering import NoPaymentMeans
from galleria.buying.services.paying_orders import charge_of, pay_orders
from galleria.kit import clock, jobs, locks, outbox, parameters, prepared
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import Busy, Refused
from galleria.kit.money import Money
from galleria.kit.prepared import Prepared
from galleria.kit.spoken import stored
from galleria.parties import services as parties_services
from galleria.parties.models import Account
from galleria.paying import services as paying
from galleria.paying.ports import GatewayUnavailable
from galleria.paying.services import PaymentInProgress
from galleria.pricing import selectors as pricing
from galleria.pricing.models import Coupon
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription
from galleria.subscribing.rules import PeriodType, plan
from galleria.subscribing.rules.plan import Planned

LOOK_AGAIN = timedelta(minutes=10)
SOON = timedelta(minutes=1)
_COUPONS = ("cash", "discount")


def deduct(subscription: Subscription, planned: Planned, *, at: datetime) -> datetime | None:
    """One deduction of a plan; a runner that works outside transactions and may be run twice (B-ARN-003).

    Returns when to look again while a card payment is open or somebody else works on the subscription; what fails is
    recorded, and tried again on the next day of the plan.
    """
    if subscription.expires_at is None:
        return None
    return deduct_for(subscription.public_id, subscription.expires_at, planned.due_at, at=at)


def deduct_for(subscription_id: str, expires_at: datetime, planned_at: datetime, *, at: datetime) -> datetime | None:
    """Renew by itself what ends at `expires_at`, for the deduction day `planned_at`. Outside transactions."""
    try:
        with transaction.atomic():
            attempt = _begin(subscription_id, expires_at, planned_at, at)
    except (Busy, subscribing.SubscriptionMoved):
        return at + SOON
    except ChangeUnderWay as refusal:
        # The seller has hours to make it: no reason to give up, unless this is the last moment.
        if at + LOOK_AGAIN < expires_at:
            return at + LOOK_AGAIN
        _note_failure(subscription_id, expires_at, planned_at, refusal, at)
        return None
    except Refused as refusal:
        _note_failure(subscription_id, expires_at, planned_at, refusal, at)
        return None
    if attempt is not None and attempt.state == "paying":
        return _pay_by_card(attempt, at)
    return None


def acting_for(account: Account) -> Actor:
    """The operations system, in an account (B-ORD-017)."""
    return replace(SYSTEM, account_id=account.public_id, account_pk=account.pk)


def token_of(order_id: str) -> str:
    """The payment's token: an order is paid by its own renewal once, whoever asks how often (B-PAY-003)."""
    return f"renewal:{order_id}"


_ANY_COUPON: Prepared[int] = Prepared(
    lambda p: Coupon.objects.filter(account_id=p("account"), state="unused").values_list("pk", flat=True)[:1]
)
_WITH = ("account", "product__seller", "product__popular_pick", "specification", "sku")
_DUE = Prepared(
    lambda p: (
        Subscription.objects.select_related(*_WITH)
        .defer(*long_texts("product", "product__seller", "specification"))
        .filter(public_id=p("subscription"), renewal="auto", expires_at=p("expires_at"))
    )
)


_ACCOUNT_OF_DUE: Prepared[str] = Prepared(
    lambda p: Subscription.objects.filter(
        public_id=p("subscription"), renewal="auto", expires_at=p("expires_at")
    ).values_list("account__public_id", flat=True)
)


def _due(subscription_id: str, expires_at: datetime) -> Subscription | None:
    """The subscription, if it still renews by itself and still ends then."""
    row = _DUE.one(subscription=subscription_id, expires_at=expires_at)
    is_due = row is not None and row.renewals_left != 0 and row.state in renewable.RENEWABLE_STATES
    return row if is_due else None


def _begin(subscription_id: str, expires_at: datetime, planned_at: datetime, at: datetime) -> models.Deduction | None:
    """In one transaction: order it, pay it where nobody outside is needed, and keep the attempt.

    None when there is nothing to do (any more). Raises whatever is in the way.
    """
    account_id = _ACCOUNT_OF_DUE.one(subscription=subscription_id, expires_at=expires_at)
    if account_id is None:
        return None
    # As payments do: the account before anything of it.
    locks.hold(f"account:{account_id}", f"subscription:{subscription_id}")
    row = _due(subscription_id, expires_at)
    if row is None or bound.is_part(row):
        # Renewed by hand, or set otherwise, while we waited; a part is renewed with what it belongs to (B-REN-004).
        return None
    known = attempt_in_the_way(row, planned_at)
    if known is not None:
        return known
    actor = acting_for(row.account)
    parties_services.require_orderable(row.account)
    orders = place_on_held(actor, _with_parts(actor, row, asked_by_itself(actor, row, at), at), at=at)
    order = orders[0]
    attempt = models.Deduction(
        subscription=row, expires_at=expires_at, planned_at=planned_at, state="paying", order_id=order.public_id,
        currency=order.currency, due_minor=sum(each.due_minor for each in orders), tried_at=at,
    )  # fmt: skip
    prepared.insert(attempt)
    if order.state != "pending_payment":  # nothing due, or a partner pays: it is renewed already
        note_paid(order, held_of(order.lines.all()[0]), at=at)
        attempt.state = "paid"
        return attempt
    charges = [charge_of(each) for each in orders]
    means = _means(row.account, charges, at)
    if means.method != "card":
        paying.charge(
            actor, account_id=row.account.public_id, charges=charges, method=means.method,
            token=token_of(order.public_id), at=at,
        )  # fmt: skip
        attempt.state = "paid"
    return attempt


def _with_parts(actor: Actor, row: Subscription, asked: Asked, at: datetime) -> list[Asked]:
    """What is asked for a subscription, with the same for its parts; all are paid, or none (B-REN-004)."""
    parts = bound.parts_of(row)
    if not parts:
        return [asked]
    rows = renewing.rows_of(actor, parts)
    facts = renewing.facts_for(actor, rows, at)
    term = Term(cast(PeriodType, asked.period_type), asked.period_count)
    return [asked, *(renewing.renewal_of(each, facts, term=term, is_automatic=True, at=at).asked for each in rows)]


def _means(account: Account, charges: Sequence[paying.OrderCharge], at: datetime) -> paying.AutomaticMethod:
    """Settlement, balance, card (9.2). Raises NoPaymentMeans with the amount."""
    found = paying.automatic_method(account.public_id, charges, at)
    if found is None:
        due = Money.sum((each.due for each in charges), charges[0].net.currency)
        raise NoPaymentMeans(
            _("Neither the balance nor a card covers it."), extra={"needed": due.text, "currency": due.currency}
        )
    return found


def asked_by_itself(actor: Actor, row: Subscription, at: datetime) -> Asked:
    """What an automatic renewal orders, at the price of this moment, with the best coupon that fits (B-ARN-003, 009).

    Raises NotRenewable and its children, OpenOrderOnSubscription.
    """
    facts = renewing.facts_for(actor, [row], at)
    found = renewing.renewal_of(row, facts, is_automatic=True, at=at)
    if not found.due.is_positive:
        return found.asked
    if _ANY_COUPON.one(account=actor.account_pk or 0) is None:
        return found.asked
    coupons = [each for each in pricing.fitting_coupons(actor, found.quote, at=at) if each.kind in _COUPONS]
    if not coupons:
        return found.asked
    return renewing.renewal_of(row, facts, coupon=coupons[0], is_automatic=True, at=at).asked


# ----- cards -----


def _pay_by_card(attempt: models.Deduction, at: datetime) -> datetime | None:
    """Charge the order of an attempt, outside transactions; run again it goes on where it stopped."""
    order = models.Order.objects.select_related("account").get(public_id=attempt.order_id)
    if order.state != "pending_payment":
        if order.state == "canceled":
            note_canceled(order.public_id, at=at)
        return None  # paid meanwhile: the payment itself has noted it
    actor = acting_for(order.account)
    try:
        orders = _placed_together(order)
        means = _means(order.account, [charge_of(each) for each in orders], at)
        paid = pay_orders(
            actor, order_ids=[each.public_id for each in orders], method=means.method, means_id=means.means_id,
            token=token_of(order.public_id), at=at,
        )  # fmt: skip
        payment = paid.payment
        if payment.state == "needs_action":  # nobody is there whom the bank could ask
            payment = paying.abandon_card_payment(actor, payment_id=payment.public_id, at=at)
    except (Busy, GatewayUnavailable):
        return at + LOOK_AGAIN
    except PaymentInProgress:
        return at + LOOK_AGAIN
    except Refused as refusal:
        _give_up(attempt, refusal.code, stored_of(refusal), at)
        return None
    match payment.state:
        case "succeeded":
            return None
        case "failed":
            reason = payment.failure_text or stored(_("The card was declined."))
            _give_up(attempt, payment.failure_code or "CARD_DECLINED", reason, at)
            return None
    return at + LOOK_AGAIN


def _placed_together(order: models.Order) -> list[models.Order]:
    if not order.combined_id:
        return [order]
    rows = models.Order.objects.select_related("account").filter(
        account_id=order.account_id, combined_id=order.combined_id
    )
    return list(rows.order_by("pk"))


def _give_up(attempt: models.Deduction, code: str, reason: str, at: datetime) -> None:
    """The order of a failed attempt is canceled, so that it is in nobody's way (B-REN-002)."""
    with transaction.atomic():
        # The order before its attempt, as payments and cancellations do; what was paid meanwhile has noted it.
        order = models.Order.objects.select_for_update().get(public_id=attempt.order_id)
        if order.state not in states.UNPAID:
            return
        fail_attempt(attempt, code, reason, at)
        why = stored(_("The renewal could not be paid by itself."))
        cancel_unpaid(SYSTEM, order_id=order.public_id, reason=why, at=at)


def give_up_order(order_id: str, code: str, reason: str, *, at: datetime) -> None:
    """A card payment of this order has failed for good: if the clock ordered it, it is over (B-ARN-004)."""
    attempt = paying_attempt(order_id)
    if attempt is not None:
        _give_up(attempt, code, reason, at)


# ----- failures -----


def stored_of(refusal: Refused) -> str:
    """The sentence of a refusal as it is kept: in English, translated when it is read."""
    with translation.override("en"):
        return refusal.message[:300]


def _note_failure(
    subscription_id: str, expires_at: datetime, planned_at: datetime, refusal: Refused, at: datetime
) -> None:
    """Keep why nothing was renewed, and tell the account (B-ARN-004, B-ARN-007)."""
    with transaction.atomic():
        row = _due(subscription_id, expires_at)
        if row is None or attempt_of(row, planned_at) is not None:
            return
        reason = stored_of(refusal)
        row.deductions.create(
            expires_at=expires_at, planned_at=planned_at, state="failed", code=refusal.code[:40], reason=reason,
            currency=row.currency, tried_at=at, finished_at=at,
        )  # fmt: skip
        tell_failure(row, expires_at, planned_at, refusal.code, reason, at)


# ----- before the deduction, and at once -----


def announce_price(subscription: Subscription, planned: Planned, *, at: datetime) -> datetime | None:
    """Tell a higher price days before the deduction; a runner (B-ARN-009)."""
    row = _due(subscription.public_id, subscription.expires_at) if subscription.expires_at else None
    if row is None or row.expires_at is None:
        return None
    actor = acting_for(row.account)
    try:
        change = renewable.price_change_of(row)
        if change is None or not change.is_higher:
            return None
        facts = renewing.facts_for(actor, [row], at)
        found = renewing.renewal_of(row, replace(facts, blocks={}), is_automatic=True, at=at)
    except Refused:
        return None  # the deduction will say so
    times = plan.deduction_times(row.expires_at, facts.offset_days, facts.deduct_time, clock.billing_zone())
    outbox.publish(
        events.RenewalPriceRises(
            row.public_id, change.was.minor, change.now.minor, found.due.minor, found.due.currency,
            times[0].isoformat() if times else row.expires_at.isoformat(),
        )
    )  # fmt: skip
    return None


def deduct_at_once_if_due(subscription_id: str, *, at: datetime) -> bool:
    """Switched on when no daily deduction is left before the end: deduct now, after the commit (B-ARN-005)."""
    row = Subscription.objects.filter(public_id=subscription_id, renewal="auto", state="effective").first()
    if row is None or row.expires_at is None:
        return False
    when = time.fromisoformat(str(parameters.get("renewal.deduct_time", at=at)))
    if not plan.deducts_at_once(at, row.expires_at, when, clock.billing_zone()):
        return False
    jobs.enqueue(
        "buying.deduct_now", subscription_id=row.public_id, expires_at=row.expires_at.isoformat(),
        planned_at=at.isoformat(),
    )  # fmt: skip
    return True
