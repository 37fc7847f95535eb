"""Importing a catalogue file: validated first, then stored all or nothing.

The same file a second time changes nothing. What a file does not mention stays as it is; what vanished from
inside a product that it does mention is removed from sale, never deleted, because it may have been sold.
"""

from __future__ import annotations

from galleria.publishing.importing.report import CatalogueRefused, Counts, ImportReport
from galleria.publishing.importing.run import Section, import_catalogue, register_section

__all__ = ["CatalogueRefused", "Counts", "ImportReport", "Section", "import_catalogue", "register_section"]
