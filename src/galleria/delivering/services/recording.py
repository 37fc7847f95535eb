"""Keeping what was said: the message log, and application information for the buyer."""

from __future__ import annotations

from datetime import datetime

from galleria.delivering.adapters.saas_v2 import answers, client
from galleria.delivering.models import Delivery, SellerCall
from galleria.kit import prepared
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription


def keep_call(
    delivery: Delivery | None,
    exchange: client.Exchange,
    *,
    business_id: str,
    attempt: int,
    at: datetime,
    problem: str,
    activity: str = "",
    subscription: Subscription | None = None,
) -> SellerCall:
    """Write one call into the message log, without the account name and password of the answer."""
    about = subscription or (delivery.subscription if delivery else None)
    if about is None:
        raise ValueError("a call belongs to a delivery or a subscription")
    verdict = "failure" if problem else ("success" if exchange.verdict.outcome == "succeeded" else "in_progress")
    call = SellerCall(
        delivery=delivery,
        subscription=about,
        seller_id=about.product.seller_id,
        activity=activity or exchange.activity,
        business_id=business_id,
        attempt=attempt,
        url=exchange.url[:1000],
        request_body=exchange.request_body.decode("utf-8", "replace"),
        http_status=exchange.status,
        answer=exchange.logged_body.decode("utf-8", "replace")[:20_000].replace("\x00", "\ufffd"),
        result_code=exchange.verdict.code[:40],
        verdict=verdict,
        failure=problem[:500],
        called_at=at,
        duration_ms=exchange.milliseconds,
    )
    prepared.insert(call)
    return call


def keep_app_info(subscription: Subscription, entry: answers.InstanceInfo, *, at: datetime) -> None:
    """Hand what queryInstance told to the subscription, where the password is stored encrypted (A-V2Q-005)."""
    app = entry.app
    subscribing.record_app_info(
        subscription,
        front_end_url=app.front_end_url if app else "",
        admin_url=app.admin_url if app else "",
        user_name=app.user_name if app else "",
        password=app.password if app else "",
        memo=app.memo if app else "",
        usage=[
            {
                "value": str(usage.value),
                "at": usage.at.isoformat(),
                "instance_id": usage.related_instance_id,
                "dashboard_url": usage.dashboard_url,
            }
            for usage in entry.usage
        ],
        at=at,
    )
