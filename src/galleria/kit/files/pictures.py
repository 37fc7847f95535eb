"""Pictures: their size by rule, and what they carry besides the picture taken out.

Place and time of a photograph, comments, previews and whatever hangs behind the end of the file are dropped; the
picture itself stays as it was, bit by bit, unless it has to be turned upright.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from galleria.kit.files.refusals import FileRefused

if TYPE_CHECKING:
    from PIL import Image

MOST_SIDE: Final = 12_000
MOST_PIXELS: Final = 40_000_000
MOST_FRAMES: Final = 300
_FORMATS: Final = {"png": "PNG", "jpg": "JPEG", "gif": "GIF"}
_ORIENTATION: Final = 0x0112
_PNG_KEPT: Final = frozenset(
    (
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"iCCP",
        b"sBIT",
        b"bKGD",
        b"pHYs",
        b"cICP",
    )
)


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture must be, in pixels: exactly `width` × `height`, or between least and most. 0: any."""

    width: int = 0
    height: int = 0
    least_width: int = 0
    most_width: int = 0
    least_height: int = 0
    most_height: int = 0
    animated: bool = False

    def wrong(self, width: int, height: int) -> object | None:
        """The sentence about a size that does not fit, or None."""
        size = {"width": width, "height": height}
        if self.width and (width, height) != (self.width, self.height):
            return _("The picture is %(width)d × %(height)d pixels; it must be exactly %(w)d × %(h)d.") % {
                **size, "w": self.width, "h": self.height,
            }  # fmt: skip
        if self.least_width and width < self.least_width:
            return _("The picture is %(width)d pixels wide; at least %(w)d are needed.") % {
                **size, "w": self.least_width,
            }  # fmt: skip
        if self.most_width and width > self.most_width:
            return _("The picture is %(width)d pixels wide; at most %(w)d are allowed.") % {
                **size, "w": self.most_width,
            }  # fmt: skip
        if self.least_height and height < self.least_height:
            return _("The picture is %(height)d pixels high; at least %(h)d are needed.") % {
                **size, "h": self.least_height,
            }  # fmt: skip
        if self.most_height and height > self.most_height:
            return _("The picture is %(height)d pixels high; at most %(h)d are allowed.") % {
                **size, "h": self.most_height,
            }  # fmt: skip
        return None


def checked(content: IO[bytes], kind: str, rule: Picture | None, field: str) -> tuple[bytes, int, int]:
    """The clean picture with its width and height. Raises FileRefused: dimensions, pixels, broken."""
    wanted = rule or Picture(animated=True)
    content.seek(0)
    data = content.read()
    try:
        cleaned = _clean(data, kind, wanted, field)
        with _opened(cleaned, kind) as image:
            image.load()
            return cleaned, image.width, image.height
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        struct.error,
        LookupError,
        TypeError,
        OverflowError,
        zlib.error,
    ) as error:
        raise FileRefused(_("The picture is damaged. Save it again and send it once more."), rule="broken",
                          field=field) from error  # fmt: skip


def _opened(data: bytes, kind: str) -> Image.Image:
    """The library is loaded with the first picture: most processes never see one."""
    from PIL import Image

    # The library's own limit warns of what ours, which are asked before anything is unpacked, refuse.
    Image.MAX_IMAGE_PIXELS = None
    return Image.open(io.BytesIO(data), formats=[_FORMATS[kind]])


def _clean(data: bytes, kind: str, rule: Picture, field: str) -> bytes:
    """Check the size that the header declares before anything is unpacked, then take the picture alone."""
    with _opened(data, kind) as image:
        width, height, frames = image.width, image.height, 1
        if max(width, height) > MOST_SIDE or width * height > MOST_PIXELS:
            raise _too_many(field)
        turned = kind == "jpg" and image.getexif().get(_ORIENTATION, 1) not in (1, None)
        if turned and image.getexif().get(_ORIENTATION) in (5, 6, 7, 8):
            width, height = height, width
        if wrong := rule.wrong(width, height):
            raise FileRefused(wrong, rule="dimensions", field=field)  # type: ignore[arg-type]
        if kind == "gif":
            frames = _frames(data)
            if frames > MOST_FRAMES or frames * width * height > 5 * MOST_PIXELS:
                raise _too_many(field)
            if frames > 1 and not rule.animated:
                raise FileRefused(_("The picture moves; send one that stands still."), rule="dimensions", field=field)
        if turned:
            from PIL import ImageOps

            upright, out = ImageOps.exif_transpose(image), io.BytesIO()
            upright.save(out, "JPEG", quality=92, icc_profile=image.info.get("icc_profile"))
            data = out.getvalue()
    return {"png": _png, "jpg": _jpg, "gif": _gif}[kind](data)


