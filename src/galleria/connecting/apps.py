from __future__ import annotations

from django.apps import AppConfig


class ConnectingConfig(AppConfig):
    name = "galleria.connecting"
    label = "connecting"
    default_auto_field = "django.db.models.BigAutoField"
