"""Quotation lines of an offer, from what people type to discounts (S-OFR-001)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from galleria.kit.actor import Actor
from galleria.kit.errors import Text
from galleria.kit.money import BadAmount, Money
from galleria.pricing.models import Discount
from galleria.pricing.rules import models as price_models
from galleria.pricing.selectors.offers import Issuer
from galleria.pricing.selectors.prices import price_model
from galleria.publishing.models import Price, Product, Sku, Specification
from galleria.selling import selectors as selling

MODES = {
    "period:month": ("period", "month"),
    "period:year": ("period", "year"),
    "one_time": ("one_time", ""),
    "package": ("package", ""),
    "exhaustible": ("exhaustible", ""),
}
MOST = 1_000_000


@dataclass(frozen=True)
class LineIn:
    """A quotation line as it is typed: empty is "any".

    product: public id or slug; specification: public id; sku: its code; mode: period:month, period:year, one_time, …
    percent: "15" or "12.5"; price: the price of the whole line, for which everything before has to be named
    """

    product: str = ""
    specification: str = ""
    sku: str = ""
    mode: str = ""
    quantity: str = ""
    periods: str = ""
    percent: str = ""
    price: str = ""


class Wrong(Exception):
    """A field of a line and what is wrong with it."""

    def __init__(self, field: str, text: Text) -> None:
        super().__init__(field)
        self.field, self.text = field, text


def made_lines(actor: Actor, issuer: Issuer, given: Sequence[LineIn]) -> tuple[list[Discount], dict[str, Text]]:
    """Unsaved discounts of the lines, and what is wrong, by `lines.<number>.<field>`."""
    made: list[Discount] = []
    wrong: dict[str, Text] = {}
    for number, line in enumerate(given):
        try:
            made.append(_line(actor, issuer, line))
        except Wrong as problem:
            wrong[f"lines.{number}.{problem.field}"] = problem.text
    return made, wrong


def _line(actor: Actor, issuer: Issuer, given: LineIn) -> Discount:
    product, specification, sku = _target(actor, issuer, given)
    if given.mode and given.mode not in MODES:
        raise Wrong("mode", _("Choose a way of paying. What is charged by use has no offers."))
    billing_mode, period_type = MODES.get(given.mode, ("", ""))
    line = Discount(
        product=product, specification=specification, sku=sku, billing_mode=billing_mode, period_type=period_type,
        quantity=_whole("quantity", given.quantity), periods=_whole("periods", given.periods),
    )  # fmt: skip
    if bool(given.percent.strip()) == bool(given.price.strip()):
        raise Wrong("percent", _("Give either what is taken off in percent or the final price."))
    if given.percent.strip():
        line.percent_e2 = percent_e2("percent", given.percent)
        return line
    return _priced(line, given.price)


def _target(actor: Actor, issuer: Issuer, given: LineIn) -> tuple[Product | None, Specification | None, Sku | None]:
    """What the line is about; of a seller its own products only, hidden ones too (seller-products, hiding)."""
    if not given.product:
        if issuer.kind == "exclusive" or given.specification or given.sku:
            raise Wrong("product", _("Choose one of your products."))
        return None, None, None
    named = Q(public_id=given.product) | Q(slug=given.product)
    products = Product.objects.filter(named, state__in=("on_sale", "hidden"))
    if issuer.seller is not None:
        products = products.filter(seller=issuer.seller)
        scope = selling.product_scope(actor)
        if scope is not None:
            products = products.filter(public_id__in=scope)
    product = products.first()
    if product is None:
        raise Wrong("product", _("Choose one of your products.") if issuer.seller else _("No such product is sold."))
    specification = sku = None
    if given.sku:
        sku = Sku.objects.select_related("specification").filter(
            code=given.sku, state="on_sale", specification__product=product
        ).first()  # fmt: skip
        if sku is None or (given.specification and sku.specification.public_id != given.specification):
            raise Wrong("sku", _("This combination is not sold."))
        return product, sku.specification, sku
    if given.specification:
        specification = product.specifications.filter(public_id=given.specification).exclude(state="removed").first()
        if specification is None:
            raise Wrong("specification", _("This specification is not sold."))
    return product, specification, None


def _priced(line: Discount, text: str) -> Discount:
    """A line with a price of its own: everything that the list price depends on has to be named."""
    price = _list_price(line)
    if price is None:
        raise Wrong("price", _("A final price needs a specification with one way of paying. Take percent instead."))
    if price.billing_mode == "period" and not line.periods:
        raise Wrong("periods", _("A final price is for a certain term. Give the number of periods."))
    if price.quantity_key and not line.quantity:
        raise Wrong("quantity", _("A final price is for a certain quantity. Give it."))
    try:
        amount = Money.parse(text.strip().replace(",", ""), price.currency)
    except BadAmount:
        raise Wrong("price", _("Give the price as 400.00.")) from None
    model = price_model(price, price.sku.specification.attributes.all())
    try:
        official = price_models.charge(model, line.quantity or 1, line.periods or 1).amount
    except ValueError:
        raise Wrong("quantity", _("This quantity is not sold.")) from None
    if amount.minor <= 0:
        raise Wrong("price", _("The price must be above nothing."))
    if amount >= official:
        raise Wrong("price", _("The list price is %(official)s; an offer is below it.") % {"official": official})
    line.line_price_minor, line.currency = amount.minor, amount.currency
    line.billing_mode, line.period_type = price.billing_mode, price.period_type
    return line


def _list_price(line: Discount) -> Price | None:
    if line.sku is None:
        return None
    rows = line.sku.prices.select_related("sku__specification").exclude(billing_mode="pay_per_use")
    if line.billing_mode:
        rows = rows.filter(billing_mode=line.billing_mode, period_type=line.period_type)
    found = list(rows[:2])
    return found[0] if len(found) == 1 else None


def _whole(field: str, text: str) -> int | None:
    cleaned = text.strip()
    if not cleaned:
        return None
    if not re.fullmatch(r"[0-9]{1,7}", cleaned) or not 1 <= int(cleaned) <= MOST:
        raise Wrong(field, _("Give a whole number, or leave it empty for any."))
    return int(cleaned)


def percent_e2(field: str, text: str) -> int:
    """Percent as they are typed: "12.5" is 1,250. Raises Wrong outside 0.01 to 99.99."""
    match = re.fullmatch(r"([0-9]{1,2})(?:[.,]([0-9]{1,2}))?", text.strip().removesuffix("%").strip())
    value = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else 0
    if not value:
        raise Wrong(field, _("Give what is taken off as a number of percent between 0.01 and 99.99."))
    return value


def line_in(data: Any) -> LineIn:
    """A line from a mapping of texts, as forms and programs send it."""
    return LineIn(**{name: str(data.get(name) or "")[:60] for name in LineIn.__dataclass_fields__})
