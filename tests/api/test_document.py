"""The OpenAPI document: kept, complete, and true of what the endpoints answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from galleria.api.document import document
from galleria.api.endpoints import ENDPOINTS

KEPT = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


def test_the_kept_document_is_the_one_that_is_served() -> None:
    served = Client().get("/api/openapi.json")

    assert served["Content-Type"] == "application/json"
    assert served.json() == json.loads(KEPT.read_text("utf-8")), "run ./galleria reference and look at what changed"


def test_every_endpoint_declares_its_problems() -> None:
    told = document()
    for endpoint in ENDPOINTS:
        operation = told["paths"][f"/api/v1{endpoint.path}"][endpoint.method.lower()]
        assert sorted(operation["responses"]) == sorted(str(status) for status in endpoint.statuses)
        needed = {"401", "429", "500", "503"} | ({"403"} if endpoint.needs else set())
        assert needed <= set(operation["responses"]), endpoint.name
        assert operation["summary"] and operation["description"], endpoint.name


def test_writes_take_an_idempotency_key_and_money_needs_one() -> None:
    required = {
        "create_order",
        "create_payment",
        "create_top_up",
        "create_change",
        "create_unsubscription",
        "create_renewals",
        "create_conversion",
    }
    for endpoint in ENDPOINTS:
        operation = document()["paths"][f"/api/v1{endpoint.path}"][endpoint.method.lower()]
        headers = {each["name"]: each["required"] for each in operation["parameters"] if each["in"] == "header"}
        expected = {"Idempotency-Key": endpoint.name in required} if endpoint.is_write else {}
        assert headers == expected, endpoint.name


def test_every_input_is_bounded() -> None:
    """Texts have a longest length or a closed form, numbers both ends, lists and mappings a size."""
    problems: list[str] = []

    def walk(schema: Any, place: str) -> None:
        if isinstance(schema, list):
            for number, each in enumerate(schema):
                walk(each, f"{place}.{number}")
            return
        if not isinstance(schema, dict):
            return
        kind = schema.get("type")
        bounded = {"maxLength", "enum", "const", "pattern", "format"} & set(schema)
        if kind == "string" and not bounded:
            problems.append(place)
        if kind in {"integer", "number"} and not {"minimum", "maximum"} <= set(schema):
            problems.append(place)
        if kind == "array" and "maxItems" not in schema:
            problems.append(place)
        if kind == "object" and schema.get("additionalProperties") is not False and "maxProperties" not in schema:
            problems.append(place)
        for name, each in schema.items():
            if name in {"items", "anyOf", "allOf", "additionalProperties"}:
                walk(each, f"{place}.{name}")
            if name == "properties":
                for field, inner in each.items():
                    walk(inner, f"{place}.{field}")

    told = document()
    inputs = {name: each for name, each in told["components"]["schemas"].items() if name.endswith("In")}
    assert len(inputs) > 8
    for name, schema in inputs.items():
        walk(schema, name)
    for path, methods in told["paths"].items():
        for operation in methods.values():
            for each in operation["parameters"]:
                walk(each["schema"], f"{path} {each['name']}")
    assert problems == []


@pytest.mark.parametrize("path", ["/api/docs", "/api/openapi.json"])
def test_visitors_can_read_about_the_api(path: str, db: None) -> None:
    assert Client().get(path).status_code == 200


def test_the_page_names_every_endpoint_and_code_without_scripts(db: None) -> None:
    page = Client().get("/api/docs").content.decode()

    for endpoint in ENDPOINTS:
        assert f'id="{endpoint.name}"' in page
    for code in ("PRICE_CHANGED", "IDEMPOTENCY_KEY_REUSED", "INSUFFICIENT_BALANCE", "NOT_FOUND"):
        assert f'id="{code}"' in page
