"""What the services of paying have in common: whose account, which refusals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound, Refused, Text
from galleria.kit.money import Money
from galleria.parties import selectors as parties
from galleria.parties.models import Account
from galleria.paying.rules import OrderCharge


class TokenReused(Refused):
    """B-PAY-003: a payment token stands for one payment."""

    code = "TOKEN_REUSED"
    default_message: ClassVar[Text] = _("This payment token was used for another payment. Reload and pay again.")


class InsufficientBalance(Refused):
    """`extra` has `available`, `needed` and `currency`."""

    code = "INSUFFICIENT_BALANCE"
    default_message: ClassVar[Text] = _("The balance is not enough. Top up, or choose another way to pay.")


class CreditLimitExceeded(Refused):
    """More than is left of the approved limit."""

    code = "CREDIT_LIMIT_EXCEEDED"
    default_message: ClassVar[Text] = _("This is more than is left of your approved limit.")


class CreditNotAccepted(Refused):
    """B-CRD-002: the seller of a product does not take credit, or the approval is for other products."""

    code = "CREDIT_NOT_ACCEPTED"
    default_message: ClassVar[Text] = _("A product in this order cannot be paid by credit.")


class MethodNotAllowed(Refused):
    """The method is not for this account."""

    code = "PAYMENT_METHOD_NOT_ALLOWED"
    default_message: ClassVar[Text] = _("Your account cannot pay this way. Choose another way to pay.")


class NoPaymentMeans(Refused):
    """B-PUR-004: nothing to pay with."""

    code = "NO_PAYMENT_MEANS"
    default_message: ClassVar[Text] = _("Add a card or top up the balance first.")


class OrderStatusChanged(Refused):
    """The order was paid or cancelled meanwhile."""

    code = "ORDER_STATUS_CHANGED"
    default_message: ClassVar[Text] = _("The order has been paid or canceled meanwhile. Reload to see its state.")


class PaymentInProgress(Refused):
    """A card payment of the same order is not finished; `extra` has `payment_id` and `action_url`."""

    code = "PAYMENT_IN_PROGRESS"
    default_message: ClassVar[Text] = _("A card payment of this order is still open. Finish or cancel it first.")


class CardTypeNotAllowed(Refused):
    """Debit, prepaid, virtual and gift cards, and brands that are not listed (payment 9.1)."""

    code = "CARD_TYPE_NOT_ALLOWED"
    status = 422


class AmountOutOfRange(Refused):
    """Too little or too much."""

    code = "AMOUNT_OUT_OF_RANGE"
    status = 422


def account_for(actor: Actor, account_id: str) -> Account:
    """The account, if it is the actor's, or the actor is the operator or the system. Raises NotFound."""
    if not (actor.is_system or actor.is_operator or actor.account_id == account_id):
        raise NotFound
    return parties.account_by_id(account_id)


def is_reseller_customer(account: Account) -> bool:
    """B-RSL-001: buys in the resale model; the reseller pays."""
    return account.sales_model == "resale" and account.reseller is not None


def total_due(charges: Sequence[OrderCharge]) -> Money:
    """What these orders cost together."""
    return Money.sum((charge.due for charge in charges), charges[0].net.currency)
