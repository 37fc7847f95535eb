"""SQLite: listings and prepared pages are found by their row's own number (`kit.sqlite3` names the type)."""

from __future__ import annotations

from typing import Any

from django.db import migrations


def remake(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        for name in ("Listing", "ProductPage"):
            schema_editor._remake_table(apps.get_model("publishing", name))


class Migration(migrations.Migration):
    dependencies = [("publishing", "0008_search_words")]
    operations = [migrations.RunPython(remake, migrations.RunPython.noop)]
