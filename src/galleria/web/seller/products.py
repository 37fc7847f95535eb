"""S3: the seller's products in their views, a new one, copies, hiding and showing; the page of one product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.kit import clock, pages
from galleria.kit.errors import Refused
from galleria.releasing import services
from galleria.reporting import shelf as reporting
from galleria.selling import selectors as selling
from galleria.web import context, lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels
from galleria.web.formats import percent

VIEW = "seller:product:view"
MANAGE = "seller:product:manage"
RELEASE = "seller:product:release"
VIEWS = {
    "": pgettext_lazy("products", "On sale"),
    "drafts": gettext_lazy("Drafts"),
    "review": gettext_lazy("In review"),
    "hidden": pgettext_lazy("products", "Hidden"),
    "suspended": pgettext_lazy("products", "Suspended"),
    "discontinued": pgettext_lazy("products", "Discontinued"),
}
STATES = {
    "": "on_sale", "hidden": "hidden", "suspended": "suspended", "discontinued": "removed",
}  # fmt: skip
SHOWN = {
    "on_sale": words.Shown(pgettext_lazy("state of a product", "On sale"), "good", "done"),
    "hidden": words.Shown(pgettext_lazy("state of a product", "Hidden"), "", "eye"),
    "suspended": words.Shown(pgettext_lazy("state of a product", "Suspended"), "bad", "pause"),
    "removed": words.Shown(pgettext_lazy("state of a product", "Discontinued"), "", "x"),
}
METHODS = {
    "saas": (
        gettext_lazy("An application that you run; buyers sign in at your site."),
        (gettext_lazy("Sold monthly, yearly, once, by use or as packages; with a trial"),
         gettext_lazy("Opened by itself through your interface, or under service supervision"),
         gettext_lazy("Needs an approved site, a proven address and debugged activities")),
    ),
    "image": (
        gettext_lazy("A system image from which buyers make servers in their own cloud."),
        (gettext_lazy("Sold monthly, yearly or by the hour; free images too"),
         gettext_lazy("Needs a scanned image asset")),
    ),
    "license": (
        gettext_lazy("Software that buyers install: a licence, a package or an authorisation code."),
        (gettext_lazy("Sold by period or once"),
         gettext_lazy("Always under service supervision: you deliver, the buyer accepts")),
    ),
    "professional": (
        gettext_lazy("Work by people: configuration, migration, training, troubleshooting."),
        (gettext_lazy("Sold by period, once or by person-days"),
         gettext_lazy("Always under service supervision, in the steps of a template")),
    ),
    "consulting": (
        gettext_lazy("Shown, not sold: buyers get in touch with you."),
        (gettext_lazy("No prices, orders or bills"),
         gettext_lazy("The button leads to your website or a form")),
    ),
    "hardware": (
        gettext_lazy("Devices that go with the cloud, from stock."),
        (gettext_lazy("Sold by quantity, with an inventory"),
         gettext_lazy("Only for sellers whom the operator admitted")),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A product in the list."""

    kept: reporting.Row

    @property
    def product(self) -> Any:
        return self.kept.product

    @property
    def release(self) -> Any:
        return self.kept.release

    @property
    def tag(self) -> dict[str, Any]:
        return labels.product_tag(self.product)

    @property
    def medium(self) -> list[str]:
        found = [str(words.DELIVERY_TYPES.get(self.product.delivery_type, self.product.delivery_type))]
        return found + ([self.product.version] if self.product.version else [])

    @property
    def shown(self) -> words.Shown:
        return words.shown(SHOWN, self.product.state)


