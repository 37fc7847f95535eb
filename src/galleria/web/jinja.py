"""The template environment: Jinja2, escaping always on, texts translatable, no logic of the marketplace."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as django_gettext
from django.utils.translation import ngettext as django_ngettext
from django.utils.translation import npgettext as django_npgettext
from django.utils.translation import pgettext as django_pgettext
from jinja2 import Environment, FileSystemBytecodeCache
from markupsafe import Markup

from galleria.kit.spoken import spoken
from galleria.parties import countries
from galleria.web import formats
from galleria.web.account import shown
from galleria.web.context import reader_language


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
        if value is None or value in ("", []):
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


# --- texts ------------------------------------------------------------------------------------------------
# A page has a hundred texts, so that what the general functions do for each is worth remembering: the text in the
# language of the page, ready to be put into markup.
_ready: dict[str, dict[Any, Markup]] = {}


def _text(key: Any, read: Callable[[], str], values: dict[str, Any]) -> Markup:
    language = reader_language()
    texts = _ready.get(language)
    if texts is None:
        texts = _ready.setdefault(language, {})
    found = texts.get(key)
    if found is None:
        found = texts[key] = Markup(read())  # noqa: S704  # from our own templates and catalogues
        if not values:
            found = texts[key] = found % {}
    return found % values if values else found


def gettext(message: str, /, **values: Any) -> Markup:
    return _text((message, bool(values)), lambda: django_gettext(message), values)


def pgettext(context: str, message: str, /, **values: Any) -> Markup:
    return _text((context, message, bool(values)), lambda: django_pgettext(context, message), values)


def ngettext(one: str, many: str, number: int, /, **values: Any) -> Markup:
    values.setdefault("num", number)
    return Markup(django_ngettext(one, many, number)) % values  # noqa: S704


def npgettext(context: str, one: str, many: str, number: int, /, **values: Any) -> Markup:
    values.setdefault("num", number)
    return Markup(django_npgettext(context, one, many, number)) % values  # noqa: S704


def first_upper(text: Any) -> str:
    """A sentence part at the beginning of a line."""
    words = str(text)
    return words[:1].upper() + words[1:]


def _compiled() -> FileSystemBytecodeCache:
    """Compiled templates are kept in the data folder, so that the first page after a start comes at once."""
    folder = Path(settings.GALLERIA_DATA_DIR) / "cache" / "templates"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return FileSystemBytecodeCache(str(folder))


def environment(**options: Any) -> Environment:
    """The environment that settings name."""
    options["autoescape"] = True
    options.setdefault("bytecode_cache", _compiled())
    made = Environment(  # noqa: S701  # options carry autoescape
        **options,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.policies["ext.i18n.trimmed"] = True
    made.install_gettext_callables(  # type: ignore[attr-defined]
        django_gettext, django_ngettext, newstyle=True, pgettext=django_pgettext, npgettext=django_npgettext
    )
    made.globals.update(_=gettext, gettext=gettext, pgettext=pgettext, ngettext=ngettext, npgettext=npgettext)
    made.globals.update(shown.GLOBALS)
    made.filters["first_upper"] = first_upper
    made.filters["spoken"] = spoken
    made.globals["country_name"] = countries.name_of
    made.globals.update(formats.GLOBALS, url=url, query_string=query_string, attributes=attributes)
    return made
