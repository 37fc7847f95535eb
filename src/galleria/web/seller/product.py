"""The page of one product of the seller: where it is sold, how it goes, what is done at once; ending its sale."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.audit import selectors as audit
from galleria.kit import clock, files
from galleria.kit.errors import Invalid, Refused
from galleria.kit.files import FileRefused
from galleria.publishing.states import SOLD
from galleria.releasing import selectors, services
from galleria.reporting import selling as reporting
from galleria.web import lists, timeline, words
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels
from galleria.web.seller.desk import Notes
from galleria.web.seller.editor_form import Field, Shown
from galleria.web.seller.products import MANAGE, RELEASE, SHOWN, VIEW

EVIDENCE_BYTES = 10 * files.MB
LEAST_REASON = 5


@require_safe
@signed_in(VIEW)
def show(request: HttpRequest, product_id: str) -> HttpResponse:
    """The page; a release's id leads to that release."""
    if product_id.startswith("rel_"):
        return HttpResponseRedirect(f"/seller/releases/{product_id}")
    return _page(request, product_id)


def _page(request: HttpRequest, product_id: str, *, status: int = 200, **more: Any) -> HttpResponse:
    actor = actor_of(request)
    found = selectors.product_details(actor, product_id)
    product = found.product
    held, first_renewal = reporting.holders(actor, product.public_id)
    records = audit.records(actor, object_type="publishing.product", object_id=product.public_id).order_by("-id")[:20]
    entries = timeline.of_records(records)
    for version in found.versions:
        entries += timeline.event(version.released_at, _("Release %(number)s approved") % {"number": version.number})
    limit = product.purchase_limit or {}
    values = {
        "found": found,
        "product": product,
        "tag": labels.product_tag(product),
        "shown": words.shown(SHOWN, product.state),
        "method": words.DELIVERY_TYPES.get(product.delivery_type, product.delivery_type),
        "open_release": next((each for each in found.releases if each.state != "approved"), None),
        "open_removal": next((each for each in found.removals if each.state == "pending"), None),
        "held": held,
        "first_renewal": first_renewal,
        "limit": limit,
        "history": timeline.rail(entries),
        "may_manage": actor.may(MANAGE) and product.state in {"on_sale", "hidden"},
        "may_release": actor.may(RELEASE) and product.state != "removed",
        "may_answer": actor.may(MANAGE),
        "may_end": actor.may(MANAGE) and "remove" in found.actions,
        "regions": _regions(actor, product),
        "counted": [each for each in product.specifications.all() if each.stock is not None and each.state in SOLD],
        "named": _named(product),
        "trial_accounts": "\n".join(row.account.public_id for row in product.trial_accesses.select_related("account")),
        "errors": {},
        "typed": None,
        "no_notes": Notes((), {}),
        **more,
    }
    return render(request, "seller/product.html", values, status=status)


def _named(product: Any) -> list[tuple[str, str, str]]:
    """What is sold to named accounts only: id of the specification (none: the product), name, the accounts."""
    wanted = [("", product.name, None)] if product.is_restricted else []
    wanted += [
        (each.public_id, each.name, each.pk) for each in product.specifications.all()
        if each.is_restricted and each.state != "removed"
    ]  # fmt: skip
    if not wanted:
        return []
    rows = list(product.accesses.select_related("account").order_by("pk"))
    return [
        (public_id, name, "\n".join(row.account.public_id for row in rows if row.specification_id == pk))
        for public_id, name, pk in wanted
    ]


def _regions(actor: Any, product: Any) -> Shown:
    from galleria.web.seller.editor_fields import Surroundings

    around = Surroundings(actor, product.seller_id, product.delivery_type, clock.now())
    chosen = sorted(row.country for row in product.regions.all()) if not product.sold_everywhere else None
    return Shown(Field("regions", _("Countries"), look="countries"), "regions", chosen, around.sold_in)


@require_POST
@signed_in(MANAGE)
def configure(request: HttpRequest, product_id: str) -> HttpResponse:
    """What takes effect at once: limits of purchases, countries, who may try, what is hidden, answers to problems."""
    actor, at, data = actor_of(request), clock.now(), request.POST
    verb, _space, place = data.get("do", "").partition(" ")
    try:
        match verb:
            case "limit":
                services.configure_sales(actor, product_id=product_id, purchase_limit=_limit(data), at=at)
            case "regions":
                wanted: Any = data.getlist("regions") if data.get("regions.only") else "everywhere"
                services.configure_sales(actor, product_id=product_id, regions=wanted, at=at)
            case "trial":
                services.set_trial_access(
                    actor, product_id=product_id, access=data.get("access", ""),
                    accounts=data.get("accounts", "").split(), at=at,
                )  # fmt: skip
            case "stock":
                services.set_stock(
                    actor, product_id=product_id, specification_id=place, stock=_pieces(data.get(f"stock-{place}", "")),
                    at=at,
                )  # fmt: skip
            case "access":
                accounts = data.get(f"access-{place}", "").split()
                services.set_access(actor, product_id=product_id, specification_id=place, accounts=accounts, at=at)
            case "hide":
                services.hide_specification(actor, product_id=product_id, specification_id=place, at=at)
            case "show":
                services.show_specification(actor, product_id=product_id, specification_id=place, at=at)
            case "answer":
                services.answer_notice(actor, notice_id=place, text=data.get("answer", ""), at=at)
            case _:
                return HttpResponseRedirect(f"/seller/products/{product_id}")
    except Refused as refusal:
        if not refusal.fields:
            raise
        # Several forms ask for stock and accounts; each has its own name.
        named = verb in {"stock", "access"}
        errors = {f"{verb}-{place}" if named else name: text for name, text in refusal.fields.items()}
        return _page(request, product_id, status=refusal.status, errors=errors, typed=data)
    messages.success(request, _("Sent to the operator.") if verb == "answer" else _("Done. It holds from now on."))
    return HttpResponseRedirect(f"/seller/products/{product_id}#{verb}")


