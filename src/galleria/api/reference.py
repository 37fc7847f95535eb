"""The description of the API as a page for people: made from the document, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from galleria.api.document import DESCRIPTION, document
from galleria.api.endpoints import ENDPOINTS, Endpoint
from galleria.api.problems import TITLES
from galleria.kit.errors import Refused
from galleria.publishing.projection import rendered


@dataclass(frozen=True)
class Field:
    """A parameter or a member: its type in words, and the schema that it links to."""

    name: str
    type: str
    link: str
    is_required: bool
    place: str
    words: str


@dataclass(frozen=True)
class Shown:
    """An endpoint as the page shows it. `answer` and `body` are names of schemas."""

    endpoint: Endpoint
    path: str
    summary: str
    words: str
    parameters: list[Field]
    body: str
    answer: str
    statuses: list[tuple[int, str]]


@dataclass(frozen=True)
class Schema:
    """A schema with its members."""

    name: str
    words: str
    fields: list[Field]


@dataclass(frozen=True)
class Code:
    """A refusal: its stable code, status, and the sentence that goes with it."""

    code: str
    status: int
    words: str


def introduction() -> str:
    """What the document says first, as HTML."""
    return rendered(DESCRIPTION)


def groups() -> list[tuple[str, list[Shown]]]:
    """The endpoints by audience, in the order in which they are declared."""
    found: dict[str, list[Shown]] = {}
    for endpoint in ENDPOINTS:
        found.setdefault(endpoint.tag, []).append(_shown(endpoint))
    return list(found.items())


def _shown(endpoint: Endpoint) -> Shown:
    path = f"/api/v1{endpoint.path}"
    operation = document()["paths"][path][endpoint.method.lower()]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    good = operation["responses"][str(endpoint.status)].get("content", {}).get("application/json", {})
    words = str(operation["description"]).split("\n\nNeeds the permission", 1)[0].split("\n\n", 1)
    return Shown(
        endpoint=endpoint,
        path=path,
        summary=str(operation["summary"]),
        words=words[1].replace("\n", " ") if len(words) > 1 else "",
        parameters=[
            _field(each["name"], each["schema"], each["required"], each["in"], each.get("description", ""))
            for each in operation["parameters"]
        ],
        body=_name_of(content.get("schema", {})),
        answer=_name_of(good.get("schema", {})),
        statuses=[(status, str(TITLES.get(status, ""))) for status in endpoint.statuses],
    )


def schemas() -> list[Schema]:
    """Everything that goes in or out, by name."""
    return [
        Schema(
            name,
            str(schema.get("description", "")).replace("\n", " "),
            [
                _field(field, inner, field in schema.get("required", []), "", str(inner.get("description", "")))
                for field, inner in schema.get("properties", {}).items()
            ],
        )
        for name, schema in sorted(document()["components"]["schemas"].items())
    ]


def codes() -> list[Code]:
    """Every refusal that the marketplace knows, by code."""
    found: dict[str, Code] = {}
    for kind in _kinds(Refused):
        found.setdefault(kind.code, Code(kind.code, kind.status, str(kind.default_message)))
    return sorted(found.values(), key=lambda each: each.code)


def _kinds(kind: type[Refused]) -> Iterator[type[Refused]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("galleria."):
            yield each
        yield from _kinds(each)


def _field(name: str, schema: dict[str, Any], is_required: bool, place: str, words: str) -> Field:
    return Field(name, _type(schema), _link(schema), is_required, place, words)


def _name_of(schema: dict[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _link(schema: dict[str, Any]) -> str:
    inner = [schema, schema.get("items", {}), *schema.get("anyOf", []), schema.get("additionalProperties")]
    inner += [schema["additionalProperties"].get("items", {})] if isinstance(inner[-1], dict) else []
    return next((name for each in inner if isinstance(each, dict) and (name := _name_of(each))), "")


def _type(schema: dict[str, Any]) -> str:
    """A schema in a few words."""
    if name := _name_of(schema):
        return name
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"] if each != "")
    if "anyOf" in schema:
        return " | ".join(_type(each) for each in schema["anyOf"])
    kind = str(schema.get("type", "any"))
    if kind == "array":
        return f"{_type(schema.get('items', {}))}[]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"{{…: {_type(schema['additionalProperties'])}}}"
    if kind == "string" and schema.get("format") == "date-time":
        return "instant"
    return kind
