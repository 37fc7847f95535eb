from __future__ import annotations

from django.apps import AppConfig


class ReleasingConfig(AppConfig):
    name = "galleria.releasing"
    label = "releasing"
    default_auto_field = "django.db.models.BigAutoField"
