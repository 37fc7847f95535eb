"""Whether a document has the form of a product: types, lengths, and rules between fields of the catalogue file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from pydantic import ValidationError

from galleria.publishing.catalogue_file import checks, reading, schema
from galleria.publishing.catalogue_file.plain import NOT_IN_DOCUMENTS
from galleria.releasing.rules.context import Context, Figures
from galleria.releasing.rules.found import Wrong, every_text, items

HIDDEN: Final = frozenset(
    [0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x200B, 0x200E, 0x200F, 0x3164, 0xFEFF, 0xFFA0,
     *range(0x180B, 0x1810), *range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0xFFF9, 0xFFFC),
     *range(0xE0000, 0xE0080)]
)  # fmt: skip
_PLACEHOLDER: Final = "placeholder"


def limits_of(figures: Figures) -> checks.Limits:
    """The operator's limits of specifications, as the checks of the catalogue file want them."""
    return checks.Limits(figures.choices, figures.quantities, figures.options, figures.skus, figures.tiers)


def product_of(document: dict[str, Any], *, slug: str = "", seller: str = "") -> schema.Product:
    """The document as a product. Raises ValidationError."""
    given = {name: value for name, value in document.items() if name not in NOT_IN_DOCUMENTS}
    given["slug"] = document.get("slug") or slug or _PLACEHOLDER
    return schema.Product.model_validate({**given, "seller": seller or _PLACEHOLDER})


def slug_from(name: str) -> str:
    """An address made of a name: ASCII, lower case, words joined by hyphens; empty where nothing of it is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:100].strip("-")


def findings(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    """What the form refuses; the rules between fields are asked when every field is right by itself."""
    for name in sorted(NOT_IN_DOCUMENTS & document.keys()):
        yield Wrong(name, "NOT_FOR_RELEASES")
    yield from hidden_characters(document)
    try:
        product = product_of(document)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            path = ".".join(str(place) for place in details["loc"] if not str(place).startswith("function-"))
            yield Wrong(path, "FORM", {"text": reading.message_of(details, schema.Product)})
        yield from _specifications(document, context)
        return
    if product.version not in {each.version for each in product.versions}:
        product = product.model_copy(update={"version": None})  # a new one joins the list when it is released
    for place, message in checks.product(product, limits_of(context.figures)):
        yield Wrong(".".join(str(each) for each in place), "FORM", {"text": message})


def _specifications(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    """Rules between the fields of those specifications that are right by themselves, whatever else is wrong."""
    delivery = document.get("delivery")
    if delivery not in checks.MODES:
        return
    for place, each in enumerate(items(document, "specifications")):
        try:
            specification = schema.Specification.model_validate(each)
        except ValidationError:
            continue
        for path, message in checks.specification(specification, str(delivery), limits_of(context.figures)):
            yield Wrong(".".join(str(part) for part in ("specifications", place, *path)), "FORM", {"text": message})


def hidden_characters(document: Any) -> Iterator[Wrong]:
    """Characters that nobody sees or that turn the direction of writing, and control characters."""
    for path, text in every_text(document):
        bad = sorted({sign for sign in text if _is_hidden(sign)})
        if bad:
            named = ", ".join(f"U+{ord(sign):04X}" for sign in bad[:3])
            yield Wrong(path, "HIDDEN_CHARACTERS", {"names": named})


def _is_hidden(sign: str) -> bool:
    number = ord(sign)
    if number < 32:
        return sign not in "\n\r\t"
    return 0x7F <= number <= 0x9F or number in HIDDEN
