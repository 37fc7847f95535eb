"""What can be done with a subscription, where, and why not (buyer-use-delivery 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from galleria.buying import promised
from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.subscribing.states import RENEWABLE


@dataclass(frozen=True)
class Act:
    """A link to a task page. `why_not`: the reason in words when it cannot be done; empty when it can."""

    key: str
    label: str
    href: str
    why_not: str = ""


def acts_of(actor: Actor, subscription: Any) -> list[Act]:
    """The acts that make sense for what is held; asks nothing of the database. Their pages say the rest."""
    found = [*_going_on(actor, subscription), *_leaving(actor, subscription)]
    return [Act(each.key, each.label, each.href, each.why_not) for each in found]


def _needs(actor: Actor, permission: str) -> str:
    if actor.may(permission):
        return ""
    return _("You need the permission %(action)s.") % {"action": permission}


def _going_on(actor: Actor, row: Any) -> list[Act]:
    number = row.public_id
    if row.billing_mode != "period" or row.state not in RENEWABLE:
        return []
    renew = _needs(actor, "billing:subscription:renew")
    if row.is_trial:
        return [Act("convert", _("Convert to a paid subscription"), f"/buyer/convert/{number}", renew)]
    acts = [Act("renew", _("Renew"), f"/buyer/renew?id={number}", renew)]
    if row.product.delivery_type == "saas" and row.state == "effective":
        acts.append(
            Act(
                "change", _("Change specification"), f"/buyer/subscriptions/{number}/change",
                _needs(actor, "gallery:subscription:change"),
            )
        )  # fmt: skip
    acts.append(
        Act(
            "policy", _("How it goes on"), f"/buyer/renewals/policy?id={number}",
            _needs(actor, "billing:subscription:autorenew"),
        )
    )  # fmt: skip
    return acts


def _leaving(actor: Actor, row: Any) -> list[Act]:
    if row.state not in RENEWABLE:
        return []
    why_not = _needs(actor, "billing:subscription:unsubscribe")
    is_release = row.is_trial or row.billing_mode == "pay_per_use" or row.state in {"grace", "freezing", "frozen"}
    until = promised.withdrawal_until(row)
    if not is_release and until is not None and clock.now() < until:
        label = _("Withdraw from contract here")
    else:
        label = _("Release") if is_release else _("Unsubscribe")
    return [Act("leave", label, f"/buyer/subscriptions/{row.public_id}/leave", why_not)]
