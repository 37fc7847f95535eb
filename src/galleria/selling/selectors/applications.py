"""The application of an account: what must hold before it, its state, its rounds."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from galleria.kit import parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Text
from galleria.parties import selectors as people
from galleria.parties.models import Account, Seller
from galleria.reviewing import selectors as reviewing
from galleria.reviewing.models import Submission
from galleria.selling import rules
from galleria.selling.models import Application
from galleria.selling.selectors.sellers import is_owner

KIND = "registration"
AGREEMENT = "AGR_SELLER"


@dataclass(frozen=True, slots=True)
class Precondition:
    """One check before the form opens (S-REG-001); `text` says what was found or what to do, `href` where."""

    key: str
    label: Text
    passed: bool
    text: Text = ""
    href: str = ""


def preconditions(actor: Actor) -> list[Precondition]:
    """Every check with its result. Company data are declared in the form and looked at by the reviewer."""
    account = people.account_of(actor)
    former = Seller.objects.filter(account=account, state="left").exists()
    return [
        _account(account),
        Precondition(
            "owner",
            _("Main account"),
            is_owner(actor),
            _("You are the owner of the account.")
            if is_owner(actor)
            else _("You are a user whom the owner invited. Only the owner can register the company."),
        ),
        _identity(account),
        _programmes(account),
        _one_entity(account),
        Precondition(
            "former",
            _("Not a former seller"),
            not former,
            _("This account left the marketplace as a seller. It cannot register again; use another account.")
            if former
            else _("This account has not left as a seller."),
        ),
    ]


def _account(account: Account) -> Precondition:
    passed = account.is_complete and account.state == "normal"
    text: Text = _("The account is complete and in order.")
    if account.state != "normal":
        text = _("The account is restricted or closed. Write a ticket.")
    elif not account.is_complete:
        text = _("Complete the account’s name, address and phone first.")
    return Precondition("account", _("Account"), passed, text, "" if passed else "/account/complete?next=/seller/start")


def _identity(account: Account) -> Precondition:
    label = _("Verified company")
    if account.kind == "individual":
        allowed = bool(parameters.get("registration.allow_individual"))
        text = _("Private persons may sell here.") if allowed else _("Only companies can sell. Open a company account.")
        return Precondition("identity", label, allowed, text)
    if account.verified_name:
        return Precondition("identity", label, True, _("Verified as %(name)s.") % {"name": account.verified_name})
    if parameters.get("registration.identity") == "review":
        return Precondition("identity", label, True, _("Checked against the licence, together with the application."))
    return Precondition(
        "identity", label, False, _("The company is not verified yet. Write a ticket."), "/account/tickets/new"
    )


def _programmes(account: Account) -> Precondition:
    resells = people.is_reseller(account) and bool(parameters.get("registration.refuse_programmes"))
    text = (
        _("This account is a reseller. Register with another account.")
        if resells
        else _("The account is in no other partner programme.")
    )
    return Precondition("programmes", _("No other programme"), not resells, text)


def _one_entity(account: Account) -> Precondition:
    other = same_company(account)
    text = (
        _("%(name)s sells here already, with another account. A company can be a seller once.") % {"name": other.name}
        if other
        else _("The company is not a seller yet.")
    )
    return Precondition("entity", _("One company, one seller"), other is None, text)


def same_company(account: Account) -> Seller | None:
    """Another account's seller that is the same company: the same name in the same country, or tax number."""
    others = Seller.objects.select_related("account").filter(country=account.country).exclude(account=account)
    key = rules.company_key(company_name(account))
    for other in others.exclude(state="left").only("name", "legal_name", "account__tax_id"):
        is_same_number = bool(account.tax_id) and other.account.tax_id == account.tax_id
        if is_same_number or rules.company_key(other.legal_name) == key:
            return other
    return None


def company_name(account: Account) -> str:
    """The name of the company: the verified one, else the registered one that the account gave."""
    return account.verified_name or account.name


def application_of(actor: Actor) -> Application | None:
    """The account's application, or None before it was begun."""
    return Application.objects.filter(account_id=people.account_pk_of(actor)).first()


def rounds_of(application: Application) -> list[Submission]:
    """Every round of the review, the newest first, with remarks."""
    return reviewing.rounds(application.account_id, kind=KIND, subject=application.public_id)
