"""People of an account: invitations, roles, which account one acts for, one's own profile."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import outbox, secrets
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound, Refused, Text
from galleria.kit.ids import is_id, new_token
from galleria.parties import checks, events, permissions, ports, selectors, states
from galleria.parties.models import Account, Invitation, Membership, User

INVITATION_LASTS = timedelta(days=7)


class RoleUnknown(Refused):
    """A role that this kind of account does not have."""

    code = "ROLE_UNKNOWN"
    status = 422
    default_message = _("Choose at least one of the roles.")


class LastOwner(Refused):
    """The owner's rights cannot be taken away."""

    code = "LAST_OWNER"
    status = 409
    default_message = _("The owner of the account keeps all rights.")


class InvitationForSomeoneElse(Refused):
    """The signed-in person is not the one who was invited."""

    code = "INVITATION_FOR_SOMEONE_ELSE"
    status = 409
    default_message = _("This invitation was sent to another address. Sign in with that one.")


class EmailTaken(Refused):
    """Somebody has this e-mail; who holds the link may know, since the link was sent there."""

    code = "EMAIL_TAKEN"
    status = 409
    default_message = _("You have an account with this address already. Sign in and open the invitation again.")


# --- invitations ----------------------------------------------------------------------------------------
def invite_user(actor: Actor, *, email: str, roles: Iterable[str], at: datetime) -> tuple[Invitation, str]:
    """Invite a person into the actor's account. Returns the invitation and the token of its link, which is not
    kept; an older open invitation of the same address is withdrawn.

    Raises Invalid, RoleUnknown, PermissionMissing.
    """
    actor.require(_managing(actor))
    account = selectors.account_of(actor)
    address = checks.email(email)
    wanted = _roles(account, actor, roles)
    if Membership.objects.filter(account=account, user__email=address).exists():
        raise Invalid(fields={"email": _("This person is a user of the account already.")})
    token = new_token()
    with transaction.atomic():
        Invitation.objects.filter(account=account, email=address, state="open").update(state="withdrawn")
        invitation = Invitation.objects.create(
            account=account,
            email=address,
            roles=wanted,
            token_hash=selectors.digest(token),
            invited_by_id=actor.user_pk,
            created_at=at,
            expires_at=at + INVITATION_LASTS,
        )
        audit.record(actor, "user.invited", _subject(invitation), at=at, after={"email": address, "roles": wanted})
        outbox.publish(events.UserInvited(invitation.public_id, secrets.encrypt(token)))
    return invitation, token


@transaction.atomic
def withdraw_invitation(actor: Actor, *, invitation_id: str, at: datetime) -> Invitation:
    """The link stops working at once."""
    actor.require(_managing(actor))
    invitation = Invitation.objects.filter(account_id=selectors.account_pk_of(actor), public_id=invitation_id).first()
    if invitation is None:
        raise NotFound
    states.INVITATION.apply(invitation, "withdraw")
    audit.record(actor, "user.invitation_withdrawn", _subject(invitation), at=at, before={"email": invitation.email})
    return invitation


def accept_invitation(user: User, *, token: str, at: datetime, address: str = "") -> Membership:
    """A signed-in person accepts. Raises NotFound and InvitationForSomeoneElse."""
    invitation = selectors.invitation_of_token(token, at)
    if invitation.email != user.email:
        raise InvitationForSomeoneElse
    with transaction.atomic():
        return _join(user, invitation, at, address)


def join_with_invitation(user: User, *, token: str, at: datetime, address: str = "") -> Membership:
    """A new person accepts; `user` is prepared (`prepare_user`) with the address of the invitation and stored here.

    Raises NotFound, InvitationForSomeoneElse, EmailTaken.
    """
    invitation = selectors.invitation_of_token(token, at)
    if invitation.email != user.email:
        raise InvitationForSomeoneElse
    with transaction.atomic():
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError:
            raise EmailTaken from None
        return _join(user, invitation, at, address)


