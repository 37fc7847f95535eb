"""A2: the account's data, its users and invitations."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.kit import clock
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.kit.money import BadAmount, Money
from galleria.parties import countries, permissions, selectors, services, states
from galleria.web import preferences
from galleria.web.account.guard import actor_of, done, errors_of, signed_in

DATA = ("account_name", "email", "phone", "address", "tax_id")


@signed_in
@require_safe
def users(request: HttpRequest) -> HttpResponse:
    """Who the account is, who may act for it, and who gave them the right."""
    actor = actor_of(request)
    account = selectors.account_of(actor)
    may_see = actor.is_operator or actor.may("iam:account:view")
    return render(
        request,
        "account/users.html",
        {
            "account": account,
            "country": countries.name_of(account.country),
            "state_word": states.ACCOUNT_WORDS[account.state],
            "may_see": may_see,
            "members": [_in_words(row, account.currency) for row in selectors.members_of(actor)] if may_see else [],
            "invitations": _invitations(request) if may_see else [],
            "may_manage": actor.may(managing(actor.is_operator)),
            "may_change": actor.may("iam:account:manage"),
            "missing": _("You need the permission %(action)s. Ask an administrator of your account for it.")
            % {"action": managing(actor.is_operator)},
        },
    )


def managing(is_operator: bool) -> str:
    """The right to look after users, which operators have under another name."""
    return "operator:account:manage" if is_operator else "iam:user:manage"


def _invitations(request: HttpRequest) -> list[dict[str, Any]]:
    actor = actor_of(request)
    if actor.is_operator:
        return []
    return [{"row": row, "roles": _labels(row.roles)} for row in selectors.invitations_of(actor, clock.now())]


def _labels(names: list[str]) -> str:
    return ", ".join(str(permissions.ROLES[name].label) for name in names if name in permissions.ROLES)


def _in_words(row: Any, currency: str) -> dict[str, Any]:
    roles = [permissions.ROLES[name] for name in row.roles if name in permissions.ROLES]
    limit = Money(row.order_limit_minor, currency) if row.order_limit_minor is not None else None
    return {
        "row": row,
        "user": row.user,
        "labels": _("Owner") if row.is_owner else _labels(row.roles),
        "words": _("may do everything and cannot be removed")
        if row.is_owner
        else "; ".join(str(role.words) for role in roles),
        "limit": limit,
    }


# --- invitations ----------------------------------------------------------------------------------------
@signed_in
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody by mail."""
    actor = actor_of(request)
    actor.require(managing(actor.is_operator))
    typed = {"email": request.POST.get("email", ""), "roles": request.POST.getlist("roles")}
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        try:
            invitation, _token = services.invite_user(
                actor, email=str(typed["email"]), roles=typed["roles"], at=clock.now()
            )
        except Refused as refusal:
            errors, status = errors_of(refusal), refusal.status
        else:
            said = _("An invitation is on its way to %(email)s. It can be accepted for 7 days.")
            return done(request, said % {"email": invitation.email}, "/account/users#invitations")
    values = {"typed": typed, "errors": errors, "roles": _roles(request)}
    return render(request, "account/invite.html", values, status=status)


def _roles(request: HttpRequest) -> list[permissions.Role]:
    """The roles that the reader can give."""
    actor = actor_of(request)
    account = selectors.account_of(actor)
    known = permissions.roles_for(
        sells=selectors.is_seller(account), resells=selectors.is_reseller(account), operates=actor.is_operator
    )
    return [role for role in known if role.actions <= actor.permissions]


@signed_in
@require_POST
def withdraw(request: HttpRequest, invitation_id: str) -> HttpResponse:
    """Take an invitation back."""
    services.withdraw_invitation(actor_of(request), invitation_id=invitation_id, at=clock.now())
    return done(request, _("The invitation is withdrawn; its link does not work any more."), "/account/users")


# --- one user -------------------------------------------------------------------------------------------
@signed_in
@require_http_methods(["GET", "POST"])
def user(request: HttpRequest, user_id: str) -> HttpResponse:
    """Change a user's roles and limit."""
    actor = actor_of(request)
    actor.require(managing(actor.is_operator))
    member = selectors.member_of(actor, user_id)
    currency = member.account.currency
    limit = Money(member.order_limit_minor, currency).text if member.order_limit_minor is not None else ""
    typed: dict[str, Any] = {"roles": member.roles, "order_limit": limit}
    errors: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        typed = {"roles": request.POST.getlist("roles"), "order_limit": request.POST.get("order_limit", "").strip()}
        try:
            services.change_roles(
                actor, user_id=user_id, roles=typed["roles"], at=clock.now(),
                order_limit_minor=_limit(typed["order_limit"], currency),
            )  # fmt: skip
        except NotFound:
            raise
        except Refused as refusal:
            errors, status = errors_of(refusal), refusal.status
        else:
            return done(request, _("The roles of %(name)s are saved.") % {"name": member.user}, "/account/users")
    values = {"member": member, "typed": typed, "errors": errors, "roles": _roles(request), "currency": currency}
    return render(request, "account/user.html", values, status=status)


def _limit(text: str, currency: str) -> int | None:
    if not text:
        return None
    try:
        return Money.parse(text, currency).minor
    except BadAmount:
        raise Invalid(fields={"order_limit": _("Give an amount such as 500.00, or leave it empty.")}) from None


@signed_in
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, user_id: str) -> HttpResponse:
    """Take a user out of the account, after asking once."""
    actor = actor_of(request)
    actor.require(managing(actor.is_operator))
    member = selectors.member_of(actor, user_id)
    if request.method == "POST":
        services.remove_user(actor, user_id=user_id, at=clock.now())
        said = _("%(name)s does not act for %(account)s any more.")
        return done(request, said % {"name": member.user, "account": member.account}, "/account/users")
    return render(request, "account/remove.html", {"member": member})


# --- the account's data ---------------------------------------------------------------------------------
@signed_in
@require_http_methods(["GET", "POST"])
def complete(request: HttpRequest) -> HttpResponse:
    """Step 6 of the registration (B-ACC-001): after it the account may order."""
    return _data(request, first=True)


@signed_in
@require_http_methods(["GET", "POST"])
def data(request: HttpRequest) -> HttpResponse:
    """Change the legal data."""
    return _data(request, first=False)


def _data(request: HttpRequest, *, first: bool) -> HttpResponse:
    actor = actor_of(request)
    actor.require("iam:account:manage")
    account = selectors.account_of(actor)
    typed: dict[str, str] = {
        "account_name": account.name, "email": account.email, "phone": account.phone, "address": account.address,
        "tax_id": account.tax_id,
    }  # fmt: skip
    errors: dict[str, str] = {}
    status = 200
    after = preferences.safe_next(request, "/account/users")
    if request.method == "POST":
        typed = {name: request.POST.get(name, "") for name in DATA}
        try:
            if first or not account.is_complete:
                sent = {name: typed[name] for name in ("account_name", "phone", "address", "tax_id")}
                services.complete_information(actor, at=clock.now(), **sent)
                return done(request, _("Thank you: your account can order now."), after)
            services.change_account(actor, at=clock.now(), **typed)
            return done(request, _("The account's data is saved."), after)
        except Refused as refusal:
            errors, status = errors_of(refusal), refusal.status
    values = {
        "account": account,
        "country": countries.name_of(account.country),
        "typed": typed,
        "errors": errors,
        "first": first or not account.is_complete,
        "next": after,
    }
    return render(request, "account/data.html", values, status=status)