def _pieces(text: str) -> int:
    """The number of pieces as typed. Raises Invalid."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid(fields={"stock": _("Give a whole number.")})
    return int(text)


def _limit(data: Any) -> dict[str, Any]:
    """The purchase limit of the form; nothing when every field is empty. Raises Invalid."""
    found: dict[str, Any] = {}
    for name in ("per_account", "days"):
        text = data.get(name, "").strip()
        if text and not (text.isascii() and text.isdigit() and len(text) < 10):
            raise Invalid(fields={name: _("Give a whole number.")})
        if text and int(text):
            found[name] = int(text)
    if data.get("one_at_a_time"):
        found["one_at_a_time"] = True
    return found


# --- ending the sale ----------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(MANAGE)
def removal(request: HttpRequest, product_id: str) -> HttpResponse:
    """Ask to end the sale of the product, a specification or a combination; what follows is said before."""
    actor, at = actor_of(request), clock.now()
    data = request.POST if request.method == "POST" else request.GET
    product = selectors.product_of(actor, product_id)
    scope = data.get("scope", "")
    specification, _colon, sku = scope.partition("/")
    errors: dict[str, str] = {}
    if request.method == "POST" and data.get("do") == "ask":
        try:
            return _asked(request, product, specification, sku)
        except Refused as refusal:
            if refusal.status == 404:
                raise
            errors = refusal.fields or {"": refusal.message}
    values = {
        "product": product,
        "tag": labels.product_tag(product),
        "scopes": _scopes(product),
        "scope": scope,
        "effects": services.removal_effects(
            actor, product_id=product.public_id, specification_id=specification, sku_code=sku
        ),
        "data": data,
        "errors": errors,
        "at": at,
    }
    return render(request, "seller/product_removal.html", values, status=422 if errors else 200)


def _scopes(product: Any) -> list[tuple[str, str]]:
    found = [("", _("The whole product"))]
    for specification in product.specifications.all():
        if specification.state == "removed":
            continue
        found.append((specification.public_id, _("Specification %(name)s") % {"name": specification.name}))
        skus = [sku for sku in specification.skus.all() if sku.state != "removed"]
        for sku in skus if len(skus) > 1 else ():
            said = ", ".join(
                value for _name, value in words.choices_text(sku.choices, specification.attributes.all(), alone=True)
            )
            found.append((f"{specification.public_id}/{sku.code}", f"{specification.name}: {said}"))
    return found


def _asked(request: HttpRequest, product: Any, specification: str, sku: str) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    reason = lists.text_of(request.POST, "reason", 500)
    if len(reason) < LEAST_REASON:
        raise Invalid(fields={"reason": _("Say why, in 5 to 500 characters.")})
    if not request.POST.get("sure"):
        raise Invalid(fields={"sure": _("Confirm that you read what follows.")})
    evidence, upload = "", request.FILES.get("evidence")
    if isinstance(upload, UploadedFile):
        try:
            evidence = files.store(
                actor, upload, purpose="removal", types=(*files.DOCUMENTS, *files.PICTURES),
                most_bytes=EVIDENCE_BYTES, at=at, field="evidence",
            ).public_id  # fmt: skip
        except FileRefused as refusal:
            raise Invalid(fields={"evidence": refusal.message}) from None
    row = services.request_removal(
        actor, product_id=product.public_id, specification_id=specification, sku_code=sku, reason=reason,
        evidence=evidence, at=at,
    )  # fmt: skip
    if row.state == "approved":
        messages.success(request, _("The sale has ended. Nobody held it, so that nobody had to look at it."))
    else:
        messages.success(request, _("Asked. You hear from us within the promised time."))
    return HttpResponseRedirect(f"/seller/products/{product.public_id}")


@require_POST
@signed_in(MANAGE)
def withdraw_removal(request: HttpRequest, product_id: str, removal_id: str) -> HttpResponse:
    """Take the request back."""
    services.withdraw_removal(actor_of(request), removal_id=removal_id, at=clock.now())
    messages.success(request, _("Withdrawn. It stays on sale."))
    return HttpResponseRedirect(f"/seller/products/{product_id}")
