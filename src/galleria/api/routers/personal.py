"""What belongs to the person: favourites, messages; and agreements and tickets of the account."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.schemas import account as out
from galleria.api.schemas.buying import NothingIn
from galleria.api.schemas.catalogue import card_out
from galleria.api.schemas.common import Cursor, Limit, PublicId, QueryFlag, QueryText, Slug, language, page_out
from galleria.kit import clock, pages
from galleria.kit.errors import NotFound
from galleria.notifying import selectors as notifying
from galleria.notifying import services as notices
from galleria.notifying.rendering import rendered
from galleria.parties import selectors as parties
from galleria.publishing import selectors as publishing
from galleria.publishing import services as publishing_services
from galleria.supporting import selectors as supporting
from galleria.supporting import services as support

routes = Routes("Yours")
AgreementKey = Annotated[str, Field(pattern=r"^[A-Za-z0-9_:-]{1,80}$")]


# --- favourites ---------------------------------------------------------------------------------------------
@routes.get("/favorites", out.FavoriteList, needs="gallery:favorite:manage")
def list_favorites(request: HttpRequest) -> out.FavoriteList:
    """The products that you saved, the newest first."""
    return out.FavoriteList(items=[_favorite(row) for row in publishing.favorites_of(actor_of(request))])


def _favorite(row: publishing.Saved) -> out.FavoriteOut:
    return out.FavoriteOut(
        product=card_out(row.card),
        state=row.state,
        can_buy=row.can_buy,
        specification=row.specification,
        configuration=row.configuration,
        saved_at=row.saved_at,
    )


@routes.write("PUT", "/favorites/{slug}", out.FavoriteOut, needs="gallery:favorite:manage")
def save_favorite(request: HttpRequest, slug: Slug, body: out.FavoriteIn) -> out.FavoriteOut:
    """Save a product with what was chosen. Saving again keeps the newest choice."""
    actor = actor_of(request)
    publishing_services.save_favorite(
        actor,
        slug=slug,
        specification_id=body.specification,
        configuration={"mode": body.mode, "term": body.term, "attributes": body.attributes},
        at=clock.now(),
    )
    saved = next((row for row in publishing.favorites_of(actor) if row.card["slug"] == slug), None)
    if saved is None:
        raise NotFound
    return _favorite(saved)


@routes.write("DELETE", "/favorites/{slug}", None, status=204, needs="gallery:favorite:manage", repeat="unkept")
def remove_favorite(request: HttpRequest, slug: Slug) -> None:
    """Take a product off the list; nothing happens when it is not on it."""
    publishing_services.remove_favorite(actor_of(request), slug=slug)


# --- messages -----------------------------------------------------------------------------------------------
class MessageList(Schema):
    """Which messages."""

    topic: QueryText = ""
    unread: QueryFlag = False
    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/messages", out.MessagePage, problems=[422])
def list_messages(request: HttpRequest, filters: Query[MessageList]) -> out.MessagePage:
    """Your messages, the newest first; never a colleague's."""
    rows = notifying.messages_of(actor_of(request), topic=filters.topic, unread=filters.unread)
    page = pages.page_of(rows, sort="-pk", cursor=filters.cursor or None, size=filters.limit)
    return page_out(out.MessagePage, page, _message)


def _message(row: Any) -> out.MessageOut:
    said = rendered(row)
    return out.message_out(row, said.subject, said.text)


@routes.write("POST", "/messages/{message_id}/read", out.MessageOut)
def read_message(request: HttpRequest, message_id: PublicId, body: NothingIn) -> out.MessageOut:
    """You have seen it."""
    return _message(notices.mark_read(actor_of(request), message_id=message_id, at=clock.now()))


@routes.write("POST", "/messages/read", out.CountOut)
def read_all_messages(request: HttpRequest, body: out.ReadAllIn) -> out.CountOut:
    """You have seen all of them. Answers how many were unread."""
    return out.CountOut(count=notices.mark_all_read(actor_of(request), topic=body.topic, at=clock.now()))


# --- agreements ---------------------------------------------------------------------------------------------
@routes.get("/agreements", out.AcceptanceList, needs="gallery:agreement:view")
def list_agreements(request: HttpRequest) -> out.AcceptanceList:
    """What the account accepted, the newest first."""
    return out.AcceptanceList(items=[out.acceptance_out(row) for row in parties.acceptances_of(actor_of(request))])


class VersionFilter(Schema):
    """Which version."""

    version: QueryText = Field("", description="Empty: the one in force")


@routes.get("/agreements/{key}", out.AgreementOut, is_public=True, problems=[404, 422])
def get_agreement(request: HttpRequest, key: AgreementKey, filters: Query[VersionFilter]) -> out.AgreementOut:
    """The text of an agreement, to be read before an order accepts it."""
    at = clock.now()
    row = parties.version_of(key, filters.version) if filters.version else parties.current_version(key, at)
    if row is None or row.effective_at > at:
        raise NotFound
    return out.AgreementOut(
        key=row.agreement.key,
        name=row.agreement.name,
        issuer=row.agreement.issuer,
        version=row.version,
        effective_at=row.effective_at,
        text=str(row.texts.get(language()) or row.texts.get("en") or ""),
    )


# --- tickets ------------------------------------------------------------------------------------------------
class TicketList(Schema):
    """Which tickets."""

    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/tickets", out.TicketPage, needs="gallery:ticket:manage", problems=[404, 422])
def list_tickets(request: HttpRequest, filters: Query[TicketList]) -> out.TicketPage:
    """The account's questions to support, the newest first."""
    rows = supporting.tickets_of(actor_of(request))
    page = pages.page_of(rows, sort="-pk", cursor=filters.cursor or None, size=filters.limit)
    return page_out(out.TicketPage, page, out.ticket_out)


@routes.write("POST", "/tickets", out.TicketOut, status=201, needs="gallery:ticket:manage", problems=[404])
def create_ticket(request: HttpRequest, body: out.TicketIn) -> out.TicketOut:
    """Write to support, for example to apply for credit payment."""
    made = support.open_ticket(
        actor_of(request),
        category=body.category,
        subject=body.subject,
        text=body.text,
        link=body.link,
        product=body.product,
        at=clock.now(),
    )
    return out.ticket_out(made)


@routes.get("/tickets/{ticket_id}", out.TicketOut, needs="gallery:ticket:manage")
def get_ticket(request: HttpRequest, ticket_id: PublicId) -> out.TicketOut:
    """One ticket with its answer."""
    return out.ticket_out(supporting.ticket_of(actor_of(request), ticket_id))


@routes.write("POST", "/tickets/{ticket_id}/close", out.TicketOut, needs="gallery:ticket:manage")
def close_ticket(request: HttpRequest, ticket_id: PublicId, body: NothingIn) -> out.TicketOut:
    """No (more) answer is needed."""
    return out.ticket_out(support.close_ticket(actor_of(request), ticket_id=ticket_id, at=clock.now()))
