"""Test coupons: asked for, decided with a value (S-TCP)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import locks, outbox, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound
from galleria.kit.money import BadAmount, Money
from galleria.parties import checks
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from galleria.selling import events, forms, states
from galleria.selling import selectors as sellers
from galleria.selling.models import TestCoupon
from galleria.selling.selectors import coupons as selectors
from galleria.selling.services import papers
from galleria.selling.services.standing import require_seller

PERMISSION = "seller:coupon:manage"


class TestCouponsClosed(NotAllowed):
    """Nothing was released in time after an earlier request."""

    __test__ = False  # no test, whatever its name

    code = "TEST_COUPONS_CLOSED"


def _amount(text: str, currency: str, field: str) -> Money:
    try:
        amount = Money.parse(text.strip().replace(",", ""), currency)
    except BadAmount:
        raise Invalid(fields={field: _("Give the amount as 500.00.")}) from None
    if amount.minor <= 0:
        raise Invalid(fields={field: _("Give an amount above nothing.")})
    return amount


@transaction.atomic
def request(
    actor: Actor, *, scheme: str, amount: str, document: Any, product: str = "", remarks: str = "", at: datetime
) -> TestCoupon:
    """Ask for a coupon. Raises TestCouponsClosed, Invalid (with what is left this year), FileRefused."""
    seller = require_seller(actor, PERMISSION)
    locks.hold(f"seller:{seller.public_id}")
    if why := selectors.why_closed(seller.pk, at):
        raise TestCouponsClosed(why)
    values = checks.together(
        ("scheme", lambda: checks.text("scheme", scheme, 200, required=True)),
        ("remarks", lambda: checks.text("remarks", remarks, 1000, lines=True)),
    )
    most = parameters.money("test_coupon.product_limit")
    asked = _amount(amount, most.currency, "amount")
    left = selectors.left_this_year(seller.pk, at)
    if asked.minor > most.minor:
        raise Invalid(fields={"amount": _("At most %(most)s for a product.") % {"most": most}})
    if asked.minor > left.minor:
        raise Invalid(
            fields={"amount": _("Only %(left)s are left for you this year.") % {"left": left}},
            extra={"left": str(left)},
        )
    names = dict(sellers.products_of(actor))
    if product and product not in names:
        raise Invalid(fields={"product": _("Choose one of your products.")})
    if product and TestCoupon.objects.filter(seller=seller, product=product, state__in=selectors.COUNTING).exists():
        raise Invalid(fields={"product": _("There is a request for this product already.")})
    if document is None:
        raise Invalid(fields={"document": _("Choose the sealed application document.")})
    file_id = papers.stored(actor, "document", forms.TEST_COUPON_DOCUMENT, document, purpose="test_coupon", at=at)
    row = TestCoupon.objects.create(
        seller=seller, product=product, product_name=names.get(product, ""), document=file_id, currency=asked.currency,
        asked_minor=asked.minor, requested_at=at, **values,
    )  # fmt: skip
    reviewing.submit(
        actor, kind=selectors.KIND, subject=row.public_id, title=f"{row.scheme} · {asked}", seller_name=seller.name,
        at=at,
    )  # fmt: skip
    return row


@transaction.atomic
def withdraw(actor: Actor, *, request_id: str, at: datetime) -> TestCoupon:
    """Take a request back. Raises NotFound, NotAllowed when it was decided."""
    seller = require_seller(actor, PERMISSION)
    row = TestCoupon.objects.filter(seller=seller, public_id=request_id).first()
    if row is None:
        raise NotFound
    reviewing.withdraw(actor, kind=selectors.KIND, subject=row.public_id, at=at)
    row.refresh_from_db()
    return row


@transaction.atomic
def set_value(actor: Actor, *, request_id: str, amount: str, at: datetime) -> TestCoupon:
    """The operator decides what the coupon is worth, before it is approved. Raises Invalid, NotAllowed."""
    actor.require("operator:seller:review")
    row = selectors.request_by_id(request_id)
    value = _amount(amount, row.currency, "amount")
    if value.minor > parameters.money("test_coupon.product_limit").minor:
        raise Invalid(fields={"amount": _("At most %(most)s for a product.") % {
            "most": parameters.money("test_coupon.product_limit")}})  # fmt: skip
    if not TestCoupon.objects.filter(pk=row.pk, state="review").update(granted_minor=value.minor):
        raise NotAllowed
    row.granted_minor = value.minor
    account_id = row.seller.account.public_id
    audit.record(actor, "seller.test_coupon_valued", _subject(row), at=at, after={"value": str(value)},
                 account_id=account_id)  # fmt: skip
    return row


# ----- deciding -----


def approve(actor: Actor, submission: Submission, at: datetime) -> None:
    """Granted with the value that was set, else with the one that was asked for; the coupon is made above."""
    row = selectors.request_by_id(submission.subject)
    value = row.asked_minor if row.granted_minor is None else row.granted_minor
    states.TEST_COUPON.apply(row, "grant", granted_minor=value, decided_at=at)
    outbox.publish(
        events.TestCouponGranted(
            row.public_id, row.seller.account.public_id, row.scheme[:120], row.product, value, row.currency
        )
    )


def refuse(actor: Actor, submission: Submission, at: datetime) -> None:
    """No coupon; the amount counts no more."""
    states.TEST_COUPON.apply(selectors.request_by_id(submission.subject), "refuse", granted_minor=None, decided_at=at)


def take_back(actor: Actor, submission: Submission, at: datetime) -> None:
    """The seller withdrew it."""
    row = selectors.request_by_id(submission.subject)
    states.TEST_COUPON.apply(row, "withdraw", granted_minor=None, decided_at=at)


def _subject(row: TestCoupon) -> audit.Subject:
    return audit.Subject("selling.test_coupon", row.public_id, row.scheme)
