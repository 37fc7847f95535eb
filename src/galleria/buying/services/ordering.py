"""What every kind of order needs: its number, its refusals, the budget of a partner, and how it is stored and told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.buying import events, models, promised
from galleria.kit import ids, jobs, outbox, parameters, prepared
from galleria.kit.actor import Actor
from galleria.kit.errors import Refused
from galleria.kit.money import Money
from galleria.kit.prepared import Prepared
from galleria.parties import selectors as parties
from galleria.parties import services as parties_services
from galleria.parties.models import Account, AgreementVersion
from galleria.paying import services as paying
from galleria.pricing import services as pricing
from galleria.pricing.models import Coupon
from galleria.pricing.rules import quote as quote_rules

_NUMBER: Prepared[int] = Prepared(
    lambda p: models.Order.objects.filter(public_id=p("number")).values_list("pk", flat=True)
)


class CouponNotUsable(Refused):
    """The coupon does not fit any more; `extra` says why."""

    code = "COUPON_NOT_USABLE"
    status = 422
    default_message = _("This coupon cannot be used for this order. Choose another one or go on without.")


class NoPaymentMeans(Refused):
    """Nothing to pay with (B-PUR-004)."""

    code = "NO_PAYMENT_MEANS"
    default_message = _("Add a card or top up your balance first, then come back to this order.")


class PartnerBudgetExceeded(Refused):
    """The reseller's budget for this customer does not cover the order (B-RSL-003)."""

    code = "PARTNER_BUDGET_EXCEEDED"


class PriceChanged(Refused):
    """The price is another one than the buyer saw; `extra` has both amounts (B-CFG-T3)."""

    code = "PRICE_CHANGED"

    def __init__(self, before: Money, now: Money) -> None:
        message = _("The price has changed from %(before)s to %(now)s. Please check it and confirm.") % {
            "before": str(before),
            "now": str(now),
        }
        super().__init__(message, extra={"before": before.text, "now": now.text, "currency": now.currency})


def check_budget(account: Account, due: Money) -> None:
    """Raises PartnerBudgetExceeded when the reseller's budget for this customer does not cover the order."""
    if account.reseller_budget_minor is None:
        return
    left = Money(account.reseller_budget_minor - account.reseller_spent_minor, due.currency)
    if due > left:
        raise PartnerBudgetExceeded(
            _("Your partner's budget has %(left)s left; this order needs %(due)s. Ask your partner.")
            % {"left": str(left), "due": str(due)},
            extra={"left": left.text, "due": due.text, "currency": due.currency},
        )


def new_number(at: datetime) -> str:
    """An order number that no other order has (B-ORD-001)."""
    while True:
        number = ids.new_order_id(at)
        if _NUMBER.one(number=number) is None:
            return number


def place(
    actor: Actor,
    account: Account,
    *,
    kind: int,
    quote: quote_rules.Quote,
    line: models.OrderLine,
    kept: models.Quote | None = None,
    coupon: Coupon | None = None,
    consent: dict[str, Any] | None = None,
    versions: Sequence[AgreementVersion] = (),
    at: datetime,
) -> models.Order:
    """Store an order and do what follows in the same transaction: agreements frozen, coupon locked, offers used, noted
    and told; then it is processed at once where the buyer has nothing to pay, or paid by itself where that is set.

    Everything has been checked. `line` as for `_store`. Raises CouponLocked.
    """
    order = _store(actor, account, kind=kind, quote=quote, line=line, kept=kept, coupon=coupon, consent=consent, at=at)
    if versions:
        freeze_agreements(actor, order, versions, at)
    if coupon is not None:
        pricing.lock_coupon(coupon, order.public_id)
    used = [each.discount.to_json() for each in quote.lines if each.discount]
    pricing.use_offers(order_id=order.public_id, account_pk=account.pk, discounts=used, at=at)
    audit.record(
        actor, "order.placed", order, at=at, after={"due": str(quote.due), "state": order.state},
        account_id=account.public_id,
    )  # fmt: skip
    outbox.publish(events.OrderPlaced(order.public_id, order.state, order.kind, order.user_id is None))
    if order.state == "pending_payment":
        if quote.due.minor == 0 or account.sales_model == "resale":
            _process_at_once(actor, order, "reseller" if account.sales_model == "resale" else "none", at)
        elif account.pays_automatically and not actor.is_system:
            jobs.enqueue("buying.pay_automatically", order_id=order.public_id)
    return order


def _store(
    actor: Actor,
    account: Account,
    *,
    kind: int,
    quote: quote_rules.Quote,
    line: models.OrderLine,
    kept: models.Quote | None = None,
    coupon: Coupon | None = None,
    consent: dict[str, Any] | None = None,
    at: datetime,
) -> models.Order:
    """Keep an order of one line with the amounts of its quote, frozen (B-ORD-002); above the limit of who orders it
    waits for approval. `line` has what is bought; its order, number and amounts are written here.
    """
    limit = None if actor.is_system else parties.order_limit_of(actor)
    needs_approval = limit is not None and quote.due.minor > limit
    order = models.Order(
        public_id=new_number(at),
        account=account,
        user_id=actor.user_pk,
        creator_name=creator_name(actor),
        kind=kind,
        state="pending_approval" if needs_approval else "pending_payment",
        currency=quote.currency,
        official_minor=quote.official.minor,
        discounted_minor=quote.after_discount.minor,
        coupon_minor=quote.coupon.minor,
        tax_minor=quote.tax.minor,
        due_minor=quote.due.minor,
        tax_rate_e4=quote.tax_e4,
        coupon=coupon,
        quote=kept,
        working=quote.to_json(),
        consent=consent or {},
        created_at=at,
        expires_at=at + timedelta(hours=int(parameters.get("order.unpaid_ttl_hours", at=at))),
    )
    prepared.insert(order)
    priced = quote.lines[0]
    line.public_id, line.order = ids.line_id(order.public_id, 1), order
    line.promise = promised.of_product(line.product)
    line.official_minor, line.discount_minor = priced.official.minor, priced.saving.minor
    line.discounts = [priced.discount.to_json()] if priced.discount else []
    line.coupon_minor, line.payable_minor, line.tax_minor = priced.coupon.minor, priced.net.minor, priced.tax.minor
    prepared.insert(line)
    prepared.give(order, "lines", [line])  # who reads the lines next need not ask again
    return order


def creator_name(actor: Actor) -> str:
    """B-ORD-017: the login; staff and jobs by what they are."""
    return "operations staff" if actor.is_operator else actor.user_name[:120]


def freeze_agreements(actor: Actor, order: models.Order, versions: Sequence[AgreementVersion], at: datetime) -> None:
    """Keep which versions were accepted with the order (B-ORD-002)."""
    parties_services.accept_agreements(actor, versions=list(versions), at=at, order_id=order.public_id)
    prepared.insert(
        *[
            models.OrderAgreement(order=order, version=version, accepted_at=at, accepted_by=actor.user_name[:120])
            for version in versions
        ]
    )


def _process_at_once(actor: Actor, order: models.Order, method: str, at: datetime) -> None:
    """What costs nothing, or is paid by the reseller, is processed as soon as it is placed."""
    from galleria.buying.services.paying_orders import charge_of

    paying.charge(
        actor,
        account_id=order.account.public_id,
        charges=[charge_of(order)],
        method=method,
        token=f"at-once:{order.public_id}",
        at=at,
    )
    order.refresh_from_db()
