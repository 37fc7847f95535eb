"""When the specification of a subscription can be changed, and into what (buyer-renewal-refund 10).

A change is made *now*, inside the running term, and only to more; or with a *renewal*, also to less, from the
beginning of the new term on. Each reason is a key; the words are in `changeable`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

Mode = Literal["now", "renewal"]
Size = Literal["same", "more", "less"]

RENEWAL_WINDOW: Final = timedelta(days=30)
"""How long before its expiry a subscription can be changed with a renewal (B-CHG-T2)."""
LEAST_LEFT: Final = timedelta(days=1)
"""With less than this left an upgrade is refused: renew first (B-CHG-003)."""
VALID: Final = "valid"


@dataclass(frozen=True, slots=True)
class Held:
    """A subscription as a change sees it.

    is_sold: product, specification and SKU are in the catalogue
    takes_changes: the seller's server speaks the contract of today, and the seller has rules, or proved the upgrade
    planned_at: when a paid term with another configuration begins; None when there is none
    is_waited_for: an order of this subscription waits for payment, or a change waits for the seller
    """

    state: str
    delivery_type: str
    billing_mode: str
    is_trial: bool
    is_sold: bool
    takes_changes: bool
    renewal: str
    expires_at: datetime | None
    planned_at: datetime | None = None
    is_waited_for: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """A SKU as a target. `upwards`, `downwards`: the state of the seller's rule from the present SKU to this one, and
    from this one to the present: `valid`, the reason why it does not hold, or empty when there is none.
    `is_scalable`: it has a quantity.
    """

    is_present: bool
    is_sold: bool
    has_price: bool
    is_scalable: bool
    upwards: str = ""
    downwards: str = ""


def why_not(held: Held, mode: Mode, at: datetime) -> str:
    """Why a subscription cannot be changed in this way at all; empty when it can."""
    if held.is_trial:
        return "trial"
    if held.delivery_type != "saas" or held.billing_mode != "period" or held.expires_at is None:
        return "not_saas"
    if held.state != "effective":
        return held.state if held.state in STATES else "ended"
    if held.expires_at <= at:
        return "grace"  # the clock has not come to it yet
    if not held.is_sold:
        return "removed"
    if not held.takes_changes:
        return "no_rule"
    if held.is_waited_for:
        return "open_order"
    if held.planned_at is not None:
        return "planned"
    left = held.expires_at - at
    if mode == "now":
        return "last_day" if left < LEAST_LEFT else ""
    if held.renewal == "to_pay_per_use":
        return "to_pay_per_use"
    return "too_early" if left > RENEWAL_WINDOW else ""


STATES: Final = ("initializing", "grace", "expired", "freezing", "frozen", "unfreezing")


def why_not_target(offer: Offer, mode: Mode) -> str:
    """Why this SKU is no target of a change of this kind; empty when it is."""
    if not offer.is_sold:
        return "target_removed"
    if not offer.has_price:
        return "no_price"
    if offer.is_present:
        return "" if offer.is_scalable else "present"
    if offer.upwards == VALID:
        return ""
    if offer.downwards == VALID:
        return "" if mode == "renewal" else "downgrade"
    broken = offer.upwards or offer.downwards
    return broken if broken in {"mode", "price"} else "no_pair"


def size_of(before: int, after: int) -> Size:
    """Whether a quantity grows."""
    return "same" if after == before else "more" if after > before else "less"


def why_not_quantity(offer: Offer, before: int, after: int, mode: Mode) -> str:
    """Why a quantity cannot be changed like that: `nothing` when all stays as it is, `fewer` inside the term."""
    size = size_of(before, after)
    if size == "same":
        return "nothing" if offer.is_present else ""
    return "fewer" if size == "less" and mode == "now" else ""


def opens_at(expires_at: datetime) -> datetime:
    """From when on a subscription can be changed with its renewal."""
    return expires_at - RENEWAL_WINDOW
