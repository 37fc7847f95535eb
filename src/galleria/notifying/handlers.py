"""Which message follows which event (the table of B-MSG-003). All run from jobs after the commit, so that a
message never stands in the way of money or rights."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_noop

from galleria.buying import events as buying
from galleria.buying import selectors as orders
from galleria.buying.models import Order
from galleria.buying.states import PAID_ON_HELD, RENEWAL
from galleria.delivering import events as delivering
from galleria.delivering.models import SellerCall
from galleria.kit import clock, jobs, outbox
from galleria.kit.actor import SYSTEM
from galleria.kit.errors import NotFound
from galleria.kit.money import Money
from galleria.kit.prepared import Prepared
from galleria.notifying import (
    assets,
    changes,
    interfaces,
    leaving,
    lives,
    products,
    recipients,
    renewals,
    reviews,
    services,
)
from galleria.notifying.jobs import send_invitation
from galleria.parties import events as people
from galleria.parties import selectors as parties
from galleria.parties.models import Seller, User
from galleria.paying import events as paying
from galleria.paying.models import TopUp
from galleria.subscribing import events as subscribing
from galleria.subscribing import selectors as subscriptions
from galleria.supporting import events as supporting
from galleria.supporting import selectors as tickets
from galleria.supporting.states import ENTRY_WORDS

PAY = "billing:order:pay"


def connect() -> None:
    """Called by `config.wiring`."""
    pairs: tuple[tuple[type[Any], Callable[[Any], None]], ...] = (
        (buying.OrderApproved, on_order_approved),
        (buying.OrderCanceled, on_order_canceled),
        (buying.OrderExpiring, on_order_expiring),
        (buying.OrderRefunded, on_order_refunded),
        (buying.OrderPaymentFailed, on_order_payment_failed),
        (delivering.CallFailed, on_call_failed),
        (delivering.DeliveryOverdue, on_delivery_overdue),
        (paying.RefundFailed, on_refund_failed),
        (supporting.TicketOpened, on_ticket_opened),
        (supporting.TicketAnswered, on_ticket_answered),
        (supporting.TicketMoved, on_ticket_moved),
        (people.RolesChanged, on_roles_changed),
        (subscribing.CredentialRevealed, on_credential_revealed),
        (paying.BalanceToppedUp, on_topped_up),
        (paying.TopUpRejected, on_top_up_rejected),
    )
    for event, handler in pairs:
        outbox.subscribe(event, handler, lane=services.lane, priority=jobs.LATER)
    # Most orders are renewals by the clock, whose deduction is told: for these nothing is queued.
    outbox.subscribe(
        buying.OrderPlaced, on_order_placed, concerns=_waits_for_somebody, lane=services.lane, priority=jobs.LATER
    )
    outbox.subscribe(
        buying.OrderPaid, on_order_paid, concerns=_has_a_usual_receipt, lane=services.lane, priority=jobs.LATER
    )
    outbox.subscribe(
        buying.OrderCompleted, on_order_completed, concerns=_ends_as_usual, lane=services.lane, priority=jobs.LATER
    )
    outbox.subscribe(people.UserInvited, on_user_invited, outside=True, lane=services.lane)
    interfaces.connect()
    reviews.connect()
    assets.connect()
    products.connect()
    lives.connect()
    leaving.connect()
    renewals.connect()
    changes.connect()


# --- orders ---------------------------------------------------------------------------------------------
def _facts(order: Order) -> dict[str, Any]:
    names = orders.product_names_of(order)
    return {
        "order": order.public_id,
        "product": ", ".join(names[:3]) + (" …" if len(names) > 3 else ""),
        "amount": Money(order.due_minor, order.currency),
        "creator": order.creator_name,
    }


def _creator(order: Order) -> list[User]:
    return _ACTIVE.all(user=order.user_id) if order.user_id else []


_ACTIVE = Prepared(lambda p: User.objects.filter(pk=p("user"), is_active=True))


def _link(order: Order) -> str:
    return f"/buyer/orders/{order.public_id}"


def _tell(order: Order, key: str, people: list[User], *, once: str = "", **more: Any) -> None:
    services.notify(
        people,
        key,
        at=clock.now(),
        dedupe=f"{key}:{order.public_id}{once and ':' + once}",
        account_pk=order.account_id,
        **{"link": _link(order), **_facts(order), **more},
    )


def _creator_and_payers(order: Order) -> list[User]:
    return [*_creator(order), *parties.users_with(order.account_id, PAY)]


def _is_by_the_clock(order: Order) -> bool:
    """A renewal that the clock ordered: messages about its deduction say what became of it."""
    return order.user_id is None and order.kind == RENEWAL


def _waits_for_somebody(event: buying.OrderPlaced) -> bool:
    return event.state == "pending_payment" and not (event.by_clock and event.kind == RENEWAL)


def _has_a_usual_receipt(event: buying.OrderPaid) -> bool:
    """A renewal has a receipt of its own."""
    return event.kind not in renewals.RENEWING_KINDS


def _ends_as_usual(event: buying.OrderCompleted) -> bool:
    """The receipt of a renewal has said it already; a change has words of its own."""
    return event.kind not in PAID_ON_HELD


def on_order_placed(event: buying.OrderPlaced) -> None:
    """B-PRM-002: who may pay is told of an order by somebody who may not."""
    order = orders.order_alone(event.order_id)
    if order.state != "pending_payment":
        return
    payers = parties.users_with(order.account_id, PAY)
    if order.user_id in {user.pk for user in payers}:
        return
    _tell(order, "order.to_pay", payers, until=order.expires_at)


def on_order_expiring(event: buying.OrderExpiring) -> None:
    order = orders.order_alone(event.order_id)
    _tell(order, "order.expiring", _creator_and_payers(order), until=order.expires_at)


def on_order_approved(event: buying.OrderApproved) -> None:
    order = orders.order_alone(event.order_id)
    _tell(order, "order.approved", _creator_and_payers(order))


def on_order_paid(event: buying.OrderPaid) -> None:
    """The receipt; an order without a price needs none."""
    order = orders.order_alone(event.order_id)
    if order.paid_minor > 0:
        _tell(order, "order.paid", _creator(order), amount=Money(order.paid_minor, order.currency))


def on_order_payment_failed(event: buying.OrderPaymentFailed) -> None:
    order = orders.order_alone(event.order_id)
    # each failure is an event of its own; a job that runs again must find the same name for it
    _tell(order, "order.payment_failed", _creator(order), once=_job_key(), reason=event.text)


def on_order_canceled(event: buying.OrderCanceled) -> None:
    order = orders.order_alone(event.order_id)
    if _is_by_the_clock(order):
        return
    key = "order.canceled_by_system" if event.by_system else "order.canceled"
    _tell(order, key, _creator_and_payers(order) if event.by_system else _creator(order), reason=event.reason)


def on_order_completed(event: buying.OrderCompleted) -> None:
    order = orders.order_alone(event.order_id)
    _tell(order, "order.completed", _creator(order), link="/buyer/subscriptions")


def on_order_refunded(event: buying.OrderRefunded) -> None:
    order = orders.order_alone(event.order_id)
    _tell(
        order,
        "change.refunded" if order.kind in changes.UNDONE else "order.refunded",
        _creator_and_payers(order),
        once=str(event.amount_minor),
        reason=event.reason,
        amount=Money(event.amount_minor, event.currency),
    )


# --- sellers --------------------------------------------------------------------------------------------
def on_call_failed(event: delivering.CallFailed) -> None:
    """The alarm of A-ALM-001: to the seller's account and to its support address, once per record."""
    seller = Seller.objects.filter(public_id=event.seller_id).first()
    if seller is None:
        return
    call = SellerCall.objects.filter(public_id=event.call_id).values_list("url", "called_at").first()
    url, called_at = call or ("", clock.now())
    made = services.notify(
        parties.owners_of(seller.account_id),
        "seller.call_failed",
        at=clock.now(),
        dedupe=f"seller.call_failed:{event.call_id}",
        account_pk=seller.account_id,
        mailbox=seller.support_email,
        product=_product_name(event.order_id, event.product_id),
        order=event.order_id,
        line=event.order_line_id,
        activity=event.activity,
        address=url.partition("?")[0],
        attempt=event.attempt,
        attempts=event.attempts_planned,
        time=called_at,
        status=event.http_status or None,
        result_code=event.result_code,
        message=event.message[:255],
        next=_instant(event.next_at),
        deadline=_instant(event.deadline_at),
        what=_AFTERWARDS.get(event.activity, _AFTERWARDS[""]),
        record=event.call_id,
        link=f"/seller/interface/messages/{event.call_id}",
    )
    recipients.forward(made, account_pk=seller.account_id, category="alerts")


