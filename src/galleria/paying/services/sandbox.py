"""The pages of the sandbox gateway: a card is entered, a card holder proves who they are. No money moves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import Invalid, NotFound
from galleria.kit.money import Money
from galleria.paying.adapters.sandbox_gateway import TEST_CARDS, SandboxGateway, TestCard
from galleria.paying.ports import GatewayRefused


@dataclass(frozen=True, slots=True)
class SandboxChallenge:
    """What the card holder is asked to confirm."""

    amount: Money
    last4: str
    description: str
    is_open: bool


def sandbox_cards() -> tuple[TestCard, ...]:
    """The cards that the sandbox knows."""
    return TEST_CARDS


def sandbox_setup(reference: str) -> dict[str, Any]:
    """A started entry of a card. Raises NotFound, also where the sandbox is off."""
    return _sandbox().setup_of(reference)


def enter_sandbox_card(reference: str, *, number: str, expires: str, holder: str, at: datetime) -> str:
    """Enter a test card; returns where to go on. Raises NotFound, Invalid with the fields."""
    port = _sandbox()
    port.setup_of(reference)
    errors: dict[str, Any] = {}
    found = re.fullmatch(r"\s*(0?[1-9]|1[0-2])\s*/\s*(?:20)?([0-9]{2})\s*", expires)
    month, year = (int(found.group(1)), 2000 + int(found.group(2))) if found else (0, 0)
    if not found:
        errors["expires"] = _("Give month and year, such as 07/31.")
    elif (year, month) < (at.year, at.month):
        errors["expires"] = _("This card has expired.")
    if "".join(sign for sign in number if sign.isdigit()) not in {card.number for card in TEST_CARDS}:
        errors["number"] = _("The sandbox only knows the test cards that are listed here. Never enter a real card.")
    if not 1 <= len(holder.strip()) <= 120:
        errors["holder"] = _("Give the name on the card.")
    if errors:
        raise Invalid(fields=errors)
    try:
        return port.enter_card(
            reference, number=number[:40], holder=holder.strip(), expires_month=month, expires_year=year
        )
    except GatewayRefused as refusal:
        raise Invalid(fields={"number": refusal.message}) from None


def sandbox_challenge(charge: str) -> SandboxChallenge:
    """A charge for which the bank asks who pays. Raises NotFound."""
    data = _sandbox().challenge_of(charge)
    return SandboxChallenge(
        Money(data["amount"], data["currency"]), data["last4"], data["description"], data["state"] == "needs_action"
    )


def answer_sandbox_challenge(charge: str, *, proven: bool) -> str:
    """The card holder confirms, or not; returns where to go on. Raises NotFound."""
    return _sandbox().answer_challenge(charge, proven=proven)


def _sandbox() -> SandboxGateway:
    if not settings.GALLERIA_SANDBOX_CARDS:
        raise NotFound
    return SandboxGateway()
