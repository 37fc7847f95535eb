"""Writing down what was done, in the transaction that does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from galleria.audit.models import AuditRecord
from galleria.audit.sentences import UnknownSentence, register, sentences
from galleria.kit import ids, prepared
from galleria.kit.actor import Actor
from galleria.kit.jsonable import pack

__all__ = ["Subject", "UnknownSentence", "record", "register", "sentences"]


@dataclass(frozen=True, slots=True)
class Subject:
    """What a record is about, where there is no row to name."""

    type: str
    id: str
    name: str = ""


def record(
    actor: Actor,
    sentence: str,
    obj: models.Model | Subject | None = None,
    *,
    at: datetime,
    before: Any = None,
    after: Any = None,
    reason: str = "",
    account_id: str | None = None,
) -> AuditRecord:
    """Write down one deed. `before` and `after` are plain data (money and instants allowed), without secrets.

    `account_id` is the public id of the account in whose log it appears; default: the actor's.
    """
    if sentence not in sentences:
        raise UnknownSentence(sentence)
    subject = _subject(obj)
    row = AuditRecord(
        public_id=ids.new_id("aud", at),
        at=at,
        sentence=sentence,
        actor_user_id=actor.user_id or "",
        actor_name=actor.user_name[:200],
        actor_account_id=actor.account_id or "",
        is_operator=actor.is_operator,
        channel=actor.channel,
        account_id=account_id if account_id is not None else actor.account_id or "",
        object_type=subject.type[:60],
        object_id=subject.id[:60],
        object_name=subject.name[:300],
        before=pack(before),
        after=pack(after),
        reason=reason,
        address=actor.address[:64],
        request_id=actor.request_id[:64],
    )
    prepared.insert(row)
    return row


def _subject(obj: models.Model | Subject | None) -> Subject:
    if obj is None:
        return Subject("", "")
    if isinstance(obj, Subject):
        return obj
    public = getattr(obj, "public_id", None) or getattr(obj, "order_id", None) or obj.pk
    return Subject(obj._meta.label_lower, str(public), str(obj))
