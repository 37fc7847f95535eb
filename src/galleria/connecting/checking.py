"""The whole life of an instance at a seller's server, from making to deleting, as a list of checks (A-DBG-005).

No account and no database: `galleria seller-check` runs this where a seller develops.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

from galleria.connecting import probing
from galleria.connecting.probing import Tried
from galleria.delivering.adapters.saas_v2 import answers, client, signature
from galleria.delivering.adapters.saas_v2.messages import Activity, FieldProblem

Outcome = Literal["passed", "failed", "warning", "skipped"]
UNREACHABLE: Final = ("dns", "blocked", "connect", "tls")

# Name, activity, variant; "again" and "wrong signature" are not activities but what an activity must bear.
STEPS: Final[tuple[tuple[str, Activity, str], ...]] = (
    ("newInstance", "newInstance", ""),
    ("newInstance again", "newInstance", "again"),
    ("queryInstance", "queryInstance", ""),
    ("refreshInstance RENEWAL", "refreshInstance", "RENEWAL"),
    ("updateInstanceStatus FREEZE", "updateInstanceStatus", "FREEZE"),
    ("updateInstanceStatus UNFREEZE", "updateInstanceStatus", "UNFREEZE"),
    ("upgradeInstance", "upgradeInstance", ""),
    ("changeInstanceCheck", "changeInstanceCheck", ""),
    ("wrong signature", "queryInstance", "wrong"),
    ("releaseInstance", "releaseInstance", ""),
    ("releaseInstance again", "releaseInstance", "again"),
    ("orderNotify", "orderNotify", ""),
)


@dataclass(frozen=True)
class Plan:
    """What to check: these activities (all but order notices when empty), with these ids."""

    url: str
    key: str
    only: frozenset[str] = frozenset()
    order_id: str = probing.ORDER_ID
    instance_id: str = ""
    notices: bool = False
    settings: client.CallSettings = client.DEFAULT_SETTINGS
    pause: float = probing.POLL_PAUSE


@dataclass(frozen=True)
class Check:
    """What came of one step. `hint` says what to do; `curl` and `answer` are there when it failed."""

    name: str
    activity: str
    outcome: Outcome
    http_status: int | None = None
    result_code: str = ""
    milliseconds: int = 0
    problem: str = ""
    field: str = ""
    hint: str = ""
    note: str = ""
    curl: str = ""
    answer: str = ""

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if value not in ("", None)}


@dataclass
class _State:
    instance_id: str = ""
    stopped: str = ""
    diagnosis: probing.Diagnosis | None = field(default=None)


def run(plan: Plan) -> Iterator[Check]:
    """Each check as it is done. After a refused key or an unreachable server the rest is skipped."""
    state = _State(plan.instance_id)
    for name, activity, variant in STEPS:
        if plan.only and activity not in plan.only:
            continue
        if not plan.only and activity == "orderNotify" and not plan.notices:
            continue
        if plan.only and variant == "wrong":
            continue
        if state.stopped:
            yield Check(name, activity, "skipped", note=state.stopped)
        else:
            yield _step(plan, state, name, activity, variant)


def _step(plan: Plan, state: _State, name: str, activity: Activity, variant: str) -> Check:
    scene = variant if variant not in {"again", "wrong"} else ""
    values = probing.presets(activity, at=datetime.now(UTC), instance_id=state.instance_id, variant=scene)
    if "orderId" in values and values["orderId"] == probing.ORDER_ID:
        values |= {"orderId": plan.order_id, "orderLineId": f"{plan.order_id}-000001"}
    key = plan.key + "?" if variant == "wrong" else plan.key
    try:
        body = probing.body_of(activity, values)
    except FieldProblem as problem:
        return Check(name, activity, "failed", problem=str(problem), field=problem.field)
    settings = replace(plan.settings, require_body_sign=False) if variant == "wrong" else plan.settings
    begun = time.monotonic()
    tried = probing.attempt(plan.url, key, activity, body, settings=settings, pause=plan.pause)
    check = _judged(plan, state, name, activity, variant, tried, round((time.monotonic() - begun) * 1000))
    if check.outcome in {"passed", "skipped"}:
        return check
    signed = tried.exchange
    shown = f"curl -X POST {_HEADERS} --data-raw {_quoted(signed.request_body)} '{signed.url}'"
    return replace(check, curl=shown, answer=signed.logged_body.decode("utf-8", "replace")[:2000])


_HEADERS = " ".join(f"-H '{name}: {value}'" for name, value in client.REQUEST_HEADERS.items())


def _quoted(body: bytes) -> str:
    return "'" + body.decode("utf-8").replace("'", "'\\''") + "'"


def _judged(
    plan: Plan, state: _State, name: str, activity: Activity, variant: str, tried: Tried, milliseconds: int
) -> Check:
    exchange, verdict = tried.exchange, tried.exchange.verdict
    check = Check(name, activity, "passed", exchange.status, verdict.code, milliseconds)
    if exchange.phase in UNREACHABLE:
        state.stopped = "the server cannot be reached"
        return replace(check, outcome="failed", problem=tried.problem, hint=phase_hint(exchange.phase))
    if variant == "wrong":
        return _of_wrong_signature(check, exchange)
    if probing.is_refused_signature(exchange):
        return _of_refused_signature(plan, state, check, tried)
    if activity == "releaseInstance" and variant == "again" and verdict.code == answers.NO_SUCH_INSTANCE:
        return replace(check, note="already gone")
    if not tried.passed:
        hint = phase_hint(exchange.phase) or _hint(activity, verdict.code, state)
        return replace(check, outcome="failed", problem=tried.problem, field=verdict.field, hint=hint)
    if activity != "newInstance":
        return replace(check, note=_note(tried))
    if variant == "again" and verdict.instance_id != state.instance_id:
        problem = f'instanceId "{verdict.instance_id}" differs from "{state.instance_id}" for the same order line'
        hint = "Answer the instance that you made for this orderId and orderLineId; make no second one."
        return replace(check, outcome="failed", problem=problem, field="instanceId", hint=hint)
    state.instance_id = verdict.instance_id
    return replace(check, note=f"instance {verdict.instance_id}" + (f", {_note(tried)}" if tried.polls else ""))


def _note(tried: Tried) -> str:
    return f"asked {len(tried.polls)} times until it was ready" if tried.polls else ""


def _of_wrong_signature(check: Check, exchange: client.Exchange) -> Check:
    if probing.is_refused_signature(exchange) or exchange.status in {401, 403}:
        return replace(check, note="refused, as it should be")
    return replace(
        check, outcome="warning", problem="a call with a wrong signature was not refused",
        hint='Check the signature and answer resultCode "000001": now anybody can make and delete instances.',
    )  # fmt: skip


def _of_refused_signature(plan: Plan, state: _State, check: Check, tried: Tried) -> Check:
    """Once: find out what the server would accept."""
    exchange = tried.exchange
    failed = replace(check, outcome="failed", problem=tried.problem, field="resultCode")
    if state.diagnosis is not None:
        return failed
    body = probing.body_of(exchange.activity, _values_of(exchange))
    state.diagnosis = probing.diagnose(
        plan.url, plan.key, exchange.activity, body, settings=plan.settings, but=plan.settings.variant
    )
    state.stopped = "the signature is refused"
    return replace(failed, hint=variant_hint(state.diagnosis.variant))


def _values_of(exchange: client.Exchange) -> dict[str, str]:
    import json

    flat: dict[str, str] = {}
    for name, value in json.loads(exchange.request_body).items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": str(text) for inner, text in value.items()}
        else:
            flat[name] = str(value)
    return flat


def variant_hint(variant: signature.Variant | None) -> str:
    """What a diagnosis means, in a sentence or two."""
    if variant is None:
        return "The server accepts none of the known misreadings either: compare the key, character by character."
    if variant == "standard":
        return f"{VARIANT_WORDS[variant]} Run the check again without --variant."
    return f"{VARIANT_WORDS[variant]} Correct it, or go on with --variant {variant} and set it for the address."


VARIANT_WORDS: Final[dict[str, str]] = {
    "standard": "The server reads the documentation as it is meant.",
    "descending": "The server sorts the members of the body in descending order; they are sorted ascending.",
    "plain_sha256": "The server takes a plain SHA-256 of the body; it is an HMAC-SHA256 with the key.",
    "seconds": "The server expects the timestamp in seconds; it is in milliseconds.",
    "base64_key": "The server uses the Base64 text of the key; it is the key's own text.",
}


def _hint(activity: str, code: str, state: _State) -> str:
    if code == answers.NO_SUCH_INSTANCE and state.instance_id:
        return (
            "The server named this instance itself. If an earlier run deleted it, make it again for testFlag 1, or"
            " give another order with --order-id."
        )
    if code == answers.NO_SUCH_INSTANCE:
        return "Check newInstance as well, or name an instance with --instance-id."
    return _CODE_HINTS.get(code, "")


_CODE_HINTS = {
    "000002": "The server finds a parameter wrong. It must ignore members that it does not know.",
    "000005": "Look into the server's own log.",
    "000100": "Keep room for test instances: they come with testFlag 1.",
}


def phase_hint(phase: str) -> str:
    """What to do about a call that brought no answer."""
    return _PHASE_HINTS.get(phase, "")


_PHASE_HINTS = {
    "dns": "The host name cannot be resolved from here.",
    "blocked": "Only https:// and public addresses are called. For a server in your own network: --insecure-lab.",
    "connect": "Nobody accepts connections at this address and port.",
    "tls": "The certificate must be valid, for this host name, and TLS 1.2 or later.",
    "timeout": "Answer within 5 seconds. If making takes longer, answer 000004 with the instanceId at once.",
    "too_large": "An answer is at most 1 MB.",
    "http": "The connection must stay open until the whole answer is sent.",
}
