"""The full-text index: an FTS5 table on SQLite, a tsvector with a GIN index on PostgreSQL (`publishing.search`)."""

from __future__ import annotations

from typing import Any

from django.db import migrations

_SQLITE = """
CREATE VIRTUAL TABLE publishing_search USING fts5(
    name, labels, body, tokenize = "unicode61 remove_diacritics 2", detail = column, columnsize = 0
)
"""
_POSTGRESQL = """
CREATE TABLE publishing_search (product_id bigint PRIMARY KEY, document tsvector NOT NULL);
CREATE INDEX publishing_search_document ON publishing_search USING gin (document);
"""


def create(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute(_SQLITE if schema_editor.connection.vendor == "sqlite" else _POSTGRESQL)


def drop(apps: Any, schema_editor: Any) -> None:
    schema_editor.execute("DROP TABLE publishing_search")


class Migration(migrations.Migration):
    dependencies = [("publishing", "0002_product_pages")]
    operations = [migrations.RunPython(create, drop)]
