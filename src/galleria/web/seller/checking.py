"""Before a draft is sent in: everything that is to do, what differs from what is on sale, the preview as a buyer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from galleria.kit import clock, parameters
from galleria.kit.errors import NotFound
from galleria.parties import selectors as parties
from galleria.releasing import selectors, services, shelving
from galleria.releasing.rules import difference
from galleria.web import context
from galleria.web.access import signed_in
from galleria.web.seller.desk import RELEASE, VIEW, Desk
from galleria.web.storefront import product as storefront

LOOKS = ("light", "dark", "small")
SALT = "galleria.preview"
LINK_DAYS = 14
MOST_ACCOUNTS = 20


@require_safe
@signed_in(VIEW)
def show(request: HttpRequest, release_id: str) -> HttpResponse:
    """The list of what is to do, with links to the fields, and the button that sends it in."""
    return checks_page(request, Desk.of(request, release_id))


def checks_page(request: HttpRequest, desk: Desk, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page; `errors` of a refused submission go on top."""
    changed = list(difference.changes(desk.release.base, desk.document)) if desk.is_released else []
    values = {
        "desk": desk,
        "release": desk.release,
        "marks": desk.marks(),
        "blocking": desk.checks(desk.blocking),
        "blocking_count": len(desk.blocking),
        "doubts": desk.checks(desk.doubts),
        "days": int(parameters.get("review.release_days")),
        "may_submit": desk.actor.may(RELEASE) and desk.is_editable,
        "changed_count": len(changed),
        **more,
    }
    return render(request, "seller/editor_checks.html", values, status=status)


@require_safe
@signed_in(VIEW)
def differences(request: HttpRequest, release_id: str) -> HttpResponse:
    """What this draft changes of the product as it is sold: old left, new right."""
    desk = Desk.of(request, release_id)
    rows = rows_of(desk.release.base, desk.document, desk)
    values = {"desk": desk, "release": desk.release, "marks": desk.marks(), "rows": rows}
    return render(request, "seller/editor_differences.html", values)


def rows_of(before: Mapping[str, Any], after: Mapping[str, Any], desk: Desk) -> list[dict[str, Any]]:
    """Differences of two documents for a page: where, old and new text, the address of the field."""
    found = []
    for change in difference.changes(dict(before), dict(after)):
        plain = change.path.replace("[", ".").replace("]", "")
        href, where = desk.place_of(plain.partition(".")[0])
        inside = plain.partition(".")[2]
        found.append(
            {
                "path": change.path,
                "where": _where(where, inside) or change.path,
                "href": href,
                "before": said(change.before),
                "after": said(change.after),
                "kind": change.kind,
            }
        )
    return found


def _where(where: str, inside: str) -> str:
    """A place in the document for people: the field, then what is inside of it."""
    parts = [part.replace("_", " ") for part in inside.split(".") if part]
    return " › ".join([where, *parts]) if where else ""


def said(value: Any) -> str:
    """A value of a document as people read it, in full."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {said(each)}" for name, each in value.items())
    if isinstance(value, list):
        return "\n".join(said(each) for each in value)
    return str(value)


# --- preview ------------------------------------------------------------------------------------------------
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(VIEW)
def preview(request: HttpRequest, release_id: str) -> HttpResponse:
    """The product page of the draft in light, dark or small, inside of a frame; a link to it for named accounts."""
    desk = Desk.of(request, release_id)
    look = request.GET.get("look", "light")
    link, errors, named = "", {}, request.POST.get("accounts", "")
    if request.method == "POST":
        desk.actor.require(RELEASE)
        accounts = named.split()[:MOST_ACCOUNTS]
        unknown = [each for each in accounts if not _is_account(each)]
        if not accounts or unknown:
            said = _("There is no account %(account)s.") % {"account": unknown[0][:40]} if unknown else ""
            errors["accounts"] = said or _("Name at least one account.")
        else:
            token = signing.dumps({"release": release_id, "accounts": accounts}, salt=SALT, compress=True)
            link = f"{context.of(request).site_url}/seller/previews/{token}"
    values = {
        "desk": desk,
        "release": desk.release,
        "look": look if look in LOOKS else "light",
        "looks": [("light", _("Light")), ("dark", _("Dark")), ("small", _("Phone"))],
        "link": link,
        "errors": errors,
        "named": named,
        "days": LINK_DAYS,
        "may_share": desk.actor.may(RELEASE) and desk.release.state != "approved",
    }
    return render(request, "seller/editor_preview.html", values, status=422 if errors else 200)


def _is_account(account_id: str) -> bool:
    try:
        parties.account_by_id(account_id)
    except NotFound:
        return False
    return True


@require_safe
@signed_in()
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The preview for people of an account that the seller named; for everybody else there is nothing here."""
    page = context.of(request)
    try:
        said = signing.loads(token, salt=SALT, max_age=timedelta(days=LINK_DAYS))
    except signing.BadSignature:
        raise NotFound from None
    if page.actor.account_id not in said["accounts"]:
        raise NotFound
    view = shelving.previewed(selectors.release_for_review(said["release"]), at=clock.now())
    given = {name: str(value) for name, value in request.GET.items()}
    values = {"address": f"/seller/previews/{token}", "is_preview": True}
    if page.is_fragment:
        return render(request, "storefront/choose.html", storefront.choosing(page, view, given) | values)
    shown = storefront.page_values(page, replace(view, availability="sold"), given)
    return render(request, "seller/preview_page.html", shown | values | {"structured": ""})


@require_safe
@signed_in(VIEW)
def preview_page(request: HttpRequest, release_id: str) -> HttpResponse:
    """The page itself, as buyers will see it."""
    desk = Desk.of(request, release_id)
    page = context.of(request)
    view = services.preview(desk.actor, release_id, at=desk.at)
    look = request.GET.get("look", "")
    if look in {"light", "dark"}:
        vars(page)["theme"] = look
    given = {name: str(value) for name, value in request.GET.items() if name != "look"}
    values = storefront.page_values(page, replace(view, availability="sold"), given)
    values |= {"address": f"{desk.base}/preview/page", "is_preview": True, "desk": desk, "structured": ""}
    return _in_our_frame(render(request, "seller/preview_page.html", values))


@require_safe
@signed_in(VIEW)
def preview_price(request: HttpRequest, release_id: str) -> HttpResponse:
    """The choice and its price inside of the preview."""
    desk = Desk.of(request, release_id)
    page = context.of(request)
    if not page.is_fragment:
        return HttpResponseRedirect(f"{desk.base}/preview/page?{request.GET.urlencode()}")
    view = services.preview(desk.actor, release_id, at=desk.at)
    values = storefront.choosing(page, view, request.GET)
    values |= {"address": f"{desk.base}/preview/page", "is_preview": True}
    return _in_our_frame(render(request, "storefront/choose.html", values))


def _in_our_frame(response: HttpResponse) -> HttpResponse:
    """Pages of ours may show this one inside of them; others may not."""
    response["X-Frame-Options"] = "SAMEORIGIN"
    response._csp_replace = {"frame-ancestors": ["'self'"]}  # type: ignore[attr-defined]
    return response
