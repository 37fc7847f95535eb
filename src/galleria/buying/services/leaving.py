"""Leaving: subscriptions given back by the rule that applies, renewals given back alone, things released.

One transaction decides, closes and books; the seller is told by jobs, and the money does not wait for the seller
(A-V2D-003). What is given back is an order of kind 4; a large refund waits in it until it is reviewed (B-UNS-005).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.buying import events, models, selectors, states
from galleria.buying.leaving import REASONS, RENEWALS, WHOLE, Part, Preview, Situation, preview, rows_of, situations
from galleria.buying.naming import title_of
from galleria.buying.services import effects
from galleria.buying.services.ordering import creator_name, new_number
from galleria.delivering import services as delivering
from galleria.kit import ids, locks, outbox
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound, Refused
from galleria.kit.money import Money
from galleria.parties.models import Account
from galleria.paying import services as paying
from galleria.pricing import services as pricing
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from galleria.subscribing import selectors as subscriptions
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Period, Subscription

PERMISSION = "billing:subscription:unsubscribe"
REVIEW = "refund"
PREFIX = "unsubscription:"


class NotUnsubscribable(NotAllowed):
    """The rules do not let the buyer leave now; `extra["reasons"]` has the key of the reason by subscription."""

    code = "NOT_UNSUBSCRIBABLE"


class RefundChanged(Refused):
    """It is not what was shown any more; `extra` has both amounts (UI-GEN-04)."""

    code = "REFUND_CHANGED"

    def __init__(self, before: Money, now: Money) -> None:
        message = _("The refund has changed from %(before)s to %(now)s. Please check it and confirm.") % {
            "before": str(before), "now": str(now),
        }  # fmt: skip
        super().__init__(message, extra={"before": before.text, "now": now.text, "currency": now.currency})


@dataclass(frozen=True)
class Left:
    """What a request did: `order` gives money back or waits for its review; `released` had nothing to give back."""

    order: models.Order | None
    released: tuple[Subscription, ...] = ()


@transaction.atomic
def leave(
    actor: Actor, *, subscription_ids: Sequence[str], kind: int = WHOLE, count: int = 1, seen_digest: str,
    reason: str = "", comment: str = "", fee_accepted: bool = False, deletion_accepted: bool = False, at: datetime,
) -> Left:  # fmt: skip
    """Give subscriptions back (kind 1), or their last `count` renewals that have not begun (kind 2).

    `seen_digest`: of the preview that was confirmed. A withdrawal by law needs neither a reason nor ticks. What has
    nothing to give back (expired, trial, free, by use) is released without an order.

    Raises PermissionMissing, NotFound, Invalid, NotUnsubscribable, RefundChanged, ResourceReleased.
    """
    actor.require(PERMISSION)
    wanted = [each.public_id for each in rows_of(actor, subscription_ids)]
    # The account too: nothing of it is paid in between, and of two returns at the limit of a year one is the last.
    mine = [f"account:{actor.account_id}"] if actor.account_id else []
    locks.hold(*mine, *(f"subscription:{each}" for each in wanted))
    seen = preview(actor, subscription_ids=subscription_ids, kind=kind, count=count, at=at)
    check(
        seen, count=count, seen_digest=seen_digest, reason=reason, fee_accepted=fee_accepted,
        deletion_accepted=deletion_accepted,
    )  # fmt: skip
    given_back = [each for each in seen.situations if kind == RENEWALS or each.ruling.is_refunding]
    released = tuple(each.subscription for each in seen.situations if each not in given_back)
    for subscription in released:
        _release(actor, subscription, at)
    order = _order(actor, seen, given_back, reason, comment, at) if given_back else None
    return Left(order, released)


def check(
    seen: Preview, *, count: int = 1, seen_digest: str, reason: str = "", fee_accepted: bool = False,
    deletion_accepted: bool = False, **_more: object,
) -> None:  # fmt: skip
    """What `leave` would refuse, without doing it: for the page that asks once more (B-UNS-001).

    Raises Invalid, NotUnsubscribable, RefundChanged.
    """
    _require_possible(seen)
    if seen_digest != seen.digest:
        raise RefundChanged(_amount_in(seen_digest, seen.currency), seen.total)
    if seen.kind == RENEWALS and any(len(each.to_come) < count for each in seen.situations):
        raise Invalid(fields={"count": _("There are not that many renewals that have not begun.")})
    _check_consent(seen, reason, fee_accepted, deletion_accepted)


def _require_possible(seen: Preview) -> None:
    obstacles = seen.obstacles
    if not obstacles:
        return
    first = next(each for each in seen.situations if each.subscription.public_id in obstacles)
    keys = {subscription: found[0] for subscription, found in obstacles.items()}
    raise NotUnsubscribable(first.said(keys[first.subscription.public_id]), extra={"reasons": keys})


def _amount_in(digest: str, currency: str) -> Money:
    """The sum that stands in front of a digest; nothing when it is no digest."""
    minor = digest.partition(".")[0]
    return Money(int(minor) if minor.isascii() and minor.isdigit() and len(minor) < 19 else 0, currency)


def _check_consent(seen: Preview, reason: str, fee_accepted: bool, deletion_accepted: bool) -> None:
    if seen.kind == WHOLE and all(each.ruling.rule == "withdrawal" for each in seen.situations):
        return
    wrong = {}
    if seen.kind == WHOLE and not deletion_accepted:
        wrong["deletion_accepted"] = _("Confirm that the data may be deleted.")
    if seen.fee and not fee_accepted:
        wrong["fee_accepted"] = _("Confirm that the fee is charged.")
    if any(each.ruling.is_refunding for each in seen.situations) and reason not in REASONS:
        wrong["reason"] = _("Choose a reason.")
    if wrong:
        raise Invalid(fields=wrong)


# ----- the order -----


def _order(
    actor: Actor, seen: Preview, leaving: Sequence[Situation], reason: str, comment: str, at: datetime
) -> models.Order:
    account = leaving[0].subscription.account
    order = models.Order.objects.create(
        public_id=new_number(at), account=account, user_id=actor.user_pk, creator_name=creator_name(actor),
        kind=states.UNSUBSCRIPTION, state="pending_approval" if seen.needs_review else "refunding",
        currency=seen.currency, official_minor=0, discounted_minor=0, due_minor=0, created_at=at,
    )  # fmt: skip
    rules = {each.ruling.rule for each in leaving}
    asked = models.Unsubscription.objects.create(
        order=order, kind=seen.kind, is_withdrawal=seen.kind == WHOLE and rules == {"withdrawal"},
        reason=reason if reason in REASONS else "", comment=comment.strip()[:500], refund_minor=seen.total.minor,
        coupon_minor=seen.coupon.minor,
    )  # fmt: skip
    by_subscription: dict[int, list[Part]] = {}
    for part in seen.parts:
        by_subscription.setdefault(part.period.subscription_id, []).append(part)
    for number, each in enumerate(leaving, 1):
        _line(order, asked, each, by_subscription.get(each.subscription.pk, []), number)
    told = {"refund": seen.total, "state": order.state, "kind": seen.kind}
    audit.record(actor, "order.unsubscribed", order, at=at, after=told, account_id=account.public_id)
    outbox.publish(events.UnsubscriptionAsked(order.public_id, order.state))
    if order.state == "pending_approval":
        names = ", ".join(dict.fromkeys(str(each.subscription.product.name) for each in leaving))
        reviewing.submit(
            actor, kind=REVIEW, subject=order.public_id, title=f"{order.public_id} · {seen.total}", at=at,
            seller_name=names[:120],
        )  # fmt: skip
    else:
        _carry_out(actor, order, asked, at)
    return order


def _line(
    order: models.Order, asked: models.Unsubscription, leaving: Situation, parts: Sequence[Part], number: int
) -> None:
    held = leaving.subscription
    line = models.OrderLine.objects.create(
        public_id=ids.line_id(order.public_id, number), order=order, product=held.product,
        specification=held.specification, sku=held.sku, price=held.price, subscription=held,
        product_code=held.product_code, product_name=title_of(held.product, held.specification)[:300],
        billing_mode=held.billing_mode, period_type=held.period_type, period_count=held.period_count,
        quantity=held.quantity, choices=held.choices, region=held.region, official_minor=0, payable_minor=0,
        delivery_state="waiting",
    )  # fmt: skip
    for part in parts:
        rule = "renewal" if part.timing == "to_come" else leaving.ruling.rule
        models.UnsubscribedTerm.objects.create(
            unsubscription=asked, line=line, period=part.period, source=part.source, rule=rule,
            reference=f"{PREFIX}{order.public_id}:{part.period.public_id}", cash_minor=part.back.cash.minor,
            tax_minor=part.back.tax.minor, coupon_minor=part.back.coupon.minor, result=part.back.to_json(),
        )  # fmt: skip


def _carry_out(actor: Actor, order: models.Order, asked: models.Unsubscription, at: datetime) -> None:
    """Close or shorten what is held, have the sellers told, give the money back."""
    terms = list(asked.terms.select_related("period", "source__coupon", "source__account", "line"))
    for line in order.lines.select_related("subscription__product__seller", "subscription__account"):
        mine = [term for term in terms if term.line_id == line.pk]
        if asked.kind == RENEWALS:
            _give_back_renewals(line, mine, at)
        else:
            _close(actor, line, mine, at)
    # Every refund is booked before any of them may end the order.
    for term in terms:
        _refund(order, term, at)
    _finish(order, asked, at)


def _held(line: models.OrderLine) -> Subscription:
    if line.subscription is None:
        raise LookupError(f"line {line.public_id} is of no subscription")
    return line.subscription


def _close(actor: Actor, line: models.OrderLine, terms: Sequence[models.UnsubscribedTerm], at: datetime) -> None:
    held = _held(line)
    for term in terms:
        state = "given_back" if term.rule == "renewal" else "paid"
        amount = term.cash_minor + term.tax_minor
        Period.objects.filter(pk=term.period_id).update(state=state, refunded_minor=F("refunded_minor") + amount)
    if held.state in {"closing", "released"}:
        return  # it ended by itself while the refund was reviewed
    delivering.close(held, order_id=line.order.public_id, order_line_id=line.public_id, at=at)
    audit.record(
        actor, "subscription.unsubscribed", held, at=at, after={"order": line.order.public_id},
        account_id=held.account.public_id,
    )  # fmt: skip


def _give_back_renewals(line: models.OrderLine, terms: Sequence[models.UnsubscribedTerm], at: datetime) -> None:
    held = _held(line)
    for term in terms:  # the last one first (B-ORF-001)
        subscribing.give_back_period(held, term.period, refunded_minor=term.cash_minor + term.tax_minor, at=at)
    # Who gives a renewal back does not want it deducted again tomorrow.
    subscribing.stop_auto_renewal(held, at=at)
    if delivering.has_interface(held) and held.expires_at is not None:
        delivering.request_delivery(
            held, activity="refreshInstance", scene="UNSUBSCRIBE_RENEWAL_PERIOD",
            parameters={"ends_at": held.expires_at.isoformat()}, order_id=line.order.public_id,
            order_line_id=line.public_id, at=at,
        )  # fmt: skip


def _refund(order: models.Order, term: models.UnsubscribedTerm, at: datetime) -> None:
    """Money back to where it came from, the coupon's part to the coupon, each by its paid order (B-UNS-006)."""
    source, currency = term.source, order.currency
    net, tax, coupon = (Money(each, currency) for each in (term.cash_minor, term.tax_minor, term.coupon_minor))
    amount = net + tax
    models.OrderLine.objects.filter(public_id=term.period.order_line_id).update(
        refunded_minor=F("refunded_minor") + amount.minor
    )
    models.Order.objects.filter(pk=source.pk).update(refunded_minor=F("refunded_minor") + amount.minor)
    models.OrderLine.objects.filter(pk=term.line_id).update(refunded_minor=F("refunded_minor") + amount.minor)
    if coupon and source.coupon_id is not None:
        pricing.return_coupon(source.coupon_id, source.public_id, coupon, at=at)
    if source.paid_by == "reseller":
        Account.objects.filter(pk=source.account_id).update(
            reseller_spent_minor=F("reseller_spent_minor") - amount.minor
        )
    if not amount and not coupon:
        models.UnsubscribedTerm.objects.filter(pk=term.pk).update(state="refunded")
        return
    paying.refund(
        SYSTEM, order_id=source.public_id, reference=term.reference, net=net, tax=tax, coupon=coupon,
        country=source.account.country, reason=f"{order.public_id}", at=at,
    )  # fmt: skip


