"""What the catalogue does when something happens to a seller, and what it tells about one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from galleria.kit import clock, outbox
from galleria.kit.actor import SYSTEM
from galleria.publishing import services
from galleria.publishing.models import Product
from galleria.publishing.states import SOLD
from galleria.selling import events, ports, selectors
from galleria.selling.selectors.sanctions import CONDUCTS, violation_by_id

SOFTWARE = ("image", "saas", "license")


def connect() -> None:
    """Called by `config.wiring`."""
    outbox.subscribe(events.SellerChanged, on_seller_changed)
    outbox.subscribe(events.SanctionImposed, on_sanction, in_transaction=True)
    outbox.subscribe(events.SanctionLifted, on_lifted, in_transaction=True)
    ports.EXIT_CHECKS["products"] = check_off_shelf
    ports.RELEASES["products"] = releases_of
    ports.PRODUCTS["products"] = products_of


def on_seller_changed(event: events.SellerChanged) -> None:
    """Product pages and search show the seller as it is now; within a minute (S-TCK-T2)."""
    services.reindex_seller(selectors.seller_by_id(event.seller_id).pk)


def on_sanction(event: events.SanctionImposed) -> None:
    """Take products down. With the cooperation's end the seller's state hides them all (S-VIO-T3)."""
    if event.kind != "product_takedown":
        return
    violation = violation_by_id(event.violation_id)
    words = f"{CONDUCTS[violation.conduct].label}: {violation.reason}"
    for product in _meant(event.seller_id, event.products).filter(state__in=SOLD):
        services.suspend_product(SYSTEM, product_id=product.public_id, reason=words[:500], at=clock.now())


def on_lifted(event: events.SanctionLifted) -> None:
    """What was taken down is on sale again."""
    if event.kind != "product_takedown":
        return
    for product in _meant(event.seller_id, event.products).filter(state="suspended"):
        services.lift_suspension(SYSTEM, product_id=product.public_id, at=clock.now())


def _meant(seller_id: str, products: Iterable[str]) -> QuerySet[Product]:
    rows = Product.objects.filter(seller__public_id=seller_id)
    wanted = list(products)
    return rows.filter(public_id__in=wanted) if wanted else rows


def check_off_shelf(seller_pk: int) -> ports.Check:
    """Exit: nothing may be on sale (S-EXI-001)."""
    number = Product.objects.filter(seller_id=seller_pk).exclude(state__in=("draft", "removed")).count()
    return ports.Check(
        "products", _("All products are off the shelf"), number == 0,
        _("%(number)s not removed yet") % {"number": number} if number else "", "/seller/products",
    )  # fmt: skip


def releases_of(seller_pk: int) -> list[datetime]:
    """When software was released; test coupons ask (S-TCP-T3)."""
    rows = Product.objects.filter(seller_id=seller_pk, delivery_type__in=SOFTWARE)
    return list(rows.exclude(state__in=("draft", "pending")).values_list("published_at", flat=True))


def products_of(seller_pk: int) -> list[tuple[str, str]]:
    """The seller's products and drafts, for grants and sanctions."""
    rows = Product.objects.filter(seller_id=seller_pk).exclude(state="removed").order_by("name")
    return list(rows.values_list("public_id", "name"))
