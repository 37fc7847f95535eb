"""Reading bodies: JSON only, and only what JSON is."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser
from ninja.types import DictStrAny

from galleria.api.problems import NotUnderstood


class BodyParser(Parser):
    """Refuses NaN and Infinity, which are not JSON, names that are there twice, and endless nesting."""

    def parse_body(self, request: HttpRequest) -> DictStrAny:
        try:
            found = json.loads(request.body.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_once)
        except (ValueError, RecursionError):
            raise NotUnderstood from None
        return found  # type: ignore[no-any-return]


def _refuse(text: str) -> Any:
    raise ValueError(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found
