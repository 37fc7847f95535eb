"""Taking files in and giving them out."""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final, cast

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.kit import ids
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.kit.files import antivirus, archives, pictures, sniffing, types
from galleria.kit.files.naming import clean_name
from galleria.kit.files.refusals import FileRefused
from galleria.kit.models import StoredFile

MB: Final = 1024 * 1024
_IN_MEMORY: Final = 4 * MB


@dataclass(frozen=True, slots=True)
class Content:
    """A file that does not come from a form: `Content("guide.pdf", data)`."""

    name: str
    data: bytes


def store(
    actor: Actor,
    upload: Any,
    *,
    purpose: str,
    types: tuple[str, ...],
    most_bytes: int,
    picture: pictures.Picture | None = None,
    is_public: bool = False,
    at: datetime,
    field: str = "file",
    deep: bool = True,
) -> StoredFile:
    """Check a file by its content and keep it for the actor's account.

    `upload` is a file of a form, a `Content` or an open binary file with a name; `types` are keys of `TYPES`. The
    name is cleaned, pictures lose what they carry beside the picture, archives are looked into and a virus scanner is
    asked when there is one (unless not `deep`: a scan follows). Raises FileRefused, naming the broken rule.
    """
    name, content, size = _opened(upload)
    if size == 0:
        raise FileRefused(_("The file is empty."), rule="empty", field=field)
    if size > most_bytes:
        raise FileRefused(too_big(size, most_bytes), rule="size", field=field)
    cleaned = clean_name(name)
    kind = _kind(content, cleaned, types, field)
    facts: dict[str, Any] = {}
    if kind.family == "picture":
        data, facts["width"], facts["height"] = pictures.checked(content, kind.key, picture, field)
        content, size = io.BytesIO(data), len(data)
    notes = _notes(content, kind, size, field) if deep else []
    verdict = _scanned(content, size, field) if deep else antivirus.Verdict("not_scanned")
    if kind.family == "picture" and "." not in cleaned:
        cleaned = f"{cleaned}.{kind.endings[0]}"
    return _keep(
        actor, content, is_public=is_public, at=at, name=cleaned, kind=kind.key, media_type=kind.media_type, size=size,
        purpose=purpose, notes=notes, scan=verdict.state, scanner=verdict.scanner, scan_note=verdict.name[:200],
        **facts,
    )  # fmt: skip


def stored(file_id: str) -> StoredFile:
    """The row of a file, whoever asks: for services that know that they may. Raises NotFound."""
    row = StoredFile.objects.filter(public_id=file_id).first()
    if row is None:
        raise NotFound
    return row


def open_file(row: StoredFile) -> IO[bytes]:
    """The bytes, to be read and closed. Raises NotFound when the storage has lost them."""
    try:
        return cast("IO[bytes]", default_storage.open(row.place, "rb"))
    except FileNotFoundError:
        raise NotFound from None


@transaction.atomic
def forget(row: StoredFile) -> None:
    """Delete a file; its bytes go when the transaction is done."""
    place = row.place
    row.delete()
    transaction.on_commit(lambda: default_storage.delete(place))


def url_of(row: StoredFile) -> str:
    """Where pages show the file or give it out."""
    return f"/files/{row.public_id}"


def too_big(size: int, most: int) -> Any:
    """The sentence about a file that is too long; figures are rounded so that they differ."""
    return _("The file has %(size)s; at most %(most)s are allowed.") % {"size": _words(size), "most": _words(most)}


def _words(size: int) -> str:
    for step, word in ((1024**3, "GB"), (MB, "MB"), (1024, "kB")):
        if size >= step and size % step == 0:
            return f"{size // step} {word}"
    if size >= MB:
        return f"{size / MB:,.1f} MB ({size:,} bytes)"
    return f"{size:,} bytes"


# ----- the steps -----


def _opened(upload: Any) -> tuple[str, IO[bytes], int]:
    """Name, readable content and true size."""
    if isinstance(upload, Content):
        return upload.name, io.BytesIO(upload.data), len(upload.data)
    content = upload.file if isinstance(upload, File) and upload.file is not None else upload
    if not (hasattr(content, "seekable") and content.seekable()):
        copy = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  closed with the request
        shutil.copyfileobj(content, copy)
        content = cast("Any", copy)
    content.seek(0, io.SEEK_END)
    size = content.tell()
    content.seek(0)
    return str(getattr(upload, "name", "") or "file"), content, size


