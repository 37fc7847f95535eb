"""Working on a delivery: one call to the seller, then the record of its answer.

Asking and recording are apart: the call is made outside any transaction, the answer is recorded in a short one
together with what follows from it (the next job, the event). A process that dies in between leaves a job whose
lease ends; the call is then made again, which sellers must bear (A-V2N-004).
"""

from __future__ import annotations

import ipaddress
import uuid
from datetime import datetime, timedelta
from typing import Any, cast

from django.conf import settings
from django.db import transaction

from galleria.delivering import events, rules, states
from galleria.delivering.adapters.saas_v2 import client, messages, signature
from galleria.delivering.models import Delivery, ProductionAddress, SellerCall
from galleria.delivering.services import keys
from galleria.delivering.services.ending import record_end, still_wanted
from galleria.delivering.services.recording import keep_app_info, keep_call
from galleria.delivering.services.requesting import lane_of
from galleria.kit import clock, jobs, outbox, outgoing, parameters, prepared
from galleria.kit.prepared import Prepared
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription

RETRY_HOURS = {"newInstance": "provision.create_retry_hours", "upgradeInstance": "provision.upgrade_retry_hours"}


def call_settings(address: ProductionAddress) -> client.CallSettings:
    """What the operator and the address allow."""
    networks = tuple(ipaddress.ip_network(text) for text in settings.GALLERIA_OUTGOING_ALLOW)
    return client.CallSettings(
        variant=cast(signature.Variant, address.signature_variant),
        require_body_sign=address.require_body_sign,
        policy=outgoing.Policy(allowed_networks=networks, plain_http=settings.GALLERIA_ALLOW_HTTP_SELLERS),
    )


# A product has long texts in every language; a call needs none of them.
_NEEDED = (
    *(field.attname for field in Delivery._meta.concrete_fields),
    "subscription__public_id",
    "subscription__instance_id",
    "subscription__state",
    "subscription__expires_at",
    "subscription__product__public_id",
    "subscription__product__seller__public_id",
    *(
        f"subscription__product__interface__address__{name}"
        for name in ("url", "key_kind", "signature_variant", "send_testflag_zero", "require_body_sign")
    ),
)


_DELIVERY = Prepared(
    lambda p: (
        Delivery.objects.select_related("subscription__product__seller", "subscription__product__interface__address")
        .only(*_NEEDED)
        .filter(public_id=p("public_id"))
    )
)
_OF_OTHER_LINE: Prepared[int] = Prepared(
    lambda p: (
        Subscription.objects.filter(instance_id=p("instance"), product__seller_id=p("seller"))
        .exclude(pk=p("subscription"))
        .values_list("pk", flat=True)[:1]
    )
)


def _delivery(delivery_id: str) -> Delivery:
    delivery = _DELIVERY.one(public_id=delivery_id)
    if delivery is None:
        raise Delivery.DoesNotExist(delivery_id)
    return delivery


def _body(delivery: Delivery, address: ProductionAddress, business_id: str) -> messages.Body:
    test = messages.flag_for(testing=False, send_zero=address.send_testflag_zero)
    subscription, given = delivery.subscription, delivery.parameters
    order = {"order_id": delivery.order_id, "order_line_id": delivery.order_line_id}
    instance_id = delivery.instance_id or subscription.instance_id
    match delivery.activity:
        case "newInstance":
            return messages.new_instance(**order, business_id=business_id, test=test)
        case "refreshInstance":
            return messages.refresh_instance(
                scene=delivery.scene,  # type: ignore[arg-type]
                **order,
                instance_id=instance_id,
                # A later renewal may have been told already: the end that holds now, never an older one.
                ends_at=subscription.expires_at or datetime.fromisoformat(given["ends_at"]),
                product_id=given.get("product_id"),
                test=test,
            )
        case "updateInstanceStatus":
            return messages.update_instance_status(instance_id=instance_id, status=given["status"], test=test)
        case "releaseInstance":
            return messages.release_instance(
                instance_id=instance_id,
                order_id=delivery.order_id or None,
                order_line_id=delivery.order_line_id or None,
                test=test,
            )
        case "upgradeInstance":
            return messages.upgrade_instance(instance_id=instance_id, **order, test=test)
        case "orderNotify":
            return messages.order_notify(order_id=delivery.order_id, order_line_id=delivery.order_line_id)
    raise ValueError(f"no message for {delivery.activity}")