def note_refund(reference: str, *, at: datetime) -> None:
    """A refund has arrived; with the last one the order is completed."""
    term = models.UnsubscribedTerm.objects.select_related("unsubscription__order").filter(reference=reference).first()
    if term is None:
        return
    models.UnsubscribedTerm.objects.filter(pk=term.pk).update(state="refunded")
    asked = term.unsubscription
    booked = models.OrderLine.objects.filter(order_id=asked.order_id, delivery_state="done").exists()
    if booked:
        _finish(asked.order, asked, at)


def _finish(order: models.Order, asked: models.Unsubscription, at: datetime) -> None:
    models.OrderLine.objects.filter(order_id=order.pk).update(delivery_state="done")
    if asked.terms.filter(state="waiting").exists():
        return
    order.refresh_from_db()
    if order.state != "refunding":
        return
    states.ORDER.apply(order, "finish_partial_refund", refunded_minor=asked.refund_minor, finished_at=at)
    outbox.publish(events.UnsubscriptionCompleted(order.public_id))


# ----- released without an order -----


def _release(actor: Actor, subscription: Subscription, at: datetime) -> None:
    """Nothing was paid for what is left: it is deleted at the seller, without an order (B-EXP-003)."""
    delivering.close(subscription, at=at)
    audit.record(
        actor, "subscription.left", subscription, at=at, account_id=subscription.account.public_id,
        before={"state": subscription.state},
    )  # fmt: skip


