"""Reading sellers' answers: strict where a mistake would cost somebody money, lenient elsewhere.

`read` turns status and body into a `Verdict`: what the answer means for the activity (A-V2C-003) and, if it
is a failure, the field, the limit and the value seen (A-DBG-003).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from .messages import Activity

Outcome = Literal["succeeded", "accepted", "not_yet", "refused", "failed"]

SUCCESS: Final = "000000"
AUTHENTICATION_FAILED: Final = "000001"
INVALID_PARAMETER: Final = "000002"
NO_SUCH_INSTANCE: Final = "000003"
IN_PROGRESS: Final = ("000004", "0000004")  # D5: printed with one zero more in several notes
RESULT_MESSAGE_LIMIT: Final = 255

MEANINGS: Final = {
    "000000": "success",
    "000001": "authentication failed",
    "000002": "invalid request parameter",
    "000003": "the instance does not exist",
    "000004": "the request is being processed",
    "0000004": "the request is being processed",
    "000005": "other internal error",
    "000100": "no instance resource available",
    "000101": "something is wrong with the application secret",
}


@dataclass(frozen=True)
class AppInfo:
    """How the buyer uses the application. `password` is plain text: store it encrypted, never log it."""

    front_end_url: str
    admin_url: str = ""
    user_name: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    memo: str = ""

    @property
    def front_end_link(self) -> str | None:
        """The URL if it may become a link; anything that is not http(s) is shown as text (A-V2Q-004)."""
        return as_link(self.front_end_url)

    @property
    def admin_link(self) -> str | None:
        """Likewise for the management URL."""
        return as_link(self.admin_url)


@dataclass(frozen=True)
class UsageInfo:
    """What an instance has used: a running total, with up to four decimals."""

    value: Decimal
    at: datetime
    related_instance_id: str = ""
    dashboard_url: str = ""


@dataclass(frozen=True)
class InstanceInfo:
    """One entry of the answer to queryInstance."""

    instance_id: str
    app: AppInfo | None
    usage: tuple[UsageInfo, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What an answer means.

    `outcome`: *succeeded*; *accepted* (newInstance goes on, ask again); *not_yet* (nothing is ready, ask or
    call again later); *refused* (changeInstanceCheck said no, `message` is the seller's reason); *failed*.
    `problem` is a sentence about a failure, `field` the member it is about. `remarks` are departures from the
    contract that do not stop a delivery; the debugger counts them as failures.
    """

    outcome: Outcome
    code: str = ""
    message: str = ""
    problem: str = ""
    field: str = ""
    instance_id: str = ""
    instances: tuple[InstanceInfo, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def is_success(self) -> bool:
        """The activity is done, or (newInstance) safely under way."""
        return self.outcome in ("succeeded", "accepted")

    def instance(self, instance_id: str) -> InstanceInfo | None:
        """The entry of that instance."""
        return next((entry for entry in self.instances if entry.instance_id == instance_id), None)


class _Wrong(Exception):
    def __init__(self, field: str, problem: str) -> None:
        super().__init__(problem)
        self.field, self.problem = field, problem


def read(
    activity: Activity,
    status: int,
    body: bytes,
    *,
    asked: Iterable[str] = (),
    repeated: bool = False,
    strict: bool = False,
) -> Verdict:
    """The meaning of an answer to `activity`.

    `asked`: the instance ids of a queryInstance. `repeated`: an earlier release may have arrived, so "does
    not exist" is "already gone" (A-V2D-003). `strict`: remarks are failures (debugging).
    """
    try:
        verdict = _read(activity, status, body, tuple(asked), repeated)
    except _Wrong as wrong:
        return Verdict("failed", problem=wrong.problem, field=wrong.field)
    if strict and verdict.remarks and verdict.outcome != "failed":
        return replace(verdict, outcome="failed", problem=verdict.remarks[0])
    return verdict


def _read(activity: Activity, status: int, body: bytes, asked: tuple[str, ...], repeated: bool) -> Verdict:
    if 300 <= status < 400:
        raise _Wrong("", f"HTTP status {status}: redirects are not followed")
    if status != 200:
        raise _Wrong("", f"HTTP status {status} instead of 200")
    answer = _json_object(body)
    code = answer.get("resultCode")
    if code is None:
        raise _Wrong("resultCode", "resultCode is missing")
    if not isinstance(code, str):
        raise _Wrong("resultCode", f"resultCode must be a string, not {_shown(code)}")
    code = _clean(code)
    message, remarks = _message(answer.get("resultMsg"))
    if code not in MEANINGS and len(code) > 6:
        remarks += (f"resultCode has {len(code)} characters, the limit is 6",)
    verdict = Verdict(_outcome(activity, code, repeated), code=code, message=message, remarks=remarks)
    if verdict.outcome == "failed":
        meaning = MEANINGS.get(code, "a code of the seller's own")
        return replace(verdict, problem=f"resultCode {_shown(code)} ({meaning})", field="resultCode")
    if activity == "newInstance" and verdict.is_success:
        return replace(verdict, instance_id=_new_id(answer))
    if activity == "queryInstance" and verdict.outcome == "succeeded":
        return _with_instances(verdict, answer, asked)
    return verdict


def _outcome(activity: Activity, code: str, repeated: bool) -> Outcome:
    """The table of A-V2C-003, with the exceptions of queryInstance, releaseInstance and the check."""
    if code == SUCCESS:
        return "succeeded"
    if activity == "changeInstanceCheck":
        return "refused"  # A-V2K-002: anything else refuses
    if code in IN_PROGRESS:
        return "accepted" if activity == "newInstance" else "not_yet"
    if code == NO_SUCH_INSTANCE:
        if activity == "queryInstance":
            return "not_yet"
        if activity == "releaseInstance" and repeated:
            return "succeeded"
    return "failed"


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        text = body.decode("utf-8-sig")
        value = json.loads(text, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise _Wrong("", f"the answer is not JSON (it begins with {_shown(_beginning(body))})") from None
    if not isinstance(value, dict):
        raise _Wrong("", f"the answer is not a JSON object but {_shown(value)}")
    # D12: sellers copied an example whose names have leading blanks.
    return {name.strip() if name.strip() in ("resultCode", "resultMsg") else name: v for name, v in value.items()}


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _beginning(body: bytes) -> str:
    return body[:60].decode("utf-8", "replace")


def _shown(value: Any) -> str:
    """A value from outside, short enough and harmless enough for a record."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = "".join(c if c.isprintable() else " " for c in text)
    text = text if len(text) <= 60 else text[:60] + "…"
    return f'"{text}"' if isinstance(value, str) else text


def _clean(text: str) -> str:
    """Without what no database keeps: NUL and half surrogate pairs, which JSON escapes can smuggle in."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _message(value: Any) -> tuple[str, tuple[str, ...]]:
    """resultMsg, cut to its limit. Nothing depends on it, so a wrong one only makes a remark."""
    if value is None:
        return "", ()
    if not isinstance(value, str):
        return "", (f"resultMsg must be a string, not {_shown(value)}",)
    value = _clean(value)
    if len(value) > RESULT_MESSAGE_LIMIT:
        remark = f"resultMsg has {len(value)} characters, the limit is {RESULT_MESSAGE_LIMIT}"
        return value[:RESULT_MESSAGE_LIMIT], (remark,)
    return value, ()


def _text(members: dict[str, Any], name: str, limit: int, path: str) -> str:
    value = members.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _Wrong(path + name, f"{path}{name} must be a string, not {_shown(value)}")
    if len(value) > limit:
        raise _Wrong(path + name, f"{path}{name} has {len(value)} characters, the limit is {limit}")
    return _clean(value)


def _new_id(answer: dict[str, Any]) -> str:
    """The seller's id of a new instance (A-V2N-003)."""
    instance_id = _text(answer, "instanceId", 64, "")
    if not instance_id.strip():
        raise _Wrong("instanceId", "instanceId is missing")
    if any(not c.isprintable() for c in instance_id):
        raise _Wrong("instanceId", f"instanceId contains characters that cannot be printed: {_shown(instance_id)}")
    return instance_id


def _with_instances(verdict: Verdict, answer: dict[str, Any], asked: tuple[str, ...]) -> Verdict:
    info = answer.get("info")
    if info is None:
        return replace(verdict, outcome="not_yet")
    if isinstance(info, dict):  # one entry without its list
        info, verdict = [info], replace(verdict, remarks=(*verdict.remarks, "info must be a list"))
    if not isinstance(info, list):
        raise _Wrong("info", f"info must be a list, not {_shown(info)}")
    entries, remarks = [], list(verdict.remarks)
    for position, entry in enumerate(info):
        if not isinstance(entry, dict):
            raise _Wrong(f"info[{position}]", f"info[{position}] must be an object, not {_shown(entry)}")
        if asked and entry.get("instanceId") not in asked:
            continue
        entries.append(_instance(entry, f"info[{position}].", remarks))
    found = {entry.instance_id for entry in entries}
    outcome: Outcome = "succeeded" if set(asked) <= found and entries else "not_yet"
    return replace(verdict, outcome=outcome, instances=tuple(entries), remarks=tuple(remarks))


def _instance(entry: dict[str, Any], path: str, remarks: list[str]) -> InstanceInfo:
    instance_id = _text(entry, "instanceId", 64, path)
    app = entry.get("appInfo")
    if app is not None and not isinstance(app, dict):
        raise _Wrong(f"{path}appInfo", f"{path}appInfo must be an object, not {_shown(app)}")
    usage = entry.get("usageInfo") or []
    if not isinstance(usage, list):
        remarks.append(f"{path}usageInfo must be a list, not {_shown(usage)}")
        usage = []
    amounts = [_usage(item, f"{path}usageInfo[{n}].", remarks) for n, item in enumerate(usage)]
    return InstanceInfo(
        instance_id=instance_id,
        app=None if not app else _app(app, f"{path}appInfo.", remarks),
        usage=tuple(amount for amount in amounts if amount is not None),
    )


def _app(app: dict[str, Any], path: str, remarks: list[str]) -> AppInfo:
    info = AppInfo(
        front_end_url=_text(app, "frontEndUrl", 512, path).strip(),
        admin_url=_text(app, "adminUrl", 512, path).strip(),
        user_name=_text(app, "userName", 128, path),
        password=_text(app, "password", 128, path),
        memo=_text(app, "memo", 1024, path),
    )
    if not info.front_end_url:
        remarks.append(f"{path}frontEndUrl is missing")
    elif info.front_end_link is None:
        remarks.append(f"{path}frontEndUrl is not an http(s) address: {_shown(info.front_end_url)}")
    return info


def _usage(item: Any, path: str, remarks: list[str]) -> UsageInfo | None:
    """One amount. A bad one is left out with a remark: it must not keep the buyer from the application."""
    if not isinstance(item, dict):
        remarks.append(f"{path[:-1]} must be an object, not {_shown(item)}")
        return None
    try:
        return UsageInfo(
            value=_amount(item.get("usageValue"), path),
            at=_instant(item.get("statisticalTime"), path),
            related_instance_id=_text(item, "relatedInstanceId", 64, path),
            dashboard_url=_text(item, "dashboardUrl", 512, path),
        )
    except _Wrong as wrong:
        remarks.append(wrong.problem)
        return None


def _amount(value: Any, path: str) -> Decimal:
    """A number or its text, not negative, at most 20 characters and 4 decimals (A-V2Q-003)."""
    if isinstance(value, (int, Decimal, str)) and not isinstance(value, bool) and len(str(value)) <= 20:
        try:
            number = Decimal(value.strip() if isinstance(value, str) else value)
        except InvalidOperation:
            number = Decimal("NaN")
        if number.is_finite() and 0 <= number < 10**16 and number == round(number, 4):
            return number
    problem = f"{path}usageValue must be a number with up to 4 decimals, not {_shown(value)}"
    raise _Wrong(f"{path}usageValue", problem)


def _instant(value: Any, path: str) -> datetime:
    """UTC `yyyyMMddHHmmssSSS`; the milliseconds may be missing."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{14}(?:[0-9]{3})?", value):
        try:
            seconds = datetime.strptime(value[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
            return seconds.replace(microsecond=int(value[14:] or 0) * 1000)
        except ValueError:
            pass
    problem = f"{path}statisticalTime must be UTC yyyyMMddHHmmssSSS, not {_shown(value)}"
    raise _Wrong(f"{path}statisticalTime", problem)


def as_link(url: str) -> str | None:
    """The URL if a browser may be sent there: http or https, a host, nothing hidden in it."""
    if re.search(r"[\x00-\x20\x7f\\]", url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    usable = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    return url if usable else None


_SECRET_MEMBERS: Final = ("password", "userName")


def masked(body: bytes) -> bytes:
    """An answer fit for records: account names and passwords replaced; without any it stays as it is."""
    try:
        value = json.loads(body.decode("utf-8-sig"))
        hidden = _mask(value)
        if hidden == value:
            return body
        return json.dumps(hidden, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        # Broken JSON may still hold a password in clear.
        pattern = rb'("(?:password|userName)"\s*:\s*)"(?:[^"\\]|\\.)*"?'
        return re.sub(pattern, rb'\1"***"', body)


def _mask(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: "***" if name in _SECRET_MEMBERS and item not in (None, "") else _mask(item)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_mask(item) for item in value]
    return value
