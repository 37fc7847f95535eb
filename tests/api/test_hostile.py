"""Hostile values in fields of writes, in every query and every address: only answers that the document declares.

The bodies are made from the document, so that a new endpoint is tested as soon as it is there.
"""

from __future__ import annotations

import json
import re
import uuid
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from galleria.api import urls  # noqa: F401 (fills the list of endpoints)
from galleria.api.document import document
from galleria.api.endpoints import ENDPOINTS, Endpoint
from tests.people import Person
from tests.web.test_screens import world  # noqa: F401 (fixture)

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def _deep(levels: int, leaf: Any) -> Any:
    for level in range(levels):
        leaf = {"a": leaf} if level % 2 else [leaf]
    return leaf


HOSTILE: tuple[Any, ...] = (
    "\x00", "a\x00b", "\ud800", "\u202e\u2066\u200b\ufeff𝟙٣", "9" * 400, "1e999", "x" * 5_000, "<script>",
    "' OR 1=1 --", "-1", "", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", 10**30, -(10**30), 2**31, -1, 0, 1.5,
    1e308, True, None, [], {}, [None] * 300, _deep(60, "\x00"), {"\x00": 1}, {"\ud800": "\x00"}, {"x" * 300: {}},
)  # fmt: skip
TEXTS = tuple(each for each in HOSTILE if isinstance(each, str) and each != "\ud800")
LIKELY = (
    "a", "1", "month", "period:month", "EUR", "SE", "basic", "2027-03-02", "2027-03-02T00:00:00Z", "1.00", "1.00 EUR",
    "a@b.example", "https://a.example", "a" * 8, "A" * 12, "123456", "abcdefghij" * 3,
)  # fmt: skip
# Which values of the seeded marketplace stand in the addresses.
PLACES = {
    "product_id": "desk", "release_id": "draft", "address_id": "interface", "domain_id": "domain",
    "certificate_id": "joint", "asset_id": "asset", "version_id": "asset_version", "offer_id": "draft_offer",
    "batch_id": "batch", "party_id": "party", "code": "attribute", "subscription_id": "subscription",
    "order_id": "unpaid", "quote_id": "quote", "payment_id": "payment", "ticket_id": "ticket", "coupon_id": "coupon",
    "message_id": "message", "slug": "p_desk", "key_id": "interface_key",
}  # fmt: skip
JSON = "application/json"
IDS = ("%00", "a%00b", "%ED%A0%80", "%E2%80%AE", "9" * 200, "-1", "0", "%27", "%3Cscript%3E", ".", "%FF", "nothing")
SELLERS = ("/seller/", "/seller-application")


@pytest.fixture(scope="module")
def keys(world: dict[str, Any], django_db_blocker: Any) -> dict[str, str]:  # noqa: F811
    """API keys of a seller, of one who applies and of a buyer."""
    from galleria.parties.models import User

    def key(name: str) -> str:
        user = User.objects.get(email=world["people"][name])
        return Person(user, user.current_account or user.accounts.get()).api_key()

    with django_db_blocker.unblock():
        return {name: key(name) for name in ("ada", "bruno", "nora")}


def _address(endpoint: Endpoint, facts: dict[str, Any], **others: str) -> str:
    def value(found: re.Match[str]) -> str:
        name = found.group(1)
        return others.get(name) or str(facts.get(PLACES.get(name, ""), "nothing-here"))

    return "/api/v1" + re.sub(r"\{(\w+)\}", value, endpoint.path)


def _sample(schema: dict[str, Any], parts: dict[str, Any], depth: int = 0) -> Any:
    """Something that the schema allows, with every field that it names."""
    if "$ref" in schema:
        return _sample(parts[schema["$ref"].rpartition("/")[2]], parts, depth)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return _sample(next(each for each in schema[several] if each.get("type") != "null"), parts, depth)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[-1])
    match schema.get("type"):
        case "object":
            fields = {key: _sample(each, parts, depth + 1) for key, each in schema.get("properties", {}).items()}
            return fields or {"name": "a"}
        case "array":
            return [_sample(schema.get("items", {}), parts, depth + 1)] if depth < 6 else []
        case "string":
            pattern, least, most = schema.get("pattern", ""), schema.get("minLength", 0), schema.get("maxLength", 9999)
            fits = (each for each in LIKELY if least <= len(each) <= most and re.search(pattern, each))
            return next(fits, "a")
        case "integer" | "number":
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        case "boolean":
            return True
    return "a"


