"""Comparing what is stored with what a file says, and writing only the difference."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any, TypeVar

from django.db.models import Model

from galleria.publishing.catalogue_file.values import Features, Lines, Text
from galleria.publishing.importing.report import Outcome

M = TypeVar("M", bound=Model)

_NAMESPACE = uuid.UUID("5b0f6a0e-5f4e-5d0c-9a57-6d2f0c1f4b11")
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def put(row: M | None, model: type[M], values: Mapping[str, Any], only_new: Mapping[str, Any]) -> tuple[M, Outcome]:
    """Create a row, or write what differs. `only_new` is used for a new row and never compared."""
    if row is None:
        row = model(**{**values, **only_new})
        row.save(force_insert=True)
        return row, "created"
    different = {name: value for name, value in values.items() if getattr(row, name) != value}
    if not different:
        return row, "unchanged"
    for name, value in different.items():
        setattr(row, name, value)
    # The untranslated column follows the English one.
    names = {*different, *(name.removesuffix("_en") for name in different if name.endswith("_en"))}
    row.save(update_fields=sorted(names))
    return row, "updated"


def translated(name: str, value: Text | Lines | Features | None, empty: Any = "") -> dict[str, Any]:
    """The two columns of a translated field. A missing translation is None, so that English is shown."""
    if value is None:
        return {f"{name}_en": empty, f"{name}_zh_hans": None}
    return {f"{name}_en": value.en, f"{name}_zh_hans": value.zh or None}


def start_of(day: date | None) -> datetime | None:
    """Midnight UTC of a day."""
    return None if day is None else datetime.combine(day, time(), UTC)


def stable_uuid(*parts: str) -> uuid.UUID:
    """The same parts give the same UUID, on every machine and in every import."""
    return uuid.uuid5(_NAMESPACE, "\x1f".join(parts))


def stable_id(prefix: str, *parts: str) -> str:
    """A public id that is the same whenever and wherever the file is imported."""
    number = stable_uuid(prefix, *parts).int >> 1
    return f"{prefix}_" + "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def sku_code(product_slug: str, key: str, choices: Mapping[str, str]) -> str:
    """The `skuCode` of the seller contract for one combination of choices."""
    words = [f"{name}={option}" for name, option in sorted(choices.items())]
    return str(stable_uuid("sku", product_slug, key, *words))


def product_code(sku: str, mode: str, period: str, currency: str, meter: str, attempt: int = 0) -> str:
    """The `productId` of the seller contract: OFFI and 18 digits, one for each price of a SKU."""
    number = stable_uuid("price", sku, mode, period, currency, meter, str(attempt)).int % 10**18
    return f"OFFI{number:018d}"
