"""What the seller told about using the application, and who looked at the password."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import outbox, prepared
from galleria.kit.actor import Actor
from galleria.kit.errors import NotAllowed
from galleria.subscribing import events, selectors
from galleria.subscribing.models import AppInfo, Subscription


def record_app_info(
    subscription: Subscription,
    *,
    front_end_url: str,
    admin_url: str,
    user_name: str,
    password: str,
    memo: str,
    usage: list[dict[str, Any]],
    at: datetime,
) -> AppInfo:
    """Keep what the seller told; the password is encrypted by its field."""
    told = {
        "front_end_url": front_end_url,
        "admin_url": admin_url,
        "user_name": user_name,
        "password": password,
        "memo": memo,
        "usage": usage,
        "refreshed_at": at,
        "last_error": "",
    }
    info = AppInfo(subscription=subscription, **told)
    if prepared.insert_new(info, by="subscription_id"):
        return info
    return AppInfo.objects.update_or_create(subscription=subscription, defaults=told)[0]


def note_refresh(subscription: Subscription, *, at: datetime, least_distance: timedelta) -> bool:
    """Whether the seller may be asked now; notes the time, so that of two askers one is told no (B-USE-003)."""
    AppInfo.objects.get_or_create(subscription=subscription)
    may = Q(tried_at__isnull=True) | Q(tried_at__lte=at - least_distance)
    return bool(AppInfo.objects.filter(may, subscription=subscription).update(tried_at=at))


def note_refresh_failure(subscription: Subscription, problem: str) -> None:
    """Say beside the last known information why it could not be refreshed (B-USE-002)."""
    AppInfo.objects.filter(subscription=subscription).update(last_error=problem[:300])


@transaction.atomic
def reveal_password(actor: Actor, *, subscription_id: str, at: datetime) -> str:
    """The initial password, with a record of who looked (B-USE-001).

    Raises NotFound, PermissionMissing (`gallery:credential:view`), NotAllowed when there is none.
    """
    actor.require("gallery:credential:view")
    subscription = selectors.subscription_of(actor, subscription_id)
    info = AppInfo.objects.filter(subscription=subscription).first()
    if info is None or not info.password:
        raise NotAllowed(_("The seller has not sent a password for this subscription."))
    audit.record(actor, "subscription.password_revealed", subscription, at=at)
    outbox.publish(events.CredentialRevealed(subscription.public_id, actor.user_id or ""))
    return str(info.password)
