from __future__ import annotations

from django.apps import AppConfig


class AssetsConfig(AppConfig):
    name = "galleria.assets"
    label = "assets"
    default_auto_field = "django.db.models.BigAutoField"
