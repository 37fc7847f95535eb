"""What pages, endpoints and services read about people, accounts, keys and agreements.

Everything that belongs to an account is asked with an actor first; a stranger and a missing row get the
same `NotFound`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress
from django.db.models import F, Prefetch, Q, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest
from modeltranslation.utils import build_localized_fieldname, get_language

from galleria.kit import clock
from galleria.kit.actor import Actor, Channel
from galleria.kit.errors import NotFound
from galleria.kit.prepared import Prepared
from galleria.parties import permissions
from galleria.parties.models import (
    AccessKey,
    Account,
    Agreement,
    AgreementAcceptance,
    AgreementVersion,
    ApiKey,
    Invitation,
    Membership,
    Reseller,
    Seller,
    User,
)

_WITH_PROFILES = ("account", "account__seller", "account__reseller_profile")
_MEMBERSHIPS = Prepared(
    lambda p: Membership.objects.select_related(*_WITH_PROFILES).filter(user_id=p("user")).order_by("-is_owner", "id")
)
_ACCOUNT = Prepared(lambda p: Account.objects.select_related("reseller").filter(pk=p("pk")))
_ACCOUNT_BY_ID = Prepared(lambda p: Account.objects.select_related("reseller").filter(public_id=p("public_id")))
_TWO_VERSIONS = Prepared(
    lambda p: (
        AgreementVersion.objects.select_related("agreement")
        .defer("texts", "change_note")
        .filter(Q(agreement__key=p("first")) | Q(agreement__key=p("second")), effective_at__lte=p("at"))
        .order_by("effective_at", "id")
    )
)
_ORDER_LIMIT: Prepared[int | None] = Prepared(
    lambda p: Membership.objects.filter(user_id=p("user"), account_id=p("account")).values_list(
        "order_limit_minor", flat=True
    )
)


# --- who asks -------------------------------------------------------------------------------------------
def actor_of_request(request: HttpRequest) -> Actor:
    """The actor of a page: the signed-in user in the account that is chosen; a visitor otherwise.

    Reads the user (if the session names one) and the memberships: two queries at most.
    """
    request_id = str(getattr(request, "request_id", ""))
    address = str(request.META.get("REMOTE_ADDR", ""))
    user = getattr(request, "user", None)
    if not isinstance(user, User) and not getattr(user, "is_authenticated", False):
        return Actor(channel="web", request_id=request_id, address=address)
    memberships = _MEMBERSHIPS.all(user=user.pk)  # type: ignore[union-attr]
    membership = next((m for m in memberships if m.account_id == user.current_account_id), None)  # type: ignore[union-attr]
    if membership is None and memberships:
        membership = memberships[0]
    actor = _actor(user, membership, "web", request_id=request_id, address=address)  # type: ignore[arg-type]
    return _looking(actor, request.session.get(VIEWING)) if actor.is_operator else actor


VIEWING = "viewing"
"""Where the session keeps which account an operator looks at (`services.begin_viewing`)."""


def _looking(actor: Actor, entry: dict[str, str] | None) -> Actor:
    """The operator, or, while they look at an account as its people see it, whom they are there: somebody who may
    read what its owner may read, passwords excepted, and change nothing (screen O4)."""
    if entry is None or clock.now() >= (until := datetime.fromisoformat(entry["until"])):
        return actor
    account = Account.objects.select_related("seller", "reseller_profile").filter(public_id=entry["account"]).first()
    if account is None or not actor.may("operator:account:manage"):
        return actor
    most = permissions.of_owner(sells=is_seller(account), resells=is_reseller(account))
    return replace(
        actor, account_id=account.public_id, account_pk=account.pk, roles=frozenset(), country=account.country,
        permissions=permissions.readable(most), is_operator=False, viewing_until=until,
    )  # fmt: skip


def actor_for(
    user: User, account: Account | None = None, channel: Channel = "web", *, request_id: str = "", address: str = ""
) -> Actor:
    """The actor that a user is in one of the accounts (the current or first one if none is named).

    Raises NotFound when the user does not belong to the account.
    """
    rows = user.memberships.select_related(*_WITH_PROFILES).order_by("-is_owner", "id")
    membership: Membership | None
    if account is not None:
        membership = rows.filter(account=account).first()
        if membership is None:
            raise NotFound
    else:
        found = list(rows)
        current = [row for row in found if row.account_id == user.current_account_id]
        membership = next(iter(current or found), None)
    return _actor(user, membership, channel, request_id=request_id, address=address)


def permissions_of(membership: Membership) -> frozenset[str]:
    """The actions that a membership permits; expects the account with its profiles to be loaded."""
    account = membership.account
    return _permissions(
        is_owner=membership.is_owner,
        roles=membership.roles,
        sells=is_seller(account),
        resells=is_reseller(account),
        operates=account.kind == "operator",
    )


def _permissions(*, is_owner: bool, roles: Iterable[str], sells: bool, resells: bool, operates: bool) -> frozenset[str]:
    most = permissions.of_owner(sells=sells, resells=resells, operates=operates)
    return most if is_owner else permissions.granted(roles) & most


def is_seller(account: Account) -> bool:
    """Whether the account has a seller profile."""
    try:
        return account.seller is not None
    except Seller.DoesNotExist:
        return False


def is_reseller(account: Account) -> bool:
    """Whether the account has a reseller profile."""
    try:
        return account.reseller_profile is not None
    except Reseller.DoesNotExist:
        return False


def _actor(user: User, membership: Membership | None, channel: Channel, *, request_id: str, address: str) -> Actor:
    if membership is None:
        return Actor(
            user_id=user.public_id, user_pk=user.pk, user_name=str(user), channel=channel, request_id=request_id,
            address=address,
        )  # fmt: skip
    return Actor(
        user_id=user.public_id,
        user_pk=user.pk,
        user_name=str(user),
        account_id=membership.account.public_id,
        account_pk=membership.account_id,
        roles=frozenset(["Owner"] if membership.is_owner else membership.roles),
        permissions=permissions_of(membership),
        is_operator=membership.account.kind == "operator",
        country=membership.account.country,
        channel=channel,
        request_id=request_id,
        address=address,
    )


class Holder(NamedTuple):
    """Whom a key acts for: its user, and that user's place in the key's account."""

    user_pk: int
    user_id: str
    user_name: str
    user_email: str
    user_is_active: bool
    account_pk: int
    account_id: str
    account_kind: str
    seller_pk: int | None
    seller_state: str | None
    reseller_pk: int | None
    is_owner: bool
    roles: list[str]


_OF_HOLDER = (
    "user_id", "user__public_id", "user__name", "user__email", "user__is_active", "account_id", "account__public_id",
    "account__kind", "account__seller__pk", "account__seller__state", "account__reseller_profile__pk",
    "user__memberships__is_owner", "user__memberships__roles",
)  # fmt: skip


class KeyHolder(NamedTuple):
    """A bearer key with whom it acts for; one narrow row, since every request of a program reads it."""

    pk: int
    secret_hash: str
    scopes: list[str]
    revoked_at: datetime | None
    expires_at: datetime | None
    last_used_at: datetime | None
    holder: Holder


class PairHolder(NamedTuple):
    """An AK/SK pair with whom it acts for; likewise."""

    pk: int
    access_key: str
    secret_key: str
    revoked_at: datetime | None
    last_used_at: datetime | None
    holder: Holder


_KEY: Prepared[tuple[Any, ...]] = Prepared(
    lambda p: ApiKey.objects.filter(
        secret_hash=p("secret_hash"), user__memberships__account_id=F("account_id")
    ).values_list("pk", "secret_hash", "scopes", "revoked_at", "expires_at", "last_used_at", *_OF_HOLDER)
)
_PAIR: Prepared[tuple[Any, ...]] = Prepared(
    lambda p: AccessKey.objects.filter(
        access_key=p("access_key"), user__memberships__account_id=F("account_id")
    ).values_list("pk", "access_key", "secret_key", "revoked_at", "last_used_at", *_OF_HOLDER)
)


def holder_of_api_key(token: str) -> KeyHolder | None:
    """The key of this text with its user's place in the account; None when either does not exist (any more)."""
    row = _KEY.one(secret_hash=digest(token))
    return None if row is None else KeyHolder._make((*row[:6], Holder._make(row[6:])))