@require_safe
@signed_in(VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """The list of a view."""
    actor, data = actor_of(request), request.GET
    seller = reporting.seller_of(actor)
    vars(context.of(request))["account_name"] = seller.account.name  # read already: the frame need not ask again
    view = lists.one_of(data, "view", VIEWS)
    method = lists.one_of(data, "method", words.DELIVERY_TYPES)
    text = lists.text_of(data, "q")
    values: dict[str, Any] = {"rows": [], "releases": []}
    place: dict[str, Any] = {"sort": "-changed_at", "cursor": data.get("cursor"), "size": data.get("size")}
    page: pages.Page[Any]
    if view in {"drafts", "review"}:
        states = ("pending",) if view == "review" else ("draft", "rejected")
        page = pages.page_of(reporting.releases(actor, seller, states=states, text=text, delivery=method), **place)
        values["releases"] = list(page)
    else:
        found = reporting.products(actor, seller, state=STATES[view], delivery=method, text=text, at=clock.now())
        page = pages.page_of(found, **place)
        values["rows"] = [Row(each) for each in reporting.rows_of(page)]
    counts = _counts(reporting.tallies(actor, seller))
    values |= {
        "views": lists.views(request, VIEWS, counts, current=view),
        "view": view,
        "counts": counts,
        "data": data,
        "is_narrowed": lists.are_on(data, ("q", "method")),
        "methods": lists.options(_("Any delivery method"), words.DELIVERY_TYPES, METHODS),
        "method_words": words.DELIVERY_TYPES,
        "may_release": actor.may(RELEASE),
        "may_manage": actor.may(MANAGE),
        "next_page": lists.at_page(data, page.next),
        "previous_page": lists.at_page(data, page.previous),
        "lists": lists,
    }
    return render(request, "seller/products.html", values)


def _counts(tallies: Mapping[tuple[str, str], int]) -> dict[str, int]:
    """How many each view has."""
    found = {name: tallies.get(("product", state), 0) for name, state in STATES.items() if name}
    found["all"] = tallies.get(("product", "on_sale"), 0)
    found["drafts"] = tallies.get(("release", "draft"), 0) + tallies.get(("release", "rejected"), 0)
    found["review"] = tallies.get(("release", "pending"), 0)
    found["everything"] = sum(tallies.values())
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(RELEASE)
def new(request: HttpRequest) -> HttpResponse:
    """Choose how the product is delivered first: it decides what is asked and cannot be changed after release."""
    actor = actor_of(request)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            release = services.start_release(actor, delivery=request.POST.get("delivery", ""), at=clock.now())
        except Refused as refusal:
            if refusal.status != 422:
                raise
            errors = refusal.fields
        else:
            return HttpResponseRedirect(f"/seller/products/{release.public_id}/edit/listing")
    fees = selling.fees()
    usual = fees.get("", selling.DEFAULT_PERCENT_E2)
    methods = [
        (key, words.DELIVERY_TYPES[key], text, points, percent(fees.get(key, usual)))
        for key, (text, points) in METHODS.items()
    ]
    return render(
        request, "seller/product_new.html", {"methods": methods, "errors": errors}, status=422 if errors else 200
    )


@require_POST
@signed_in(VIEW)
def act(request: HttpRequest) -> HttpResponse:
    """Hide, show, copy or change a product. Hiding and showing are done at once, with an undo (UI-GEN-10)."""
    actor, at = actor_of(request), clock.now()
    verb, _space, product_id = request.POST.get("do", "").partition(" ")
    back = "/seller/products" + (f"?view={view}" if (view := lists.one_of(request.POST, "view", VIEWS)) else "")
    if verb in {"copy", "change", "correct"}:
        source: Any = {"copy": "copy", "change": "product", "correct": "rejected"}[verb]
        release = services.start_release(actor, product_id=product_id, source=source, at=at)
        if release.state == "pending":
            messages.warning(request, _("This release is in review. Withdraw it to change it."))
            return HttpResponseRedirect(f"/seller/releases/{release.public_id}")
        return HttpResponseRedirect(f"/seller/products/{release.public_id}/edit")
    if verb == "hide":
        product = services.hide_product(actor, product_id=product_id, at=at)
        messages.success(request, _("%(name)s is hidden: only who has its address finds it.") % {"name": product.name})
    elif verb == "show":
        product = services.show_product(actor, product_id=product_id, at=at)
        messages.success(request, _("%(name)s is public again.") % {"name": product.name})
    else:
        return HttpResponseRedirect(back)
    undo = "show" if verb == "hide" else "hide"
    return HttpResponseRedirect(f"{back}{'&' if '?' in back else '?'}undo={undo}+{product_id}")
