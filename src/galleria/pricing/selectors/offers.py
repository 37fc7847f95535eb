"""Offers: those of an issuer, those that an account has, what each line comes to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from galleria.kit import parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound, Refused
from galleria.kit.money import Money
from galleria.parties import selectors as parties
from galleria.parties.models import Account, Membership, Reseller
from galleria.pricing.models import Discount, Offer, OfferAccount, OfferUse
from galleria.pricing.rules import models as price_models
from galleria.pricing.rules import offers as rules
from galleria.pricing.selectors.prices import discount_rule, price_model
from galleria.publishing.models import Price, Product
from galleria.selling import selectors as selling

KIND = "offer"
AUTHORISED = "offer.authorised_percent"
SELLER, OPERATOR, RESELLER = "seller:offer:manage", "operator:price:manage", "reseller:discount:manage"
PERMISSIONS = {"exclusive": SELLER, "commercial": OPERATOR, "partner": RESELLER}


class OfferNotForYou(Refused):
    """The link of an offer was opened by somebody whom it does not name (S-OFR-T1)."""

    code = "OFFER_NOT_AVAILABLE"
    status = 403
    default_message = _("This offer is not available to your account. Ask the seller which account it names.")


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who makes offers: a seller, a reseller for its customers, or the operator."""

    kind: str
    key: str
    name: str
    seller: Any = None
    reseller: Any = None


def issuer_of(actor: Actor, kind: str) -> Issuer:
    """The actor as the issuer of offers of a kind. Raises PermissionMissing, NotASeller, NotFound."""
    actor.require(PERMISSIONS[kind])
    if kind == "exclusive":
        seller = selling.seller_of(actor)
        return Issuer(kind, seller.public_id, seller.name, seller=seller)
    if kind == "partner":
        reseller = Reseller.objects.filter(account_id=actor.account_pk or 0).first()
        if reseller is None:
            raise NotFound
        return Issuer(kind, reseller.public_id, reseller.name, reseller=reseller)
    return Issuer(kind, "operator", "")


def _full(rows: QuerySet[Offer]) -> QuerySet[Offer]:
    lines = Discount.objects.select_related("product__seller", "specification", "sku").order_by("id")
    named = OfferAccount.objects.select_related("account").order_by("id")
    return rows.select_related("seller", "reseller", "created_by").prefetch_related(
        Prefetch("lines", lines), Prefetch("accounts", named)
    )


def _made_by(actor: Actor, kind: str) -> QuerySet[Offer]:
    """Those of the actor's side; users who look after some products have those that are for these alone."""
    rows = Offer.objects.filter(kind=kind, issuer=issuer_of(actor, kind).key)
    scope = selling.product_scope(actor) if kind == "exclusive" else None
    if scope is None:
        return rows
    foreign = Discount.objects.filter(offer=OuterRef("public_id")).exclude(product__public_id__in=scope)
    return rows.exclude(Exists(foreign))


def offers_of(actor: Actor, kind: str = "exclusive", state: str = "", text: str = "") -> QuerySet[Offer]:
    """The offers that the actor's side made, the newest first."""
    rows = _full(_made_by(actor, kind))
    if state:
        rows = rows.filter(state=state)
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(accounts__account__name__icontains=text)).distinct()
    return rows.order_by("-created_at", "-id")


def offer_of(actor: Actor, offer_id: str, kind: str = "exclusive") -> Offer:
    """One of them. Raises NotFound."""
    row = offers_of(actor, kind).filter(public_id=offer_id).first()
    if row is None:
        raise NotFound
    return row


def counts_of(actor: Actor, kind: str = "exclusive") -> dict[str, int]:
    """How many offers there are in each state, and all."""
    found = dict(_made_by(actor, kind).order_by().values_list("state").annotate(number=Count("pk")))
    return {**found, "all": sum(found.values())}


def offer_for_review(offer_id: str) -> Offer:
    """For the reviewers, and for packages above that hold an id. Raises NotFound."""
    row = _full(Offer.objects.filter(public_id=offer_id)).first()
    if row is None:
        raise NotFound
    return row


def uses_of(offer: Offer) -> list[OfferUse]:
    """The orders that were placed with it, the latest first."""
    return list(offer.uses.select_related("account").order_by("-at", "-id")[:200])


def offers_of_order(order_id: str) -> list[Offer]:
    """The offers that an order was placed with; settlement finds its base price there (S-OFR-T4)."""
    used = OfferUse.objects.filter(order_id=order_id).values("offer")
    return list(_full(Offer.objects.filter(pk__in=used)).order_by("id"))


# ----- for those who are named -----


