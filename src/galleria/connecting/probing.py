"""Trying out a seller's server, without a database: presets, one debugging call, the likely misreading.

The debugging console, the dial tests and `galleria seller-check` all call through this file, so that they agree.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, cast

from galleria.delivering.adapters.saas_v2 import answers, client, messages, signature
from galleria.delivering.adapters.saas_v2.messages import Activity, Body, FieldProblem

# In this order one instance lives: made, looked at, extended, frozen and unfrozen, changed, deleted.
ORDER: Final[tuple[Activity, ...]] = (
    "newInstance", "queryInstance", "refreshInstance", "updateInstanceStatus", "upgradeInstance",
    "changeInstanceCheck", "releaseInstance", "orderNotify",
)  # fmt: skip

# A-DBG-002: sellers have these values in their tests; the spelling of the instance is the reference's.
ORDER_ID: Final = "CS1906666666ABCDE"
UPGRADE_ORDER_ID: Final = "CS1906666688ABCDE"
PRODUCT_ID: Final = "00301-666666-0--0"
UPGRADE_PRODUCT_ID: Final = "00301-666688-0--0"
INSTANCE_ID: Final = "huaiweitest123456"
CUSTOMER_ID: Final = "68cbc86abc2018ab880d92f36422fa0e"

NEW_EACH_TIME: Final = frozenset({"businessId", "testFlag"})
PRODUCT_INFO: Final = ("productInfo.productId", "productInfo.skuCode", "productInfo.linearValue")
VARIANT_FIELD: Final[Mapping[str, str]] = {"refreshInstance": "scene", "updateInstanceStatus": "status"}
POLLS: Final = 3
POLL_PAUSE: Final = 1.0
SILENT: Final = ("dns", "blocked", "connect", "tls", "timeout")
MOST_SILENCES: Final = 2
NOT_SENT: Final = "not sent: the server had not answered twice before"


@dataclass(frozen=True)
class Input:
    """A parameter that people can fill in; `limit` in characters."""

    name: str
    limit: int
    mandatory: bool
    choices: tuple[str, ...] = ()


def inputs(activity: Activity) -> list[Input]:
    """The parameters of an activity as a form shows them: objects are flat, the test flag is always sent."""
    found: list[Input] = []
    for field in messages.FIELDS[activity]:
        if field.name == "testFlag":
            continue
        if field.limit is None:
            found += [Input(name, 64, name == PRODUCT_INFO[0]) for name in PRODUCT_INFO]
        else:
            found.append(Input(field.name, field.limit, field.mandatory, field.choices))
    return found


def presets(activity: Activity, *, at: datetime, instance_id: str = "", variant: str = "") -> dict[str, str]:
    """The values that the page offers (A-DBG-002); `instance_id` when the server has named one before."""
    order = UPGRADE_ORDER_ID if activity == "upgradeInstance" else ORDER_ID
    values = {
        "orderId": order,
        "orderLineId": f"{order}-000001",
        "businessId": str(uuid.uuid4()),
        "instanceId": instance_id or INSTANCE_ID,
        "productId": PRODUCT_ID,
        "productInfo.productId": UPGRADE_PRODUCT_ID,
        "scene": variant or "RENEWAL",
        "status": variant or "FREEZE",
        "expireTime": messages.expire_time(at.replace(microsecond=0) + timedelta(days=365)),
    }
    if activity == "releaseInstance":
        del values["orderId"], values["orderLineId"]  # only when an unsubscription is the cause
    return {field.name: values.get(field.name, "") for field in inputs(activity)}


def body_of(activity: Activity, values: Mapping[str, str]) -> Body:
    """The message from what was filled in, as a test call. Raises FieldProblem, naming the field and the limit."""
    body: Body = {}
    product: dict[str, Any] = {}
    for field in inputs(activity):
        text = values.get(field.name, "").strip()
        if field.name == "businessId" and not text:
            text = str(uuid.uuid4())
        if not text:
            continue
        if field.name.startswith("productInfo."):
            if len(text) > field.limit:
                raise FieldProblem(activity, field.name, f"has {len(text)} characters, the limit is {field.limit}")
            product[field.name.partition(".")[2]] = _number(activity, text) if field.name.endswith("Value") else text
        else:
            body[field.name] = text
    if activity == "changeInstanceCheck":
        if not product.get("productId"):
            raise FieldProblem(activity, PRODUCT_INFO[0], "is missing")
        body["productInfo"] = product
    return messages.build(activity, {**body, "testFlag": "1"})


def _number(activity: Activity, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise FieldProblem(activity, PRODUCT_INFO[2], f"must be a whole number, not {text[:20]!r}")
    return int(text)


def variant_of(activity: str, values: Mapping[str, str]) -> str:
    """The scene of a refresh, the status of a freeze: cases are kept for each."""
    return values.get(VARIANT_FIELD.get(activity, ""), "")


@dataclass(frozen=True)
class Tried:
    """One debugging call and, for provisioning that goes on, the questions after it."""

    exchange: client.Exchange
    polls: tuple[client.Exchange, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether it may be kept as a successful case: for a new instance the id is enough (A-V2N-003)."""
        last = self.polls[-1] if self.polls and self.exchange.activity == "queryInstance" else self.exchange
        return last.verdict.is_success and not any(poll.verdict.outcome == "failed" for poll in self.polls)

    @property
    def problem(self) -> str:
        """What is wrong, naming field, limit and value; empty when it passed."""
        if self.passed:
            return ""
        for each in (self.exchange, *self.polls):
            verdict = each.verdict
            if verdict.outcome == "failed":
                return verdict.problem or verdict.message or "the answer does not say success"
        verdict = (self.polls[-1] if self.polls else self.exchange).verdict
        return verdict.problem or _unfinished(verdict)

    @property
    def instance_id(self) -> str:
        return self.exchange.verdict.instance_id


