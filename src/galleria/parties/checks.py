"""Checks of what people type: each returns the cleaned value or raises `Invalid` with the field's name."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import Invalid

_PHONE = re.compile(r"^\+?[0-9][0-9 ().-]{4,28}[0-9]$", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def email(value: str, field: str = "email") -> str:
    """A valid address in lower case."""
    cleaned = value.strip().lower()
    try:
        MaxLengthValidator(254)(cleaned)
        validate_email(cleaned)
    except ValidationError:
        raise Invalid(fields={field: _("Give an e-mail address such as ada@example.com.")}) from None
    return cleaned


def text(field: str, value: str, limit: int, *, required: bool = False, lines: bool = False) -> str:
    """Trimmed text without control characters, on one line unless `lines`."""
    cleaned = value.strip()
    if _CONTROLS.search(cleaned.replace("\r\n", "\n")) or (not lines and "\n" in cleaned):
        raise Invalid(fields={field: _("This holds characters that cannot be stored.")})
    if required and not cleaned:
        raise Invalid(fields={field: _("This is needed.")})
    if len(cleaned) > limit:
        raise Invalid(fields={field: _("At most %(limit)s characters.") % {"limit": limit}})
    return cleaned.replace("\r\n", "\n")


def phone(value: str, field: str = "phone") -> str:
    """A telephone number as people write it."""
    cleaned = value.strip()
    if not _PHONE.match(cleaned):
        raise Invalid(fields={field: _("Give a telephone number with 6 to 30 digits, for example +46 70 123 45 67.")})
    return cleaned


def language(code: str) -> str:
    """A language that the site speaks; the site's own for anything else."""
    return code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def time_zone(name: str, field: str = "time_zone") -> str:
    """A zone of the tz database."""
    if name not in zoneinfo.available_timezones():
        raise Invalid(fields={field: _("Choose a time zone.")})
    return name


def together(*checks: tuple[str, Callable[[], str]]) -> dict[str, str]:
    """Run `(field, zero-argument check)` pairs; raises one Invalid with all that is wrong."""
    wrong: dict[str, str] = {}
    values: dict[str, str] = {}
    for name, check in checks:
        try:
            values[name] = check()
        except Invalid as refusal:
            wrong.update(refusal.fields)
    if wrong:
        raise Invalid(fields=wrong)
    return values


def one_of(field: str, value: str, allowed: tuple[str, ...]) -> str:
    """A value of a closed list."""
    if value not in allowed:
        raise Invalid(fields={field: _("Choose one of the values.")})
    return value
