"""Keys of programs: bearer keys for the API and AK/SK pairs for the interfaces that sellers' servers call.

A secret is shown once. Bearer keys are kept as a hash; the secret of a pair is needed for checking signatures
and is kept encrypted.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.parties import checks, permissions, selectors
from galleria.parties.models import AccessKey, ApiKey

USE_IS_NOTED_EVERY = timedelta(minutes=5)
_TOKEN = re.compile(r"^gak_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}$", re.ASCII)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
MOST_KEYS = 50


class KeyNotValid(Refused):
    """The key is unknown, revoked or expired; which of these is not said."""

    code = "KEY_NOT_VALID"
    status = 401
    default_message = _("This key is not valid.")


def create_api_key(
    actor: Actor,
    *,
    name: str,
    scopes: Iterable[str] = (),
    expires_at: datetime | None = None,
    at: datetime,
) -> tuple[ApiKey, str]:
    """A key that acts for the actor's user in this account. Returns it with its text, shown only now.

    Without scopes the key may do what the user may do, now and later. Raises Invalid for scopes that the actor
    does not have, and PermissionMissing.
    """
    actor.require(_managing(actor))
    label = checks.text("name", name, 80, required=True)
    wanted = sorted(set(scopes))
    if permissions.unknown_actions(wanted) or not set(wanted) <= actor.permissions:
        raise Invalid(fields={"scopes": _("A key can have only rights that you have yourself.")})
    if expires_at is not None and expires_at <= at:
        raise Invalid(fields={"expires_at": _("Choose a day in the future.")})
    _keep_few(ApiKey.objects.filter(account_id=selectors.account_pk_of(actor), revoked_at=None).count())
    prefix = "gak_" + "".join(secrets.choice(_LETTERS) for _ in range(8))
    token = f"{prefix}_{secrets.token_urlsafe(32)}"
    with transaction.atomic():
        key = ApiKey.objects.create(
            account_id=selectors.account_pk_of(actor),
            user_id=selectors.user_pk_of(actor),
            name=label,
            prefix=prefix,
            secret_hash=selectors.digest(token),
            scopes=wanted,
            created_at=at,
            expires_at=expires_at,
        )
        after = {"name": label, "prefix": prefix, "scopes": wanted}
        audit.record(actor, "key.created", _subject(key), at=at, after=after)
    return key, token


def authenticate_api_key(token: str, *, at: datetime, request_id: str = "", address: str = "") -> Actor:
    """The actor of a bearer key. The comparison is one of hashes in an index, so time tells nothing of the key.

    Raises KeyNotValid. One query; the time of use is written at most every five minutes.
    """
    if not _TOKEN.match(token):
        raise KeyNotValid
    key = selectors.holder_of_api_key(token)
    if key is None or not secrets.compare_digest(key.secret_hash, selectors.digest(token)):
        raise KeyNotValid
    if (
        not key.holder.user_is_active
        or key.revoked_at is not None
        or (key.expires_at is not None and key.expires_at <= at)
    ):
        raise KeyNotValid
    if key.last_used_at is None or key.last_used_at <= at - USE_IS_NOTED_EVERY:
        ApiKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return selectors.actor_of_key(key, request_id=request_id, address=address)


@transaction.atomic
def revoke_api_key(actor: Actor, *, key_id: str, at: datetime) -> ApiKey:
    """The key stops working at once. Revoking twice changes nothing."""
    actor.require(_managing(actor))
    key = ApiKey.objects.filter(account_id=selectors.account_pk_of(actor), public_id=key_id).first()
    if key is None:
        raise NotFound
    if ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
        key.revoked_at = at
        audit.record(actor, "key.revoked", _subject(key), at=at, before={"name": key.name, "prefix": key.prefix})
    return key


def create_access_key(actor: Actor, *, name: str, at: datetime) -> tuple[AccessKey, str]:
    """An AK/SK pair. Returns it with its secret, shown only now."""
    actor.require(_managing(actor))
    label = checks.text("name", name, 80, required=True)
    _keep_few(AccessKey.objects.filter(account_id=selectors.account_pk_of(actor), revoked_at=None).count())
    secret = "".join(secrets.choice(_LETTERS + "abcdefghijkmnopqrstuvwxyz") for _ in range(40))
    with transaction.atomic():
        key = AccessKey.objects.create(
            access_key="".join(secrets.choice(_LETTERS) for _ in range(20)),
            secret_key=secret,
            account_id=selectors.account_pk_of(actor),
            user_id=selectors.user_pk_of(actor),
            name=label,
            created_at=at,
        )
        audit.record(actor, "key.created", _pair(key), at=at, after={"name": label, "access_key": key.access_key})
    return key, secret


def authenticate_access_key(access_key: str, *, proves: Callable[[str], bool], at: datetime) -> selectors.PairHolder:
    """The pair of a signed call with whom it acts for: `selectors.actor_of_key` makes the actor of it.

    `proves` tells whether a secret made the call's signature; only then the use is noted, at most every five
    minutes. Raises KeyNotValid when the pair is unknown, revoked, its user is locked or no longer in the account, or
    the secret is not right: which of these is not said. One query.
    """
    key = selectors.holder_of_access_key(access_key)
    if key is None or key.revoked_at is not None or not key.holder.user_is_active or not proves(key.secret_key):
        raise KeyNotValid
    if key.last_used_at is None or key.last_used_at <= at - USE_IS_NOTED_EVERY:
        AccessKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return key


@transaction.atomic
def revoke_access_key(actor: Actor, *, access_key: str, at: datetime) -> AccessKey:
    """The pair stops working at once."""
    actor.require(_managing(actor))
    key = AccessKey.objects.filter(account_id=selectors.account_pk_of(actor), access_key=access_key).first()
    if key is None:
        raise NotFound
    if AccessKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
        key.revoked_at = at
        audit.record(actor, "key.revoked", _pair(key), at=at, before={"name": key.name, "access_key": key.access_key})
    return key


def _managing(actor: Actor) -> str:
    return "operator:account:manage" if actor.is_operator else "iam:key:manage"


def _keep_few(count: int) -> None:
    if count >= MOST_KEYS:
        raise Invalid(_("Revoke a key first: an account has at most %(count)s.") % {"count": MOST_KEYS})


def _subject(key: ApiKey) -> audit.Subject:
    return audit.Subject("parties.apikey", key.public_id, key.name)


def _pair(key: AccessKey) -> audit.Subject:
    return audit.Subject("parties.accesskey", key.access_key, key.name)
