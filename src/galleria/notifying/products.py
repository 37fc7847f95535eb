"""Messages about products on sale: problems to answer, suspensions, what is sold out (S-APP-002, S-CFG-004)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from galleria.kit import clock, jobs, outbox
from galleria.notifying import recipients, services
from galleria.notifying.sentences import Sentence, register
from galleria.parties import selectors as parties
from galleria.publishing import events as publishing
from galleria.publishing.models import Product, Specification
from galleria.releasing import events as releasing
from galleria.releasing.models import ProblemNotice

register(
    {
        "seller.problem_noticed": Sentence(
            "service",
            _("A problem with {product}: answer until {due}"),
            _("{text}\nWithout an answer until {due} the operator may end the sale of {product}."),
            _("Answer"),
        ),
        "operator.problem_answered": Sentence(
            "service",
            _("{seller} answered about {product}"),
            _("Answer: {answer}"),
            _("Look at it"),
        ),
        "seller.product_suspended": Sentence(
            "service",
            _("{product} is suspended"),
            _("{product} cannot be bought until the operator lifts the suspension. Reason: {reason}"),
            _("Open the product"),
        ),
        "seller.suspension_lifted": Sentence(
            "service",
            _("{product} is no longer suspended"),
            _("The operator lifted the suspension. {product} can be bought again."),
            _("Open the product"),
        ),
        "seller.sold_out": Sentence(
            "service",
            _("{product} is sold out: {specification}"),
            _("The last piece was ordered. New orders are refused until you replenish the stock."),
            _("Open the product"),
        ),
    }
)


def connect() -> None:
    """Called by `handlers.connect`."""
    pairs: tuple[tuple[type[Any], Callable[[Any], None]], ...] = (
        (releasing.ProblemNoticed, on_problem_noticed),
        (releasing.ProblemAnswered, on_problem_answered),
        (publishing.ProductSuspended, on_product_suspended),
        (publishing.SuspensionLifted, on_suspension_lifted),
        (publishing.SoldOut, on_sold_out),
    )
    for event, handler in pairs:
        outbox.subscribe(event, handler, lane=services.lane, priority=jobs.LATER)


def _tell(product: Product, key: str, *, dedupe: str, mailbox: str = "", **facts: Any) -> None:
    """Those who look after the seller's products, and a mailbox of the product."""
    made = services.notify_account(
        product.seller.account_id, key, permission="seller:product:manage",
        also=parties.owners_of(product.seller.account_id), at=clock.now(), dedupe=dedupe, mailbox=mailbox,
        link=f"/seller/products/{product.public_id}", product=product.name, **facts,
    )  # fmt: skip
    recipients.forward(made, account_pk=product.seller.account_id, category="review")


def _product(public_id: str) -> Product | None:
    return Product.objects.select_related("seller").filter(public_id=public_id).first()


def on_problem_noticed(event: releasing.ProblemNoticed) -> None:
    notice = ProblemNotice.objects.select_related("product__seller").filter(public_id=event.notice_id).first()
    if notice is not None:
        _tell(
            notice.product, "seller.problem_noticed", dedupe=f"notice:{notice.public_id}", text=notice.text,
            mailbox=notice.emails[0] if notice.emails else "", due=notice.due_at,
        )  # fmt: skip


def on_problem_answered(event: releasing.ProblemAnswered) -> None:
    notice = ProblemNotice.objects.select_related("product__seller").filter(public_id=event.notice_id).first()
    if notice is not None:
        services.notify(
            parties.operators_with("operator:release:review"), "operator.problem_answered", at=clock.now(),
            dedupe=f"notice_answered:{notice.public_id}", link="/operator/removals", seller=notice.product.seller.name,
            product=notice.product.name, answer=notice.answer,
        )  # fmt: skip


def on_product_suspended(event: publishing.ProductSuspended) -> None:
    product = _product(event.product_id)
    if product is not None:
        _tell(
            product, "seller.product_suspended", reason=event.reason,
            dedupe=f"suspended:{product.public_id}:{jobs.current().key}",
        )  # fmt: skip


def on_suspension_lifted(event: publishing.SuspensionLifted) -> None:
    product = _product(event.product_id)
    if product is not None:
        _tell(product, "seller.suspension_lifted", dedupe=f"lifted:{product.public_id}:{jobs.current().key}")


def on_sold_out(event: publishing.SoldOut) -> None:
    product = _product(event.product_id)
    specification = Specification.objects.filter(public_id=event.specification_id).first()
    if product is not None and specification is not None:
        _tell(
            product, "seller.sold_out", specification=specification.name,
            dedupe=f"sold_out:{specification.public_id}:{clock.billing_date(clock.now())}",
        )  # fmt: skip
