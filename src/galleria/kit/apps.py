from __future__ import annotations

from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "galleria.kit"
    label = "kit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from galleria.kit import idempotency  # noqa: F401  its cron job registers itself
