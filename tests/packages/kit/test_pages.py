"""Keyset pages: every row once, in order, forwards and backwards, whatever happens meanwhile."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.kit import clock, pages
from galleria.kit.models import Job
from galleria.kit.pages import BadCursor, page_of
from tests.packages.kit.conftest import START


def fill(offsets: list[int]) -> None:
    Job.objects.bulk_create(
        Job(public_id=f"job_{n:04}", task=f"t{minutes}", run_at=START + timedelta(minutes=minutes), created_at=START)
        for n, minutes in enumerate(offsets)
    )


def walk(sort: str, size: int = 20) -> tuple[list[list[str]], list[list[str]]]:
    """The rows of all pages forwards, then backwards from the last one."""
    forwards, cursor = [], None
    while True:
        page = page_of(Job.objects.all(), sort=sort, cursor=cursor, size=size)
        forwards.append([row.public_id for row in page])
        if page.next is None:
            break
        cursor = page.next
    backwards = [forwards[-1]]
    while page.previous is not None:
        page = page_of(Job.objects.all(), sort=sort, cursor=page.previous, size=size)
        backwards.append([row.public_id for row in page])
    return forwards, backwards


@pytest.mark.django_db
@pytest.mark.parametrize("sort", ["run_at", "-run_at", "-pk", "pk", "task"])
@pytest.mark.parametrize("count", [0, 1, 20, 21, 65])
def test_every_row_is_seen_once_in_order_and_the_way_back_is_the_same(sort: str, count: int) -> None:
    fill([n % 7 for n in range(count)])
    forwards, backwards = walk(sort)
    field, sign = sort.removeprefix("-"), "-" if sort.startswith("-") else ""
    expected = list(Job.objects.order_by(sort, f"{sign}pk").values_list("public_id", flat=True))
    assert [row for page in forwards for row in page] == expected
    assert backwards == forwards[::-1]
    assert field
    assert all(len(page) == 20 for page in forwards[:-1])


@pytest.mark.django_db
def test_rows_that_come_and_go_do_not_shift_the_next_page() -> None:
    fill(list(range(40)))
    first = page_of(Job.objects.all(), sort="-run_at")
    fill_more = Job(public_id="job_new", task="t", run_at=START + timedelta(days=1), created_at=START)
    fill_more.save()
    first.items[3].delete()
    second = page_of(Job.objects.all(), sort="-run_at", cursor=first.next)
    assert [row.public_id for row in second] == [f"job_{n:04}" for n in range(19, -1, -1)]
    assert second.next is None


@pytest.mark.django_db
def test_a_cursor_that_was_changed_or_is_of_another_list_is_refused() -> None:
    fill(list(range(30)))
    cursor = page_of(Job.objects.all(), sort="run_at").next
    assert cursor is not None
    raw = bytearray(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    raw[-2] ^= 1
    for bad in ("x", "", " ", "ü", "A" * 40, cursor[:-4], base64.urlsafe_b64encode(bytes(raw)).decode()):
        if bad == "":
            continue
        with pytest.raises(BadCursor):
            page_of(Job.objects.all(), sort="run_at", cursor=bad)
    with pytest.raises(BadCursor):
        page_of(Job.objects.all(), sort="-run_at", cursor=cursor)


@given(st.text(max_size=60))
def test_no_text_as_cursor_is_more_than_refused(text: str) -> None:
    if text:
        with pytest.raises(BadCursor):
            page_of(Job.objects.none(), cursor=text)


@pytest.mark.django_db
def test_a_page_is_one_query_however_far_in(django_assert_num_queries: object) -> None:
    fill(list(range(60)))
    cursor = page_of(Job.objects.all(), sort="run_at").next
    with django_assert_num_queries(1):  # type: ignore[operator]
        page_of(Job.objects.all(), sort="run_at", cursor=cursor)


def test_sizes_are_20_50_and_100() -> None:
    assert [pages.size_of(asked) for asked in (None, "", 1, "20", 21, "50", 99, 1000, "many", -5)] == [
        20, 20, 20, 20, 50, 50, 100, 100, 20, 20,
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_page_of_something_made_of_each_row_keeps_its_cursors() -> None:
    fill(list(range(30)))
    page = page_of(Job.objects.all(), sort="run_at")
    named = page.map(lambda row: row.public_id)
    assert (named.items[0], named.next, len(named)) == ("job_0000", page.next, 20)
    assert clock.now() == START
