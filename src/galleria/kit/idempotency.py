"""Writes that a client may repeat safely: the first answer is kept and given again."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from galleria.kit import clock, jobs, prepared
from galleria.kit.actor import Actor
from galleria.kit.errors import Busy, Invalid, Refused
from galleria.kit.models import IdempotencyKey
from galleria.kit.prepared import Prepared

KEPT = timedelta(days=3)
_KEY = re.compile(r"[\x21-\x7e]{1,128}")


class KeyReused(Refused):
    """The key was used before for another request."""

    code = "IDEMPOTENCY_KEY_REUSED"
    status = 422
    default_message = _("This idempotency key was used for a different request. Use a new key for a new request.")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write answered: the HTTP status, JSON data, and whether it is the kept one."""

    status: int
    body: Any
    is_replay: bool = False


def request_hash(body: Any) -> str:
    """A digest of the request's data, whatever the order of its keys."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def once(actor: Actor, key: str, scope: str, fn: Callable[[], Any], *, body: Any = None) -> Answer:
    """Run `fn` for the first request with this key, give its kept answer to every later one.

    `fn` returns JSON data (answered with 200) or an Answer. It runs in the same transaction as the key is kept
    in: if it refuses or breaks, nothing is kept and the client may try again with the same key. The same key
    with another `body` raises KeyReused. Of two requests at the same moment the second waits for the first
    one's answer, for at most 10 s, then it is told Busy. Keys belong to an account and a scope.
    """
    check_key(key)
    owner = _owner(actor)
    digest = request_hash(body)
    try:
        return _once(owner, key, scope, digest, fn)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) == "55P03":
            raise Busy from error
        raise


def once_late(
    actor: Actor, key: str, scope: str, begin: Callable[[], Callable[[], Any]], *, body: Any = None
) -> Answer:
    """Like `once`, at half its cost: the key is written last, with the answer.

    `begin` does the reading that comes first and gives back what is left to do: a function that runs in the
    transaction in which the key is kept, and is all that may write. Of two requests at the same moment both work,
    and one of them is undone and gets the other's answer.
    """
    check_key(key)
    owner, digest = _owner(actor), request_hash(body)
    kept = _kept(owner, key, scope, digest)
    if kept is not None:
        return kept
    try:
        finish = begin()
        with transaction.atomic():
            result = finish()
            answer = result if isinstance(result, Answer) else Answer(200, result)
            _keep(owner, key, scope, digest, answer)
    except (IntegrityError, Refused):
        # Another request with this key may have been quicker, and what it did may be why this one cannot.
        kept = _kept(owner, key, scope, digest)
        if kept is None:
            raise
        return kept
    return answer


def _keep(owner: str, key: str, scope: str, digest: str, answer: Answer) -> None:
    prepared.insert(
        IdempotencyKey(
            owner=owner, scope=scope, key=key, request_hash=digest, status=answer.status, answer=answer.body,
            created_at=clock.now(),
        )
    )  # fmt: skip


_KEPT = Prepared(lambda p: IdempotencyKey.objects.filter(owner=p("owner"), scope=p("scope"), key=p("key")))


def once_outside(actor: Actor, key: str, scope: str, fn: Callable[[], Any], *, body: Any = None) -> Answer:
    """Like `once` for an `fn` that waits for somebody outside between transactions of its own.

    The answer is kept after `fn` is done. `fn` itself must do nothing twice when it runs twice with this key: two
    requests at the same moment both run it, and so does one that is sent again after a crash.
    """
    check_key(key)
    owner, digest = _owner(actor), request_hash(body)
    kept = _kept(owner, key, scope, digest)
    if kept is not None:
        return kept
    result = fn()
    answer = result if isinstance(result, Answer) else Answer(200, result)
    try:
        with transaction.atomic():
            _keep(owner, key, scope, digest, answer)
    except IntegrityError:
        pass  # the other one did the same, and its answer is kept
    return answer


def check_key(key: str) -> None:
    """Raises Invalid for a key of another form."""
    if not _KEY.fullmatch(key):
        raise Invalid(
            _("An idempotency key has 1 to 128 printable characters without spaces."),
            code="IDEMPOTENCY_KEY_INVALID",
        )


def _owner(actor: Actor) -> str:
    return actor.account_id or actor.user_id or actor.channel


def _kept(owner: str, key: str, scope: str, digest: str) -> Answer | None:
    """The kept answer, None for a new key. Raises KeyReused."""
    kept = _KEPT.one(owner=owner, scope=scope, key=key)
    if kept is None:
        return None
    if kept.request_hash != digest:
        raise KeyReused
    return Answer(kept.status, kept.answer, is_replay=True)


def _once(owner: str, key: str, scope: str, digest: str, fn: Callable[[], Any]) -> Answer:
    with transaction.atomic():
        row = _reserve(owner, key, scope, digest)
        if row is None:
            kept = IdempotencyKey.objects.get(owner=owner, scope=scope, key=key)
            if kept.request_hash != digest:
                raise KeyReused
            return Answer(kept.status, kept.answer, is_replay=True)
        result = fn()
        answer = result if isinstance(result, Answer) else Answer(200, result)
        row.status, row.answer = answer.status, answer.body
        row.save(update_fields=["status", "answer"])
        return answer


def _reserve(owner: str, key: str, scope: str, digest: str) -> IdempotencyKey | None:
    """Insert the key; None when it is there. PostgreSQL waits here for another request that inserted it."""
    row = IdempotencyKey(owner=owner, scope=scope, key=key, request_hash=digest, created_at=clock.now())
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', '10s', true)")
            row.save(force_insert=True)
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    except IntegrityError:
        return None
    return row


@jobs.cron("23 * * * *", "kit.forget_idempotency_keys")
def forget_old_keys() -> None:
    """Remove keys that are older than three days."""
    IdempotencyKey.objects.filter(created_at__lt=clock.now() - KEPT).delete()
