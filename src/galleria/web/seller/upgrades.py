"""What buyers of a product may change to while it runs: upgrades set by the seller, expansions by quantity (S-UPG)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from galleria.kit import clock
from galleria.kit.errors import NotFound, Refused
from galleria.releasing import services
from galleria.web import words
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels
from galleria.web.seller.products import MANAGE, VIEW


@dataclass(frozen=True)
class Target:
    """One change that is set, or could be."""

    token: str
    name: str
    pair: Any
    example: Any

    @property
    def is_set(self) -> bool:
        return bool(self.pair.state)

    @property
    def is_dead(self) -> bool:
        return bool(self.pair.state == "invalid")


@dataclass(frozen=True)
class Part:
    """A specification on the page: its SKUs with what each may become, and what grows by quantity."""

    plan: Any
    rows: list[tuple[str, list[Target]]]
    expansions: list[str]

    @property
    def name(self) -> str:
        return str(self.plan.specification.name)

    @property
    def count(self) -> int:
        return len(self.plan.set_pairs)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(VIEW)
def show(request: HttpRequest, product_id: str) -> HttpResponse:
    """The upgrades of a product; posting keeps what is ticked, or ticks many at once."""
    actor = actor_of(request)
    plan = services.upgrade_plan(actor, product_id=product_id)
    errors: dict[str, str] = {}
    if request.method == "POST":
        actor.require(MANAGE)
        try:
            rows = services.set_upgrade_rules(
                actor, product_id=product_id, pairs=_wanted(request, plan), at=clock.now()
            )
        except Refused as refusal:
            if not refusal.fields:
                raise
            errors = {"": "\n".join(dict.fromkeys(str(text) for text in refusal.fields.values()))}
        else:
            count = len(rows)
            messages.success(
                request,
                ngettext("Saved: %(n)d upgrade is offered.", "Saved: %(n)d upgrades are offered.", count) % {"n": count}
                if count
                else _("Saved: no upgrade is offered."),
            )
            return HttpResponseRedirect(f"/seller/products/{plan.product.public_id}/upgrades")
    values = {
        "product": plan.product,
        "tag": labels.product_tag(plan.product),
        "plan": plan,
        "parts": [_part(each) for each in plan.specifications],
        "count": len(plan.codes),
        "dead": sum(pair.state == "invalid" for each in plan.specifications for pair in each.set_pairs),
        "may_manage": actor.may(MANAGE) and plan.product.state != "removed",
        "errors": errors,
    }
    return render(request, "seller/upgrades.html", values, status=422 if errors else 200)


def _wanted(request: HttpRequest, plan: Any) -> list[tuple[str, str]]:
    """The pairs that are wanted after this post. A form is about one specification; the others keep theirs."""
    verb, _space, place = request.POST.get("do", "").partition(" ")
    key, _space, attribute = place.partition(" ")
    if verb not in {"save", "along", "every", "none"}:
        raise NotFound
    found: list[tuple[str, str]] = []
    for each in plan.specifications:
        held = [(pair.source.code, pair.target.code) for pair in each.set_pairs]
        is_meant = each.specification.document_key == key
        if not is_meant:
            found += held
        elif verb == "save":
            ticked = set(request.POST.getlist("pair"))
            found += [(pair.source.code, pair.target.code) for pair in each.pairs if _token(pair) in ticked]
        elif verb != "none":
            found += held + services.pairs_along(each, attribute if verb == "along" else "")
    return list(dict.fromkeys(found))


def _token(pair: Any) -> str:
    return f"{pair.source.code}/{pair.target.code}"


def _part(plan: Any) -> Part:
    attributes = list(plan.specification.attributes.all())

    def name_of(sku: Any) -> str:
        said = [value for _name, value in words.choices_text(sku.choices, attributes, alone=True)]
        return ", ".join(said) or str(plan.specification.name)

    rows: dict[str, tuple[str, list[Target]]] = {}
    for pair in plan.set_pairs if plan.is_too_wide else plan.pairs:
        target = Target(_token(pair), name_of(pair.target), pair, services.example_of(plan, pair))
        rows.setdefault(pair.source.code, (name_of(pair.source), []))[1].append(target)
    return Part(plan, list(rows.values()), _expansions(plan, attributes))


def _expansions(plan: Any, attributes: list[Any]) -> list[str]:
    used = {
        price.quantity_key
        for sku in plan.skus
        for price in sku.prices.all()
        if price.billing_mode == "period" and price.quantity_key
    }
    return [
        _("%(name)s: up to %(most)s, in steps of %(step)s")
        % {"name": each.name, "most": words.quantity(each.maximum, each.unit), "step": each.step}
        for each in attributes
        if each.kind == "quantity" and each.key in used
    ]
