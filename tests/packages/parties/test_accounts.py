"""Accounts: opening, completing, states."""

from __future__ import annotations

from datetime import timedelta

import pytest

from galleria.audit.models import AuditRecord
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.parties import selectors, services, states
from galleria.parties.models import Account, AgreementAcceptance, Membership, User
from tests.people import NOW


@pytest.fixture
def terms(db, at):
    return services.publish_version(
        key="REG_CUSTOMER",
        kind="registration",
        name="Customer agreement",
        issuer="Nordhaven Cloud",
        version="1.0",
        texts={"en": "Be kind."},
        effective_at=NOW - timedelta(days=30),
    )


def test_registering_makes_a_user_an_account_and_the_owners_membership(db, at):
    user, account = services.register_account(
        email="Eve@Example.com", name="Eve", kind="individual", country="SE", language="zh-hans", at=at
    )

    assert user.email == "eve@example.com"
    assert user.language == "zh-hans"
    assert (account.kind, account.name, account.country, account.currency) == ("individual", "Eve", "SE", "EUR")
    assert account.created_at == at
    assert Membership.objects.get(user=user, account=account).is_owner
    assert user.current_account == account
    assert AuditRecord.objects.get().sentence == "account.registered"


@pytest.mark.req("B-ACC-001")
def test_a_new_account_browses_but_cannot_order_until_its_information_is_complete(db, at):
    user, account = services.register_account(email="eve@example.com", name="Eve", country="SE", at=at)
    eve = selectors.actor_for(user, account)

    assert eve.may("gallery:product:view") and eve.may("gallery:favorite:manage")
    with pytest.raises(services.AccountIncomplete) as refusal:
        services.require_orderable(account)
    assert refusal.value.code == "ACCOUNT_INCOMPLETE"

    services.complete_information(eve, phone="+46 70 123 45 67", address="Storgatan 1, Stockholm", at=at)

    services.require_orderable(selectors.account_of(eve))


@pytest.mark.req("B-ACC-001")
def test_incomplete_information_is_refused_with_every_wrong_field_and_changes_nothing(db, at):
    user, account = services.register_account(email="eve@example.com", name="Eve", country="SE", at=at)

    with pytest.raises(Invalid) as refusal:
        services.complete_information(selectors.actor_for(user, account), phone="call me", address=" ", at=at)

    assert set(refusal.value.fields) == {"phone", "address"}
    account.refresh_from_db()
    assert not account.is_complete
    assert account.phone == ""


@pytest.mark.req("B-ACC-T1")
def test_no_service_changes_the_country(ada, at):
    services.change_account(
        ada.actor, account_name="Byron AB", phone="+46 8 123 456", address="Elsewhere 2, Berlin", at=at
    )
    ada.account.refresh_from_db()

    assert (ada.account.name, ada.account.country) == ("Byron AB", "SE")
    with pytest.raises(TypeError):
        services.change_account(ada.actor, country="DE", account_name="x", phone="1234567", address="abcdef", at=at)


def test_changing_legal_data_is_audited_with_before_and_after(ada, at):
    services.change_account(ada.actor, account_name="Byron AB", phone="+46 8 123 456", address="New 2, Lund", at=at)

    record = AuditRecord.objects.filter(sentence="account.changed").get()
    assert record.before["name"] == "Byron Analytics AB"
    assert record.after["name"] == "Byron AB"
    assert record.address == "192.0.2.7"


def test_a_purchaser_cannot_change_legal_data(ada, at):
    ben = ada.colleague("Ben", "BuyerPurchaser")

    with pytest.raises(PermissionMissing):
        services.change_account(ben.actor, account_name="Ben AB", phone="+46 8 123 456", address="Here 1, Lund", at=at)

    ada.account.refresh_from_db()
    assert ada.account.name == "Byron Analytics AB"


def test_an_address_in_use_is_refused_and_nothing_is_left_behind(ada, at):
    with pytest.raises(Invalid) as refusal:
        services.register_account(email="ADA.byron@example.com", name="Ada again", country="SE", at=at)

    assert "email" in refusal.value.fields
    assert Account.objects.count() == 1


@pytest.mark.parametrize("country", ["", "ZZ", "EU", "Sweden", "se"])
def test_a_country_that_is_none_is_refused(db, at, country):
    with pytest.raises(services.RegionClosed):
        services.register_account(email="eve@example.com", name="Eve", country=country, at=at)

    assert User.objects.count() == 0


@pytest.mark.parametrize("name", ["Eve\x00", "Eve\nEvil", "x" * 121])
def test_hostile_names_are_refused(db, at, name):
    with pytest.raises(Invalid):
        services.register_account(email="eve@example.com", name=name, country="SE", at=at)