def holder_of_access_key(access_key: str) -> PairHolder | None:
    """The pair of this public half, likewise."""
    row = _PAIR.one(access_key=access_key[:40])
    return None if row is None else PairHolder._make((*row[:5], Holder._make(row[5:])))


def actor_of_key(key: KeyHolder | PairHolder, *, request_id: str = "", address: str = "") -> Actor:
    """The actor that a key is: its user's rights in the account, cut down to the key's scopes if it has some."""
    holder = key.holder
    scopes = key.scopes if isinstance(key, KeyHolder) else ()
    may = _permissions(
        is_owner=holder.is_owner,
        roles=holder.roles,
        sells=holder.seller_pk is not None,
        resells=holder.reseller_pk is not None,
        operates=holder.account_kind == "operator",
    )
    return Actor(
        user_id=holder.user_id,
        user_pk=holder.user_pk,
        user_name=holder.user_name or holder.user_email,
        account_id=holder.account_id,
        account_pk=holder.account_pk,
        roles=frozenset(["Owner"] if holder.is_owner else holder.roles),
        permissions=may & frozenset(scopes) if scopes else may,
        is_operator=holder.account_kind == "operator",
        channel="api",
        request_id=request_id,
        address=address,
    )


# --- accounts and users ---------------------------------------------------------------------------------
def account_pk_of(actor: Actor) -> int:
    """The row number of the actor's account. Raises NotFound for a visitor."""
    if actor.account_pk is None:
        raise NotFound
    return actor.account_pk


