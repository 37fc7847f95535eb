"""Functions that templates of the account area call."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

# what a user agent says: what people call it; the first that fits
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iPadOS"), ("Windows", "Windows"), ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def device(user_agent: str) -> str:
    """ "Firefox on Linux" for what the browser said, or its own words cut short."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return re.sub(r"[^\x20-\x7e]", "", user_agent)[:60] or _("Unknown device")


def identity_providers(request: HttpRequest) -> list[Any]:
    """Providers of identities that the operator has configured."""
    from galleria.web.account.profile import sign_in_providers

    return sign_in_providers(request)


def identity_choices(accounts: Any) -> list[dict[str, Any]]:
    """Connected identities as choices."""
    return [
        {"value": account.pk, "title": account.get_provider().name, "note": str(account.extra_data.get("email", ""))}
        for account in accounts
    ]


GLOBALS = {"device": device, "identity_providers": identity_providers, "identity_choices": identity_choices}
