"""`galleria translations`: the catalogues of the languages, in step with the texts in the source.

Texts are found in Python and templates, with the template engine's own settings. Nothing but Babel is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po, write_po

from galleria.cli import building, options

PACKAGE_DIR = building.LOCALE_DIR.parent
LANGUAGES = ("zh_Hans",)
_KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("**/templates/**.txt", "jinja2")]
_TEMPLATES = {"extensions": "jinja2.ext.do,jinja2.ext.loopcontrols", "trimmed": "true", "newstyle_gettext": "true"}
BEGUN = datetime(2026, 11, 23, tzinfo=UTC)
_SKIPPED = ("cli", "demo", "migrations")
"""Command line and sample data speak English."""


def run(arguments: list[str]) -> int:
    """Bring the catalogues up to date; with --check only say what is missing."""
    parser = options.parser("translations", "Brings the catalogues in step with the texts, and tells what is missing.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail when a text has no translation")
    given = parser.parse_args(arguments)
    found = [f"{language}: {problem}" for language in LANGUAGES for problem in _each(language, given.check)]
    for line in found:
        print(line)
    if not given.check:
        building.compile_messages()
    return 1 if given.check and found else 0


def _each(language: str, check: bool) -> list[str]:
    return problems(language) if check else update(language)


def texts() -> Catalog:
    """All texts of the source, with the places where they stand."""
    catalog = Catalog(project="Galleria", charset="utf-8")
    found = extract_from_dir(
        PACKAGE_DIR,
        method_map=_METHODS,
        options_map={pattern: _TEMPLATES for pattern, method in _METHODS if method == "jinja2"},
        keywords=_KEYWORDS,
        comment_tags=("Translators:",),
        directory_filter=lambda folder: Path(folder).name not in _SKIPPED,
    )
    for file, line, text, comments, context in found:
        catalog.add(text, locations=[(Path(file).as_posix(), line)], auto_comments=comments, context=context)
    return catalog


def path_of(language: str) -> Path:
    return building.LOCALE_DIR / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """The stored catalogue; an empty one for a language that has none yet."""
    path = path_of(language)
    if not path.exists():
        return Catalog(locale=language, domain="django", project="Galleria", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain="django")


def update(language: str) -> list[str]:
    """Write the catalogue anew: new texts without a translation, those that are gone left out."""
    stored = read(language)
    stored.update(texts(), no_fuzzy_matching=True, update_creation_date=False)
    stored.obsolete.clear()
    _sign(stored)
    path = path_of(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, stored, width=110, sort_output=True, no_location=True, ignore_obsolete=True)
    return [f"{sum(1 for _ in _untranslated(stored))} texts have no translation in {path.name}"]


def _sign(catalog: Catalog) -> None:
    """The head of a catalogue: nothing that changes with each run, so that two people's changes merge."""
    name = catalog.locale.get_display_name("en") if catalog.locale else ""
    catalog.header_comment = f"# Galleria, {name}. See docs/how-to/translate.md."
    catalog.project, catalog.version, catalog.msgid_bugs_address = "Galleria", "1", ""
    catalog.last_translator = catalog.language_team = "Galleria"
    catalog.creation_date = catalog.revision_date = BEGUN
    catalog.fuzzy = False


def problems(language: str) -> list[str]:
    """Texts without translation, unsure ones, and those whose placeholders differ."""
    stored = read(language)
    found = []
    for message in texts():
        if not message.id:
            continue
        known = stored.get(message.id, context=message.context)
        if known is None or not _is_translated(known):
            found.append(f"no translation: {_text(message)!r}")
        elif known.fuzzy:
            found.append(f"unsure translation: {_text(message)!r}")
        else:
            found += [f"{_text(message)!r}: {error}" for error in known.check(stored)]
    return found


def _untranslated(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id and not _is_translated(message))


def _is_translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
    return bool(strings) and all(strings)


def _text(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]
