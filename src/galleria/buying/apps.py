from __future__ import annotations

from django.apps import AppConfig


class BuyingConfig(AppConfig):
    name = "galleria.buying"
    label = "buying"
    default_auto_field = "django.db.models.BigAutoField"
