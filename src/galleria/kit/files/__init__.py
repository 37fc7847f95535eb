"""Files that people give us: recognised by content, cleaned, kept privately, given out with safe headers.

    row = files.store(actor, upload, purpose="logo", types=("png",), most_bytes=5 * files.MB,
                      picture=files.Picture(width=120, height=120), is_public=True, at=at)
    with files.open_file(row) as content: ...

What a file is, its content says, never its name. Bytes live in the storage that the settings name (a folder of the
data folder, or an object store); the row in the database says whose they are, and `readable_by` who reads what was
given for which purpose. Pages show them at `url_of(row)`.
"""

from __future__ import annotations

from galleria.kit.files.naming import clean_name
from galleria.kit.files.pictures import Picture
from galleria.kit.files.reading import Readers, file_for, files_of, readable_by, readable_files
from galleria.kit.files.refusals import FileRefused
from galleria.kit.files.storing import (
    MB,
    Content,
    forget,
    open_file,
    store,
    stored,
    url_of,
)
from galleria.kit.files.types import DOCUMENTS, PICTURES, TYPES, FileType, accept, names_of
from galleria.kit.models import StoredFile

__all__ = [
    "DOCUMENTS",
    "MB",
    "PICTURES",
    "TYPES",
    "Content",
    "FileRefused",
    "FileType",
    "Picture",
    "Readers",
    "StoredFile",
    "accept",
    "clean_name",
    "file_for",
    "files_of",
    "forget",
    "names_of",
    "open_file",
    "readable_by",
    "readable_files",
    "store",
    "stored",
    "url_of",
]
