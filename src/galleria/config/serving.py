"""Settings of the web server's processes; read without loading the application."""

from __future__ import annotations

import os
from dataclasses import dataclass

from galleria.config.env import Environment


@dataclass(frozen=True)
class Serving:
    """Where to listen, and with how many processes and threads."""

    host: str
    port: int
    workers: int
    threads: int
    logging: dict[str, str | bool]
    """Options of `galleria.config.logs.logging_config`."""


def serving_from(env: Environment) -> Serving:
    """Read the settings; raises BadSetting."""
    processors = os.process_cpu_count() if hasattr(os, "process_cpu_count") else len(os.sched_getaffinity(0))
    return Serving(
        host=env.text("GALLERIA_WEB_HOST", "127.0.0.1", "Address that the web server listens on"),
        port=env.number("GALLERIA_WEB_PORT", 8000, "Port that the web server listens on", at_least=1),
        workers=env.number("GALLERIA_WEB_WORKERS", 0, "Web processes; 0: one a processor, at most 4")
        or max(1, min(processors or 1, 4)),
        threads=env.number("GALLERIA_WEB_THREADS", 4, "Requests that one web process works on at once", at_least=1),
        logging={
            "level": env.choice(
                "GALLERIA_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR", ("DEBUG", "INFO", "WARNING", "ERROR")
            ),
            "json": env.flag("GALLERIA_LOG_JSON", True, "Logs as JSON lines; no: for people"),
        },
    )