def _mutants(body: Any, every: int = 1) -> Iterator[Any]:
    """The body with one value in it replaced by hostile ones; with one name too many; other things altogether.

    `every`: a place gets every so manieth of the values, which ones depends on its name.
    """
    for place in _places(body):
        for value in HOSTILE[zlib.crc32(repr(place).encode()) % every :: every]:
            yield _with(body, place, value)
    if isinstance(body, dict):
        yield {**body, "\x00": 1}
    yield from ([], None, "a", 10**30)


def _places(value: Any) -> Iterator[tuple[Any, ...]]:
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in rows:
        yield (key,)
        yield from ((key, *rest) for rest in _places(each))


def _with(body: Any, place: tuple[Any, ...], value: Any) -> Any:
    head, *rest = place
    new = _with(body[head], tuple(rest), value) if rest else value
    if isinstance(body, dict):
        return {**body, head: new}
    return [*body[:head], new, *body[head + 1 :]]


def _sent(endpoint: Endpoint, path: str, key: str, **more: Any) -> str:
    """What is wrong with the answer; nothing that was sent stays."""
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": str(uuid.uuid4())}
    point = transaction.savepoint()
    try:
        answer = Client(raise_request_exception=False).generic(endpoint.method, path, headers=headers, **more)
    finally:
        transaction.savepoint_rollback(point)
    if answer.status_code in endpoint.statuses and answer.status_code < 500:
        return ""
    return f"{endpoint.method} {path[:200]} {str(more.get('data', ''))[:300]}: {answer.status_code}"


def _key(endpoint: Endpoint, keys: dict[str, str]) -> str:
    name = "nora" if endpoint.path.startswith(SELLERS[1]) else "bruno" if endpoint.path.startswith(SELLERS) else "ada"
    return keys[name]


def _named(endpoints: Any) -> Any:
    return pytest.mark.parametrize("endpoint", endpoints, ids=lambda each: f"{each.method} {each.path}")


@_named([each for each in ENDPOINTS if each.has_body])
def test_no_value_in_a_body_breaks_an_endpoint(
    world: dict[str, Any], keys: dict[str, str], settings: Any, endpoint: Endpoint  # noqa: F811
) -> None:  # fmt: skip
    settings.GALLERIA_API_RATE = 0
    found = document()
    operation = found["paths"][f"/api/v1{endpoint.path}"][endpoint.method.lower()]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    path, key = _address(endpoint, world), _key(endpoint, keys)
    every = 4 if endpoint.path.startswith(SELLERS) else 1  # test_seller_fuzz generates bodies for sellers' as well

    wrong = [
        _sent(endpoint, path, key, data=json.dumps(body), content_type=JSON)
        for body in _mutants(_sample(schema, found["components"]["schemas"]), every)
    ]

    assert [each for each in wrong if each] == []


@_named([each for each in ENDPOINTS if "{" in each.path])
def test_no_id_in_an_address_breaks_an_endpoint(
    world: dict[str, Any], keys: dict[str, str], settings: Any, endpoint: Endpoint  # noqa: F811
) -> None:  # fmt: skip
    settings.GALLERIA_API_RATE = 0
    names, body = re.findall(r"\{(\w+)\}", endpoint.path), "{}" if endpoint.has_body else ""
    wrong = [
        _sent(endpoint, _address(endpoint, world, **{name: value}), _key(endpoint, keys), data=body, content_type=JSON)
        for name in names
        for value in IDS
    ]

    assert [each for each in wrong if each] == []


@_named([each for each in ENDPOINTS if each.method == "GET"])
def test_no_value_of_a_query_breaks_an_endpoint(
    world: dict[str, Any], keys: dict[str, str], settings: Any, endpoint: Endpoint  # noqa: F811
) -> None:  # fmt: skip
    from urllib.parse import urlencode

    settings.GALLERIA_API_RATE = 0
    operation = document()["paths"][f"/api/v1{endpoint.path}"]["get"]
    asked = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
    path = _address(endpoint, world)
    queries = [urlencode({name: value}) for name in asked for value in TEXTS]
    queries += [f"{name}={value}" for name in asked for value in ("%FF", "%ED%A0%80", "a&" * 50)]

    wrong = [_sent(endpoint, f"{path}?{query}", _key(endpoint, keys)) for query in queries]

    assert [each for each in wrong if each] == []
