"""Opening, completing and changing accounts; what an account in its state may do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import Invalid, Refused
from galleria.parties import checks, countries, permissions, selectors, states
from galleria.parties.models import Account, AgreementVersion, Membership, User
from galleria.parties.services import agreements

Kind = Literal["individual", "enterprise"]


class RegionClosed(Refused):
    """The country is not known or not open for new accounts."""

    code = "REGION_CLOSED"
    status = 422


class AccountIncomplete(Refused):
    """B-ACC-001: browsing and saving work, ordering waits for the account's data."""

    code = "ACCOUNT_INCOMPLETE"
    status = 409
    default_message = _("Complete your account's information first; then you can order.")


class AccountRestricted(Refused):
    """Nothing new can be bought; what runs goes on."""

    code = "ACCOUNT_RESTRICTED"
    status = 409


class AccountFrozen(Refused):
    """No transaction and no unsubscription."""

    code = "ACCOUNT_FROZEN"
    status = 409


class AccountClosed(Refused):
    """The account is over."""

    code = "ACCOUNT_CLOSED"
    status = 409
    default_message = _("This account is closed.")


class FrozenByPartner(Refused):
    """The reseller has frozen its customer."""

    code = "FROZEN_BY_PARTNER"
    status = 409
    default_message = _("Your partner has paused this account. Ask your partner to continue.")


# --- opening --------------------------------------------------------------------------------------------
def prepare_user(
    *, email: str, name: str = "", password: str | None = None, language: str = "en", at: datetime
) -> User:
    """A user that is not stored yet; the password is hashed here, outside any transaction, because that is slow."""
    user = User(
        email=checks.email(email),
        name=checks.text("name", name, 120),
        language=checks.language(language),
        created_at=at,
    )
    user.set_password(password)
    return user


def register_account(
    *,
    email: str,
    name: str,
    kind: Kind = "individual",
    account_name: str = "",
    country: str,
    password: str | None = None,
    language: str = "en",
    currency: str = "",
    at: datetime,
) -> tuple[User, Account]:
    """A new login with its own account, of which it is the owner.

    Raises Invalid for wrong input (also when the e-mail is in use: pages that face strangers answer the same
    for both, see `adapters.allauth`) and RegionClosed.
    """
    user = prepare_user(email=email, name=name, password=password, language=language, at=at)
    account = open_account(
        user, kind=kind, account_name=account_name or name or user.email, country=country, currency=currency, at=at
    )
    return user, account


def open_account(
    user: User,
    *,
    kind: str,
    account_name: str,
    country: str,
    currency: str = "",
    accepted: Mapping[str, str] | None = None,
    address: str = "",
    at: datetime,
) -> Account:
    """Store a prepared (or known) user together with a new account of its own. The country is final (B-ACC-T1).

    `accepted` says which version of which registration agreement was ticked; all in force must be among them.
    None is for accounts that others set up (demo, command line); they accept at their first order.
    """
    if kind not in {"individual", "enterprise"}:
        raise Invalid(fields={"kind": _("Choose a person or a company.")})
    if country not in countries.open_for_registration():
        raise RegionClosed(_("Accounts cannot be opened in this country."), fields={"country": _("Choose a country.")})
    name = checks.text("account_name", account_name, 200, required=True)
    versions: list[AgreementVersion] = []
    if accepted is not None:
        keys = [version.agreement.key for version in selectors.registration_agreements(at)]
        versions = agreements.require_acceptance(keys, accepted, at)
    with transaction.atomic():
        _store(user)
        account = Account.objects.create(
            kind=kind,
            name=name,
            country=country,
            email=user.email,
            currency=currency or settings.GALLERIA.currency,
            created_at=at,
        )
        Membership.objects.create(user=user, account=account, is_owner=True, roles=[], granted_at=at)
        user.current_account = account
        user.save(update_fields=["current_account"])
        actor = selectors.actor_for(user, account, address=address)
        audit.record(actor, "account.registered", account, at=at, after={"kind": kind, "country": country})
        agreements.accept_agreements(actor, versions=versions, at=at)
    return account


def create_operator(
    *, email: str, name: str, password: str | None = None, roles: list[str] | None = None, at: datetime
) -> tuple[User, Account]:
    """A user of the operator's account, which is made at the first call. Without roles: the administrator.

    A known user joins; its password changes only when one is given. Used by the command line.
    """
    wanted = roles or ["OperatorAdmin"]
    known = [role.name for role in permissions.roles_for(operates=True)]
    if unknown := sorted(set(wanted) - set(known)):
        raise Invalid(_("There is no operator role %(names)s.") % {"names": ", ".join(unknown)})
    user = User.objects.filter(email=checks.email(email)).first()
    if user is None:
        user = prepare_user(email=email, name=name, password=password, at=at)
    elif password:
        user.set_password(password)
    with transaction.atomic():
        account = Account.objects.filter(kind="operator").order_by("id").first()
        if account is None:
            account = Account.objects.create(
                kind="operator",
                name=settings.GALLERIA.operator_name,
                country=settings.GALLERIA.default_region,
                currency=settings.GALLERIA.currency,
                is_complete=True,
                created_at=at,
            )
        user.current_account = account
        _store(user)
        Membership.objects.update_or_create(
            user=user, account=account, defaults={"roles": wanted}, create_defaults={"roles": wanted, "granted_at": at}
        )
        audit.record(SYSTEM, "operator.created", user, at=at, after={"roles": wanted})
    return user, account


