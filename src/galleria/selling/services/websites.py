"""Whether a company's website answers (S-REG-T2)."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from galleria.kit import outgoing, parameters
from galleria.kit.errors import Invalid, Text

_WORDS: dict[str, Text] = {
    "dns": _("There is no such website: its name is not known."),
    "blocked": _("This address cannot be called from here."),
    "connect": _("The website does not answer."),
    "tls": _("The website’s certificate is not valid."),
    "timeout": _("The website did not answer within 5 seconds."),
    "too_large": "",
    "http": _("The website does not answer as websites do."),
}


def require_answer(url: str, field: str = "website") -> None:
    """Ask the website once. Raises Invalid beside the field when nothing usable comes; never in a transaction."""
    if not parameters.get("registration.check_website"):
        return
    policy = outgoing.Policy(allowed_networks=outgoing.networks(settings.GALLERIA_OUTGOING_ALLOW), plain_http=True)
    try:
        answer = outgoing.send("GET", url, policy=policy)
    except outgoing.OutgoingFailed as failure:
        text = _WORDS.get(failure.phase, _WORDS["connect"])
        if text:
            raise Invalid(fields={field: text}) from None
        return
    if answer.status >= 400:
        raise Invalid(fields={field: _("The website answers with error %(status)s.") % {"status": answer.status}})
