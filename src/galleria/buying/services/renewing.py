"""Renewing by hand: what it would cost and change, and the order of exactly that (B-REN, B-URD).

A preview is what the page and the API show; its digest comes back with the order, which is refused with both figures
when it would not be the same any more (UI-GEN-04).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time

from django.utils.translation import gettext_lazy as _

from galleria.buying import bound, models, renewable, states
from galleria.buying.renewable import Ends, PriceChange, Term
from galleria.buying.services import guarding, holding
from galleria.buying.services.holding import Asked
from galleria.buying.services.quoting import country_of
from galleria.buying.services.shown import Shown
from galleria.kit import clock, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound, Refused
from galleria.kit.money import Money
from galleria.pricing import selectors as pricing
from galleria.pricing.models import Coupon
from galleria.pricing.rules import quote as quote_rules
from galleria.pricing.rules.discounts import Discount
from galleria.publishing.models import Price
from galleria.subscribing import selectors as subscriptions
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Period, Subscription
from galleria.subscribing.rules import plan

MOST_BY_API = 10
_WITH = ("product__seller", "product__popular_pick", "specification", "sku", "account")


class TooMany(Invalid):
    """More subscriptions than are renewed in one go (B-REN-001)."""

    code = "TOO_MANY_SUBSCRIPTIONS"


@dataclass(frozen=True)
class Wish:
    """What somebody wants renewed. `term` None: as usual; `is_aligned`: to the account's renewal date (B-URD-002)."""

    subscription_id: str
    term: Term | None = None
    is_aligned: bool = False


@dataclass(frozen=True)
class Renewal(Shown):
    """One renewal as it would be ordered now.

    terms: what can be chosen, with `term` the chosen one
    deduct_at: when this renewal is deducted by itself, at the earliest from now on; None by hand
    then_due, then_at: what the next renewal of this term costs at today's price, and when it is deducted (by itself)
    or falls due (by hand)
    price_change: both list prices when the last term would cost another amount today
    """

    ends: Ends
    term: Term
    terms: tuple[Term, ...]
    price_change: PriceChange | None
    then_due: Money
    then_at: datetime
    deduct_at: datetime | None = None

    @property
    def pays_for_the_past(self) -> bool:
        """Renewed after its end: the time since then is part of the new term (1.2)."""
        return self.quote.at > self.ends.before


@dataclass(frozen=True)
class Left:
    """A subscription that cannot be renewed now, and why."""

    subscription: Subscription
    refusal: NotAllowed


@dataclass(frozen=True)
class Preview:
    """What an order of these renewals would be. `left`: those that are not part of it, with the reason."""

    renewals: tuple[Renewal, ...]
    left: tuple[Left, ...]
    renewal_day: int
    at: datetime

    @property
    def currency(self) -> str:
        return self.renewals[0].due.currency

    @property
    def due(self) -> Money:
        return Money.sum((each.due for each in self.renewals), self.currency)

    @property
    def tax(self) -> Money:
        return Money.sum((each.quote.tax for each in self.renewals), self.currency)

    @property
    def net(self) -> Money:
        return Money.sum((each.quote.net for each in self.renewals), self.currency)

    @property
    def digest(self) -> str:
        return holding.digest_of([each.asked for each in self.renewals])