def _join(user: User, invitation: Invitation, at: datetime, address: str) -> Membership:
    states.INVITATION.apply(invitation, "accept")
    # Who may order up to an amount only invites nobody who may order more.
    inviter = Membership.objects.filter(user_id=invitation.invited_by_id or 0, account=invitation.account).first()
    membership, _made = Membership.objects.get_or_create(
        user=user,
        account=invitation.account,
        defaults={
            "roles": invitation.roles,
            "order_limit_minor": inviter.order_limit_minor if inviter is not None else None,
            "granted_by_id": invitation.invited_by_id,
            "granted_at": at,
        },
    )
    user.current_account = invitation.account
    user.save(update_fields=["current_account"])
    actor = selectors.actor_for(user, invitation.account, address=address)
    audit.record(actor, "user.joined", _subject(invitation), at=at, after={"roles": invitation.roles})
    return membership


def _subject(invitation: Invitation) -> audit.Subject:
    return audit.Subject("parties.invitation", invitation.public_id, invitation.email)


# --- roles ----------------------------------------------------------------------------------------------
@transaction.atomic
def change_roles(
    actor: Actor,
    *,
    user_id: str,
    roles: Iterable[str],
    order_limit_minor: int | None = None,
    at: datetime,
) -> Membership:
    """Give a user of the account exactly these roles, and a limit per order in the account's currency (B-PRM-001).

    Who has a limit gives no higher one, to nobody. Raises LastOwner, RoleUnknown, Invalid, NotFound.
    """
    actor.require(_managing(actor))
    membership = selectors.member_of(actor, user_id)
    if membership.is_owner:
        raise LastOwner
    if order_limit_minor is not None and not 0 < order_limit_minor <= 10**15:
        raise Invalid(fields={"order_limit": _("Give an amount above zero, or leave it empty.")})
    if order_limit_minor != membership.order_limit_minor:
        _check_limit(actor, order_limit_minor)
    wanted = _roles(membership.account, actor, roles, held=membership.roles)
    before = {"roles": membership.roles, "order_limit_minor": membership.order_limit_minor}
    after = {"roles": wanted, "order_limit_minor": order_limit_minor}
    if before == after:
        return membership
    membership.roles, membership.order_limit_minor = wanted, order_limit_minor
    membership.granted_by_id, membership.granted_at = actor.user_pk, at
    membership.save(update_fields=["roles", "order_limit_minor", "granted_by", "granted_at"])
    audit.record(actor, "user.roles_changed", membership.user, at=at, before=before, after=after)
    outbox.publish(
        events.RolesChanged(membership.account.public_id, membership.user.public_id, actor_name=actor.user_name)
    )
    return membership


def _check_limit(actor: Actor, wanted: int | None) -> None:
    own = None if actor.is_operator else selectors.order_limit_of(actor)
    if own is not None and (wanted is None or wanted > own):
        raise Invalid(fields={"order_limit": _("You have a limit yourself; give one that is not higher.")})


@transaction.atomic
def remove_user(actor: Actor, *, user_id: str, at: datetime) -> None:
    """Take a user out of the account; keys that the user made for it stop working."""
    actor.require(_managing(actor))
    membership = selectors.member_of(actor, user_id)
    if membership.is_owner:
        raise LastOwner
    user = membership.user
    user.api_keys.filter(account_id=selectors.account_pk_of(actor), revoked_at=None).update(revoked_at=at)
    user.access_keys.filter(account_id=selectors.account_pk_of(actor), revoked_at=None).update(revoked_at=at)
    User.objects.filter(pk=user.pk, current_account_id=selectors.account_pk_of(actor)).update(current_account=None)
    audit.record(actor, "user.removed", user, at=at, before={"roles": membership.roles})
    membership.delete()


def _managing(actor: Actor) -> str:
    return "operator:account:manage" if actor.is_operator else "iam:user:manage"


