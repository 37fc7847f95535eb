"""Accounts, postings and their arithmetic. Pure: no database, no clock."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from galleria.kit.money import BadAmount, Money

_CODE = re.compile(r"[a-z][a-z0-9_]{1,49}(:[A-Za-z0-9_-]{1,48})?", re.ASCII)


def N_(text: str) -> str:  # noqa: N802 (the name that Babel collects)
    """Marks a text for translation where it is written; it is translated where it is shown."""
    return text


KINDS: Final[dict[str, str]] = {
    "buyer_cash": N_("Money that the marketplace holds for a buyer: the account balance"),
    "receivable": N_("What a buyer will be billed by monthly settlement (negative while owed)"),
    "credit_receivable": N_("What a buyer owes on approved credit (negative while owed)"),
    "reseller_receivable": N_("What a reseller owes for its customers' orders (negative while owed)"),
    "debt": N_("What a buyer owes that is overdue (negative while owed)"),
    "bank_clearing": N_("The operator's bank account, as seen from inside: negative is money that came in"),
    "card_clearing": N_("Card payments at the gateway, as seen from inside: negative is money that came in"),
    "orders_held": N_("Paid for orders and not yet earned or given back"),
    "refunds_due": N_("Refunds that the card gateway has been asked for and has not made yet"),
    "unapplied": N_("Card payments for orders that could not be paid any more, on their way back"),
    "coupon_cost": N_("Granted by the operator as cash coupons (negative is given)"),
    "revenue": N_("The operator's own income: commissions and fees"),
    "seller_share": N_("Owed to a seller from sales"),
    "tax_due": N_("Tax collected for a country and not yet passed on"),
    "rounding": N_("Rounding differences of bills"),
    "write_off": N_("Given up as lost"),
}
"""What the accounts mean. The balance of an account is what came in less what went out."""

NEVER_NEGATIVE: Final = frozenset({"buyer_cash"})
"""Kinds that are not overdrawn: a posting that would is refused."""


class BadPosting(ValueError):
    """A posting that cannot be meant: a bug of the caller."""


@dataclass(frozen=True, slots=True)
class Posting:
    """Move a positive amount from one account to another: codes are `kind` or `kind:party`."""

    from_: str
    to: str
    amount: Money

    def __post_init__(self) -> None:
        for code in (self.from_, self.to):
            if not _CODE.fullmatch(code):
                raise BadPosting(f"{code!r} is not an account code")
        if self.from_ == self.to:
            raise BadPosting(f"a posting from {self.from_} to itself")
        if not self.amount.is_positive:
            raise BadPosting(f"a posting of {self.amount}: amounts are positive, turn the direction instead")

    def reversed(self) -> Posting:
        return Posting(self.to, self.from_, self.amount)


@dataclass(frozen=True, slots=True)
class Source:
    """What a transaction is about: `Source("order", "GA…")`."""

    type: str
    id: str


def kind_of(code: str) -> str:
    return code.partition(":")[0]


def party_of(code: str) -> str:
    return code.partition(":")[2]


def is_busy(code: str) -> bool:
    """Accounts of no party are touched by everybody's payments: their balance is added up by a job.

    The tax of a country belongs to no party either.
    """
    return (":" not in code or kind_of(code) == "tax_due") and kind_of(code) not in NEVER_NEGATIVE


def deltas(postings: Iterable[Posting]) -> dict[tuple[str, str], int]:
    """The change of every account, by code and currency; sums to zero per currency."""
    found: dict[tuple[str, str], int] = {}
    for posting in postings:
        for code, sign in ((posting.from_, -1), (posting.to, 1)):
            key = (code, posting.amount.currency)
            found[key] = found.get(key, 0) + sign * posting.amount.minor
    return found


def digest(kind: str, postings: Sequence[Posting], source: Source | None, reverses: str = "") -> str:
    """A digest of what a transaction says, the same for the same content."""
    rows = [(each.from_, each.to, each.amount.minor, each.amount.currency) for each in postings]
    return digest_of_rows(kind, rows, (source.type, source.id) if source else None, reverses)


Row = tuple[str, str, int, str]
"""A posting as it is stored: from, to, minor units, currency."""


def digest_of_rows(kind: str, rows: Sequence[Row], source: tuple[str, str] | None, reverses: str) -> str:
    """The same of what is stored already, whatever it says."""
    text = json.dumps([kind, reverses, source, rows], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


__all__ = [
    "KINDS", "NEVER_NEGATIVE", "BadAmount", "BadPosting", "Posting", "Row", "Source", "deltas", "digest",
    "digest_of_rows", "is_busy", "kind_of", "party_of",
]  # fmt: skip
