"""Filling in the forms about sellers: what was typed, what is shown beside each field."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from galleria.kit import files
from galleria.kit.actor import Actor
from galleria.parties import countries
from galleria.selling.dossiers import said
from galleria.selling.fields import EU, Field, Group


@dataclass(frozen=True)
class Row:
    """A field with its value, what is wrong with it, and what the reviewer said about it."""

    field: Field
    value: Any
    error: str
    remarks: list[str]
    files: list[tuple[str, str]]  # id, name
    accept: str
    options: list[tuple[str, Any]]

    @property
    def said(self) -> Any:
        """The value in words, for reading."""
        return said(self.field, self.value)


@dataclass(frozen=True)
class Part:
    """A group of fields with remarks about the whole of it."""

    group: Group
    rows: list[Row]
    remarks: list[str]

    def runs(self, short: Iterable[str]) -> list[tuple[bool, list[Row]]]:
        """Rows that follow each other, as (is wide, rows): short fields stand side by side."""
        kinds = set(short)
        return [
            (wide, list(rows)) for wide, rows in itertools.groupby(self.rows, lambda row: row.field.kind not in kinds)
        ]

    @property
    def has_remarks(self) -> bool:
        return bool(self.remarks) or any(row.remarks for row in self.rows)


def parts(
    actor: Actor,
    groups: Iterable[Group],
    data: Mapping[str, Any],
    *,
    errors: Mapping[str, Any] | None = None,
    remarks: Mapping[str, Iterable[Any]] | None = None,
) -> list[Part]:
    """The groups as a page shows them; one query for the names of all files."""
    chosen = list(groups)
    names = _names(actor, chosen, data)
    wrong = {key: str(text) for key, text in (errors or {}).items()}
    spoken = {key: [each.text for each in texts] for key, texts in (remarks or {}).items()}
    return [
        Part(
            group,
            [_row(field, data, wrong, spoken, names) for field in group.fields if field.is_asked(data)],
            spoken.get(group.key, []),
        )
        for group in chosen
    ]


def _row(
    field: Field, data: Mapping[str, Any], wrong: Mapping[str, str], spoken: Mapping[str, list[str]],
    names: Mapping[str, str],
) -> Row:  # fmt: skip
    value = data.get(field.key, "")
    held = _file_ids(field, value)
    accept = files.accept(each for each in field.upload.types if each in files.TYPES) if field.upload else ""
    return Row(
        field, value, wrong.get(field.key, ""), spoken.get(field.key, []),
        [(each, names.get(each, each)) for each in held], accept, _options(field),
    )  # fmt: skip


def _options(field: Field) -> list[tuple[str, Any]]:
    if field.kind == "tins":
        return [("", "–"), *((code, countries.name_of(code)) for code in EU)]
    if field.kind == "country":
        return countries.choices()
    return list(field.options)


def _file_ids(field: Field, value: Any) -> list[str]:
    if field.kind == "files":
        return [str(each) for each in value or ()]
    return [str(value)] if field.kind == "file" and str(value or "").startswith("fil_") else []


def _names(actor: Actor, groups: Iterable[Group], data: Mapping[str, Any]) -> dict[str, str]:
    wanted = [each for group in groups for field in group.fields for each in _file_ids(field, data.get(field.key, ""))]
    return {key: row.name for key, row in files.files_of(actor, wanted).items()} if wanted else {}


def typed(request: HttpRequest, fields: Iterable[Field]) -> dict[str, Any]:
    """What the form sent for these fields; numbers of several countries as rows."""
    found: dict[str, Any] = {}
    for field in fields:
        if field.kind == "tins":
            pairs = zip(request.POST.getlist(f"{field.key}-country"), request.POST.getlist(f"{field.key}-number"),
                        strict=False)  # fmt: skip
            found[field.key] = [{"country": country, "number": number} for country, number in pairs]
        elif field.key in request.POST:
            found[field.key] = request.POST[field.key]
    return found


def uploads(request: HttpRequest, fields: Iterable[Field]) -> list[tuple[str, Any]]:
    """Files that the form sent, each with its field."""
    return [
        (field.key, upload)
        for field in fields
        if field.upload is not None
        for upload in request.FILES.getlist(field.key)
    ]
