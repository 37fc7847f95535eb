"""Structured logs: one JSON line an event on stderr, with the request id (`galleria.web.middleware`)."""

from __future__ import annotations

import logging
import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRET = re.compile(r"password|passwd|secret|token|authorization|cookie|api_?key|private_?key|cvc|card_number", re.I)


def mask_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Whatever is called like a secret is not written, also inside mappings."""
    return {key: _masked(key, value) for key, value in event.items()}


def _masked(key: object, value: Any) -> Any:
    if isinstance(key, str) and _SECRET.search(key) and value not in (None, "", True, False):
        return "***"
    if isinstance(value, dict):
        return {inner: _masked(inner, item) for inner, item in value.items()}
    return value


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def line_formatter(*, json: bool = True) -> logging.Formatter:
    """Renders records of structlog and of the standard library alike: JSON for machines, columns for people."""
    if json:
        ends: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        ends = [structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, mask_secrets, *ends],
    )


def logging_config(options: dict[str, Any]) -> dict[str, Any]:
    """The standard library's configuration for `level` and `json`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "galleria.config.logs.line_formatter", "json": options.get("json", True)}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": options.get("level", "INFO")},
        "loggers": {
            "django.server": {"level": "WARNING"},
            "urllib3": {"level": "ERROR"},
            "_granian": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        },
    }


def configure(options: dict[str, Any]) -> None:
    """Set up logging; called by Django with `settings.LOGGING` (`level`, `json`)."""
    logging.config.dictConfig(logging_config(options))
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
