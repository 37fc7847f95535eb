"""The answers that rules order (the table in `control.py`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from galleria_seller.signature import body_sign

from .activities import Answer, Desk
from .control import Rule
from .replies import Reply, as_html, as_json
from .sellers import Seller

Members = Mapping[str, Any]


def reply_to(rule: Rule, seller: Seller, members: Members, desk: Desk) -> Reply | None:
    """The answer that a rule orders; None closes the connection."""
    if rule.do == "down":
        return None
    if rule.do in _WITHOUT_WORK:
        return _WITHOUT_WORK[rule.do](rule, members)
    if rule.do == "slow":
        time.sleep(float(rule.option("seconds", 6)))
    if rule.do == "in_use" and (refusal := _in_use(rule, members)):
        return refusal
    polls = int(rule.option("polls", 2)) if rule.do == "async" else 0
    return _spoiled(rule, seller, desk.answer(seller, members, polls=polls))


def _code(rule: Rule, members: Members) -> Reply:
    code, message = rule.option("code", "000005"), rule.option("message", "as ordered")
    return as_json({"resultCode": code, "resultMsg": message})


def _in_use(rule: Rule, members: Members) -> Reply | None:
    """The refusal of a change to fewer units than are in use; None when the target has enough."""
    info = members.get("productInfo")
    wanted = info.get("linearValue") if isinstance(info, Mapping) else None
    units = int(rule.option("units", 0))
    if wanted is None or int(wanted) >= units:
        return None
    return as_json({"resultCode": "000005", "resultMsg": f"{units} are in use, the target allows {wanted}"})


def _raw(rule: Rule, members: Members) -> Reply:
    body = str(rule.option("body", "")).encode("utf-8", "backslashreplace")
    return Reply(int(rule.option("status", 200)), body, rule.option("content_type", "application/json"))


_WITHOUT_WORK: dict[str, Callable[[Rule, Members], Reply]] = {
    "code": _code,
    "raw": _raw,
    "html": lambda rule, members: as_html("<html><body><h1>Service unavailable</h1></body></html>"),
    "wrong_type": lambda rule, members: as_json({"resultCode": 0, "instanceId": members.get("businessId")}),
    "redirect": lambda rule, members: Reply(302, b"", "text/plain", (("Location", rule.option("to", "/saas")),)),
    "huge": lambda rule, members: Reply(200, b" " * int(rule.option("bytes", 5_000_000))),
    "no_info": lambda rule, members: as_json({"resultCode": "000000", "resultMsg": "success."}),
}


def _spoiled(rule: Rule, seller: Seller, answer: Answer) -> Reply:
    """The answer after the work was done, changed as the rule says."""
    if rule.do == "other_instance":
        answer["instanceId"] = f"other-{time.time_ns()}"
    if rule.do == "long_instance":
        answer["instanceId"] = "x" * 65
    reply = as_json(answer, int(rule.option("status", 200)) if rule.do == "status" else 200)
    if rule.do != "body_sign":
        return reply
    signed = reply.body if rule.option("value", "right") == "right" else reply.body + b" "
    header = ("Body-Sign", body_sign(seller.keys[0], signed))
    return Reply(reply.status, reply.body, reply.content_type, (header,))
