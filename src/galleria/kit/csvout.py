"""CSV files that are streamed, that spreadsheets open rightly, and that cannot carry formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.http import StreamingHttpResponse

from galleria.kit.money import Money

BOM = "\ufeff"
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?%?", re.ASCII)
_CHUNK = 100


def cell(value: Any) -> str:
    """One cell as text. What a spreadsheet would run as a formula gets an apostrophe in front; numbers do not."""
    match value:
        case None:
            return ""
        case bool():
            text = "yes" if value else "no"
        case Money():
            text = value.text
        case datetime():
            text = value.isoformat(sep=" ", timespec="seconds")
        case date():
            text = value.isoformat()
        case Decimal():
            text = format(value, "f")
        case _:
            text = str(value).replace("\x00", "")
    if text.lstrip(" ")[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%") and not _NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def stream(header: Sequence[Any], rows: Iterable[Sequence[Any]], *, bom: bool = False) -> Iterator[bytes]:
    """The file in pieces of about a hundred lines. UTF-8, lines end in CR LF (RFC 4180).

    With `bom` old spreadsheets recognise the encoding.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    if bom:
        buffer.write(BOM)
    writer.writerow([cell(value) for value in header])
    for count, row in enumerate(rows, 1):
        writer.writerow([cell(value) for value in row])
        if count % _CHUNK == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def download(
    filename: str, header: Sequence[Any], rows: Iterable[Sequence[Any]], *, bom: bool = True
) -> StreamingHttpResponse:
    """The file as an HTTP answer that is saved under that name."""
    response = StreamingHttpResponse(stream(header, rows, bom=bom), content_type="text/csv; charset=utf-8")
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", filename)
    response["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename)}"
    response["X-Content-Type-Options"] = "nosniff"
    return response
