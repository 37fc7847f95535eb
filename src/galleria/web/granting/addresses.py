"""Addresses of offers and coupons, the same for every side."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.web.access import signed_in
from galleria.web.granting import coupons, offers
from galleria.web.granting.side import COUPON_PERMISSIONS, Side

Page = Callable[..., HttpResponseBase]


def offer_addresses(side: Side, prefix: str, name: str) -> list[URLPattern]:
    """The list, the form, one offer and what can be done with it. `prefix`: without the area; `name`: of the views."""

    def made(page: Page, **more: Any) -> Page:
        return signed_in(side.permission)(_for(page, side, **more))

    form = require_http_methods(["GET", "HEAD", "POST"])
    return [
        path(prefix, require_safe(made(offers.index)), name=f"{name}s"),
        path(f"{prefix}/new", form(made(offers.new)), name=f"{name}_new"),
        path(f"{prefix}/<str:offer_id>", require_safe(made(offers.one)), name=name),
        path(f"{prefix}/<str:offer_id>/edit", form(made(offers.new)), name=f"{name}_edit"),
        *[
            path(f"{prefix}/<str:offer_id>/{verb}", require_POST(made(offers.act, verb=verb)), name=f"{name}_{verb}")
            for verb in ("submit", "withdraw", "invalidate", "delete")
        ],
    ]


def coupon_addresses(side: Side, prefix: str, name: str) -> list[URLPattern]:
    """The list, the form, one batch and what can be done with it."""

    def made(page: Page, **more: Any) -> Page:
        return signed_in(COUPON_PERMISSIONS[side.area])(_for(page, side, **more))

    form = require_http_methods(["GET", "HEAD", "POST"])
    return [
        path(prefix, require_safe(made(coupons.index)), name=f"{name}s"),
        path(f"{prefix}/new", form(made(coupons.new)), name=f"{name}_new"),
        path(f"{prefix}/<str:batch_id>", require_safe(made(coupons.one)), name=name),
        path(f"{prefix}/<str:batch_id>/codes.csv", require_safe(made(coupons.codes)), name=f"{name}_codes"),
        *[
            path(f"{prefix}/<str:batch_id>/{verb}", require_POST(made(coupons.act, verb=verb)), name=f"{name}_{verb}")
            for verb in ("grant", "void")
        ],
    ]


def _for(page: Page, side: Side, **more: Any) -> Page:
    @wraps(page)
    def shown(request: HttpRequest, **values: Any) -> HttpResponseBase:
        return page(request, side, **values, **more)

    return shown