def _unfinished(verdict: answers.Verdict) -> str:
    said = f": {verdict.message}" if verdict.message else ""
    meaning = answers.MEANINGS.get(verdict.code, "a code of the seller's own")
    if verdict.code == answers.SUCCESS:
        return "info has no entry for the instance that was asked for"
    return f'resultCode "{verdict.code}" ({meaning}){said}'


Sleep = Callable[[float], None]


def attempt(
    url: str, key: str, activity: Activity, body: Body, *, settings: client.CallSettings, polls: int = POLLS,
    pause: float = POLL_PAUSE, sleep: Sleep = time.sleep,
) -> Tried:  # fmt: skip
    """Send one activity as a test and judge it strictly; what is not ready yet is asked for a few times."""
    strict = replace(settings, strict=True)
    first = client.call(url, key, activity, body, settings=strict)
    asked: list[client.Exchange] = []
    verdict = first.verdict
    if activity == "newInstance" and verdict.outcome == "accepted":
        question: Body = messages.query_instance(verdict.instance_id, test="1")
    elif activity == "queryInstance" and verdict.outcome == "not_yet" and verdict.code in answers.IN_PROGRESS:
        question = body
    else:
        return Tried(first)
    for _ in range(polls):
        sleep(pause)
        asked.append(client.call(url, key, "queryInstance", question, settings=strict))
        if asked[-1].verdict.outcome != "not_yet" or asked[-1].verdict.code not in answers.IN_PROGRESS:
            break
    return Tried(first, tuple(asked))


# ----- which misreading of the documentation a server was built on (A-DBG-004) -----


@dataclass(frozen=True)
class Diagnosis:
    """What a server that answers 000001 accepts instead.

    `variant`: a known misreading; `key_kind`: it has the key of another interface type. Neither: nothing known.
    `tried` names everything that was sent.
    """

    variant: signature.Variant | None = None
    key_kind: str = ""
    tried: tuple[str, ...] = ()


def is_refused_signature(exchange: client.Exchange) -> bool:
    """Whether the server says that the signature is wrong."""
    return exchange.verdict.code == answers.AUTHENTICATION_FAILED


def diagnose(
    url: str, key: str, activity: Activity, body: Body, *, settings: client.CallSettings,
    other_keys: Mapping[str, str] | None = None, but: str = "standard",
) -> Diagnosis:  # fmt: skip
    """Repeat a refused call with each known misreading, then with the seller's other keys.

    Only an answer that a server gives after it accepted the signature counts: a verifier that finds a timestamp in
    seconds too old says 000002, which proves nothing.
    """
    tried: list[str] = []

    def accepts(secret: str, variant: signature.Variant) -> bool:
        again = {**body, "businessId": str(uuid.uuid4())} if "businessId" in body else body
        exchange = client.call(url, secret, activity, again, settings=replace(settings, variant=variant))
        return _was_let_in(exchange)

    for variant in signature.VARIANTS:
        if variant == but:
            continue
        tried.append(variant)
        if accepts(key, variant):
            return Diagnosis(variant=variant, tried=tuple(tried))
    for kind, secret in (other_keys or {}).items():
        tried.append(f"key:{kind}")
        if accepts(secret, "standard"):
            return Diagnosis(key_kind=kind, tried=tuple(tried))
    return Diagnosis(tried=tuple(tried))


