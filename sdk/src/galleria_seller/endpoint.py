"""The production address: checks a call, carries it out by your `Production`, and gives the bytes of the answer."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from . import answers, calls, signature
from .answers import Created, InstanceInfo, Refusal
from .nonces import MemoryNonces, Nonces

logger = logging.getLogger(__name__)
MAX_BODY = 256 * 1024
MEDIA_TYPE = "application/json;charset=utf8"


class Production:
    """Your product: override a method for each activity that it needs.

    Every method may be called twice with the same call and must then change nothing more. Answer within 5 seconds:
    what takes longer is answered with `Created(..., is_ready=False)` and asked for until it is ready. To refuse,
    raise `Refusal` (or NoSuchInstance, NotReady, NoResources). What you do not override is refused with 000002.
    """

    def new_instance(self, call: calls.NewInstance) -> Created:
        """Make an instance."""
        raise _unsupported(call)

    def query_instance(self, call: calls.QueryInstance) -> Iterable[InstanceInfo]:
        """Tell about instances; leave out what does not exist. NotReady while something is being made."""
        raise _unsupported(call)

    def refresh_instance(self, call: calls.RefreshInstance) -> None:
        """Take over the new end."""
        raise _unsupported(call)

    def update_instance_status(self, call: calls.UpdateInstanceStatus) -> None:
        """Freeze or unfreeze."""
        raise _unsupported(call)

    def release_instance(self, call: calls.ReleaseInstance) -> None:
        """Delete."""
        raise _unsupported(call)

    def upgrade_instance(self, call: calls.UpgradeInstance) -> None:
        """Take over a paid change."""
        raise _unsupported(call)

    def check_change(self, call: calls.ChangeInstanceCheck) -> None:
        """Allow a change, or refuse it with the reason that the buyer reads."""
        raise _unsupported(call)

    def note_order(self, call: calls.OrderNotify) -> None:
        """An order moved."""
        raise _unsupported(call)

    def carry_out(self, call: calls.Call) -> dict[str, Any]:
        """The members of the answer to a call whose signature was checked. Raises Refusal."""
        if isinstance(call, calls.NewInstance):
            return answers.created(self.new_instance(call))
        if isinstance(call, calls.QueryInstance):
            found = list(self.query_instance(call))
            if not found:
                raise answers.NoSuchInstance
            return answers.informed(found)
        _OTHERS[type(call)](self, call)
        return answers.success()


def _unsupported(call: calls.Call) -> Refusal:
    return Refusal(answers.INVALID_PARAMETER, f"{call.activity} is not supported")


_OTHERS: dict[type[calls.Call], Callable[[Any, Any], None]] = {
    calls.RefreshInstance: lambda production, call: production.refresh_instance(call),
    calls.UpdateInstanceStatus: lambda production, call: production.update_instance_status(call),
    calls.ReleaseInstance: lambda production, call: production.release_instance(call),
    calls.UpgradeInstance: lambda production, call: production.upgrade_instance(call),
    calls.ChangeInstanceCheck: lambda production, call: production.check_change(call),
    calls.OrderNotify: lambda production, call: production.note_order(call),
}


@dataclass(frozen=True)
class Answer:
    """What to send back."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (("Content-Type", MEDIA_TYPE),)

    @property
    def members(self) -> dict[str, Any]:
        """The body as an object, for tests."""
        return dict(json.loads(self.body))


class Endpoint:
    """One production address.

    `keys`: the interface keys that you accept, or a function that gives them: usually one, two while you change
    keys. `sign_answers`: add `Body-Sign`, with the first key. `now_ms`: milliseconds since 1970.
    """

    def __init__(
        self,
        production: Production,
        keys: Iterable[str] | Callable[[], Iterable[str]],
        *,
        nonces: Nonces | None = None,
        sign_answers: bool = False,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.production = production
        self.nonces = MemoryNonces() if nonces is None else nonces
        self.sign_answers = sign_answers
        self.now_ms = now_ms
        fixed = () if callable(keys) else tuple(keys)
        self._keys: Callable[[], Iterable[str]] = keys if callable(keys) else lambda: fixed

    def answer(self, method: str, query: str | Mapping[str, str], body: bytes) -> Answer:
        """Check and carry out one request. Never raises for what was sent; faults of yours are logged, as 000005."""
        if method != "POST":
            return self._send({"resultCode": answers.INVALID_PARAMETER, "resultMsg": "POST is expected"}, 405)
        if len(body) > MAX_BODY:
            return self._send({"resultCode": answers.INVALID_PARAMETER, "resultMsg": "the body is too long"}, 413)
        given = dict(parse_qsl(query, keep_blank_values=True)) if isinstance(query, str) else query
        code = self.refusal(given, body)
        if code is not None:
            return self._send({"resultCode": code, "resultMsg": signature.REASONS[code]})
        return self._send(self.carry_out(members_of(body)))

    def refusal(self, query: Mapping[str, str], body: bytes) -> str | None:
        """The code to refuse with: a signature that is not right, an old call, a nonce that was used."""
        now_ms = self.now_ms()
        code = signature.refusal(query, body, keys=self._keys(), now_ms=now_ms)
        if code is None and not self.nonces.use(query["nonce"], now_ms):
            return signature.AUTHENTICATION_FAILED
        return code

    def carry_out(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """The members of the answer to a body whose signature was checked."""
        return carry_out(self.production, members)

    def _send(self, members: Mapping[str, Any], status: int = 200) -> Answer:
        body = to_bytes(members)
        headers: tuple[tuple[str, str], ...] = (("Content-Type", MEDIA_TYPE),)
        key = next(iter(self._keys()), None) if self.sign_answers else None
        if key is not None:
            headers = (*headers, ("Body-Sign", signature.body_sign(key, body)))
        return Answer(status, body, headers)


def carry_out(production: Production, members: Mapping[str, Any]) -> dict[str, Any]:
    """The answer of a production to the members of a body; refusals and faults become answers."""
    try:
        return production.carry_out(calls.read(members))
    except calls.BadCall as problem:
        return {"resultCode": answers.INVALID_PARAMETER, "resultMsg": str(problem)[: answers.MESSAGE_LIMIT]}
    except Refusal as refusal:
        return answers.refused(refusal)
    except Exception:
        logger.exception("The call was not carried out")
        return {"resultCode": answers.INTERNAL_ERROR, "resultMsg": "internal error"}


def members_of(body: bytes) -> dict[str, Any]:
    """The body as an object; empty when it is none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def to_bytes(members: Mapping[str, Any]) -> bytes:
    """Compact JSON in ASCII: other characters as \\uXXXX, as the contract wants them in memos."""
    return json.dumps(members, separators=(",", ":")).encode("ascii")
