"""One signed call to a seller's production address, and its complete record.

`call` never raises for what a seller does: a refused connection, a late answer or a wrong body is an
`Exchange` with a verdict, as much as a success is. Retries, locks and stored states are not decided here.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from galleria.kit import outgoing

from . import answers, body_sign, signature
from .messages import Activity, Body

REQUEST_HEADERS = {
    "Accept": "application/json",
    "Content-Type": "application/json;charset=utf8",
}


@dataclass(frozen=True)
class CallSettings:
    """What is set for an address (A-DBG-004, D2) and by the operator (networks, limits).

    `strict` makes departures from the contract failures that production forgives: for debugging.
    `wall_clock` gives the milliseconds that are signed. They are the machine's own time even when the
    marketplace's clock has been turned forward, because sellers compare them with theirs.
    """

    variant: signature.Variant = "standard"
    require_body_sign: bool = False
    strict: bool = False
    policy: outgoing.Policy = outgoing.DEFAULT_POLICY
    resolver: outgoing.Resolver | None = None
    wall_clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    nonce: Callable[[], str] = signature.new_nonce


DEFAULT_SETTINGS = CallSettings()


@dataclass(frozen=True)
class Exchange:
    """The record of one call, as the message log and the debugger show it.

    `phase` says how far a call without an answer came (`dns`, `blocked`, `connect`, `tls`, `timeout`,
    `too_large`, `http`), and is `answer` when there was one to judge. `body` is what the seller sent, with
    secrets: store `logged_body`.
    """

    activity: Activity
    url: str
    request_headers: tuple[tuple[str, str], ...]
    request_body: bytes
    timestamp_ms: int
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    verdict: answers.Verdict
    phase: str
    address: str
    milliseconds: int

    @property
    def is_success(self) -> bool:
        """The activity is done or, for newInstance, safely under way."""
        return self.verdict.is_success

    @property
    def never_arrived(self) -> bool:
        """The seller cannot have acted on it: no connection was made."""
        return self.phase in ("dns", "blocked", "connect", "tls")

    @property
    def sent_at(self) -> datetime:
        """When it was signed, by the machine's clock."""
        return datetime.fromtimestamp(self.timestamp_ms / 1000, UTC)

    @property
    def logged_body(self) -> bytes:
        """The answer with account names and passwords replaced."""
        return answers.masked(self.body)


def prepare(key: str, body: Body, *, settings: CallSettings = DEFAULT_SETTINGS) -> signature.Signed:
    """Sign without sending: what the debugger shows as the request command (A-DBG-001)."""
    return signature.sign(
        key, body, timestamp_ms=settings.wall_clock(), nonce=settings.nonce(), variant=settings.variant
    )


def curl_command(address: str, signed: signature.Signed) -> str:
    """The signed request as a line for a shell."""
    headers = " ".join(f"-H '{name}: {value}'" for name, value in REQUEST_HEADERS.items())
    body = signed.payload.decode("utf-8").replace("'", "'\\''")
    url = signed.url(address).replace("'", "%27")
    return f"curl -X POST {headers} --data-raw '{body}' '{url}'"


def call(
    address: str,
    key: str,
    activity: Activity,
    body: Body,
    *,
    settings: CallSettings = DEFAULT_SETTINGS,
    asked: Iterable[str] = (),
    repeated: bool = False,
) -> Exchange:
    """Send one activity and read the answer.

    `body` comes from `messages`. `asked` are the instances that a queryInstance must tell about (taken from
    the body if not given); `repeated` says that an earlier release may have arrived (A-V2D-003).
    """
    if body.get("activity") != activity:
        raise ValueError(f"the body is not one of {activity}")
    if activity == "queryInstance" and not asked:
        asked = str(body.get("instanceId", "")).split(",")
    signed = prepare(key, body, settings=settings)
    url = signed.url(address)
    phase = "answer"
    partial: outgoing.Answer | None
    try:
        answer = outgoing.send(
            "POST",
            url,
            headers=REQUEST_HEADERS,
            body=signed.payload,
            policy=settings.policy,
            resolver=settings.resolver,
        )
        verdict = _judge(activity, key, answer, settings=settings, asked=tuple(asked), repeated=repeated)
        partial, milliseconds = answer, answer.milliseconds
    except outgoing.OutgoingFailed as failure:
        phase = failure.phase
        verdict = answers.Verdict("failed", problem=f"{failure.phase}: {failure.message}")
        partial, milliseconds = failure.partial, failure.milliseconds
    return Exchange(
        activity=activity,
        url=url,
        request_headers=tuple(REQUEST_HEADERS.items()),
        request_body=signed.payload,
        timestamp_ms=signed.timestamp_ms,
        status=partial.status if partial else None,
        headers=partial.headers if partial else (),
        body=partial.body if partial else b"",
        verdict=verdict,
        phase=phase,
        address=partial.address if partial else "",
        milliseconds=milliseconds,
    )


def _judge(
    activity: Activity,
    key: str,
    answer: outgoing.Answer,
    *,
    settings: CallSettings,
    asked: tuple[str, ...],
    repeated: bool,
) -> answers.Verdict:
    """The signature of the body first, then what it says (A-BSG-001). A bad HTTP status comes before both."""
    if answer.status == 200:
        header = answer.header("Body-Sign")
        problem = body_sign.problem(key, answer.body, header, required=settings.require_body_sign)
        if problem:
            return answers.Verdict("failed", problem=problem, field="Body-Sign")
    return answers.read(activity, answer.status, answer.body, asked=asked, repeated=repeated, strict=settings.strict)
