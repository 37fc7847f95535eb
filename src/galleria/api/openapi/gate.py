"""Who may pass: the signature of a call is checked, its rate counted, and refusals answered as a gateway does.

What is behind the gate answers for itself (`answers`); a fault there is told as CBC.0999 and logged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Final, Literal
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from galleria.api import limits
from galleria.api.openapi import answers, signature
from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.parties import selectors
from galleria.parties import services as parties

log = structlog.get_logger("galleria.api.openapi")
GatewayCode = Literal["APIG.0101", "APIG.0301", "APIG.0308"]
STATUSES: Final[dict[GatewayCode, int]] = {"APIG.0101": 404, "APIG.0301": 401, "APIG.0308": 429}  # A-ERR-002
AT_ONCE: Final = 3  # times the rate of a second
LEFT: Final = "left"  # a seller in this state has nothing here any more


@dataclass(frozen=True)
class Caller:
    """A seller's server: the user of its pair, with that user's rights. `seller_pk`: the row of the seller profile."""

    actor: Actor
    seller_pk: int


View = Callable[[HttpRequest, Caller], HttpResponse]


def refuse(request: HttpRequest, code: GatewayCode, message: str) -> HttpResponse:
    """The gateway's own answer."""
    body = {
        "error_code": code,
        "error_msg": message,
        "request_id": str(getattr(request, "request_id", "")),
    }
    return _private(JsonResponse(body, status=STATUSES[code]))


def signed(method: Literal["GET", "POST"], *, needs: str) -> Callable[[View], Callable[[HttpRequest], HttpResponse]]:
    """A view for sellers' servers: it gets calls of that method whose signature is right, and the caller.

    `needs` is the permission that the user of the pair must have.
    """

    def decorate(view: View) -> Callable[[HttpRequest], HttpResponse]:
        @csrf_exempt  # there is no session; the signature covers the body
        @wraps(view)
        def guard(request: HttpRequest) -> HttpResponse:
            if request.method != method:
                return unknown(request)
            try:
                return _private(_pass(request, view, needs))
            except Exception as error:
                log.exception("open_api_fault", exc_info=error)
                return _private(answers.refusal("CBC.0999"))

        return guard

    return decorate


@csrf_exempt
def unknown(request: HttpRequest, rest: str = "") -> HttpResponse:
    """A path or method that the open API does not have."""
    return refuse(request, "APIG.0101", "There is no such interface: check the path and the method.")


def _pass(request: HttpRequest, view: View, needs: str) -> HttpResponse:
    if "Authorization" not in request.headers and "X-Auth-Token" in request.headers:
        return answers.refusal("CBC.0154")
    try:
        key = _authenticated(request)
    except signature.NotSigned as problem:
        return _unsigned(request, str(problem))
    if wait := _wait_of(f"ak:{key.access_key}"):
        return _throttled(request, wait)
    seller_pk, state = key.holder.seller_pk, key.holder.seller_state
    actor = selectors.actor_of_key(key, request_id=str(getattr(request, "request_id", "")))
    if seller_pk is None or state == LEFT or not actor.may(needs):
        return answers.refusal("CBC.0151")
    return view(request, Caller(actor, seller_pk))


def _authenticated(request: HttpRequest) -> selectors.PairHolder:
    """The pair that signed this request. Raises NotSigned."""
    header = request.headers.get("Authorization", "")
    if not header:
        raise signature.NotSigned("the Authorization header is missing")
    proof = signature.read_authorization(header)
    variants = list(_as_sent(request))
    # Sellers sign with the time of their machines, which a turned test clock does not change.
    signature.check_date(variants[0], proof, clock.real_now())
    date = variants[0].headers["x-sdk-date"].strip()
    hashes = [signature.canonical_hash(each, proof.signed_headers) for each in variants]
    try:
        return parties.authenticate_access_key(
            proof.access_key, proves=signature.proves(proof, date, hashes), at=clock.now()
        )
    except parties.KeyNotValid:
        raise signature.NotSigned(
            f"the access key or the signature is not right; SHA-256 of the canonical request here: {hashes[0]}"
        ) from None


def _as_sent(request: HttpRequest) -> Iterator[signature.Received]:
    """The request as its sender may have signed it: first as it came, then with the public host and path.

    A proxy in front may have put its own name into Host, and cut a prefix off the path (A-AKS-003). The public name
    is the one of our settings, so that a signature for somebody else's host is never taken.
    """
    try:
        body = request.body
    except RequestDataTooBig:
        raise signature.NotSigned("the body is too large to be checked") from None
    headers = {name.lower(): value for name, value in request.headers.items()}
    hosts = [headers.get("host", ""), urlsplit(settings.GALLERIA_SITE_URL).netloc]
    for path in _paths(request):
        for host in dict.fromkeys(hosts):
            yield signature.Received(
                method=str(request.method),
                path=path,
                query=request.META.get("QUERY_STRING", ""),
                headers={**headers, "host": host},
                body=body,
            )


def _paths(request: HttpRequest) -> Iterator[str]:
    yield request.path
    if not settings.GALLERIA_BEHIND_PROXY:
        return
    for name in ("X-Original-URI", "X-Forwarded-Uri"):
        original = request.headers.get(name, "").partition("?")[0]
        if original.endswith(request.path) and original != request.path:
            yield original


def _unsigned(request: HttpRequest, problem: str) -> HttpResponse:
    """Refused, and counted by address, so that guessing is slow."""
    if wait := _wait_of(f"unsigned:{request.META.get('REMOTE_ADDR', '')}"):
        return _throttled(request, wait)
    return refuse(request, "APIG.0301", f"Incorrect authentication information: {problem}.")


def _wait_of(caller: str) -> int:
    """Seconds to wait for this caller; whoever guesses secrets has the same rate, for an address."""
    rate = float(settings.GALLERIA_OPEN_API_RATE)
    return limits.wait_of(caller, rate=rate, burst=max(1, int(rate * AT_ONCE)))


def _throttled(request: HttpRequest, seconds: int) -> HttpResponse:
    response = refuse(request, "APIG.0308", f"Too many calls. Come back in {seconds} s.")
    response["Retry-After"] = str(seconds)
    return response


def _private(response: HttpResponse) -> HttpResponse:
    """Orders and their buyers are for nobody in between."""
    response["Cache-Control"] = "no-store"
    return response