def offers_for(actor: Actor, at: datetime, *, product_pk: int | None = None, is_open: bool = False) -> QuerySet[Offer]:
    """The offers that name the actor's account, those that end first in front (B-OFR-001)."""
    rows = _full(Offer.objects.filter(accounts__account_id=actor.account_pk or 0))
    rows = rows.exclude(state__in=("draft", "in_approval", "withdrawn", "rejected"))
    if is_open:
        rows = rows.filter(
            state="effective", starts_at__lte=at, ends_at__gt=at, accounts__account_id=actor.account_pk or 0,
            accounts__used_by="",
        )  # fmt: skip
    if product_pk is not None:
        rows = rows.filter(Exists(Discount.objects.filter(offer=OuterRef("public_id"), product_id=product_pk)))
    return rows.order_by("ends_at", "id")


def open_offers(actor: Actor, product_pk: int, at: datetime) -> list[tuple[str, str, datetime]]:
    """The offers for a product that the account can order with now: id, name, end; one query (B-OFR-001)."""
    named = OfferAccount.objects.filter(account_id=actor.account_pk or 0, used_by="", offer=OuterRef("pk"))
    lines = Discount.objects.filter(offer=OuterRef("public_id"), product_id=product_pk, state="active")
    rows = Offer.objects.filter(Exists(named), Exists(lines), state="effective", starts_at__lte=at, ends_at__gt=at)
    return list(rows.order_by("ends_at", "id").values_list("public_id", "name", "ends_at")[:3])


def offer_for(actor: Actor, offer_id: str) -> Offer:
    """An offer by its link. Raises NotFound for none, OfferNotForYou when it names other accounts (S-OFR-T1)."""
    row = offer_for_review(offer_id) if offer_id else None
    if row is None or row.state in ("draft", "in_approval", "withdrawn", "rejected"):
        raise NotFound
    if all(each.account_id != actor.account_pk for each in row.accounts.all()):
        raise OfferNotForYou
    return row


def issuer_name(offer: Offer) -> str:
    """Who grants it, for those who read about it: the seller, the reseller, or the marketplace."""
    owner = offer.seller or offer.reseller
    return owner.name if owner is not None else settings.GALLERIA.site_name


def is_used_by(offer: Offer, account_pk: int | None) -> str:
    """The order with which the account used a single offer up; empty: it may order."""
    return next((each.used_by for each in offer.accounts.all() if each.account_id == account_pk), "")


def state_for(offer: Offer, account_pk: int | None, at: datetime) -> str:
    """How an offer stands for an account: open, waiting, used, expired, invalid."""
    if is_used_by(offer, account_pk):
        return "used"
    if offer.state in ("invalid", "used"):
        return "invalid"
    if offer.state == "expired" or offer.ends_at <= at:
        return "expired"
    return "waiting" if offer.starts_at is None or offer.starts_at > at else "open"


# ----- what a line comes to -----


@dataclass(frozen=True, slots=True)
class Worth:
    """A quotation line in figures. None where quantity or term are left open, or nothing is priced.

    official, amount: list price and price of the offer; percent_e2: what is taken off, 1,000 is 10 %
    share: what the seller keeps after the fee of the marketplace
    """

    line: Discount
    official: Money | None
    amount: Money | None
    percent_e2: int
    share: Money | None = None

    @property
    def saving(self) -> Money | None:
        return self.official - self.amount if self.official and self.amount is not None else None


def price_named(line: Discount) -> Money:
    """The price of a line that has one of its own."""
    return Money(line.line_price_minor or 0, line.currency)


def prices_of(lines: Iterable[Discount]) -> dict[int, Price]:
    """The list prices that quotation lines lower, by line: of the SKU and way of paying, or the only one there is."""
    wanted = [line for line in lines if line.sku_id is not None]
    rows = Price.objects.select_related("sku__specification").prefetch_related("sku__specification__attributes")
    by_sku: dict[str, list[Price]] = {}
    for price in rows.filter(sku__code__in={line.sku_id for line in wanted}) if wanted else ():
        by_sku.setdefault(price.sku.code, []).append(price)
    found = {}
    for line in wanted:
        fitting = [each for each in by_sku.get(line.sku_id or "", ()) if _is_way(line, each)]
        if len(fitting) == 1:
            found[line.pk] = fitting[0]
    return found


def _is_way(line: Discount, price: Price) -> bool:
    return not line.billing_mode or (line.billing_mode, line.period_type) == (price.billing_mode, price.period_type)


def worths(lines: Iterable[Discount], *, with_share: bool = False) -> dict[int, Worth]:
    """What lines cost with and without the offer, where they name everything that a price depends on, by line."""
    wanted = list(lines)
    prices = prices_of(wanted)
    return {line.pk: _worth(line, prices.get(line.pk), with_share) for line in wanted}


def worth_of(line: Discount, *, with_share: bool = False) -> Worth:
    """What one line comes to."""
    return worths([line], with_share=with_share)[line.pk]


