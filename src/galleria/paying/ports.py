"""What a card gateway promises. Amounts in minor units; ids are the gateway's own.

A charge is made in two steps, so that a process may die at any point: `prepare` makes a charge that moves no money
and whose id is stored before `confirm` moves it. Whoever finds a stored id later asks `charge_of` for the truth.
`cancel` is decisive: after it the charge is either cancelled for ever or was already paid.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from galleria.kit.errors import Refused, Unavailable

ChargeState = Literal["prepared", "needs_action", "processing", "succeeded", "failed", "canceled"]
RefundState = Literal["pending", "succeeded", "failed"]


class GatewayUnavailable(Unavailable):
    """No answer, or not one that says what happened: the charge may or may not have been made. Ask again."""

    code = "CARD_GATEWAY_UNAVAILABLE"


class GatewayRefused(Refused):
    """The gateway says no and means it; the message is the provider's."""

    code = "CARD_DECLINED"
    status = 409


class BadSignature(Refused):
    """A webhook that is not signed with our secret, or too old: forged or replayed."""

    code = "BAD_SIGNATURE"
    status = 400


@dataclass(frozen=True, slots=True)
class Card:
    """What may be known of a card. `funding`: credit, debit, prepaid or unknown; `brand`: visa, mastercard …"""

    token: str
    brand: str
    funding: str
    last4: str
    expires_month: int
    expires_year: int
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Setup:
    """A page of the gateway on which the card holder enters the card: our form never sees the number."""

    reference: str
    url: str


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """A charge to prepare. `key` is our payment id: the same key never makes two charges."""

    key: str
    customer: str
    card_token: str
    amount_minor: int
    currency: str
    description: str
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Charge:
    """Where a charge stands. `action_url` is where the card holder proves who they are (3-D Secure)."""

    reference: str
    state: ChargeState
    amount_minor: int
    currency: str
    action_url: str = ""
    failure_code: str = ""
    failure_text: str = ""


@dataclass(frozen=True, slots=True)
class GatewayRefund:
    """Where a refund stands at the gateway."""

    reference: str
    state: RefundState
    failure_text: str = ""


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """A verified webhook: what it is about, never what it claims; the truth is asked for by reference."""

    event_id: str
    kind: str
    charge_reference: str = ""
    refund_reference: str = ""


class CardGateway(Protocol):
    """Implemented by `adapters.stripe_gateway` and `adapters.sandbox_gateway`.

    Every method may raise GatewayUnavailable; those that ask for something new also GatewayRefused.
    """

    name: str
    moves_money: bool

    def create_customer(self, *, key: str, name: str, email: str) -> str:
        """The gateway's id for an account."""
        ...

    def begin_setup(self, *, customer: str, return_url: str, key: str) -> Setup:
        """Start the entry of a card on the gateway's page; `return_url` gets `setup=<reference>` appended."""
        ...

    def card_of_setup(self, reference: str, *, customer: str) -> Card:
        """The card that was entered there. Raises GatewayRefused if none was, or for another customer."""
        ...

    def save_card(self, *, customer: str, token: str) -> Card:
        """Keep a card that a program made a token for; it then belongs to the customer."""
        ...

    def look_at(self, token: str) -> Card:
        """What is known of a token, before it is saved."""
        ...

    def forget_card(self, token: str) -> None:
        """Let the card go; one that is gone already is no error."""
        ...

    def prepare(self, request: ChargeRequest) -> Charge:
        """Make a charge that moves no money yet."""
        ...

    def confirm(self, reference: str, *, return_url: str, key: str) -> Charge:
        """Move the money, or say what the card holder has to do first, or why it was declined."""
        ...

    def charge_of(self, reference: str) -> Charge:
        """Where it stands now."""
        ...

    def cancel(self, reference: str) -> Charge:
        """Make sure that it is never paid; if it has been, says `succeeded`."""
        ...

    def refund(self, reference: str, *, amount_minor: int, key: str) -> GatewayRefund:
        """Give back a part of a charge; the same key never gives back twice."""
        ...

    def refund_of(self, reference: str) -> GatewayRefund:
        """Where a refund stands now."""
        ...

    def read_event(self, payload: bytes, signature: str, *, at: datetime) -> GatewayEvent:
        """Verify a webhook: signature, and at most five minutes old at `at`. Raises BadSignature."""
        ...
