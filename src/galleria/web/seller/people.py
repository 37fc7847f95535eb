"""Users of a seller: roles by what they open, and the products that each looks after (S-SUB)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.parties import permissions
from galleria.selling import selectors
from galleria.selling.selectors import people
from galleria.selling.services import people as services
from galleria.web.access import actor_of, signed_in
from galleria.web.seller import company


@require_safe
@signed_in("iam:account:view")
def index(request: HttpRequest) -> HttpResponse:
    """Everybody with roles and products, and what each role opens."""
    actor = actor_of(request)
    names = dict(selectors.products_of(actor))
    values = {
        "rows": [(each, _products(each, names)) for each in people.colleagues(actor)],
        "roles": {role.name: role for role in people.seller_roles()},
        "keys": [
            (key, permissions.ACTIONS[action].covers, services.roles_of([action]))
            for key, action in people.KEYS.items()
        ],
        "is_owner": selectors.is_owner(actor),
        "tabs": company.tabs(actor, "people"),
    }
    return render(request, "seller/people.html", values)


def _products(row: people.Colleague, names: dict[str, str]) -> list[str] | None:
    if row.products is None:
        return None
    return [names[each] for each in sorted(row.products) if each in names]


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in("iam:account:view")
def show(request: HttpRequest, user_id: str) -> HttpResponse:
    """One user: roles and products, changed by the owner."""
    actor, errors, status = actor_of(request), {}, 200
    if request.method == "POST":
        wanted = request.POST.getlist("products") if request.POST.get("scope") == "some" else None
        try:
            services.set_user(
                actor, user_id=user_id, roles=request.POST.getlist("roles"), products=wanted, at=clock.now()
            )
        except Refused as refusal:
            errors, status = company.errors_of(refusal), refusal.status
        else:
            return company.done(request, _("Saved. It holds from the next click on."), "/seller/people")
    row = people.colleague(actor, user_id)
    values: dict[str, Any] = {
        "row": row,
        "roles": people.seller_roles(),
        "products": selectors.products_of(actor),
        "errors": errors,
        "is_owner": selectors.is_owner(actor),
        "tabs": company.tabs(actor, "people"),
    }
    return render(request, "seller/person.html", values, status=status)