def _store(user: User) -> None:
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError:
        raise Invalid(fields={"email": _("This e-mail address is in use.")}) from None


# --- data -----------------------------------------------------------------------------------------------
def complete_information(
    actor: Actor,
    *,
    phone: str,
    address: str,
    account_name: str = "",
    tax_id: str = "",
    at: datetime,
) -> Account:
    """Step 6 of the registration: after it the account may order (B-ACC-001).

    A company also gives its registered name; the tax number can follow until the first invoice.
    """
    actor.require("iam:account:manage")
    account = selectors.account_of(actor)
    values = _account_values(account, account_name or account.name, phone, address, tax_id)
    first = not account.is_complete
    _update(account, {**values, "is_complete": True}, actor, "account.completed" if first else "account.changed", at)
    return account


def change_account(
    actor: Actor, *, account_name: str, email: str = "", phone: str, address: str, tax_id: str = "", at: datetime
) -> Account:
    """Change the legal data. The country is not among them (B-ACC-T1)."""
    actor.require("iam:account:manage")
    account = selectors.account_of(actor)
    values = _account_values(account, account_name, phone, address, tax_id)
    if email:
        values["email"] = checks.email(email)
    _update(account, values, actor, "account.changed", at)
    return account


def _account_values(account: Account, name: str, phone: str, address: str, tax_id: str) -> dict[str, Any]:
    values = checks.together(
        ("name", lambda: checks.text("account_name", name, 200, required=True)),
        ("phone", lambda: checks.phone(phone)),
        ("address", lambda: checks.text("address", address, 1000, required=True, lines=True)),
        ("tax_id", lambda: checks.text("tax_id", tax_id, 40)),
    )
    return values if account.kind == "enterprise" else {**values, "tax_id": ""}


def _update(account: Account, values: dict[str, Any], actor: Actor, sentence: str, at: datetime) -> None:
    before = {name: getattr(account, name) for name in values}
    changed = {name: value for name, value in values.items() if before[name] != value}
    if not changed:
        return
    with transaction.atomic():
        Account.objects.filter(pk=account.pk).update(**changed)
        audit.record(
            actor, sentence, account, at=at, before={name: before[name] for name in changed}, after=dict(changed)
        )
    for name, value in changed.items():
        setattr(account, name, value)


# --- states ---------------------------------------------------------------------------------------------
def require_normal(account: Account) -> None:
    """Refuses unless the account may move money and rights at all."""
    reason = account.state_reason
    if account.state == "closed":
        raise AccountClosed
    if account.state == "frozen":
        raise AccountFrozen(_("This account is frozen: %(reason)s") % {"reason": reason or _("ask support")})
    if account.frozen_by_reseller:
        raise FrozenByPartner


def require_orderable(account: Account) -> None:
    """Refuses unless the account may buy something new: complete, normal, not paused by its partner."""
    require_normal(account)
    if account.state == "restricted":
        raise AccountRestricted(
            _("This account cannot buy anything new: %(reason)s") % {"reason": account.state_reason or _("ask support")}
        )
    if not account.is_complete:
        raise AccountIncomplete


def restrict_account(actor: Actor, *, account_id: str, reason: str, at: datetime) -> Account:
    """No new purchase until lifted; the reason is shown to the account."""
    return _move(actor, account_id, "restrict", sentence="account.restricted", reason=reason, at=at)


def freeze_account(actor: Actor, *, account_id: str, reason: str, at: datetime) -> Account:
    """No transaction and no unsubscription until lifted."""
    return _move(actor, account_id, "freeze", sentence="account.frozen", reason=reason, at=at)


def lift_account(actor: Actor, *, account_id: str, at: datetime) -> Account:
    """Back to normal."""
    return _move(actor, account_id, "lift", sentence="account.lifted", reason="", at=at)


def close_account(actor: Actor, *, account_id: str, reason: str, at: datetime) -> Account:
    """The end of an account; the caller has checked that nothing is open (B-ACC-005)."""
    return _move(actor, account_id, "close", sentence="account.closed", reason=reason, at=at)


@transaction.atomic
def verify_account(actor: Actor, *, account_id: str, verified_name: str, at: datetime) -> Account:
    """The operator has seen who the company is: its registered name holds from now on (S-REG-001)."""
    actor.require("operator:account:manage")
    account = selectors.account_by_id(account_id)
    name = checks.text("verified_name", verified_name, 200, required=True)
    before = account.verified_name
    Account.objects.filter(pk=account.pk).update(verified_name=name)
    account.verified_name = name
    audit.record(
        actor, "account.verified", account, at=at, before={"name": before}, after={"name": name},
        account_id=account.public_id,
    )  # fmt: skip
    return account


@transaction.atomic
def _move(actor: Actor, account_id: str, verb: str, *, sentence: str, reason: str, at: datetime) -> Account:
    if not actor.is_system:
        actor.require("operator:account:manage")
    account = selectors.account_by_id(account_id)
    before = states.ACCOUNT.apply(account, verb, state_reason=checks.text("reason", reason, 300))
    audit.record(
        actor, sentence, account, at=at, before={"state": before}, after={"state": account.state, "reason": reason}
    )
    return account
