"""A3: messages, and what reaches one how."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from galleria.kit import clock, pages
from galleria.kit.actor import Actor
from galleria.notifying import selectors, services
from galleria.notifying.rendering import rendered
from galleria.notifying.topics import CHANNELS, TOPICS
from galleria.web import context
from galleria.web.account.guard import actor_of, done, signed_in


@context.counter("messages.unread")
def unread(actor: Actor) -> int | str | None:
    """The dot on the bell."""
    return selectors.unread_count(actor)


@context.counter("account.messages")
def unread_in_navigation(actor: Actor) -> int | str | None:
    """The figure beside the entry."""
    count = selectors.unread_count(actor)
    return f"{count}+" if count >= selectors.MOST_UNREAD else count


@signed_in
@require_safe
def messages(request: HttpRequest) -> HttpResponse:
    """The person's messages by topic, newest first, and the matrix of topics and channels."""
    actor = actor_of(request)
    topic = request.GET.get("topic", "")
    topic = topic if topic in TOPICS else ""
    only_unread = request.GET.get("show") == "unread"
    page = pages.page_of(
        selectors.messages_of(actor, topic=topic, unread=only_unread),
        cursor=request.GET.get("after"),
        size=request.GET.get("size"),
    )
    zone = str(context.of(request).zone)
    return render(
        request,
        "account/messages.html",
        {
            "messages": page.map(lambda row: {"row": row, "text": rendered(row, zone=zone)}),
            "topic": topic,
            "only_unread": only_unread,
            "topics": TOPICS,
            "counts": selectors.counts_by_topic(actor),
            "matrix": selectors.matrix_of(actor),
        },
    )


@signed_in
@require_safe
def message(request: HttpRequest, message_id: str) -> HttpResponse:
    """One message; opening it reads it."""
    row = services.mark_read(actor_of(request), message_id=message_id, at=clock.now())
    zone = str(context.of(request).zone)
    values = {"row": row, "text": rendered(row, zone=zone), "topic": TOPICS[row.topic]}
    return render(request, "account/message.html", values)


@signed_in
@require_POST
def read_all(request: HttpRequest) -> HttpResponse:
    """Everything is read."""
    topic = request.POST.get("topic", "")
    topic = topic if topic in TOPICS else ""
    services.mark_all_read(actor_of(request), topic=topic, at=clock.now())
    address = f"/account/messages?topic={topic}" if topic else "/account/messages"
    return done(request, _("All messages are marked as read."), address)


@signed_in
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Save the matrix."""
    wanted: dict[tuple[str, str], bool] = {}
    for topic in TOPICS.values():
        for channel in CHANNELS:
            if channel not in topic.locked:
                wanted[topic.key, channel] = request.POST.get(f"{topic.key}-{channel}") == "yes"
    services.choose_channels(actor_of(request), choices=wanted)
    return done(request, _("Your choice is saved."), "/account/messages#channels")
