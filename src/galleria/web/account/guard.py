"""Who may open a page of the account area, and how its forms answer refusals."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache

from galleria.kit.actor import Actor
from galleria.kit.errors import Refused
from galleria.web.access import page_of

View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """Visitors go to the sign-in page and come back; what signed-in people see is never kept in a shared cache."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if actor_of(request).user_id is None:
            return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': page_of(request)})}")
        return view(request, *args, **kwargs)

    return never_cache(guarded)


def actor_of(request: HttpRequest) -> Actor:
    """The actor that the middleware put on the request."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def errors_of(refusal: Refused) -> dict[str, str]:
    """Field to sentence, for `ui.form_errors`; a refusal without fields stands for the whole form."""
    return refusal.fields or {"": refusal.message}


def done(request: HttpRequest, sentence: Any, address: str) -> HttpResponse:
    """After a post: say it, and go there."""
    messages.success(request, str(sentence))
    return HttpResponseRedirect(address)
