"""Forms of sign-in and registration. Their words are ours; checking is the services'."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth
from allauth.socialaccount import forms as socialaccount
from django import forms
from django.utils.translation import gettext_lazy as _

from galleria.kit import clock
from galleria.parties import countries, selectors

KINDS = (("individual", _("A person")), ("enterprise", _("A company")))


class LoginForm(allauth.LoginForm):  # type: ignore[misc]
    """E-mail and password. The lock after five failures counts the address that was typed (B-LOG-001)."""

    error_messages = {"email_password_mismatch": _("E-mail address and password do not fit together.")}

    def user_credentials(self) -> dict[str, Any]:
        credentials: dict[str, Any] = super().user_credentials()
        credentials["login"] = str(credentials.get("email", "")).lower()
        return credentials


class AccountFields(forms.Form):
    """Who opens an account, where, and which agreements are accepted (buyer-account-billing 1.1)."""

    name = forms.CharField(max_length=120, label=_("Your name"))
    kind = forms.ChoiceField(choices=KINDS, initial="enterprise", label=_("Who buys?"))
    company = forms.CharField(max_length=200, required=False, label=_("Registered name of the company"))
    country = forms.ChoiceField(choices=[("", "")], label=_("Country or region"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", _("Choose …")), *countries.choices()]  # type: ignore[attr-defined]
        self.agreements = selectors.registration_agreements(clock.now())
        for version in self.agreements:
            self.fields[f"agree-{version.agreement.key}"] = forms.CharField(required=False, max_length=20)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        if data.get("kind") == "enterprise" and not data.get("company"):
            self.add_error("company", _("Give the company's registered name."))
        accepted: dict[str, str] = {}
        for version in self.agreements:
            name = f"agree-{version.agreement.key}"
            ticked = data.get(name)
            if not ticked:
                self.add_error(name, _("Please accept: %(name)s.") % {"name": version.agreement.name})
            elif ticked != version.version:
                self.add_error(name, _("This agreement has a new version. Please read and accept it."))
            else:
                accepted[version.agreement.key] = version.version
        data["agreements"] = accepted
        return data


class RegisterForm(AccountFields, allauth.SignupForm):  # type: ignore[misc]
    """Registration with e-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")

    def clean(self) -> dict[str, Any]:
        return AccountFields.clean(self)


class RegisterWithIdentityForm(AccountFields, socialaccount.SignupForm):  # type: ignore[misc]
    """Registration with an identity of somebody else: the country and the agreements are still asked for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")
        user = self.sociallogin.user
        self.fields["name"].initial = getattr(user, "name", "")

    def clean(self) -> dict[str, Any]:
        return AccountFields.clean(self)
