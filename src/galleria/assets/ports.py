"""What scanners, image services and users of assets promise."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Protocol

from galleria.assets.rules import Finding


@dataclass(frozen=True, slots=True)
class Target:
    """What is scanned: the bytes of a package (`open` gives them anew each time), the site, or the image."""

    kind: str
    name: str
    file_kind: str = ""
    size: int = 0
    open: Callable[[], IO[bytes]] | None = None
    address: str = ""
    token: str = ""
    source: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """`checked` are the names of `rules.NEEDED` that this run covered; the rest of what a scanner covers is open.

    `note` says in a sentence what was done, or why nothing could be.
    """

    checked: Collection[str]
    findings: Sequence[Finding] = ()
    note: str = ""


class Scanner(Protocol):
    """Looks at one target. Never raises for what the target does; runs outside transactions, for minutes if needed."""

    name: str
    kinds: frozenset[str]
    covers: frozenset[str]

    def scan(self, target: Target) -> Result: ...


@dataclass(frozen=True, slots=True)
class CloudImage:
    """An image as the cloud's image service lists it."""

    image_id: str
    name: str
    region: str
    state: str
    is_system_disk: bool
    has_public_base: bool
    is_encrypted: bool
    is_own: bool
    system: str
    gigabytes: int


class ImageSource(Protocol):
    """Lists the images of an account. `is_demo`: nothing real stands behind it, and pages say so."""

    name: str
    is_demo: bool

    def images(self, account_id: str) -> Sequence[CloudImage]: ...


# ----- who uses versions -----

Users = Callable[[Collection[str]], Mapping[str, Sequence[tuple[str, str]]]]
_users: list[Users] = []


def register_users(users: Users) -> None:
    """Packages above say which released products use which versions: version to ids and names of products."""
    if users not in _users:
        _users.append(users)


def users_of(version_ids: Collection[str]) -> list[tuple[str, str]]:
    """Ids and names of the released products that use one of the versions, each once."""
    return list(dict.fromkeys(each for users in _users for found in users(version_ids).values() for each in found))
