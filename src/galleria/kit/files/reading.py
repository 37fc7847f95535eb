"""Who may read a file: a table of purposes and permissions, which the packages that keep files fill.

    files.readable_by("test_coupon", account=("seller:coupon:manage",), operator=("operator:seller:review",))

A public file is for everybody. A private one is for who uploaded it while acting for its account, for users of that
account and operators with a permission of its purpose, and for the system; for nobody else. A purpose that is not in
the table opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.kit.models import StoredFile


@dataclass(frozen=True, slots=True)
class Readers:
    """Permissions that open the files of a purpose, one is enough: in the account that owns them, for operators."""

    account: frozenset[str]
    operator: frozenset[str]


READERS: dict[str, Readers] = {}


def readable_by(*purposes: str, account: Iterable[str], operator: Iterable[str]) -> None:
    """Say who reads the private files of these purposes; called by `handlers.connect`."""
    readers = Readers(frozenset(account), frozenset(operator))
    READERS.update(dict.fromkeys(purposes, readers))


def file_for(actor: Actor, file_id: str) -> StoredFile:
    """A file that the actor may read. Raises NotFound, as for a file that does not exist."""
    row = StoredFile.objects.filter(_readable(actor), public_id=file_id).first()
    if row is None:
        raise NotFound
    return row


def readable_files(actor: Actor, file_ids: Iterable[str]) -> dict[str, StoredFile]:
    """Those of the files that `file_for` would give the actor, by id, in one query."""
    rows = StoredFile.objects.filter(_readable(actor), public_id__in=list(file_ids))
    return {row.public_id: row for row in rows}


def files_of(actor: Actor, file_ids: Iterable[str]) -> dict[str, StoredFile]:
    """Those of the readable files that belong to the actor's account, by id, in one query."""
    if actor.account_pk is None:
        return {}
    rows = StoredFile.objects.filter(_readable(actor), public_id__in=list(file_ids), account_id=actor.account_pk)
    return {row.public_id: row for row in rows}


def _readable(actor: Actor) -> Q:
    if actor.is_system:
        return Q()
    found = Q(is_public=True)
    if actor.account_pk is not None:
        own = Q(purpose__in=[name for name, each in READERS.items() if actor.permissions & each.account])
        if actor.user_pk is not None:
            own |= Q(user_id=actor.user_pk)
        found |= own & Q(account_id=actor.account_pk)
    if actor.is_operator:
        found |= Q(purpose__in=[name for name, each in READERS.items() if actor.permissions & each.operator])
    return found
