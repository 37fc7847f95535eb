"""The table of rights."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from galleria.kit.errors import PermissionMissing
from galleria.parties import permissions

SPEC_ROLES = {
    "BuyerAdmin", "BuyerPurchaser", "BuyerAcceptor", "BuyerFinance", "BuyerBillingOperator", "BuyerReadOnly",
}  # fmt: skip


@pytest.mark.req("B-PRM-T1", "B-PRM-003")
def test_a_reader_cannot_pay_and_is_told_the_missing_action(ada):
    reader = ada.colleague("Ben", "BuyerReadOnly")

    with pytest.raises(PermissionMissing) as refusal:
        reader.actor.require("billing:order:pay")

    assert refusal.value.status == 403
    assert refusal.value.action == "billing:order:pay"
    assert "billing:order:pay" in refusal.value.message


def test_every_role_names_only_known_actions_of_its_side():
    for role in permissions.ROLES.values():
        assert permissions.unknown_actions(role.actions) == []
        assert role.actions <= permissions.of_side(role.side), role.name
        assert role.actions, role.name


@pytest.mark.req("B-PRM-001")
def test_the_administrator_may_do_all_that_a_buyer_can():
    assert permissions.granted(["BuyerAdmin"]) == permissions.BUYER
    assert set(permissions.ROLES) >= SPEC_ROLES


def test_the_reader_sees_everything_but_credentials():
    reader = permissions.granted(["BuyerReadOnly"])

    assert "gallery:credential:view" not in reader
    assert {name for name in reader if permissions.ACTIONS[name].level == "write"} == set()
    assert "billing:balance:view" in reader


@pytest.mark.req("B-PRM-002")
def test_the_purchaser_orders_but_does_not_pay_and_finance_pays_but_does_not_order():
    purchaser, finance = permissions.granted(["BuyerPurchaser"]), permissions.granted(["BuyerFinance"])

    assert "gallery:order:create" in purchaser and "billing:order:pay" not in purchaser
    assert "billing:order:pay" in finance and "gallery:order:create" not in finance


def test_who_looks_at_bills_moves_no_money():
    viewer = permissions.granted(["BuyerBillingOperator"])

    assert "billing:bill:view" in viewer
    assert not viewer & {"billing:order:pay", "billing:balance:topup", "billing:balance:withdraw"}


def test_a_role_that_is_gone_grants_nothing(ada):
    ben = ada.colleague("Ben", "BuyerWizard")

    assert ben.actor.permissions == frozenset()


def test_rights_of_the_operator_never_come_from_another_kind_of_account(ada):
    ben = ada.colleague("Ben", "OperatorAdmin")

    assert ben.actor.permissions == frozenset()
    assert not ben.actor.is_operator


def test_the_owner_of_a_seller_has_the_sellers_rights_and_the_buyers(ada, bruno, rita):
    assert ada.actor.permissions == permissions.BUYER
    assert bruno.actor.permissions == permissions.BUYER | permissions.SELLER
    assert rita.actor.permissions == permissions.BUYER | permissions.RESELLER


def test_the_operator_has_the_operators_rights_only(olga):
    assert olga.actor.is_operator
    assert olga.actor.permissions == permissions.OPERATOR


@pytest.mark.req("B-PRM-T2")
def test_every_action_that_code_asks_for_is_in_the_table():
    root = Path(permissions.__file__).resolve().parents[1]
    pattern = re.compile(r"""(?:require|may)\(\s*["']([a-z]+:[A-Za-z]+:[A-Za-z]+)["']""")
    asked = {name for file in root.rglob("*.py") for name in pattern.findall(file.read_text("utf-8"))}

    assert permissions.unknown_actions(asked) == []
