"""A sentence with the values that it was made from, so that whoever shows it can say the same in another language.

`str(phrase)` is English, as the reader of a catalogue file sees it; `template` and `values` make it anew. Nothing here
knows the framework: rules use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Phrase(str):
    """English words; `template` with places such as `%(count)s`, and what stands in them."""

    __slots__ = ("template", "values")
    template: str
    values: Mapping[str, Any]


def phrase(template: str, **values: Any) -> Phrase:
    """`phrase("%(key)s is used twice", key="a")` is the text "a is used twice"."""
    made = Phrase(template % values)
    made.template, made.values = template, values
    return made
