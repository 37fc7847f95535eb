"""The price tester: what a buyer would pay for a combination, line by line, and what the seller gets (screen S5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from galleria.kit.money import Money, is_currency, plain, to_e10
from galleria.pricing.rules import models as price_models
from galleria.releasing.rules.price_grid import Combination, Grid, Offer, number_of
from galleria.web import words
from galleria.web.formats import money_text, number
from galleria.web.working import shown

MOST_USE = 10**9


@dataclass(frozen=True)
class Tested:
    """A tried price. `problem`: why there is none. `lines`: (words, note, amount); `working`: (part, how, amount)."""

    combination: int
    offer: int
    term: int
    quantity: str
    discount: str
    problem: str = ""
    lines: list[tuple[str, str, Money]] = field(default_factory=list)
    buyer: Money | None = None
    fee: Money | None = None
    fee_words: str = ""
    share: Money | None = None
    working: list[tuple[str, str, str]] = field(default_factory=list)
    after: str = ""


def tested(grid: Grid, given: Mapping[str, str], fee_percent: Decimal) -> Tested | None:
    """The price of what was chosen, at the amounts of the draft; None when nothing is priced yet."""
    combinations = [each for each in grid.combinations if any(_has(grid, at, each) for at in range(len(grid.offers)))]
    if not combinations:
        return None
    every = grid.combinations
    wanted = _chosen(given.get("combination", ""), every.index(combinations[0]), len(every))
    combination = every[wanted]
    offers = [at for at in range(len(grid.offers)) if _has(grid, at, combination)]
    if not offers:
        return Tested(wanted, 0, 1, "", "", _("This combination is not sold: it has no price."))
    at = _chosen(given.get("offer", ""), offers[0], len(grid.offers))
    at = at if at in offers else offers[0]
    offer = grid.offers[at]
    term = _chosen(given.get("term", ""), offer.terms[0] if offer.terms else 1, 100)
    term = term if term in offer.terms else (offer.terms[0] if offer.terms else 1)
    limits = _limits(grid, offer)
    quantity = given.get("quantity", "").strip() or str(1000 if offer.mode == "pay_per_use" else limits.minimum)
    discount = given.get("discount", "").strip()
    start = Tested(wanted, at, term, quantity, discount)
    return _priced(grid, start, offer, combination, limits, fee_percent)


def _has(grid: Grid, at: int, combination: Combination) -> bool:
    return any(grid.amounts_in(at, combination))


def _chosen(text: str, otherwise: int, most: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and int(text) < most else otherwise


def _limits(grid: Grid, offer: Offer) -> price_models.QuantityRange:
    for key, _name, least, most, step in grid.quantities:
        if key == offer.quantity and offer.model != "simple":
            return price_models.QuantityRange(least, max(least, most), step)
    return price_models.ANY if offer.mode == "pay_per_use" else price_models.ONE


def _priced(
    grid: Grid, start: Tested, offer: Offer, combination: Combination, limits: price_models.QuantityRange, fee: Decimal
) -> Tested:
    values = dict(start.__dict__)
    amounts = [number_of(text) for text in grid.amounts_in(start.offer, combination)]
    if any(amount is None for amount in amounts) or not is_currency(grid.currency):
        return Tested(**values | {"problem": _("A price of this combination is missing or not a number.")})
    if not start.quantity.isascii() or not start.quantity.isdigit() or not 0 < int(start.quantity) <= MOST_USE:
        return Tested(**values | {"problem": _("Give a whole number.")})
    share = number_of(start.discount) if start.discount else Decimal(0)
    if share is None or share >= 100:
        return Tested(**values | {"problem": _("A discount is 0 to 99 per cent.")})
    tiers = [
        {"up_to": end, "unit_price_e10": to_e10(amount or Decimal(0))}
        for end, amount in zip(offer.ends, amounts, strict=True)
    ]
    periods = start.term if offer.mode == "period" else 1
    try:
        model = price_models.model_of(
            offer.model, grid.currency, unit_price_e10=tiers[0]["unit_price_e10"] or 0, tiers=tiers, quantities=limits
        )
        if offer.mode == "pay_per_use" and offer.model == "simple":
            model = price_models.Linear(grid.currency, tiers[0]["unit_price_e10"] or 0)
        charge = price_models.charge(model, int(start.quantity), periods)
    except price_models.QuantityOutOfRange as wrong:
        said = _("Choose %(least)s to %(most)s in steps of %(step)s.") % {
            "least": wrong.limits.minimum, "most": wrong.limits.maximum or "…", "step": wrong.limits.step,
        }  # fmt: skip
        return Tested(**values | {"problem": said})
    except ValueError:
        return Tested(**values | {"problem": _("The bands do not fit the quantities. Put them right first.")})
    return _split(Tested(**values), grid, offer, combination, charge, share, fee)


def _split(
    start: Tested, grid: Grid, offer: Offer, combination: Combination, charge: price_models.Charge, off: Decimal,
    fee: Decimal,
) -> Tested:  # fmt: skip
    """The lines of what a buyer pays, and the seller's part of it after the fee."""
    name = ", ".join(grid.name_of(combination)) or _("The specification")
    lines: list[tuple[str, str, Money]] = [(name, _how(charge, offer, start.term, grid), charge.amount)]
    working = [(_("Price"), step.sentence(shown, _), money_text(step.amount) if step.amount is not None else "")
               for step in charge.steps]  # fmt: skip
    buyer = charge.amount
    if off:
        reduction = charge.amount.percent(off)
        buyer = charge.amount - reduction
        lines.append((_("Discount, %(share)s %%") % {"share": plain(off)}, "", -reduction))
        working.append((_("Discount"), f"{money_text(charge.amount)} × {plain(off)} %", money_text(-reduction)))
    share = buyer.times(1 - fee / 100)
    kept = buyer - share
    working.append(
        (_("Your share"), f"{buyer.text} × (1 − {plain(fee)} %)", money_text(share)),
    )
    values = dict(start.__dict__) | {
        "lines": lines, "buyer": buyer, "fee": -kept, "share": share, "working": working,
        "fee_words": _("%(percent)s %% of %(amount)s") % {"percent": plain(fee), "amount": buyer.text},
        "after": _after(offer, start.term),
    }  # fmt: skip
    return Tested(**values)


def _how(charge: price_models.Charge, offer: Offer, term: int, grid: Grid) -> str:
    parts = []
    if charge.unit_price_e10 is not None:
        parts.append(plain(Decimal(charge.unit_price_e10) / 10**10, 2))
    if charge.quantity > 1:
        named = next((name for key, name, *_rest in grid.quantities if key == offer.quantity), offer.meter)
        parts.append(f"{number(charge.quantity)} {named}".strip())
    if offer.mode == "period":
        parts.append(words.term(offer.period, term))
    return " × ".join(parts) if len(parts) > 1 else ""


def _after(offer: Offer, term: int) -> str:
    """What comes after this purchase."""
    if offer.mode == "period":
        return _("The same again for each following %(term)s, if the buyer renews.") % {
            "term": words.term(offer.period, term)
        }
    if offer.mode == "pay_per_use":
        return _("Billed after use; the buyer pays nothing at the start.")
    if offer.mode in {"package", "exhaustible"}:
        return ngettext("%(count)s unit is included.", "%(count)s units are included.", offer.included) % {
            "count": number(offer.included)
        }
    return _("Paid once; nothing follows.")
