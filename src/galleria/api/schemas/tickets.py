"""Tickets about products, as the buyer's and the seller's programs see them (S-TCK-001)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from galleria.api.schemas.account import Text, TicketOut, ticket_out
from galleria.api.schemas.common import NO_NUL, PLAIN, In, Instant, Out, PageOut

Words = Annotated[Text, Field(min_length=1)]


class TicketEntryOut(Out):
    """A step: opened, said, taken, resolved, confirmed, reopened, closed, access_asked, access_granted,
    access_refused, access_revoked. `side`: buyer, seller, operator."""

    kind: str
    side: str
    author: str
    text: str
    at: Instant


class ProductTicketOut(TicketOut):
    """A ticket to a seller with its course. `state`: new, in_progress, awaiting (the buyer's word), reopened, closed.

    `access`: whether the seller may look at the resource: empty, asked, granted (until `access_until`), refused,
    revoked.
    """

    cause: str
    solution: str
    access: str
    access_until: Instant | None
    entries: list[TicketEntryOut]


class ResourceOut(Out):
    """The subscription that a ticket is about, while the buyer lets the seller look at it."""

    id: str
    specification: str
    state: str
    effective_at: Instant | None
    expires_at: Instant | None


class SellerTicketOut(TicketOut):
    """A ticket in the seller's list."""

    customer: str


class SellerTicketPage(PageOut[SellerTicketOut]):
    """Tickets, the newest first."""


class SellerTicketDetail(ProductTicketOut):
    """A ticket with its course; `resource` is null unless the buyer lets the seller look."""

    customer: str
    resource: ResourceOut | None


class MessageIn(In):
    """What is written into the ticket."""

    text: Words


class SolutionIn(In):
    """What it was, and how it was solved."""

    cause: Words
    solution: Words


class AccessIn(In):
    """For how many days the seller may look."""

    days: Annotated[int, Field(ge=1, le=30)]


def _with_course(row: Any, entries: Sequence[Any]) -> dict[str, Any]:
    return {
        **ticket_out(row).model_dump(),
        "cause": row.cause,
        "solution": row.solution,
        "access": row.access,
        "access_until": row.access_until,
        "entries": [TicketEntryOut(kind=e.kind, side=e.side, author=e.author, text=e.text, at=e.at) for e in entries],
    }


def product_ticket_out(row: Any, entries: Sequence[Any]) -> ProductTicketOut:
    return ProductTicketOut(**_with_course(row, entries))


def seller_ticket_out(row: Any) -> SellerTicketOut:
    return SellerTicketOut(**ticket_out(row).model_dump(), customer=row.account.name)


def seller_ticket_detail(row: Any, entries: Sequence[Any], resource: Any) -> SellerTicketDetail:
    held = None
    if resource is not None:
        held = ResourceOut(
            id=resource.public_id, specification=resource.specification.name, state=resource.state,
            effective_at=resource.effective_at, expires_at=resource.expires_at,
        )  # fmt: skip
    return SellerTicketDetail(**_with_course(row, entries), customer=row.account.name, resource=held)


# ----- consulting services (S-CON-001) -----


class EnquiryIn(In):
    """What is needed of a consulting service, and how the seller reaches who asks."""

    name: Annotated[str, Field(min_length=1, max_length=120, pattern=PLAIN)]
    company: Annotated[str, Field(max_length=200, pattern=PLAIN)] = ""
    contact: Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
    need: Annotated[str, Field(min_length=1, max_length=2000, pattern=NO_NUL)]


class EnquiryOut(Out):
    """An enquiry as it was delivered to the seller."""

    id: str
    product: str
    name: str
    company: str
    contact: str
    need: str
    created_at: Instant


class EnquiryPage(PageOut[EnquiryOut]):
    """Enquiries, the newest first."""


class ClicksOut(Out):
    """How often people went from a product's page to the seller's website."""

    product: str
    name: str
    clicks: int


class ClicksList(Out):
    """The last 30 days, the most first."""

    items: list[ClicksOut]


def enquiry_out(row: Any) -> EnquiryOut:
    return EnquiryOut(
        id=row.public_id, product=row.product.slug, name=row.name, company=row.company, contact=row.contact,
        need=row.need, created_at=row.created_at,
    )  # fmt: skip