def user_pk_of(actor: Actor) -> int:
    """The row number of the actor's login. Raises NotFound for a visitor and for the system."""
    if actor.user_pk is None:
        raise NotFound
    return actor.user_pk


def account_of(actor: Actor) -> Account:
    """The account that the actor acts for. Raises NotFound for a visitor."""
    account = _ACCOUNT.one(pk=account_pk_of(actor))
    if account is None:
        raise NotFound
    return account


def account_by_id(account_id: str) -> Account:
    """For packages above, which hold public ids. Raises NotFound."""
    account = _ACCOUNT_BY_ID.one(public_id=account_id)
    if account is None:
        raise NotFound
    return account


def user_of(actor: Actor) -> User:
    """The login of the actor. Raises NotFound for a visitor and for the system."""
    user = User.objects.filter(pk=actor.user_pk).first() if actor.user_pk else None
    if user is None:
        raise NotFound
    return user


def order_limit_of(actor: Actor) -> int | None:
    """How much the actor may order alone, in minor units; None without a limit (B-PRM-001)."""
    return _ORDER_LIMIT.one(user=actor.user_pk or 0, account=actor.account_pk or 0)


def memberships_of(actor: Actor) -> list[Membership]:
    """The accounts that the actor's user may switch to, own ones first."""
    if actor.user_pk is None:
        return []
    return list(
        Membership.objects.select_related(*_WITH_PROFILES).filter(user_id=actor.user_pk).order_by("-is_owner", "id")
    )


def members_of(actor: Actor) -> list[Membership]:
    """The users of the actor's account with who gave them their roles."""
    actor.require("operator:account:manage" if actor.is_operator else "iam:account:view")
    return list(
        Membership.objects.select_related("user", "granted_by")
        .filter(account_id=account_pk_of(actor))
        .order_by("-is_owner", "granted_at", "id")
    )


def member_of(actor: Actor, user_id: str) -> Membership:
    """One user of the actor's account. Raises NotFound."""
    membership = (
        Membership.objects.select_related("user", *_WITH_PROFILES)
        .filter(account_id=account_pk_of(actor), user__public_id=user_id)
        .first()
    )
    if membership is None:
        raise NotFound
    return membership


def roles_in_words(user_pk: int, account_pk: int) -> str:
    """A user's roles in an account, in the active language; empty when there are none."""
    membership = Membership.objects.filter(user_id=user_pk, account_id=account_pk).first()
    names = membership.roles if membership else []
    return ", ".join(str(permissions.ROLES[name].label) for name in names if name in permissions.ROLES)


def users_with(account_pk: int, *actions: str) -> list[User]:
    """The active users of an account who may do one of the actions; the owner is always among them."""
    rows = _MEMBERS.all(account=account_pk)
    return [row.user for row in rows if not permissions_of(row).isdisjoint(actions)]


_MEMBERS = Prepared(
    lambda p: (
        Membership.objects.select_related("user", *_WITH_PROFILES)
        .filter(account_id=p("account"), user__is_active=True)
        .order_by("-is_owner", "id")
    )
)


def owners_of(account_pk: int) -> list[User]:
    """The owner's logins of an account, for messages."""
    return [
        row.user
        for row in Membership.objects.select_related("user").filter(
            account_id=account_pk, is_owner=True, user__is_active=True
        )
    ]


def operators_with(action: str) -> list[User]:
    """The active operators who may do the action, for messages."""
    account_pk = _OPERATOR.one()
    return users_with(account_pk, action) if account_pk is not None else []


