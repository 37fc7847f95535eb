"""Interface keys: one for each type, shown with a record, changed at an instant."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from typing import Any

import pytest

from galleria.audit.models import AuditRecord
from galleria.connecting import selectors, services
from galleria.delivering import services as delivering
from galleria.delivering.models import InterfaceKey
from galleria.kit import clock
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.parties.models import Membership
from tests.people import NOW, make_seller
from tests.shop import KEY

pytestmark = pytest.mark.django_db(transaction=True)
UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@pytest.mark.req("A-KEY-001")
def test_a_key_is_a_random_uuid_of_its_type_and_encrypted_at_rest(bruno: Any) -> None:
    rows = [services.make_key(bruno.actor, kind=kind, at=NOW) for kind in selectors.KEY_KINDS]
    values = {str(row.value) for row in rows}
    assert len(values) == 4  # never shared between types
    assert all(re.fullmatch(UUID4, value) for value in values)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM delivering_interfacekey")
        assert not values & {stored for (stored,) in cursor.fetchall()}
    assert "value" not in {
        field for kind in selectors.keys_of(bruno.actor, NOW) if kind.current for field in vars(kind.current)
    }


@pytest.mark.req("A-KEY-001")
def test_looking_at_a_key_is_recorded_and_the_base64_form_is_marked(bruno: Any, desk: Any) -> None:
    row = InterfaceKey.objects.get()
    assert services.reveal_key(bruno.actor, key_pk=row.pk, at=NOW) == KEY
    shown = services.reveal_key(bruno.actor, key_pk=row.pk, form="base64", at=NOW)
    assert shown == "M2YwYzlhNTItN2QxNC00YjZlLTljMzgtNTFlMmE3ZDBiODQ2"
    assert base64.b64decode(shown).decode() == KEY
    records = AuditRecord.objects.filter(sentence="interface_key.shown").order_by("id")
    assert [(record.actor_name, record.after["form"]) for record in records] == [
        ("Bruno Okafor", "plain"), ("Bruno Okafor", "base64"),
    ]  # fmt: skip
    assert KEY not in str([record.after for record in records])


@pytest.mark.req("A-KEY-001")
def test_a_key_is_for_the_main_account_or_a_granted_sub_user(bruno: Any, desk: Any) -> None:
    row = InterfaceKey.objects.get()
    granted = bruno.colleague("Gro", "SellerAdmin")
    assert services.reveal_key(granted.actor, key_pk=row.pk, at=NOW) == KEY
    reader = bruno.colleague("Ben", "BuyerReadOnly")
    with pytest.raises(PermissionMissing):
        services.reveal_key(reader.actor, key_pk=row.pk, at=NOW)
    Membership.objects.filter(user=granted.user).update(roles=[])
    with pytest.raises(PermissionMissing):
        services.reveal_key(granted.actor, key_pk=row.pk, at=NOW)
    with pytest.raises(NotFound):
        services.reveal_key(make_seller("Sven").actor, key_pk=row.pk, at=NOW)


@pytest.mark.req("A-KEY-001", "A-ADR-001")
def test_a_new_key_for_products_on_sale_needs_a_yes_and_is_used_from_its_instant(
    bruno: Any, shop: Any, ada: Any, desk: Any, server: Any
) -> None:
    assert [name for _id, name in services.products_with_key(bruno.seller, "base")] == ["Plainsong Helpdesk"]
    with pytest.raises(Invalid) as refused:
        services.make_key(bruno.actor, kind="base", active_from=NOW + timedelta(hours=2), at=NOW)
    assert set(refused.value.fields) == {"sure"}

    row = services.make_key(bruno.actor, kind="base", active_from=NOW + timedelta(hours=2), sure=True, at=NOW)

    base = selectors.keys_of(bruno.actor, NOW)[0]
    assert (base.kind, base.following) == ("base", row)
    pk = bruno.seller.pk
    assert delivering.interface_key(pk, "base", NOW) == KEY
    assert delivering.interface_key(pk, "base", NOW + timedelta(hours=2)) == str(row.value)
    with pytest.raises(NotAllowed):
        services.make_key(bruno.actor, kind="base", sure=True, at=NOW)


@pytest.mark.req("A-KEY-001")
def test_inbound_signatures_accept_both_keys_for_a_day(bruno: Any, desk: Any) -> None:
    row = services.make_key(bruno.actor, kind="base", active_from=NOW + timedelta(hours=2), sure=True, at=NOW)
    pk, switch = bruno.seller.pk, NOW + timedelta(hours=2)
    assert delivering.accepted_keys(pk, "base", NOW) == [KEY]
    assert delivering.accepted_keys(pk, "base", switch) == [str(row.value), KEY]
    assert delivering.accepted_keys(pk, "base", switch + timedelta(hours=23, minutes=59)) == [str(row.value), KEY]
    assert delivering.accepted_keys(pk, "base", switch + timedelta(hours=24)) == [str(row.value)]


def test_a_key_that_waits_can_be_withdrawn_and_one_in_use_cannot(bruno: Any, desk: Any) -> None:
    row = services.make_key(bruno.actor, kind="base", active_from=NOW + timedelta(hours=2), sure=True, at=NOW)
    clock.advance(timedelta(hours=3))
    with pytest.raises(NotAllowed):
        services.withdraw_key(bruno.actor, key_pk=row.pk, at=clock.now())
    services.withdraw_key(bruno.actor, key_pk=row.pk, at=NOW)
    assert InterfaceKey.objects.count() == 1


@pytest.mark.parametrize("hours", [-1, 24 * 366])
def test_a_key_begins_between_now_and_a_year(bruno: Any, hours: int) -> None:
    with pytest.raises(Invalid):
        services.make_key(bruno.actor, kind="base", active_from=NOW + timedelta(hours=hours), at=NOW)
    with pytest.raises(Invalid):
        services.make_key(bruno.actor, kind="coffee", at=NOW)