def _worth(line: Discount, price: Price | None, with_share: bool) -> Worth:
    needs_term = price is not None and price.billing_mode == "period" and not line.periods
    needs_quantity = price is not None and bool(price.quantity_key) and not line.quantity
    if price is None or price.billing_mode == "pay_per_use" or needs_term or needs_quantity:
        return Worth(line, None, None, line.percent_e2)
    model = price_model(price, price.sku.specification.attributes.all())
    try:
        charge = price_models.charge(model, line.quantity or 1, line.periods or 1)
    except ValueError:
        return Worth(line, None, None, line.percent_e2)
    after = rules.after(discount_rule(line), charge)
    share = None
    if with_share and line.product is not None:
        share = after - after.percent(selling.fee_percent(line.product.delivery_type))
    return Worth(line, charge.amount, after, rules.percent_off_e2(charge.amount, after), share)


def authorised_e2(product: Product | None) -> int:
    """What the seller may take off a product without asking, in 1/10,000 (S-OFR-004).

    What is set for the product counts, else what is set for its way of delivery, else the general value.
    """
    general = parameters.version_of(AUTHORISED)
    scopes = (product.public_id, product.delivery_type) if product is not None else ()
    found = (parameters.version_of(AUTHORISED, scope=scope) for scope in scopes)
    return int(next((each for each in found if each != general), general).value) * 100


def ranges(actor: Actor) -> list[tuple[Product, int]]:
    """The products that have a range of their own, with it in percent, for the operator."""
    actor.require(OPERATOR)
    scopes = [scope for scope in parameters.scopes_of(AUTHORISED) if scope.startswith("prd_")]
    rows = Product.objects.select_related("seller").filter(public_id__in=scopes).order_by("name", "pk")
    return [(row, int(parameters.get(AUTHORISED, scope=row.public_id))) for row in rows]


def is_beyond(line: Discount) -> bool:
    """Whether a line takes off more than its issuer was authorised to; so does a price that cannot be compared."""
    product = line.product
    is_common = line.kind == "exclusive" and product is not None and product.sales_model == "partner"
    if is_common and parameters.get("offer.common_any_price"):
        return False
    taken = line.percent_e2
    if line.line_price_minor is not None:
        worth = worth_of(line)
        if worth.amount is None:
            return True
        taken = worth.percent_e2
    return taken > authorised_e2(product)


def configuration_of(line: Discount, price: Price | None = None) -> dict[str, Any]:
    """What a quotation line fixes, as a configuration of the checkout; without keys for what is left open."""
    price = price or prices_of([line]).get(line.pk)
    found: dict[str, Any] = {}
    if line.specification is not None:
        found["specification"] = line.specification.public_id
    attributes = {str(key): str(value) for key, value in line.sku.choices.items()} if line.sku is not None else {}
    if price is not None and price.quantity_key and line.quantity:
        attributes[price.quantity_key] = str(line.quantity)
    if attributes:
        found["attributes"] = attributes
    if line.billing_mode:
        found["mode"] = f"{line.billing_mode}:{line.period_type}" if line.period_type else line.billing_mode
    if line.periods:
        found["term"] = line.periods
    return found


def accounts_named(texts: Sequence[str], issuer: Issuer) -> tuple[list[Account], list[str]]:
    """Accounts by public id or the proven sign-in address of an owner, and texts that name none (S-OFR-001)."""
    wanted = [text for text in (each.strip() for each in texts) if text]
    wanted = list(dict.fromkeys(wanted))
    by_address = _owned(text.lower() for text in wanted if "@" in text)
    named = Q(public_id__in=wanted) | Q(pk__in={pk for owned in by_address.values() for pk in owned})
    rows = list(Account.objects.filter(named).exclude(kind="operator").exclude(state="closed")) if wanted else []
    if issuer.reseller is not None:
        rows = [row for row in rows if row.reseller_id == issuer.reseller.pk]
    found: list[Account] = []
    unknown: list[str] = []
    for text in wanted:
        owned = by_address.get(text.lower(), ())
        fitting = [row for row in rows if text == row.public_id or row.pk in owned]
        if len(fitting) == 1:
            found.append(fitting[0])
        else:
            unknown.append(text)
    return list({row.pk: row for row in found}.values()), unknown


def _owned(addresses: Iterable[str]) -> dict[str, set[int]]:
    """The accounts that those who sign in with these addresses own, by address."""
    rows = Membership.objects.filter(is_owner=True, user__is_active=True, user__email__in=set(addresses))
    owners = list(rows.values_list("user__email", "account_id", "user_id"))
    proven = parties.with_confirmed_email(user for _address, _account, user in owners)
    found: dict[str, set[int]] = {}
    for address, account, user in owners:
        if user in proven:
            found.setdefault(address, set()).add(account)
    return found
