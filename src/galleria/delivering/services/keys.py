"""Interface keys: the secret that seller and marketplace share (A-KEY-001)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from galleria.delivering.models import InterfaceKey
from galleria.kit.errors import Refused
from galleria.kit.prepared import Prepared


class NoInterfaceKey(Refused):
    """The seller has no key of this type that is active."""

    code = "NO_INTERFACE_KEY"
    default_message = _("The seller has no active interface key of this type. Add one under application access.")


def interface_key(seller_pk: int, kind: str, at: datetime) -> str:
    """The key to sign with at this instant: of those already active the newest. Raises NoInterfaceKey."""
    row = _ACTIVE.one(seller=seller_pk, kind=kind, at=at)
    if row is None:
        raise NoInterfaceKey
    return str(row.value)


_ACTIVE = Prepared(
    lambda p: InterfaceKey.objects.filter(seller_id=p("seller"), kind=p("kind"), active_from__lte=p("at")).order_by(
        "-active_from", "-id"
    )[:1]
)


def set_interface_key(seller_pk: int, kind: str, value: str, *, active_from: datetime, at: datetime) -> InterfaceKey:
    """Add a key that is used from `active_from`; the former ones stay for signatures still under way."""
    return InterfaceKey.objects.create(
        seller_id=seller_pk, kind=kind, value=value, active_from=active_from, created_at=at
    )


BOTH_FOR = timedelta(hours=24)


def accepted_keys(seller_pk: int, kind: str, at: datetime) -> list[str]:
    """The keys that a seller's own signatures may be made with: the one in use, and the former one for 24 hours."""
    active = InterfaceKey.objects.filter(seller_id=seller_pk, kind=kind, active_from__lte=at)
    rows = list(active.order_by("-active_from", "-id")[:2])
    return [str(row.value) for number, row in enumerate(rows) if number == 0 or at < rows[0].active_from + BOTH_FOR]