def _kind(content: IO[bytes], name: str, allowed: tuple[str, ...], field: str) -> types.FileType:
    found = sniffing.sniff(content)
    promised = types.by_name(name)
    if found == "txt":  # readable text is what its name says, if that is one of the kinds of text
        found = promised.key if promised and promised.family == "text" else "txt"
    wanted = types.names_of(allowed)
    if found not in allowed:
        text = _("The file holds %(found)s; only %(wanted)s can be used. What counts is the content, not the name.")
        raise FileRefused(
            text % {"found": _named(found), "wanted": wanted}, rule="type", field=field, extra={"found": found}
        )
    kind = types.TYPES[found]
    if types.has_ending(name) and (promised is None or promised.key != found):
        ending = name.rpartition(".")[2].lower()
        text = _("The file is named .%(ending)s but holds %(found)s. Name it for what it is.")
        raise FileRefused(text % {"ending": ending, "found": kind.label}, rule="name", field=field)
    return kind


def _named(found: str) -> Any:
    if found in types.TYPES:
        return types.TYPES[found].label
    words = {
        "exe": _("a program"), "elf": _("a program"), "binary": _("a program"), "script": _("a program"),
        "html": "HTML", "svg": "SVG", "unknown": _("something unknown"), "broken-zip": _("a damaged archive"),
        "docm": _("a document with macros"), "xlsm": _("a document with macros"), "pptm": _("a document with macros"),
    }  # fmt: skip
    return words.get(found, found.upper())


_ARCHIVE_WORDS: Final = {
    "bomb": _("The archive unpacks to far more than it may hold. Send the files themselves."),
    "many": _("The archive has too many files in it."),
    "nested": _("There is an archive inside the archive. Put the files in directly."),
    "path": _("A name in the archive leads out of its folder. Pack it again."),
    "link": _("The archive has links in it. Put in the files themselves."),
    "device": _("The archive has devices in it. Pack only files."),
    "encrypted": _("The archive or document has a password, so nobody can review it. Send it without."),
    "broken": _("The archive is damaged. Pack it again."),
}


def _notes(content: IO[bytes], kind: types.FileType, size: int, field: str) -> list[str]:
    """Looks inside; what is not refused but worth knowing for a reviewer is noted: macros, active, unopened."""
    notes: list[str] = []
    if kind.family in {"archive", "ooxml"} and kind.key != "rar":
        seen = archives.inspect(content, kind.key, size, archives.Limits())
        if seen.problems:
            rule, member = seen.problems[0]
            raise FileRefused(_ARCHIVE_WORDS[rule], rule="archive", field=field, extra={"why": rule, "member": member})
    if kind.key == "rar":
        notes.append("unopened")
    if kind.family in {"ole", "ooxml"} and sniffing.has_macros(content, kind.key):
        notes.append("macros")
    if kind.family == "pdf" and sniffing.has_active_pdf(content):
        notes.append("active")
    return notes


def _scanned(content: IO[bytes], size: int, field: str) -> antivirus.Verdict:
    verdict = antivirus.quick().scan(content, size)
    if verdict.state == "infected":
        text = _("The virus scanner found %(name)s in this file. It was not kept.") % {"name": verdict.name}
        raise FileRefused(text, rule="virus", field=field)
    return verdict


def _keep(actor: Actor, content: IO[bytes], *, at: datetime, **columns: Any) -> StoredFile:
    """Bytes first, then the row: a row never stands for nothing. Bytes without a row are harmless."""
    digest = hashlib.sha256()
    content.seek(0)
    while chunk := content.read(1 << 20):
        digest.update(chunk)
    content.seek(0)
    public_id = ids.new_id("fil", at)
    place = default_storage.save(f"{at:%Y/%m}/{public_id}", File(content, name=public_id))
    try:
        with transaction.atomic():
            return StoredFile.objects.create(
                public_id=public_id, account_id=actor.account_pk, user_id=actor.user_pk, place=place,
                sha256=digest.hexdigest(), created_at=at, **columns,
            )  # fmt: skip
    except Exception:
        default_storage.delete(place)
        raise
