"""What messages are about, and which of them a person may switch off (B-MSG-003, B-MSG-004)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CHANNELS: Final = ("center", "email")


@dataclass(frozen=True, slots=True)
class Topic:
    """`by_default`: channels that are on until the person chooses; `locked`: channels that stay as they are.

    The message centre gets everything (B-MSG-001) but campaigns, which nobody gets without asking.
    """

    key: str
    label: str | Promise
    about: str | Promise
    by_default: frozenset[str]
    locked: frozenset[str]


_BOTH = frozenset(CHANNELS)
_CENTER = frozenset({"center"})

TOPICS: Final[dict[str, Topic]] = {
    topic.key: topic
    for topic in (
        Topic("finance", _("Money"), _("Orders to pay, payments, refunds, balance, bills and invoices"), _BOTH, _BOTH),
        Topic("product", _("Products"), _("Delivery, expiry, renewal and changes of what you bought"), _BOTH, _CENTER),
        Topic("service", _("Service"), _("Service orders, tickets, appeals and unsubscription"), _BOTH, _CENTER),
        Topic("cost", _("Costs"), _("Budgets that reach their limits"), _BOTH, _CENTER),
        Topic("security", _("Security"), _("Sign-ins, users, keys and revealed passwords"), _BOTH, _BOTH),
        Topic("campaign", _("Campaigns"), _("Offers and news; off until you ask for them"), frozenset(), frozenset()),
    )
}


def is_on(topic: str, channel: str, choices: dict[tuple[str, str], bool]) -> bool:
    """Whether a message of the topic goes over the channel, given a person's choices."""
    known = TOPICS[topic]
    if channel in known.locked:
        return channel in known.by_default
    return choices.get((topic, channel), channel in known.by_default)
