"""Saved cases: which are needed, how they are kept, how they are repeated."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.connecting import rules, selectors, services
from galleria.connecting.models import DebugCase
from galleria.delivering.models import ProductionAddress, SellerCall
from tests.packages.connecting.conftest import Bench
from tests.people import NOW, make_seller

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.req("A-V2C-002", "A-DBG-001", "S-SAS-002")
@pytest.mark.parametrize(
    ("modes", "upgrade", "trial", "needed"),
    [
        (["one_time"], False, False, "newInstance queryInstance releaseInstance"),
        (["one_time"], True, False, "newInstance queryInstance releaseInstance"),
        (["period"], False, False, "newInstance queryInstance refreshInstance updateInstanceStatus releaseInstance"),
        (["usage"], True, False, "newInstance queryInstance refreshInstance updateInstanceStatus releaseInstance"),
        (["pay_per_use", "one_time"], False, True, "newInstance queryInstance refreshInstance updateInstanceStatus "
         "releaseInstance"),
        (["package"], False, False, "newInstance queryInstance refreshInstance updateInstanceStatus releaseInstance"),
        (
            ["one_time", "period"], True, False,
            "newInstance queryInstance refreshInstance updateInstanceStatus upgradeInstance changeInstanceCheck"
            " releaseInstance",
        ),
        (["one_time"], False, True, "newInstance queryInstance refreshInstance releaseInstance"),
        (["free"], False, False, "newInstance queryInstance releaseInstance"),
    ],
)  # fmt: skip
def test_charging_modes_say_which_activities_must_be_proven(
    modes: list[str], upgrade: bool, trial: bool, needed: str
) -> None:
    assert rules.needed_activities(modes, has_upgrade=upgrade, has_trial=trial) == needed.split()


@pytest.mark.req("A-DBG-001", "S-SAS-002", "S-SAS-003")
def test_what_has_no_saved_success_is_missing(bench: Bench, desk: Any, server: Any) -> None:
    address = bench.address.public_id
    assert selectors.missing_cases(desk, address, {"one_time"}, False) == [
        "newInstance", "queryInstance", "releaseInstance",
    ]  # fmt: skip

    bench.debug("newInstance")
    bench.debug("queryInstance", save=False)
    server.faults.add({"do": "code", "code": "000005", "times": 1})
    bench.debug("releaseInstance")

    assert selectors.missing_cases(desk, address, {"one_time"}, False) == ["queryInstance", "releaseInstance"]
    bench.debug("queryInstance")
    bench.debug("releaseInstance")
    assert selectors.missing_cases(desk, address, {"one_time"}, False) == []
    assert selectors.missing_cases(None, address, {"period"}, True) == [
        "refreshInstance", "updateInstanceStatus", "upgradeInstance", "changeInstanceCheck",
    ]  # fmt: skip


@pytest.mark.req("A-DBG-001", "A-ADR-001")
def test_an_address_that_is_lost_or_of_somebody_else_has_proven_nothing(bench: Bench, desk: Any) -> None:
    bench.save_all()
    address = bench.address.public_id
    other = make_seller("Sven")
    assert selectors.missing_cases(desk, address, {"period"}, True) == []

    ProductionAddress.objects.update(seller=other.seller)
    assert len(selectors.missing_cases(desk, address, {"period"}, True)) == 7
    ProductionAddress.objects.update(seller=bench.person.seller, state="lost")
    assert len(selectors.missing_cases(desk, address, {"period"}, True)) == 7


@pytest.mark.req("A-V2O-001", "A-V2C-002")
def test_a_seller_who_wants_order_notices_proves_them_too(bench: Bench, desk: Any) -> None:
    ProductionAddress.objects.update(wants_order_notices=True)
    assert "orderNotify" in selectors.missing_cases(desk, bench.address.public_id, {"one_time"}, False)
    bench.debug("orderNotify")
    assert "orderNotify" not in selectors.missing_cases(desk, bench.address.public_id, {"one_time"}, False)


@pytest.mark.req("A-DBG-001")
def test_a_case_is_kept_once_for_each_address_activity_and_variant(bench: Bench) -> None:
    bench.save_all()
    bench.debug("newInstance")
    assert bench.debug("refreshInstance", "TRIAL_TO_FORMAL").tried.problem == ""

    kept = [(case.activity, case.variant) for case in selectors.cases_of(bench.person.actor)]
    assert kept == [
        ("newInstance", ""), ("queryInstance", ""), ("refreshInstance", "RENEWAL"),
        ("refreshInstance", "TRIAL_TO_FORMAL"), ("updateInstanceStatus", "FREEZE"),
        ("updateInstanceStatus", "UNFREEZE"), ("upgradeInstance", ""), ("changeInstanceCheck", ""),
        ("releaseInstance", ""),
    ]  # fmt: skip
    case = DebugCase.objects.get(activity="updateInstanceStatus", variant="FREEZE")
    assert case.parameters == {"instanceId": bench.instance_id, "status": "FREEZE"}
    assert (case.passed, case.http_status, case.result_code, case.saved_by) == (True, 200, "000000", "Bruno Okafor")


@pytest.mark.req("A-DIA-004", "S-SAS-003", "A-DBG-001")
def test_a_repetition_is_a_new_request_with_the_same_orders_and_carries_the_test_flag(
    bench: Bench, server: Any
) -> None:
    bench.save_all()
    before = SellerCall.objects.count()

    results = services.replay_cases(bench.address.public_id, NOW + timedelta(hours=1))

    assert [(each.activity, each.passed, each.problem) for each in results] == [
        ("newInstance", True, ""), ("queryInstance", True, ""), ("refreshInstance", True, ""),
        ("updateInstanceStatus", True, ""), ("updateInstanceStatus", True, ""), ("upgradeInstance", True, ""),
        ("changeInstanceCheck", True, ""), ("releaseInstance", True, ""),
    ]  # fmt: skip
    first, again = server.store.calls()[0], server.store.calls()[before]
    assert '"activity":"newInstance"' in again["body"]
    assert '"testFlag":"1"' in again["body"]
    assert '"orderId":"CS1906666666ABCDE"' in again["body"]
    assert len({call["body"] for call in (first, again)}) == 2  # another businessId
    assert len({call["path"] for call in (first, again)}) == 2  # another nonce, timestamp and signature


@pytest.mark.req("A-DIA-004")
def test_a_repetition_says_what_fails_and_keeps_it_with_the_case(bench: Bench, server: Any) -> None:
    bench.save_all()
    server.faults.add({"do": "wrong_type", "activity": "refreshInstance", "times": 1})

    results = services.replay_cases(bench.address.public_id, NOW + timedelta(hours=1))

    assert [each.activity for each in results if not each.passed] == ["refreshInstance"]
    case = DebugCase.objects.get(activity="refreshInstance")
    assert (case.passed, case.problem) == (False, "resultCode must be a string, not 0")
    # Still proven: the case was saved when it succeeded.
    assert selectors.missing_cases(None, bench.address.public_id, {"period"}, True) == []


def test_an_instance_that_is_still_made_is_a_correct_answer(bench: Bench, server: Any) -> None:
    bench.debug("newInstance")
    bench.debug("queryInstance")
    server.faults.add({"do": "code", "code": "000004", "activity": "queryInstance", "times": 9})
    body = f'{{"resultCode":"000004","instanceId":"{bench.instance_id}"}}'
    server.faults.add({"do": "raw", "body": body, "activity": "newInstance", "times": 1})

    results = services.replay_cases(bench.address.public_id, NOW)

    assert [each.passed for each in results] == [True, True]


def test_without_cases_nothing_is_sent(bench: Bench, server: Any) -> None:
    assert services.replay_cases(bench.address.public_id, NOW) == []
    assert server.store.calls() == []


def test_a_silent_server_is_asked_twice_and_no_more(bench: Bench) -> None:
    bench.save_all()
    ProductionAddress.objects.update(url="http://127.0.0.1:9/saas")

    results = services.replay_cases(bench.address.public_id, NOW)

    assert [each.passed for each in results] == [False] * 8
    assert [each.problem.partition(":")[0] for each in results] == ["connect"] * 2 + ["not sent"] * 6


@pytest.mark.req("S-SUB-T2")
def test_a_colleague_sees_only_products_that_were_given(bench: Bench, bruno: Any, shop: Any, desk: Any) -> None:
    from galleria.delivering.models import ProductionAddress as Address
    from galleria.kit.errors import NotFound
    from galleria.selling.models import UserScope

    other = shop.product("Other", monthly="1.00")
    gro = bruno.colleague("Gro", "SellerAdmin")
    scope = UserScope.objects.create(user=gro.user, seller=bruno.seller)
    scope.grants.create(product_id=other.public_id)
    address = Address.objects.get()
    assert selectors.products_by_address(bruno.actor, [address]) == {address.pk: [desk]}
    assert selectors.products_by_address(gro.actor, [address]) == {address.pk: []}
    assert selectors.product_of(gro.actor, other.public_id) == other
    for act in (
        lambda: selectors.product_of(gro.actor, desk.public_id),
        lambda: services.bind_product(gro.actor, product_id=desk.public_id, address_id=address.public_id, at=NOW),
    ):
        with pytest.raises(NotFound):
            act()
