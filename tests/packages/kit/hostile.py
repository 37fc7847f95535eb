"""Files as people and attackers send them, made here so that nothing hostile lies in the repository."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from typing import Any

from PIL import Image

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def picture(width: int = 120, height: int = 120, kind: str = "PNG", **more: Any) -> bytes:
    """A plain picture of that size."""
    out = io.BytesIO()
    mode = {"GIF": "P", "JPEG": "RGB"}.get(kind, "RGBA")
    Image.new(mode, (width, height), 7 if mode == "P" else (200, 40, 40)).save(out, kind, **more)
    return out.getvalue()


def padded(data: bytes, size: int) -> bytes:
    """The same PNG, made longer by a chunk of a kind that is dropped."""
    room = size - len(data) - 12
    body = b"tEXt" + b"x" * room
    chunk = struct.pack(">I", room) + body + struct.pack(">I", zlib.crc32(body))
    return data[:-12] + chunk + data[-12:]


def moving(frames: int = 3, width: int = 80, height: int = 60) -> bytes:
    """An animated GIF."""
    out = io.BytesIO()
    pictures = [Image.new("RGB", (width, height), (80 * number, 0, 0)) for number in range(frames)]
    pictures[0].save(out, "GIF", save_all=True, append_images=pictures[1:], duration=100, loop=0)
    return out.getvalue()


def declared_png(width: int, height: int) -> bytes:
    """A short PNG whose header declares a picture of any size."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\x00" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def tarred(files: dict[str, bytes], *, mode: str = "w:gz", links: dict[str, str] | None = None) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    return out.getvalue()


def word(*, macros: bool = False, declared: str = "document.main+xml") -> bytes:
    """A document of a word processor, small but with the parts that make it one."""
    files = {
        "[Content_Types].xml": f'<Types><Override ContentType="application/vnd.ms-word.{declared}"/></Types>'.encode(),
        "word/document.xml": b"<w:document/>",
    }
    if macros:
        files["word/vbaProject.bin"] = b"\xd0\xcf\x11\xe0macros"
    return zipped(files)


def old_word(*, macros: bool = False) -> bytes:
    """The head and directory names of the older format."""
    body = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 1000 + "WordDocument".encode("utf-16-le") + b"\x00\x00"
    return body + ("_VBA_PROJECT".encode("utf-16-le") + b"\x00\x00" if macros else b"") + b"\x00" * 512


def pdf(extra: bytes = b"") -> bytes:
    return b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n" + extra + b"\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def overlapping_zip(copies: int = 40) -> bytes:
    """A directory that names the same compressed bytes many times."""
    data = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = data.compress(b"\x00" * 200_000) + data.flush()
    crc, size = zlib.crc32(b"\x00" * 200_000), 200_000
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, crc, len(packed), size, 1, 0) + b"a" + packed
    central = b"".join(
        struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, crc, len(packed), size, 1, 0, 0, 0, 0, 0, 0)
        + bytes([97 + number % 26])
        for number in range(copies)
    )
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, copies, copies, len(central), len(local), 0)
    return local + central + end
