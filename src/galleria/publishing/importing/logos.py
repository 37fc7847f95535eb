"""Where logos are kept: below `logos/` of the file storage, named by their content."""

from __future__ import annotations

import hashlib

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage


def store_logo(slug: str, drawing: bytes | None, *, is_dry_run: bool) -> str:
    """The name of the stored drawing, or an empty text without one.

    A name contains a digest of the content: a changed logo is a new file, browsers may keep it for ever,
    and a file that was written before a failed import harms nobody.
    """
    if drawing is None:
        return ""
    name = f"logos/{slug}-{hashlib.sha256(drawing).hexdigest()[:12]}.svg"
    if not is_dry_run and not default_storage.exists(name):
        default_storage.save(name, ContentFile(drawing))
    return name
