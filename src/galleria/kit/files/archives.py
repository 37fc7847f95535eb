"""Looking into archives without unpacking them: bombs, nesting, ways out of the folder, links, secrets.

`inspect` reads every member as a stream, with a limit on all of it together, since sizes that an archive declares
may lie. It is used when a document is uploaded and, with more room, when a package is scanned.
"""

from __future__ import annotations

import posixpath
import re
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Final

from galleria.kit.files.sniffing import BROKEN

MB: Final = 1024 * 1024
_NESTED_STARTS: Final = (
    b"PK\x03\x04", b"Rar!\x1a\x07", b"\x1f\x8b\x08", b"7z\xbc\xaf\x27\x1c", b"BZh", b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
)  # fmt: skip
_OFFICE_ENDINGS: Final = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp")
_PROGRAM_ENDINGS: Final = (".jar", ".war", ".ear", ".aar", ".whl", ".egg", ".nupkg", ".apk", ".vsix", ".xpi")
_LAYER_ENDINGS: Final = (".gz", ".tgz", ".zst", "layer.tar")


@dataclass(frozen=True, slots=True)
class Limits:
    """`most_bytes` of content in all, `most_ratio` of content to archive, `most_members` names.

    `programs`: files of programs that are archives themselves (jar, wheel) are no nesting; `layers` the same for the
    layers of container images; `links`: links that stay inside the archive are fine.
    """

    most_bytes: int = 300 * MB
    most_ratio: int = 120
    most_members: int = 5_000
    programs: bool = False
    layers: bool = False
    links: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """One file of an archive: its name as written and what kind of entry it is."""

    name: str
    kind: str  # file, folder, link, device
    size: int
    target: str = ""  # where a link leads; a hard link's is counted from the top
    is_hard: bool = False


@dataclass(slots=True)
class Seen:
    """What `inspect` found. `problems` are (rule, name of the member or empty); rules: bomb, many, nested, path, link,
    device, encrypted, broken."""

    members: int = 0
    total: int = 0
    problems: list[tuple[str, str]] = field(default_factory=list)

    def add(self, rule: str, name: str = "") -> None:
        if len(self.problems) < 100:
            self.problems.append((rule, name[:200]))

    @property
    def rules(self) -> frozenset[str]:
        return frozenset(rule for rule, _name in self.problems)


Reader = Callable[[Member, IO[bytes]], None]


class _Bomb(Exception):
    """More came out than may."""


class _Counted:
    """A stream that counts what all streams of the archive gave, and stops at the limit."""

    def __init__(self, real: IO[bytes], seen: Seen, most: int) -> None:
        self._real, self._seen, self._most = real, seen, most
        self.head = b""

    def read(self, size: int = 65_536) -> bytes:
        chunk = self._real.read(65_536 if size is None or size < 0 else size)
        if not self.head:
            self.head = chunk[:16]
        self._seen.total += len(chunk)
        if self._seen.total > self._most:
            raise _Bomb
        return chunk


def inspect(content: IO[bytes], kind: str, size: int, limits: Limits, reader: Reader | None = None) -> Seen:
    """Look at every member of a zip, tar or tar.gz of `size` bytes. `reader` sees each file's stream first.

    Any other kind gives an empty result: it cannot be opened here.
    """
    seen = Seen()
    most = min(limits.most_bytes, max(size * limits.most_ratio, 2 * MB))
    content.seek(0)
    try:
        if kind in {"zip", "docx", "xlsx", "pptx"}:
            _walk(_zip_members(content, seen, size), seen, limits, most, reader, office=kind != "zip")
        elif kind in {"tar", "tar.gz"}:
            _walk(_tar_members(content, kind, seen, most), seen, limits, most, reader)
    except _Bomb:
        seen.add("bomb")
    except BROKEN:
        seen.add("broken")
    except RuntimeError:  # the library's word for a password
        seen.add("encrypted")
    finally:
        content.seek(0)
    return seen


def _walk(
    members: Iterator[tuple[Member, IO[bytes] | None]],
    seen: Seen,
    limits: Limits,
    most: int,
    reader: Reader | None,
    *,
    office: bool = False,
) -> None:
    for member, stream in members:
        seen.members += 1
        if seen.members > limits.most_members:
            seen.add("many")
            return
        if leaves_folder(member.name):
            seen.add("path", member.name)
        if member.kind == "device" or (member.kind == "link" and not (limits.links and stays_inside(member))):
            seen.add(member.kind, member.name)
        if stream is None:
            continue
        counted = _Counted(stream, seen, most)
        if reader is not None:
            reader(member, counted)  # type: ignore[arg-type]
        while counted.read():
            pass
        if not office and is_nested(member.name, counted.head, limits):
            seen.add("nested", member.name)


def leaves_folder(name: str) -> bool:
    """Whether unpacking the name would write outside the folder that it is unpacked into."""
    plain = name.replace("\\", "/")
    return plain.startswith("/") or bool(re.match(r"^[A-Za-z]:", plain)) or ".." in plain.split("/") or "\x00" in plain


def stays_inside(link: Member) -> bool:
    """Whether a link leads to a place within the archive."""
    if not link.target or re.match(r"[/\\]|[A-Za-z]:", link.target):
        return False
    base = "" if link.is_hard else posixpath.dirname(link.name)
    return not leaves_folder(posixpath.normpath(posixpath.join(base, link.target)))


def is_nested(name: str, head: bytes, limits: Limits) -> bool:
    """Whether a member is an archive itself, other than those that belong inside."""
    lowered = name.lower()
    if not head.startswith(_NESTED_STARTS):
        return False
    if head.startswith(b"PK") and lowered.endswith(_OFFICE_ENDINGS):
        return False
    if limits.programs and lowered.endswith(_PROGRAM_ENDINGS):
        return False
    return not (limits.layers and (lowered.endswith(_LAYER_ENDINGS) or "/sha256/" in f"/{lowered}"))


def _zip_members(content: IO[bytes], seen: Seen, size: int) -> Iterator[tuple[Member, IO[bytes] | None]]:
    with zipfile.ZipFile(content) as archive:
        entries = archive.infolist()
        # Members that share their compressed bytes are how a small file becomes an endless one.
        if sum(entry.compress_size for entry in entries) > size:
            raise _Bomb
        for entry in entries:
            mode = entry.external_attr >> 16
            kind = "folder" if entry.is_dir() else "link" if stat.S_ISLNK(mode) else "file"
            member = Member(entry.filename, kind, entry.file_size)
            if entry.flag_bits & 0x1:
                seen.add("encrypted", entry.filename)
                yield member, None
                continue
            if kind == "folder":
                yield member, None
                continue
            with archive.open(entry) as stream:
                yield member, stream


def _tar_members(content: IO[bytes], kind: str, seen: Seen, most: int) -> Iterator[tuple[Member, IO[bytes] | None]]:
    with tarfile.open(fileobj=content, mode="r|gz" if kind == "tar.gz" else "r|") as archive:
        for entry in archive:
            member = Member(entry.name, _tar_kind(entry), entry.size, entry.linkname, entry.islnk())
            # Skipping a member unpacks it as well, so what it declares counts before it is read.
            if seen.total + entry.size > most:
                raise _Bomb
            yield member, archive.extractfile(entry) if entry.isfile() else None


def _tar_kind(entry: tarfile.TarInfo) -> str:
    if entry.isdir():
        return "folder"
    if entry.issym() or entry.islnk():
        return "link"
    return "file" if entry.isfile() else "device"