_OPERATOR: Prepared[int] = Prepared(
    lambda _p: Account.objects.filter(kind="operator").order_by("id").values_list("pk", flat=True)[:1]
)


def with_confirmed_email(user_pks: Iterable[int]) -> set[int]:
    """Those of the users whose address is confirmed: only they get mail (B-MSG-T1)."""
    return set(_CONFIRMED.all(users=list(user_pks)))


_CONFIRMED: Prepared[int] = Prepared(
    lambda p: EmailAddress.objects.filter(
        user_id__in=p.among("users", int), email=F("user__email"), verified=True
    ).values_list("user_id", flat=True)
)


def users_named(actor: Actor, text: str, *, limit: int = 50) -> list[str]:
    """For the operator: public ids of the users whose name, e-mail or id has the text."""
    actor.require("operator:audit:view")
    rows = User.objects.filter(Q(name__icontains=text) | Q(email__icontains=text) | Q(public_id=text))
    return list(rows.order_by("id").values_list("public_id", flat=True)[:limit])


def user_by_id(user_id: str) -> User | None:
    """A login by public id, for packages above."""
    return User.objects.filter(public_id=user_id).first()


def accounts(actor: Actor, *, text: str = "", limit: int = 50) -> list[Account]:
    """For the operator: accounts whose name, e-mail or id contains the text, newest first."""
    actor.require("operator:account:manage")
    rows = Account.objects.exclude(kind="operator").order_by("-created_at", "-id")
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(email__icontains=text) | Q(public_id=text))
    return list(rows[:limit])


def account_for_operator(actor: Actor, account_id: str) -> Account:
    """Any account, for the operator. Raises NotFound."""
    actor.require("operator:account:manage")
    return account_by_id(account_id)


# --- sellers and resellers ------------------------------------------------------------------------------
def seller_of(actor: Actor) -> Seller:
    """The seller profile of the actor's account. Raises NotFound when it is not a seller."""
    seller = Seller.objects.select_related("account").filter(account_id=account_pk_of(actor)).first()
    if seller is None:
        raise NotFound
    return seller


def seller_by_slug(slug: str) -> Seller:
    """An active seller by the name in its address. Raises NotFound."""
    seller = Seller.objects.filter(slug=slug, state="active").first()
    if seller is None:
        raise NotFound
    return seller


# --- invitations and keys -------------------------------------------------------------------------------
def digest(token: str) -> str:
    """How tokens and keys are kept: they are random, so a plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def invitations_of(actor: Actor, at: datetime) -> list[Invitation]:
    """Open invitations into the actor's account."""
    actor.require("iam:account:view")
    return list(
        Invitation.objects.select_related("invited_by")
        .filter(account_id=account_pk_of(actor), state="open", expires_at__gt=at)
        .order_by("-created_at", "-id")
    )


def invitation_of_token(token: str, at: datetime) -> Invitation:
    """The open invitation of a link. Raises NotFound when it was used, withdrawn, has expired or never was."""
    invitation = (
        Invitation.objects.select_related("account", "invited_by")
        .filter(token_hash=digest(token), state="open", expires_at__gt=at)
        .first()
    )
    if invitation is None:
        raise NotFound
    return invitation


def open_invitation(invitation_id: str, at: datetime) -> Invitation | None:
    """An invitation that can still be accepted, for the mail."""
    return (
        Invitation.objects.select_related("account", "invited_by")
        .filter(public_id=invitation_id, state="open", expires_at__gt=at)
        .first()
    )


def api_keys_of(actor: Actor) -> list[ApiKey]:
    """The keys of the actor's account, with the owner's name; revoked ones last."""
    actor.require("iam:account:view")
    return list(
        ApiKey.objects.select_related("user")
        .filter(account_id=account_pk_of(actor))
        .order_by("revoked_at", "-created_at", "-id")[:200]
    )


def access_keys_of(actor: Actor) -> list[AccessKey]:
    """The AK/SK pairs of the actor's account, without reading the secrets."""
    actor.require("iam:account:view")
    return list(
        AccessKey.objects.select_related("user")
        .filter(account_id=account_pk_of(actor))
        .defer("secret_key")
        .order_by("revoked_at", "-created_at", "-id")[:200]
    )


# --- agreements -----------------------------------------------------------------------------------------
def current_version(key: str, at: datetime) -> AgreementVersion | None:
    """The version of an agreement that is in force, with the agreement loaded; None if there is none yet."""
    return (
        AgreementVersion.objects.select_related("agreement")
        .filter(agreement__key=key, effective_at__lte=at)
        .order_by("-effective_at", "-id")
        .first()
    )


