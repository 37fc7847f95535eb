"""Static files: small, compressed and named by their content once collected, plain before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

_COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
_TEXT = re.compile(rb"""("[^"\n]*"|'[^'\n]*')""")


def smaller(css: bytes) -> bytes:
    """The style sheet without comments and white space that say nothing; quoted texts stay as they are."""
    parts = _TEXT.split(_COMMENT.sub(b"", css))
    for number in range(0, len(parts), 2):
        part = re.sub(rb"\s+", b" ", parts[number])
        parts[number] = re.sub(rb" ?([{};,]) ?", rb"\1", part).replace(b": ", b":").replace(b";}", b"}")
    return b"".join(parts).strip()


class _Smaller:
    """A place of source files whose style sheets are read smaller."""

    def __init__(self, storage: Any) -> None:
        self.storage = storage

    def open(self, name: str, mode: str = "rb") -> Any:
        with self.storage.open(name, mode) as file:
            return ContentFile(smaller(file.read()), name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.storage, name)


class StaticStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names by content when there is a manifest; the plain names while nothing was collected yet.

    With a manifest a name that is missing from it is an error, as it should be.
    """

    def stored_name(self, name: str) -> str:
        if not self.hashed_files:
            return name
        return str(super().stored_name(name))

    def post_process(self, paths: dict[str, Any], *given: Any, **options: Any) -> Iterator[Any]:
        """Style sheets are made smaller before they are named by their content and compressed."""
        made = {
            name: (_Smaller(storage), path) if name.endswith(".css") else (storage, path)
            for name, (storage, path) in paths.items()
        }
        yield from super().post_process(made, *given, **options)
