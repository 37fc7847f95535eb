"""Misbehaviour on command.

    GET    /_control            rules in force, instances, changes
    GET    /_control/calls      the calls received, with their answers
    POST   /_control            add a rule (JSON); answers its number
    DELETE /_control            drop all rules
    DELETE /_control/3          drop rule 3

A rule says what to do, for which calls, and how often: `{"do": "slow", "seconds": 6, "activity":
"newInstance", "scene": "RENEWAL", "seller": "northwind", "order": "GA26...", "instance": "...", "times": 1}`. What
is left out matches every call; without `times` it stays until dropped. The first rule that matches is used.

| do | what happens |
| --- | --- |
| `slow` | waits `seconds`, then does its work and answers |
| `late` | does its work at once, answers after `seconds`: the caller has given up, the work is done |
| `drip` | does its work, sends the answer a byte at a time over `seconds` |
| `down` | closes the connection without a word |
| `code` | answers `code` (and `message`) without doing anything |
| `html` | answers a web page |
| `wrong_type` | answers `"resultCode": 0`, a number |
| `raw` | answers `body` with `status` and `content_type` |
| `status` | does its work, answers with HTTP `status` |
| `redirect` | answers 302 to `to` |
| `huge` | answers `bytes` bytes |
| `async` | newInstance answers 000004; the instance is ready after `polls` queries |
| `other_instance` | does its work, answers another instance id |
| `long_instance` | does its work, answers an instance id of 65 characters |
| `no_info` | queryInstance answers success without `info` |
| `body_sign` | does its work, signs the answer: `"value": "right"` or `"wrong"` |
| `in_use` | changeInstanceCheck refuses what allows fewer than `units`, with the reason |
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = {
    "slow", "late", "drip", "down", "code", "html", "wrong_type", "raw", "status", "redirect", "huge", "async",
    "other_instance", "long_instance", "no_info", "body_sign", "in_use",
}  # fmt: skip
_NUMBERS = {
    "seconds": (0, 120),
    "status": (100, 599),
    "bytes": (0, 50_000_000),
    "polls": (0, 10_000),
    "times": (1, 10**6),
    "units": (0, 10**9),
}
_TEXTS = {"code", "message", "body", "content_type", "to", "value", "seller", "activity", "order", "instance", "scene"}

_MATCHED = ("seller", "activity", "order", "instance", "scene")


@dataclass
class Rule:
    """One order to misbehave; `left` counts down, None never ends."""

    number: int
    do: str
    left: int | None
    match: dict[str, str]
    options: dict[str, Any] = field(default_factory=dict)

    def option(self, name: str, default: Any) -> Any:
        """A value of the rule."""
        return self.options.get(name, default)

    def shown(self) -> dict[str, Any]:
        """As the control page lists it."""
        return {"number": self.number, "do": self.do, "left": self.left} | self.match | self.options


class Faults:
    """The rules in force, in the order in which they were added."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def add(self, order: Mapping[str, Any]) -> Rule:
        """Take an order; ValueError says what is wrong with it."""
        do = order.get("do")
        if do not in KINDS:
            raise ValueError(f"do must be one of {', '.join(sorted(KINDS))}")
        for name, value in order.items():
            if name in _NUMBERS:
                low, high = _NUMBERS[name]
                if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
                    raise ValueError(f"{name} must be a number from {low} to {high}")
            elif name != "do" and (name not in _TEXTS or not isinstance(value, str)):
                raise ValueError(f"{name} is not known or not a text")
        match = {name: order[name] for name in _MATCHED if name in order}
        rest = {name: value for name, value in order.items() if name not in match and name not in ("do", "times")}
        with self._lock:
            rule = Rule(next(self._numbers), str(do), order.get("times"), match, rest)
            self._rules.append(rule)
        return rule

    def clear(self, number: int | None = None) -> None:
        """Drop one rule or all."""
        with self._lock:
            self._rules = [] if number is None else [rule for rule in self._rules if rule.number != number]

    def take(self, seller: str, members: Mapping[str, Any]) -> Rule | None:
        """The rule for this call, counted."""
        call = {
            "seller": seller,
            "activity": members.get("activity"),
            "order": members.get("orderId"),
            "instance": members.get("instanceId"),
            "scene": members.get("scene"),
        }
        with self._lock:
            for rule in self._rules:
                if any(call[name] != wished for name, wished in rule.match.items()):
                    continue
                if rule.do in ("async", "other_instance", "long_instance") and call["activity"] != "newInstance":
                    continue
                if rule.do == "no_info" and call["activity"] != "queryInstance":
                    continue
                if rule.do == "in_use" and call["activity"] != "changeInstanceCheck":
                    continue
                if rule.left is not None:
                    rule.left -= 1
                    if rule.left == 0:
                        self._rules = [other for other in self._rules if other is not rule]
                return rule
        return None

    def shown(self) -> list[dict[str, Any]]:
        """All rules in force."""
        with self._lock:
            return [rule.shown() for rule in self._rules]