def current_versions(keys: Iterable[str], at: datetime) -> dict[str, AgreementVersion]:
    """The versions in force of several agreements, by key, in one query."""
    rows = (
        AgreementVersion.objects.select_related("agreement")
        .filter(agreement__key__in=list(keys), effective_at__lte=at)
        .order_by("effective_at", "id")
    )
    return {row.agreement.key: row for row in rows}


def versions_to_accept(keys: Iterable[str], at: datetime) -> dict[str, AgreementVersion]:
    """Like `current_versions`; the texts are only read when they are asked for. Every order asks this."""
    wanted = list(keys)
    if len(wanted) != 2:  # one of the platform, one of the product
        return current_versions(wanted, at)
    return {row.agreement.key: row for row in _TWO_VERSIONS.all(first=wanted[0], second=wanted[1], at=at)}


class AgreementHead(NamedTuple):
    """An agreement in force, without its text."""

    key: str
    name: str
    issuer: str
    version: str
    effective_at: datetime


@cache
def _heads(said: str) -> Prepared[tuple[Any, ...]]:
    return Prepared(
        lambda p: (
            AgreementVersion.objects.filter(agreement__key__in=p.among("keys", str), effective_at__lte=p("at"))
            .annotate(said=Coalesce(NullIf(said, Value("")), "agreement__name"))
            .order_by("effective_at", "id")
            .values_list("agreement__key", "said", "agreement__issuer", "version", "effective_at")
        )
    )


def agreement_heads(keys: Iterable[str], at: datetime) -> list[AgreementHead]:
    """Like `current_versions` without the texts, for lists of links, in the order of the keys; one query."""
    wanted = list(keys)
    # Across a relation the translated column is not chosen by itself.
    heads = _heads(build_localized_fieldname("agreement__name", get_language()))
    found = {row[0]: AgreementHead._make(row) for row in heads.all(keys=wanted, at=at)}
    return [found[key] for key in wanted if key in found]


def versions_of(key: str, at: datetime) -> list[AgreementVersion]:
    """The history of an agreement, newest first; future versions are not shown. Raises NotFound."""
    rows = list(
        AgreementVersion.objects.select_related("agreement")
        .filter(agreement__key=key, effective_at__lte=at)
        .order_by("-effective_at", "-id")
    )
    if not rows:
        raise NotFound
    return rows


def version_of(key: str, version: str) -> AgreementVersion:
    """One version, also a superseded one (orders keep theirs). Raises NotFound."""
    row = AgreementVersion.objects.select_related("agreement").filter(agreement__key=key, version=version).first()
    if row is None:
        raise NotFound
    return row


def platform_agreements(at: datetime) -> list[Agreement]:
    """The agreements of the platform and of registration, for the legal pages."""
    return list(
        Agreement.objects.filter(kind__in=["platform", "registration"])
        .prefetch_related(
            Prefetch("versions", AgreementVersion.objects.filter(effective_at__lte=at).order_by("-effective_at"))
        )
        .order_by("kind", "name")
    )


def registration_agreements(at: datetime) -> list[AgreementVersion]:
    """What everybody accepts at registration, in the versions in force."""
    keys = Agreement.objects.filter(kind="registration").order_by("id").values_list("key", flat=True)
    versions = current_versions(keys, at)
    return [versions[key] for key in keys if key in versions]


def acceptances_of(actor: Actor, limit: int = 500) -> list[AgreementAcceptance]:
    """*My Agreements*: what the account accepted, newest first (B-TRM-004)."""
    actor.require("gallery:agreement:view")
    return list(
        AgreementAcceptance.objects.select_related("version__agreement", "user")
        .filter(account_id=account_pk_of(actor))
        .order_by("-accepted_at", "-id")[:limit]
    )


def acceptances_by(actor: Actor) -> list[AgreementAcceptance]:
    """What the person accepted, for whichever account; for the export of one's own data."""
    return list(
        AgreementAcceptance.objects.select_related("version__agreement")
        .filter(user_id=user_pk_of(actor))
        .order_by("-accepted_at", "-id")
    )


def accepted_versions(account_pk: int, version_pks: Sequence[int]) -> set[int]:
    """Which of the versions the account has accepted already (B-TRM-005)."""
    return set(
        AgreementAcceptance.objects.filter(account_id=account_pk, version_id__in=version_pks).values_list(
            "version_id", flat=True
        )
    )
