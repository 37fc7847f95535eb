"""State machines as data (architecture, "Services, selectors, moves").

A machine is a table of moves. Applying one is a single conditional UPDATE: of two callers exactly one wins,
on every database. The same table tells a page which buttons to show and draws the diagram in the documents.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models.expressions import Combinable

from galleria.kit import prepared
from galleria.kit.errors import NotAllowed, Text
from galleria.kit.secrets import EncryptedTextField


@dataclass(frozen=True, slots=True)
class Move:
    """From any of these states to that one. `refusal` replaces the general sentence when it is lost."""

    from_: str | tuple[str, ...]
    to: str
    refusal: Text | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        return (self.from_,) if isinstance(self.from_, str) else self.from_


@dataclass(frozen=True)
class Machine:
    """The moves of one field of a model.

    `initial` names the states in which things are born, `final` those in which they may stay for ever.
    """

    field: str
    moves: Mapping[str, Move]
    initial: str | tuple[str, ...] = ()
    final: tuple[str, ...] = ()
    name: str = ""
    refused: type[NotAllowed] = NotAllowed

    def state_of(self, obj_or_state: models.Model | str) -> str:
        return obj_or_state if isinstance(obj_or_state, str) else str(getattr(obj_or_state, self.field))

    def can(self, obj_or_state: models.Model | str, verb: str) -> bool:
        """Whether the move is in the table for this state."""
        return self.state_of(obj_or_state) in self.moves[verb].sources

    def allowed(self, obj_or_state: models.Model | str) -> list[str]:
        """The verbs that are possible from here, in the order of the table."""
        state = self.state_of(obj_or_state)
        return [verb for verb, move in self.moves.items() if state in move.sources]

    def sources(self, verb: str) -> tuple[str, ...]:
        """The states from which the verb is possible."""
        return self.moves[verb].sources

    def apply(self, obj: models.Model, verb: str, **updates: Any) -> str:
        """Move the row in one conditional UPDATE, with more fields if given, and update `obj`.

        Returns the state it was seen in before. Raises NotAllowed when the row is not in a state from which
        the move is possible, which is also how the slower of two callers learns that it lost.
        """
        move = self.moves[verb]
        before = self.state_of(obj)
        if self._moved(obj, move, updates) != 1:
            raise self.refused(move.refusal, extra={"move": verb, "state": before})
        setattr(obj, self.field, move.to)
        computed = [name for name, value in updates.items() if isinstance(value, Combinable)]
        for name, value in updates.items():
            if name not in computed:
                setattr(obj, name, value)
        if computed:
            obj.refresh_from_db(fields=computed)
        return before

    def _moved(self, obj: models.Model, move: Move, updates: dict[str, Any]) -> int:
        """How many rows the conditional UPDATE changed: one or none."""
        model = type(obj)
        plain = _plain(model, updates)
        if plain is None:
            rows = model._base_manager.filter(pk=obj.pk, **{f"{self.field}__in": move.sources})
            return int(rows.update(**{self.field: move.to}, **updates))
        key = str(model._meta.pk.attname)
        return prepared.update(model, {key: obj.pk}, {self.field: move.to} | plain, one_of=(self.field, move.sources))

    def apply_all(self, rows: models.QuerySet[Any], verb: str, **updates: Any) -> int:
        """Move every row of the set that may be moved; returns how many were."""
        move = self.moves[verb]
        return rows.filter(**{f"{self.field}__in": move.sources}).update(**{self.field: move.to}, **updates)

    # ----- for tests and documents -----

    @property
    def states(self) -> list[str]:
        """All states that the table mentions, in order of appearance."""
        seen: dict[str, None] = dict.fromkeys(self._initial)
        for move in self.moves.values():
            seen.update(dict.fromkeys((*move.sources, move.to)))
        seen.update(dict.fromkeys(self.final))
        return list(seen)

    @property
    def _initial(self) -> tuple[str, ...]:
        return (self.initial,) if isinstance(self.initial, str) else self.initial

    def problems(self, known: Collection[str] | None = None) -> list[str]:
        """What is wrong with the table: dead ends, states nobody reaches, unknown and missing states."""
        found: list[str] = []
        with_exit = {source for move in self.moves.values() for source in move.sources}
        found += [f"{state} is a dead end" for state in self.states if state not in with_exit | set(self.final)]
        reached = self._reachable(self._initial)
        if self._initial:
            found += [f"{state} is never reached" for state in self.states if state not in reached]
        if known is not None:
            found += [f"{state} is not a known state" for state in self.states if state not in known]
            found += [f"{state} has no place in the table" for state in known if state not in self.states]
        return found

    def _reachable(self, start: Iterable[str]) -> set[str]:
        reached = set(start)
        while True:
            more = {m.to for m in self.moves.values() if reached & set(m.sources)} - reached
            if not more:
                return reached
            reached |= more

    def mermaid(self) -> str:
        """The table as a mermaid state diagram."""
        lines = ["stateDiagram-v2"]
        lines += [f"    [*] --> {state}" for state in self._initial]
        for verb, move in self.moves.items():
            lines += [f"    {source} --> {move.to}: {verb}" for source in move.sources]
        lines += [f"    {state} --> [*]" for state in self.final]
        return "\n".join(lines) + "\n"


def _plain(model: type[models.Model], updates: dict[str, Any]) -> dict[str, Any] | None:
    """The updates by attribute name, when a statement that is made once can write them; None otherwise."""
    found = {}
    for name, value in updates.items():
        field = model._meta.get_field(name)
        if isinstance(value, Combinable | dict | list) or not isinstance(field, models.Field):
            return None
        if isinstance(field, models.JSONField | EncryptedTextField) or hasattr(field, "get_placeholder"):
            return None
        found[field.attname] = value.pk if isinstance(value, models.Model) else value
    return found
