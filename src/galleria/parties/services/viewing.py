"""An operator looks at an account as its people see it. Nothing can be changed meanwhile, it ends by itself, and the
account's own record tells who looked, when and why (screen O4)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from galleria.audit import services as audit
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, Refused
from galleria.parties import selectors

LASTS: Final = timedelta(minutes=30)
SHORTEST_REASON: Final = 5


class NotToBeViewed(Refused):
    """Operators do not look at each other."""

    code = "not_to_be_viewed"


@transaction.atomic
def begin_viewing(actor: Actor, *, account_id: str, reason: str, at: datetime) -> dict[str, str]:
    """What the session keeps meanwhile. Raises PermissionMissing, NotFound, Invalid (`view_reason`), NotToBeViewed."""
    actor.require("operator:account:manage")
    account = selectors.account_by_id(account_id)
    if account.kind == "operator":
        raise NotToBeViewed(_("That is an operator's account."))
    if len(reason.strip()) < SHORTEST_REASON:
        raise Invalid(fields={"view_reason": _("Say why; the account can read it in its record.")})
    audit.record(actor, "account.view_began", account, at=at, reason=reason.strip(), account_id=account.public_id)
    return {"account": account.public_id, "until": (at + LASTS).isoformat()}


@transaction.atomic
def end_viewing(actor: Actor, *, at: datetime) -> None:
    """The operator has seen enough; nothing for who does not look."""
    if actor.is_viewing and actor.account_id:
        account = selectors.account_by_id(actor.account_id)
        audit.record(actor, "account.view_ended", account, at=at, account_id=account.public_id)