def _roles(account: Account, actor: Actor, roles: Iterable[str], held: Iterable[str] = ()) -> list[str]:
    """The roles as they are stored, if the actor may give those that are not `held` already."""
    known = permissions.roles_for(
        sells=selectors.is_seller(account), resells=selectors.is_reseller(account), operates=account.kind == "operator"
    )
    wanted = sorted(set(roles))
    if not wanted or not set(wanted) <= {role.name for role in known}:
        raise RoleUnknown(fields={"roles": _("Choose at least one of the roles.")})
    why_not: Text = ""
    if not permissions.granted(wanted) <= actor.permissions:
        why_not = _("You can give only rights that you have yourself.")
    if why_not := why_not or ports.why_not_give(actor, frozenset(wanted).difference(held)):
        raise RoleUnknown(why_not, fields={"roles": why_not})
    return wanted


# --- oneself --------------------------------------------------------------------------------------------
def switch_account(actor: Actor, *, account_id: str) -> Account:
    """Act for another of one's accounts from now on. Raises NotFound."""
    if not is_id(account_id, "acc"):
        raise NotFound
    membership = (
        Membership.objects.select_related("account")
        .filter(user_id=selectors.user_pk_of(actor), account__public_id=account_id)
        .first()
    )
    if membership is None:
        raise NotFound
    User.objects.filter(pk=membership.user_id).update(current_account=membership.account)
    return membership.account


def change_profile(
    actor: Actor,
    *,
    name: str,
    language: str,
    time_zone: str,
    theme: str = "system",
    density: str = "comfortable",
    phone: str = "",
    at: datetime,
) -> User:
    """One's own name and preferences (B-ACC-004)."""
    user = selectors.user_of(actor)
    values: dict[str, Any] = checks.together(
        ("name", lambda: checks.text("name", name, 120, required=True)),
        ("language", lambda: checks.language(language)),
        ("time_zone", lambda: checks.time_zone(time_zone)),
        ("phone", lambda: checks.phone(phone) if phone.strip() else ""),
        ("theme", lambda: checks.one_of("theme", theme, ("system", "light", "dark"))),
        ("density", lambda: checks.one_of("density", density, ("comfortable", "compact"))),
    )
    before = {field: getattr(user, field) for field in values}
    changed = {field: value for field, value in values.items() if before[field] != value}
    if changed:
        with transaction.atomic():
            User.objects.filter(pk=user.pk).update(**changed)
            audit.record(
                actor, "user.changed", user, at=at, before={field: before[field] for field in changed}, after=changed
            )
        user.refresh_from_db()
    return user


def change_preferences(actor: Actor, *, language: str = "", theme: str = "", density: str = "") -> None:
    """Keep the wishes of the page's switches with the user; not audited, since nothing depends on them."""
    given = {"language": language, "theme": theme, "density": density}
    if wishes := {name: value for name, value in given.items() if value}:
        User.objects.filter(pk=selectors.user_pk_of(actor)).update(**wishes)


def record_sign_in(user: User, *, address: str, at: datetime) -> None:
    """Note a sign-in in the audit record of the account that the user acts for."""
    actor = selectors.actor_for(user, address=address)
    audit.record(actor, "user.signed_in", user, at=at)


def request_deletion(actor: Actor, *, at: datetime) -> None:
    """Note the wish to have one's personal data deleted; the operator decides what the law makes it keep."""
    audit.record(actor, "user.deletion_requested", selectors.user_of(actor), at=at)


def record_security_change(user: User, *, sentence: str, address: str, at: datetime) -> None:
    """Note a new password or second step in the audit record of the account that the user acts for."""
    audit.record(selectors.actor_for(user, address=address), sentence, user, at=at)


def record_export(actor: Actor, *, at: datetime) -> None:
    """Note that a person fetched their own data."""
    audit.record(actor, "user.data_exported", selectors.user_of(actor), at=at)
