"""Dial tests: twice a day the saved cases of products on sale are repeated (A-DIA-001 to A-DIA-004)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction

from galleria.audit import services as audit
from galleria.connecting import events, figures, rules
from galleria.connecting.models import DebugCase, DialTest
from galleria.connecting.probing import CaseResult
from galleria.connecting.services.cases import replay_cases
from galleria.connecting.services.trouble import propose_removal
from galleria.delivering.models import ProductionAddress
from galleria.delivering.services.keys import NoInterfaceKey
from galleria.kit import clock, outbox, parameters
from galleria.kit.actor import SYSTEM
from galleria.publishing import services as publishing
from galleria.publishing.models import Product

MORNING_UNTIL = 12


def run_of(slot: datetime) -> tuple[date, str]:
    """The day and the run that an instant belongs to, in the billing time zone."""
    local = slot.astimezone(clock.billing_zone())
    return local.date(), "morning" if local.hour < MORNING_UNTIL else "afternoon"


def addresses_to_dial() -> list[str]:
    """Addresses with saved cases that deliver a product on sale (A-DIA-001)."""
    rows = ProductionAddress.objects.filter(
        bindings__product__state="on_sale", pk__in=DebugCase.objects.values("address")
    )
    return list(rows.distinct().order_by("pk").values_list("public_id", flat=True))


def dial(address_id: str, *, day: date, run: str, at: datetime) -> bool | None:
    """Repeat the cases of one address and record it for each of its products; None when there was nothing to do.

    Outside transactions. Run twice for the same run of a day it calls nobody again.
    """
    address = ProductionAddress.objects.get(public_id=address_id)
    products = _on_sale(address)
    tested = set(DialTest.objects.filter(product__in=products, day=day, run=run).values_list("product_id", flat=True))
    waiting = [product for product in products if product.pk not in tested]
    if not waiting:
        return None
    try:
        results = replay_cases(address_id, at, purpose="dial")
    except NoInterfaceKey as refusal:
        results = [CaseResult("newInstance", "", False, refusal.message, None, "", 0)]
    if not results:
        return None
    with transaction.atomic():
        _record(address, waiting, results, day=day, run=run, at=at)
    return all(result.passed for result in results)


def _on_sale(address: ProductionAddress) -> list[Product]:
    return list(Product.objects.select_related("seller").filter(interface__address=address, state="on_sale"))


def _record(
    address: ProductionAddress, products: Sequence[Product], results: Sequence[CaseResult], *, day: date, run: str,
    at: datetime,
) -> None:  # fmt: skip
    passed = all(result.passed for result in results)
    facts = [result.facts() for result in results]
    for product in products:
        DialTest.objects.create(product=product, address=address, day=day, run=run, passed=passed, results=facts, at=at)
    if passed:
        return
    seller = products[0].seller
    outbox.publish(
        events.DialTestFailed(
            seller.public_id, address.public_id, address.url, day.isoformat(), run,
            [product.name for product in products],
            [f"{result.activity} {result.variant}".strip() + f": {result.problem}"
             for result in results if not result.passed],
        )
    )  # fmt: skip
    for product in products:
        _suspend_if_too_long(product, day, at)


def _suspend_if_too_long(product: Product, day: date, at: datetime) -> None:
    """Five failed days in a row freeze trading and hide the product; the operator is told (A-DIA-003)."""
    limit = int(parameters.get(figures.SUSPEND_AFTER_DAYS))
    tests = DialTest.objects.filter(product=product, day__gt=day - timedelta(days=limit + 1))
    runs = [rules.DayRun(test.day, test.run, test.passed) for test in tests]
    days = rules.failed_days(runs, day)
    if days < limit:
        return
    seller = product.seller
    publishing.suspend_product(
        SYSTEM, product_id=product.public_id, reason=f"The seller's server failed its tests on {days} days in a row.",
        at=at,
    )  # fmt: skip
    audit.record(
        SYSTEM, "product.suspended_by_tests", product, at=at, after={"days": days},
        account_id=seller.account.public_id,
    )  # fmt: skip
    outbox.publish(events.DialTestsSuspendedProduct(seller.public_id, product.public_id, product.name, days))
    propose_removal(product, reason="dial_tests", count=days, facts={"days": days, "until": day.isoformat()}, at=at)
