"""Reading inboxes and choices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q, QuerySet

from galleria.audit.models import AuditRecord
from galleria.audit.selectors import sentence_of
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound
from galleria.kit.prepared import Prepared
from galleria.notifying.models import Message, TopicChoice
from galleria.notifying.rendering import rendered
from galleria.notifying.topics import CHANNELS, TOPICS, Topic, is_on
from galleria.parties import selectors as parties

MOST_UNREAD = 99


def messages_of(actor: Actor, *, topic: str = "", unread: bool = False) -> QuerySet[Message]:
    """The person's own messages, to be paged by `-pk`; never a colleague's."""
    rows = Message.objects.filter(user_id=actor.user_pk or 0)
    if topic:
        rows = rows.filter(topic=topic)
    if unread:
        rows = rows.filter(read_at=None)
    return rows.select_related("account")


def message_of(actor: Actor, message_id: str) -> Message:
    """One own message. Raises NotFound."""
    message = messages_of(actor).filter(public_id=message_id).first()
    if message is None:
        raise NotFound
    return message


def unread_count(actor: Actor) -> int:
    """How many messages the person has not read, counted up to 99."""
    if actor.user_pk is None:
        return 0
    return len(_UNREAD.all(user=actor.user_pk))


_UNREAD: Prepared[int] = Prepared(
    lambda p: Message.objects.filter(user_id=p("user"), read_at=None).values_list("pk", flat=True)[:MOST_UNREAD]
)


def counts_by_topic(actor: Actor) -> dict[str, tuple[int, int]]:
    """Topic to (all, unread) of the person's messages, in one query."""
    rows = (
        Message.objects.filter(user_id=actor.user_pk or 0)
        .values("topic")
        .annotate(every=Count("pk"), unread=Count("pk", filter=Q(read_at=None)))
    )
    return {row["topic"]: (row["every"], row["unread"]) for row in rows}


_CHOICES = Prepared(lambda p: TopicChoice.objects.filter(user_id__in=p.among("users", int)))


def choices_of(user_pks: Iterable[int]) -> dict[int, dict[tuple[str, str], bool]]:
    """What people chose, by user."""
    found: dict[int, dict[tuple[str, str], bool]] = {}
    for row in _CHOICES.all(users=list(user_pks)):
        found.setdefault(row.user_id, {})[row.topic, row.channel] = row.is_on
    return found


def matrix_of(actor: Actor) -> list[tuple[Topic, dict[str, tuple[bool, bool]]]]:
    """Topics with, per channel, (is on, is locked): the matrix of page A3."""
    user_pk = parties.user_pk_of(actor)
    choices = choices_of([user_pk]).get(user_pk, {})
    return [
        (
            topic,
            {channel: (is_on(topic.key, channel, choices), channel in topic.locked) for channel in CHANNELS},
        )
        for topic in TOPICS.values()
    ]


def own_data(actor: Actor) -> dict[str, Any]:
    """Everything that is kept about a person, as plain data for the export."""
    user = parties.user_of(actor)
    deeds = AuditRecord.objects.filter(actor_user_id=user.public_id).order_by("-pk")[:10_000]
    return {
        "user": {
            "id": user.public_id, "email": user.email, "name": user.name, "phone": user.phone,
            "language": user.language, "time_zone": user.time_zone, "theme": user.theme, "density": user.density,
            "created_at": user.created_at.isoformat(),
        },
        "accounts": [
            {
                "id": row.account.public_id, "name": row.account.name, "is_owner": row.is_owner, "roles": row.roles,
                "granted_at": row.granted_at.isoformat(),
            }
            for row in parties.memberships_of(actor)
        ],
        "agreements": [
            {
                "key": row.version.agreement.key, "version": row.version.version, "order": row.order_id,
                "accepted_at": row.accepted_at.isoformat(), "address": row.address,
            }
            for row in parties.acceptances_by(actor)
        ],
        "messages": [
            {
                "id": row.public_id, "topic": row.topic, "subject": rendered(row).subject, "text": rendered(row).text,
                "created_at": row.created_at.isoformat(), "read_at": row.read_at.isoformat() if row.read_at else None,
            }
            for row in messages_of(actor).order_by("-pk")[:10_000]
        ],
        "deeds": [
            {"at": row.at.isoformat(), "sentence": sentence_of(row), "address": row.address, "channel": row.channel}
            for row in deeds
        ],
    }  # fmt: skip
