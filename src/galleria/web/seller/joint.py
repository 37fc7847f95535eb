"""Joint operations: the request for the programme, its three reviews, and the release of what is certified (S-JOP)."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.audit import selectors as audit
from galleria.kit import clock, files, pages
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.kit.files import FileRefused
from galleria.releasing import services
from galleria.web import joint_words, lists, timeline, words
from galleria.web.access import actor_of, signed_in
from galleria.web.seller.products import RELEASE, VIEW

HERE = "/seller/joint"
PAPER_BYTES = 20 * files.MB


@require_safe
@signed_in(VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """What the programme is, and the seller's requests with their states."""
    actor, at, data = actor_of(request), clock.now(), request.GET
    found = services.certificates_of(actor).select_related("seller")
    page = pages.page_of(found, sort="-created_at", cursor=data.get("cursor"), size=data.get("size"))
    values = {
        "rows": [(row, services.is_valid(row, at)) for row in page],
        "next_page": lists.at_page(data, page.next),
        "previous_page": lists.at_page(data, page.previous),
        "states": joint_words.STATES,
        "methods": words.DELIVERY_TYPES,
        "may_release": actor.may(RELEASE),
        "steps": [
            {"phase": "plan", "title": joint_words.STATES[key].word, "text": joint_words.STEP_NOTES[key]}
            for key in joint_words.STEPS
        ],
    }
    return render(request, "seller/joint.html", values)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(RELEASE)
def new(request: HttpRequest) -> HttpResponse:
    """Begin a request: which product, delivered how, in which specifications."""
    actor, errors = actor_of(request), {}
    if request.method == "POST":
        try:
            row = services.start_certificate(actor, **_basics(request), material={}, at=clock.now())
        except Refused as refusal:
            if not refusal.fields:
                raise
            errors = refusal.fields
        else:
            return HttpResponseRedirect(f"{HERE}/{row.public_id}")
    values = {"typed": request.POST, "errors": errors, "deliveries": _deliveries()}
    return render(request, "seller/joint_new.html", values, status=422 if errors else 200)


def _deliveries() -> list[tuple[str, Any]]:
    return [(key, words.DELIVERY_TYPES[key]) for key in joint_words.DELIVERIES]


def _basics(request: HttpRequest) -> dict[str, Any]:
    given = request.POST
    return {
        "product_name": given.get("product_name", "")[:200],
        "delivery": given.get("delivery", ""),
        "specifications": [line.strip()[:120] for line in given.get("specifications", "").splitlines()[:50]],
    }


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(VIEW)
def one(request: HttpRequest, certificate_id: str) -> HttpResponse:
    """One request: what is filled in, the reviews, and what can be done. Posting keeps or submits it."""
    if request.method != "POST":
        return _page(request, certificate_id)
    actor, at = actor_of(request), clock.now()
    actor.require(RELEASE)
    verb, _space, file_id = request.POST.get("do", "save").partition(" ")
    try:
        if verb == "drop":
            services.drop_paper(actor, certificate_id=certificate_id, file_id=file_id, at=at)
        elif verb == "delete":
            services.delete_certificate(actor, certificate_id=certificate_id, at=at)
            messages.success(request, _("The request is gone."))
            return HttpResponseRedirect(HERE)
        elif verb in {"save", "submit"}:
            _save(request, certificate_id)
            if verb == "submit":
                accepts = bool(request.POST.get("accepts_service") and request.POST.get("accepts_agreement"))
                services.submit_certificate(
                    actor, certificate_id=certificate_id, accepts_agreement=accepts, at=at
                )  # fmt: skip
                messages.success(request, _("Submitted. The qualification review comes first; you hear from us."))
            else:
                messages.success(request, _("Saved."))
        else:
            raise NotFound
    except Refused as refusal:
        if not refusal.fields:
            raise
        return _page(request, certificate_id, errors=refusal.fields)
    return HttpResponseRedirect(f"{HERE}/{certificate_id}")


def _save(request: HttpRequest, certificate_id: str) -> None:
    actor, at = actor_of(request), clock.now()
    services.certificate_of(actor, certificate_id)
    file_id, upload = "", request.FILES.get("file")
    if isinstance(upload, UploadedFile):
        try:
            file_id = files.store(
                actor, upload, purpose="joint", types=(*files.DOCUMENTS, *files.PICTURES), most_bytes=PAPER_BYTES, at=at
            ).public_id
        except FileRefused as refusal:
            raise Invalid(fields={"file": refusal.message}) from None
    material = {key: request.POST.get(key, "")[:4000] for key, _label, _help in joint_words.SECTIONS}
    services.change_certificate(
        actor, certificate_id=certificate_id, **_basics(request), material=material, file=file_id, at=at
    )


def _page(request: HttpRequest, certificate_id: str, errors: dict[str, str] | None = None) -> HttpResponse:
    actor, at = actor_of(request), clock.now()
    row = services.certificate_of(actor, certificate_id)
    is_editable = row.state in {"draft", "rejected"} and actor.may(RELEASE)
    typed: Any = request.POST if errors else None
    is_valid = services.is_valid(row, at)
    records = audit.records(actor, object_type="releasing.jointcertificate", object_id=row.public_id).order_by("-id")
    papers = files.files_of(actor, services.papers_of(row))
    values = {
        "row": row,
        "seller": row.seller,
        "shown": joint_words.STATES[row.state],
        "lede": joint_words.lede(row, is_valid, at),
        "rail": joint_words.rail(row),
        "sections": [
            (key, label, note, typed.get(key, "") if typed else row.material.get(key, ""))
            for key, label, note in joint_words.SECTIONS
        ],
        "papers": [(file_id, papers.get(file_id)) for file_id in services.papers_of(row)],
        "prices": [(name, row.prices.get(name, {})) for name in row.specifications] if row.prices else [],
        "price_words": joint_words.PRICES,
        "typed": typed or {"product_name": row.product_name, "delivery": row.delivery,
                           "specifications": "\n".join(row.specifications)},
        "errors": errors or {},
        "deliveries": _deliveries(),
        "methods": words.DELIVERY_TYPES,
        "is_editable": is_editable,
        "is_valid": is_valid,
        "may_release": actor.may(RELEASE),
        "history": timeline.rail(timeline.of_records(records[:30])),
    }  # fmt: skip
    return render(request, "seller/joint_one.html", values, status=422 if errors else 200)


@require_POST
@signed_in(RELEASE)
def release(request: HttpRequest, certificate_id: str) -> HttpResponse:
    """Begin the release of the certified product."""
    row = services.start_joint_release(actor_of(request), certificate_id=certificate_id, at=clock.now())
    messages.success(request, _("The draft has the certified name and specifications; they stay as they are."))
    return HttpResponseRedirect(f"/seller/products/{row.public_id}/edit/listing")


@require_safe
@signed_in(VIEW)
def templates(request: HttpRequest) -> HttpResponse:
    """Templates of all materials at once, as plain text files to fill in."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (key, label, note) in enumerate(joint_words.SECTIONS, 1):
            text = f"# {label}\n\n{note}\n\n---\n\n"
            archive.writestr(f"{number}-{slugify(key)}.md", text)
    answer = HttpResponse(packed.getvalue(), content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="joint-operations-templates.zip"'
    return answer
