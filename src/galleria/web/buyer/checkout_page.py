"""What the checkout page shows, read in one go; and what is still missing before it can be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from galleria.buying import configuring, selectors, services
from galleria.buying.naming import title_of
from galleria.buying.services.placing import agreement_keys, consent_values
from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid
from galleria.kit.money import Money
from galleria.parties import selectors as parties
from galleria.pricing import selectors as pricing
from galleria.pricing.rules import quote as quote_rules
from galleria.subscribing import rules as calendar
from galleria.web import lists, words, working
from galleria.web.buyer import labels, means
from galleria.web.formats import money_text

_MOST = 200


@dataclass(frozen=True)
class Filled:
    """What the form of the page holds; `coupon` and `offer` None: as the quote has them."""

    agreements: dict[str, str] = field(default_factory=dict)
    consent: bool = False
    extra: dict[str, str] = field(default_factory=dict)
    coupon: str | None = None
    offer: str | None = None
    seen: str = ""
    seen_due: str = ""
    method: str = ""
    means: str = ""
    token: str = ""
    wants_coupon_only: bool = False

    @classmethod
    def from_post(cls, data: QueryDict) -> Filled:
        """Read the form; a typed coupon code wins over the list."""
        typed, chosen = lists.text_of(data, "coupon_code", 40), lists.text_of(data, "coupon", 40)
        method, _colon, which = lists.text_of(data, "means", 60).partition(":")
        return cls(
            agreements={name[6:]: lists.text_of(data, name, 20) for name in data if name.startswith("agree.")},
            consent=bool(data.get("consent")),
            extra={name[2:]: data.get(name, "")[: _MOST + 1] for name in data if name.startswith("x.")},
            coupon=typed or chosen,
            offer=lists.text_of(data, "offer", 40) if data.get("act") == "offer" else None,
            seen=lists.text_of(data, "seen", 64),
            seen_due=lists.text_of(data, "seen_due", 18),
            method=method[:12],
            means=which[:40],
            token=lists.text_of(data, "token", 80),
            wants_coupon_only=data.get("act") in {"coupon", "offer"},
        )

    @classmethod
    def carried_over(cls, data: QueryDict) -> Filled:
        """What was typed before the session ended, from the address; never a tick: those a person sets (UI-GEN-14)."""
        return cls(
            extra={name[2:]: data.get(name, "")[: _MOST + 1] for name in data if name.startswith("x.")},
            method=lists.text_of(data, "means", 60).partition(":")[0][:12],
            means=lists.text_of(data, "means", 60).partition(":")[2][:40],
        )

    def to_carry(self) -> dict[str, str]:
        """What an address can carry over signing in again."""
        kept = {f"x.{key}": value for key, value in self.extra.items() if value}
        return {**kept, "means": self.way} if self.way else kept

    @property
    def way(self) -> str:
        """Method and card as the form's choice has them."""
        return f"{self.method}:{self.means}" if self.means else self.method


