from __future__ import annotations

from django.apps import AppConfig


class PricingConfig(AppConfig):
    name = "galleria.pricing"
    label = "pricing"
    default_auto_field = "django.db.models.BigAutoField"
