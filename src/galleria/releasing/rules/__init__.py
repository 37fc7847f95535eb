"""Every rule of a release, as pure functions of its document and of facts about its surroundings.

`findings(document, context)` gives all that is wrong or doubtful, each with the path of the field. The same list is
shown while typing, at submission, to the reviewer, by the API and by the command line.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from galleria.releasing.rules import change, form, listing, methods, papers, selling
from galleria.releasing.rules.context import Context, Figures, FileFacts
from galleria.releasing.rules.found import Wrong

__all__ = ["Context", "Figures", "FileFacts", "Wrong", "blocking", "findings"]

_LEVELS = {"error": 0, "warning": 1, "hint": 2}


def findings(document: dict[str, Any], context: Context) -> list[Wrong]:
    """All findings, errors first, each path and code once. A rule's own words win over those of the form."""
    found: dict[tuple[str, str], Wrong] = {}
    errors: set[str] = set()
    for wrong in _all(document, context):
        found.setdefault((wrong.path, wrong.code), wrong)
        if wrong.level == "error":
            errors.add(wrong.path)
    for wrong in form.findings(document, context):
        if wrong.code != "FORM" or wrong.path not in errors:
            found.setdefault((wrong.path, wrong.code), wrong)
    return sorted(found.values(), key=lambda wrong: _LEVELS[wrong.level])


def _all(document: dict[str, Any], context: Context) -> Iterator[Wrong]:
    yield from listing.findings(document, context)
    yield from papers.findings(document, context)
    yield from methods.findings(document, context)
    yield from selling.findings(document, context)
    yield from change.findings(document, context)


def blocking(found: list[Wrong]) -> list[Wrong]:
    """Those with which it cannot be submitted."""
    return [wrong for wrong in found if wrong.level == "error"]
