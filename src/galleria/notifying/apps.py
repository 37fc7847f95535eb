from __future__ import annotations

from django.apps import AppConfig


class NotifyingConfig(AppConfig):
    name = "galleria.notifying"
    label = "notifying"
    default_auto_field = "django.db.models.BigAutoField"
