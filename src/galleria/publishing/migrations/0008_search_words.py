"""The full-text index: one list of words, those of names and labels marked (`publishing.search`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import migrations

_WORDS = """
CREATE VIRTUAL TABLE publishing_search USING fts5(
    words, tokenize = "unicode61 remove_diacritics 2 tokenchars '_'", detail = none, columnsize = 0
)
"""
_FIELDS = """
CREATE VIRTUAL TABLE publishing_search USING fts5(
    name, labels, body, tokenize = "unicode61 remove_diacritics 2", detail = column, columnsize = 0
)
"""
_MARK = """
DROP INDEX publishing_search_document;
UPDATE publishing_search kept SET document = array_to_tsvector(ARRAY(
    SELECT lexeme FROM unnest(kept.document)
    UNION SELECT '0_' || lexeme FROM unnest(kept.document) WHERE 'A' = ANY (weights)
    UNION SELECT '1_' || lexeme FROM unnest(kept.document) WHERE weights && ARRAY['A', 'B']
));
CREATE INDEX publishing_search_document ON publishing_search USING gin (document);
"""
_UNMARK = """
DROP INDEX publishing_search_document;
UPDATE publishing_search kept SET document = (
    SELECT string_agg(quote_literal(word) || ':1' || CASE
        WHEN kept.document @@ quote_literal('0_' || word)::tsquery THEN 'A'
        WHEN kept.document @@ quote_literal('1_' || word)::tsquery THEN 'B' ELSE 'C' END, ' ')
    FROM unnest(tsvector_to_array(kept.document)) word WHERE word NOT LIKE '%\\_%'
)::tsvector;
CREATE INDEX publishing_search_document ON publishing_search USING gin (document);
"""


def mark(apps: Any, schema_editor: Any) -> None:
    def marked(row: tuple[int, str, str, str]) -> tuple[int, str]:
        name, labels, body = (field.split() for field in row[1:])
        words = [f"0_{word}" for word in name] + [f"1_{word}" for word in name + labels] + name + labels + body
        return row[0], " ".join(dict.fromkeys(words))

    if schema_editor.connection.vendor == "sqlite":
        _replace(schema_editor, "name, labels, body", _WORDS, "words", marked)
    else:
        schema_editor.execute(_MARK, params=None)


def unmark(apps: Any, schema_editor: Any) -> None:
    def unmarked(row: tuple[int, str]) -> tuple[int, str, str, str]:
        words = row[1].split()
        name = [word[2:] for word in words if word.startswith("0_")]
        labels = [word[2:] for word in words if word.startswith("1_")]
        return row[0], " ".join(name), " ".join(labels), " ".join(word for word in words if "_" not in word)

    if schema_editor.connection.vendor == "sqlite":
        _replace(schema_editor, "words", _FIELDS, "name, labels, body", unmarked)
    else:
        schema_editor.execute(_UNMARK, params=None)


def _replace(schema_editor: Any, old: str, table: str, new: str, made: Callable[[Any], tuple[Any, ...]]) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"SELECT rowid, {old} FROM publishing_search")  # noqa: S608
        rows = [made(row) for row in cursor.fetchall()]
    schema_editor.execute("DROP TABLE publishing_search")
    schema_editor.execute(table)
    marks = ", ".join(["%s"] * (new.count(",") + 2))
    with schema_editor.connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO publishing_search (rowid, {new}) VALUES ({marks})", rows)  # noqa: S608


class Migration(migrations.Migration):
    dependencies = [("publishing", "0007_releases")]
    operations = [migrations.RunPython(mark, unmark)]
