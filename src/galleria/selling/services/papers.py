"""Files of forms: stored as their field asks, named in the form's data, never another account's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from galleria.kit import files
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound
from galleria.selling.fields import Field, Upload


def stored(actor: Actor, field: str, wanted: Upload, upload: Any, *, purpose: str, at: datetime) -> str:
    """Keep an upload for the actor's account; returns its id. Raises FileRefused beside the field."""
    row = files.store(
        actor, upload, purpose=purpose, types=wanted.types, most_bytes=wanted.most_bytes, picture=wanted.picture,
        is_public=wanted.is_public, at=at, field=field,
    )  # fmt: skip
    return str(row.public_id)


def address_of(file_id: str) -> str:
    """Where pages show a public picture; what is no stored file stays as it is (logos of a catalogue file)."""
    return f"/files/{file_id}" if file_id.startswith("fil_") else file_id


def attached(
    actor: Actor,
    fields: Mapping[str, Field],
    key: str,
    data: dict[str, Any],
    upload: Any,
    *,
    purpose: str,
    at: datetime,
) -> dict[str, Any]:
    """The data with an upload in it: in its place, or at the end of the list that the field is. Raises Invalid."""
    field = fields.get(key)
    if field is None or field.upload is None:
        raise NotFound
    held = list(data.get(key) or []) if field.kind == "files" else []
    if len(held) >= field.upload.most_files and field.kind == "files":
        raise Invalid(fields={key: _("At most %(most)s files.") % {"most": field.upload.most_files}})
    file_id = stored(actor, key, field.upload, upload, purpose=purpose, at=at)
    return {**data, key: [*held, file_id] if field.kind == "files" else file_id}


def detached(fields: Mapping[str, Field], key: str, data: dict[str, Any], file_id: str = "") -> dict[str, Any]:
    """The data without a file; the file itself stays, as earlier rounds may show it."""
    field = fields.get(key)
    if field is None or field.upload is None:
        raise NotFound
    held = data.get(key) or []
    return {**data, key: [each for each in held if each != file_id] if field.kind == "files" else ""}
