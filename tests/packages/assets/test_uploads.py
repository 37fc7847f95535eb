"""Long files come in pieces and go on where they stopped (S-AST-003)."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest

from galleria.assets import services
from galleria.assets.models import AssetVersion, Upload
from galleria.assets.rules import GB
from galleria.assets.services import uploading
from galleria.assets.services.refusals import ScanRunning, TooManyUploads, WrongOffset
from galleria.assets.states import UPLOAD
from galleria.kit import clock, files, jobs
from galleria.kit.errors import Invalid, NotAllowed, NotFound
from tests.packages.kit import hostile
from tests.people import Person, make_seller

DATA = hostile.zipped({f"part{n}": bytes([n]) * 3000 for n in range(9)}, 0)


@pytest.fixture
def version(bruno: Person, at: Any) -> AssetVersion:
    return services.add_asset(bruno.actor, kind="package", name="Backup", at=at).versions.get()


@pytest.fixture
def send(bruno: Person, at: Any, django_capture_on_commit_callbacks: Any) -> Any:
    def piece(row: Upload, offset: int, data: bytes) -> Upload:
        with django_capture_on_commit_callbacks(execute=True):
            services.piece_came(bruno.actor, upload_id=row.public_id, offset=offset, piece=io.BytesIO(data), at=at)
        row.refresh_from_db()
        return row

    return piece


@pytest.fixture
def start(bruno: Person, version: AssetVersion, at: Any) -> Any:
    def begin(name: str = "app.zip", size: int = len(DATA)) -> Upload:
        return services.start_upload(bruno.actor, version_id=version.public_id, name=name, size=size, at=at)

    return begin


def test_the_states_of_an_upload_have_no_dead_ends() -> None:
    assert UPLOAD.problems() == []


@pytest.mark.req("S-AST-003")
def test_an_upload_goes_on_where_it_stopped(start: Any, send: Any, version: AssetVersion) -> None:
    row = start()
    assert send(row, 0, DATA[:1000]).received == 1000
    assert start().public_id == row.public_id  # the browser was closed; the same file is chosen again
    assert send(row, 1000, DATA[1000:]).state == "taken"

    version.refresh_from_db()
    with files.open_file(version.file) as content:
        assert content.read() == DATA
    assert (version.file.name, version.file.size, version.file.is_public) == ("app.zip", len(DATA), False)
    assert not (uploading.folder() / row.public_id).exists()


@pytest.mark.req("S-AST-003")
@pytest.mark.parametrize("offset", [0, 999, 1001, 5000, -1])
def test_a_piece_that_does_not_follow_changes_nothing_and_says_where_to_go_on(
    start: Any, send: Any, offset: int
) -> None:
    row = start()
    send(row, 0, DATA[:1000])
    with pytest.raises(WrongOffset) as refusal:
        send(row, offset, DATA[1000:2000])
    assert refusal.value.extra == {"offset": 1000}
    assert send(row, 1000, DATA[1000:]).state == "taken"


def test_what_a_broken_write_left_is_written_over(start: Any, send: Any, version: AssetVersion) -> None:
    row = start()
    send(row, 0, DATA[:1000])
    with (uploading.folder() / row.public_id).open("ab") as part:
        part.write(b"half a piece that nobody counted")
    send(row, 1000, DATA[1000:])

    version.refresh_from_db()
    with files.open_file(version.file) as content:
        assert content.read() == DATA


@pytest.mark.parametrize("size", [len(DATA) + 1, services.PIECE + 1])
def test_a_piece_that_is_too_long_is_refused(start: Any, send: Any, size: int) -> None:
    row = start(size=len(DATA) if size == len(DATA) + 1 else 20 * files.MB)
    with pytest.raises(Invalid):
        send(row, 0, b"x" * size)
    row.refresh_from_db()
    assert (row.received, row.state) == (0, "open")


@pytest.mark.req("S-AST-003")
def test_a_file_that_is_no_archive_is_refused_when_it_is_complete(start: Any, send: Any, version: AssetVersion) -> None:
    row = send(start(size=500), 0, b"MZ" + b"\x00" * 498)

    assert row.state == "refused"
    assert "only ZIP, TAR, TAR.GZ can be used" in row.problem
    version.refresh_from_db()
    assert version.file is None
    assert not (uploading.folder() / row.public_id).exists()


@pytest.mark.req("S-AST-003")
def test_a_long_file_is_taken_in_by_a_job(start: Any, send: Any, version: AssetVersion, monkeypatch: Any) -> None:
    monkeypatch.setattr(uploading, "AT_ONCE", 100)
    row = send(start(), 0, DATA)
    assert row.state == "checking"
    jobs.run_due(with_crons=False, raise_errors=True)
    row.refresh_from_db()
    version.refresh_from_db()
    assert (row.state, version.file.size) == ("taken", len(DATA))
    services.take_in(row.public_id)  # a job that runs again does nothing


@pytest.mark.req("S-AST-003")
def test_a_short_file_whose_check_died_is_taken_in_by_a_job(
    start: Any, send: Any, version: AssetVersion, monkeypatch: Any
) -> None:
    with monkeypatch.context() as died:
        died.setattr(uploading, "take_in", lambda _id: None)  # the process ended after the last piece
        row = send(start(), 0, DATA)
    assert row.state == "checking"

    clock.advance(uploading.SECOND_LOOK)
    jobs.run_due(with_crons=False, raise_errors=True)

    row.refresh_from_db()
    version.refresh_from_db()
    assert (row.state, version.file.size) == ("taken", len(DATA))


def test_a_short_file_that_was_checked_is_not_taken_in_again(start: Any, send: Any, version: AssetVersion) -> None:
    row = send(start(), 0, DATA)
    version.refresh_from_db()
    taken = version.file
    clock.advance(uploading.SECOND_LOOK)
    jobs.run_due(with_crons=False, raise_errors=True)

    version.refresh_from_db()
    assert (row.state, version.file) == ("taken", taken)


def test_a_file_that_cannot_be_taken_in_is_given_up_and_may_be_sent_again(
    start: Any, send: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(uploading, "AT_ONCE", 100)
    with monkeypatch.context() as broken:
        broken.setattr(uploading, "_keep", lambda *_a: 1 / 0)  # the storage is away
        row = send(start(), 0, DATA)
        for _attempt in range(5):
            jobs.run_due(with_crons=False)
            clock.advance(timedelta(hours=1))

    row.refresh_from_db()
    assert (row.state, row.problem) == (
        "refused", "The file could not be taken in, and not because of what is in it. Upload it again."
    )  # fmt: skip
    assert send(start(), 0, DATA).state == "checking"


@pytest.mark.req("S-AST-003")
@pytest.mark.parametrize(
    ("size", "has_bucket", "words"),
    [
        (1 * GB, False, ""), (1 * GB + 1, False, "object storage"), (1 * GB + 1, True, ""), (20 * GB, True, ""),
        (20 * GB + 1, True, "at most 20 GB"), (0, False, "empty"),
    ],
)  # fmt: skip
def test_over_one_gigabyte_needs_object_storage_and_twenty_are_the_most(
    start: Any, settings: Any, size: int, has_bucket: bool, words: str
) -> None:
    settings.GALLERIA_HAS_OBJECT_STORAGE = has_bucket
    if not words:
        assert start(size=size).size == size
        return
    with pytest.raises(Invalid) as refusal:
        start(size=size)
    assert words in refusal.value.fields["file"]


@pytest.mark.req("S-AST-003")
@pytest.mark.parametrize("name", ["my app.zip", "app.rar", "app.zip.exe", "", "app\u202epiz.zip "])
def test_a_name_that_would_be_refused_is_refused_before_a_byte_is_sent(start: Any, name: str) -> None:
    if name.startswith("app\u202e"):
        assert start(name).name == "apppiz.zip"  # what nobody sees is taken out
        return
    with pytest.raises(Invalid):
        start(name)


def test_five_uploads_are_under_way_at_most(start: Any) -> None:
    for number in range(5):
        start(f"app{number}.zip")
    with pytest.raises(TooManyUploads):
        start("app5.zip")


def test_a_stopped_upload_takes_no_more(start: Any, send: Any, bruno: Person, at: Any) -> None:
    row = start()
    send(row, 0, DATA[:10])
    services.drop_upload(bruno.actor, upload_id=row.public_id, at=at)
    with pytest.raises(NotAllowed):
        send(row, 10, DATA[10:])
    assert start().public_id != row.public_id


def test_a_version_that_is_scanned_takes_no_file(
    start: Any, send: Any, bruno: Person, version: AssetVersion, at: Any
) -> None:
    row = start()
    upload = hostile.zipped({"a": b"b"})
    from django.core.files.uploadedfile import SimpleUploadedFile

    services.give_file(bruno.actor, version_id=version.public_id, upload=SimpleUploadedFile("a.zip", upload), at=at)
    services.submit_version(bruno.actor, version_id=version.public_id, at=at)
    assert send(row, 0, DATA).state == "refused"
    with pytest.raises(ScanRunning):
        start("b.zip")
    assert AssetVersion.objects.get(pk=version.pk).file.name == "a.zip"


def test_somebody_elses_upload_is_not_found(start: Any, at: Any) -> None:
    row, other = start(), make_seller("Mallory Quinn")
    with pytest.raises(NotFound):
        services.piece_came(other.actor, upload_id=row.public_id, offset=0, piece=io.BytesIO(b"x"), at=at)
    with pytest.raises(NotFound):
        services.drop_upload(other.actor, upload_id=row.public_id, at=at)


def test_uploads_that_nobody_goes_on_with_are_forgotten_after_a_week(start: Any, send: Any, at: Any) -> None:
    row = start()
    send(row, 0, DATA[:10])
    assert services.tidy_uploads(at + timedelta(days=7)) == 0
    assert services.tidy_uploads(at + timedelta(days=7, seconds=1)) == 1
    row.refresh_from_db()
    assert row.state == "dropped"
    assert not (uploading.folder() / row.public_id).exists()
