"""S4, the product editor: sections that save themselves, checks beside each field, files, conflicts of two people."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from galleria.kit import clock, files
from galleria.kit.errors import NotFound, Refused
from galleria.kit.files import FileRefused
from galleria.releasing import selectors
from galleria.releasing.figures import figures_at
from galleria.releasing.rules.context import Figures
from galleria.web import context
from galleria.web.access import actor_of, signed_in
from galleria.web.seller import editor_form
from galleria.web.seller.desk import RELEASE, VIEW, Desk
from galleria.web.seller.editor_fields import Section
from galleria.web.seller.editor_form import Document, Field, Shown
from galleria.web.seller.prices import specifications


@require_safe
@signed_in(VIEW)
def open_(request: HttpRequest, product_id: str) -> HttpResponse:
    """The editor of a release, at the first section with something to do; of a product, its open release."""
    actor = actor_of(request)
    if not product_id.startswith("rel_"):
        known = selectors.product_details(actor, product_id).releases
        release = next((each for each in known if each.state != "approved"), None)
        target = f"/seller/products/{release.public_id}/edit" if release else f"/seller/products/{product_id}"
        return HttpResponseRedirect(target)
    desk = Desk.of(request, product_id)
    first = next((mark for mark in desk.marks() if not mark.is_done), desk.marks()[0])
    return HttpResponseRedirect(first.href)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in(VIEW)
def section(request: HttpRequest, release_id: str, key: str) -> HttpResponse:
    """One section: shown, saved by itself while somebody types, saved by its button, its lists changed."""
    desk = Desk.of(request, release_id)
    found = desk.section(key)
    if found is None:
        raise NotFound
    if key == "specifications":
        return specifications(request, desk)
    if request.method == "POST":
        return _saved(request, desk, found)
    return page(request, desk, found)


def page(request: HttpRequest, desk: Desk, found: Section, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of a section."""
    shown = shown_fields(desk, found, more=request.GET.get("more", ""))
    values = {
        **frame(desk, found),
        "fields": shown,
        "files": desk.files_in({key: desk.document.get(key) for key in found.keys}),
        "here": " ".join(each.name for each in shown if not each.read_only),
        "base": editor_form.digest(desk.document, found.keys),
        **more,
    }
    return render(request, "seller/editor.html", values, status=status)


def frame(desk: Desk, found: Section) -> dict[str, Any]:
    """What the frame of every section needs."""
    return {
        "desk": desk,
        "release": desk.release,
        "section": found,
        "marks": desk.marks(found.key),
        "notes": desk.notes,
        "blocking": desk.checks(desk.blocking, 6),
        "blocking_count": len(desk.blocking),
        "following": _following(desk, found),
    }


def _following(desk: Desk, found: Section) -> str:
    place = desk.sections.index(found)
    if place + 1 < len(desk.sections):
        return f"{desk.base}/edit/{desk.sections[place + 1].key}"
    return f"{desk.base}/checks"


def shown_fields(desk: Desk, found: Section, more: str = "") -> list[Shown]:
    """The fields of a section with their values."""
    return editor_form.shown(
        found.fields, desk.document, desk.surroundings, method=desk.method, is_released=desk.is_released, more=more
    )


# --- saving -------------------------------------------------------------------------------------------------
def _saved(request: HttpRequest, desk: Desk, found: Section) -> HttpResponse:
    desk.actor.require(RELEASE)
    is_live = context.of(request).is_fragment and "do" not in request.POST
    if not desk.is_editable:
        return _not_editable(request, desk)

    def typed(document: Document) -> Document:
        return read(desk, found, request, document)

    theirs = editor_form.digest(desk.document, found.keys)
    sent = request.POST.get("base", "")
    act = request.POST.get("do", "save")
    if sent and sent != theirs and act != "merge" and editor_form.digest(typed(desk.document), found.keys) != theirs:
        return _conflict(request, desk, found, typed(desk.document), is_live=is_live)
    uploads, refused = uploads_of(request, desk, found.fields)
    taken = request.POST.getlist("take") if act == "merge" else []

    def change(document: Document) -> Document:
        after = typed(document)
        for name in taken:
            editor_form.put(after, name, editor_form.get(document, name))
        for name, value, look in uploads:
            place_file(after, name, value, look)
        return after

    desk.save(change)
    if is_live:
        return live(request, desk, found, refused, {name for name, _value, _look in uploads})
    if refused:
        return page(request, desk, found, status=422, errors={editor_form.anchor(n): t for n, t in refused.items()})
    return _act(request, desk, found, act)


