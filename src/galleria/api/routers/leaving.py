"""Unsubscribing: what would come back, giving back, what was given back."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Le
from django.http import HttpRequest
from ninja import Query, Schema
from pydantic import Field

from galleria.api.auth import actor_of
from galleria.api.endpoints import Routes
from galleria.api.schemas import leaving as out
from galleria.api.schemas.buying import NothingIn
from galleria.api.schemas.common import Cursor, Limit, OnlyDigits, PublicId, page_out
from galleria.buying import leaving, selectors
from galleria.buying.services import leaving as services
from galleria.kit import clock, pages

routes = Routes("Unsubscriptions")
UNSUBSCRIBE = services.PERMISSION


class PreviewOf(Schema):
    """What is to be given back."""

    kind: Annotated[int, Ge(1), Le(2), OnlyDigits] = Field(1, description="1: the subscription; 2: renewals not begun")
    count: Annotated[int, Ge(1), Le(36), OnlyDigits] = Field(1, description="How many renewals, the last one first")


@routes.get(
    "/subscriptions/{subscription_id}/unsubscription-preview",
    out.UnsubscriptionPreview,
    needs=UNSUBSCRIBE,
    problems=[422],
)
def preview_unsubscription(
    request: HttpRequest, subscription_id: PublicId, asked: Query[PreviewOf]
) -> out.UnsubscriptionPreview:
    """Which rule applies and why, what comes back with its working, where it goes. Nothing changes."""
    seen = leaving.preview(
        actor_of(request), subscription_ids=[subscription_id], kind=asked.kind, count=asked.count, at=clock.now()
    )
    return out.preview_out(seen)


@routes.write(
    "POST",
    "/unsubscriptions/preview",
    out.UnsubscriptionPreview,
    needs=UNSUBSCRIBE,
    repeat="unkept",
    problems=[404],
)
def preview_unsubscriptions(request: HttpRequest, body: out.UnsubscriptionPreviewIn) -> out.UnsubscriptionPreview:
    """The same for up to ten subscriptions in one request. Nothing changes."""
    seen = leaving.preview(
        actor_of(request), subscription_ids=body.subscriptions, kind=body.kind, count=body.count, at=clock.now()
    )
    return out.preview_out(seen)


@routes.write("POST", "/unsubscriptions", out.LeftOut, status=201, needs=UNSUBSCRIBE, repeat="required", problems=[404])
def create_unsubscription(request: HttpRequest, body: out.UnsubscriptionIn) -> out.LeftOut:
    """Give back what a preview showed. The refund is under way at once; a large one is reviewed first.

    Nothing happens when it would differ from the preview (REFUND_CHANGED, with both amounts), or when the rules do not
    allow it (NOT_UNSUBSCRIBABLE, with the reason of each). What has nothing to give back is released.
    """
    actor = actor_of(request)
    left = services.leave(
        actor,
        subscription_ids=body.subscriptions,
        kind=body.kind,
        count=body.count,
        seen_digest=body.digest,
        reason=body.reason,
        comment=body.comment,
        fee_accepted=body.fee_accepted,
        deletion_accepted=body.deletion_accepted,
        at=clock.now(),
    )
    order = selectors.unsubscription_of(actor, left.order.public_id) if left.order is not None else None
    return out.left_out(left, order)


class UnsubscriptionList(Schema):
    """The place in the list."""

    limit: Limit = 20
    cursor: Cursor = ""


@routes.get("/unsubscriptions", out.UnsubscriptionPage, needs="billing:order:view", problems=[422])
def list_unsubscriptions(request: HttpRequest, filters: Query[UnsubscriptionList]) -> out.UnsubscriptionPage:
    """What the account gave back, the newest first."""
    rows = selectors.unsubscriptions_of(actor_of(request))
    page = pages.page_of(rows, sort="-created_at", cursor=filters.cursor or None, size=filters.limit)
    return page_out(out.UnsubscriptionPage, page, out.unsubscription_out)


@routes.get("/unsubscriptions/{order_id}", out.UnsubscriptionOut, needs="billing:order:view")
def get_unsubscription(request: HttpRequest, order_id: PublicId) -> out.UnsubscriptionOut:
    """One unsubscription with what each term gave, and how that was worked out."""
    return out.unsubscription_out(selectors.unsubscription_of(actor_of(request), order_id))


@routes.write("POST", "/unsubscriptions/{order_id}/withdraw", out.UnsubscriptionOut, needs=UNSUBSCRIBE)
def withdraw_unsubscription(request: HttpRequest, order_id: PublicId, body: NothingIn) -> out.UnsubscriptionOut:
    """Keep what was to be given back, while its large refund is being reviewed."""
    actor = actor_of(request)
    services.take_back(actor, order_id=order_id, at=clock.now())
    return out.unsubscription_out(selectors.unsubscription_of(actor, order_id))
