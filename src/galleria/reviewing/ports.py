"""What a package promises for each kind of submission that it brings: how a decision takes effect, what is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound, Text

if TYPE_CHECKING:
    from galleria.reviewing.models import Submission

Decide = Callable[[Actor, "Submission", datetime], None]


APPROVE = _("Approve")


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of what is decided about. `key` is the path that a remark names; `before` is what is live now.

    `href` leads to a file or a page; `look` says how it is shown: text, markdown, picture, money, list, code.
    """

    key: str
    label: Text
    value: Any = ""
    before: Any = None
    look: str = "text"
    href: str = ""

    @property
    def is_changed(self) -> bool:
        return self.before is not None and self.before != self.value


@dataclass(frozen=True, slots=True)
class Section:
    """Fields that belong together; `key` can be named by a remark as well."""

    key: str
    label: Text
    facts: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Dossier:
    """What a reviewer sees of one submission: everything on one page.

    `links`: (label, address) of previews and related pages. `checklist`: what to look at, as sentences.
    `history`: (time, sentence) of the seller. `effects`: what a decision changes for live customers, in words.
    """

    sections: Sequence[Section]
    links: Sequence[tuple[Text, str]] = ()
    checklist: Sequence[Text] = ()
    history: Sequence[tuple[datetime, Text]] = ()
    similar: Sequence[tuple[Text, str]] = ()
    effects: Sequence[Text] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of submission.

    `approve`, `give_back` and `withdraw` run in the transaction of the decision and may refuse it. `days` names the
    operator setting with the working days until a decision is promised. `page` is the address at which the applicant
    sees the result and goes on; messages lead there. `act` names what approving does: "Approve and put on sale".
    """

    name: str
    label: Text
    permission: str
    days: str
    approve: Decide
    give_back: Decide
    dossier: Callable[[Actor, Submission], Dossier]
    withdraw: Decide = field(default=lambda actor, submission, at: None)
    page: Callable[[Submission], str] = field(default=lambda submission: "")
    act: Text = APPROVE


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; packages do so when the program starts (`handlers.connect`)."""
    KINDS[kind.name] = kind


def kind_of(name: str) -> Kind:
    """Raises NotFound for a kind that nobody brought."""
    try:
        return KINDS[name]
    except KeyError:
        raise NotFound(extra={"kind": name}) from None
