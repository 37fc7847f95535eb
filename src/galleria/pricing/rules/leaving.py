"""Which rule applies to a buyer who leaves, and why: a table as data, and what stands in the way for now.

The rows are read from above, the first that fits decides. Rules differ in who decides; what each gives back is
worked out in `refunds`. Pure: no Django and no clock (buyer-renewal-refund 4, 6, 7.1, 9).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from galleria.pricing.rules.working import N_

Rule = Literal["platform", "unconditional", "withdrawal", "negotiated", "release", "undelivered", "none"]
Phase = Literal["being_made", "in_use", "expired", "gone"]
Decider = Literal["nobody", "automatic", "seller", "system"]

PHASES: Mapping[str, Phase] = {
    "initializing": "being_made",
    "effective": "in_use",
    "grace": "expired",
    "expired": "expired",
    "freezing": "expired",
    "frozen": "expired",
    "unfreezing": "in_use",
    "closing": "gone",
    "released": "gone",
    "failed": "gone",
}

DECIDED_BY: Mapping[Rule, Decider] = {
    "platform": "automatic",
    "unconditional": "automatic",
    "withdrawal": "automatic",
    "release": "automatic",
    "negotiated": "seller",
    "undelivered": "system",
    "none": "nobody",
}
"""Who decides when the buyer asks. Only what is automatic can be asked for by the buyer alone."""

REFUNDING: Final = frozenset({"platform", "unconditional", "withdrawal"})
"""Rules by which money may come back for a running term."""

NEW_PURCHASE_RETURNS: Final = frozenset({"image", "saas"})
"""Delivery types whose new purchases can be returned within days, when not supervised (7.1, S-RFD-002)."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the table asks about a subscription.

    delivery_type, is_supervised, billing_mode, state: as in the catalogue and in `subscribing.states`
    is_trial, is_free: free: nothing was ever asked for it
    promise: what the seller told on the product page: platform, negotiated, none; empty: as usual for the type
    provisioned_at: when what was newly bought could be used; None: it was not bought anew
    withdrawal_until: until when a consumer may withdraw by law; None: no such right
    unconditional_left: returns of new purchases that the account has left this year; None: the operator has none
    open_order: number of an order that is not finished and is about this subscription; empty: none
    account_state: normal, restricted, frozen
    held_by_authority: frozen by an authority, not for money
    invoiced_by: who invoiced the orders in question: "", operator, seller, partner
    contract_id: a standard contract under which it was ordered
    is_excluded: the operator lists the product as not returnable
    """

    delivery_type: str
    is_supervised: bool
    billing_mode: str
    state: str
    is_trial: bool = False
    is_free: bool = False
    promise: str = ""
    provisioned_at: datetime | None = None
    withdrawal_until: datetime | None = None
    unconditional_left: int | None = None
    unconditional_days: int = 5
    open_order: str = ""
    account_state: str = "normal"
    held_by_authority: bool = False
    invoiced_by: str = ""
    contract_id: str = ""
    is_excluded: bool = False

    @property
    def phase(self) -> Phase:
        return PHASES.get(self.state, "gone")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: conditions that must all hold, the rule, and why. An empty condition fits everything.

    when: `withdrawal` or `new_purchase`: only while that right lasts; `trial`, `free`: only such subscriptions
    """

    rule: Rule
    because: str
    phases: tuple[Phase, ...] = ("in_use",)
    modes: tuple[str, ...] = ()
    delivery: tuple[str, ...] = ()
    supervised: bool | None = None
    promise: str = ""
    when: Literal["", "withdrawal", "new_purchase", "trial", "free"] = ""