def preview_renewals(
    actor: Actor, *, wishes: Sequence[Wish], coupon_code: str = "", most: int | None = None, at: datetime
) -> Preview:
    """What these renewals would cost and change; nothing is stored.

    What was bought as a part of something is renewed with it (B-REN-004); `most` counts main ones. A coupon is for one
    renewal. With one wish that cannot be, the reason is raised; of several it is named in `left`.
    Raises NotFound, TooMany, Invalid (term, currencies), NotRenewable and its children, OpenOrderOnSubscription.
    """
    limit = most or int(parameters.get("order.combined_payment_max", at=at))
    wanted = {each.subscription_id: each for each in wishes}
    if not wanted:
        raise Invalid(fields={"subscriptions": _("Choose at least one subscription.")})
    if len(wanted) > limit:
        raise TooMany(_("At most %(most)s subscriptions can be renewed together.") % {"most": limit})
    rows = rows_of(actor, list(wanted))
    main_of = bound.together(rows)
    if len(main_of) > len(rows):
        rows = rows_of(actor, list(main_of))
    wish_of = {main_of[each.subscription_id]: each for each in reversed(wishes)}
    wish_of.update({name: each for name, each in wanted.items() if main_of[name] == name})
    facts = facts_for(actor, rows, at)
    coupon = _coupon(actor, coupon_code) if len(rows) == 1 else None
    renewals: list[Renewal] = []
    left: list[Left] = []
    for row in rows:
        wish = wish_of[main_of[row.public_id]]
        try:
            found = renewal_of(row, facts, term=wish.term, is_aligned=wish.is_aligned, coupon=coupon, at=at)
        except NotAllowed as refusal:
            if len(wanted) == 1:
                raise
            left.append(Left(row, refusal))
        else:
            unknown = coupon is None and len(rows) == 1 and bool(coupon_code.strip())
            renewals.append(_with_unknown_coupon(found) if unknown else found)
    refused = {main_of[each.subscription.public_id]: each.refusal for each in left}
    for each in [each for each in renewals if main_of[each.subscription.public_id] in refused]:
        renewals.remove(each)  # not without the others that it goes together with
        left.append(Left(each.subscription, refused[main_of[each.subscription.public_id]]))
    if len({each.due.currency for each in renewals}) > 1:
        raise Invalid(_("Subscriptions in different currencies are renewed one by one."))
    return Preview(tuple(renewals), tuple(left), facts.renewal_day, at)


def require_some(preview: Preview) -> None:
    """Raises the first reason when nothing of what was wished can be renewed."""
    if not preview.renewals:
        raise preview.left[0].refusal


def renew(
    actor: Actor,
    *,
    wishes: Sequence[Wish],
    seen_digest: str = "",
    seen_due: Money | None = None,
    coupon_code: str = "",
    most: int | None = None,
    at: datetime,
) -> list[models.Order]:
    """Order renewals as they were shown; several are one combined order (B-REN-001).

    Raises PermissionMissing, PriceChanged with both amounts, what `preview_renewals` raises, and the refusals of
    `holding.place_on_held`.
    """
    actor.require("billing:subscription:renew")
    preview = preview_renewals(actor, wishes=wishes, coupon_code=coupon_code, most=most, at=at)
    require_some(preview)
    asked = [each.asked for each in preview.renewals]
    return holding.place_on_held(actor, asked, seen_digest=seen_digest, seen_due=seen_due, at=at)


def _coupon(actor: Actor, code: str) -> Coupon | None:
    return pricing.coupon_by_code(actor, code) if code.strip() else None


def _with_unknown_coupon(found: Renewal) -> Renewal:
    return replace(found, asked=replace(found.asked, coupon_refused=("unknown",)))


@dataclass(frozen=True)
class Setting:
    """How an account renews: days before expiry on which is deducted, and its renewal day (31: the last of a month)."""

    offset_days: int
    day: int


def setting_of(actor: Actor, *, at: datetime) -> Setting:
    """The account's renewal setting, or what holds until it is set (B-ARN-003, B-URD-001)."""
    return Setting(*subscribing.renewal_setting_of(actor.account_pk, at=at))


@dataclass(frozen=True)
class Offers:
    """What the expire policy of subscriptions can be set to. `why_not`: policy to the reason against it; `terms`:
    those that all of them offer; `figures`: what auto-renewal would deduct next, by subscription, and when."""

    terms: tuple[Term, ...]
    why_not: Mapping[str, str]
    figures: Sequence[tuple[Subscription, Money, datetime]]


