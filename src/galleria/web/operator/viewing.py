"""An operator looks at an account as its people see it (screen O4)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.parties import selectors
from galleria.parties import services as parties
from galleria.web import lists
from galleria.web.access import actor_of, signed_in
from galleria.web.operator import accounts


@require_POST
@signed_in(accounts.VIEW)
def begin(request: HttpRequest, account_id: str) -> HttpResponse:
    """Look at the account, from its overview on."""
    reason = lists.text_of(request.POST, "view_reason", 300)
    try:
        entry = parties.begin_viewing(actor_of(request), account_id=account_id, reason=reason, at=clock.now())
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return accounts.page(request, account_id, refusal.fields or {"": refusal.message}, refusal.status)
    request.session[selectors.VIEWING] = entry
    return HttpResponseRedirect("/buyer/")


@require_POST
@signed_in()
def end(request: HttpRequest) -> HttpResponse:
    """Back to one's own desk."""
    actor = actor_of(request)
    parties.end_viewing(actor, at=clock.now())
    request.session.pop(selectors.VIEWING, None)
    if not actor.is_viewing:  # it ended by itself in the meantime
        return HttpResponseRedirect("/operator/accounts")
    messages.success(request, _("You are at your own desk again."))
    return HttpResponseRedirect(f"/operator/accounts/{actor.account_id}")
