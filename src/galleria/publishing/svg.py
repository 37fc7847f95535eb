"""Logos: small SVG drawings that can be shown inside pages without any risk.

Only drawing elements and their attributes pass. Scripts, styles, links, foreign content, entities and every
reference to something outside the drawing are refused, with the reason.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Final

MAX_BYTES: Final = 4_096
_NAMESPACE: Final = "{http://www.w3.org/2000/svg}"
_ELEMENT_NAMES: Final = (
    "svg g path rect circle ellipse line polyline polygon title desc defs linearGradient radialGradient stop clipPath"
)
_ATTRIBUTE_NAMES: Final = (
    "viewBox width height x y x1 y1 x2 y2 cx cy r rx ry fx fy d points transform fill fill-rule fill-opacity stroke "
    "stroke-width stroke-linecap stroke-linejoin stroke-miterlimit stroke-dasharray stroke-dashoffset stroke-opacity "
    "opacity clip-path clip-rule id offset stop-color stop-opacity gradientUnits gradientTransform clipPathUnits "
    "spreadMethod role aria-label aria-hidden"
)
_ELEMENTS: Final = frozenset(_ELEMENT_NAMES.split())
_ATTRIBUTES: Final = frozenset(_ATTRIBUTE_NAMES.split())
_LOCAL_REFERENCE: Final = re.compile(r"^url\(#[A-Za-z][\w-]*\)$", re.ASCII)
_NUMBERS: Final = re.compile(r"^0 0 (\d{1,4}) (\d{1,4})$", re.ASCII)


class BadLogo(ValueError):
    """The drawing cannot be used; the message says why."""


def clean(source: bytes) -> bytes:
    """The drawing as it may be stored and shown. Raises BadLogo with the reason."""
    if len(source) > MAX_BYTES:
        raise BadLogo(f"is {len(source):,} bytes; a logo has at most {MAX_BYTES:,}")
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError:
        raise BadLogo("is not UTF-8 text; save it as SVG again") from None
    # Entities and processing instructions are how XML files reach outside or grow; drawings need neither.
    if "<!" in re.sub(r"<!--.*?-->", "", text, flags=re.S) or "<?" in re.sub(r"^<\?xml\s[^>]*\?>", "", text.lstrip()):
        raise BadLogo("has a document type, an entity or an instruction; remove it")
    try:
        root = ET.fromstring(text)  # noqa: S314  entities were refused above, the size is capped
    except ET.ParseError as error:
        raise BadLogo(f"is not well-formed SVG ({error})") from None
    if root.tag != f"{_NAMESPACE}svg":
        raise BadLogo('does not begin with <svg xmlns="http://www.w3.org/2000/svg">')
    for element in root.iter():
        _check(element)
    _check_size(root)
    ET.register_namespace("", _NAMESPACE[1:-1])
    return ET.tostring(root, encoding="unicode").encode()


def _check(element: ET.Element) -> None:
    name = str(element.tag).removeprefix(_NAMESPACE)
    if name not in _ELEMENTS:
        raise BadLogo(f"contains <{name[:40]}>, which is not a drawing; remove it")
    for attribute, value in element.attrib.items():
        if attribute not in _ATTRIBUTES:
            raise BadLogo(f"has the attribute {attribute[:60]} on <{name}>, which is not allowed; remove it")
        lowered = value.lower()
        if "url(" in lowered and not _LOCAL_REFERENCE.match(value.strip()):
            raise BadLogo(f"refers to something outside the drawing in {attribute}; draw it inside")
        if "javascript:" in lowered or "data:" in lowered:
            raise BadLogo(f"has an address in {attribute}; remove it")


def _check_size(root: ET.Element) -> None:
    box = _NUMBERS.match(root.get("viewBox", ""))
    if not box:
        raise BadLogo('needs viewBox="0 0 120 120"')
    width, height = int(box[1]), int(box[2])
    if not 24 <= width <= 1024 or not width / 2 <= height <= width * 2:
        raise BadLogo("needs a view box between 24 and 1024 wide, at most twice as long as broad")
