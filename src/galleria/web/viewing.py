"""While an operator looks at an account as its people see it, whatever is not looking is refused (screen O4)."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from galleria.kit.errors import Refused
from galleria.web import context, errors

ALLOWED = ("/operator/viewing/end", "/account/logout/", "/preferences")
"""What is no deed in the account."""
OWN = "/account/"
"""Pages about oneself: they would show the operator's own data beside the name of the account."""


class OnlyLooking(Refused):
    """Somebody looks, and nothing else."""

    code = "only_looking"
    status = 403


class ViewingMiddleware:
    """Refuses every deed, and the pages about oneself, while an account is looked at. The rights that are left then
    refuse deeds too; this also holds where no right is asked for."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_deed = request.method not in {"GET", "HEAD", "OPTIONS"}
        is_looking = (is_deed or request.path.startswith(OWN)) and request.path not in ALLOWED
        if is_looking and context.of(request).actor.is_viewing:
            said = _("You only look at this account, and change nothing in it. Stop looking first.")
            return errors.refused_page(request, OnlyLooking(said))
        return self.get_response(request)
