"""S6: where a seller's servers are: domains with their proofs, production addresses, and how well they deliver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from galleria.connecting import rules, selectors, services
from galleria.delivering.services import can_be_called
from galleria.kit import clock
from galleria.kit.errors import NotFound, Refused
from galleria.web import lists
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels
from galleria.web.seller import interface_words as said

HOME = "/seller/interface"


@dataclass(frozen=True)
class ProductRow:
    """A product with its address and health."""

    product: Any
    health: selectors.Health
    missing: list[str]

    @property
    def tag(self) -> dict[str, Any]:
        return labels.product_tag(self.product)


@require_safe
@signed_in(said.VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """Addresses, domains and the health of every product."""
    return _overview(request)


def _overview(request: HttpRequest, errors: dict[str, str] | None = None, status: int = 200) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    addresses = selectors.addresses_of(actor)
    bound = selectors.products_by_address(actor, addresses)
    products = [product for rows in bound.values() for product in rows]
    healths = selectors.healths_of([product.pk for product in products], at)
    rows = [ProductRow(product, healths[product.pk], []) for product in sorted(products, key=lambda p: p.name)]
    values = {
        **said.common(request, actor, "overview"),
        "domains": selectors.domains_of(actor),
        "addresses": [(row, bound[row.pk]) for row in addresses],
        "rows": rows,
        "failing": [row for row in rows if row.health.works is False],
        "unbound": selectors.unbound_products(actor),
        "means": said.MEANS,
        "typed": request.POST.get("origin", ""),
        "errors": errors or {},
        "at": at,
    }
    return render(request, "seller/interface.html", values, status=status)


@require_POST
@signed_in(said.VIEW)
def add_domain(request: HttpRequest) -> HttpResponse:
    """Add scheme and host; its page says how to prove it."""
    try:
        row = services.add_domain(actor_of(request), typed=lists.text_of(request.POST, "origin", 300), at=clock.now())
    except Refused as refusal:
        if not refusal.fields:
            raise
        return _overview(request, refusal.fields, refusal.status)
    return HttpResponseRedirect(f"{HOME}/domains/{row.public_id}")


# ----- one domain -----


@require_safe
@signed_in(said.VIEW)
def domain(request: HttpRequest, domain_id: str) -> HttpResponse:
    """How to prove it, and the addresses below it."""
    return _domain_page(request, domain_id)


def _domain_page(
    request: HttpRequest, domain_id: str, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    row = selectors.domain_of(actor, domain_id)
    host = row.origin.partition("://")[2].partition(":")[0]
    values = {
        **said.common(request, actor, "overview"),
        "domain": row,
        "host": host,
        "is_number": host.replace(".", "").isdigit(),
        "shown": said.DOMAIN_STATES[row.state],
        "means": said.MEANS,
        "record_name": f"{rules.PROOF_NAME}.{host}",
        "record_text": f"{rules.PROOF_PREFIX}{row.token}",
        "file_url": f"{row.origin}{rules.PROOF_PATH}",
        "addresses": [each for each in selectors.addresses_of(actor) if rules.is_below(each.url, row.origin)],
        "key_kinds": list(said.KEY_KINDS.items()),
        "typed": request.POST,
        "errors": errors or {},
        "days": rules.TOKEN_DAYS,
    }
    return render(request, "seller/interface_domain.html", values, status=status)


@require_POST
@signed_in(said.VIEW)
def domain_act(request: HttpRequest, domain_id: str, act: str) -> HttpResponse:
    """Look for the proof, give a new token, add a path, forget the domain."""
    actor, at = actor_of(request), clock.now()
    here = f"{HOME}/domains/{domain_id}"
    try:
        if act == "check":
            services.check_domain(actor, domain_id=domain_id, at=at)
            messages.success(request, _("The domain is proven. Now add the path at which your server takes calls."))
        elif act == "token":
            services.renew_token(actor, domain_id=domain_id, at=at)
            messages.success(request, _("Here is a new token. It is valid for seven days."))
        elif act == "path":
            row = services.add_address(
                actor, domain_id=domain_id, path=lists.text_of(request.POST, "path", 300), at=at,
                key_kind=request.POST.get("key_kind", "base"),
            )  # fmt: skip
            messages.success(request, _("Added. Try every activity now, and save what succeeds as a case."))
            return HttpResponseRedirect(f"{HOME}/console?address={row.public_id}")
        elif act == "remove":
            services.remove_domain(actor, domain_id=domain_id, at=at)
            messages.success(request, _("The domain is forgotten."))
            return HttpResponseRedirect(HOME)
        else:
            raise NotFound
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        return _domain_page(request, domain_id, refusal.fields or {"": refusal.message}, refusal.status)
    return HttpResponseRedirect(here)


# ----- one address -----


@require_safe
@signed_in(said.VIEW)
def address(request: HttpRequest, address_id: str) -> HttpResponse:
    """What is set for a production address, and which products it delivers."""
    return _address_page(request, address_id)


def _address_page(
    request: HttpRequest, address_id: str, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    row = selectors.address_of(actor, address_id)
    values = {
        **said.common(request, actor, "overview"),
        "address": row,
        "shown": said.ADDRESS_STATES[row.state],
        "products": selectors.products_by_address(actor, [row])[row.pk],
        "unbound": selectors.unbound_products(actor),
        "cases": selectors.cases_of(actor, address_id),
        "key_kinds": list(said.KEY_KINDS.items()),
        "variants": list(said.VARIANTS.items()),
        "errors": errors or {},
        "typed": request.POST,
    }
    return render(request, "seller/interface_address.html", values, status=status)


@require_POST
@signed_in(said.VIEW)
def address_act(request: HttpRequest, address_id: str, act: str) -> HttpResponse:
    """Change the settings, connect a product, forget the address."""
    actor, at, data = actor_of(request), clock.now(), request.POST
    try:
        if act == "settings":
            services.change_address(
                actor, address_id=address_id, at=at,
                signature_variant=data.get("signature_variant", "standard"),
                send_testflag_zero="send_testflag_zero" in data,
                require_body_sign="require_body_sign" in data,
                wants_order_notices="wants_order_notices" in data,
                key_kind=data.get("key_kind", "base"), sure="sure" in data,
            )  # fmt: skip
            messages.success(request, _("Saved."))
        elif act == "bind":
            services.bind_product(
                actor, product_id=data.get("product", ""), address_id=address_id, sure="sure" in data, at=at
            )
            messages.success(request, _("Connected. Orders of the product go to this address."))
        elif act == "remove":
            services.remove_address(actor, address_id=address_id, at=at)
            messages.success(request, _("The address is forgotten."))
            return HttpResponseRedirect(HOME)
        else:
            raise NotFound
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        return _address_page(request, address_id, refusal.fields or {"": refusal.message}, refusal.status)
    return HttpResponseRedirect(f"{HOME}/addresses/{address_id}")


# ----- the delivery of one product -----


@require_safe
@signed_in(said.VIEW)
def product(request: HttpRequest, product_id: str) -> HttpResponse:
    """S6 for one product: its address, tests, failure rate, and what waits for the server."""
    actor, at = actor_of(request), clock.now()
    row = selectors.product_of(actor, product_id)
    health = selectors.health_of(row.pk, at)
    waiting = list(
        selectors.failed_calls_of(actor).filter(subscription__product_id=row.pk).order_by("next_attempt_at", "pk")[:20]
    )
    values = {
        **said.common(request, actor, "overview"),
        "product": row,
        "tag": labels.product_tag(row),
        "health": health,
        "missing": services.missing_for(row, health.address) if health.address else [],
        "addresses": selectors.addresses_of(actor),
        "waiting": [(each, can_be_called(each)) for each in waiting],
        "runs": said.RUNS,
        "at": at,
    }
    return render(request, "seller/interface_product.html", values)
