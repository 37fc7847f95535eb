"""What differs between two documents, in paths and in words. Both may be incomplete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from galleria.releasing.rules.found import english, items, word

TEXTS: Final = frozenset({
    "summary", "description", "highlights", "guide", "seo", "tags", "cases", "delivery_promise", "after_sales",
    "description_pictures", "media", "guide_file",
})  # fmt: skip
"""Fields whose change touches nobody's contract: what a rule may approve."""

_KEYED: Final = {"specifications": "key", "attributes": "key", "options": "key", "extra_parameters": "key",
                 "versions": "version"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `path` names entries of lists by their keys; None: not there."""

    path: str
    before: Any
    after: Any

    @property
    def kind(self) -> str:
        """added, removed, changed."""
        return "added" if self.before is None else "removed" if self.after is None else "changed"


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Top-level fields that differ, in the order of the new document."""
    names = dict.fromkeys([*after, *before])
    return [name for name in names if before.get(name) != after.get(name)]


def changes(before: Any, after: Any, path: str = "") -> Iterator[Change]:
    """Every difference, down to single values; entries with keys are compared by key."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            yield from changes(before.get(name), after.get(name), f"{path}.{name}" if path else str(name))
        return
    name = path.rpartition(".")[2].partition("[")[0]
    if isinstance(before, list) and isinstance(after, list) and name in _KEYED | {"prices": ""}:
        old, new = _by_key(before, name), _by_key(after, name)
        if old is not None and new is not None:
            for key in dict.fromkeys([*old, *new]):
                yield from changes(old.get(key), new.get(key), f"{path}[{key}]")
            return
    yield Change(path, before, after)


def _by_key(rows: list[Any], name: str) -> dict[str, Any] | None:
    if not all(isinstance(row, dict) for row in rows):
        return None
    keys = [price_name(row) if name == "prices" else word(row.get(_KEYED[name])) for row in rows]
    return dict(zip(keys, rows, strict=True)) if len(set(keys)) == len(keys) and all(keys) else None


def price_name(price: Mapping[str, Any]) -> str:
    """How people name a price: `period month`, with what it is for."""
    words = [str(price[name]) for name in ("mode", "period", "meter") if price.get(name)]
    only = price.get("only") or {}
    if isinstance(only, dict):
        for key, value in sorted(only.items()):
            words.append(f"{key}={'|'.join(map(str, value)) if isinstance(value, list) else value}")
    return " ".join(words)


def amount_of(price: Mapping[str, Any]) -> Decimal | None:
    """The number of a price, or of its first band."""
    text = word(price.get("price"))
    tiers = items(price, "tiers")
    if not text and tiers:
        text = word(tiers[0].get("price"))
    try:
        return Decimal(text.partition(" ")[0])
    except InvalidOperation:
        return None


def dearer(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether any price that there was rises."""
    old = {word(each.get("key")): {price_name(p): amount_of(p) for p in items(each, "prices")}
           for each in items(before, "specifications")}  # fmt: skip
    for specification in items(after, "specifications"):
        known = old.get(word(specification.get("key")), {})
        for price in items(specification, "prices"):
            was, now = known.get(price_name(price)), amount_of(price)
            if was is not None and now is not None and now > was:
                return True
    return False


def in_words(change: Change) -> str:
    """A difference as a line of a plan: `~ name: “A” → “B”`."""
    mark = {"added": "+", "removed": "-", "changed": "~"}[change.kind]
    if change.kind == "added":
        return f"{mark} {change.path}: {brief(change.after)}"
    if change.kind == "removed":
        return f"{mark} {change.path}: {brief(change.before)}"
    return f"{mark} {change.path}: {brief(change.before)} → {brief(change.after)}"


def brief(value: Any) -> str:
    """A value in at most some eighty signs."""
    if isinstance(value, dict):
        text = (
            english(value) if set(value) <= {"en", "zh"} else ", ".join(f"{k} {brief(value[k])}" for k in sorted(value))
        )
    elif isinstance(value, list):
        text = f"{len(value)} entries" if len(value) > 4 else ", ".join(brief(each) for each in value)
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        text = str(value)
    text = " ".join(text.split())
    return f"{text[:77]}…" if len(text) > 80 else text
