"""Problems of released products: told to the seller, answered in time, or followed by a removal (S-APP-002)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import outbox, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound
from galleria.publishing import selectors as catalogue
from galleria.publishing.models import Product
from galleria.releasing import events, selectors
from galleria.releasing.models import ProblemNotice
from galleria.releasing.services.removing import end_sale
from galleria.releasing.states import NOTICE
from galleria.selling import services as sellers

REVIEW = "operator:release:review"


def emails_of(product: Product) -> list[str]:
    """Customer service and after-sales addresses of a product, else the seller's."""
    support = product.material.get("after_sales") or {}
    found = [support.get("service_email"), support.get("email")]
    return [each for each in dict.fromkeys(found) if each] or [product.seller.support_email]


@transaction.atomic
def send_notice(actor: Actor, *, product_id: str, text: str, at: datetime) -> ProblemNotice:
    """Tell the seller about a problem; the answer is due within 24 hours (a setting)."""
    actor.require(REVIEW)
    if not 10 <= len(text.strip()) <= 2000:
        raise Invalid(fields={"text": _("Describe the problem in 10 to 2,000 characters.")})
    product = catalogue.product_by_id(product_id)
    notice = ProblemNotice.objects.create(
        product=product,
        text=text.strip(),
        emails=emails_of(product),
        sent_by_id=actor.user_pk,
        sent_at=at,
        due_at=at + timedelta(hours=int(parameters.get("problem.answer_hours", at=at))),
    )
    audit.record(
        actor, "notice.sent", product, at=at, after={"text": notice.text}, account_id=product.seller.account.public_id
    )
    outbox.publish(events.ProblemNoticed(notice.public_id, product.public_id))
    return notice


@transaction.atomic
def answer_notice(actor: Actor, *, notice_id: str, text: str, at: datetime) -> ProblemNotice:
    """The seller's answer; the operator looks at it."""
    sellers.require_seller(actor, "seller:product:manage")
    if not 5 <= len(text.strip()) <= 2000:
        raise Invalid(fields={"text": _("Answer in 5 to 2,000 characters.")})
    notice = selectors.notice_of(actor, notice_id)
    NOTICE.apply(notice, "answer", answer=text.strip(), answered_at=at)
    audit.record(actor, "notice.answered", notice.product, at=at, after={"answer": notice.answer})
    outbox.publish(events.ProblemAnswered(notice.public_id))
    return notice


def _notice(actor: Actor, notice_id: str) -> ProblemNotice:
    actor.require(REVIEW)
    notice = ProblemNotice.objects.select_related("product__seller__account").filter(public_id=notice_id).first()
    if notice is None:
        raise NotFound
    return notice


@transaction.atomic
def close_notice(actor: Actor, *, notice_id: str, at: datetime) -> ProblemNotice:
    """The problem is solved."""
    notice = _notice(actor, notice_id)
    NOTICE.apply(notice, "close", closed_at=at)
    account_id = notice.product.seller.account.public_id
    audit.record(actor, "notice.closed", notice.product, at=at, account_id=account_id)
    return notice


@transaction.atomic
def remove_for_notice(actor: Actor, *, notice_id: str, reason: str, at: datetime) -> ProblemNotice:
    """End the sale of a product whose problem was not answered in time, or not solved."""
    notice = _notice(actor, notice_id)
    if len(reason.strip()) < 5:
        raise Invalid(fields={"reason": _("Say why; the seller reads it.")})
    NOTICE.apply(notice, "close", closed_at=at)
    end_sale(actor, product=notice.product, specification=None, sku=None, reason=reason.strip(), at=at)
    return notice
