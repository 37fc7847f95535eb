"""The reader's wishes: language, theme, density. Kept in cookies, and with the user who is signed in.

`/preferences?language=zh-hans&next=/search?q=backup` is a link, so that it works without scripts and on pages
without forms. Another site may link here; then the cookie changes, but never what is kept with the user.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from galleria.web import context

YEAR = 365 * 24 * 3600
_OWN_SITE = frozenset({"", "same-origin", "none"})


def _known(name: str) -> tuple[str, ...]:
    if name == "language":
        return tuple(code for code, _name in settings.LANGUAGES)
    return context.THEMES if name == "theme" else context.DENSITIES


def remember(response: HttpResponse, wishes: dict[str, str]) -> None:
    """Put wishes into cookies; used here, after signing in, and by the profile page.

    Keys: language, theme, density. The system's theme and the comfortable density need no cookie.
    """
    for name, value in wishes.items():
        cookie = settings.LANGUAGE_COOKIE_NAME if name == "language" else name
        if name != "language" and value == _known(name)[0]:
            response.delete_cookie(cookie, samesite="Lax")
        else:
            response.set_cookie(cookie, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE)


def safe_next(request: HttpRequest, default: str = "/") -> str:
    """The address to go back to, if it is on this site."""
    target = request.GET.get("next") or request.POST.get("next") or default
    allowed = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if allowed else default


@require_safe
def change(request: HttpRequest) -> HttpResponse:
    """Set what the query names, then go back to where the reader was."""
    wishes = {
        name: request.GET[name] for name in ("language", "theme", "density") if request.GET.get(name) in _known(name)
    }
    page = context.of(request)
    if wishes and page.is_signed_in and request.headers.get("Sec-Fetch-Site", "") in _OWN_SITE:
        _keep(page, wishes)
    response = HttpResponseRedirect(safe_next(request))
    remember(response, wishes)
    response["Cache-Control"] = "no-store"
    return response


def _keep(page: context.Page, wishes: dict[str, Any]) -> None:
    from galleria.parties import services

    save = getattr(services, "change_preferences", None)
    if save is not None:
        save(page.actor, **wishes)
