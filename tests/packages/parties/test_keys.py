"""API keys and AK/SK pairs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

from galleria.kit.errors import Invalid, NotFound, PermissionMissing
from galleria.parties import selectors, services
from galleria.parties.models import AccessKey, ApiKey


def test_a_key_acts_for_its_user_with_the_users_rights(ada, at):
    key, token = services.create_api_key(ada.actor, name="nightly", at=at)

    actor = services.authenticate_api_key(token, at=at, address="203.0.113.9")

    assert (actor.user_id, actor.account_id) == (ada.user.public_id, ada.account.public_id)
    assert actor.permissions == ada.actor.permissions
    assert (actor.channel, actor.address) == ("api", "203.0.113.9")
    assert token.startswith(key.prefix)


def test_only_a_hash_of_the_key_is_kept(ada, at):
    _, token = services.create_api_key(ada.actor, name="nightly", at=at)

    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM parties_apikey")
        assert token not in str(cursor.fetchall())


def test_scopes_narrow_a_key_and_never_widen_it(ada, at):
    _, token = services.create_api_key(ada.actor, name="reports", scopes=["billing:order:view"], at=at)
    ben = ada.colleague("Ben", "BuyerReadOnly")
    manager = ben.actor.having("iam:key:manage")

    assert services.authenticate_api_key(token, at=at).permissions == frozenset({"billing:order:view"})
    with pytest.raises(Invalid):
        services.create_api_key(manager, name="more", scopes=["billing:order:pay"], at=at)
    with pytest.raises(Invalid):
        services.create_api_key(ada.actor, name="odd", scopes=["billing:everything:do"], at=at)
    assert ApiKey.objects.count() == 1


def test_a_key_loses_what_its_user_loses(ada, at):
    ben = ada.colleague("Ben", "BuyerAdmin")
    token = ben.api_key("billing:order:pay", "billing:order:view")

    services.change_roles(ada.actor, user_id=ben.user.public_id, roles=["BuyerReadOnly"], at=at)

    assert services.authenticate_api_key(token, at=at).permissions == frozenset({"billing:order:view"})


def test_revoked_expired_and_made_up_keys_get_the_same_answer(ada, at):
    key, token = services.create_api_key(ada.actor, name="a", expires_at=at + timedelta(days=1), at=at)
    answers = []
    for text, when in [(token, at + timedelta(days=1)), (token[:-1] + "x", at), ("", at), ("gak_x" * 100, at)]:
        with pytest.raises(services.KeyNotValid) as refusal:
            services.authenticate_api_key(text, at=when)
        answers.append((refusal.value.message, refusal.value.status))
    services.revoke_api_key(ada.actor, key_id=key.public_id, at=at)
    with pytest.raises(services.KeyNotValid) as refusal:
        services.authenticate_api_key(token, at=at)
    answers.append((refusal.value.message, refusal.value.status))

    assert set(answers) == {("This key is not valid.", 401)}


def test_the_key_of_a_locked_user_is_not_valid(ada, at):
    token = ada.api_key()
    ada.user.is_active = False
    ada.user.save()

    with pytest.raises(services.KeyNotValid):
        services.authenticate_api_key(token, at=at)


def test_the_time_of_use_is_written_at_most_every_five_minutes(ada, at, django_assert_num_queries):
    token = ada.api_key()

    with django_assert_num_queries(2):
        services.authenticate_api_key(token, at=at)
    with django_assert_num_queries(1):
        services.authenticate_api_key(token, at=at + timedelta(minutes=4))
    with django_assert_num_queries(2):
        services.authenticate_api_key(token, at=at + timedelta(minutes=5))

    assert ApiKey.objects.get().last_used_at == at + timedelta(minutes=5)


def test_a_stranger_cannot_revoke_and_a_reader_cannot_make_keys(ada, xavier, at):
    key, token = services.create_api_key(ada.actor, name="a", at=at)

    with pytest.raises(NotFound):
        services.revoke_api_key(xavier.actor, key_id=key.public_id, at=at)
    with pytest.raises(PermissionMissing):
        services.create_api_key(ada.colleague("Ben", "BuyerReadOnly").actor, name="b", at=at)
    assert services.authenticate_api_key(token, at=at).account_id == ada.account.public_id


def test_a_pair_is_kept_encrypted_and_found_by_its_public_half(ada, at):
    pair, secret = services.create_access_key(ada.actor, name="server", at=at)

    found = services.authenticate_access_key(pair.access_key, proves=lambda known: known == secret, at=at)

    assert found.secret_key == secret
    assert found.holder.account_id == ada.account.public_id
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM parties_accesskey")
        assert secret not in str(cursor.fetchall())


def test_a_revoked_pair_and_an_unknown_one_are_not_valid(ada, xavier, at):
    pair, _ = services.create_access_key(ada.actor, name="server", at=at)
    with pytest.raises(NotFound):
        services.revoke_access_key(xavier.actor, access_key=pair.access_key, at=at)

    services.revoke_access_key(ada.actor, access_key=pair.access_key, at=at)

    for key in (pair.access_key, "NOBODY", ""):
        with pytest.raises(services.KeyNotValid):
            services.authenticate_access_key(key, proves=lambda _secret: True, at=at)


def test_a_pair_is_used_only_by_who_proves_its_secret_and_noted_every_five_minutes(ada, at, django_assert_num_queries):
    pair, secret = services.create_access_key(ada.actor, name="server", at=at)

    with pytest.raises(services.KeyNotValid):
        services.authenticate_access_key(pair.access_key, proves=lambda known: known == "guess", at=at)
    pair.refresh_from_db()
    assert pair.last_used_at is None
    for minutes, queries in ((0, 2), (4, 1), (5, 2)):
        with django_assert_num_queries(queries):
            services.authenticate_access_key(
                pair.access_key, proves=lambda known: known == secret, at=at + timedelta(minutes=minutes)
            )

    pair.refresh_from_db()
    assert pair.last_used_at == at + timedelta(minutes=5)


def test_the_pair_of_a_locked_user_is_not_valid(ada, at):
    pair, _ = services.create_access_key(ada.actor, name="server", at=at)
    ada.user.is_active = False
    ada.user.save()

    with pytest.raises(services.KeyNotValid):
        services.authenticate_access_key(pair.access_key, proves=lambda _secret: True, at=at)


def test_the_pair_of_a_user_who_is_not_in_the_account_any_more_is_not_valid(ada, at):
    ben = ada.colleague("Ben", "BuyerAdmin")
    pair, _ = services.create_access_key(ben.actor, name="server", at=at)
    ben.user.memberships.all().delete()

    with pytest.raises(services.KeyNotValid):
        services.authenticate_access_key(pair.access_key, proves=lambda _secret: True, at=at)


def test_lists_of_keys_do_not_read_secrets(ada, at, django_assert_num_queries):
    services.create_access_key(ada.actor, name="server", at=at)
    actor = ada.actor

    with django_assert_num_queries(1):
        keys = selectors.access_keys_of(actor)
        assert keys[0].user.name == "Ada Byron"
    assert "secret_key" in keys[0].get_deferred_fields()


def test_an_account_keeps_at_most_fifty_keys(ada, at):
    AccessKey.objects.bulk_create(
        AccessKey(access_key=f"K{i}", secret_key="s", account=ada.account, user=ada.user, name="x", created_at=at)
        for i in range(50)
    )

    with pytest.raises(Invalid):
        services.create_access_key(ada.actor, name="one more", at=at)
