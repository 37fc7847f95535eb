"""Every message that can be sent: topic, subject and text with blanks `{like_this}`.

Money, instants and dates among the parameters are written in the reader's language and zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from galleria.notifying.topics import TOPICS

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Sentence:
    """`act` names what the link leads to; empty when there is nothing to do but read."""

    topic: str
    subject: Text
    text: Text
    act: Text = ""


SENTENCES: dict[str, Sentence] = {}


def register(new: Mapping[str, Sentence]) -> None:
    """Add messages; packages above may bring their own. The same key cannot mean two things."""
    for key, sentence in new.items():
        if sentence.topic not in TOPICS:
            raise ValueError(f"{key}: there is no topic {sentence.topic!r}")
        if key in SENTENCES and SENTENCES[key] != sentence:
            raise ValueError(f"two messages want to be {key!r}")
        SENTENCES[key] = sentence


_SEE_ORDER, _SEE_TICKET = _("See the order"), _("See the ticket")
_SEE_REVIEW = _("Open it")

OWN: Final[dict[str, Sentence]] = {
    # --- money ---
    "order.to_pay": Sentence(
        "finance",
        _("Order to pay: {order}"),
        _("{creator} placed order {order} for {product}. {amount} is due; it can be paid until {until}."),
        _("Pay the order"),
    ),
    "order.expiring": Sentence(
        "finance",
        _("Order {order} expires soon"),
        _("Order {order} for {product} is not paid. It will be canceled at {until}."),
        _("Pay the order"),
    ),
    "order.paid": Sentence(
        "finance",
        _("Payment received for order {order}"),
        _("{amount} was paid for order {order} ({product}). The delivery is under way."),
        _SEE_ORDER,
    ),
    "order.payment_failed": Sentence(
        "finance",
        _("Payment of order {order} did not go through"),
        _("The payment of {amount} for order {order} failed: {reason} The order can still be paid."),
        _("Pay the order"),
    ),
    "order.approved": Sentence(
        "finance",
        _("Order {order} was approved"),
        _("Order {order} for {product} was approved. {amount} is due."),
        _("Pay the order"),
    ),
    "order.canceled_by_system": Sentence(
        "finance",
        _("Order {order} was canceled because its time was over"),
        _("Order {order} for {product} was not paid in time and was canceled. Nothing was charged."),
        _SEE_ORDER,
    ),
    "order.canceled": Sentence(
        "finance",
        _("Order {order} was canceled"),
        _("Order {order} for {product} was canceled. {reason}"),
        _SEE_ORDER,
    ),
    "order.refunded": Sentence(
        "finance",
        _("{amount} comes back to you for order {order}"),
        _("{product} could not be delivered in time. {amount} goes back to where it was paid from; coupons are back."),
        _SEE_ORDER,
    ),
    "balance.topped_up": Sentence(
        "finance", _("Your balance was topped up"), _("{amount} was added to the balance of {account}."),
        _("See the balance"),
    ),
    "balance.top_up_rejected": Sentence(
        "finance", _("Your bank transfer could not be matched"),
        _("The transfer of {amount} was not added to the balance: {reason}"), _("See the balance"),
    ),
    # --- products ---
    "order.completed": Sentence(
        "product",
        _("{product} is ready"),
        _("Everything of order {order} is delivered: {product} is ready to use."),
        _("Open purchased applications"),
    ),
    # --- service ---
    "ticket.answered": Sentence(
        "service", _("Your ticket was answered: {subject}"), _("{answer}"), _SEE_TICKET
    ),
    "ticket.moved": Sentence("service", _("Ticket “{subject}”: {what}"), _("{what}.\n{text}"), _SEE_TICKET),
    "ticket.opened": Sentence(
        "service", _("New ticket: {subject}"), _("{account} wrote: {text}"), _SEE_TICKET
    ),
    "refund.failed": Sentence(
        "service",
        _("A refund of order {order} is stuck"),
        _("The gateway refuses the refund of order {order}: {reason} Please look after it."),
        _("Open the trade desk"),
    ),
    # --- reviews ---
    "review.approved": Sentence(
        "service",
        _("{kind} approved: {title}"),
        _("{kind}: “{title}” was approved. It holds from now on."),
        _SEE_REVIEW,
    ),
    "review.approved_with_note": Sentence(
        "service",
        _("{kind} approved: {title}"),
        _("{kind}: “{title}” was approved. It holds from now on.\n\n{reasons}"),
        _SEE_REVIEW,
    ),
    "review.returned": Sentence(
        "service",
        _("{kind} returned: {title}"),
        _("{kind}: “{title}” was returned.\n\n{reasons}\n\nChange it and submit it again."),
        _SEE_REVIEW,
    ),
    "review.due": Sentence(
        "service",
        _("{kind}: {due} due today, {overdue} overdue"),
        _("Until the end of the day {due} reviews are due: {kind}. {overdue} more are overdue."),
        _("Open the queue"),
    ),
    # --- sellers ---
    "seller.call_failed": Sentence(
        "service",
        _("A call to your server failed: {product}, attempt {attempt} of {attempts}"),
        _(
            "Product: {product}\nOrder: {order}\nOrder line: {line}\nActivity: {activity}\nAddress: {address}\n"
            "Attempt: {attempt} of {attempts}\nTime: {time}\nHTTP status: {status}\nResult code: {result_code}\n"
            "Message: {message}\nNext attempt: {next}\nDeadline: {deadline}\n"
            "{what}\nRecord: {record}"
        ),
        _("Open the record"),
    ),
    "seller.delivery_overdue": Sentence(
        "service",
        _("Order {order} has been waiting for your server for {hours} hours"),
        _("Your server took the order {order} of {product} but has not said that it is done for {hours} hours."),
        "",
    ),
    "operator.delivery_overdue": Sentence(
        "service",
        _("Delivery of order {order} has been waiting for {hours} hours"),
        _("{seller} took the order {order} of {product} but has not delivered for {hours} hours."),
        _("Open the trade desk"),
    ),
    # --- security ---
    "security.password_changed": Sentence(
        "security", _("Your password was changed"),
        _("The password of your sign-in was changed at {time} from {address}. If that was not you, recover it now."),
        _("Check your security"),
    ),
    "security.second_step_changed": Sentence(
        "security", _("The second step of your sign-in was changed"),
        _("At {time} from {address}: {what}. If that was not you, change your password now."),
        _("Check your security"),
    ),
    "security.credential_revealed": Sentence(
        "security", _("A password was revealed"),
        _("{user} looked at the initial password of {product}."), _("See the application"),
    ),
    "security.roles_changed": Sentence(
        "security", _("Your roles in {account} were changed"), _("{actor} changed your roles: {roles}."),
        _("See your account"),
    ),
}  # fmt: skip
register(OWN)