_AFTERWARDS = {
    "newInstance": gettext_noop("After the deadline the order is canceled and the buyer gets the money back."),
    "upgradeInstance": gettext_noop("After the deadline the change is canceled and the buyer gets the money back."),
    "": gettext_noop("After the deadline it is not called again by itself: repair the server and press Restart."),
}


def on_delivery_overdue(event: delivering.DeliveryOverdue) -> None:
    """A-RET-006: the seller hears after an hour, the operator after 72."""
    seller = Seller.objects.filter(public_id=event.seller_id).first()
    if seller is None:
        return
    product = _product_name(event.order_id, "")
    facts: dict[str, Any] = {"order": event.order_id, "hours": event.hours, "product": product}
    dedupe = f"delivery_overdue:{event.delivery_id}:{event.hours}"
    if event.hours < 72:
        made = services.notify(
            parties.owners_of(seller.account_id), "seller.delivery_overdue", at=clock.now(), dedupe=dedupe,
            account_pk=seller.account_id, mailbox=seller.support_email, **facts,
        )  # fmt: skip
        recipients.forward(made, account_pk=seller.account_id, category="orders")
        return
    services.notify(
        parties.operators_with("operator:delivery:retry"), "operator.delivery_overdue", at=clock.now(), dedupe=dedupe,
        link="/operator/trade", seller=seller.name, **facts,
    )  # fmt: skip


