"""The rule for passwords: at least 8 characters, letters and digits, no spaces (buyer-account-billing 1.1)."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _


class LettersAndDigits:
    """At least one letter and one digit, and no white space; the length is the framework's validator's."""

    def validate(self, password: str, user: Any = None) -> None:
        if any(character.isspace() for character in password):
            raise ValidationError(_("A password has no spaces."), code="password_has_spaces")
        has_letter = any(character.isalpha() for character in password)
        has_digit = any(character.isdigit() for character in password)
        if not (has_letter and has_digit):
            raise ValidationError(_("A password needs at least one letter and one digit."), code="password_too_plain")

    def get_help_text(self) -> str:
        return _("At least 8 characters, with letters and digits, without spaces.")
