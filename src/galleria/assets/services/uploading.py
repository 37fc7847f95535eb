"""Files of packages: in one piece from a form, or in pieces that go on where they stopped.

A piece is a PUT with the place where it begins. It is kept when it begins where the last one ended, so that a piece
that comes twice or too early changes nothing, and the answer always says where to go on. The bytes wait in the folder
`uploads` of the data folder; when the last one is there, the file is checked and put into the storage.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from galleria.assets import rules, selectors
from galleria.assets.models import Asset, AssetVersion, Upload
from galleria.assets.services.refusals import ScanRunning, TooManyUploads, WrongOffset
from galleria.assets.states import UPLOAD
from galleria.audit import services as audit
from galleria.kit import clock, files, jobs, parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import Busy, Invalid, NotAllowed, Refused, Text
from galleria.kit.models import StoredFile
from galleria.kit.spoken import stored
from galleria.parties import selectors as parties
from galleria.parties.models import User
from galleria.selling import services as selling

MB: Final = 1024 * 1024
PIECE: Final = 8 * MB
"""The longest piece."""
AT_ONCE: Final = 32 * MB
"""Files up to this are checked while the last piece is answered; longer ones in a job."""
SECOND_LOOK: Final = timedelta(minutes=2)
"""When a job looks whether a short file was checked."""
MOST_OPEN: Final = 5
KEPT: Final = timedelta(days=7)
TYPES: Final = ("zip", "tar", "tar.gz")


def folder() -> Path:
    """Where pieces wait; readable by the program only."""
    path = Path(settings.GALLERIA_DATA_DIR) / "uploads"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def why_not(name: str, size: int) -> dict[str, Text]:
    """What is wrong with a package of that name and size, before a byte is sent (S-AST-003)."""
    if not rules.is_package_name(name):
        return {"file": _("Name the file with letters, digits, -, _ and parentheses, ending in .zip, .tar or .tar.gz.")}
    most = parameters.get("asset.package_max_gb")
    if size <= 0:
        return {"file": _("The file is empty.")}
    if size > most * rules.GB:
        return {"file": _("A package has at most %(most)d GB.") % {"most": most}}
    direct = parameters.get("asset.direct_max_gb")
    if size > direct * rules.GB and not settings.GALLERIA_HAS_OBJECT_STORAGE:
        text = _(
            "Packages over %(direct)d GB go through object storage, which this marketplace has not set up. "
            "Ask the operator to connect a bucket, or make the package smaller."
        )
        return {"file": text % {"direct": direct}}
    return {}


@transaction.atomic
def start_upload(actor: Actor, *, version_id: str, name: str, size: int, at: datetime) -> Upload:
    """Begin an upload, or find the one of the same name and size that waits for more.

    Raises Invalid for a name or size that would be refused anyway, ScanRunning, TooManyUploads, NotFound.
    """
    version = _writable(actor, version_id)
    cleaned = files.clean_name(name)
    if wrong := why_not(cleaned, size):
        raise Invalid(fields=wrong)
    waiting = version.uploads.filter(state="open", name=cleaned, size=size).order_by("-pk").first()
    if waiting is not None:
        return waiting
    mine = Upload.objects.filter(version__asset__account_id=version.asset.account_id, state="open")
    if mine.count() >= MOST_OPEN:
        raise TooManyUploads(_("Five uploads are under way. Finish or stop one of them first."), retry_after=600)
    return Upload.objects.create(
        version=version, user_id=actor.user_pk, name=cleaned, size=size, created_at=at, changed_at=at
    )


def piece_came(actor: Actor, *, upload_id: str, offset: int, piece: IO[bytes], at: datetime) -> Upload:
    """Keep one piece. Outside transactions: what arrived stays, whatever happens afterwards.

    Raises WrongOffset with the place to go on from, Busy while another piece is being written, Invalid for a piece
    that is too long.
    """
    selling.require_seller(actor, selectors.MANAGE)
    row = selectors.upload_of(actor, upload_id)
    if row.state != "open":
        raise NotAllowed(_("This upload has ended already."))
    with _open_part(row) as part:
        row.refresh_from_db(fields=["received", "state"])
        if row.state != "open" or offset != row.received:
            raise WrongOffset(extra={"offset": row.received})
        part.truncate(row.received)  # what a broken write left behind
        part.seek(row.received)
        written = _copy(piece, part, min(PIECE, row.size - row.received))
        part.flush()
        os.fsync(part.fileno())
        row.received += written
        row.changed_at = at
        row.save(update_fields=["received", "changed_at"])
    if row.received == row.size:
        _complete(row, at)
    return row


def _copy(piece: IO[bytes], part: IO[bytes], most: int) -> int:
    written = 0
    while chunk := piece.read(256 * 1024):
        written += len(chunk)
        if written > most:
            raise Invalid(fields={"file": _("The piece is longer than what is missing, or than 8 MB.")})
        part.write(chunk)
    return written


@contextmanager
def _open_part(row: Upload) -> Iterator[IO[bytes]]:
    path = folder() / row.public_id
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as part:
        try:
            fcntl.flock(part, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy from None
        yield part


@transaction.atomic
def _complete(row: Upload, at: datetime) -> None:
    """Have the file checked: a short one at once, and by a job as well in case that this process dies before."""
    UPLOAD.apply(row, "complete", changed_at=at)
    is_short = row.size <= AT_ONCE
    jobs.enqueue("assets.take_in", upload_id=row.public_id, run_at=at + SECOND_LOOK if is_short else None)
    if is_short:
        transaction.on_commit(lambda: take_in(row.public_id))


def take_in(upload_id: str) -> None:
    """Check the complete file and make it the file of its version. Outside transactions; may run again.

    Of two that come at once the second one waits and finds nothing to do.
    """
    at, path = clock.now(), folder() / upload_id
    with transaction.atomic():
        rows = Upload.objects.select_for_update(of=("self",)).select_related("version__asset__account", "user")
        row = rows.filter(public_id=upload_id, state="checking").first()
        if row is None:
            return
        try:
            with path.open("rb") as content, transaction.atomic():
                _keep(_uploader(row), row.version, _Named(row.name, content), at)
            UPLOAD.apply(row, "take", changed_at=at)
        except Refused as refusal:
            with translation.override("en"):  # kept in English, shown in the reader's language
                text = " ".join(refusal.fields.values()) or refusal.message
            UPLOAD.apply(row, "refuse", problem=text[:400], changed_at=at)
        except FileNotFoundError:
            UPLOAD.apply(row, "refuse", problem=stored(_("The pieces are gone. Upload the file again.")), changed_at=at)
    path.unlink(missing_ok=True)


def refuse_upload(upload_id: str, *, at: datetime) -> None:
    """Give up a file that could not be taken in for a reason of ours; the next one may be."""
    row = Upload.objects.filter(public_id=upload_id, state="checking").first()
    if row is not None:
        problem = stored(_("The file could not be taken in, and not because of what is in it. Upload it again."))
        UPLOAD.apply(row, "refuse", problem=problem, changed_at=at)


class _Named:
    """A file on disk with the name that it was uploaded under."""

    def __init__(self, name: str, content: IO[bytes]) -> None:
        self.name = name
        self._content = content

    def __getattr__(self, name: str) -> Any:
        return getattr(self._content, name)


def _uploader(row: Upload) -> Actor:
    account = row.version.asset.account
    if isinstance(row.user, User):
        try:
            return parties.actor_for(row.user, account)
        except Refused:
            pass  # has left the account meanwhile
    return Actor(account_id=account.public_id, account_pk=account.pk, user_name=str(account), channel="system")


def give_file(actor: Actor, *, version_id: str, upload: Any, at: datetime) -> AssetVersion:
    """The file of a version in one piece, from a form without scripts.

    Raises FileRefused, Invalid, ScanRunning, NotFound.
    """
    version = _writable(actor, version_id)
    name = files.clean_name(str(getattr(upload, "name", "") or ""))
    if wrong := why_not(name, int(getattr(upload, "size", 0) or 0)):
        raise Invalid(fields=wrong)
    with transaction.atomic():
        return _keep(actor, version, upload, at)


def _writable(actor: Actor, version_id: str) -> AssetVersion:
    selling.require_seller(actor, selectors.MANAGE)
    version = selectors.version_of(actor, version_id)
    if version.asset.kind not in {"package", "container"}:
        raise NotAllowed
    if version.state == "scanning":
        raise ScanRunning
    if version.state == "approved":
        raise NotAllowed(_("This version is approved. Add a new version for another file."))
    return version


def _keep(actor: Actor, version: AssetVersion, upload: Any, at: datetime) -> AssetVersion:
    """Store the file and forget the one before; a scan looks inside later."""
    most = parameters.get("asset.package_max_gb") * rules.GB
    before: StoredFile | None = version.file
    row = files.store(actor, upload, purpose="asset", types=TYPES, most_bytes=most, is_public=False, at=at, deep=False)
    changed = AssetVersion.objects.filter(pk=version.pk, state__in=("draft", "rejected")).update(
        file=row, changed_at=at
    )
    if not changed:
        files.forget(row)
        raise ScanRunning
    version.file = row
    Asset.objects.filter(pk=version.asset_id).update(changed_at=at)
    if before is not None:
        files.forget(before)
    audit.record(
        actor, "asset.version_uploaded", version, at=at,
        after={"name": row.name, "size": row.size, "sha256": row.sha256},
    )  # fmt: skip
    return version


@transaction.atomic
def drop_upload(actor: Actor, *, upload_id: str, at: datetime) -> Upload:
    """Stop an upload and forget its pieces."""
    selling.require_seller(actor, selectors.MANAGE)
    row = selectors.upload_of(actor, upload_id)
    UPLOAD.apply(row, "drop", changed_at=at)
    transaction.on_commit(lambda: (folder() / row.public_id).unlink(missing_ok=True))
    return row


def tidy_uploads(at: datetime) -> int:
    """Forget uploads that nobody went on with for a week, and pieces of uploads that have ended."""
    rows = Upload.objects.filter(state="open", changed_at__lt=at - KEPT)
    count = rows.update(state="dropped", changed_at=at)
    waiting = set(Upload.objects.filter(state__in=("open", "checking")).values_list("public_id", flat=True))
    for path in folder().iterdir():
        if path.name not in waiting:
            path.unlink(missing_ok=True)
    return count