TABLE: tuple[Row, ...] = (
    Row("none", "gone", phases=("gone",)),
    Row("undelivered", "being_made", phases=("being_made",)),
    Row("release", "expired", phases=("expired",)),
    Row("release", "pay_per_use", modes=("pay_per_use",)),
    Row("release", "trial", when="trial"),
    Row("release", "free", when="free"),
    Row("withdrawal", "withdrawal", modes=("period", "one_time"), when="withdrawal"),
    Row("none", "one_time", modes=("one_time",)),
    Row("none", "package", modes=("package", "exhaustible")),
    Row("unconditional", "unconditional", delivery=("image", "saas"), supervised=False, when="new_purchase"),
    Row("platform", "promised_platform", promise="platform"),
    Row("negotiated", "promised_negotiated", promise="negotiated"),
    Row("none", "promised_none", promise="none"),
    Row("platform", "image", delivery=("image",), supervised=False),
    Row("negotiated", "supervised", supervised=True),
    Row("none", "unsupervised"),
)
"""Section 6 with what goes before it: the phase, what is never returned, the law, the seller's own promise."""

BECAUSE: Mapping[str, str] = {
    "gone": N_("It has ended already; there is nothing to leave."),
    "being_made": N_("It is being made. If the seller cannot deliver it, everything paid comes back by itself."),
    "expired": N_("Its term is over. It can be released at any time; nothing was paid for the time after the term."),
    "pay_per_use": N_("It is paid by use: releasing it ends the charges, and there is nothing to give back."),
    "trial": N_("It is a trial: it can be released at any time, and there is nothing to give back."),
    "free": N_("It is free of charge: it can be released at any time, and there is nothing to give back."),
    "withdrawal": N_("You bought as a consumer and may withdraw from the contract; everything paid comes back."),
    "one_time": N_("It was bought once and for all; such purchases are not given back."),
    "package": N_("It is a package of usage; packages in force are not given back."),
    "unconditional": N_("It was provisioned less than {days} days ago: new purchases can be returned without a fee."),
    "promised_platform": N_("The seller offers it by the marketplace’s rule: what is not used comes back less a fee."),
    "promised_negotiated": N_("The seller offers early leaving by agreement: it has to agree to the amount."),
    "promised_none": N_("The seller offers it without early leaving; it stays yours until it expires."),
    "image": N_("Images for a term fall under the marketplace’s rule: what is not used comes back less a fee."),
    "supervised": N_("It is delivered with service supervision: the seller has to agree to the amount."),
    "unsupervised": N_("Products of this kind cannot be given back early; it stays yours until it expires."),
}  # fmt: skip
"""Why a rule applies, by the name that the table gives."""

OBSTACLES: Mapping[str, str] = {
    "account_frozen": N_("The account is frozen: nothing can be given back until it is open again."),
    "held_by_authority": N_("It is frozen by order of an authority and cannot be released."),
    "open_order": N_("Order {order} of this subscription is not finished. Pay, cancel or wait for it first."),
    "unfreezing": N_("It is being opened again after a renewal. Wait until that is done."),
    "invoiced": N_("It was invoiced already. Return the invoice first."),
    "invoiced_by_partner": N_("Your partner paid and invoiced it. Ask your partner to give it back."),
    "contract": N_("It was ordered under contract {contract}, which says how it can be ended."),
    "changed_since": N_("Its specification was changed after this renewal. Give the whole subscription back instead."),
    "no_renewal": N_("It has no renewal that has not begun."),
    "excluded": N_("The marketplace lists this product as one that is not given back."),
}
"""Why it cannot be asked for now although a rule applies."""

_ALWAYS: Final = ("account_frozen", "held_by_authority", "open_order", "unfreezing")
_ABOUT_MONEY: Final = (*_ALWAYS, "invoiced", "invoiced_by_partner", "contract", "excluded")
# The law stands above contracts and lists; an invoice is corrected by a credit note.
_OBSTACLES_OF: Mapping[Rule, tuple[str, ...]] = {
    "platform": _ABOUT_MONEY,
    "unconditional": _ABOUT_MONEY,
    "withdrawal": _ALWAYS,
    "release": _ALWAYS,
}
NOTES: Mapping[str, str] = {
    "unconditional_used_up": N_("Your account has returned {count} new purchases this year, as many as it may."),
    "unconditional_over": N_("The {days} days in which new purchases are returned without a fee are over."),
}  # fmt: skip
"""What was considered and does not hold any more."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """The rule that applies, why, what stands in the way, and what was considered before it.

    `inputs`: values for the sentences.
    """

    rule: Rule
    because: str
    obstacles: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    inputs: Mapping[str, str | int] | None = None

    @property
    def is_possible(self) -> bool:
        """Whether the buyer can leave now without anybody else's consent."""
        return DECIDED_BY[self.rule] == "automatic" and not self.obstacles

    @property
    def is_refunding(self) -> bool:
        """Whether money may come back for the running term; otherwise it is released as it is."""
        return self.rule in REFUNDING

    @property
    def why_not(self) -> str:
        """The key of the reason why it is not possible: an obstacle, else why the rule applies; empty: it is."""
        if self.obstacles:
            return self.obstacles[0]
        return "" if self.is_possible else self.because

    def sentences(self) -> list[str]:
        """Every reason in English, to be translated where it is shown; values by `inputs`."""
        known = [OBSTACLES[each] for each in self.obstacles] + [NOTES[each] for each in self.notes]
        return [BECAUSE[self.because], *known]


