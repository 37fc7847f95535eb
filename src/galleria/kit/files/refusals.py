"""Why a file is not taken."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import Invalid, Text


class FileRefused(Invalid):
    """The file breaks a rule. The message names it; `rule` is its stable word for programs.

    Rules: empty, size, type, name, dimensions, pixels, broken, archive, virus.
    """

    code = "FILE_REFUSED"
    default_message = _("This file cannot be used.")

    def __init__(self, message: Text, *, rule: str, field: str = "file", extra: dict[str, Any] | None = None) -> None:
        self.rule, self.field = rule, field
        super().__init__(message, fields={field: message}, extra={"rule": rule, **(extra or {})})
