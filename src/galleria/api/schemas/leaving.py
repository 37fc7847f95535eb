"""Leaving: what would come back and why, and what was given back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from galleria.api.schemas.common import NO_NUL, PLAIN, In, Instant, MoneyOut, Out, PageOut, PublicId, money, money_of
from galleria.buying import leaving
from galleria.buying.leaving import Part, Preview, Situation
from galleria.buying.services.leaving import Left
from galleria.buying.states import STATE_NUMBERS
from galleria.kit.money import Money
from galleria.pricing.rules.refunds import Back
from galleria.pricing.rules.working import Step

Digest = Annotated[str, Field(max_length=64, pattern=PLAIN)]
Reason = Literal[
    "", "not_needed", "too_expensive", "missing_features", "hard_to_use", "problems", "support", "other_product",
    "by_mistake", "other",
]  # fmt: skip


class WhyOut(Out):
    """A reason: `key` is stable, `text` is in the language asked for."""

    key: str
    text: str


class RefundStep(Out):
    """A step of the working, in words, with what came out of it."""

    text: str
    rule: str
    amount: MoneyOut | None


class TargetOut(Out):
    """Where an amount goes: `source` is cash, card, credit, settlement, reseller or coupon."""

    source: str
    means: str
    amount: MoneyOut


class TermOut(Out):
    """A paid term and what comes back of it. `timing`: running or to_come. `basis`: share, whole or nothing."""

    period: str
    order: str
    timing: str
    basis: str
    starts_at: Instant
    ends_at: Instant | None
    paid: MoneyOut
    consumed: MoneyOut
    fee: MoneyOut
    refund: MoneyOut
    tax: MoneyOut
    coupon: MoneyOut
    working: list[RefundStep]
    targets: list[TargetOut]


class LeavingOut(Out):
    """The rule that applies to one subscription, why, and what stands in the way."""

    subscription: str
    rule: str
    because: WhyOut
    obstacles: list[WhyOut]
    notes: list[WhyOut]
    is_possible: bool
    withdrawal_until: Instant | None
    renewals: int


class UnsubscriptionPreview(Out):
    """What a request would do now. Send `digest` with it: it is refused when it would do something else.

    `total` is what comes back, tax included. `needs_review`: the operator looks at it first. `ends_at`: for renewals,
    when the subscription would end then.
    """

    kind: int
    subscriptions: list[LeavingOut]
    terms: list[TermOut]
    paid: MoneyOut
    consumed: MoneyOut
    fee: MoneyOut
    refund: MoneyOut
    tax: MoneyOut
    coupon: MoneyOut
    total: MoneyOut
    targets: list[TargetOut]
    is_possible: bool
    needs_review: bool
    deletes_data: bool
    ends_at: Instant | None
    at: Instant
    digest: str


class UnsubscriptionPreviewIn(In):
    """What is to be given back. `kind` 1: subscriptions with their renewals; 2: the last `count` renewals not begun."""

    subscriptions: Annotated[list[PublicId], Field(min_length=1, max_length=10)]
    kind: Annotated[int, Field(ge=1, le=2)] = 1
    count: Annotated[int, Field(ge=1, le=36)] = 1


class UnsubscriptionIn(UnsubscriptionPreviewIn):
    """What is given back, as its preview showed it.

    `fee_accepted`, `deletion_accepted`: confirm the fee and that data is deleted. A withdrawal needs no reason.
    """

    digest: Digest
    reason: Reason = ""
    comment: Annotated[str, Field(max_length=500, pattern=NO_NUL)] = ""
    fee_accepted: bool = False
    deletion_accepted: bool = False


class GivenBackOut(Out):
    """One term that was given back."""

    subscription: str
    period: str
    order: str
    rule: str
    state: str
    refund: MoneyOut
    tax: MoneyOut
    coupon: MoneyOut
    working: list[RefundStep]


class UnsubscriptionOut(Out):
    """An unsubscription. `state_number` is stable; *refunding* has none (null)."""

    id: str
    kind: int
    state: str
    state_number: int | None
    state_reason: str
    is_withdrawal: bool
    reason: str
    comment: str
    requested_by: str
    requested_at: Instant
    finished_at: Instant | None
    total: MoneyOut
    coupon: MoneyOut
    terms: list[GivenBackOut]


class UnsubscriptionPage(PageOut[UnsubscriptionOut]):
    """Unsubscriptions, the newest first."""


class LeftOut(Out):
    """What a request did: an unsubscription with its refund, and what was released with nothing to give back."""

    unsubscription: UnsubscriptionOut | None
    released: list[str]


def _say(situation: Situation, keys: tuple[str, ...]) -> list[WhyOut]:
    return [WhyOut(key=key, text=situation.said(key)) for key in keys]


def _steps(steps: tuple[Step, ...]) -> list[RefundStep]:
    return [
        RefundStep(text=step.sentence(_shown), rule=step.rule, amount=money_of(step.amount) if step.amount else None)
        for step in steps
    ]


def _shown(value: object) -> str:
    share = getattr(value, "e4", None)
    return f"{share / 100:g} %" if share is not None else str(value)


def _target(target: leaving.Target) -> TargetOut:
    return TargetOut(source=target.source, means=target.means, amount=money_of(target.amount))


def _term(part: Part) -> TermOut:
    period, back = part.period, part.back
    return TermOut(
        period=period.public_id,
        order=part.source.public_id,
        timing=part.timing,
        basis=back.basis,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        paid=money_of(back.paid),
        consumed=money_of(back.consumed),
        fee=money_of(back.fee),
        refund=money_of(back.cash),
        tax=money_of(back.tax),
        coupon=money_of(back.coupon),
        working=_steps(back.steps),
        targets=[_target(each) for each in part.targets],
    )


def _leaving(seen: Preview, each: Situation) -> LeavingOut:
    ruling, subscription = each.ruling, each.subscription.public_id
    obstacles = each.renewal_obstacles if seen.kind == leaving.RENEWALS else ruling.obstacles
    return LeavingOut(
        subscription=subscription,
        rule=ruling.rule if seen.kind == leaving.WHOLE else "renewal",
        because=WhyOut(key=ruling.because, text=each.said(ruling.because)),
        obstacles=_say(each, obstacles),
        notes=_say(each, ruling.notes),
        is_possible=subscription not in seen.obstacles,
        withdrawal_until=each.facts.withdrawal_until,
        renewals=len(each.to_come),
    )


def preview_out(seen: Preview) -> UnsubscriptionPreview:
    """What a preview looks like in the API."""
    amounts = ("paid", "consumed", "fee", "tax", "coupon", "total")
    return UnsubscriptionPreview(
        kind=seen.kind,
        subscriptions=[_leaving(seen, each) for each in seen.situations],
        terms=[_term(part) for part in seen.parts],
        refund=money_of(seen.cash),
        **{name: money_of(getattr(seen, name)) for name in amounts},
        targets=[_target(each) for each in seen.targets],
        is_possible=seen.is_possible,
        needs_review=seen.needs_review,
        deletes_data=seen.kind == leaving.WHOLE,
        ends_at=seen.ends_at,
        at=seen.at,
        digest=seen.digest,
    )


def _given_back(term: Any, currency: str) -> GivenBackOut:
    return GivenBackOut(
        subscription=term.line.subscription.public_id if term.line.subscription else "",
        period=term.period.public_id,
        order=term.source.public_id,
        rule=term.rule,
        state=term.state,
        refund=money(term.cash_minor, currency),
        tax=money(term.tax_minor, currency),
        coupon=money(term.coupon_minor, currency),
        working=_steps(Back.from_json(term.result).steps),
    )


def unsubscription_out(order: Any) -> UnsubscriptionOut:
    """An unsubscription with what each term gave."""
    asked, currency = order.unsubscription, order.currency
    return UnsubscriptionOut(
        id=order.public_id,
        kind=asked.kind,
        state=order.state,
        state_number=STATE_NUMBERS.get(order.state),
        state_reason=order.state_reason,
        is_withdrawal=asked.is_withdrawal,
        reason=asked.reason,
        comment=asked.comment,
        requested_by=order.creator_name,
        requested_at=order.created_at,
        finished_at=order.finished_at,
        total=money_of(Money(asked.refund_minor, currency)),
        coupon=money_of(Money(asked.coupon_minor, currency)),
        terms=[_given_back(term, currency) for term in asked.terms.all()],
    )


def left_out(left: Left, order: Any) -> LeftOut:
    """What a request did."""
    return LeftOut(
        unsubscription=unsubscription_out(order) if order is not None else None,
        released=[each.public_id for each in left.released],
    )
