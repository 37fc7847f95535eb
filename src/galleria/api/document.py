"""The API's description in OpenAPI 3.1, with every status that an endpoint can answer."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any, Final

from django.utils import translation

from galleria.api import problems
from galleria.api.app import PREFIX, api
from galleria.api.endpoints import ENDPOINTS, HEADER, Endpoint

PROBLEM: Final = {
    "type": "object",
    "title": "Problem",
    "description": "Problem details (RFC 9457). Facts that a refusal tells besides are members of their own.",
    "required": ["type", "title", "status", "detail", "code", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "Where the problem is described"},
        "title": {"type": "string", "description": "The kind of problem, in words"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What happened and what to do, in the reader's language"},
        "code": {"type": "string", "pattern": "^[A-Z][A-Z0-9_]+$", "description": "Stable; for programs"},
        "fields": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "description": "Inputs that are wrong, with what is wrong with each",
        },
        "request_id": {"type": "string", "description": "Names the request in our logs"},
        "retry_after": {"type": "integer", "description": "Seconds to wait"},
    },
    "additionalProperties": True,
}
_NAMES: Final = {
    400: "NotUnderstood", 401: "NotSignedIn", 403: "NotPermitted", 404: "NotFound", 405: "MethodNotAllowed",
    409: "NotPossible", 410: "Gone", 413: "TooLarge", 415: "UnsupportedMediaType", 422: "NotValid",
    429: "TooManyRequests", 500: "Fault", 503: "NotAvailable",
}  # fmt: skip
_WORDS: Final = {
    "required": "Makes the write repeatable: the same key with the same request answers the first answer again, "
    "with `Idempotency-Replayed: true`. Kept for three days.",
    "optional": "If sent, the write is repeatable: the same key with the same request answers the first answer "
    "again, with `Idempotency-Replayed: true`. Kept for three days.",
    "unkept": "Accepted, but the answer is not kept: sent again, the write is done again.",
}
DESCRIPTION: Final = """\
Everything that a buyer does, for programs: find, configure, order, pay, use.

**Signing in.** Make a key in your account under *Keys* and send it as `Authorization: Bearer gak_…`. A key may do
what its scopes name, as far as its owner may do it. The catalogue can be read without a key.

**Answers.** Money is `{"amount": "49.00", "currency": "EUR"}`, instants are UTC. Lists have `next` and `previous`
cursors. Errors are problem details with a stable `code`. Fields may be added; ignore what you do not know.

**Repeating writes.** Send an `Idempotency-Key`: a write that is sent again with the same key is done once.\
"""


@cache
def document() -> dict[str, Any]:
    """The whole document, in English."""
    with translation.override("en"):
        return _document()


def _document() -> dict[str, Any]:
    made: dict[str, Any] = deepcopy(dict(api.get_openapi_schema(path_prefix=PREFIX)))
    made["info"] = {"title": api.title, "version": api.version, "description": DESCRIPTION}
    made.pop("servers", None)
    made["servers"] = [{"url": "/"}]
    components = made["components"]
    components["schemas"]["Problem"] = PROBLEM
    components["responses"] = {name: _response(status) for status, name in _NAMES.items()}
    components["securitySchemes"] = {
        "ApiKey": {"type": "http", "scheme": "bearer", "description": "A key of your account"},
        "Session": {
            "type": "apiKey", "in": "cookie", "name": "sessionid",
            "description": "A signed-in person's browser; writes need the header X-CSRFToken too",
        },
    }  # fmt: skip
    operations = [operation for path in made["paths"].values() for operation in path.values()]  # as `api.app` adds them
    made["tags"] = [{"name": tag} for tag in dict.fromkeys(tag for each in operations for tag in each["tags"])]
    for endpoint in ENDPOINTS:
        _complete(made["paths"][PREFIX.rstrip("/") + endpoint.path][endpoint.method.lower()], endpoint)
    plain: dict[str, Any] = _plain(made)
    return plain


def _response(status: int) -> dict[str, Any]:
    headers: dict[str, Any] = {}
    if status in {429, 503}:
        headers["Retry-After"] = {"schema": {"type": "integer"}, "description": "Seconds to wait"}
    if status == 401:
        headers["WWW-Authenticate"] = {"schema": {"type": "string"}}
    if status == 405:
        headers["Allow"] = {"schema": {"type": "string"}, "description": "The methods that there are"}
    found: dict[str, Any] = {
        "description": str(problems.TITLES[status]),
        "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    return found | ({"headers": headers} if headers else {})


def _complete(operation: dict[str, Any], endpoint: Endpoint) -> None:
    """Security, the idempotency key, and every answer."""
    operation["security"] = [{"ApiKey": []}, {"Session": []}] + ([{}] if endpoint.is_public else [])
    if endpoint.needs:
        operation["x-permission"] = endpoint.needs
        operation["description"] = operation.get("description", "") + f"\n\nNeeds the permission `{endpoint.needs}`."
    if endpoint.repeat:
        operation["parameters"].append(
            {
                "in": "header",
                "name": HEADER,
                "required": endpoint.repeat == "required",
                "description": _WORDS[endpoint.repeat],
                "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
            }
        )
    good = operation["responses"].get(endpoint.status) or operation["responses"].get(str(endpoint.status))
    if endpoint.media_type != "application/json":
        good["content"] = {endpoint.media_type: {"schema": {"type": "string"}}}
    if endpoint.repeat in {"required", "optional"}:
        good["headers"] = {
            "Idempotency-Replayed": {"schema": {"type": "string", "const": "true"}, "description": "A kept answer"}
        }
    operation["responses"] = {str(endpoint.status): good} | {
        str(status): {"$ref": f"#/components/responses/{_NAMES[status]}"}
        for status in endpoint.statuses
        if status != endpoint.status
    }


def _plain(value: Any) -> Any:
    """Only what JSON has: keys are texts, and lazy texts are said."""
    match value:
        case dict():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case None | bool() | int() | float() | str():
            return value
    return str(value)