@pytest.mark.req("B-TRM-005")
def test_registration_needs_the_agreements_in_force(terms, at):
    user = services.prepare_user(email="eve@example.com", name="Eve", at=at)

    with pytest.raises(services.AgreementNotAccepted) as refusal:
        services.open_account(user, kind="individual", account_name="Eve", country="SE", accepted={}, at=at)
    assert refusal.value.extra == {"missing": ["REG_CUSTOMER"]}
    assert User.objects.count() == 0

    account = services.open_account(
        user, kind="individual", account_name="Eve", country="SE", accepted={"REG_CUSTOMER": "1.0"}, at=at
    )
    acceptance = AgreementAcceptance.objects.get(account=account)
    assert (acceptance.version, acceptance.user, acceptance.accepted_at) == (terms, user, at)


# --- states ---------------------------------------------------------------------------------------------
def test_the_tables_of_states_have_no_dead_ends():
    assert states.ACCOUNT.problems() == []
    assert states.INVITATION.problems() == []
    assert set(states.ACCOUNT_WORDS) == set(states.ACCOUNT.states)


@pytest.mark.req("B-ACC-003")
def test_a_restricted_account_buys_nothing_new_but_lives_on_and_sees_the_reason(ada, olga, at):
    services.restrict_account(olga.actor, account_id=ada.account.public_id, reason="Bill 17 is overdue", at=at)
    account = selectors.account_of(ada.actor)

    services.require_normal(account)
    with pytest.raises(services.AccountRestricted, match="Bill 17 is overdue"):
        services.require_orderable(account)

    services.lift_account(olga.actor, account_id=account.public_id, at=at)
    services.require_orderable(selectors.account_of(ada.actor))


@pytest.mark.req("B-ACC-003")
def test_a_frozen_account_does_nothing_with_money_or_rights(ada, olga, at):
    services.freeze_account(olga.actor, account_id=ada.account.public_id, reason="Court order", at=at)

    with pytest.raises(services.AccountFrozen, match="Court order"):
        services.require_normal(selectors.account_of(ada.actor))


@pytest.mark.req("B-ACC-003")
def test_a_partner_pauses_its_customer(ada, at):
    ada.account.frozen_by_reseller = True

    with pytest.raises(services.FrozenByPartner) as refusal:
        services.require_orderable(ada.account)
    assert refusal.value.code == "FROZEN_BY_PARTNER"


@pytest.mark.req("B-ACC-003")
def test_a_closed_account_is_over(ada, olga, at):
    services.close_account(olga.actor, account_id=ada.account.public_id, reason="asked", at=at)

    with pytest.raises(services.AccountClosed):
        services.require_normal(selectors.account_of(ada.actor))
    with pytest.raises(NotAllowed):
        services.lift_account(olga.actor, account_id=ada.account.public_id, at=at)


def test_only_the_operator_moves_accounts(ada, xavier, at):
    with pytest.raises(PermissionMissing):
        services.freeze_account(xavier.actor, account_id=ada.account.public_id, reason="envy", at=at)

    assert selectors.account_of(ada.actor).state == "normal"


# --- operators, actors ----------------------------------------------------------------------------------
def test_the_first_operator_makes_the_operators_account_and_the_second_joins_it(olga, at):
    user, account = services.create_operator(email="otto@example.com", name="Otto", roles=["OperatorSupport"], at=at)
    otto = selectors.actor_for(user)

    assert account == olga.account
    assert otto.is_operator
    assert otto.may("operator:delivery:retry") and not otto.may("operator:order:refund")


def test_a_made_up_operator_role_is_refused(db, at):
    with pytest.raises(Invalid):
        services.create_operator(email="otto@example.com", name="Otto", roles=["BuyerAdmin"], at=at)

    assert User.objects.count() == 0


def test_the_actor_of_a_page_takes_two_queries(ada, rf, django_assert_num_queries):
    request = rf.get("/")
    request.user = User.objects.get(pk=ada.user.pk)

    with django_assert_num_queries(1):
        actor = selectors.actor_of_request(request)

    assert (actor.user_id, actor.account_id) == (ada.user.public_id, ada.account.public_id)
    assert actor.roles == frozenset({"Owner"})


def test_a_visitor_is_nobody_and_reads_nothing(rf, django_assert_num_queries, db):
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/")
    request.user = AnonymousUser()

    with django_assert_num_queries(0):
        actor = selectors.actor_of_request(request)

    assert not actor.is_signed_in
    with pytest.raises(NotFound):
        selectors.account_of(actor)


def test_a_stranger_cannot_act_for_an_account(ada, xavier):
    with pytest.raises(NotFound):
        selectors.actor_for(xavier.user, ada.account)
