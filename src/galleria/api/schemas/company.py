"""A seller's company as programs see it: changes in review, customer service, users, recipients, deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from galleria.api.schemas.common import PLAIN, In, Instant, Out, PageOut, PublicId
from galleria.api.schemas.onboarding import (
    AgreementToAccept,
    FormSectionOut,
    ReviewRoundOut,
    round_of,
    sections_of,
)
from galleria.reporting import service_orders
from galleria.selling import forms
from galleria.selling.selectors import changes
from galleria.selling.selectors.people import Colleague
from galleria.selling.services import changing

Kind = Literal["profile", "name", "storefront"]
Line = Annotated[str, Field(max_length=120, pattern=PLAIN)]


# ----- changes -----


class SellerChangeOut(Out):
    """A change of the profile, the name or the storefront page.

    `state`: none (the fields have what is live), draft, review, returned (to correct). `version` is sent with the next
    change; `round` is the last one of its review.
    """

    kind: str
    state: str
    version: int
    changed_at: Instant | None
    sections: list[FormSectionOut]
    round: ReviewRoundOut | None


def change_out(seller: Any, kind: str, row: Any, at: datetime) -> SellerChangeOut:
    """A change as it is now, or what is live."""
    latest = changes.last_round(row) if row else None
    is_open = row is not None and row.state in {"draft", "returned"}
    data = row.data if row else changes.live(seller, kind)
    return SellerChangeOut(
        kind=kind, state=row.state if row else "none", version=row.version if row else 0,
        changed_at=row.changed_at if row else None,
        sections=sections_of(
            forms.CHANGES[kind], data, changing.problems_of(row, at) if row and is_open else {},
            latest if row and row.state == "returned" else None,
        ),
        round=round_of(latest) if latest else None,
    )  # fmt: skip


# ----- at once -----


class CustomerServiceIn(In):
    """When and in which languages buyers get help, such as `Mon-Fri 09:00-18:00`."""

    hours: Line
    languages: Line = ""
    answers_in: Annotated[str, Field(max_length=60, pattern=PLAIN)] = ""


class TicketSettingsIn(In):
    """Whether buyers can write tickets, and when they are read: 40 hours a week at least."""

    accepted: bool
    hours: Line = ""


class CustomerServiceOut(Out):
    """What buyers see of customer service, and whether they can write tickets."""

    hours: str
    languages: str
    answers_in: str
    tickets_accepted: bool
    ticket_hours: str


def customer_service_out(seller: Any) -> CustomerServiceOut:
    return CustomerServiceOut(
        hours=seller.support_hours, languages=seller.support_languages, answers_in=seller.answers_in,
        tickets_accepted=seller.accepts_tickets, ticket_hours=seller.ticket_hours,
    )  # fmt: skip


class NewAgreementsOut(Out):
    """Newer versions of what was signed that wait for the owner."""

    items: list[AgreementToAccept]


# ----- recipients -----

Category = Literal["review", "orders", "settlement", "alerts", "policy"]
Channels = Annotated[list[Literal["email", "sms"]], Field(max_length=2)]


class RecipientIn(In):
    """Somebody who gets messages without a login. `categories`: which, and how each is sent."""

    name: Annotated[str, Field(min_length=1, max_length=120, pattern=PLAIN)]
    email: Annotated[str, Field(max_length=254, pattern=PLAIN)]
    phone: Annotated[str, Field(max_length=40, pattern=PLAIN)] = ""
    categories: Annotated[dict[Category, Channels], Field(max_length=5)] = {}


class RecipientOut(Out):
    """A recipient; messages begin when the link in the mail was opened (`confirmed_at`)."""

    id: str
    name: str
    email: str
    phone: str
    categories: dict[str, list[str]]
    confirmed_at: Instant | None


class RecipientsOut(Out):
    """Everybody on the list."""

    items: list[RecipientOut]


def recipient_out(row: Any) -> RecipientOut:
    return RecipientOut(
        id=row.public_id, name=row.name, email=row.email, phone=row.phone, categories=row.categories,
        confirmed_at=row.verified_at,
    )  # fmt: skip


# ----- users -----


class SellerUserIn(In):
    """Seller roles, and the ids of the products that the user looks after; null: all of them."""

    roles: Annotated[list[Annotated[str, Field(pattern=r"^[A-Za-z]{1,40}$")]], Field(max_length=20)]
    products: Annotated[list[PublicId], Field(max_length=2000)] | None = None


class SellerUserOut(Out):
    """A user of the seller's account. `products` is null for somebody who looks after all of them."""

    id: str
    name: str
    email: str
    is_owner: bool
    roles: list[str]
    products: list[str] | None


class SellerUsersOut(Out):
    """Everybody in the account."""

    items: list[SellerUserOut]


def user_out(row: Colleague) -> SellerUserOut:
    user = row.membership.user
    return SellerUserOut(
        id=user.public_id, name=user.name, email=user.email, is_owner=row.membership.is_owner,
        roles=list(row.seller_roles), products=None if row.products is None else sorted(row.products),
    )  # fmt: skip


# ----- deliveries -----


class SellerDeliveryOut(Out):
    """Something that people deliver or accept. `state`: waiting_seller is the seller's turn; `accepted`: whether the
    buyer has accepted it, or nothing of the kind is asked. `due_at`: what the product promises."""

    id: str
    order: str
    product: str
    product_name: str
    specification: str
    customer: str
    activity: str
    state: str
    accepted: bool
    requested_at: Instant
    due_at: Instant | None
    finished_at: Instant | None


class SellerDeliveryPage(PageOut[SellerDeliveryOut]):
    """Deliveries of a view: what waits longest comes first; of those that are done the latest."""


class SellerDeliveryDetail(SellerDeliveryOut):
    """A delivery with what the buyer chose and answered, and how the buyer may be reached."""

    quantity: int
    choices: dict[str, str]
    answers: dict[str, str]
    contact: dict[str, str]


def _delivery(row: Any) -> dict[str, Any]:
    held = row.subscription
    return {
        "id": row.public_id, "order": row.order_id, "product": held.product.public_id,
        "product_name": held.product.name, "specification": held.specification.name, "customer": held.account.name,
        "activity": row.activity, "state": row.state, "requested_at": row.requested_at,
        "accepted": row.state == "succeeded" and held.state != "initializing",
        "due_at": service_orders.due_at(row), "finished_at": row.finished_at,
    }  # fmt: skip


def delivery_out(row: Any) -> SellerDeliveryOut:
    return SellerDeliveryOut(**_delivery(row))


def delivery_detail(found: service_orders.ServiceOrder) -> SellerDeliveryDetail:
    line = found.line
    return SellerDeliveryDetail(
        **_delivery(found.delivery), quantity=line.quantity if line else 0, contact=found.contact,
        choices=_texts(line.choices if line else None), answers=_texts(line.extra if line else None),
    )  # fmt: skip


def _texts(values: Mapping[str, Any] | None) -> dict[str, str]:
    return {str(key): str(value) for key, value in (values or {}).items()}