def _too_many(field: str) -> FileRefused:
    text = _("The picture has too many pixels: at most %(side)s on a side and %(all)d million in all.") % {
        "side": f"{MOST_SIDE:,}", "all": MOST_PIXELS // 1_000_000,
    }  # fmt: skip
    return FileRefused(text, rule="pixels", field=field)


def _png(data: bytes) -> bytes:
    """The chunks that draw; no texts, no times, no second picture behind the end."""
    kept, place = [data[:8]], 8
    while place + 12 <= len(data):
        (length,), name = struct.unpack(">I", data[place : place + 4]), data[place + 4 : place + 8]
        whole = data[place : place + 12 + length]
        if name in _PNG_KEPT:
            kept.append(whole)
        place += 12 + length
        if name == b"IEND":
            return b"".join(kept)
    raise ValueError("no end")


def _jpg(data: bytes) -> bytes:
    """The segments that draw, with the colour profile; no Exif, no comments, nothing behind the end."""
    kept, place = [data[:2]], 2
    while place + 2 <= len(data):
        if data[place] != 0xFF:
            raise ValueError("no marker")
        marker = data[place + 1]
        if marker == 0xFF:  # padding
            place += 1
            continue
        if marker == 0xD9:
            kept.append(b"\xff\xd9")
            return b"".join(kept)
        (length,) = struct.unpack(">H", data[place + 2 : place + 4])
        whole, place = data[place : place + 2 + length], place + 2 + length
        is_profile = marker == 0xE2 and whole[4:16] == b"ICC_PROFILE\x00"
        if (not 0xE0 <= marker <= 0xEF and marker != 0xFE) or marker in (0xE0, 0xEE) or is_profile:
            kept.append(whole)
        if marker == 0xDA:
            end = _end_of_scan(data, place)
            kept.append(data[place:end])
            place = end
    raise ValueError("no end")


def _end_of_scan(data: bytes, place: int) -> int:
    """Where the next marker is after compressed data: FF followed by anything but 00 and restarts."""
    while True:
        place = data.index(b"\xff", place)
        following = data[place + 1]
        if following == 0 or 0xD0 <= following <= 0xD7:
            place += 2
        elif following == 0xFF:
            place += 1
        else:
            return place


def _gif_blocks(data: bytes) -> list[tuple[str, int, int]]:
    """(kind, begin, end) of every block after the header: picture, control, loop, other."""
    flags = data[10]
    place = 13 + (3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0)
    found = [("header", 0, place)]
    while data[place] != 0x3B:
        begin = place
        if data[place] == 0x21:
            label = data[place + 1]
            kind = {0xF9: "control", 0xFF: "loop" if data[place + 3 : place + 14] == b"NETSCAPE2.0" else "other"}
            place = _gif_data(data, place + 2)
            found.append((kind.get(label, "other"), begin, place))
        elif data[place] == 0x2C:
            local = data[place + 9]
            place += 10 + (3 * 2 ** ((local & 7) + 1) if local & 0x80 else 0) + 1
            place = _gif_data(data, place)
            found.append(("picture", begin, place))
        else:
            raise ValueError("no block")
    return found


def _gif_data(data: bytes, place: int) -> int:
    while data[place]:
        place += data[place] + 1
    return place + 1


def _frames(data: bytes) -> int:
    return sum(kind == "picture" for kind, _begin, _end in _gif_blocks(data))


def _gif(data: bytes) -> bytes:
    """Pictures, their timing and the loop; no comments, nothing behind the end."""
    return b"".join(data[begin:end] for kind, begin, end in _gif_blocks(data) if kind != "other") + b"\x3b"