def work_on(delivery_id: str, attempt: int) -> None:
    """Call the seller once for this delivery and record what came of it. Run by a job, outside transactions.

    A seller that has named the new instance is asked at once whether it can be used; whoever was stopped in between
    goes on with that question.
    """
    delivery = _delivery(delivery_id)
    if delivery.state in {"requested", "retrying"} and delivery.attempts < attempt:
        _call(delivery, attempt)
    # otherwise it is recorded already, restarted by somebody, or given up meanwhile
    if delivery.state == "provisioning" and delivery.attempts == attempt:
        _poll(delivery, 1)


def _call(delivery: Delivery, attempt: int) -> None:
    if not still_wanted(delivery):
        with transaction.atomic():
            states.DELIVERY.apply(delivery, "supersede", finished_at=clock.now(), next_attempt_at=None)
        return
    product = delivery.subscription.product
    address = product.interface.address
    at = clock.now()
    business_id = str(uuid.uuid4())
    key = keys.interface_key(product.seller_id, address.key_kind, at)
    exchange = client.call(
        address.url,
        key,
        delivery.activity,  # type: ignore[arg-type]
        _body(delivery, address, business_id),
        settings=call_settings(address),
        repeated=attempt > 1,
    )
    with transaction.atomic():
        _record(delivery, attempt, exchange, business_id, at=clock.now(), called_at=at)


def _record(
    delivery: Delivery,
    attempt: int,
    exchange: client.Exchange,
    business_id: str,
    *,
    at: datetime,
    called_at: datetime,
) -> None:
    """What follows from one answer. Nothing, when the delivery moved on meanwhile."""
    first = delivery.first_called_at or called_at
    seen = {"id": delivery.pk, "state": delivery.state, "attempts": delivery.attempts}
    if not prepared.update(Delivery, seen, {"attempts": attempt, "first_called_at": first}):
        return
    delivery.attempts, delivery.first_called_at = attempt, first
    problem = _problem(delivery, exchange)
    call = keep_call(delivery, exchange, business_id=business_id, attempt=attempt, at=called_at, problem=problem)
    if problem:
        _failed(delivery, call, problem, at=at)
    elif delivery.activity == "newInstance":
        known = delivery.subscription.instance_id
        if known and known != exchange.verdict.instance_id:
            _alarm_other_instance(delivery, call, known, exchange.verdict.instance_id)
        _provisioning(delivery, known or exchange.verdict.instance_id, at=at)
    elif exchange.verdict.outcome in {"succeeded", "accepted"}:
        _succeeded(delivery, at=at)
    else:
        _failed(delivery, call, exchange.verdict.problem or exchange.verdict.message, at=at)


def _problem(delivery: Delivery, exchange: client.Exchange) -> str:
    """Why the answer counts as a failure, or an empty text; includes what only we can know (A-V2N-005)."""
    verdict = exchange.verdict
    if not verdict.is_success:
        return verdict.problem or verdict.message or "the answer does not say success"
    if delivery.activity == "newInstance":
        seller_pk = delivery.subscription.product.seller_id
        if _OF_OTHER_LINE.one(
            instance=verdict.instance_id, seller=seller_pk, subscription=delivery.subscription_id
        ):  # fmt: skip
            return f"instanceId {verdict.instance_id!r} is already the one of another order line"
    return ""


def _alarm_other_instance(delivery: Delivery, call: SellerCall, known: str, told: str) -> None:
    """A later different id for the same line: the first one stays, the seller is told (A-V2N-005)."""
    problem = f"instanceId {told!r} differs from {known!r}, which was told first and stays"
    SellerCall.objects.filter(pk=call.pk).update(failure=problem[:500])
    outbox.publish(_call_failed(delivery, call, problem, planned=1, next_at="", deadline=""))


def _call_failed(
    delivery: Delivery, call: SellerCall, problem: str, *, planned: int, next_at: str, deadline: str
) -> events.CallFailed:
    product = delivery.subscription.product
    return events.CallFailed(
        call_id=call.public_id,
        delivery_id=delivery.public_id,
        seller_id=product.seller.public_id,
        product_id=product.public_id,
        order_id=delivery.order_id,
        order_line_id=delivery.order_line_id,
        activity=delivery.activity,
        attempt=delivery.attempts,
        attempts_planned=planned,
        http_status=call.http_status or 0,
        result_code=call.result_code,
        message=problem[:255],
        next_at=next_at,
        deadline_at=deadline,
    )


