from __future__ import annotations

from django.apps import AppConfig


class SubscribingConfig(AppConfig):
    name = "galleria.subscribing"
    label = "subscribing"
    default_auto_field = "django.db.models.BigAutoField"
