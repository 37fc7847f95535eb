"""Hostile text in every field of every form that a screen has: a clear no or a clear yes, never a fault.

The forms are read from the pages of the table of screens, so that a new page is tested as soon as it has a row.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.test import Client

from tests.web.reading import Form, read
from tests.web.screens import SCREENS, VISITOR, Screen
from tests.web.test_screens import get, world  # noqa: F401 (fixture)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
HOSTILE = (
    "\x00", "\ud7ff\u202e\u2066\u200b𝟙٣\ufeff", "9" * 400, "1e999", "-1", "x" * 20_000, "<script>alert(1)</script>",
    "{0.__class__}%s%n../../etc/passwd' OR 1=1 --", "NaN", "2027-02-30T25:61", "[" * 500,
)  # fmt: skip
CONSOLES = ("/operator/", "/seller/")
STAYS = ("/account/logout", "/account/sessions")  # what ends the session that the next request needs
SEEN: set[tuple[str, ...]] = set()  # a form that stands on many pages is tested on the first


def _clone(client: Client) -> Client:
    """The same browser; what happens to its cookies is forgotten."""
    made = Client(raise_request_exception=False)
    made.cookies.update(client.cookies)
    return made


def _forms(page: Any, screen: Screen, path: str) -> Iterator[Form]:
    """The page's forms that no other page had, with the whole address."""
    for form in read(page).forms:
        form.action = form.action or path
        if not form.action.startswith("/") or form.action.startswith(STAYS):
            continue
        kind = tuple(part for part in urlsplit(form.action).path.split("/") if "_" not in part)
        key = (form.method, *kind, *sorted({*form.fields, *form.boxes, *form.choices}))
        if key not in SEEN:
            SEEN.add(key)
            yield form


def _values(form: Form) -> Iterator[dict[str, Any]]:
    """All fields with the same value, then each alone with one of them among what the page filled in.

    The consoles of sellers and operators have most forms: each of them is sent every third value.
    """
    names = sorted({*form.fields, *form.boxes, *form.choices} - {"csrfmiddlewaretoken"})
    plain = {name: value for name, value in form.fields.items() if name in names and value is not None}
    every = 3 if form.action.startswith(CONSOLES) else 1
    for value in HOSTILE[zlib.crc32(" ".join(names).encode()) % every :: every]:
        yield dict.fromkeys(names, value)
    for name in names:
        yield {**plain, name: HOSTILE[zlib.crc32(name.encode()) % len(HOSTILE)]}


def _send(client: Client, form: Form, values: dict[str, Any]) -> Any:
    """The answer, with nothing left behind."""
    point = transaction.savepoint()
    try:
        sent = _clone(client)
        return sent.post(form.action, values) if form.method.lower() == "post" else sent.get(form.action, values)
    finally:
        transaction.savepoint_rollback(point)


@pytest.mark.parametrize("screen", [each for each in SCREENS if each.status == 200], ids=lambda each: each.name)
def test_no_form_of_a_screen_breaks(world: dict[str, Any], screen: Screen) -> None:  # noqa: F811
    page = get(world, screen)
    client = world["clients"].get(screen.who) or world["clients"][VISITOR]
    broken = []
    for form in _forms(page, screen, screen.address(world)):
        for values in _values(form):
            answer = _send(client, form, values)
            markup = not answer.streaming and b"<script>alert(1)" in answer.content
            if answer.status_code >= 500 or markup:
                broken.append((form.action, {name: str(value)[:20] for name, value in values.items()}))

    assert broken == []
