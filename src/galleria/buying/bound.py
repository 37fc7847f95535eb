"""What was bought as a part of something else, as a disk is of its server: both are renewed, given back and released
together (B-REN-004, B-UNS-003, B-EXP-003). The order says so: the line of the part has the main line as its parent.
What merely came along in the same order has none, and goes its own ways.
"""

from __future__ import annotations

from collections.abc import Sequence

from galleria.buying.models import OrderLine
from galleria.kit.prepared import Prepared
from galleria.subscribing.models import Subscription
from galleria.subscribing.rules.plan import GONE

_PARTS: Prepared[str] = Prepared(
    lambda p: (
        OrderLine.objects.filter(parent__public_id=p("line"), subscription__isnull=False)
        .exclude(subscription__state__in=GONE)
        .order_by("public_id")
        .values_list("subscription__public_id", flat=True)
    )
)
_MAIN_LINE: Prepared[str] = Prepared(
    lambda p: OrderLine.objects.filter(public_id=p("line"), parent__isnull=False).values_list(
        "parent__public_id", flat=True
    )
)


def is_part(row: Subscription) -> bool:
    """Whether it belongs to something else, which is renewed for both."""
    return _MAIN_LINE.one(line=row.order_line_id) is not None


def parts_of(row: Subscription) -> list[str]:
    """The public ids of what belongs to it."""
    return _PARTS.all(line=row.order_line_id)


def together(rows: Sequence[Subscription]) -> dict[str, str]:
    """Every subscription that one of these goes together with, these included: public id to that of its main one, each
    main one before its parts. Two queries for any number.
    """
    lines = OrderLine.objects.filter(public_id__in=[row.order_line_id for row in rows])
    held = lines.filter(parent__subscription__isnull=False).exclude(parent__subscription__state__in=GONE)
    found = held.values_list("public_id", "parent__public_id", "parent__subscription__public_id")
    main_of = {line: (parent, str(main)) for line, parent, main in found}
    mains = dict(main_of.get(row.order_line_id, (row.order_line_id, row.public_id)) for row in rows)
    grouped: dict[str, str] = {}
    parts: dict[str, list[str]] = {}
    members = OrderLine.objects.filter(parent__public_id__in=list(mains), subscription__isnull=False)
    for parent, part in (
        members.exclude(subscription__state__in=GONE)
        .order_by("public_id")
        .values_list("parent__public_id", "subscription__public_id")
    ):
        parts.setdefault(str(parent), []).append(str(part))
    for line, main in mains.items():
        grouped[main] = main
        grouped.update((part, main) for part in parts.get(line, ()))
    return grouped