def _was_let_in(exchange: client.Exchange) -> bool:
    refusals = (answers.AUTHENTICATION_FAILED, answers.INVALID_PARAMETER)
    return exchange.status == 200 and bool(exchange.verdict.code) and exchange.verdict.code not in refusals


# ----- repeating saved cases -----


@dataclass(frozen=True)
class SavedCase:
    """What is repeated: an activity with its values, and the instance that newInstance had named."""

    activity: Activity
    variant: str
    values: Mapping[str, str]
    instance_id: str = ""


@dataclass(frozen=True)
class CaseResult:
    """What came of one repetition. `exchanges` are its calls, for the record."""

    activity: str
    variant: str
    passed: bool
    problem: str
    http_status: int | None
    result_code: str
    milliseconds: int
    instance_id: str = ""
    exchanges: tuple[client.Exchange, ...] = ()
    case_id: str = ""

    def facts(self) -> dict[str, Any]:
        """Plain data for storing."""
        return {
            "activity": self.activity,
            "variant": self.variant,
            "passed": self.passed,
            "problem": self.problem[:500],
            "status": self.http_status,
            "code": self.result_code,
            "ms": self.milliseconds,
        }


_VARIANTS = ("", "FREEZE", "UNFREEZE", "TRIAL_TO_FORMAL", "RENEWAL", "RENEWAL_CHANGE", "UNSUBSCRIBE_RENEWAL_PERIOD")


def in_order(cases: Iterable[SavedCase]) -> list[SavedCase]:
    """As an instance lives; a freeze before its end."""
    return sorted(
        cases,
        key=lambda case: (
            ORDER.index(case.activity), _VARIANTS.index(case.variant) if case.variant in _VARIANTS else 99
        ),
    )  # fmt: skip


def repeat(
    url: str, key: str, cases: Iterable[SavedCase], *, settings: client.CallSettings, pause: float = POLL_PAUSE,
    sleep: Sleep = time.sleep,
) -> list[CaseResult]:  # fmt: skip
    """Send saved cases again, with new businessId, nonce and timestamp (A-DIA-004).

    Where a case names the instance that newInstance had answered when it was saved, the one answered now is meant.
    An instance that is still being made counts as passed: that is a correct answer. When a server stayed silent twice
    the rest is not sent: nobody waits minutes for what is known.
    """
    results: list[CaseResult] = []
    silences = 0
    instances: dict[str, str] = {}
    provisioning: set[str] = set()
    for case in in_order(cases):
        values = {name: text for name, text in case.values.items() if name not in NEW_EACH_TIME}
        if "instanceId" in values:
            values["instanceId"] = instances.get(values["instanceId"], values["instanceId"])
        try:
            body = body_of(case.activity, values)
        except FieldProblem as problem:
            results.append(CaseResult(case.activity, case.variant, False, str(problem), None, "", 0))
            continue
        if silences >= MOST_SILENCES:
            results.append(CaseResult(case.activity, case.variant, False, NOT_SENT, None, "", 0))
            continue
        tried = attempt(url, key, case.activity, body, settings=settings, pause=pause, sleep=sleep)
        silences += tried.exchange.phase in SILENT
        passed, problem_text = tried.passed, tried.problem
        if tried.instance_id:
            if case.instance_id:
                instances[case.instance_id] = tried.instance_id
            if tried.exchange.verdict.outcome == "accepted":
                provisioning.add(tried.instance_id)
        last = (tried.polls or (tried.exchange,))[-1].verdict
        if not passed and values.get("instanceId") in provisioning and last.code in answers.IN_PROGRESS:
            passed, problem_text = True, ""
        exchange = tried.exchange
        results.append(
            CaseResult(
                case.activity, case.variant, passed, problem_text, exchange.status, exchange.verdict.code,
                sum(each.milliseconds for each in (exchange, *tried.polls)), tried.instance_id,
                (exchange, *tried.polls),
            )
        )  # fmt: skip
    return results


def as_activity(text: str) -> Activity | None:
    """The activity of that name, or None."""
    return cast(Activity, text) if text in messages.FIELDS else None
