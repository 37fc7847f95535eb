"""Every normal "no" (architecture, "Errors").

A refusal says what happened and what to do, in the reader's language, and can be shown as it is. `code` is
stable and part of the API; `fields` names the inputs that are wrong; `extra` carries facts for programs.
Anything that is not a refusal is a bug.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class Refused(Exception):
    """Something that the caller asked for is not done, and nothing has changed."""

    code: str = "REFUSED"
    status: int = 409
    default_message: ClassVar[Text] = _("This cannot be done now.")

    def __init__(
        self,
        message: Text | None = None,
        *,
        code: str | None = None,
        status: int | None = None,
        fields: Mapping[str, Text] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        self._message: Text = self.default_message if message is None else message
        if code is not None:
            self.code = code
        if status is not None:
            self.status = status
        self._fields: dict[str, Text] = dict(fields or {})
        self.extra: dict[str, Any] = dict(extra or {})
        super().__init__(self._message)

    @property
    def message(self) -> str:
        """The sentence in the active language."""
        return str(self._message)

    @property
    def fields(self) -> dict[str, str]:
        """Input name to what is wrong with it, in the active language."""
        return {name: str(text) for name, text in self._fields.items()}

    def __str__(self) -> str:
        return self.message


class NotFound(Refused):
    """There is no such thing, or it is not for this caller: both get the same answer."""

    code = "NOT_FOUND"
    status = 404
    default_message = _("We could not find that. It may have been removed, or it belongs to someone else.")


class NotAllowed(Refused):
    """The thing is in a state in which this cannot be done, or someone else was faster."""

    code = "NOT_ALLOWED"
    status = 409
    default_message = _("This is not possible any more. Reload to see the current state.")


class PermissionMissing(Refused):
    """The user's roles do not include the action, which is named."""

    code = "PERMISSION_MISSING"
    status = 403

    def __init__(self, action: str, message: Text | None = None) -> None:
        self.action = action
        text = message or _("You need the permission %(action)s. Ask an administrator of your account for it.") % {
            "action": action
        }
        super().__init__(text, extra={"action": action})


class Invalid(Refused):
    """The input is wrong; `fields` says where."""

    code = "INVALID"
    status = 422
    default_message = _("Please correct what is marked.")


class Busy(Refused):
    """Someone else is working on the same thing right now; trying again soon will do."""

    code = "BUSY"
    status = 409
    default_message = _("Someone is working on this right now. Please try again in a moment.")


class TooManyRequests(Refused):
    """A rate limit; `retry_after` says for how many seconds to wait."""

    code = "TOO_MANY_REQUESTS"
    status = 429
    default_message = _("That was too often. Please wait a little and try again.")

    def __init__(self, message: Text | None = None, *, retry_after: int = 60) -> None:
        self.retry_after = retry_after
        super().__init__(message, extra={"retry_after": retry_after})


class Unavailable(Refused):
    """Something that we depend on does not answer; nothing was lost."""

    code = "UNAVAILABLE"
    status = 503
    default_message = _("A service that we need does not answer. Nothing was lost; please try again later.")
