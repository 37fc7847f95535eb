"""What a file is, by its first bytes and its inner order; the name is not asked."""

from __future__ import annotations

import gzip
import re
import struct
import tarfile
import zipfile
import zlib
from typing import IO, Final

HEAD: Final = 4096
# What the libraries of archives raise for archives that somebody has bent.
BROKEN: Final = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, struct.error, EOFError, OSError, NotImplementedError, ValueError,
    TypeError, LookupError, OverflowError,
)  # fmt: skip
_MARKUP = re.compile(
    rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|script|svg|iframe|img|a|div|p|table|meta|link|style)[\s/>]",
    re.I | re.S,
)
_SVG = re.compile(rb"<(?:[a-z0-9]+:)?svg[\s>]", re.I)
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STARTS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (_OLE, "ole"),
    (b"Rar!\x1a\x07\x00", "rar"),
    (b"Rar!\x1a\x07\x01\x00", "rar"),
    (b"\x1f\x8b", "gz"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"MZ", "exe"),
    (b"\x7fELF", "elf"),
    (b"\xca\xfe\xba\xbe", "binary"),
    (b"\xcf\xfa\xed\xfe", "binary"),
    (b"#!", "script"),
    (b"8BPS", "psd"),
    (b"BM", "bmp"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"{\\rtf", "rtf"),
)
# A name inside an office container; directories of the old format hold it in two-byte letters.
_OLE_STREAMS: Final = (
    (b"WordDocument", "doc"),
    (b"PowerPoint Document", "ppt"),
    (b"Workbook", "xls"),
    (b"Book", "xls"),
)
_OFFICE_PARTS: Final = (("word/", "docx"), ("xl/", "xlsx"), ("ppt/", "pptx"))
_MACRO_TYPE: Final = b"macroEnabled"


def sniff(content: IO[bytes]) -> str:
    """A key of `types.TYPES`, or a word for what we do not take (`svg`, `html`, `exe`, `7z`, `docm`, `unknown`…).

    `content` is read from its beginning and left there.
    """
    content.seek(0)
    head = content.read(HEAD)
    try:
        return _sniff(content, head)
    finally:
        content.seek(0)


_MP4_BRANDS: Final = frozenset({
    b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"dash", b"M4V ", b"MSNV",
})  # fmt: skip


def _film(brand: bytes) -> str:
    """A film by the brand of its container; pictures and sound in the same container are not taken."""
    if brand == b"qt  ":
        return "mov"
    return "mp4" if brand in _MP4_BRANDS else "unknown"


def _sniff(content: IO[bytes], head: bytes) -> str:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(content)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    for start, kind in _STARTS:
        if head.startswith(start):
            return {"ole": _ole, "gz": _gz}[kind](content) if kind in {"ole", "gz"} else kind
    if head[4:8] == b"ftyp":
        return _film(head[8:12])
    if _is_tar(head):
        return "tar"
    if b"%PDF-" in head[:1024] and not _MARKUP.match(head):
        return "pdf"
    return _text(head)


def _text(head: bytes) -> str:
    """`txt` for anything readable, `svg` and `html` for markup, `unknown` for the rest."""
    if b"\x00" in head:
        return "unknown"
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # a letter cut in two at the end is fine
            return "unknown"
    plain = head.removeprefix(b"\xef\xbb\xbf")
    if _SVG.search(plain):
        return "svg"
    if _MARKUP.match(plain):
        return "html"
    return "xml" if plain.lstrip().startswith(b"<?xml") else "txt"


def _is_tar(head: bytes) -> bool:
    """A POSIX header, or an old one whose checksum is right."""
    if len(head) < 512:
        return False
    block = head[:512]
    if block[257:262] == b"ustar":
        return True
    try:
        said = int(block[148:156].strip(b" \x00") or b"x", 8)
    except ValueError:
        return False
    return said == sum(block[:148]) + 8 * 32 + sum(block[156:]) and bool(block[0])


def _gz(content: IO[bytes]) -> str:
    content.seek(0)
    try:
        inner = gzip.GzipFile(fileobj=content).read(HEAD)
    except (OSError, EOFError, zlib.error):
        return "gz"
    return "tar.gz" if _is_tar(inner) else "gz"


def _ole(content: IO[bytes]) -> str:
    content.seek(0)
    seen, tail = "unknown", b""
    while chunk := content.read(1 << 20):
        window = tail + chunk
        for name, kind in _OLE_STREAMS:
            wide = b"".join(bytes((letter, 0)) for letter in name)
            if wide + b"\x00\x00" in window:
                return kind
        tail = window[-64:]
    return seen


def _zip(content: IO[bytes]) -> str:
    content.seek(0)
    try:
        with zipfile.ZipFile(content) as archive:
            names = archive.namelist()
            if "[Content_Types].xml" not in names:
                return "zip"
            with archive.open("[Content_Types].xml") as part:
                declared = part.read(1 << 20)
    except (*BROKEN, RuntimeError):
        return "broken-zip"
    for folder, kind in _OFFICE_PARTS:
        if any(name.startswith(folder) for name in names):
            return kind[:3] + "m" if _MACRO_TYPE in declared else kind
    return "zip"


def has_macros(content: IO[bytes], kind: str) -> bool:
    """Whether an office document carries macros."""
    content.seek(0)
    try:
        if kind in {"docx", "xlsx", "pptx"}:
            with zipfile.ZipFile(content) as archive:
                return any(name.lower().endswith("vbaproject.bin") for name in archive.namelist())
        if kind in {"doc", "xls", "ppt"}:
            wide = "_VBA_PROJECT".encode("utf-16-le")
            return _contains(content, (wide, "VBA".encode("utf-16-le") + b"\x00\x00"))
    except (*BROKEN, RuntimeError):
        pass
    finally:
        content.seek(0)
    return False


def has_active_pdf(content: IO[bytes]) -> bool:
    """Whether a PDF carries scripts, launches programs or embeds files, as far as that is written in the open."""
    content.seek(0)
    try:
        return _contains(content, (b"/JavaScript", b"/JS ", b"/JS(", b"/Launch", b"/EmbeddedFile"))
    finally:
        content.seek(0)


def _contains(content: IO[bytes], needles: tuple[bytes, ...]) -> bool:
    tail = b""
    while chunk := content.read(1 << 20):
        window = tail + chunk
        if any(needle in window for needle in needles):
            return True
        tail = window[-64:]
    return False
