"""Figures of offers: what a price takes off the list price, and the name that is suggested (S-OFR-001, S-OFR-002)."""

from __future__ import annotations

from fractions import Fraction

from galleria.kit.money import Money
from galleria.pricing.rules.discounts import Discount, exact_after
from galleria.pricing.rules.exact import to_money
from galleria.pricing.rules.models import Charge


def after(discount: Discount, charge: Charge) -> Money:
    """A charge with the discount, rounded half up once."""
    return to_money(exact_after(discount, charge), charge.currency)


def percent_off_e2(official: Money, offered: Money) -> int:
    """What an offer takes off in 1/10,000, rounded up: 30.001 % is more than 30 %. Nothing for what is free anyway."""
    if official.minor <= 0:
        return 0
    share = Fraction(official.minor - offered.minor, official.minor) * 10_000
    return max(-((-share.numerator) // share.denominator), 0)


def suggested_name(product: str, percent_e2: int) -> str:
    """The name that the form proposes: "Seller Offer - Helpdesk - 15% Off"."""
    whole, rest = divmod(percent_e2, 100)
    amount = f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)
    return f"Seller Offer - {product} - {amount}% Off"
