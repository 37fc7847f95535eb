from __future__ import annotations

from django.apps import AppConfig


class DeliveringConfig(AppConfig):
    name = "galleria.delivering"
    label = "delivering"
    default_auto_field = "django.db.models.BigAutoField"
