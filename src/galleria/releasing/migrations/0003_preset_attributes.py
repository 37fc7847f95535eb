"""The attributes that belong to the marketplace (S-ATR-001)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db import migrations

PRESET = (
    ("choice", "appName", "Application name"),
    ("choice", "version", "Version"),
    ("choice", "os", "Operating system"),
    ("choice", "mode", "Mode"),
    ("quantity", "users", "Users"),
    ("quantity", "personDays", "Person-days"),
)


def install(apps: Any, schema_editor: Any) -> None:
    attribute = apps.get_model("publishing", "ProductAttribute")
    for kind, code, name in PRESET:
        values = {"kind": kind, "name": name, "created_at": datetime(2026, 1, 1, tzinfo=UTC)}
        attribute.objects.get_or_create(seller=None, code=code, defaults=values)


class Migration(migrations.Migration):
    dependencies = [("releasing", "0002_joint_certificates"), ("publishing", "0007_releases")]
    operations = [migrations.RunPython(install, migrations.RunPython.noop)]
