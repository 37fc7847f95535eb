"""Endpoints as a WSGI application, for any server that speaks WSGI (and for `wsgiref`, to try it)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from .endpoint import MAX_BODY, Answer, Endpoint

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class WsgiApp:
    """Answers for each endpoint at its path; other paths get 404."""

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self.endpoints = dict(endpoints)

    def __call__(self, environ: Mapping[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        answer = self._answer(environ)
        reason = HTTPStatus(answer.status).phrase
        length = ("Content-Length", str(len(answer.body)))
        start_response(f"{answer.status} {reason}", [*answer.headers, length])
        return [answer.body]

    def _answer(self, environ: Mapping[str, Any]) -> Answer:
        endpoint = self.endpoints.get(str(environ.get("PATH_INFO", "")))
        if endpoint is None:
            return Answer(404, b"", (("Content-Type", "text/plain"),))
        length = str(environ.get("CONTENT_LENGTH") or "0")
        # One byte more than is allowed is enough to see that it is too long.
        body = environ["wsgi.input"].read(min(int(length), MAX_BODY + 1)) if length.isdigit() else b""
        return endpoint.answer(str(environ["REQUEST_METHOD"]), str(environ.get("QUERY_STRING", "")), body)
