from __future__ import annotations

from django.apps import AppConfig


class SellingConfig(AppConfig):
    name = "galleria.selling"
    label = "selling"
    default_auto_field = "django.db.models.BigAutoField"