def offers_of(actor: Actor, rows: Sequence[Subscription], *, at: datetime) -> Offers:
    """What can be chosen on the page of the expire policy, for all of these together (B-ARN)."""
    facts = facts_for(actor, rows, at)
    terms = [renewable.terms_of(facts.prices_of(row)) for row in rows]
    common = tuple(term for term in terms[0] if all(term in each for each in terms))
    refused: dict[str, str] = {}
    for row in rows:
        reason = subscribing.why_not_auto(row, row.account)
        if reason:
            refused.setdefault("auto", reason)
    by_use = renewable.sold_by_use(rows)
    if any(row.sku_id not in by_use for row in rows):
        refused["to_pay_per_use"] = str(_("It has no price by use."))
    elif any(row.renewal not in {"manual", "to_pay_per_use"} for row in rows):
        refused["to_pay_per_use"] = str(_("First set it back to be renewed by hand."))
    if any(row.renewal == "to_pay_per_use" for row in rows):
        for policy in ("auto", "none"):
            refused.setdefault(policy, str(_("First set it back to be renewed by hand.")))
    figures = []
    for row in rows:
        try:
            found = renewal_of(row, replace(facts, blocks={}), is_automatic=True, at=at)
        except Refused:
            continue
        times = plan.deduction_times(found.ends.before, facts.offset_days, facts.deduct_time, clock.billing_zone())
        coming = [each for each in times if each > at]
        if coming:
            figures.append((row, found.due, coming[0]))
    return Offers(common, refused, figures)


# ----- one renewal, priced -----


@dataclass(frozen=True)
class Facts:
    """What all renewals of an account are priced with; by row number of the subscription where they differ."""

    tax_e4: int
    offset_days: int
    deduct_time: time
    renewal_day: int
    prices: Mapping[tuple[int, str], list[Price]]
    discounts: Mapping[int, list[Discount]]
    periods: Mapping[int, Period]
    blocks: Mapping[int, NotAllowed]

    def prices_of(self, row: Subscription) -> list[Price]:
        """The monthly and the yearly price of what is held."""
        return self.prices.get((row.sku_id, row.currency), [])


def facts_for(actor: Actor, rows: Sequence[Subscription], at: datetime) -> Facts:
    """Everything that pricing renewals of these rows needs; a fixed number of queries for any number of rows."""
    offset, day = subscribing.renewal_setting_of(actor.account_pk, at=at)
    return Facts(
        tax_e4=pricing.tax_rate_e4(country_of(actor), at),
        offset_days=offset,
        deduct_time=time.fromisoformat(str(parameters.get("renewal.deduct_time", at=at))),
        renewal_day=day,
        prices=renewable.prices_of_many(rows),
        discounts=renewable.discounts_of_many(actor.account_pk, rows, at),
        periods=renewable.last_periods(rows),
        blocks=guarding.blocks_of(rows),
    )


def rows_of(actor: Actor, ids: Sequence[str]) -> list[Subscription]:
    """These subscriptions with what pricing reads of them, in this order; one query. Raises NotFound."""
    found = subscriptions.subscriptions_of(actor).select_related(*_WITH).filter(public_id__in=ids)
    rows = {row.public_id: row for row in found}
    if len(rows) != len(ids):
        raise NotFound
    return [rows[each] for each in ids]


def priced(
    actor: Actor, rows: Sequence[Subscription], *, terms: Mapping[str, Term] | None = None, at: datetime
) -> list[tuple[Subscription, Renewal | Refused]]:
    """What each of these rows would cost to renew, or why it cannot be; a fixed number of queries.

    `terms`: the term for some of them, by public id; the others as usual.
    """
    if not rows:
        return []
    facts = facts_for(actor, rows, at)
    found: list[tuple[Subscription, Renewal | Refused]] = []
    for row in rows:
        try:
            found.append((row, renewal_of(row, facts, term=(terms or {}).get(row.public_id), at=at)))
        except Refused as refusal:
            found.append((row, refusal))
    return found


