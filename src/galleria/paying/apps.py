from __future__ import annotations

from django.apps import AppConfig


class PayingConfig(AppConfig):
    name = "galleria.paying"
    label = "paying"
    default_auto_field = "django.db.models.BigAutoField"
