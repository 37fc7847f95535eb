"""The price on a product page: what a reader has chosen so far and what it would cost, without reading rows again.

The prepared page (`publishing.selectors.product_view`) holds specifications, attributes and prices; the rules that
price an order price it here too, so that the figure is the one that `services.quote` gives. What does not fit is put
right and told, never refused: choosing is not ordering.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from galleria.buying import configuring, limits
from galleria.kit.actor import Actor
from galleria.kit.errors import Refused
from galleria.kit.money import Money
from galleria.pricing import selectors as pricing
from galleria.pricing.rules import models as price_models
from galleria.pricing.rules import quote as quote_rules
from galleria.pricing.rules.discounts import LineInput
from galleria.publishing import selectors as catalogue
from galleria.publishing.models import Product
from galleria.publishing.selectors import ProductView

MAX_USE = 10**9


@dataclass
class Selection:
    """What is chosen: everything that is offered has a value. `problems`: field name to sentence."""

    view: ProductView
    specification: Mapping[str, Any]
    values: dict[str, str]
    offers: list[Mapping[str, Any]]
    price: Mapping[str, Any] | None
    terms: list[int]
    term: int
    use: int
    auto_renew: bool
    region: str
    sku: str = ""
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def mode(self) -> str:
        """The mode as forms send it: `period:month`, `one_time`, …"""
        return mode_of(self.price, self.offers) if self.price else ""

    @property
    def quantity(self) -> int:
        key = self.price["quantity"] if self.price else ""
        return int(self.values[key]) if key in self.values else 1

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Names and values of a form that orders this."""
        found = [("product", self.view.slug), ("specification", str(self.specification["id"])), ("mode", self.mode)]
        found += [(f"a.{key}", value) for key, value in self.values.items()]
        if self.terms:
            found += [("term", str(self.term)), ("auto_renew", "yes" if self.auto_renew else "")]
        if self.region:
            found.append(("region", self.region))
        return found


@dataclass(frozen=True)
class Estimate:
    """A price for a selection. `used`: what the metered amount would cost; `limit_reached`: a sentence."""

    quote: quote_rules.Quote
    tax_e4: int
    used: Money | None = None
    limit_reached: str = ""


def mode_of(price: Mapping[str, Any], offers: list[Mapping[str, Any]]) -> str:
    """How a form names a price among those of its SKU."""
    mode = str(price["mode"])
    if price["period"]:
        return f"{mode}:{price['period']}"
    several = sum(1 for each in offers if each["mode"] == mode) > 1
    return f"{mode}:{price['meter']}" if several and price["meter"] else mode


# --- choosing -----------------------------------------------------------------------------------------------
def select(view: ProductView, given: Mapping[str, str]) -> Selection | None:
    """The nearest possible selection for what was given; None when nothing can be chosen at all."""
    specification = _specification(view, given.get("specification", ""))
    if specification is None or view.card["delivery"] == "consulting":  # shown, not sold (S-CON-001)
        return None
    problems: dict[str, str] = {}
    attributes = specification["attributes"]
    values = {each["key"]: _value(each, given.get(f"a.{each['key']}", ""), problems) for each in attributes}
    choices = {each["key"]: values[each["key"]] for each in attributes if each["kind"] == "choice"}
    sku = next((sku for sku in specification["skus"] if sku["choices"] == choices), None)
    if sku is None:
        problems["sku"] = _("This combination is not sold. Choose another one.")
    offers = sku["prices"] if sku else []
    price = _price(offers, given.get("mode", ""))
    if given.get("mode") and price is not None and mode_of(price, offers) != given["mode"]:
        problems["mode"] = _("The seller does not offer this way of paying for this combination.")
    terms = _terms(price)
    term = _number(given.get("term", ""), terms[0] if terms else 1)
    return Selection(
        view=view,
        specification=specification,
        values=values,
        offers=offers,
        price=price,
        terms=terms,
        term=term if term in terms else (terms[0] if terms else 1),
        use=min(_number(given.get("use", ""), 1000), MAX_USE),
        auto_renew=given.get("auto_renew", "") in {"1", "yes", "on", "true"},
        region=given.get("region", "")[:40],
        sku=str(sku.get("code", "")) if sku else "",
        problems=problems,
    )