def require_renewable(row: Subscription, facts: Facts, *, is_automatic: bool = False, at: datetime) -> None:
    """Raises NotRenewable and its children, ResourceReleased, OpenOrderOnSubscription (B-REN-002, B-REN-003)."""
    refusal = renewable.why_not(row, automatic=is_automatic)
    if refusal is not None:
        raise refusal
    if row.pk in facts.blocks:
        raise facts.blocks[row.pk]
    last = facts.periods.get(row.pk)
    is_planned = last is not None and last.kind == "renewal" and last.starts_at > at
    if last is not None and is_planned and (last.sku_id, last.quantity) != (row.sku_id, row.quantity):
        raise renewable.OtherPlanned


def renewal_of(
    row: Subscription, facts: Facts, *, term: Term | None = None, is_aligned: bool = False,
    coupon: Coupon | None = None, is_automatic: bool = False, at: datetime,
) -> Renewal:  # fmt: skip
    """One renewal, priced. `is_automatic`: by the clock, which goes on with what is not sold any more.

    Raises what `require_renewable` raises, and Invalid for a term that is not offered.
    """
    require_renewable(row, facts, is_automatic=is_automatic, at=at)
    prices = facts.prices_of(row)
    # A term that would be over already, counted from an end long ago, is not offered.
    terms = [each for each in renewable.terms_of(prices) if renewable.ends_of(row, each).ends_at > at]
    chosen = term or renewable.usual_term(row, prices, terms)
    if chosen is None:
        raise renewable.NoLongerSold
    price = renewable.price_for(prices, chosen, terms)
    ends = renewable.ends_of(row, chosen, renewal_day=facts.renewal_day if is_aligned else None)
    priced = _quote(row, price, chosen, ends.extra_days, facts, coupon, at)
    plain = priced if coupon is None and not ends.extra_days else _quote(row, price, chosen, 0, facts, None, at)
    return Renewal(
        asked=asked_for(row, price, chosen, ends, priced, coupon),
        ends=ends,
        term=chosen,
        terms=tuple(terms),
        price_change=renewable.price_change(row, facts.periods.get(row.pk), prices),
        then_due=plain.due,
        then_at=_next_at(row, ends.ends_at, facts),
        deduct_at=next((each for each in _deductions(row, ends.before, facts) if each > at), None),
    )


def _quote(
    row: Subscription, price: Price, term: Term, extra_days: int, facts: Facts, coupon: Coupon | None, at: datetime
) -> quote_rules.Quote:
    return quote_rules.quote(
        [renewable.line_input(row, renewable.charge_for(price, row.quantity, term, extra_days), term)],
        at=at,
        order_type="renewal",
        discounts_offered=facts.discounts.get(row.pk, ()),
        coupon=pricing.coupon_rule(coupon) if coupon else None,
        tax_e4=facts.tax_e4,
    )


def asked_for(
    row: Subscription, price: Price, term: Term, ends: Ends, priced: quote_rules.Quote, coupon: Coupon | None
) -> Asked:
    """What an order of this renewal asks of the subscription."""
    return Asked(
        subscription=row,
        kind=states.RENEWAL,
        specification=row.specification,
        sku=row.sku,
        price=price,
        quantity=row.quantity,
        period_type=term.period_type,
        period_count=term.count,
        extra_days=ends.extra_days,
        choices=row.choices,
        quote=priced,
        ends_at=ends.ends_at,
        extra={"anchor_day": ends.anchor_day} if ends.anchor_day != row.anchor_day else {},
        coupon=coupon if coupon is not None and priced.coupon_id else None,
        coupon_refused=priced.coupon_reasons,
    )


def _next_at(row: Subscription, ends_at: datetime, facts: Facts) -> datetime:
    return next(iter(_deductions(row, ends_at, facts)), ends_at)


def _deductions(row: Subscription, ends_at: datetime, facts: Facts) -> list[datetime]:
    """When a term that ends then is renewed by itself; nothing when it is not."""
    if not row.auto_renew or row.renewals_left == 0:
        return []
    return plan.deduction_times(ends_at, facts.offset_days, facts.deduct_time, clock.billing_zone())