# ----- large refunds: withdrawn, approved, returned -----


def _pending(order_id: str) -> tuple[models.Order, models.Unsubscription]:
    asked = models.Unsubscription.objects.select_related("order__account").filter(order__public_id=order_id).first()
    if asked is None:
        raise NotFound
    return asked.order, asked


@transaction.atomic
def take_back(actor: Actor, *, order_id: str, at: datetime) -> models.Order:
    """The buyer keeps it after all, while the refund is not decided. Raises NotFound, NotAllowed."""
    actor.require(PERMISSION)
    order = selectors.order_of(actor, order_id)
    if order.kind != states.UNSUBSCRIPTION:
        raise NotFound
    reviewing.withdraw(actor, kind=REVIEW, subject=order.public_id, at=at)
    order.refresh_from_db()
    return order


def approve(actor: Actor, submission: Submission, at: datetime) -> None:
    """The operator lets a large refund go: what was confirmed happens now, with the figures of then."""
    order, asked = _pending(submission.subject)
    held = subscriptions.subscriptions_of(SYSTEM).filter(order_lines__order=order)
    numbers = held.values_list("public_id", flat=True)
    locks.hold(f"account:{order.account.public_id}", *(f"subscription:{each}" for each in numbers))
    states.ORDER.apply(order, "accept_refund")
    _carry_out(actor, order, asked, at)
    audit.record(actor, "order.refund_approved", order, at=at, account_id=order.account.public_id)


