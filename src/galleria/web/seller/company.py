"""What the pages about a seller's own data have in common: their tabs, how a refusal is shown."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from galleria.kit.actor import Actor
from galleria.kit.errors import Refused

TABS = (
    ("profile", _("Profile"), "/seller/profile", "seller:product:view"),
    ("certification", _("Certification"), "/seller/certification", "seller:cert:manage"),
    ("storefront", _("Storefront"), "/seller/storefront", "seller:info:manage"),
    ("people", _("People"), "/seller/people", "iam:account:view"),
    ("recipients", _("Recipients"), "/seller/recipients", "seller:info:manage"),
    ("test-coupons", _("Test coupons"), "/seller/test-coupons", "seller:coupon:manage"),
    ("violations", _("Violations"), "/seller/violations", "seller:info:manage"),
    ("exit", _("Exit"), "/seller/exit", "seller:info:manage"),
)


def tabs(actor: Actor, current: str) -> list[dict[str, Any]]:
    """The pages that the actor may open, for the `views` component."""
    return [
        {"text": text, "href": href, "current": key == current}
        for key, text, href, permission in TABS
        if actor.may(permission)
    ]


def errors_of(refusal: Refused) -> dict[str, str]:
    """A refusal beside its fields. Raises it again when it is about the page itself."""
    if refusal.status in {403, 404} and not refusal.fields:
        raise refusal
    return refusal.fields or {"": refusal.message}


def done(request: HttpRequest, text: Any, address: str) -> HttpResponse:
    """Say what was done on the page that comes next."""
    messages.success(request, text)
    return HttpResponseRedirect(address)


def refused(request: HttpRequest, refusal: Refused, address: str) -> HttpResponse:
    """Say on the page that comes next why nothing was done."""
    if refusal.status in {403, 404} and not refusal.fields:
        raise refusal
    messages.error(request, " ".join(refusal.fields.values()) or refusal.message)
    return HttpResponseRedirect(address)
