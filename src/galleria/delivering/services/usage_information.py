"""Asking the seller for an instance's information while the buyer waits (B-USE-002, B-USE-003)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.delivering.adapters.saas_v2 import client, messages
from galleria.delivering.models import ProductInterface
from galleria.delivering.services import keys
from galleria.delivering.services.recording import keep_app_info, keep_call
from galleria.delivering.services.working import call_settings
from galleria.kit.actor import Actor
from galleria.kit.errors import NotAllowed, TooManyRequests
from galleria.kit.spoken import stored
from galleria.subscribing import selectors as subscribing_selectors
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import AppInfo, Subscription

LEAST_DISTANCE = timedelta(seconds=10)


class NothingToRefresh(NotAllowed):
    """The product has no interface, or the instance does not exist yet."""

    code = "NOTHING_TO_REFRESH"
    default_message = _("There is nothing to ask the seller's server for this subscription.")


def refresh_app_info(actor: Actor, *, subscription_id: str, at: datetime) -> AppInfo:
    """Ask the seller again; when it does not answer, the last known information stays, with the reason.

    Called outside transactions (it waits up to 5 s). At most once in 10 s per subscription.
    Raises NotFound, PermissionMissing, NothingToRefresh, TooManyRequests.
    """
    actor.require("gallery:subscription:view")
    subscription = subscribing_selectors.subscription_of(actor, subscription_id)
    binding = ProductInterface.objects.select_related("address").filter(product_id=subscription.product_id).first()
    if binding is None or not subscription.instance_id or subscription.state in {"released", "failed"}:
        raise NothingToRefresh
    if not subscribing.note_refresh(subscription, at=at, least_distance=LEAST_DISTANCE):
        raise TooManyRequests(_("Information can be refreshed once in 10 seconds."), retry_after=10)
    return _ask(subscription, binding, at)


def _ask(subscription: Subscription, binding: ProductInterface, at: datetime) -> AppInfo:
    address = binding.address
    exchange = client.call(
        address.url,
        keys.interface_key(subscription.product.seller_id, address.key_kind, at),
        "queryInstance",
        messages.query_instance(
            subscription.instance_id,
            test=messages.flag_for(testing=False, send_zero=address.send_testflag_zero),
        ),
        settings=call_settings(address),
    )
    verdict = exchange.verdict
    entry = verdict.instance(subscription.instance_id) if verdict.is_success else None
    problem = "" if entry else (verdict.problem or verdict.message or stored(_("The seller's answer has no data.")))
    with transaction.atomic():
        keep_call(None, exchange, business_id="", attempt=1, at=at, problem=problem, subscription=subscription)
        if entry:
            keep_app_info(subscription, entry, at=at)
        else:
            subscribing.note_refresh_failure(subscription, problem)
    return AppInfo.objects.get(subscription=subscription)