def _specification(view: ProductView, wanted: str) -> Mapping[str, Any] | None:
    rows = view.detail["specifications"]
    for each in rows:
        if each["id"] == wanted and view.may_order(each):
            return dict(each)
    open_to_all = [each for each in rows if each["state"] == "on_sale" and view.may_order(each)]
    return open_to_all[0] if open_to_all else None


def _value(attribute: Mapping[str, Any], given: str, problems: dict[str, str]) -> str:
    if attribute["kind"] == "choice":
        keys = [str(option["key"]) for option in catalogue.in_language(attribute["options"], "en") or []]
        return given if given in keys else (keys[0] if keys else "")
    least, most, step = attribute["minimum"], attribute["maximum"], attribute["step"]
    number = _number(given, least)
    fitting = min(max(number, least), most)
    fitting = least + (fitting - least) // step * step
    if fitting != number or (given and not given.isascii()):
        problems[f"a.{attribute['key']}"] = _("Choose %(least)s to %(most)s in steps of %(step)s.") % {
            "least": least,
            "most": most,
            "step": step,
        }
    return str(fitting)


def _number(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def _price(offers: list[Mapping[str, Any]], mode: str) -> Mapping[str, Any] | None:
    named = next((price for price in offers if mode_of(price, offers) == mode), None)
    return named or (offers[0] if offers else None)


def _terms(price: Mapping[str, Any] | None) -> list[int]:
    if price is None or price["mode"] != "period":
        return []
    offered = configuring.YEAR_TERMS if price["period"] == "year" else configuring.MONTH_TERMS
    return [int(term) for term in price["terms"]] or list(offered)


# --- pricing ------------------------------------------------------------------------------------------------
def estimate(actor: Actor, selection: Selection, *, country: str, at: datetime) -> Estimate | None:
    """What the selection costs this reader now; None when it has no price. Two queries, one more where the seller
    limits purchases."""
    price = selection.price
    if price is None:
        return None
    view = selection.view
    model = price_models.model_of(
        price["model"],
        price["currency"],
        unit_price_e10=price["e10"],
        tiers=price["tiers"],
        quantities=_quantities(selection),
    )
    by_use = price["mode"] == "pay_per_use"
    charge = (
        price_models.charge(price_models.Simple(price["currency"], 0))
        if by_use
        else price_models.charge(model, selection.quantity, selection.term if selection.terms else 1)
    )
    line = LineInput(
        key="000001",
        charge=charge,
        product_id=view.public_id,
        specification_id=str(selection.specification["id"]),
        sku_id=selection.sku,
        seller_id=view.detail["seller"]["id"],
        region=selection.region,
        billing_mode=price["mode"],
        period_type=price["period"],
    )
    seller_pk, specification_pk = int(view.detail["seller"]["pk"]), int(selection.specification["pk"])
    tax_e4 = pricing.tax_rate_e4(country, at)
    result = quote_rules.quote(
        [line],
        at=at,
        discounts_offered=pricing.discounts_of(actor.account_pk, view.pk, specification_pk, seller_pk, at),
        tax_e4=tax_e4,
    )
    used = Money.from_e10(price["e10"] * selection.use, price["currency"]) if by_use else None
    return Estimate(result, tax_e4, used, _limit(actor, view, selection.quantity, at))


def _quantities(selection: Selection) -> price_models.QuantityRange:
    key = selection.price["quantity"] if selection.price else ""
    for each in selection.specification["attributes"]:
        if each["key"] == key:
            return price_models.QuantityRange(each["minimum"], each["maximum"], each["step"])
    return price_models.ONE


def _limit(actor: Actor, view: ProductView, quantity: int, at: datetime) -> str:
    """The sentence of a purchase limit that is reached already (B-DET-005)."""
    limit = view.detail["purchase_limit"]
    if not limit or actor.account_pk is None:
        return ""
    try:
        limits.check_purchase_limit(actor, Product(pk=view.pk, purchase_limit=limit), quantity, at=at)
    except Refused as refusal:
        return refusal.message
    return ""
