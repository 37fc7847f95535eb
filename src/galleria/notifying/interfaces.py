"""Messages about sellers' servers: failed tests, lost domains, suspended products (A-DIA-002, A-DIA-003, A-ADR-001).

By mail and in the message centre; there is no SMS gateway, which the seller's page says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from galleria.connecting import events as connecting
from galleria.kit import clock, jobs, outbox
from galleria.notifying import recipients, services
from galleria.notifying.sentences import Sentence, register
from galleria.parties import selectors as parties
from galleria.parties.models import Seller

register(
    {
        "seller.dial_test_failed": Sentence(
            "service",
            _("Your server failed the test of {day}: {product}"),
            _(
                "Products: {product}\nAddress: {address}\nDay: {day}, {run}\nWhat failed:\n{problems}\n"
                "When both tests of a day fail on five days in a row, these products are suspended."
            ),
            _("See the tests"),
        ),
        "seller.product_suspended_by_tests": Sentence(
            "service",
            _("{product} is suspended: your server failed on {days} days in a row"),
            _(
                "{product} cannot be bought any more, because your server failed both tests on {days} days in a row. "
                "Repair it, repeat the cases, and tell the operator, who lifts the suspension."
            ),
            _("See the tests"),
        ),
        "operator.product_suspended_by_tests": Sentence(
            "service",
            _("{product} was suspended after {days} days of failed tests"),
            _("The server of {seller} failed both tests on {days} days in a row. {product} cannot be bought any more."),
            _("Decide about it"),
        ),
        "operator.removal_proposed": Sentence(
            "service",
            _("{product} of {seller}: remove it?"),
            _("In this month {count} orders of {product} failed because of the interface of {seller}."),
            _("Decide about it"),
        ),
        "seller.domain_lost": Sentence(
            "service",
            _("{domain} is not proven any more"),
            _(
                "The proof that {domain} is yours was not found today. Orders on their way go on; nothing new can be "
                "connected or submitted until you prove it again.\n{problem}"
            ),
            _("Prove it again"),
        ),
    }
)
QUEUE = "/operator/removals"


def connect() -> None:
    """Called by `handlers.connect`."""
    pairs: tuple[tuple[type[Any], Callable[[Any], None]], ...] = (
        (connecting.DialTestFailed, on_dial_test_failed),
        (connecting.DialTestsSuspendedProduct, on_product_suspended),
        (connecting.ProductProposedForRemoval, on_removal_proposed),
        (connecting.DomainLost, on_domain_lost),
    )
    for event, handler in pairs:
        outbox.subscribe(event, handler, lane=services.lane, priority=jobs.LATER)


def _tell(seller_id: str, key: str, *, dedupe: str, link: str, **facts: Any) -> None:
    """The owner's mailbox, and a copy to the address of customer service."""
    seller = Seller.objects.filter(public_id=seller_id).first()
    if seller is not None:
        made = services.notify(
            parties.owners_of(seller.account_id), key, at=clock.now(), dedupe=dedupe, link=link,
            account_pk=seller.account_id, mailbox=seller.support_email, **facts,
        )  # fmt: skip
        recipients.forward(made, account_pk=seller.account_id, category="alerts")


def on_dial_test_failed(event: connecting.DialTestFailed) -> None:
    names = ", ".join(event.products[:5]) + (" …" if len(event.products) > 5 else "")
    _tell(
        event.seller_id, "seller.dial_test_failed", dedupe=f"dial:{event.address_id}:{event.day}:{event.run}",
        link="/seller/interface/tests", product=names, address=event.url, day=event.day, run=event.run,
        problems="\n".join(event.problems),
    )  # fmt: skip


def on_product_suspended(event: connecting.DialTestsSuspendedProduct) -> None:
    dedupe = f"suspended_by_tests:{event.product_id}:{clock.billing_date(clock.now())}"
    facts: dict[str, Any] = {"product": event.product, "days": event.days}
    _tell(event.seller_id, "seller.product_suspended_by_tests", dedupe=dedupe, link="/seller/interface/tests", **facts)
    seller = Seller.objects.filter(public_id=event.seller_id).first()
    services.notify(
        parties.operators_with("operator:release:review"), "operator.product_suspended_by_tests", at=clock.now(),
        dedupe=dedupe, link=QUEUE, seller=seller.name if seller else "", **facts,
    )  # fmt: skip


def on_removal_proposed(event: connecting.ProductProposedForRemoval) -> None:
    if event.reason != "failed_orders":
        return  # told with the suspension
    seller = Seller.objects.filter(public_id=event.seller_id).first()
    services.notify(
        parties.operators_with("operator:release:review"), "operator.removal_proposed", at=clock.now(),
        dedupe=f"removal:{event.candidate_id}", link=QUEUE, product=event.product, count=event.count,
        seller=seller.name if seller else "",
    )  # fmt: skip


def on_domain_lost(event: connecting.DomainLost) -> None:
    _tell(
        event.seller_id, "seller.domain_lost",
        dedupe=f"domain_lost:{event.domain_id}:{clock.billing_date(clock.now())}",
        link=f"/seller/interface/domains/{event.domain_id}", domain=event.origin, problem=event.problem,
    )  # fmt: skip
