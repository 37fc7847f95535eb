from __future__ import annotations

from django.apps import AppConfig


class SupportingConfig(AppConfig):
    name = "galleria.supporting"
    label = "supporting"
    default_auto_field = "django.db.models.BigAutoField"
