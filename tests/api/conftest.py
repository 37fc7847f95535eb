"""A program that speaks to the API as somebody, and Bruno's shop."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from tests.people import NOW, Person
from tests.shop import Shop


@dataclass
class Program:
    """A program with an API key (or none). `ask` answers the response; `.json()` is its body."""

    key: str = ""

    def ask(self, method: str, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        """One call below /api/v1. Writes get an idempotency key of their own, unless `key` is given (empty: none)."""
        sent = dict(headers)
        if self.key:
            sent["Authorization"] = f"Bearer {self.key}"
        if method != "GET":
            used = str(uuid.uuid4()) if key is None else key
            if used:
                sent["Idempotency-Key"] = used
        extra: dict[str, Any] = {}
        if body is not None:
            extra = {"data": json.dumps(body), "content_type": "application/json"}
        return Client().generic(method, f"/api/v1{path}", headers=sent, **extra)

    def get(self, path: str, **headers: str) -> Any:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        return self.ask("POST", path, {} if body is None else body, key=key, **headers)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.ask("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.ask("DELETE", path, **headers)

    # --- a purchase ---------------------------------------------------------------------------------------
    def quote(self, product: Any, **chosen: Any) -> Any:
        """A quote for a month."""
        answer = self.post("/quotes", {"product": product.slug, "mode": "period:month", **chosen})
        assert answer.status_code == 201, answer.content
        return answer.json()

    def order(self, product: Any, **chosen: Any) -> Any:
        """An order with every agreement accepted."""
        answer = self.post("/orders", order_of(self.quote(product, **chosen)))
        assert answer.status_code == 201, answer.content
        return answer.json()

    def pay(self, *orders: Any, method: str = "balance", key: str | None = None) -> Any:
        """The answer to a payment."""
        return self.post("/payments", {"orders": [each["id"] for each in orders], "method": method}, key=key)


def order_of(quote: Any, **more: Any) -> dict[str, Any]:
    """The order of a quote, accepting what it names."""
    accepted = {each["key"]: each["version"] for each in quote["agreements"]}
    return {"quote": quote["id"], "agreements": accepted, "consent": True, **more}


def program(person: Person, *scopes: str) -> Program:
    """A program with a new key of a person; for those who may not make keys somebody made it."""
    from galleria.parties.models import ApiKey
    from galleria.parties.selectors import digest

    if person.actor.may("iam:key:manage"):
        return Program(person.api_key(*scopes))
    text = f"gak_TESTTEST_{uuid.uuid4().hex}{'x' * 11}"
    ApiKey.objects.create(
        account=person.account, user=person.user, name="given", prefix=text[:12], secret_hash=digest(text),
        scopes=list(scopes), created_at=NOW,
    )  # fmt: skip
    return Program(text)


@pytest.fixture(autouse=True)
def _patient(settings: Any) -> None:
    """Tests ask quicker than people."""
    settings.GALLERIA_API_RATE = 0


@pytest.fixture
def shop(bruno: Person) -> Shop:
    return Shop(bruno)


@pytest.fixture
def desk(shop: Shop, ada: Person) -> Any:
    """A help desk for 49 EUR a month, and Ada has 500."""
    from galleria.publishing import services

    product = shop.product("Helpdesk", monthly="49.00")
    services.reindex_all()
    shop.fund(ada, "500.00")
    return product


@pytest.fixture
def api(ada: Person) -> Program:
    """Ada's program with all her rights."""
    return program(ada)
