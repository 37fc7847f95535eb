"""Interface keys as sellers handle them: made by us, shown with a record, changed at an instant (A-KEY-001)."""

from __future__ import annotations

import base64
import uuid
from datetime import datetime, timedelta
from typing import Literal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.connecting import selectors
from galleria.connecting.services.guarding import seller_that_may
from galleria.delivering import services as delivering
from galleria.delivering.models import InterfaceKey, ProductInterface
from galleria.kit import locks
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, NotFound
from galleria.parties.models import Seller

MANAGE = "seller:key:manage"
FURTHEST = timedelta(days=365)
Form = Literal["plain", "base64"]


@transaction.atomic
def make_key(
    actor: Actor, *, kind: str, active_from: datetime | None = None, sure: bool = False, at: datetime
) -> InterfaceKey:
    """Make the key of an interface type, or the one that follows it from `active_from` on.

    A key of a type in use changes what is sent to servers: `sure` says that they know it. One key can wait.
    Raises Invalid, NotAllowed.
    """
    seller = _seller(actor)
    locks.hold(f"interface-keys:{seller.public_id}")
    if kind not in selectors.KEY_KINDS:
        raise Invalid(fields={"kind": _("Choose an interface type.")})
    begins = active_from or at
    if begins < at - timedelta(minutes=5) or begins > at + FURTHEST:
        raise Invalid(fields={"active_from": _("Choose a time from now to a year ahead.")})
    rows = InterfaceKey.objects.filter(seller=seller, kind=kind)
    if rows.filter(active_from__gt=at).exists():
        raise NotAllowed(_("A new key waits for its time already. Withdraw it before you make another."))
    if rows.exists() and not sure and products_with_key(seller, kind):
        raise Invalid(fields={"sure": _("Tick that your servers will know the new key at that time.")})
    row = delivering.set_interface_key(seller.pk, kind, str(uuid.uuid4()), active_from=max(begins, at), at=at)
    audit.record(
        actor, "interface_key.made", audit.Subject("delivering.interfacekey", str(row.pk), kind), at=at,
        after={"kind": kind, "active_from": row.active_from},
    )  # fmt: skip
    return row


@transaction.atomic
def withdraw_key(actor: Actor, *, key_pk: int, at: datetime) -> None:
    """Take back a key that is not active yet. Raises NotFound, NotAllowed."""
    row = _key(actor, key_pk)
    if row.active_from <= at:
        raise NotAllowed(_("This key is in use. Make a new one instead."))
    audit.record(
        actor, "interface_key.withdrawn", audit.Subject("delivering.interfacekey", str(row.pk), row.kind), at=at
    )
    row.delete()


@transaction.atomic
def reveal_key(actor: Actor, *, key_pk: int, form: Form = "plain", at: datetime) -> str:
    """The key's text, or the Base64 of it as another console shows it; whoever looks is recorded."""
    row = _key(actor, key_pk)
    audit.record(
        actor, "interface_key.shown", audit.Subject("delivering.interfacekey", str(row.pk), row.kind), at=at,
        after={"kind": row.kind, "form": form},
    )  # fmt: skip
    value = str(row.value)
    return base64.b64encode(value.encode()).decode("ascii") if form == "base64" else value


def products_with_key(seller: Seller, kind: str) -> list[tuple[str, str]]:
    """Ids and names of products on sale whose calls are signed with this type's key: a change concerns them."""
    rows = ProductInterface.objects.filter(address__seller=seller, address__key_kind=kind, product__state="on_sale")
    return list(rows.order_by("product__name").values_list("product__public_id", "product__name"))


def _seller(actor: Actor) -> Seller:
    return seller_that_may(actor, MANAGE)


def _key(actor: Actor, key_pk: int) -> InterfaceKey:
    row = InterfaceKey.objects.filter(seller=_seller(actor), pk=key_pk).first()
    if row is None:
        raise NotFound
    return row
