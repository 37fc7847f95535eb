"""Invitations, roles, switching accounts, one's own profile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.parties import selectors, services
from galleria.parties.models import Invitation, Membership
from tests.people import make_user


def test_an_invited_person_joins_with_the_given_roles(ada, at):
    invitation, token = services.invite_user(ada.actor, email="Ben@example.com", roles=["BuyerFinance"], at=at)
    ben = services.prepare_user(email="ben@example.com", name="Ben", at=at)

    services.join_with_invitation(ben, token=token, at=at)

    actor = selectors.actor_for(ben)
    assert actor.account_id == ada.account.public_id
    assert actor.may("billing:order:pay") and not actor.may("gallery:order:create")
    membership = Membership.objects.get(user=ben)
    assert membership.granted_by == ada.user
    invitation.refresh_from_db()
    assert invitation.state == "accepted"
    assert token not in invitation.token_hash


def test_a_known_person_joins_a_second_account_and_switches_between_both(ada, xavier, at):
    _, token = services.invite_user(ada.actor, email=xavier.user.email, roles=["BuyerReadOnly"], at=at)

    services.accept_invitation(xavier.user, token=token, at=at)
    assert selectors.actor_for(xavier.user).account_id == ada.account.public_id

    services.switch_account(selectors.actor_for(xavier.user), account_id=xavier.account.public_id)
    xavier.user.refresh_from_db()
    assert selectors.actor_for(xavier.user).account_id == xavier.account.public_id
    assert [m.account.name for m in selectors.memberships_of(xavier.actor)] == ["Xavier Roche", "Byron Analytics AB"]


def test_an_invitation_works_once_and_for_a_week_and_until_withdrawn(ada, xavier, at):
    invitation, token = services.invite_user(ada.actor, email=xavier.user.email, roles=["BuyerReadOnly"], at=at)

    with pytest.raises(NotFound):
        services.accept_invitation(xavier.user, token=token, at=at + timedelta(days=7))
    services.withdraw_invitation(ada.actor, invitation_id=invitation.public_id, at=at)
    with pytest.raises(NotFound):
        services.accept_invitation(xavier.user, token=token, at=at)
    with pytest.raises(NotAllowed):
        services.withdraw_invitation(ada.actor, invitation_id=invitation.public_id, at=at)
    assert not Membership.objects.filter(user=xavier.user, account=ada.account).exists()


def test_inviting_again_replaces_the_open_invitation(ada, at):
    _, first = services.invite_user(ada.actor, email="ben@example.com", roles=["BuyerFinance"], at=at)
    services.invite_user(ada.actor, email="ben@example.com", roles=["BuyerReadOnly"], at=at)

    with pytest.raises(NotFound):
        selectors.invitation_of_token(first, at)
    assert [i.roles for i in selectors.invitations_of(ada.actor, at)] == [["BuyerReadOnly"]]


def test_an_invitation_is_for_the_address_it_was_sent_to(ada, xavier, at):
    _, token = services.invite_user(ada.actor, email="ben@example.com", roles=["BuyerFinance"], at=at)

    with pytest.raises(services.InvitationForSomeoneElse):
        services.accept_invitation(xavier.user, token=token, at=at)


def test_a_person_with_a_login_is_asked_to_sign_in_instead_of_registering_again(ada, xavier, at):
    _, token = services.invite_user(ada.actor, email=xavier.user.email, roles=["BuyerFinance"], at=at)
    again = services.prepare_user(email=xavier.user.email, name="Xavier", at=at)

    with pytest.raises(services.EmailTaken):
        services.join_with_invitation(again, token=token, at=at)
    assert Invitation.objects.get().state == "open"


@pytest.mark.parametrize("roles", [[], ["BuyerWizard"], ["OperatorAdmin"], ["SellerAdmin"]])
def test_roles_that_the_account_cannot_give_are_refused(ada, at, roles):
    with pytest.raises(services.RoleUnknown):
        services.invite_user(ada.actor, email="ben@example.com", roles=roles, at=at)

    assert Invitation.objects.count() == 0


def test_a_seller_can_give_the_sellers_role(bruno, at):
    services.invite_user(bruno.actor, email="ben@example.com", roles=["SellerAdmin"], at=at)

    assert Invitation.objects.get().roles == ["SellerAdmin"]


def test_nobody_gives_more_rights_than_they_have(ada, at):
    ben = ada.colleague("Ben", "BuyerFinance")
    eve = ada.colleague("Eve", "BuyerReadOnly")
    manager = ben.actor.having("iam:user:manage", "iam:account:view")

    with pytest.raises(services.RoleUnknown):
        services.change_roles(manager, user_id=eve.user.public_id, roles=["BuyerAdmin"], at=at)
    assert Membership.objects.get(user=eve.user).roles == ["BuyerReadOnly"]


@pytest.mark.req("B-PRM-001", "B-PRM-004")
def test_changing_roles_and_the_limit_per_order_is_audited(ada, at):
    from galleria.audit.models import AuditRecord

    ben = ada.colleague("Ben", "BuyerPurchaser")

    services.change_roles(
        ada.actor, user_id=ben.user.public_id, roles=["BuyerPurchaser", "BuyerFinance"], order_limit_minor=50000, at=at
    )

    membership = Membership.objects.get(user=ben.user)
    assert membership.roles == ["BuyerFinance", "BuyerPurchaser"]
    assert membership.order_limit_minor == 50000
    record = AuditRecord.objects.get(sentence="user.roles_changed")
    assert record.before == {"roles": ["BuyerPurchaser"], "order_limit_minor": None}
    assert record.after == {"roles": ["BuyerFinance", "BuyerPurchaser"], "order_limit_minor": 50000}
    assert (record.actor_name, record.address) == ("Ada Byron", "192.0.2.7")


@pytest.mark.req("B-PRM-001")
@pytest.mark.parametrize("wanted", [50_001, None], ids=["a higher one", "none"])
@pytest.mark.parametrize("of", ["a colleague", "oneself"])
def test_who_has_a_limit_gives_nobody_a_higher_one(ada, at, wanted, of):
    ben = ada.colleague("Ben", "BuyerAdmin")
    eve = ada.colleague("Eve", "BuyerPurchaser")
    Membership.objects.filter(user__in=(ben.user, eve.user)).update(order_limit_minor=50_000)
    whom, role = (eve, "BuyerPurchaser") if of == "a colleague" else (ben, "BuyerAdmin")

    with pytest.raises(Invalid) as refused:
        services.change_roles(
            ben.actor, user_id=whom.user.public_id, roles=[role], order_limit_minor=wanted, at=at
        )  # fmt: skip

    assert set(refused.value.fields) == {"order_limit"}
    assert Membership.objects.get(user=whom.user).order_limit_minor == 50_000
    services.change_roles(
        ben.actor, user_id=eve.user.public_id, roles=["BuyerReadOnly"], order_limit_minor=50_000, at=at
    )
    assert Membership.objects.get(user=eve.user).roles == ["BuyerReadOnly"]


@pytest.mark.req("B-PRM-001")
def test_who_is_invited_by_somebody_with_a_limit_has_it_too(ada, at):
    ben = ada.colleague("Ben", "BuyerAdmin")
    Membership.objects.filter(user=ben.user).update(order_limit_minor=50_000)
    user = make_user("Second")
    _invitation, token = services.invite_user(ben.actor, email=user.email, roles=["BuyerPurchaser"], at=at)

    services.accept_invitation(user, token=token, at=at)

    assert Membership.objects.get(user=user).order_limit_minor == 50_000


def test_the_owner_keeps_all_rights(ada, at):
    ben = ada.colleague("Ben", "BuyerAdmin")

    with pytest.raises(services.LastOwner):
        services.change_roles(ben.actor, user_id=ada.user.public_id, roles=["BuyerReadOnly"], at=at)
    with pytest.raises(services.LastOwner):
        services.remove_user(ben.actor, user_id=ada.user.public_id, at=at)
    assert Membership.objects.get(user=ada.user).is_owner


def test_a_removed_user_has_no_rights_and_no_keys_left(ada, at):
    ben = ada.colleague("Ben", "BuyerAdmin")
    token = ben.api_key()

    services.remove_user(ada.actor, user_id=ben.user.public_id, at=at)

    with pytest.raises(services.KeyNotValid):
        services.authenticate_api_key(token, at=at)
    ben.user.refresh_from_db()
    assert selectors.actor_for(ben.user).account_id is None


def test_a_reader_invites_nobody(ada, at):
    ben = ada.colleague("Ben", "BuyerReadOnly")

    with pytest.raises(PermissionMissing):
        services.invite_user(ben.actor, email="eve@example.com", roles=["BuyerReadOnly"], at=at)


def test_a_stranger_finds_neither_users_nor_invitations(ada, xavier, at):
    invitation, _ = services.invite_user(ada.actor, email="ben@example.com", roles=["BuyerFinance"], at=at)

    with pytest.raises(NotFound):
        services.withdraw_invitation(xavier.actor, invitation_id=invitation.public_id, at=at)
    with pytest.raises(NotFound):
        services.change_roles(xavier.actor, user_id=ada.user.public_id, roles=["BuyerAdmin"], at=at)
    with pytest.raises(NotFound):
        services.switch_account(xavier.actor, account_id=ada.account.public_id)
    assert selectors.invitations_of(xavier.actor, at) == []
    assert [m.user for m in selectors.members_of(xavier.actor)] == [xavier.user]


@pytest.mark.req("B-ACC-004")
def test_a_profile_keeps_name_language_zone_and_looks(ada, at):
    user = services.change_profile(
        ada.actor, name="Ada Lovelace", language="zh-hans", time_zone="Europe/Stockholm", theme="dark",
        density="compact", at=at,
    )  # fmt: skip

    assert (user.name, user.language, user.time_zone) == ("Ada Lovelace", "zh-hans", "Europe/Stockholm")
    assert (user.theme, user.density) == ("dark", "compact")


@pytest.mark.parametrize(
    ("field", "value"),
    [("time_zone", "Mars/Olympus"), ("time_zone", "../../etc/passwd"), ("name", ""), ("theme", "pink"), ("phone", "x")],
)
def test_a_wrong_preference_is_refused_beside_its_field(ada, at, field, value):
    values = {"name": "Ada", "language": "en", "time_zone": "UTC", field: value}

    with pytest.raises(Invalid) as refusal:
        services.change_profile(ada.actor, at=at, **values)

    assert list(refusal.value.fields) == [field]
    ada.user.refresh_from_db()
    assert ada.user.name == "Ada Byron"


def test_who_may_do_something_can_be_told(ada):
    ben = ada.colleague("Ben", "BuyerFinance")
    ada.colleague("Eve", "BuyerPurchaser")

    assert selectors.users_with(ada.account.pk, "billing:order:pay") == [ada.user, ben.user]


def test_a_user_without_any_account_is_signed_in_but_owns_nothing(db, at):
    actor = selectors.actor_for(make_user("Nora"))

    assert actor.is_signed_in
    assert actor.permissions == frozenset()
