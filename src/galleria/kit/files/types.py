"""The kinds of files that we know: one word for each, its media type, the endings that its names may have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Family = Literal["picture", "video", "pdf", "ole", "ooxml", "archive", "text"]
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True, slots=True)
class FileType:
    """`inline` ones may be shown by the browser inside our pages; all others are downloads."""

    key: str
    media_type: str
    endings: tuple[str, ...]
    family: Family
    inline: bool = False

    @property
    def label(self) -> str:
        return "TAR.GZ" if self.key == "tar.gz" else self.key.upper()


TYPES: Final[dict[str, FileType]] = {
    kind.key: kind
    for kind in (
        FileType("png", "image/png", ("png",), "picture", True),
        FileType("jpg", "image/jpeg", ("jpg", "jpeg"), "picture", True),
        FileType("gif", "image/gif", ("gif",), "picture", True),
        FileType("mp4", "video/mp4", ("mp4", "m4v"), "video", True),
        FileType("mov", "video/quicktime", ("mov",), "video", True),
        FileType("pdf", "application/pdf", ("pdf",), "pdf"),
        FileType("doc", "application/msword", ("doc",), "ole"),
        FileType("xls", "application/vnd.ms-excel", ("xls",), "ole"),
        FileType("ppt", "application/vnd.ms-powerpoint", ("ppt",), "ole"),
        FileType("docx", _OFFICE + "wordprocessingml.document", ("docx",), "ooxml"),
        FileType("xlsx", _OFFICE + "spreadsheetml.sheet", ("xlsx",), "ooxml"),
        FileType("pptx", _OFFICE + "presentationml.presentation", ("pptx",), "ooxml"),
        FileType("zip", "application/zip", ("zip",), "archive"),
        FileType("rar", "application/vnd.rar", ("rar",), "archive"),
        FileType("tar", "application/x-tar", ("tar",), "archive"),
        FileType("tar.gz", "application/gzip", ("tar.gz", "tgz"), "archive"),
        FileType("csv", "text/csv", ("csv",), "text"),
        FileType("txt", "text/plain", ("txt", "pem", "log"), "text"),
        FileType("yaml", "application/yaml", ("yaml", "yml"), "text"),
        FileType("json", "application/json", ("json",), "text"),
    )
}
PICTURES: Final = ("png", "jpg", "gif")
DOCUMENTS: Final = ("pdf", "doc", "docx", "ppt", "pptx", "zip", "rar")
TEXTS: Final = frozenset(key for key, kind in TYPES.items() if kind.family == "text")


def accept(types: Iterable[str]) -> str:
    """The `accept` of a file field for these types: `.png,.jpg,.jpeg`."""
    endings = dict.fromkeys(ending.rpartition(".")[2] for key in types for ending in TYPES[key].endings)
    return ",".join(f".{ending}" for ending in endings)


def names_of(types: Iterable[str]) -> str:
    """The types for people: `PNG, JPG`."""
    return ", ".join(TYPES[key].label for key in types)


def by_name(name: str) -> FileType | None:
    """The type that the ending of a name promises, or None for an unknown ending."""
    lowered = name.lower()
    found = [kind for kind in TYPES.values() for ending in kind.endings if lowered.endswith(f".{ending}")]
    return max(found, key=lambda kind: len(kind.key), default=None)


def has_ending(name: str) -> bool:
    """Whether the name has an ending at all: a point and one to ten letters or digits."""
    ending = name.rpartition(".")[2] if "." in name.strip(".") else ""
    return 1 <= len(ending) <= 10 and ending.isalnum()