def give_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """No refund: nothing has changed, and the reason is told."""
    order, _asked = _pending(submission.subject)
    states.ORDER.apply(order, "cancel", state_reason=submission.note[:500], finished_at=at)


def withdraw(actor: Actor, submission: Submission, at: datetime) -> None:
    """The buyer changed its mind."""
    order, _asked = _pending(submission.subject)
    states.ORDER.apply(order, "cancel", finished_at=at)
    audit.record(actor, "order.unsubscription_withdrawn", order, at=at, account_id=order.account.public_id)


# ----- invoices -----


@transaction.atomic
def note_invoice(*, order_id: str, by: str) -> None:
    """An invoice was issued for an order (by: operator, seller, partner), or returned (empty) (B-UNS-T3)."""
    if by not in ("", "operator", "seller", "partner"):
        raise ValueError(by)
    models.Order.objects.filter(public_id=order_id).update(invoiced_by=by)


def _nothing(line: models.OrderLine, *_about: object) -> None:
    """The money does not wait for the seller; a call that failed is the seller's exception to repeat (B-EXP-005)."""


def _never_paid(order: models.Order, line: models.OrderLine, at: datetime) -> None:
    raise states.OrderStatusChanged(_("An unsubscription is not paid."))


effects.register(states.UNSUBSCRIPTION, effects.Effect(paid=_never_paid, delivered=_nothing, failed=_nothing))

__all__ = [
    "Left",
    "NotUnsubscribable",
    "RefundChanged",
    "approve",
    "check",
    "give_back",
    "leave",
    "note_invoice",
    "note_refund",
    "situations",
    "take_back",
    "withdraw",
]
