"""What pages, releases and the operator read about sellers' servers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet

from galleria.connecting import rules
from galleria.connecting.models import DebugCase, DialTest, Domain, FailedOrder, RemovalCandidate
from galleria.delivering.models import Delivery, InterfaceKey, ProductInterface, ProductionAddress, SellerCall
from galleria.delivering.states import OPEN
from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.parties import selectors as parties
from galleria.parties.models import Seller
from galleria.publishing.models import Product
from galleria.selling import selectors as selling

VIEW = "seller:delivery:view"
RATE_DAYS = 30


def seller_of(actor: Actor) -> Seller:
    """The seller that this actor works for and whose interface it may see. Raises NotFound, PermissionMissing."""
    seller = parties.seller_of(actor)
    actor.require(VIEW)
    return seller


def _within(actor: Actor, rows: QuerySet[Any], product: str, *, or_none: bool = False) -> QuerySet[Any]:
    """Only rows about products that this user looks after (S-SUB-T2); `or_none`: and rows about no product."""
    scope = selling.product_scope(actor)
    if scope is None:
        return rows
    mine = Q(**{f"{product}__public_id__in": scope})
    return rows.filter(mine | Q(**{product: None}) if or_none else mine)


# ----- domains, addresses, keys -----


def domains_of(actor: Actor) -> list[Domain]:
    """The seller's domains by name."""
    return list(Domain.objects.filter(seller=seller_of(actor)).order_by("origin"))


def domain_of(actor: Actor, domain_id: str) -> Domain:
    """One domain. Raises NotFound."""
    domain = Domain.objects.filter(seller=seller_of(actor), public_id=domain_id).first()
    if domain is None:
        raise NotFound
    return domain


def addresses_of(actor: Actor) -> list[ProductionAddress]:
    """The seller's interface URLs, those that can be used first; `state` is `verified` or `lost`."""
    rows = ProductionAddress.objects.filter(seller=seller_of(actor))
    return sorted(rows, key=lambda row: (row.state != "verified", row.url, row.pk))


def address_of(actor: Actor, address_id: str) -> ProductionAddress:
    """One interface URL of the seller. Raises NotFound."""
    address = ProductionAddress.objects.filter(seller=seller_of(actor), public_id=address_id).first()
    if address is None:
        raise NotFound
    return address


def products_at(address: ProductionAddress) -> list[Product]:
    """The products that an address delivers."""
    return list(Product.objects.filter(interface__address=address).exclude(state="removed").order_by("name"))


def products_by_address(actor: Actor, addresses: Collection[ProductionAddress]) -> dict[int, list[Product]]:
    """The products of many addresses that this user looks after, by row number of the address."""
    scope = selling.product_scope(actor)
    found: dict[int, list[Product]] = {address.pk: [] for address in addresses}
    rows = ProductInterface.objects.filter(address__in=[address.pk for address in addresses])
    for row in rows.select_related("product__category", "product__seller").order_by("product__name"):
        if row.product.state != "removed" and (scope is None or row.product.public_id in scope):
            found[row.address_id].append(row.product)
    return found


def unbound_products(actor: Actor) -> list[Product]:
    """SaaS products of the seller that no server delivers yet."""
    rows = Product.objects.filter(seller=seller_of(actor), delivery_type="saas", interface=None)
    scope = selling.product_scope(actor)
    rows = rows if scope is None else rows.filter(public_id__in=scope)
    return list(rows.exclude(state="removed").order_by("name"))


@dataclass(frozen=True)
class KeyOfKind:
    """The keys of one interface type: the one in use, the one that follows, those before."""

    kind: str
    current: InterfaceKey | None
    following: InterfaceKey | None
    former: tuple[InterfaceKey, ...] = ()


def keys_of(actor: Actor, at: datetime) -> list[KeyOfKind]:
    """Every interface type with its keys; the values are not read here (A-KEY-001)."""
    rows = InterfaceKey.objects.filter(seller=seller_of(actor)).defer("value").order_by("active_from", "pk")
    kinds: dict[str, list[InterfaceKey]] = {kind: [] for kind in KEY_KINDS}
    for row in rows:
        kinds.setdefault(row.kind, []).append(row)
    found = []
    for kind, keys in kinds.items():
        active = [key for key in keys if key.active_from <= at]
        later = [key for key in keys if key.active_from > at]
        found.append(
            KeyOfKind(
                kind, active[-1] if active else None, later[0] if later else None, tuple(reversed(active[:-1]))
            )
        )  # fmt: skip
    return found


KEY_KINDS = ("base", "joint", "license", "general")


# ----- the gate -----


