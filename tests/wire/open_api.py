"""A seller's program: it signs with an AK/SK pair (by the SDK) and asks our open API, without a network."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from galleria.kit import clock
from galleria.parties import services as parties
from galleria_seller import aksk
from tests.people import NOW, Person

HOST = "testserver"
QUERY = "/api/mkp-openapi-public/global/v1/order/query"


@dataclass
class Program:
    """Signs with this pair. `ask` gives the response; what is `sent` is signed, what is `changed` is not."""

    access_key: str
    secret_key: str

    def ask(
        self,
        query: dict[str, str] | str = "",
        *,
        method: str = "GET",
        path: str = QUERY,
        body: bytes = b"",
        content_type: str = "application/json",
        host: str = HOST,
        age: timedelta = timedelta(0),
        sent: dict[str, str] | None = None,
        changed: dict[str, str | None] | None = None,
    ) -> Any:
        text = query if isinstance(query, str) else urlencode(query)
        headers: dict[str, str | None] = {
            **aksk.sign(
                method,
                f"http://{host}{path}?{text}",
                access_key=self.access_key,
                secret_key=self.secret_key,
                at=clock.real_now() - age,
                headers={"Content-Type": content_type, **(sent or {})},
                body=body,
            ),
            **(changed or {}),
        }
        kept = {name: value for name, value in headers.items() if value is not None}
        return Client().generic(method, path, data=body, content_type=content_type, headers=kept, QUERY_STRING=text)

    def order(self, order_id: str, line_id: str = "", **more: Any) -> Any:
        """The body of the answer to an order query."""
        asked = {"orderId": order_id, **({"orderLineId": line_id} if line_id else {})}
        return self.ask(asked, **more).json()


def program(person: Person) -> Program:
    """A program with a new pair of this person's account."""
    pair, secret = parties.create_access_key(person.actor, name="server", at=NOW)
    return Program(pair.access_key, secret)
