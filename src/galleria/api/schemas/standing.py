"""What the operator decided about a seller, its wishes for test coupons, and the way out, as programs see them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from galleria.api.schemas.common import NO_NUL, PLAIN, In, Instant, MoneyOut, Out, money, money_of
from galleria.api.schemas.onboarding import Base64Text, FileName
from galleria.kit.errors import Text
from galleria.selling import ports
from galleria.selling.selectors import coupons, sanctions

# ----- decisions -----


class AppealIn(In):
    """The seller's words against a decision."""

    text: Annotated[str, Field(min_length=1, max_length=4000, pattern=NO_NUL)]


class SanctionOut(Out):
    """What follows from a decision; `products` is empty where it is about the seller."""

    kind: str
    products: list[str]
    until: Instant | None
    lifted_at: Instant | None


class ViolationOut(Out):
    """A decision. `state`: decided, appealed, confirmed, revoked; until `appeal_until` it can be appealed."""

    id: str
    conduct: str
    reason: str
    evidence: str
    points: int
    product: str
    order: str
    state: str
    decided_at: Instant
    appeal_until: Instant
    appeal: str
    answer: str
    sanctions: list[SanctionOut]


class ViolationsOut(Out):
    """All decisions, the latest first, and the points that count now."""

    points: int
    items: list[ViolationOut]


def violation_out(row: Any) -> ViolationOut:
    return ViolationOut(
        id=row.public_id, conduct=row.conduct, reason=row.reason, evidence=row.evidence, points=row.points,
        product=row.product_id, order=row.order_id, state=row.state, decided_at=row.decided_at,
        appeal_until=row.appeal_until, appeal=row.appeal, answer=row.answer,
        sanctions=[
            SanctionOut(kind=each.kind, products=list(each.products), until=each.until, lifted_at=each.lifted_at)
            for each in row.sanctions.all()
        ],
    )  # fmt: skip


def violations_out(actor: Any, seller_pk: int, at: datetime) -> ViolationsOut:
    """Everything that was decided about the actor's seller."""
    rows = [violation_out(row) for row in sanctions.violations_of(actor)]
    return ViolationsOut(points=sanctions.points_of(seller_pk, at), items=rows)


# ----- test coupons -----


class SealedDocumentIn(In):
    """The sealed application: PDF, JPG or PNG, its content in Base64."""

    name: FileName
    content: Base64Text


class TestCouponIn(In):
    """A wish for a coupon to test a product on the operator's cloud; `amount` such as 500.00."""

    __test__ = False  # no test, whatever its name

    scheme: Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
    amount: Annotated[str, Field(pattern=r"^[0-9]{1,9}(\.[0-9]{1,3})?$")]
    product: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_-]*$")] = ""
    remarks: Annotated[str, Field(max_length=1000, pattern=NO_NUL)] = ""
    document: SealedDocumentIn


class TestCouponOut(Out):
    """A request. `state`: review, granted, refused, withdrawn."""

    __test__ = False

    id: str
    scheme: str
    product: str
    asked: MoneyOut
    granted: MoneyOut | None
    state: str
    requested_at: Instant
    decided_at: Instant | None


class TestCouponsOut(Out):
    """All requests; what is left this year, and why no more can be asked for (empty: they can)."""

    __test__ = False

    left: MoneyOut
    closed: str
    items: list[TestCouponOut]


def test_coupon_out(row: Any) -> TestCouponOut:
    is_granted = row.granted_minor is not None and row.state == "granted"
    return TestCouponOut(
        id=row.public_id, scheme=row.scheme, product=row.product, asked=money(row.asked_minor, row.currency),
        granted=money(row.granted_minor, row.currency) if is_granted else None, state=row.state,
        requested_at=row.requested_at, decided_at=row.decided_at,
    )  # fmt: skip


def test_coupons_out(actor: Any, seller_pk: int, at: datetime) -> TestCouponsOut:
    """The actor's requests."""
    why: Text | None = coupons.why_closed(seller_pk, at)
    return TestCouponsOut(
        left=money_of(coupons.left_this_year(seller_pk, at)), closed=str(why or ""),
        items=[test_coupon_out(row) for row in coupons.requests_of(actor)],
    )  # fmt: skip


# ----- exit -----


class ExitIn(In):
    """Why the company leaves, in a sentence."""

    reason: Annotated[str, Field(min_length=5, max_length=1000, pattern=NO_NUL)]


class ExitCheckOut(Out):
    """What must be over before a seller can leave; `detail` says what is still open."""

    key: str
    label: str
    passed: bool
    detail: str


class ExitOut(Out):
    """How far the exit is (`state`: active, review, exited) and what is still open."""

    state: str
    checks: list[ExitCheckOut]


def exit_out(profile: Any) -> ExitOut:
    """The checklist as it is now."""
    return ExitOut(
        state=profile.exit_state,
        checks=[
            ExitCheckOut(key=each.key, label=str(each.label), passed=each.passed, detail=str(each.detail))
            for each in ports.checklist(profile.seller_id)
        ],
    )  # fmt: skip