def missing_cases(
    product: Product | None,
    address_public_id: str,
    billing_modes: Iterable[str],
    has_upgrade: bool,
    *,
    has_trial: bool = False,
) -> list[str]:
    """The activities that these charging modes need and that have no saved successful case at this address.

    An address that does not exist, is lost, or belongs to another seller than the product has proven nothing.
    """
    rows = ProductionAddress.objects.filter(public_id=address_public_id, state="verified")
    if product is not None:
        rows = rows.filter(seller_id=product.seller_id)
    address = rows.first()
    needed = rules.needed_activities(
        billing_modes, has_upgrade=has_upgrade, has_trial=has_trial,
        wants_notices=bool(address and address.wants_order_notices),
    )  # fmt: skip
    if address is None:
        return [str(activity) for activity in needed]
    saved = set(DebugCase.objects.filter(address=address).values_list("activity", flat=True))
    return [str(activity) for activity in needed if activity not in saved]


# ----- cases and dial tests -----


def cases_of(actor: Actor, address_id: str = "") -> list[DebugCase]:
    """The saved cases of the seller, or of one address, in the order in which they are repeated."""
    rows = DebugCase.objects.select_related("address").filter(address__seller=seller_of(actor))
    if address_id:
        rows = rows.filter(address__public_id=address_id)
    return sorted(rows, key=lambda row: (row.address.url, *_place(row), row.variant))


def _place(row: DebugCase) -> tuple[int]:
    order = rules.needed_activities(("period",), has_upgrade=True, wants_notices=True)
    return (order.index(row.activity) if row.activity in order else 99,)  # type: ignore[arg-type]


def case_of(actor: Actor, case_id: str) -> DebugCase:
    """One saved case. Raises NotFound."""
    row = DebugCase.objects.select_related("address").filter(
        address__seller=seller_of(actor), public_id=case_id
    ).first()  # fmt: skip
    if row is None:
        raise NotFound
    return row


def dial_tests_of(actor: Actor) -> QuerySet[DialTest]:
    """The dial tests of the seller's products, newest first."""
    rows = DialTest.objects.select_related("product", "address").filter(product__seller=seller_of(actor))
    return _within(actor, rows, "product")


# ----- how well it works -----


@dataclass(frozen=True)
class Health:
    """What is known of a product's interface. `failure_percent` is of the calls for orders in 30 days, or None."""

    address: ProductionAddress | None = None
    cases: int = 0
    last_tests: tuple[DialTest, ...] = ()
    failed_days: int = 0
    calls: int = 0
    failed_calls: int = 0
    waiting: int = 0
    failed_orders: int = 0
    on_removal_list: bool = False

    @property
    def failure_percent(self) -> int | None:
        return round(100 * self.failed_calls / self.calls) if self.calls else None

    @property
    def is_connected(self) -> bool:
        return self.address is not None

    @property
    def works(self) -> bool | None:
        """None when nothing was tested."""
        return self.last_tests[0].passed if self.last_tests else None


def health_of(product_pk: int, at: datetime | None = None) -> Health:
    """The health of one product's interface."""
    return healths_of([product_pk], at or clock.now())[product_pk]


def healths_of(product_pks: Collection[int], at: datetime) -> dict[int, Health]:
    """The health of many products, in a fixed number of queries."""
    pks = list(product_pks)
    bindings = {
        row.product_id: row.address
        for row in ProductInterface.objects.select_related("address").filter(product_id__in=pks)
    }
    cases = dict(
        DebugCase.objects.filter(address__in=[address.pk for address in bindings.values()])
        .values_list("address_id")
        .annotate(n=Count("pk"))
    )
    calls = {
        row["subscription__product_id"]: row
        for row in SellerCall.objects.filter(
            subscription__product_id__in=pks, purpose="order", called_at__gte=at - timedelta(days=RATE_DAYS)
        )
        .values("subscription__product_id")
        .annotate(n=Count("pk"), bad=Count("pk", filter=Q(verdict="failure")))
    }
    waiting = dict(
        Delivery.objects.filter(subscription__product_id__in=pks, state__in=OPEN, means="saas_v2")
        .exclude(last_error="")
        .values_list("subscription__product_id")
        .annotate(n=Count("pk"))
    )
    month = clock.billing_date(at).strftime("%Y-%m")
    orders = dict(
        FailedOrder.objects.filter(product_id__in=pks, month=month).values_list("product_id").annotate(n=Count("pk"))
    )
    listed = set(
        RemovalCandidate.objects.filter(product_id__in=pks, closed_at=None).values_list("product_id", flat=True)
    )
    today = clock.billing_date(at)
    tests: dict[int, list[DialTest]] = {pk: [] for pk in pks}
    recent = DialTest.objects.filter(product_id__in=pks, day__gte=today - timedelta(days=14))
    for test in recent.order_by("-day", "-at", "-pk"):
        tests[test.product_id].append(test)
    found = {}
    for pk in pks:
        address = bindings.get(pk)
        counted: Mapping[str, Any] = calls.get(pk, {})
        found[pk] = Health(
            address=address,
            cases=cases.get(address.pk, 0) if address else 0,
            last_tests=tuple(tests[pk]),
            failed_days=_failed_days(tests[pk]),
            calls=int(counted.get("n", 0)),
            failed_calls=int(counted.get("bad", 0)),
            waiting=waiting.get(pk, 0),
            failed_orders=orders.get(pk, 0),
            on_removal_list=pk in listed,
        )
    return found


