"""How a subscription renews: by hand, by itself, by use after its end, or not at all (B-ARN)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import locks, outbox, parameters
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import Invalid, NotAllowed
from galleria.kit.prepared import Prepared
from galleria.parties import selectors as parties
from galleria.parties.models import Account
from galleria.publishing.models import Price
from galleria.subscribing import events, selectors, states
from galleria.subscribing.models import RenewalSetting, Subscription
from galleria.subscribing.services import timing

Policy = Literal["manual", "auto", "to_pay_per_use", "none"]
_SETTABLE = ("initializing", "effective", "grace", "freezing", "frozen")
_VERBS: dict[tuple[str, str], str] = {
    ("manual", "auto"): "enable", ("none", "auto"): "enable", ("auto", "auto"): "enable",
    ("auto", "manual"): "disable", ("none", "manual"): "disable",
    ("manual", "to_pay_per_use"): "plan_pay_per_use", ("to_pay_per_use", "manual"): "cancel_pay_per_use",
    ("manual", "none"): "cancel", ("auto", "none"): "cancel",
}  # fmt: skip


class CannotRenewItself(NotAllowed):
    """The product or the account rules it out; the message says which."""

    code = "AUTO_RENEWAL_NOT_POSSIBLE"


def why_not_auto(subscription: Subscription, account: Account) -> str:
    """Why auto-renewal cannot be switched on, in words; empty when it can (B-ARN-001, B-ARN-007, B-ARN-011)."""
    if subscription.billing_mode != "period" or subscription.is_trial or subscription.period_type == "day":
        return str(_("Only a subscription for a term that is in use can renew by itself."))
    if subscription.state not in _SETTABLE:
        return str(_("Only a subscription for a term that is in use can renew by itself."))
    if account.frozen_by_reseller:
        return str(_("Your partner has frozen your account; it cannot renew by itself now."))
    if subscription.product.state == "removed" or subscription.sku.state != "on_sale":
        return str(_("This is no longer sold, so it cannot be set to renew by itself."))
    return ""


@transaction.atomic
def set_renewal(
    actor: Actor,
    *,
    subscription_id: str,
    policy: Policy,
    period_type: str = "",
    period_count: int = 0,
    times: int | None = None,
    at: datetime,
) -> Subscription:
    """Set the expire policy. `period_type`, `period_count`: what auto-renewal buys each time, empty: the present term;
    `times`: how often, None: until it is stopped (B-ARN-002, B-ARN-008).

    Raises NotFound, PermissionMissing, CannotRenewItself, NotAllowed, Invalid.
    """
    actor.require("billing:subscription:autorenew")
    locks.hold(f"subscription:{subscription_id}")
    subscription = selectors.subscription_of(actor, subscription_id)
    if subscription.billing_mode != "period" or subscription.state not in _SETTABLE:
        raise NotAllowed(_("Only a subscription for a term that is in use can renew by itself."))
    verb = _VERBS.get((subscription.renewal, policy))
    if subscription.renewal == policy and policy != "auto":
        return subscription
    if verb is None:
        raise NotAllowed(_("First set it back to be renewed by hand."))
    updates: dict[str, Any] = {}
    if policy == "auto":
        refusal = why_not_auto(subscription, subscription.account)
        if refusal:
            raise CannotRenewItself(refusal)
        updates = _auto(subscription, period_type, period_count, times)
    elif policy == "to_pay_per_use":
        _check_pay_per_use(subscription)
    before = _told(subscription)
    states.RENEWAL.apply(subscription, verb, **updates)
    timing.schedule(subscription, at=at)
    audit.record(
        actor, _SENTENCES[policy], subscription, at=at, before=before, after=_told(subscription)
    )  # fmt: skip
    outbox.publish(events.RenewalPolicyChanged(subscription.public_id, policy))
    return subscription


def stop_auto_renewal(subscription: Subscription, *, at: datetime) -> None:
    """Renewed by hand from now on, as a consequence of something else; nothing when it does not renew by itself."""
    if subscription.renewal != "auto":
        return
    states.RENEWAL.apply(subscription, "disable")
    timing.schedule(subscription, at=at)
    audit.record(
        SYSTEM, _SENTENCES["manual"], subscription, at=at, account_id=subscription.account.public_id,
        before={"auto_renew": True}, after={"auto_renew": False},
    )  # fmt: skip
    outbox.publish(events.RenewalPolicyChanged(subscription.public_id, "manual"))


_SENTENCES = {
    "auto": "subscription.auto_renewal_on",
    "manual": "subscription.auto_renewal_off",
    "to_pay_per_use": "subscription.pay_per_use_planned",
    "none": "subscription.renewal_canceled",
}


def set_auto_renewal(actor: Actor, *, subscription_id: str, is_on: bool, at: datetime) -> Subscription:
    """Switch renewing by itself on or off; possible while a period subscription is in use."""
    return set_renewal(actor, subscription_id=subscription_id, policy="auto" if is_on else "manual", at=at)


def _told(subscription: Subscription) -> dict[str, Any]:
    return {
        "auto_renew": subscription.auto_renew,
        "renewal": subscription.renewal,
        "renewals_left": subscription.renewals_left,
    }


def _auto(subscription: Subscription, period_type: str, period_count: int, times: int | None) -> dict[str, Any]:
    if times is not None and not 1 <= times <= 999:
        raise Invalid(fields={"times": _("Choose 1 to 999 renewals, or leave it empty to renew until you stop it.")})
    kind, count = period_type or subscription.period_type, period_count or (0 if period_type else 1)
    if not period_type and not period_count:
        kind, count = subscription.period_type, 1  # a month for monthly, a year for yearly ones (B-ARN-002)
    row = Price.objects.filter(
        sku_id=subscription.sku_id, billing_mode="period", period_type=kind, currency=subscription.currency
    ).first()
    most = 3 if kind == "year" else 9
    offered = [int(each) for each in row.terms] if row and row.terms else list(range(1, most + 1))
    if row is None or not 1 <= count <= most:
        raise Invalid(fields={"period": _("The seller does not offer this term for a renewal.")})
    if count not in offered:
        count = offered[0] if not period_count else count
        if count not in offered:
            raise Invalid(fields={"period": _("The seller does not offer this term for a renewal.")})
    return {"renewal_period_type": kind, "renewal_period_count": count, "renewals_left": times}


def _check_pay_per_use(subscription: Subscription) -> None:
    has_price = Price.objects.filter(
        sku_id=subscription.sku_id, billing_mode="pay_per_use", currency=subscription.currency
    ).exists()
    if not has_price or subscription.is_trial:
        raise NotAllowed(_("This product has no price by use, so it cannot go on like that after its end."))


@transaction.atomic
def set_renewal_setting(
    actor: Actor, *, offset_days: int | None = None, day: int | None = None, at: datetime
) -> RenewalSetting:
    """How the account wants its renewals: the day of deduction before expiry (0 to 7), and the one renewal date
    (1 to 28, or 31 for the last day of the month). What is None stays. Raises Invalid, PermissionMissing.
    """
    actor.require("billing:subscription:autorenew")
    if offset_days is not None and not 0 <= offset_days <= 7:
        raise Invalid(fields={"offset_days": _("Choose the day of expiry or 1 to 7 days before it.")})
    if day is not None and not (1 <= day <= 28 or day == 31):
        raise Invalid(fields={"day": _("Choose a day from 1 to 28, or the last day of the month.")})
    row, _created = RenewalSetting.objects.get_or_create(account=parties.account_of(actor))
    if offset_days is not None:
        row.offset_days = offset_days
    if day is not None:
        row.day = day
    row.save(update_fields=["offset_days", "day"])
    audit.record(
        actor, "account.renewal_setting", row.account, at=at, after={"offset_days": row.offset_days, "day": row.day}
    )
    if offset_days is not None:
        mine = Subscription.objects.select_related("product").filter(
            account_id=row.account_id, renewal="auto", state="effective"
        )
        timing.replan(mine, at=at)
    return row


_SETTING = Prepared(lambda p: RenewalSetting.objects.filter(account_id=p("account")))


def renewal_setting_of(account_pk: int | None, *, at: datetime) -> tuple[int, int]:
    """Days before expiry on which auto-renewal pays, and the one renewal date, of an account."""
    row = _SETTING.one(account=account_pk or 0)
    default = int(parameters.get("renewal.deduct_offset_days", at=at))
    return (row.offset_days if row and row.offset_days is not None else default), (row.day if row else 1)
