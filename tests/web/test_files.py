"""Files over HTTP: who gets them, and with which headers."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.kit import files
from galleria.kit.models import StoredFile
from tests.packages.kit import hostile
from tests.people import NOW, Person, make_seller


@pytest.fixture
def keep(bruno: Person, at: Any) -> Any:
    def store(name: str, data: bytes, **more: Any) -> StoredFile:
        types = ("png", "jpg", "gif", *files.DOCUMENTS, "txt")
        return files.store(
            bruno.actor, files.Content(name, data), purpose="release", types=types, most_bytes=files.MB, at=at, **more
        )

    return store


def test_a_picture_is_shown_and_nothing_in_it_can_run(keep: Any, bruno: Person) -> None:
    row = keep("logo.png", hostile.picture())
    response = bruno.client.get(files.url_of(row))

    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    assert response["Content-Disposition"] == 'inline; filename="logo.png"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox; frame-ancestors 'none'"
    assert response["Cache-Control"] == "private, no-cache"
    assert len(response.content) == row.size
    again = bruno.client.get(files.url_of(row), headers={"If-None-Match": response["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert bruno.client.get(f"{files.url_of(row)}?download")["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("name", "data"), [("guide.pdf", hostile.pdf()), ("a.docx", hostile.word()), ("note.txt", b"<b>hello</b> there")]
)
def test_everything_else_is_a_download(keep: Any, bruno: Person, name: str, data: bytes) -> None:
    response = bruno.client.get(files.url_of(keep(name, data)))

    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["X-Content-Type-Options"] == "nosniff"


def test_names_in_other_scripts_and_quotes_do_not_break_the_header(keep: Any, bruno: Person) -> None:
    response = bruno.client.get(files.url_of(keep("说明 '\u202e书.pdf", hostile.pdf())))

    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%E8%AF%B4")
    assert "%E2%80%AE" not in response["Content-Disposition"]


def test_strangers_get_the_same_answer_as_for_no_file(
    keep: Any, bruno: Person, xavier: Person, olga: Person, visitor: Any
) -> None:
    row = keep("guide.pdf", hostile.pdf())
    other = make_seller("Mallory Quinn")

    for client in (xavier.client, other.client, visitor):
        assert client.get(files.url_of(row)).status_code == 404
        assert client.get("/files/fil_none").status_code == 404
    assert olga.client.get(files.url_of(row)).status_code == 200
    assert bruno.colleague("Bea", "SellerAdmin").client.get(files.url_of(row)).status_code == 200


def test_a_public_file_is_for_everybody_and_may_be_kept(keep: Any, visitor: Any) -> None:
    response = visitor.get(files.url_of(keep("logo.png", hostile.picture(), is_public=True)))

    assert response["Cache-Control"] == "public, max-age=3600"
    assert response.content[:8] == b"\x89PNG\r\n\x1a\n"


def test_a_long_file_is_streamed_with_its_length(keep: Any, bruno: Person) -> None:
    data = hostile.pdf(b"%" + b"x" * 3 * files.MB)
    row = files.store(
        bruno.actor, files.Content("a.pdf", data), purpose="release", types=("pdf",), most_bytes=9 * files.MB, at=NOW
    )
    response = bruno.client.get(files.url_of(row))

    assert response["Content-Length"] == str(len(data))
    assert b"".join(response.streaming_content) == data


def test_only_reading_is_possible(keep: Any, bruno: Person) -> None:
    assert bruno.client.post(files.url_of(keep("logo.png", hostile.picture()))).status_code == 405