def _failed_days(tests: Collection[DialTest]) -> int:
    """Up to the last day on which both runs took place."""
    runs = [rules.DayRun(test.day, test.run, test.passed) for test in tests]
    complete = {each.day for each in runs if {r.run for r in runs if r.day == each.day} >= set(rules.RUNS)}
    return rules.failed_days(runs, max(complete)) if complete else 0


# ----- the message log -----


def calls_of(actor: Actor) -> QuerySet[SellerCall]:
    """Every call that was made to the seller's servers (A-ALM-002)."""
    rows = SellerCall.objects.filter(seller=seller_of(actor)).select_related(
        "delivery", "subscription__product", "subscription__account"
    )
    return _within(actor, rows, "subscription__product", or_none=True)


def failed_calls_of(actor: Actor) -> QuerySet[Delivery]:
    """Deliveries of the seller with a failed call: those that wait, and those that were given up."""
    rows = (
        Delivery.objects.select_related("subscription__product", "subscription__account")
        .filter(subscription__product__seller=seller_of(actor), means="saas_v2")
        .filter(Q(state__in=OPEN) | Q(state="failed"))
        .exclude(last_error="")
    )
    return _within(actor, rows, "subscription__product")


def call_of(actor: Actor, call_id: str) -> SellerCall:
    """One call of the log. Raises NotFound."""
    row = calls_of(actor).filter(public_id=call_id).first()
    if row is None:
        raise NotFound
    return row


def found_calls(calls: QuerySet[SellerCall], words: str) -> QuerySet[SellerCall]:
    """Those about an order, a product, an activity or a business id."""
    if not words:
        return calls
    return calls.filter(
        Q(delivery__order_id__iexact=words) | Q(subscription__product__name__icontains=words)
        | Q(activity__iexact=words) | Q(business_id=words) | Q(public_id=words)
    )  # fmt: skip


def found_deliveries(rows: QuerySet[Delivery], words: str) -> QuerySet[Delivery]:
    """Those about an order, a product or an activity."""
    if not words:
        return rows
    return rows.filter(
        Q(order_id__iexact=words) | Q(subscription__product__name__icontains=words) | Q(activity__iexact=words)
    )


def last_failures(deliveries: Collection[Delivery]) -> dict[int, SellerCall]:
    """The last failed call of each delivery, by row number."""
    calls = SellerCall.objects.filter(delivery__in=[row.pk for row in deliveries], verdict="failure").order_by("pk")
    return {call.delivery_id: call for call in calls if call.delivery_id is not None}


def address_of_call(actor: Actor, call: SellerCall) -> ProductionAddress | None:
    """The production address that a call went to, if it is still there."""
    url = call.url.partition("?")[0]
    rows = [row for row in addresses_of(actor) if row.url.partition("?")[0] == url]
    return rows[0] if rows else None


def product_of(actor: Actor, product_id: str) -> Product:
    """One of the seller's products. Raises NotFound."""
    rows = Product.objects.select_related("category", "seller").filter(seller=seller_of(actor), public_id=product_id)
    row = rows.exclude(state="removed").first()
    if row is None:
        raise NotFound
    selling.require_product(actor, row.public_id)
    return row


def delivery_of(actor: Actor, delivery_id: str) -> Delivery:
    """One delivery of the seller's products. Raises NotFound."""
    row = (
        Delivery.objects.select_related("subscription__product__seller")
        .filter(subscription__product__seller=seller_of(actor), public_id=delivery_id)
        .first()
    )
    if row is None:
        raise NotFound
    selling.require_product(actor, row.subscription.product.public_id)
    return row


# ----- for the operator -----


def removal_candidates(actor: Actor) -> QuerySet[RemovalCandidate]:
    """Products with too much trouble, the oldest first, for whoever decides on removals (S-SAS-T4, A-DIA-003)."""
    actor.require("operator:release:review")
    return RemovalCandidate.objects.select_related("product__seller").filter(closed_at=None).order_by("at", "pk")


def removal_candidate(actor: Actor, candidate_id: str) -> RemovalCandidate:
    """One of them. Raises NotFound."""
    row = removal_candidates(actor).filter(public_id=candidate_id).first()
    if row is None:
        raise NotFound
    return row
