"""What follows signing in and changing one's security, on pages."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from galleria.kit import clock, ids
from galleria.kit.spoken import stored
from galleria.notifying import services as notifying
from galleria.parties import services
from galleria.parties.adapters.allauth import AccountAdapter
from galleria.web import preferences

# What the library calls the event: what we tell the person.
SECOND_STEP = {
    "mfa/email/totp_activated": _("one-time codes were switched on"),
    "mfa/email/totp_deactivated": _("one-time codes were switched off"),
    "mfa/email/webauthn_added": _("a passkey was added"),
    "mfa/email/webauthn_removed": _("a passkey was removed"),
    "mfa/email/recovery_codes_generated": _("new recovery codes were made"),
    "socialaccount/email/account_connected": _("an identity was connected"),
    "socialaccount/email/account_disconnected": _("an identity was disconnected"),
}
PASSWORD = {"account/email/password_changed", "account/email/password_reset", "account/email/password_set"}


class PageAccountAdapter(AccountAdapter):
    """The kept language and looks apply from the first page; sign-ins and changes are noted and told."""

    def post_login(self, request: HttpRequest, user: Any, **values: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **values)
        preferences.remember(response, {"language": user.language, "theme": user.theme, "density": user.density})
        services.record_sign_in(user, address=_address(request), at=clock.now())
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """All mails of sign-in are plain text, name the site as the operator calls it, and are sent by a job, so
        that a mail server that is slow or down stops nobody."""
        names = {"site_name": settings.GALLERIA.site_name, "site_url": settings.GALLERIA_SITE_URL, "email": email}
        message = self.render_mail(template_prefix, email, {**context, **names})
        notifying.send_text(email, subject=str(message.subject), body=str(message.body))

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """A message in the centre and, from a job, a mail; what we have no message for is mailed as it is."""
        at = clock.now()
        told: dict[str, Any] = {"at": at, "dedupe": ids.new_id("evt", at), "link": "/account/", "time": at}
        noted: dict[str, Any] = {"address": _address(self.request), "at": at}
        if template_prefix in PASSWORD:
            services.record_security_change(user, sentence="user.password_changed", **noted)
            notifying.notify([user], "security.password_changed", address=_address(self.request), **told)
        elif template_prefix in SECOND_STEP:
            services.record_security_change(user, sentence="user.second_step_changed", **noted)
            notifying.notify(
                [user], "security.second_step_changed", address=_address(self.request),
                what=stored(SECOND_STEP[template_prefix]), **told,
            )  # fmt: skip
        else:
            super().send_notification_mail(template_prefix, user, context, email)


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
