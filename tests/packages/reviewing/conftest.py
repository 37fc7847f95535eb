"""A kind of submission of the tests' own: a sign that a seller wants to hang over its shop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from galleria.kit.errors import NotAllowed
from galleria.reviewing import ports, services


@dataclass
class Signs:
    """What the kind's owner does: keeps what hangs, and notes each effect with who decided."""

    effects: list[tuple[str, str, str]] = field(default_factory=list)
    refuses: bool = False

    def effect(self, verb: str) -> ports.Decide:
        def happen(actor: Any, submission: Any, at: datetime) -> None:
            if self.refuses:
                raise NotAllowed("The wall is gone.")
            self.effects.append((verb, submission.subject, actor.user_name))

        return happen

    def dossier(self, _actor: Any, submission: Any) -> ports.Dossier:
        facts = [
            ports.Fact("words", "Words on the sign", submission.title, "Old words"),
            ports.Fact("colour", "Colour", "red"),
        ]
        return ports.Dossier([ports.Section("sign", "The sign", facts)])

    def submit(self, person: Any, subject: str = "sign_1", **more: Any) -> Any:
        from galleria.kit import clock

        more.setdefault("title", "Fresh fish")
        more.setdefault("at", clock.now())
        return services.submit(person.actor, kind="sign", subject=subject, seller_name="Fernwerk", **more)


def kind(signs: Signs, name: str = "sign", permission: str = "operator:release:review") -> ports.Kind:
    return ports.Kind(
        name=name, label="Sign", permission=permission, days="review.release_days", approve=signs.effect("approve"),
        give_back=signs.effect("return"), withdraw=signs.effect("withdraw"), dossier=signs.dossier,
        page=lambda submission: f"/seller/signs/{submission.subject}",
    )  # fmt: skip


@pytest.fixture
def signs() -> Iterator[Signs]:
    """The kind `sign`, known for the time of the test."""
    made = Signs()
    ports.register(kind(made))
    yield made
    ports.KINDS.pop("sign", None)
