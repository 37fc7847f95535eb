"""The debugging console: the signed request shown, sent, judged, kept as a case (A-DBG-001 to A-DBG-004)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.connecting import probing, selectors
from galleria.connecting.models import DebugCase
from galleria.connecting.services.guarding import seller_that_may
from galleria.delivering import services as delivering
from galleria.delivering.adapters.saas_v2 import client, signature
from galleria.delivering.adapters.saas_v2.messages import Activity, Body, FieldProblem
from galleria.delivering.models import InterfaceKey, ProductionAddress, SellerCall
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotAllowed, Text, TooManyRequests

DEBUG = "seller:delivery:act"
MOST_A_MINUTE = 60


class AddressLost(NotAllowed):
    """Only addresses below a proven domain are called."""

    code = "ADDRESS_NOT_PROVEN"
    default_message = _("The domain of this address is not proven any more. Prove it again first.")


@dataclass(frozen=True)
class Prepared:
    """A signed request that was not sent: the line for a shell and the steps of its signature."""

    curl: str
    signed: signature.Signed
    canonical: str  # key masked
    variant: str

    @property
    def payload(self) -> str:
        """The body as it is signed and sent."""
        return self.signed.payload.decode("utf-8", "replace")


@dataclass(frozen=True)
class Debugged:
    """What came of a debugging call; `case` when it was kept."""

    tried: probing.Tried
    case: DebugCase | None
    is_refused_signature: bool


@dataclass(frozen=True)
class _Prepared:
    address: ProductionAddress
    activity: Activity
    body: Body
    key: str
    settings: client.CallSettings


def prepare(actor: Actor, *, address_id: str, activity: str, values: Mapping[str, str], at: datetime) -> Prepared:
    """Sign without sending. Raises Invalid naming the field, NotFound, AddressLost."""
    ready = _ready(actor, address_id, activity, values, at)
    signed = client.prepare(ready.key, ready.body, settings=ready.settings)
    canonical = f"<key>{signed.nonce}{signed.timestamp}{signed.digest}"
    return Prepared(
        client.curl_command(ready.address.url, signed), signed, canonical, ready.settings.variant
    )  # fmt: skip


def debug(
    actor: Actor, *, address_id: str, activity: str, values: Mapping[str, str], save: bool = False, at: datetime
) -> Debugged:
    """Send it with testFlag=1 and judge the answer strictly; with `save` a success becomes the case.

    Outside transactions: it waits for the seller. Raises Invalid naming the field, NotFound, AddressLost,
    TooManyRequests.
    """
    ready = _ready(actor, address_id, activity, values, at)
    _not_too_often(ready.address, at)
    tried = probing.attempt(ready.address.url, ready.key, ready.activity, ready.body, settings=ready.settings)
    exchanges = (tried.exchange, *tried.polls)
    with transaction.atomic():
        keep_calls(ready.address, exchanges, purpose="debug", at=at)
        case = _save(actor, ready, tried, at) if save and tried.passed else None
    return Debugged(tried, case, probing.is_refused_signature(tried.exchange))


def diagnose(
    actor: Actor, *, address_id: str, activity: str, values: Mapping[str, str], at: datetime
) -> probing.Diagnosis:
    """After 000001: which known misreading the server accepts (A-DBG-004). Outside transactions."""
    ready = _ready(actor, address_id, activity, values, at)
    _not_too_often(ready.address, at)
    others = {
        row.kind: str(row.value)
        for row in InterfaceKey.objects.filter(seller_id=ready.address.seller_id, active_from__lte=at)
        .exclude(kind=ready.address.key_kind)
        .order_by("active_from", "pk")
    }
    return probing.diagnose(
        ready.address.url, ready.key, ready.activity, ready.body, settings=ready.settings, other_keys=others,
        but=ready.settings.variant,
    )  # fmt: skip


@transaction.atomic
def remove_case(actor: Actor, *, case_id: str, at: datetime) -> None:
    """Forget a case: the activity is unproven again."""
    _may(actor)
    row = selectors.case_of(actor, case_id)
    audit.record(actor, "case.removed", row, at=at)
    row.delete()


def _may(actor: Actor) -> None:
    actor.require(DEBUG)
    seller_that_may(actor, DEBUG)


_PROBLEMS: dict[str, Text] = {
    "is missing": _("is missing"),
    "is empty": _("is empty"),
}


def _ready(actor: Actor, address_id: str, activity: str, values: Mapping[str, str], at: datetime) -> _Prepared:
    _may(actor)
    address = selectors.address_of(actor, address_id)
    known = probing.as_activity(activity)
    if known is None:
        raise Invalid(fields={"activity": _("Choose an activity.")})
    if address.state != "verified":
        raise AddressLost
    try:
        body = probing.body_of(known, values)
    except FieldProblem as wrong:
        text = _PROBLEMS.get(wrong.problem, wrong.problem)
        raise Invalid(fields={wrong.field: f"{wrong.field} {text}"}) from None
    key = delivering.interface_key(address.seller_id, address.key_kind, at)
    return _Prepared(address, known, body, key, delivering.call_settings(address))


def _not_too_often(address: ProductionAddress, at: datetime) -> None:
    recent = SellerCall.objects.filter(
        seller_id=address.seller_id, purpose="debug", called_at__gt=at - timedelta(minutes=1)
    )
    if recent.count() >= MOST_A_MINUTE:
        raise TooManyRequests(_("That were many calls in a minute. Wait a little."), retry_after=30)


def _save(actor: Actor, ready: _Prepared, tried: probing.Tried, at: datetime) -> DebugCase:
    """One case for each address, activity and variant; the newest success counts."""
    kept = {name: value for name, value in _flat(ready.body).items() if name not in probing.NEW_EACH_TIME}
    exchange = tried.exchange
    row, _made = DebugCase.objects.update_or_create(
        address=ready.address,
        activity=ready.activity,
        variant=probing.variant_of(ready.activity, kept),
        defaults={
            "parameters": kept,
            "instance_id": tried.instance_id,
            "saved_at": at,
            "saved_by": actor.user_name[:200],
            **outcome(True, "", exchange.status, exchange.verdict.code, exchange.milliseconds, at),
        },
    )
    audit.record(actor, "case.saved", row, at=at, after={"address": ready.address.url})
    return row


def outcome(
    passed: bool,
    problem: str,
    status: int | None,
    code: str,
    milliseconds: int,
    at: datetime,
) -> dict[str, object]:
    """The fields of a case that say how it went the last time."""
    return {
        "run_at": at, "passed": passed, "problem": problem[:500], "http_status": status, "result_code": code[:40],
        "duration_ms": milliseconds,
    }  # fmt: skip


def _flat(body: Body) -> dict[str, str]:
    """The message as a form has it."""
    found: dict[str, str] = {}
    for name, value in body.items():
        if name == "activity":
            continue
        if isinstance(value, dict):
            found |= {f"{name}.{inner}": str(text) for inner, text in value.items()}
        else:
            found[name] = str(value)
    return found


def keep_calls(address: ProductionAddress, exchanges: Iterable[client.Exchange], *, purpose: str, at: datetime) -> None:
    """Into the message log, without account names and passwords."""
    SellerCall.objects.bulk_create(
        SellerCall(
            seller_id=address.seller_id,
            activity=exchange.activity,
            url=exchange.url[:1000],
            request_body=exchange.request_body.decode("utf-8", "replace"),
            http_status=exchange.status,
            answer=exchange.logged_body.decode("utf-8", "replace")[:20_000].replace("\x00", "�"),
            result_code=exchange.verdict.code[:40],
            purpose=purpose,
            verdict=_verdict(exchange),
            failure=exchange.verdict.problem[:500],
            called_at=at,
            duration_ms=exchange.milliseconds,
        )
        for exchange in exchanges
    )


def _verdict(exchange: client.Exchange) -> str:
    words = {"succeeded": "success", "accepted": "in_progress", "not_yet": "in_progress"}
    return words.get(exchange.verdict.outcome, "failure")