@dataclass(frozen=True)
class Checkout:
    """Everything that the page shows."""

    quote_id: str
    quoted: services.Quoted
    account: Any
    agreements: list[Any]
    consent: dict[str, str]
    needs_consent: bool
    questions: list[dict[str, Any]]
    coupons: list[Any]
    coupon_code: str
    coupon_problems: list[str]
    offer: str
    offered: list[Any]
    ways: list[means.Way]
    may_pay: bool
    needs_approval: bool
    price_was: Money | None
    at: datetime

    @property
    def product(self) -> Any:
        return self.quoted.chosen.product

    @property
    def tag(self) -> dict[str, Any]:
        return labels.product_tag(self.product)

    @property
    def title(self) -> str:
        return title_of(self.product, self.quoted.chosen.specification)

    @property
    def line(self) -> quote_rules.QuoteLine:
        return self.quoted.result.lines[0]

    @property
    def due(self) -> Money:
        return self.quoted.due

    @property
    def is_resale(self) -> bool:
        """A reseller's customer: the amount is for reference and nothing is paid here (B-PUR-019)."""
        return bool(self.account.sales_model == "resale")

    @property
    def pays_here(self) -> bool:
        return not self.is_resale and self.due.minor > 0

    @property
    def term(self) -> str:
        chosen = self.quoted.chosen
        if chosen.is_trial:
            return words.billing("period", "day", chosen.trial_days, is_trial=True)
        return words.billing(chosen.price.billing_mode, chosen.price.period_type, chosen.periods)

    @property
    def choices(self) -> list[tuple[str, str]]:
        chosen = self.quoted.chosen
        return words.choices_text(
            {**{each.key: each.minimum for each in chosen.attributes}, **chosen.configuration.attributes},
            chosen.attributes,
        )

    @property
    def ends_at(self) -> datetime | None:
        """When the term would end if it began now; None for what has no term or begins with acceptance."""
        chosen, zone = self.quoted.chosen, clock.billing_zone()
        if chosen.is_trial:
            return calendar.trial_expiry(self.at, chosen.trial_days, zone)
        if chosen.price.billing_mode != "period" or self.product.is_supervised:
            return None
        period = cast("calendar.PeriodType", chosen.price.period_type)
        return calendar.first_expiry(self.at, chosen.periods, period, zone)

    @property
    def renews(self) -> bool:
        chosen = self.quoted.chosen
        return chosen.configuration.auto_renew and chosen.price.billing_mode == "period" and not chosen.is_trial

    @property
    def next_amount(self) -> Money:
        """What a renewal of the same length would cost at today's price, tax included, without the coupon."""
        net = self.line.after_discount
        return net + quote_rules.tax_on(net, self.quoted.result.tax_e4)

    @property
    def change_href(self) -> str:
        """The product page with everything that was chosen."""
        chosen = self.quoted.chosen.configuration
        values = {
            "specification": chosen.specification,
            "mode": chosen.mode,
            "term": str(chosen.term) if chosen.term != 1 else "",
            "region": chosen.region,
            "auto_renew": "1" if chosen.auto_renew else "",
            **{f"a.{key}": value for key, value in chosen.attributes.items()},
        }
        query = urlencode({name: value for name, value in values.items() if value})
        return f"{self.tag['href']}?{query}" if query else str(self.tag["href"])

    @property
    def leaving(self) -> str:
        """The unsubscription rule in one sentence (B-DET-001)."""
        return words.leaving(
            self.product.unsubscription_rule, is_free=self.quoted.chosen.is_trial or not self.quoted.result.official
        )

    @property
    def coupon_choices(self) -> list[tuple[str, str]]:
        """Coupons that fit, after "none"; the one in use is among them."""
        rows = [("", _("No coupon"))] + [(each.code, words.coupon(each)) for each in self.coupons]
        if self.coupon_code and self.coupon_code not in {code for code, _text in rows}:
            rows.append((self.coupon_code, self.coupon_code))
        return rows

    @property
    def offer_choices(self) -> list[tuple[str, str]]:
        """The exclusive offers that fit, and none; nothing where there is none (S-OFR-004)."""
        rows = [
            (each.offer_id, _("%(name)s, %(amount)s") % {"name": each.name, "amount": money_text(each.amount)})
            for each in self.offered
        ]
        return [*rows, ("none", _("No offer"))] if rows else []

    @property
    def offer_picked(self) -> str:
        """The offer that is applied, or "none"."""
        used = self.line.discount
        return used.offer_id if used is not None and used.kind == "exclusive" else "none"

    @property
    def working(self) -> list[tuple[str, str, str]]:
        return working.rows(self.quoted.result)

    @property
    def price_text(self) -> str:
        return money_text(self.due)

    @property
    def button(self) -> str:
        """The verb and the amount (UI-GEN-04); names the duty to pay (UI-GEN-17)."""
        if self.quoted.chosen.is_trial:
            return _("Start the trial")
        if self.is_resale:
            return _("Submit the order")
        if self.due.minor == 0:
            return _("Order, nothing to pay")
        if self.needs_approval:
            return _("Send for approval")
        if not self.may_pay:
            return _("Place order, %(amount)s to pay") % {"amount": self.price_text}
        return _("Order and pay %(amount)s") % {"amount": self.price_text}


def order_of_quote(actor: Actor, quote_id: str) -> Any:
    """The order that was made of a quote, or None."""
    return selectors.orders_of(actor).filter(quote__public_id=quote_id).first()


