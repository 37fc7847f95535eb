"""Telling people: once per person and event, in the message centre at once and by mail after the commit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from galleria.kit import ids, jobs, prepared, secrets
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid
from galleria.kit.jsonable import pack
from galleria.notifying import selectors
from galleria.notifying.models import Message, MessageDelivery, TopicChoice
from galleria.notifying.sentences import SENTENCES
from galleria.notifying.topics import CHANNELS, TOPICS, is_on
from galleria.parties import selectors as parties
from galleria.parties.models import User


class UnknownMessage(LookupError):
    """The key was not registered: a bug."""


def lane(_event: object) -> str:
    """Messages share a lane: a burst of them does not keep workers from deliveries."""
    return "messages"


def notify(
    users: Iterable[User],
    key: str,
    *,
    at: datetime,
    dedupe: str,
    link: str = "",
    account_pk: int | None = None,
    mailbox: str = "",
    **parameters: Any,
) -> list[Message]:
    """Put the message into each person's inbox and queue the mails; returns the new messages only.

    `dedupe` names the event: a second call with it reaches nobody twice (B-MSG-004). `mailbox` is an address
    that gets a copy of the first person's mail. Mails go to confirmed addresses only (B-MSG-T1).
    """
    sentence = SENTENCES.get(key)
    if sentence is None:
        raise UnknownMessage(key)
    people = list({user.pk: user for user in users if user.is_active}.values())
    choices = selectors.choices_of([user.pk for user in people])
    people = [user for user in people if is_on(sentence.topic, "center", choices.get(user.pk, {}))]
    if not people:
        return []
    packed = pack(parameters)
    with transaction.atomic(savepoint=False):
        made = prepared.insert_new(
            *(
                Message(
                    public_id=ids.new_id("msg", at), user=user, account_id=account_pk, topic=sentence.topic, key=key,
                    parameters=packed, link=link[:300], dedupe=dedupe[:200], created_at=at,
                )
                for user in people
            ),
            by="public_id",
        )  # fmt: skip
        confirmed = parties.with_confirmed_email([message.user_id for message in made])
        for message in made:
            mail_is_on = is_on(sentence.topic, "email", choices.get(message.user_id, {}))
            if message.user_id in confirmed and mail_is_on:
                _queue(message, "email", at)
        if mailbox and made and mailbox.lower() not in {user.email for user in people}:
            made[0].parameters = {**packed, "_mailbox": mailbox}
            made[0].save(update_fields=["parameters"])
            _queue(made[0], "mailbox", at)
    return made


def _queue(message: Message, channel: str, at: datetime) -> None:
    prepared.insert(MessageDelivery(message=message, channel=channel, at=at))
    jobs.enqueue("notifying.send_mail", message_id=message.public_id, channel=channel, lane="mail")


def notify_account(
    account_pk: int, key: str, *, permission: str, also: Iterable[User] = (), **values: Any
) -> list[Message]:
    """Tell everybody in an account who has the permission, and `also` these."""
    people = [*also, *parties.users_with(account_pk, permission)]
    return notify(people, key, account_pk=account_pk, **values)


def mark_read(actor: Actor, *, message_id: str, at: datetime) -> Message:
    """The person has seen it; reading again changes nothing. Raises NotFound."""
    message = selectors.message_of(actor, message_id)
    if Message.objects.filter(pk=message.pk, read_at=None).update(read_at=at):
        message.read_at = at
    return message


def mark_all_read(actor: Actor, *, topic: str = "", at: datetime) -> int:
    """Everything (of a topic) is read; returns how many were not."""
    rows = Message.objects.filter(user_id=parties.user_pk_of(actor), read_at=None)
    if topic:
        rows = rows.filter(topic=topic)
    return rows.update(read_at=at)


@transaction.atomic
def choose_channels(actor: Actor, *, choices: Mapping[tuple[str, str], bool]) -> None:
    """Set what reaches the person how: `(topic, channel)` to on or off. Locked ones stay as they are (B-MSG-004)."""
    user_pk = parties.user_pk_of(actor)
    for (topic, channel), wanted in choices.items():
        if topic not in TOPICS or channel not in CHANNELS:
            raise Invalid
        if channel in TOPICS[topic].locked:
            continue
        TopicChoice.objects.update_or_create(user_id=user_pk, topic=topic, channel=channel, defaults={"is_on": wanted})


def send_text(address: str, *, subject: str, body: str) -> None:
    """Queue a mail that is no message: a code, a link. Its text is encrypted while it waits."""
    sealed = secrets.encrypt(json.dumps([address, " ".join(subject.split())[:200], body]))
    jobs.enqueue("notifying.send_text", sealed=sealed, lane="mail")
