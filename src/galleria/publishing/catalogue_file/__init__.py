"""The catalogue file: a readable YAML text of categories, sellers, agreements, products and prices.

`read_catalogue` turns a file, a folder or a text into a `Catalogue` of checked entries and a list of
`Problem`s, each with file, line and field. Nothing here touches the database; `galleria.publishing.importing`
does. The format is described in `docs/how-to/catalogue-file.md`.
"""

from __future__ import annotations

from galleria.publishing.catalogue_file.reading import Catalogue, Entry, read_catalogue
from galleria.publishing.catalogue_file.yaml_text import Problem

__all__ = ["Catalogue", "Entry", "Problem", "read_catalogue"]