def _failed(delivery: Delivery, call: SellerCall, problem: str, *, at: datetime) -> None:
    """Plan the next call, or give up: the window of the rules is over."""
    window = int(parameters.get(RETRY_HOURS.get(delivery.activity, "provision.renew_retry_hours")))
    first = delivery.first_called_at or at
    following = rules.next_attempt_at(delivery.activity, first_called_at=first, at=at, window_hours=window)
    deadline = first + timedelta(hours=window)
    updates: dict[str, Any] = {
        "last_error": problem[:500],
        "deadline_at": deadline,
        "next_attempt_at": following,
    }
    product = delivery.subscription.product
    if following is None:
        states.DELIVERY.apply(delivery, "fail", finished_at=at, **updates)
        record_end(delivery, at=at)
        outbox.publish(
            events.DeliveryFailed(
                delivery.public_id,
                delivery.subscription.public_id,
                delivery.activity,
                delivery.order_id,
                delivery.order_line_id,
                problem[:300],
            )
        )
    else:
        states.DELIVERY.apply(delivery, "retry", **updates)
        jobs.enqueue(
            "delivering.work_on",
            run_at=max(following, at),
            lane=lane_of(product.seller.public_id),
            delivery_id=delivery.public_id,
            attempt=delivery.attempts + 1,
        )
    outbox.publish(
        _call_failed(
            delivery,
            call,
            problem,
            planned=rules.planned_attempts(delivery.activity, window),
            next_at=following.isoformat() if following else "",
            deadline=deadline.isoformat(),
        )
    )


def _provisioning(delivery: Delivery, instance_id: str, *, at: datetime) -> None:
    """The seller has named the instance: keep the id for ever and ask until it can be used (A-V2N-006)."""
    states.DELIVERY.apply(delivery, "start_provisioning", instance_id=instance_id, last_error="", next_attempt_at=at)
    subscribing.name_instance(delivery.subscription, instance_id)


def poll_instance(delivery_id: str, poll: int) -> None:
    """Ask once for a new instance; until it is ready the next question is planned (A-RET-006)."""
    delivery = _delivery(delivery_id)
    if delivery.state == "provisioning":
        _poll(delivery, poll)


def _poll(delivery: Delivery, poll: int) -> None:
    if delivery.polls >= poll:
        return
    product = delivery.subscription.product
    address = product.interface.address
    at = clock.now()
    exchange = client.call(
        address.url,
        keys.interface_key(product.seller_id, address.key_kind, at),
        "queryInstance",
        messages.query_instance(
            delivery.instance_id, test=messages.flag_for(testing=False, send_zero=address.send_testflag_zero)
        ),
        settings=call_settings(address),
    )
    with transaction.atomic():
        _record_poll(delivery, poll, exchange, at=clock.now(), called_at=at)


def _record_poll(
    delivery: Delivery, poll: int, exchange: client.Exchange, *, at: datetime, called_at: datetime
) -> None:
    seen = {"id": delivery.pk, "state": "provisioning", "polls": delivery.polls}
    if not prepared.update(Delivery, seen, {"polls": poll}):
        return
    delivery.polls = poll
    verdict = exchange.verdict
    entry = verdict.instance(delivery.instance_id)
    is_ready = verdict.is_success and entry is not None
    problem = "" if verdict.is_success or verdict.outcome == "not_yet" else verdict.problem or verdict.message
    keep_call(delivery, exchange, business_id="", attempt=poll, at=called_at, problem=problem, activity="queryInstance")
    if is_ready and entry is not None:
        keep_app_info(delivery.subscription, entry, at=at)
        _succeeded(delivery, at=at)
        return
    since = delivery.first_called_at or at
    following = rules.next_poll_at(provisioning_since=since, at=at)
    Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=following, last_error=problem[:500])
    jobs.enqueue(
        "delivering.poll_instance",
        run_at=following,
        lane=lane_of(delivery.subscription.product.seller.public_id),
        delivery_id=delivery.public_id,
        poll=poll + 1,
    )
    _raise_alarm(delivery, since, at)


def _raise_alarm(delivery: Delivery, since: datetime, at: datetime) -> None:
    """Tell the seller after an hour, the operator after 72 hours; once each."""
    waited = at - since
    for hours in (72, 1):
        limit = timedelta(hours=hours)
        if waited >= limit and (delivery.alarmed_at is None or delivery.alarmed_at < since + limit):
            Delivery.objects.filter(pk=delivery.pk).update(alarmed_at=at)
            outbox.publish(
                events.DeliveryOverdue(
                    delivery.public_id, delivery.subscription.product.seller.public_id, delivery.order_id, hours
                )
            )
            return


def _succeeded(delivery: Delivery, *, at: datetime) -> None:
    states.DELIVERY.apply(delivery, "succeed", finished_at=at, last_error="", next_attempt_at=None)
    record_end(delivery, at=at)
    outbox.publish(
        events.DeliverySucceeded(
            delivery.public_id,
            delivery.subscription.public_id,
            delivery.activity,
            delivery.order_id,
            delivery.order_line_id,
        )
    )
