"""Keyset pages: as fast on the thousandth page as on the first, steady while rows are added."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import Invalid
from galleria.kit.jsonable import pack, unpack

T = TypeVar("T")
U = TypeVar("U")
M = TypeVar("M", bound=Model)
SIZES: Final = (20, 50, 100)


class BadCursor(Invalid):
    """The place in the list is not one that we gave out, or is of another list."""

    code = "BAD_CURSOR"
    status = 422
    default_message = _("This place in the list is not known. Start again from the first page.")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list and the cursors to the rows after and before them (None: there are none)."""

    items: list[T]
    next: str | None
    previous: str | None
    size: int

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def map(self, function: Callable[[T], U]) -> Page[U]:
        """The same page of something made of each row."""
        return Page([function(item) for item in self.items], self.next, self.previous, self.size)


def size_of(asked: int | str | None) -> int:
    """The page size nearest to what was asked for: 20, 50 or 100."""
    try:
        wanted = int(asked or SIZES[0])
    except ValueError:
        return SIZES[0]
    return next((size for size in SIZES if wanted <= size), SIZES[-1])


def page_of(
    rows: QuerySet[M], *, sort: str = "-pk", cursor: str | None = None, size: int | str | None = None
) -> Page[M]:
    """The page at the cursor, sorted by one never-empty field (`-` in front: descending), then by row number.

    Raises BadCursor when the cursor was changed or belongs to another order.
    """
    length = size_of(size)
    descending, field = sort.startswith("-"), sort.removeprefix("-")
    going_back, position = False, None
    if cursor:
        going_back, position = _read(cursor, sort)
    downward = descending != going_back
    selected = rows.order_by(*_order(field, downward))
    if position is not None:
        selected = selected.filter(_beyond(field, position, downward))
    found = list(selected[: length + 1])
    more = len(found) > length
    found = found[:length]
    if going_back:
        found.reverse()
    has_next, has_previous = (True, more) if going_back else (more, position is not None)
    return Page(
        found,
        _write(sort, False, found[-1], field) if has_next and found else None,
        _write(sort, True, found[0], field) if has_previous and found else None,
        length,
    )


def _order(field: str, downward: bool) -> list[str]:
    sign = "-" if downward else ""
    return [f"{sign}pk"] if field in ("pk", "id") else [f"{sign}{field}", f"{sign}pk"]


def _beyond(field: str, position: list[Any], downward: bool) -> Q:
    value, pk = position
    than = "lt" if downward else "gt"
    if field in ("pk", "id"):
        return Q(**{f"pk__{than}": pk})
    # The first condition alone can use an index; the second cuts the ties.
    return Q(**{f"{field}__{than}e": value}) & (Q(**{f"{field}__{than}": value}) | Q(**{f"pk__{than}": pk}))


def _signature(text: bytes) -> bytes:
    key = hashlib.sha256(b"cursor " + str(settings.SECRET_KEY).encode()).digest()
    return hmac.new(key, text, hashlib.sha256).digest()[:9]


def _write(sort: str, going_back: bool, row: Model, field: str) -> str:
    value: Any = row
    for part in field.split("__"):
        value = getattr(value, part)
    position = [sort, int(going_back), None if field in ("pk", "id") else pack(value), pack(row.pk)]
    text = json.dumps(position, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_signature(text) + text).decode().rstrip("=")


def _read(cursor: str, sort: str) -> tuple[bool, list[Any]]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadCursor from None
    mark, text = raw[:9], raw[9:]
    if not hmac.compare_digest(mark, _signature(text)):
        raise BadCursor
    made_for, going_back, value, pk = json.loads(text)
    if made_for != sort:
        raise BadCursor
    return bool(going_back), [unpack(value), unpack(pk)]
