"""The template environment: Jinja2, escaping always on, texts translatable, no logic of the marketplace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext, ngettext, npgettext, pgettext
from jinja2 import Environment
from markupsafe import Markup

from galleria.web import formats
from galleria.web.account import shown


def url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a named page."""
    return reverse(name, args=args or None, kwargs=kwargs or None)


def query_string(values: Mapping[str, Any], **changes: Any) -> str:
    """A query string from values with changes; None drops a name, lists repeat it. Begins with "?".

    `values` may be a `QueryDict` (`page.query`) or a plain mapping.
    """
    lists = getattr(values, "lists", None)
    merged: dict[str, Any] = dict(lists()) if lists is not None else dict(values)
    for name, value in changes.items():
        if value is None or value == "" or value == []:
            merged.pop(name, None)
        else:
            merged[name] = value
    return "?" + urlencode(merged, doseq=True) if merged else "?"


def attributes(values: Mapping[str, Any] | None) -> Markup:
    """HTML attributes from a mapping; True gives a bare attribute, None and False leave it out."""
    parts: list[Markup] = []
    for name, value in (values or {}).items():
        if value is True:
            parts.append(Markup(" {}").format(name.replace("_", "-")))
        elif value is not None and value is not False:
            parts.append(Markup(' {}="{}"').format(name.replace("_", "-"), value))
    return Markup("").join(parts)


def environment(**options: Any) -> Environment:
    """The environment that settings name."""
    options["autoescape"] = True
    made = Environment(
        **options,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(  # type: ignore[attr-defined]
        gettext, ngettext, newstyle=True, pgettext=pgettext, npgettext=npgettext
    )
    made.globals.update(shown.GLOBALS)
    made.globals.update(formats.GLOBALS, url=url, query_string=query_string, attributes=attributes)
    return made