def read(actor: Actor, quote_id: str, filled: Filled, *, at: datetime) -> Checkout:
    """Price the quote again and gather what belongs beside it. Raises NotFound and what cannot be bought any more."""
    kept, quoted = services.requote(actor, quote_id=quote_id, coupon_code=filled.coupon, offer=filled.offer, at=at)
    product = quoted.chosen.product
    account = parties.account_of(actor)
    keys = agreement_keys(product, account)
    versions = parties.current_versions(keys, at)
    code = kept.configuration.get("coupon", "")
    may_pay = actor.may("billing:order:pay")
    is_resale = account.sales_model == "resale"
    return Checkout(
        quote_id=quote_id,
        quoted=quoted,
        account=account,
        agreements=[versions[key] for key in keys if key in versions],
        consent=consent_values(actor, account) if product.needs_contact_consent else {},
        needs_consent=product.needs_contact_consent,
        questions=list(product.extra_parameters or [])[:3],
        coupons=pricing.fitting_coupons(actor, quoted.result, at=at) if actor.may("billing:coupon:view") else [],
        coupon_code=code,
        coupon_problems=[str(words.COUPON_REASONS.get(each, each)) for each in quoted.coupon_refused],
        offer=kept.configuration.get("offer", ""),
        offered=services.offers_to_pick(actor, quoted, at=at),
        ways=means.ways_for_quote(actor, quoted, at=at) if may_pay and not is_resale and quoted.due.minor else [],
        may_pay=may_pay,
        needs_approval=_is_over_limit(actor, quoted),
        price_was=_price_was(kept, quoted, filled),
        at=at,
    )


def _is_over_limit(actor: Actor, quoted: services.Quoted) -> bool:
    limit = parties.member_of(actor, actor.user_id or "").order_limit_minor
    return limit is not None and quoted.due.minor > limit


def _price_was(kept: Any, quoted: services.Quoted, filled: Filled) -> Money | None:
    """The price that was seen before, if it is another one now; a coupon that was exchanged says so by itself."""
    seen = filled.seen or kept.digest
    if seen == quoted.digest or filled.wants_coupon_only:
        return None
    if filled.seen_due.lstrip("-").isdigit():
        return Money(int(filled.seen_due), quoted.result.currency)
    return Money(kept.due_minor, kept.currency)


def problems(view: Checkout, filled: Filled) -> dict[str, str]:
    """What the page can see to be missing, all at once, by field; the service checks again (UI-GEN-14)."""
    found: dict[str, str] = {}
    if filled.seen and filled.seen != view.quoted.digest and view.price_was is not None:
        found["price"] = _("The price has changed from %(before)s to %(now)s. Please check it and confirm.") % {
            "before": money_text(view.price_was),
            "now": money_text(view.due),
        }
    try:
        configuring.checked_extra(view.product, {**view.quoted.chosen.configuration.extra, **filled.extra})
    except Invalid as refusal:
        asked = {f"x.{each['key']}": str(each.get("label", each["key"])) for each in view.questions}
        found.update(
            {name: f"{asked[name]}: {text}" if name in asked else text for name, text in refusal.fields.items()}
        )
    if view.needs_consent:
        found.update(_consent_problem(view, filled))
    if view.coupon_problems:
        found["coupon"] = " ".join(view.coupon_problems)
    if view.pays_here and view.may_pay and not view.needs_approval and not _way_is_offered(view, filled):
        found["means"] = _("Choose how to pay.") if view.ways else _("Add a card or top up your balance first.")
    for version in view.agreements:
        if filled.agreements.get(version.agreement.key) != version.version:
            found[f"agree.{version.agreement.key}"] = _("Accept “%(name)s”: without it nothing can be ordered.") % {
                "name": version.agreement.name
            }
    return found


def _consent_problem(view: Checkout, filled: Filled) -> dict[str, str]:
    if not view.consent.get("email") or not view.consent.get("phone"):
        return {"consent": _("Add a phone number and an e-mail address to your profile: the seller needs both.")}
    if not filled.consent:
        return {
            "consent": _("Tick the consent: without it %(seller)s cannot create your administrator.")
            % {"seller": view.product.seller.name}
        }
    return {}


def _way_is_offered(view: Checkout, filled: Filled) -> bool:
    return any(way.value == filled.way and way.is_open for way in view.ways)
