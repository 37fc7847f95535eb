"""What the interfaces behind the gate answer: result codes with their HTTP statuses (A-ERR-001)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from django.http import HttpResponse

SUCCESS: Final = "MKT.0000"  # the list of the contract prints CBC.0000, its example this (A-DEC-013)
JSON: Final = "application/json"
Code = Literal[
    "CBC.0999", "CBC.0100", "CBC.0101", "CBC.0199", "CBC.0150", "CBC.0151", "CBC.0154", "CBC.0250", "CBC.9001",
    "CBC.9002", "CBC.9003", "CBC.9004",
]  # fmt: skip
ERRORS: Final[Mapping[Code, tuple[int, str]]] = {
    "CBC.0999": (500, "Internal error."),
    "CBC.0100": (500, "Failure of input parameter."),
    "CBC.0101": (400, "Invalid parameter."),
    "CBC.0199": (400, "Request parameter error."),
    "CBC.0150": (401, "Illegal operation."),
    "CBC.0151": (401, "No authority."),
    "CBC.0154": (401, "Illegal token."),
    "CBC.0250": (406, "Access frequency over limit."),
    "CBC.9001": (500, "Instance ID not found."),
    "CBC.9002": (500, "Invalid usage entities."),
    "CBC.9003": (500, "Usage records exceed the limit."),
    "CBC.9004": (500, "Begin time beyond the limit."),
}
WITH_EXTRA: Final = frozenset({"CBC.0100", "CBC.0150", "CBC.0250", "CBC.9001", "CBC.9002", "CBC.9004"})


def success(**members: Any) -> HttpResponse:
    """HTTP 200 with the code of success first. Absent values are sent as null, lists as []."""
    return _json({"resultCode": SUCCESS, "resultMsg": "Success", **members}, 200)


def refusal(code: Code, why: str = "") -> HttpResponse:
    """One of the contract's errors; `why` is added to the text, and to `extra_info` where the contract has that."""
    status, text = ERRORS[code]
    body = {"resultCode": code, "resultMsg": f"{text} {why}".strip()}
    if code in WITH_EXTRA:
        body["extra_info"] = why
    return _json(body, status)


def _json(body: Mapping[str, Any], status: int) -> HttpResponse:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return HttpResponse(text, status=status, content_type=JSON)
