from __future__ import annotations

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "galleria.web"
    label = "web"

    def ready(self) -> None:
        from galleria.config import wiring

        wiring.connect()
