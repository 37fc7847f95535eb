"""Asking the seller, while the buyer waits, whether an instance can become something else (A-V2K-001)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.delivering.adapters.saas_v2 import client, messages
from galleria.delivering.models import ProductInterface, SellerCall
from galleria.delivering.services import keys
from galleria.delivering.services.recording import keep_call
from galleria.delivering.services.working import call_settings
from galleria.kit.errors import NotAllowed, Refused, TooManyRequests
from galleria.subscribing.models import Subscription

ACTIVITY: Final = "changeInstanceCheck"
MOST_IN_A_MINUTE = 6


class SellerRefusesChange(Refused):
    """The seller's check said no; `extra["reason"]` is what the seller wrote (A-V2K-002)."""

    code = "SELLER_REFUSES_CHANGE"
    status = 409


class CheckNotAnswered(Refused):
    """The seller's server could not be asked; nothing was ordered. `extra["problem"]` is for the seller."""

    code = "SELLER_NOT_REACHED"
    status = 503
    default_message = _("The seller's server did not answer. Nothing was ordered; try again in a few minutes.")


class CheckNotPossible(NotAllowed):
    """The product has no server that could be asked."""

    code = "CHECK_NOT_POSSIBLE"
    default_message = _("The seller's server cannot be asked about this change.")


@dataclass(frozen=True)
class Target:
    """What an instance is to become, as `productInfo` says it."""

    product_code: str
    sku_code: str
    linear_value: int | None = None


def check_change(subscription: Subscription, target: Target, *, at: datetime) -> None:
    """Returns when the seller allows the change; one call, kept in the message log, never repeated by itself.

    Called outside transactions (it waits up to 5 s). `subscription` with its product and seller. Raises
    CheckNotPossible, SellerRefusesChange with the seller's words, CheckNotAnswered, TooManyRequests.
    """
    binding = ProductInterface.objects.select_related("address").filter(product_id=subscription.product_id).first()
    if binding is None or not subscription.instance_id:
        raise CheckNotPossible
    _not_too_often(subscription, at)
    address = binding.address
    exchange = client.call(
        address.url,
        keys.interface_key(subscription.product.seller_id, address.key_kind, at),
        ACTIVITY,
        messages.change_instance_check(
            instance_id=subscription.instance_id,
            product_id=target.product_code,
            sku_code=target.sku_code,
            linear_value=target.linear_value,
            test=messages.flag_for(testing=False, send_zero=address.send_testflag_zero),
        ),
        settings=call_settings(address),
    )
    verdict = exchange.verdict
    is_refusal = verdict.outcome == "refused"
    problem = "" if verdict.is_success or is_refusal else verdict.problem or verdict.message
    with transaction.atomic():
        call = keep_call(None, exchange, business_id="", attempt=1, at=at, problem=problem, subscription=subscription)
        if is_refusal:
            SellerCall.objects.filter(pk=call.pk).update(verdict="refused", failure=verdict.message[:500])
    if is_refusal:
        raise _refusal(subscription, verdict.message.strip(), verdict.code)
    if not verdict.is_success:
        raise CheckNotAnswered(extra={"problem": problem})


def _refusal(subscription: Subscription, reason: str, code: str) -> SellerRefusesChange:
    names = {"seller": subscription.product.seller.name, "reason": reason or code}
    text = _("%(seller)s does not allow this change: %(reason)s") % names
    return SellerRefusesChange(text, extra={"reason": reason, "result_code": code})


def _not_too_often(subscription: Subscription, at: datetime) -> None:
    since = at - timedelta(minutes=1)
    rows = SellerCall.objects.filter(subscription=subscription, activity=ACTIVITY, called_at__gt=since)
    if rows.count() >= MOST_IN_A_MINUTE:
        raise TooManyRequests(_("The seller can be asked a few times a minute. Wait a moment."), retry_after=60)
