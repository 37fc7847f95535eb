"""What the page *Change specification* shows, read in one go (B6, buyer-renewal-refund 10)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from markupsafe import Markup, escape

from galleria.buying import changeable, renewable
from galleria.buying.rules.changing import Mode
from galleria.buying.services import changing
from galleria.buying.services.placing import agreement_keys
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound, Refused
from galleria.kit.money import Money
from galleria.parties import selectors as parties
from galleria.pricing import selectors as pricing
from galleria.pricing.rules import models as price_models
from galleria.pricing.rules.exact import to_money
from galleria.web import lists, words, working
from galleria.web.buyer import labels, means
from galleria.web.formats import moment, money, money_text

PERIODS = {"month": gettext_lazy("a month"), "year": gettext_lazy("a year")}


@dataclass(frozen=True)
class Chosen:
    """What the address and the form say; empty: not chosen."""

    mode: str = ""
    sku: str = ""
    quantity: str = ""
    term: str = ""
    coupon: str = ""

    @classmethod
    def from_data(cls, data: QueryDict) -> Chosen:
        """Read an address or a form; a typed coupon code wins over the list."""
        typed, listed = lists.text_of(data, "coupon_code", 40), lists.text_of(data, "coupon", 40)
        return cls(
            mode=lists.text_of(data, "mode", 8),
            sku=lists.text_of(data, "sku", 64),
            quantity=lists.text_of(data, "quantity", 9),
            term=lists.text_of(data, "term", 12),
            coupon=typed or listed,
        )

    def to_query(self) -> str:
        """The address of the page with this choice."""
        names = ("mode", "sku", "quantity", "term", "coupon")
        return urlencode({name: value for name in names if (value := getattr(self, name))})


@dataclass(frozen=True)
class Filled:
    """The rest of the form that orders."""

    agreements: dict[str, str] = field(default_factory=dict)
    seen: str = ""
    seen_due: str = ""
    way: str = ""
    token: str = ""

    @classmethod
    def from_post(cls, data: QueryDict) -> Filled:
        return cls(
            agreements={name[6:]: lists.text_of(data, name, 20) for name in data if name.startswith("agree.")},
            seen=lists.text_of(data, "seen", 64),
            seen_due=lists.text_of(data, "seen_due", 18),
            way=lists.text_of(data, "means", 60),
            token=lists.text_of(data, "token", 80),
        )

    def due_seen(self, currency: str) -> Money | None:
        """The amount that stood on the button."""
        return Money(int(self.seen_due), currency) if self.seen_due.isascii() and self.seen_due.isdigit() else None


@dataclass(frozen=True)
class Option:
    """One choice of a list. `reason`: why it cannot be chosen, empty when it can."""

    value: str
    title: str
    note: Any = ""
    side: Any = ""
    reason: str = ""


@dataclass(frozen=True)
class Page:
    """Everything that the page shows. `seen` None: nothing is priced yet, `problem` says why."""

    actor: Actor
    targets: changeable.Targets
    chosen: Chosen
    seen: changing.Preview | None
    problem: str
    problem_field: str
    agreements: list[Any]
    coupons: list[Any]
    ways: list[means.Way]
    account: Any
    needs_approval: bool
    at: datetime

    @property
    def subscription(self) -> Any:
        return self.targets.subscription

    @property
    def product(self) -> Any:
        return self.subscription.product

    @property
    def tag(self) -> dict[str, Any]:
        return labels.product_tag(self.product)

    @property
    def here(self) -> str:
        return f"/buyer/subscriptions/{self.subscription.public_id}/change"

    @property
    def mode(self) -> Mode:
        return cast(Mode, self.chosen.mode)

    @property
    def is_possible(self) -> bool:
        """Whether anything can be changed at all, now or with a renewal."""
        return bool(self.targets.possible("now") or self.targets.possible("renewal"))

    @property
    def why_nothing(self) -> str:
        """Why nothing can be changed, in one sentence."""
        found = self.targets
        reason = found.why_not_now or found.why_not_renewal
        if not reason:
            return _("The seller offers no other configuration of what you have.")
        if reason == "open_order":
            return _("Order %(order)s of this subscription is not finished. Pay, cancel or await it first.") % {
                "order": found.open_order
            }
        return str(changeable.SENTENCES[reason])

    @property
    def modes(self) -> list[Option]:
        """At once, or with a renewal."""
        row, found = self.subscription, self.targets
        left = ngettext("for the %(days)d day that is left", "for the %(days)d days that are left", self.days_left) % {
            "days": self.days_left
        }
        at_once = _("More only. You pay the difference %(left)s; the end stays.") % {"left": left}
        later = escape(_("Less too. It begins on %(when)s, with the next term.")) % {
            "when": moment(row.expires_at, "date") if row.expires_at else ""
        }
        reason_now = found.why_not_now or ("" if found.possible("now") else "nothing_more")
        reason_later = found.why_not_renewal or ("" if found.possible("renewal") else "no_rule")
        return [
            Option("now", _("At once"), at_once, reason=self._words(reason_now)),
            Option("renewal", _("With a renewal"), later, reason=self._words(reason_later)),
        ]

    def _words(self, reason: str) -> str:
        if reason == "nothing_more":
            return _("There is nothing larger to change to.")
        if reason == "too_early" and self.targets.opens_at is not None:
            words_ = escape(_("Possible from %(when)s on, 30 days before it ends."))
            return words_ % {"when": moment(self.targets.opens_at, "date")}
        return str(changeable.SENTENCES[reason]) if reason else ""

    @property
    def days_left(self) -> int:
        end = self.subscription.expires_at
        return max((end - self.at).days, 0) if end else 0

    @property
    def options(self) -> list[Option]:
        """The SKUs, the present one first; what is not possible says why."""
        return [self._option(each) for each in self.targets.targets]

    def _option(self, each: changeable.Target) -> Option:
        reason = self.targets.why_not(self.mode) or each.why_not(self.mode)
        note = _("You have this") if each.offer.is_present else ""
        if reason and reason != "present" and not self.targets.why_not(self.mode):
            note = str(changeable.SENTENCES[reason])  # what rules out everything stands above already
        return Option(each.sku.code, self.name_of(each), note, self._prices(each), reason)

    def name_of(self, each: changeable.Target) -> str:
        """A SKU by its options, or by its specification when it has none."""
        named = words.choices_text(each.sku.choices, [a for a in self.targets.attributes if a.kind == "choice"])
        return ", ".join(value for _name, value in named) or str(self.subscription.specification.name)

    def _prices(self, each: changeable.Target) -> Markup:
        """What it costs for the quantity that is chosen, by month and by year."""
        found = []
        for price in each.prices:
            try:
                model = renewable.model_of(price, self.quantity)
                amount = to_money(price_models.per_period(model, self.quantity), price.currency)
            except (Refused, ValueError):
                continue
            found.append(escape("{} {}").format(money(amount), PERIODS[price.period_type]))
        return Markup("<br>").join(found)

    @property
    def quantity(self) -> int:
        text = self.chosen.quantity
        return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else int(self.subscription.quantity)

    @property
    def target(self) -> changeable.Target | None:
        return self.targets.find(self.chosen.sku)

    @property
    def terms(self) -> list[tuple[str, str]]:
        """The terms that a renewal can be for."""
        target = self.target
        if self.mode != "renewal" or target is None:
            return []
        return [(term.key, words.term(term.period_type, term.count)) for term in renewable.terms_of(target.prices)]

    @property
    def term_text(self) -> str:
        """The chosen term in words."""
        term = self.seen.term if self.seen is not None else None
        return words.term(term.period_type, term.count) if term is not None else ""

    @property
    def rows(self) -> list[tuple[str, Any, Any, bool]]:
        """Now and after, side by side: name, both values, whether they differ."""
        seen = self.seen
        if seen is None:
            return []
        sides = [dict(words.choices_text(side.choices, self.targets.attributes)) for side in (seen.before, seen.after)]
        found: list[tuple[str, Any, Any]] = [
            (name, sides[0].get(name, "–"), sides[1].get(name, "–")) for name in {**sides[0], **sides[1]}
        ]
        if not found:
            found = [(_("Specification"), self.subscription.specification.name, self.name_of(seen.after.target))]
        same = seen.before.price.period_type == seen.after.price.period_type
        prices = [
            money(side.per_period) if same else escape("{} {}").format(
                money(side.per_period), PERIODS[side.price.period_type]
            )
            for side in (seen.before, seen.after)
        ]  # fmt: skip
        label = _("List price %(period)s") % {"period": PERIODS[seen.before.price.period_type]}
        found.append((label if same else _("List price"), prices[0], prices[1]))
        found.append((_("Ends"), moment(seen.before.ends_at, "date"), moment(seen.after.ends_at, "date")))
        return [(name, one, other, str(one) != str(other)) for name, one, other in found]

    @property
    def is_resale(self) -> bool:
        return bool(self.account.sales_model == "resale")

    @property
    def may_change(self) -> bool:
        return self.actor.may(changing.MAY)

    @property
    def may_pay(self) -> bool:
        return self.actor.may("billing:order:pay")

    @property
    def pays_here(self) -> bool:
        return self.seen is not None and not self.is_resale and self.seen.due.minor > 0

    @property
    def coupon_choices(self) -> list[tuple[str, str]]:
        """Coupons that fit, after "none"; the one in use is among them."""
        rows = [("", _("No coupon"))] + [(each.code, words.coupon(each)) for each in self.coupons]
        if self.chosen.coupon and self.chosen.coupon not in {code for code, _text in rows}:
            rows.append((self.chosen.coupon, self.chosen.coupon))
        return rows

    @property
    def coupon_problems(self) -> list[str]:
        refused = self.seen.coupon_refused if self.seen is not None else ()
        return [str(words.COUPON_REASONS.get(each, each)) for each in refused]

    @property
    def working(self) -> list[tuple[str, str, str]]:
        return working.rows(self.seen.quote) if self.seen is not None else []

    @property
    def button(self) -> str:
        """The verb and the amount (UI-GEN-04)."""
        assert self.seen is not None  # noqa: S101 (for the type checker)
        if self.is_resale:
            return _("Submit the change")
        if self.seen.due.minor == 0:
            return _("Change, nothing to pay")
        if self.needs_approval:
            return _("Send for approval")
        amount = {"amount": money_text(self.seen.due)}
        if not self.may_pay:
            return _("Order the change, %(amount)s to pay") % amount
        return _("Change and pay %(amount)s") % amount

    @property
    def lost(self) -> list[str]:
        """What is given up, and until when it can be undone."""
        seen = self.seen
        if seen is None:
            return []
        if seen.mode == "now":
            return [
                str(_("Until it is paid you can cancel the order. After that it stays until the end of the term.")),
                str(_("If the seller has not made it within 3 hours, everything comes back, coupon included.")),
            ]
        when = {"when": moment(seen.begins_at, "date") if seen.begins_at else ""}
        found: list[str] = [
            escape(_("Until %(when)s you use what you have. Nothing of the running term is refunded.")) % when,
            escape(_("Before %(when)s you can give the renewal back in full.")) % when,
        ]
        if seen.is_less:
            found.append(escape(_("From %(when)s on the smaller configuration is all there is.")) % when)
        return found


def read(actor: Actor, subscription_id: str, chosen: Chosen, *, at: datetime) -> Page:
    """Everything that belongs on the page; what cannot be priced says why. Raises NotFound."""
    found = changing.targets(actor, subscription_id=subscription_id, at=at)
    chosen = _filled_in(found, chosen)
    page = Page(
        actor, found, chosen, None, "", "", [], [], [], parties.account_of(actor), False, at
    )  # fmt: skip
    if not page.is_possible:
        return page
    try:
        wish = wish_of(subscription_id, chosen)
        seen = changing.preview_of(actor, found, wish=wish, coupon_code=chosen.coupon, at=at)
    except NotFound:
        raise
    except Refused as refusal:
        name, text = next(iter(refusal.fields.items()), ("", refusal.message))
        if refusal.extra.get("reason") == "nothing" and len(found.targets) == 1:
            text = _("Choose another quantity to see what it costs.")
        return replace(page, problem=text, problem_field=name or "sku")
    keys = agreement_keys(page.product, page.account)
    versions = parties.current_versions(keys, at)
    limit = parties.member_of(actor, actor.user_id or "").order_limit_minor
    page = replace(
        page,
        seen=seen,
        agreements=[versions[key] for key in keys if key in versions],
        coupons=pricing.fitting_coupons(actor, seen.quote, at=at) if actor.may("billing:coupon:view") else [],
        needs_approval=limit is not None and seen.due.minor > limit,
    )
    if page.pays_here and page.may_pay and not page.needs_approval:
        page = replace(page, ways=means.ways_for_held(actor, [seen.asked], at=at))
    return page


def _filled_in(found: changeable.Targets, chosen: Chosen) -> Chosen:
    """The first possible choice where nothing, or nothing possible, was chosen."""
    mode = chosen.mode if chosen.mode in {"now", "renewal"} else ""
    if not mode:
        mode = "now" if found.possible("now") or not found.possible("renewal") else "renewal"
    sku = chosen.sku
    if not sku:
        possible = found.possible(cast(Mode, mode))
        other = [each for each in possible if not each.offer.is_present]
        first = (other or possible or [None])[0]  # type: ignore[list-item]
        sku = first.sku.code if first is not None else found.subscription.sku.code
    return replace(chosen, mode=mode, sku=sku, term=chosen.term if mode == "renewal" else "")


def wish_of(subscription_id: str, chosen: Chosen) -> changing.Wish:
    """What the form asks for. Raises Invalid for a term that is none."""
    text = chosen.quantity
    return changing.Wish(
        subscription_id,
        cast(Mode, chosen.mode),
        chosen.sku,
        int(text) if text.isascii() and text.isdigit() and int(text) > 0 else None,
        renewable.Term.parse(chosen.term) if chosen.term else None,
    )
