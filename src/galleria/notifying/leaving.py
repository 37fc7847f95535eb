"""Messages about leaving: to who asked and to finance, and to the sellers whose products were left (B-MSG-003)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from galleria.buying import events as buying
from galleria.buying import selectors as orders
from galleria.buying.leaving import RENEWALS
from galleria.buying.models import Order
from galleria.kit import clock, jobs, outbox, parameters
from galleria.kit.actor import SYSTEM
from galleria.kit.money import Money
from galleria.notifying import recipients, services
from galleria.notifying.sentences import Sentence, register
from galleria.parties import selectors as parties
from galleria.parties.models import User

_SEE = _("See the unsubscription")

register(
    {
        "unsubscription.asked": Sentence(
            "service",
            _("Unsubscription {order} of {product}"),
            _("{creator} unsubscribed {product} on {time}. {amount} comes back the way it was paid."),
            _SEE,
        ),
        "unsubscription.withdrawal": Sentence(
            "finance",
            _("Receipt of your withdrawal: {product}"),
            _(
                "We received your withdrawal from the contract about {product} (order {order}) on {time}. "
                "The contract is over. {amount} comes back the way it was paid."
            ),
            _("See the receipt"),
        ),
        "unsubscription.renewals": Sentence(
            "service",
            _("Renewals of {product} are given back"),
            _("{creator} gave renewals of {product} back on {time}. {amount} comes back; the running term goes on."),
            _SEE,
        ),
        "unsubscription.waits": Sentence(
            "service",
            _("The refund for {product} is being reviewed"),
            _(
                "{creator} asked for {amount} back for {product}. So large a refund is reviewed first, within "
                "{days} working days. Until then everything stays as it is."
            ),
            _SEE,
        ),
        "unsubscription.to_review": Sentence(
            "service",
            _("A refund of {amount} waits for your decision"),
            _("{account} unsubscribed {product} (order {order})."),
            _("Open the queue"),
        ),
        "unsubscription.completed": Sentence(
            "finance",
            _("{amount} came back for {product}"),
            _("Unsubscription {order} is completed: {amount} went back the way it was paid."),
            _SEE,
        ),
        "seller.unsubscribed": Sentence(
            "service",
            _("{product} was unsubscribed"),
            _(
                "A buyer unsubscribed {product} (order {order}). Your server is told to delete the instance. "
                "What came back is taken from your next bill."
            ),
            _("See the unsubscription"),
        ),
        "seller.renewal_given_back": Sentence(
            "service",
            _("A renewal of {product} was given back"),
            _("A buyer gave a renewal of {product} back before it began (order {order}). The instance goes on."),
            _("See the unsubscription"),
        ),
    }
)


def connect() -> None:
    """Called by `handlers.connect`."""
    pairs: tuple[tuple[type[Any], Callable[[Any], None]], ...] = (
        (buying.UnsubscriptionAsked, on_asked),
        (buying.UnsubscriptionCompleted, on_completed),
    )
    for event, handler in pairs:
        outbox.subscribe(event, handler, lane=services.lane, priority=jobs.LATER)


def _people(order: Order) -> list[User]:
    """Who asked, and who looks after money."""
    asked = [order.user] if order.user is not None and order.user.is_active else []
    return [*asked, *parties.users_with(order.account_id, "billing:order:pay")]


def _facts(order: Order) -> dict[str, Any]:
    names = list(dict.fromkeys(line.product_name for line in order.lines.all()))
    return {
        "order": order.public_id,
        "product": ", ".join(names[:3]) + (" …" if len(names) > 3 else ""),
        "creator": order.creator_name,
        "amount": Money(order.unsubscription.refund_minor, order.currency),
        "time": order.created_at,
        "days": int(parameters.get("review.refund_days")),
    }


def _tell(order: Order, key: str) -> None:
    services.notify(
        _people(order), key, at=clock.now(), dedupe=f"{key}:{order.public_id}", account_pk=order.account_id,
        link=f"/buyer/unsubscriptions/{order.public_id}", **_facts(order),
    )  # fmt: skip


def on_asked(event: buying.UnsubscriptionAsked) -> None:
    """The receipt at once; of a large refund the operator hears as well."""
    order = orders.unsubscription_of(SYSTEM, event.order_id)
    asked = order.unsubscription
    if event.state == "pending_approval":
        _tell(order, "unsubscription.waits")
        services.notify(
            parties.operators_with("operator:order:refund"), "unsubscription.to_review", at=clock.now(),
            dedupe=f"unsubscription.to_review:{order.public_id}", link="/operator/reviews?kind=refund",
            account=order.account.name, **_facts(order),
        )  # fmt: skip
        return
    if asked.is_withdrawal:
        _tell(order, "unsubscription.withdrawal")
    else:
        _tell(order, "unsubscription.renewals" if asked.kind == RENEWALS else "unsubscription.asked")
    _tell_sellers(order)


def on_completed(event: buying.UnsubscriptionCompleted) -> None:
    """The money has arrived. What was reviewed is told to its sellers only now."""
    order = orders.unsubscription_of(SYSTEM, event.order_id)
    if order.unsubscription.refund_minor:
        _tell(order, "unsubscription.completed")
    _tell_sellers(order)


def _tell_sellers(order: Order) -> None:
    key = "seller.renewal_given_back" if order.unsubscription.kind == RENEWALS else "seller.unsubscribed"
    for line in order.lines.all():
        account_pk = line.product.seller.account_id
        made = services.notify(
            parties.owners_of(account_pk), key, at=clock.now(), dedupe=f"{key}:{line.public_id}",
            account_pk=account_pk, link=f"/seller/unsubscriptions/{line.public_id}", order=order.public_id,
            product=line.product_name,
        )  # fmt: skip
        recipients.forward(made, account_pk=account_pk, category="orders")
