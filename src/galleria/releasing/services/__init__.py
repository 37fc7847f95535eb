"""What can be done with releases and with products on sale; one file a family of use cases."""

from __future__ import annotations

from galleria.releasing.services.drafts import (
    DraftChanged,
    check,
    copy_document,
    delete_release,
    findings_of,
    preview,
    save,
    start_release,
)

__all__ = [
    "DraftChanged",
    "check",
    "copy_document",
    "delete_release",
    "findings_of",
    "preview",
    "save",
    "start_release",
]
