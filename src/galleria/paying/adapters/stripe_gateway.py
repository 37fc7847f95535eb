"""Cards by the Stripe API. Card numbers are entered on Stripe's page and never reach us."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar, cast

import stripe
import structlog
from django.utils.translation import gettext_lazy as _

from galleria.paying.ports import (
    BadSignature,
    Card,
    Charge,
    ChargeRequest,
    ChargeState,
    GatewayEvent,
    GatewayRefund,
    GatewayRefused,
    GatewayUnavailable,
    RefundState,
    Setup,
)

log = structlog.get_logger("galleria.paying.stripe")
T = TypeVar("T")

CONNECT_SECONDS: Final = 5
ANSWER_SECONDS: Final = 20
TOLERANCE: Final = timedelta(minutes=5)

_CHARGE_STATES: Final[dict[str, ChargeState]] = {
    "requires_confirmation": "prepared",
    "requires_action": "needs_action",
    "processing": "processing",
    "requires_capture": "processing",
    "succeeded": "succeeded",
    "canceled": "canceled",
}
_REFUND_STATES: Final[dict[str, RefundState]] = {"succeeded": "succeeded", "failed": "failed", "canceled": "failed"}


class StripeGateway:
    """`ports.CardGateway` on PaymentIntents, Checkout sessions in setup mode, and Refunds."""

    name = "stripe"
    moves_money = True

    def __init__(self, *, api_key: str, webhook_secret: str, api_base: str) -> None:
        self._secret = webhook_secret
        self._api = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base},
            max_network_retries=1,
            http_client=stripe.RequestsClient(timeout=(CONNECT_SECONDS, ANSWER_SECONDS)),
        ).v1

    # ----- customers and cards -----

    def create_customer(self, *, key: str, name: str, email: str) -> str:
        params: Any = {"name": name, "metadata": {"account": key}}
        if email:
            params["email"] = email
        found = _ask(lambda: self._api.customers.create(params, options={"idempotency_key": f"customer:{key}"}))
        return found.id

    def begin_setup(self, *, customer: str, return_url: str, key: str) -> Setup:
        sign = "&" if "?" in return_url else "?"
        params: Any = {
            "mode": "setup",
            "customer": customer,
            "payment_method_types": ["card"],
            "success_url": f"{return_url}{sign}setup={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{return_url}{sign}canceled=1",
        }
        session = _ask(lambda: self._api.checkout.sessions.create(params, options={"idempotency_key": f"setup:{key}"}))
        return Setup(session.id, str(session.url))

    def card_of_setup(self, reference: str, *, customer: str) -> Card:
        params: Any = {"expand": ["setup_intent.payment_method"]}
        session = _plain(_ask(lambda: self._api.checkout.sessions.retrieve(reference, params)))
        intent = session.get("setup_intent") or {}
        if _id(session.get("customer")) != customer or intent.get("status") != "succeeded":
            raise GatewayRefused(_("No card was entered."), code="NO_CARD_ENTERED")
        return _card(intent["payment_method"])

    def save_card(self, *, customer: str, token: str) -> Card:
        params: Any = {"customer": customer}
        return _card(_plain(_ask(lambda: self._api.payment_methods.attach(token, params))))

    def look_at(self, token: str) -> Card:
        return _card(_plain(_ask(lambda: self._api.payment_methods.retrieve(token))))

    def forget_card(self, token: str) -> None:
        try:
            _ask(lambda: self._api.payment_methods.detach(token))
        except GatewayRefused:
            log.info("stripe.card_already_gone", token=token)

    # ----- charges -----

    def prepare(self, request: ChargeRequest) -> Charge:
        params: Any = {
            "amount": request.amount_minor,
            "currency": request.currency.lower(),
            "customer": request.customer,
            "payment_method": request.card_token,
            "payment_method_types": ["card"],
            "metadata": {**request.facts, "payment": request.key, "description": request.description[:400]},
        }
        options: Any = {"idempotency_key": f"prepare:{request.key}"}
        return _charge(_plain(_ask(lambda: self._api.payment_intents.create(params, options=options))))

    def confirm(self, reference: str, *, return_url: str, key: str) -> Charge:
        params: Any = {"return_url": return_url}
        options: Any = {"idempotency_key": f"confirm:{key}"}
        try:
            answer = _ask(lambda: self._api.payment_intents.confirm(reference, params, options=options))
            return _charge(_plain(answer))
        except GatewayRefused as refusal:
            found = self.charge_of(reference)
            if found.state in {"succeeded", "canceled", "processing", "needs_action"}:
                return found
            return Charge(
                reference, "failed", found.amount_minor, found.currency, "",
                found.failure_code or refusal.code, found.failure_text or refusal.message,
            )  # fmt: skip

    def charge_of(self, reference: str) -> Charge:
        return _charge(_plain(_ask(lambda: self._api.payment_intents.retrieve(reference))))

    def cancel(self, reference: str) -> Charge:
        try:
            return _charge(_plain(_ask(lambda: self._api.payment_intents.cancel(reference))))
        except GatewayRefused:
            return self.charge_of(reference)

    # ----- refunds -----

    def refund(self, reference: str, *, amount_minor: int, key: str) -> GatewayRefund:
        # Stripe forgets idempotency keys after a day; a retry may come later, so we look first.
        params: Any = {"payment_intent": reference, "limit": 100}
        listed = _plain(_ask(lambda: self._api.refunds.list(params)))["data"]
        mine = [_refund(each) for each in listed if (each.get("metadata") or {}).get("refund") == key]
        for made in mine:
            if made.state != "failed":
                return made
        wanted: Any = {"payment_intent": reference, "amount": amount_minor, "metadata": {"refund": key}}
        options: Any = {"idempotency_key": f"refund:{key}:{len(mine)}"}
        return _refund(_plain(_ask(lambda: self._api.refunds.create(wanted, options=options))))

    def refund_of(self, reference: str) -> GatewayRefund:
        return _refund(_plain(_ask(lambda: self._api.refunds.retrieve(reference))))

    # ----- webhooks -----

    def read_event(self, payload: bytes, signature: str, *, at: datetime) -> GatewayEvent:
        stamp = re.search(r"(?:^|,)t=([0-9]{1,12})(?:,|$)", signature)
        if not self._secret or stamp is None or not signature.isascii():
            raise BadSignature
        try:
            text = payload.decode("utf-8")
            stripe.WebhookSignature.verify_header(text, signature, self._secret, tolerance=None)
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            raise BadSignature from None
        if abs(at.timestamp() - int(stamp.group(1))) > TOLERANCE.total_seconds():
            raise BadSignature(_("The message is too old."))
        try:
            event = json.loads(text)
            about = event["data"]["object"]
            kind = str(about.get("object", ""))
            return GatewayEvent(
                event_id=str(event["id"])[:80],
                kind=str(event["type"])[:60],
                charge_reference=str((about["id"] if kind == "payment_intent" else about.get("payment_intent")) or ""),
                refund_reference=str(about["id"]) if kind == "refund" else "",
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BadSignature(_("The message cannot be read.")) from None


def _ask(question: Callable[[], T]) -> T:
    """Call the API; its errors become ours: a no that is meant, or an answer that we do not have."""
    try:
        return question()
    except stripe.CardError as error:
        raise GatewayRefused(str(error.user_message or error), extra={"provider_code": error.code or ""}) from error
    except stripe.IdempotencyError as error:
        raise GatewayUnavailable from error
    except stripe.InvalidRequestError as error:
        if error.http_status == 409:
            raise GatewayUnavailable from error
        log.warning("stripe.refused", code=error.code, text=str(error))
        raise GatewayRefused(
            str(error.user_message or error), code="CARD_GATEWAY_REFUSED", extra={"provider_code": error.code or ""}
        ) from error
    except stripe.StripeError as error:
        # Connection, time-out, rate limit, 5xx, wrong key: what was asked may or may not have been done.
        log.warning("stripe.no_answer", error=type(error).__name__, text=str(error))
        raise GatewayUnavailable from error


def _plain(found: Any) -> dict[str, Any]:
    """The answer as plain data."""
    return cast("dict[str, Any]", found.to_dict())


def _id(value: Any) -> str:
    """The id of something that may have been expanded."""
    return str(value.get("id") or "") if isinstance(value, dict) else str(value or "")


def _card(method: dict[str, Any]) -> Card:
    card = method.get("card")
    if method.get("type") != "card" or not card:
        raise GatewayRefused(_("This is not a card."), code="CARD_TYPE_NOT_ALLOWED")
    details = method.get("billing_details") or {}
    return Card(
        token=str(method["id"]),
        brand=str(card.get("brand") or "unknown").lower(),
        funding=str(card.get("funding") or "unknown").lower(),
        last4=str(card["last4"]),
        expires_month=int(card["exp_month"]),
        expires_year=int(card["exp_year"]),
        holder=str(details.get("name") or "")[:120],
    )


def _charge(intent: dict[str, Any]) -> Charge:
    error = intent.get("last_payment_error") or {}
    state = _CHARGE_STATES.get(str(intent["status"]))
    if state is None:  # requires_payment_method: not confirmed yet, or declined
        state = "failed" if error or not intent.get("payment_method") else "prepared"
    redirect = (intent.get("next_action") or {}).get("redirect_to_url") or {}
    return Charge(
        reference=str(intent["id"]),
        state=state,
        amount_minor=int(intent["amount"]),
        currency=str(intent["currency"]).upper(),
        action_url=str(redirect.get("url") or "")[:500] if state == "needs_action" else "",
        failure_code=str(error.get("decline_code") or error.get("code") or "")[:40],
        failure_text=str(error.get("message") or "")[:300],
    )


def _refund(found: dict[str, Any]) -> GatewayRefund:
    return GatewayRefund(
        reference=str(found["id"]),
        state=_REFUND_STATES.get(str(found.get("status")), "pending"),
        failure_text=str(found.get("failure_reason") or ""),
    )