def _product_name(order_id: str, otherwise: str) -> str:
    try:
        return str(_facts(orders.order_alone(order_id))["product"])
    except NotFound:
        return otherwise


def _instant(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _job_key() -> str:
    try:
        return jobs.current().key
    except LookupError:
        return clock.now().isoformat()


# --- people -----------------------------------------------------------------------------------------------
def on_user_invited(event: people.UserInvited) -> None:
    """The mail with the link, in the language of who invites."""
    send_invitation(event.invitation_id, event.sealed_token)


def on_roles_changed(event: people.RolesChanged) -> None:
    user = parties.user_by_id(event.user_id)
    if user is None:
        return
    account = parties.account_by_id(event.account_id)
    with translation.override(user.language):
        roles = parties.roles_in_words(user.pk, account.pk)
    services.notify(
        [user], "security.roles_changed", at=clock.now(), dedupe=f"roles:{_job_key()}", account_pk=account.pk,
        link="/account/users", account=account.name, actor=event.actor_name, roles=roles,
    )  # fmt: skip


def on_credential_revealed(event: subscribing.CredentialRevealed) -> None:
    """The owners hear of it, unless it was one of them."""
    subscription = subscriptions.subscription_of(SYSTEM, event.subscription_id)
    user = parties.user_by_id(event.user_id)
    owners = [owner for owner in parties.owners_of(subscription.account_id) if owner != user]
    services.notify(
        owners, "security.credential_revealed", at=clock.now(), dedupe=f"revealed:{_job_key()}",
        account_pk=subscription.account_id, link=f"/buyer/subscriptions/{event.subscription_id}",
        user=str(user or ""), product=subscription.product.name,
    )  # fmt: skip


# --- money, tickets -------------------------------------------------------------------------------------
def on_refund_failed(event: paying.RefundFailed) -> None:
    services.notify(
        parties.operators_with("operator:order:refund"), "refund.failed", at=clock.now(),
        dedupe=f"refund.failed:{event.refund_id}", link="/operator/trade", order=event.order_id, reason=event.text,
    )  # fmt: skip


def on_topped_up(event: paying.BalanceToppedUp) -> None:
    _about_top_up(event.account_id, event.top_up_id, "balance.topped_up")


def on_top_up_rejected(event: paying.TopUpRejected) -> None:
    _about_top_up(event.account_id, event.top_up_id, "balance.top_up_rejected")


def _about_top_up(account_id: str, top_up_id: str, key: str) -> None:
    account = parties.account_by_id(account_id)
    top_up = TopUp.objects.get(public_id=top_up_id)
    services.notify_account(
        account.pk, key, permission="billing:balance:topup", at=clock.now(), dedupe=f"{key}:{top_up_id}",
        link="/buyer/funds", account=account.name, amount=Money(top_up.amount_minor, top_up.currency),
        reason=top_up.reason,
    )  # fmt: skip


def on_ticket_opened(event: supporting.TicketOpened) -> None:
    ticket = tickets.ticket_for_operator(SYSTEM, event.ticket_id)
    services.notify(
        parties.operators_with("operator:ticket:manage"), "ticket.opened", at=clock.now(),
        dedupe=f"ticket.opened:{ticket.public_id}", link=f"/operator/tickets/{ticket.public_id}",
        subject=ticket.subject, text=ticket.text, account=ticket.account.name,
    )  # fmt: skip


def on_ticket_moved(event: supporting.TicketMoved) -> None:
    """The other side of a ticket to a seller: who may handle it, or who wrote it."""
    entry = tickets.entry_of(event.ticket_id, event.entry)
    ticket, by_buyer = entry.ticket, entry.side == "buyer"
    seller = tickets.seller_of_ticket(ticket)
    if by_buyer:
        people = tickets.handlers_of(ticket)
        link, account_pk = f"/seller/tickets/{ticket.public_id}", seller.account_id
    else:
        people = [ticket.user] if ticket.user else parties.owners_of(ticket.account_id)
        link, account_pk = f"/account/tickets/{ticket.public_id}", ticket.account_id
    for user in people:
        with translation.override(user.language):
            what = ENTRY_WORDS[entry.kind] % {"name": entry.author}
        services.notify(
            [user], "ticket.moved", at=clock.now(), dedupe=f"ticket.moved:{entry.pk}", account_pk=account_pk,
            link=link, subject=ticket.subject, what=what, text=entry.text,
        )  # fmt: skip


def on_ticket_answered(event: supporting.TicketAnswered) -> None:
    ticket = tickets.ticket_for_operator(SYSTEM, event.ticket_id)
    people = [ticket.user] if ticket.user else parties.owners_of(ticket.account_id)
    services.notify(
        people, "ticket.answered", at=clock.now(), dedupe=f"ticket.answered:{ticket.public_id}",
        account_pk=ticket.account_id, link=f"/account/tickets/{ticket.public_id}",
        subject=ticket.subject, answer=ticket.answer,
    )  # fmt: skip
