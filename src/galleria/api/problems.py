"""Refusals and faults as problem details (RFC 9457).

`code` is stable, `detail` is for people and in their language, `fields` names the inputs that are wrong. What a
refusal tells programs besides (`Refused.extra`) becomes members of the problem of their own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Final

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja.errors import AuthenticationError, HttpError, ValidationError

from galleria.api import limits
from galleria.kit.errors import Invalid, NotFound, Refused, Text, Unavailable
from galleria.kit.money import Money

log = structlog.get_logger("galleria.api")
MEDIA_TYPE: Final = "application/problem+json"
STANDARD: Final = frozenset({"type", "title", "status", "detail", "code", "fields", "request_id"})
TITLES: Final[Mapping[int, Text]] = {
    400: _("The request is not understood"),
    401: _("Not signed in"),
    403: _("Not permitted"),
    404: _("Not found"),
    405: _("Method not allowed"),
    409: _("Not possible now"),
    410: _("Gone"),
    413: _("Too large"),
    415: _("Unsupported media type"),
    422: _("The input is not valid"),
    429: _("Too many requests"),
    500: _("A fault on our side"),
    503: _("Not available just now"),
}


class NotUnderstood(Refused):
    """The body is not JSON."""

    code = "NOT_UNDERSTOOD"
    status = 400
    default_message = _("The body of the request is not valid JSON.")


class BadRequest(Refused):
    """The framework refused the request before it came to an endpoint."""

    code = "BAD_REQUEST"
    status = 400
    default_message = _("Something in the address or the headers of the request is not valid.")


class HostNotKnown(BadRequest):
    """The header Host names another site."""

    code = "HOST_NOT_KNOWN"
    default_message = _("There is no marketplace at the host that the request names. Check the address.")


class SignInNeeded(Refused):
    """Neither a key nor a session."""

    code = "SIGN_IN_NEEDED"
    status = 401
    default_message = _("Send an API key: “Authorization: Bearer …”. You make one in your account under Keys.")


class CsrfFailed(Refused):
    """A write with a session cookie comes from another site, or lacks the token."""

    code = "CSRF_FAILED"
    status = 403
    default_message = _("Writes with a session cookie need the CSRF token in X-CSRFToken. Programs use an API key.")


class NotPermitted(Refused):
    """The framework refused it, whoever asks."""

    code = "NOT_PERMITTED"
    status = 403
    default_message = _("Your rights in this account do not include it.")


class MethodNotAllowed(Refused):
    """The address knows other methods."""

    code = "METHOD_NOT_ALLOWED"
    status = 405
    default_message = _("This address does not know the method. The header Allow names those that it knows.")


class BodyTooLarge(Refused):
    """More than an endpoint reads."""

    code = "BODY_TOO_LARGE"
    status = 413
    default_message = _("The body of the request is too large.")


class MediaTypeNotSupported(Refused):
    """Only JSON is read."""

    code = "MEDIA_TYPE_NOT_SUPPORTED"
    status = 415
    default_message = _("Send the body as application/json.")


class Fault(Refused):
    """A bug: logged with the request's id, told without details."""

    code = "FAULT"
    status = 500
    default_message = _("Something broke on our side; nothing was done. Tell us the request id if it happens again.")


def problem(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The answer to a refusal."""
    told: dict[str, Any] = {
        "type": f"/api/docs#{refusal.code}",
        "title": str(TITLES.get(refusal.status, TITLES[409])),
        "status": refusal.status,
        "detail": refusal.message,
        "code": refusal.code,
        "request_id": str(getattr(request, "request_id", "")),
    }
    if fields := refusal.fields:
        told["fields"] = fields
    told |= {name: value for name, value in _plain(refusal.extra).items() if name not in STANDARD}
    response = HttpResponse(
        json.dumps(told, ensure_ascii=False), status=refusal.status, content_type=f"{MEDIA_TYPE}; charset=utf-8"
    )
    if (seconds := refusal.extra.get("retry_after")) is not None:
        response["Retry-After"] = str(seconds)
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="galleria"'
    response["Cache-Control"] = "no-store"
    return response


def _plain(value: Any) -> Any:
    """Facts of a refusal as JSON: money as an object, instants in UTC."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Money():
            return {"amount": value.text, "currency": value.currency}
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(each) for each in value]
    return str(value)


def refusal_of(error: Exception) -> Refused:
    """The refusal that an exception stands for; what is none is a fault, and logged."""
    match error:
        case Refused():
            return error
        case ValidationError():
            return _invalid(error.errors)
        case AuthenticationError():
            return SignInNeeded()
        case HttpError(status_code=400):
            return NotUnderstood()
        case HttpError(status_code=403):
            return CsrfFailed()
        case RequestDataTooBig():
            return BodyTooLarge()
        case OperationalError() | InterfaceError():
            log.exception("api_database_unavailable", exc_info=error)
            return Unavailable(extra={"retry_after": 2})
    log.exception("api_fault", exc_info=error)
    return Fault()


def on_exception(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
    """What every endpoint answers to an exception."""
    refusal = refusal_of(error if isinstance(error, Exception) else error())
    if refusal.status == HTTPStatus.UNAUTHORIZED:
        try:
            limits.check(request, None)
        except Refused as too_often:
            refusal = too_often
    return problem(request, refusal)


# --- wrong input ------------------------------------------------------------------------------------------
_WORDS: Final[Mapping[str, Text]] = {
    "missing": _("This is needed."),
    "extra_forbidden": _("There is no such field."),
    "string_type": _("Give a text."),
    "string_unicode": _("Give a text without broken characters."),
    "string_too_short": _("This is too short."),
    "string_too_long": _("This is too long."),
    "string_pattern_mismatch": _("This does not have the right form."),
    "int_type": _("Give a whole number."),
    "int_parsing": _("Give a whole number."),
    "int_from_float": _("Give a whole number."),
    "bool_type": _("Give true or false."),
    "bool_parsing": _("Give true or false."),
    "dict_type": _("Give an object."),
    "list_type": _("Give a list."),
    "too_long": _("These are too many."),
    "too_short": _("These are too few."),
    "greater_than_equal": _("This is too small."),
    "less_than_equal": _("This is too large."),
    "datetime_parsing": _("Give an instant such as 2027-03-01T09:00:00Z."),
    "datetime_from_date_parsing": _("Give an instant such as 2027-03-01T09:00:00Z."),
    "timezone_aware": _("Give an instant with its time zone, such as 2027-03-01T09:00:00Z."),
    "literal_error": _("This is none of the possible values."),
    "enum": _("This is none of the possible values."),
}


def _invalid(errors: list[dict[str, Any]]) -> Refused:
    """Wrong input, named by field; an id in the address that has no possible form is simply not found."""
    if errors and all(error["loc"][0] == "path" for error in errors):
        return NotFound()
    return Invalid(fields={_name(error["loc"]): _WORDS.get(error["type"], _("This is not valid.")) for error in errors})


def _name(location: tuple[Any, ...]) -> str:
    """`("body", "body", "orders", 3)` is `orders.3`; a header or a query parameter has its name."""
    parts = [str(part) for part in location[1:]]
    if location[0] == "body" and len(parts) > 1 and parts[0] in {"body", "given"}:
        parts = parts[1:]
    return ".".join(part for part in parts if part != "[key]") or "body"
