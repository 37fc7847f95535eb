"""The rule for passwords."""

from __future__ import annotations

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError


@pytest.mark.parametrize(
    "password", ["short1", "onlyletters", "1234567890", "has space 1x", "tab\there12", "！？！？！？！？！"]
)
def test_weak_passwords_are_refused(password):
    with pytest.raises(ValidationError):
        validate_password(password)


@pytest.mark.parametrize("password", ["viola7tumbler", "密码密码密码密码9", "x9-" * 30])
def test_letters_and_digits_without_spaces_will_do(password):
    validate_password(password)
