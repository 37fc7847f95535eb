"""Quotes: what a configuration costs this account now, and the frozen form that checkout works on (B-CFG-001)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from galleria.buying import configuring, models
from galleria.buying.configuring import Chosen, Configuration
from galleria.buying.naming import title_of
from galleria.kit import prepared
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.kit.money import Money
from galleria.kit.prepared import Prepared
from galleria.parties.models import Account
from galleria.pricing import selectors as pricing
from galleria.pricing.models import Coupon
from galleria.pricing.rules import models as price_models
from galleria.pricing.rules import quote as quote_rules
from galleria.pricing.rules.discounts import Candidate, LineInput, candidates

LIFETIME = timedelta(hours=24)
LINE = "000001"


@dataclass(frozen=True)
class Quoted:
    """A price with what it is for. `coupon` is the row that pays a part, `coupon_refused` why one does not."""

    chosen: Chosen
    result: quote_rules.Quote
    country: str
    coupon: Coupon | None = None
    coupon_refused: tuple[str, ...] = ()

    @property
    def due(self) -> Money:
        return self.result.due

    @property
    def digest(self) -> str:
        """Changes when a figure changes that the buyer would notice: list price, discount, coupon, tax, due."""
        told = [self.result.currency, self.result.coupon_id, self.result.tax_e4, self.due.minor] + [
            [line.key, line.official.minor, line.after_discount.minor, line.coupon.minor, line.tax.minor]
            for line in self.result.lines
        ]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def country_of(actor: Actor) -> str:
    """The account's country; the site's default for visitors (B-CAT-001)."""
    if actor.account_pk is None:
        return settings.GALLERIA.default_region
    return _COUNTRY.one(pk=actor.account_pk) or settings.GALLERIA.default_region


_COUNTRY: Prepared[str] = Prepared(lambda p: Account.objects.filter(pk=p("pk")).values_list("country", flat=True))
_PAYS_AUTOMATICALLY: Prepared[bool] = Prepared(
    lambda p: Account.objects.filter(pk=p("pk")).values_list("pays_automatically", flat=True)
)
_QUOTE = Prepared(lambda p: models.Quote.objects.filter(public_id=p("public_id")))


def quote(
    actor: Actor,
    *,
    product_slug: str,
    configuration: dict[str, Any],
    coupon_code: str = "",
    offer: str = "",
    at: datetime,
) -> Quoted:
    """Price a configuration; nothing is stored, and a visitor may ask.

    Raises NotFound, Invalid and the refusals of `configuring.choose`.
    """  # fmt: skip
    chosen = Configuration.from_plain(product_slug, configuration)
    return price(actor, chosen, coupon_code=coupon_code, offer=offer, at=at)


def price(
    actor: Actor,
    configuration: Configuration,
    *,
    coupon_code: str = "",
    order_id: str = "",
    offer: str = "",
    at: datetime,
) -> Quoted:
    """Resolve and price. `order_id`: the order whose own lock on the coupon does not count. `offer`: the exclusive
    offer that the buyer picked, "none" for none of them; empty: the best one (S-OFR-004)."""  # fmt: skip
    country = country_of(actor)
    chosen = configuring.choose(actor, configuration, country=country, at=at)
    coupon = pricing.coupon_by_code(actor, coupon_code) if coupon_code.strip() else None
    result = quote_rules.quote(
        [line_input(chosen)],
        at=at,
        order_type="trial" if chosen.is_trial else "new",
        discounts_offered=[]
        if chosen.is_trial
        else pricing.picked(pricing.discounts_for(actor.account_pk, chosen.product, chosen.specification, at), offer),
        coupon=pricing.coupon_rule(coupon) if coupon else None,
        tax_e4=pricing.tax_rate_e4(country, at),
        order_id=order_id,
    )
    used = coupon if coupon is not None and result.coupon_id else None
    refused = result.coupon_reasons
    if coupon_code.strip() and coupon is None:
        refused = ("unknown",)
    return Quoted(chosen, result, country, used, refused)


def line_input(chosen: Chosen) -> LineInput:
    """The order line as the rules price it. Pay-per-use and trials cost nothing now."""
    if chosen.is_trial or chosen.price.billing_mode == "pay_per_use":
        model: price_models.PriceModel = price_models.Simple(chosen.price.currency, 0)
        charge = price_models.charge(model)
    else:
        model = pricing.price_model(chosen.price, chosen.attributes)
        charge = price_models.charge(model, chosen.quantity, chosen.periods)
    return LineInput(
        key=LINE,
        charge=charge,
        product_id=chosen.product.public_id,
        specification_id=chosen.specification.public_id,
        sku_id=chosen.sku.code,
        seller_id=chosen.product.seller.public_id,
        region=chosen.configuration.region,
        billing_mode=chosen.price.billing_mode,
        period_type=chosen.price.period_type,
        is_curated=hasattr(chosen.product, "popular_pick"),
        title=title_of(chosen.product, chosen.specification),
    )


def _pays_automatically(actor: Actor) -> bool:
    """Automatic payment uses a cash coupon first (9.2), so the buyer sees it in the quote."""
    return bool(_PAYS_AUTOMATICALLY.one(pk=actor.account_pk or 0))


def keep_quote(
    actor: Actor,
    *,
    product_slug: str,
    configuration: dict[str, Any],
    coupon_code: str = "",
    offer: str = "",
    at: datetime,
) -> models.Quote:
    """Freeze a quote for checkout (B-PUR-009). Raises what `quote` raises."""  # fmt: skip
    return keep_quoted(
        actor, product_slug=product_slug, configuration=configuration, coupon_code=coupon_code, offer=offer, at=at
    )[0]


def keep_quoted(
    actor: Actor,
    *,
    product_slug: str,
    configuration: dict[str, Any],
    coupon_code: str = "",
    offer: str = "",
    at: datetime,
) -> tuple[models.Quote, Quoted]:
    """Like `keep_quote`, with what was priced."""  # fmt: skip
    quoted, code = quote_to_keep(
        actor, product_slug=product_slug, configuration=configuration, coupon_code=coupon_code, offer=offer, at=at
    )
    return keep(actor, quoted, code, offer=offer, at=at), quoted


def quote_to_keep(
    actor: Actor,
    *,
    product_slug: str,
    configuration: dict[str, Any],
    coupon_code: str = "",
    offer: str = "",
    at: datetime,
) -> tuple[Quoted, str]:
    """The reading half of `keep_quoted`: the price, and the coupon that is part of it."""  # fmt: skip
    chosen = Configuration.from_plain(product_slug, configuration)
    quoted = price(actor, chosen, coupon_code=coupon_code, offer=offer, at=at)
    if not coupon_code.strip() and _pays_automatically(actor):
        fitting = pricing.fitting_coupons(actor, quoted.result, at=at)
        coupon_code = next((coupon.code for coupon in fitting if coupon.kind == "cash"), "")
        if coupon_code:
            quoted = price(actor, chosen, coupon_code=coupon_code, offer=offer, at=at)
    return quoted, coupon_code


def keep(actor: Actor, quoted: Quoted, coupon_code: str, *, offer: str = "", at: datetime) -> models.Quote:
    """The writing half of `keep_quoted`."""
    kept = models.Quote(
        account_id=actor.account_pk,
        product=quoted.chosen.product,
        configuration=_kept(quoted, coupon_code.strip(), offer),
        result=quoted.result.to_json(),
        digest=quoted.digest,
        currency=quoted.result.currency,
        due_minor=quoted.due.minor,
        created_at=at,
        expires_at=at + LIFETIME,
    )
    prepared.insert(kept)
    return kept


def _kept(quoted: Quoted, code: str, offer: str) -> dict[str, Any]:
    """What a quote keeps: the configuration, the coupon and the offer that were picked."""
    return {**quoted.chosen.configuration.to_plain(), "coupon": code, **({"offer": offer} if offer else {})}


def requote(
    actor: Actor, *, quote_id: str, coupon_code: str | None = None, offer: str | None = None, at: datetime
) -> tuple[models.Quote, Quoted]:
    """A kept quote, priced again now; with `coupon_code` or `offer` these are exchanged and the new price kept.

    Raises NotFound for another account's quote. A quote made before signing in goes to the account that first
    opens it (B-PUR-003).
    """
    kept = _QUOTE.one(public_id=quote_id)
    if kept is None or (kept.account_id is not None and kept.account_id != actor.account_pk):
        raise NotFound
    stored = dict(kept.configuration)
    code = stored.pop("coupon", "") if coupon_code is None else coupon_code.strip()
    before = str(stored.pop("offer", ""))
    picked = before if offer is None else offer
    slug = stored.pop("product")
    quoted = price(actor, Configuration.from_plain(slug, stored), coupon_code=code, offer=picked, at=at)
    if coupon_code is not None or offer is not None or kept.account_id is None:
        adopt(kept, quoted, code, actor, offer=picked)
    return kept, quoted


def adopt(kept: models.Quote, quoted: Quoted, code: str, actor: Actor, *, offer: str = "") -> None:
    """Keep a new price under an existing quote: the buyer has seen it."""
    kept.account_id = actor.account_pk
    kept.configuration = _kept(quoted, code, offer)
    kept.result = quoted.result.to_json()
    kept.digest = quoted.digest
    kept.currency = quoted.result.currency
    kept.due_minor = quoted.due.minor
    kept.save(update_fields=["account", "configuration", "result", "digest", "currency", "due_minor"])


def offers_to_pick(actor: Actor, quoted: Quoted, *, at: datetime) -> list[Candidate]:
    """The exclusive offers that fit a priced configuration, each with what it makes of the line (S-OFR-004).

    Those that a pick left out are among them. One query.
    """
    if quoted.chosen.is_trial:
        return []
    chosen = quoted.chosen
    own = [
        each
        for each in pricing.discounts_for(actor.account_pk, chosen.product, chosen.specification, at)
        if each.kind == "exclusive"
    ]
    found = candidates(quoted.result.lines[0].item, own, quoted.result.order_type, at)
    fitting = [each for _discount, each in found if each.amount is not None and each.offer_id]
    return sorted(fitting, key=lambda each: each.amount.minor if each.amount else 0)
