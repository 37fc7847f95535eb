"""How sign-in, registration and identities of others (django-allauth) meet our accounts and users.

allauth owns sessions, codes, passkeys and tokens; this file owns what becomes of them here.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from galleria.kit import clock, secrets
from galleria.parties import checks, services
from galleria.parties.models import User


def mark_verified(user: User) -> None:
    """The address is known to be the user's: it came with a link or code that was sent there."""
    EmailAddress.objects.update_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Registration by e-mail and password, mails, and where to go afterwards."""

    def new_user(self, request: HttpRequest) -> User:
        return User(created_at=clock.now(), language=checks.language(get_language() or settings.LANGUAGE_CODE))

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Store the new user together with its account and the agreements it accepted, all or nothing.

        The password is hashed before the transaction begins.
        """
        super().save_user(request, user, form, commit=False)
        user.email = user.email.lower()
        if commit:
            open_from_form(request, user, form.cleaned_data)
        return user

    def format_email_subject(self, subject: str) -> str:
        return f"{settings.GALLERIA.site_name}: {subject}"


def open_from_form(request: HttpRequest, user: User, data: dict[str, Any]) -> None:
    """An account of one's own for a new user, from a registration form's clean data."""
    at = clock.now()
    user.name = data.get("name", "")
    address = str(request.META.get("REMOTE_ADDR", ""))
    services.open_account(
        user,
        kind=data["kind"],
        account_name=data.get("company") or data.get("name") or user.email,
        country=data["country"],
        accepted=data.get("agreements") or {},
        address=address,
        at=at,
    )


class SocialAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Identities of others. One with an address that its provider has not verified never reaches an existing
    user (B-LOG-T1); a verified one is linked only after the user's own sign-in (B-LOG-002)."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.is_existing or request.user.is_authenticated:
            return
        addresses = [address.email.lower() for address in sociallogin.email_addresses]
        if sociallogin.user.email:
            addresses.append(sociallogin.user.email.lower())
        if addresses and User.objects.filter(email__in=addresses).exists():
            messages.info(
                request, _("You have an account already. Sign in, then connect the other identity under Security.")
            )
            raise ImmediateHttpResponse(HttpResponseRedirect(reverse("account_login")))

    def new_user(self, request: HttpRequest, sociallogin: Any) -> User:
        return User(created_at=clock.now(), language=checks.language(get_language() or settings.LANGUAGE_CODE))

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        user: User = sociallogin.user
        user.email = (data.get("email") or "").lower()
        names = [data.get("first_name") or "", data.get("last_name") or ""]
        user.name = (data.get("name") or " ".join(filter(None, names)))[:120]
        return user

    def save_user(self, request: HttpRequest, sociallogin: Any, form: Any = None) -> User:
        """Always through the form: the country and the agreements are asked for."""
        user: User = sociallogin.user
        user.set_unusable_password()
        user.email = form.cleaned_data.get("email", user.email).lower()
        open_from_form(request, user, form.cleaned_data)
        sociallogin.save(request)
        return user

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of the second step are encrypted at rest with the keys of the marketplace."""

    def get_totp_issuer(self) -> str:
        return str(settings.GALLERIA.site_name)

    def _get_site_name(self) -> str:
        return str(settings.GALLERIA.site_name)

    def encrypt(self, text: str) -> str:
        return secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secrets.decrypt(encrypted_text)


def display_name(user: User) -> str:
    """How the library names a user in its own texts."""
    return str(user)


def known_user(email: str) -> User | None:
    """A login by its address."""
    return User.objects.filter(email=email.strip().lower()).first()