def read(desk: Desk, found: Section, request: HttpRequest, document: Document) -> Document:
    """The document with what this form says."""
    fields = [each for each in found.fields if not (each.fixed and desk.is_released)]
    return editor_form.read(fields, request.POST, document)


def _act(request: HttpRequest, desk: Desk, found: Section, act: str) -> HttpResponse:
    """What the pressed button asks for beside saving."""
    verb, _space, place = act.partition(" ")
    here = f"{desk.base}/edit/{found.key}"
    if verb in {"remove", "up"}:
        desk.save(lambda document: editor_form.change_rows(document, act)[0])
        return HttpResponseRedirect(f"{here}#{editor_form.anchor(place.rpartition('.')[0])}")
    if verb == "drop":
        name, _space, file_id = place.partition(" ")
        desk.save(lambda document: _without(document, name, file_id))
        return HttpResponseRedirect(f"{here}#{editor_form.anchor(name)}")
    if verb == "add":
        rows = editor_form.get(desk.document, place)
        number = len(rows) if isinstance(rows, list) else 0
        return HttpResponseRedirect(f"{here}?more={place}#{editor_form.anchor(place)}-{number}")
    if verb == "next":
        return HttpResponseRedirect(_following(desk, found))
    if verb == "checks":
        return HttpResponseRedirect(f"{desk.base}/checks")
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(here)


def live(request: HttpRequest, desk: Desk, found: Section, refused: dict[str, str], uploaded: set[str]) -> HttpResponse:
    """What changes on the page while somebody types: findings, marks, the time of saving, files that arrived."""
    shown = list(editor_form.everything(shown_fields(desk, found)))
    values = {
        **frame(desk, found),
        "everything": [each for each in shown if each.field.look not in {"file", "files"}],
        "filed": [each for each in shown if each.field.look in {"file", "files"}
                  and (each.name in uploaded or each.name in refused)],
        "filed_as_before": [each for each in shown if each.field.look in {"file", "files"}
                            and each.name not in uploaded and each.name not in refused],
        "files": desk.files_in(desk.document) if uploaded or refused else {},
        "refused": refused,
        "base": editor_form.digest(desk.document, found.keys),
    }  # fmt: skip
    return render(request, "seller/editor_live.html", values)


def _not_editable(request: HttpRequest, desk: Desk) -> HttpResponse:
    messages.warning(request, _("It is in review or decided; withdraw it to change it."))
    return HttpResponseRedirect(f"/seller/releases/{desk.release.public_id}")


# --- two people ---------------------------------------------------------------------------------------------
def _conflict(request: HttpRequest, desk: Desk, found: Section, mine: Document, *, is_live: bool) -> HttpResponse:
    """Somebody saved this section meanwhile: both versions side by side, to keep, take or merge (UI-GEN-15)."""
    if is_live:
        return render(request, "seller/editor_live.html", {**frame(desk, found), "conflict": True})
    differing = []
    for each in shown_fields(desk, found):
        ours, theirs = editor_form.get(mine, each.name), editor_form.get(desk.document, each.name)
        if ours != theirs:
            differing.append((each, _plainly(ours), _plainly(theirs)))
    fields = [(name, value) for name, values in request.POST.lists() for value in values
              if name not in {"csrfmiddlewaretoken", "base", "do", "take"}]  # fmt: skip
    values = {**frame(desk, found), "differing": differing, "sent": fields}
    return render(request, "seller/editor_conflict.html", values, status=409)


