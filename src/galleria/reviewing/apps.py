from __future__ import annotations

from django.apps import AppConfig


class ReviewingConfig(AppConfig):
    name = "galleria.reviewing"
    label = "reviewing"
    default_auto_field = "django.db.models.BigAutoField"