def ruling(facts: Facts, at: datetime, *, per_year: int = 10) -> Ruling:
    """The first row of the table that fits, with what stands in the way of its rule.

    per_year: how many new purchases an account may return in a year, for the note
    """
    row = next(row for row in TABLE if _fits(row, facts, at))
    found = _obstacles(facts)
    inputs: dict[str, str | int] = {
        "order": facts.open_order,
        "contract": facts.contract_id,
        "count": per_year,
        "days": facts.unconditional_days,
    }
    obstacles = tuple(each for each in _OBSTACLES_OF.get(row.rule, ()) if each in found)
    return Ruling(row.rule, row.because, obstacles, _notes(row, facts, at), inputs)


def renewal_obstacles(facts: Facts) -> tuple[str, ...]:
    """What stands in the way of giving a renewal back that has not begun (9): possible for every product."""
    found = _obstacles(facts)
    if facts.phase != "in_use":
        return ("gone",)
    return tuple(each for each in _ABOUT_MONEY if each in found and each != "excluded")


def new_purchase_until(facts: Facts) -> datetime | None:
    """Until when a new purchase can be returned: so many times 24 hours after it was provisioned (7.1)."""
    if facts.provisioned_at is None or facts.unconditional_left is None:
        return None
    return facts.provisioned_at + timedelta(days=facts.unconditional_days)


def _fits(row: Row, facts: Facts, at: datetime) -> bool:
    return (
        facts.phase in row.phases
        and (not row.modes or facts.billing_mode in row.modes)
        and (not row.delivery or facts.delivery_type in row.delivery)
        and (row.supervised is None or row.supervised == facts.is_supervised)
        and (not row.promise or row.promise == facts.promise)
        and _is_time(row, facts, at)
    )


def _is_time(row: Row, facts: Facts, at: datetime) -> bool:
    match row.when:
        case "trial":
            return facts.is_trial
        case "free":
            return facts.is_free
        case "withdrawal":
            return facts.withdrawal_until is not None and at < facts.withdrawal_until
        case "new_purchase":
            until = new_purchase_until(facts)
            return until is not None and at <= until and bool(facts.unconditional_left)
    return True


def _notes(row: Row, facts: Facts, at: datetime) -> tuple[str, ...]:
    """That a new purchase could have been returned, had there been time or quota left."""
    until = new_purchase_until(facts)
    is_late = row.rule in {"platform", "none", "negotiated"} and facts.phase == "in_use"
    if until is None or not is_late or facts.is_supervised or facts.delivery_type not in NEW_PURCHASE_RETURNS:
        return ()
    if facts.billing_mode != "period":
        return ()
    return ("unconditional_over",) if at > until else ("unconditional_used_up",)


def _obstacles(facts: Facts) -> frozenset[str]:
    found = (
        (facts.account_state == "frozen", "account_frozen"),
        (facts.held_by_authority, "held_by_authority"),
        (bool(facts.open_order), "open_order"),
        (facts.state == "unfreezing", "unfreezing"),
        (facts.invoiced_by in ("operator", "seller"), "invoiced"),
        (facts.invoiced_by == "partner", "invoiced_by_partner"),
        (bool(facts.contract_id), "contract"),
        (facts.is_excluded, "excluded"),
    )
    return frozenset(name for applies, name in found if applies)