def _plainly(value: Any) -> str:
    """A value of the document as people read it."""
    if isinstance(value, dict):
        return "\n".join(f"{name}: {_plainly(each)}" for name, each in value.items())
    if isinstance(value, list):
        return "\n".join(_plainly(each) for each in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else str(value)


# --- files --------------------------------------------------------------------------------------------------
def uploads_of(
    request: HttpRequest, desk: Desk, fields: Any, prefix: str = ""
) -> tuple[list[tuple[str, str, str]], dict[str, str]]:
    """Stored files of this form as (place, id, look), and what was refused by place."""
    kept: list[tuple[str, str, str]] = []
    refused: dict[str, str] = {}
    looks = {}

    def look(each: Field, name: str) -> None:
        looks[name] = each
        for inner in each.fields:
            for number in range(editor_form.MOST_ROWS if inner.look == "file" else 0):
                looks[f"{name}.{number}.{inner.key}"] = inner

    for each in fields:
        look(each, f"{prefix}{each.key}")
    figures = figures_at(clock.now()) if request.FILES else Figures()
    for name in request.FILES:
        field = looks.get(name)
        if field is None or field.look not in {"file", "files"}:
            continue
        kinds = tuple(field.accept.split(","))
        is_picture = set(kinds) <= set(files.PICTURES)
        try:
            row = files.store(
                desk.actor, request.FILES[name], purpose="release", types=kinds,
                most_bytes=(figures.picture_mb if is_picture else figures.document_mb) * files.MB,
                picture=_picture(field, figures),
                is_public=is_picture, at=clock.now(), field=name,
            )  # fmt: skip
        except FileRefused as refusal:
            refused[name] = next(iter(refusal.fields.values()), refusal.message)
        else:
            kept.append((name, row.public_id, field.look))
    return kept, refused


def _picture(field: Field, figures: Figures) -> files.Picture | None:
    """The size that a picture must have; the others are judged by the checks."""
    if field.key == "logo_file":
        return files.Picture(width=figures.logo_side, height=figures.logo_side)
    return None


def place_file(document: Document, name: str, file_id: str, look: str) -> None:
    """Put a stored file into the document, also into an entry of a list."""
    path, _dot, last = name.rpartition(".")
    parent = editor_form.get(document, path) if path else document
    head, _dot, number = path.rpartition(".")
    if number.isdecimal():
        rows = editor_form.get(document, head)
        rows = list(rows) if isinstance(rows, list) else []
        while len(rows) <= min(int(number), editor_form.MOST_ROWS):
            rows.append({})
        rows[int(number)] = {**rows[int(number)], last: file_id}
        editor_form.put(document, head, rows)
    elif look == "files":
        known = editor_form.get(document, name)
        editor_form.put(document, name, [*(known if isinstance(known, list) else []), file_id])
    else:
        editor_form.put(document, name, file_id)
    del parent


def _without(document: Document, name: str, file_id: str) -> Document:
    after = deepcopy(document)
    value = editor_form.get(after, name)
    if isinstance(value, list):
        editor_form.put(after, name, [each for each in value if each != file_id])
        return after
    path, _dot, last = name.rpartition(".")
    parent = editor_form.get(after, path) if path else after
    if value == file_id and isinstance(parent, dict):
        parent.pop(last, None)
    return after


# --- acts on the whole draft --------------------------------------------------------------------------------
@require_POST
@signed_in(RELEASE)
def discard(request: HttpRequest, release_id: str) -> HttpResponse:
    """Delete a draft; what is on sale stays as it is."""
    from galleria.releasing import services

    desk = Desk.of(request, release_id)
    if not request.POST.get("sure"):
        return HttpResponseRedirect(f"{desk.base}/checks#discard")
    services.delete_release(desk.actor, release_id=release_id, at=clock.now())
    messages.success(request, _("The draft of %(name)s is gone.") % {"name": desk.name})
    return HttpResponseRedirect("/seller/products?view=drafts")


@require_POST
@signed_in(RELEASE)
def submit(request: HttpRequest, release_id: str) -> HttpResponse:
    """Send it in for review; everything that is wrong is listed with links to the fields."""
    from galleria.releasing import services
    from galleria.web.seller.checking import checks_page

    desk = Desk.of(request, release_id)
    if not request.POST.get("sure"):
        return checks_page(
            request, desk, status=422, errors={"sure": _("Confirm that the data are true and yours to sell.")}
        )
    try:
        services.submit_release(desk.actor, release_id=release_id, at=clock.now())
    except Refused as refusal:
        if refusal.status == 404:
            raise
        return checks_page(request, Desk.of(request, release_id), status=refusal.status,
                           errors=refusal.fields or {"": refusal.message})  # fmt: skip
    messages.success(request, _("Sent in. You hear from us as soon as it is decided."))
    return HttpResponseRedirect(f"/seller/releases/{release_id}")
