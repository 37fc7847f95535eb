from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "galleria.ledger"
    label = "ledger"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from galleria.ledger import jobs  # noqa: F401  the nightly check registers itself
