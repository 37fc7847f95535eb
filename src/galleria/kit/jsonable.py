"""Plain data that survives JSON: instants, dates, decimals, money and tuples keep their type."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from galleria.kit.money import Money

_TAG: Final = "$type"


def pack(value: Any) -> Any:
    """Turn a value into JSON data. Raises TypeError for anything that is not plain data (a model, say)."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("an instant carries its time zone")
        return {_TAG: "instant", "value": value.isoformat()}
    if isinstance(value, date):
        return {_TAG: "date", "value": value.isoformat()}
    if isinstance(value, Decimal):
        return {_TAG: "decimal", "value": str(value)}
    if isinstance(value, Money):
        return {_TAG: "money", "value": [value.minor, value.currency]}
    if isinstance(value, tuple):
        return {_TAG: "tuple", "value": [pack(item) for item in value]}
    if isinstance(value, list):
        return [pack(item) for item in value]
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value) or _TAG in value:
            raise TypeError("a mapping has text keys")
        return {key: pack(item) for key, item in value.items()}
    raise TypeError(f"{type(value).__name__} is not plain data: pass its public id")


def unpack(value: Any) -> Any:
    """The value that was packed."""
    if isinstance(value, list):
        return [unpack(item) for item in value]
    if not isinstance(value, dict):
        return value
    inner = value.get("value")
    match value.get(_TAG):
        case None:
            return {key: unpack(item) for key, item in value.items()}
        case "instant":
            return datetime.fromisoformat(str(inner))
        case "date":
            return date.fromisoformat(str(inner))
        case "decimal":
            return Decimal(str(inner))
        case "money":
            return Money(int(inner[0]), str(inner[1])) if inner else None
        case "tuple":
            return tuple(unpack(item) for item in inner or ())
        case other:
            raise ValueError(f"unknown packed type {other!r}")
