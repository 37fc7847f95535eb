"""How an endpoint is declared: its permission, what it answers, and whether a write may be repeated.

    @routes.get("/orders/{order_id}", OrderOut, needs="billing:order:view")
    def order(request: HttpRequest, order_id: PublicId) -> OrderOut: ...

What all endpoints have in common is here: the rate limit, the permission, the kept answers of repeated writes,
and JSON written once. `ENDPOINTS` lists all of them, for the document and for the tests of permissions.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, Final, Literal

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from ninja import Router
from pydantic import BaseModel

from galleria.api import auth, limits
from galleria.kit import idempotency
from galleria.kit.actor import Actor
from galleria.kit.errors import Refused
from galleria.kit.idempotency import Answer

Method = Literal["GET", "POST", "PUT", "DELETE"]
Repeat = Literal["", "required", "optional", "unkept"]
Course = Literal["atomic", "reads_first", "outside"]
View = Callable[..., Any]
JSON: Final = "application/json; charset=utf-8"
HEADER: Final = "Idempotency-Key"
BODY_BYTES: Final = 65_536
FILE_BYTES: Final = 2_621_440  # a file of 1.9 MB in Base64; no more is read at once, whatever the address


class IdempotencyKeyRequired(Refused):
    """The write moves money or makes a contract: it must be safe to send it again."""

    code = "IDEMPOTENCY_KEY_REQUIRED"
    status = 400
    default_message = _("Send a header Idempotency-Key with a value of your own; the same value repeats the request.")


@dataclass(frozen=True)
class Endpoint:
    """One method of one address.

    needs: the permission of the table, empty where signing in is enough
    is_public: visitors may ask; someone signed in still `needs` the permission
    repeat: what an `Idempotency-Key` does: nothing on reads, kept when sent, must be sent, or accepted although
        the answer is not kept (because it is a secret, or the write can be repeated by its nature)
    problems: statuses that it answers besides those that every endpoint can
    most_bytes: how long a body may be
    """

    method: Method
    path: str
    name: str
    tag: str
    needs: str
    status: int
    is_public: bool
    repeat: Repeat
    problems: frozenset[int]
    has_body: bool
    media_type: str
    most_bytes: int = BODY_BYTES

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    @property
    def statuses(self) -> list[int]:
        """Every status that the endpoint can answer, the good one first."""
        common = {401, 429, 500, 503}
        if self.needs:
            common.add(403)
        if "{" in self.path:
            common.add(404)
        if self.is_write:
            common |= {400, 403, 409, 413, 415, 422}
        return [self.status, *sorted(common | self.problems)]


ENDPOINTS: list[Endpoint] = []


class Routes:
    """The endpoints of one audience."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.router = Router(tags=[tag])

    def get(
        self,
        path: str,
        out: type[BaseModel] | None,
        *,
        needs: str = "",
        is_public: bool = False,
        problems: Sequence[int] = (),
        media_type: str = "application/json",
    ) -> Callable[[View], View]:
        """A read. `out` None: the view makes the response itself (a file)."""
        return self._add(
            "GET", path, out, 200, needs=needs, is_public=is_public, problems=problems, media_type=media_type
        )

    def write(
        self,
        method: Literal["POST", "PUT", "DELETE"],
        path: str,
        out: type[BaseModel] | None,
        *,
        status: int = 200,
        needs: str = "",
        repeat: Repeat = "optional",
        problems: Sequence[int] = (),
        course: Course = "atomic",
        most_bytes: int = BODY_BYTES,
    ) -> Callable[[View], View]:
        """A write. `course`:

        atomic: the view runs in the transaction in which its answer is kept
        reads_first: the view only reads, before the transaction, and gives back a function that does the rest in it
        outside: the view calls somebody outside between transactions of its own; its answer is kept after it, and
            the view itself makes sure that it does nothing twice
        """
        return self._add(
            method, path, out, status, needs=needs, problems=problems, repeat=repeat, course=course,
            most_bytes=most_bytes,
        )  # fmt: skip

    def _add(
        self,
        method: Method,
        path: str,
        out: type[BaseModel] | None,
        status: int,
        *,
        needs: str,
        problems: Sequence[int] = (),
        is_public: bool = False,
        repeat: Repeat = "",
        course: Course = "atomic",
        media_type: str = "application/json",
        most_bytes: int = BODY_BYTES,
    ) -> Callable[[View], View]:
        def decorate(view: View) -> View:
            signature = inspect.signature(view, eval_str=True)
            has_body = any(_is_body(each.annotation) for each in signature.parameters.values())
            endpoint = Endpoint(
                method, path, view.__name__, self.tag, needs, status, is_public, repeat, frozenset(problems), has_body,
                media_type, most_bytes,
            )  # fmt: skip
            ENDPOINTS.append(endpoint)
            run = _runner(endpoint, view, course)
            run.__signature__ = signature.replace(return_annotation=Any)  # type: ignore[attr-defined]
            self.router.add_api_operation(
                path,
                [method],
                run,
                auth=auth.FOR_ALL if is_public else auth.SIGNED_IN,
                response={status: out},
                operation_id=view.__name__,
                summary=_summary(view),
                description=inspect.getdoc(view),
                url_name=view.__name__,
            )
            return view

        return decorate


def _summary(view: View) -> str:
    return (inspect.getdoc(view) or view.__name__).split("\n", 1)[0].split(". ", 1)[0].rstrip(".")


def _is_body(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _runner(endpoint: Endpoint, view: View, course: Course) -> Callable[..., HttpResponseBase]:
    @wraps(view)
    def run(request: HttpRequest, **values: Any) -> HttpResponseBase:
        actor = auth.actor_of(request)
        limits.check(request, actor)
        if endpoint.needs and (actor.is_signed_in or not endpoint.is_public):
            actor.require(endpoint.needs)
        if not endpoint.is_write:
            result = view(request, **values)
            return result if isinstance(result, HttpResponseBase) else _response(endpoint.status, _text(result))
        return _written(endpoint, view, request, actor, values, course)

    return run


def _written(
    endpoint: Endpoint, view: View, request: HttpRequest, actor: Actor, values: dict[str, Any], course: Course
) -> HttpResponse:
    key = request.headers.get(HEADER)
    if key is None and endpoint.repeat == "required":
        raise IdempotencyKeyRequired(fields={HEADER: IdempotencyKeyRequired.default_message})

    def begin() -> Callable[[], Answer]:
        """Do the reading that comes first, and give what is left to do."""
        rest = view(request, **values) if course == "reads_first" else partial(view, request, **values)
        return lambda: Answer(endpoint.status, _text(rest()))

    if key is not None:
        idempotency.check_key(key)
    if key is None or endpoint.repeat == "unkept":
        answer = begin()()
    else:
        given = {name: _plain(value) for name, value in values.items()}
        body = {"user": actor.user_id, "path": request.path, "given": given}
        scope = f"api:{endpoint.name}"
        if course == "outside":
            answer = idempotency.once_outside(actor, key, scope, begin(), body=body)
        else:
            answer = idempotency.once_late(actor, key, scope, begin, body=body)
    response = _response(answer.status, answer.body)
    if answer.is_replay:
        response["Idempotency-Replayed"] = "true"
    return response


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value


def _text(result: BaseModel | None) -> str:
    """The answer as JSON text; it is kept as text so that a replay has the same bytes."""
    return "" if result is None else result.model_dump_json()


def _response(status: int, text: str) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type=JSON)
    if not text:
        del response["Content-Type"]
    response["Cache-Control"] = "no-store"
    return response
