"""Paying later: the operator approves monthly settlement or credit for an account (payment 9.3, 9.4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import locks
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound
from galleria.kit.money import Money
from galleria.ledger import services as ledger
from galleria.ledger.services import Posting
from galleria.paying import rules
from galleria.paying.models import Approval
from galleria.paying.services import _shared
from galleria.paying.services._shared import AmountOutOfRange, MethodNotAllowed

Kind = Literal["settlement", "credit"]


@transaction.atomic
def approve_later_payment(
    actor: Actor,
    *,
    account_id: str,
    kind: Kind,
    limit: Money,
    valid_to: datetime | None = None,
    products: Sequence[str] = (),
    at: datetime,
) -> Approval:
    """Allow an account to pay up to `limit` later; replaces an earlier approval, keeping what is used.

    `products` are public ids, none for every product whose seller takes credit. Raises PermissionMissing, NotFound,
    MethodNotAllowed (credit is for enterprises, settlement for postpaid accounts), Invalid, AmountOutOfRange.
    """
    actor.require("operator:account:manage")
    account = _shared.account_for(actor, account_id)
    if kind not in {"settlement", "credit"}:
        raise Invalid(fields={"kind": _("Choose settlement or credit.")})
    if _shared.is_reseller_customer(account):
        raise MethodNotAllowed(_("This account's partner pays for its orders."))
    if kind == "credit" and account.kind != "enterprise":
        raise MethodNotAllowed(_("Credit is for enterprise accounts."))
    if kind == "settlement" and account.payment_model != "postpaid":
        raise MethodNotAllowed(_("Monthly settlement is for postpaid accounts."))
    if not limit.is_positive or limit.currency != account.currency:
        raise AmountOutOfRange(fields={"limit": _("Give a limit above zero in the account's currency.")})
    if valid_to is not None and valid_to <= at:
        raise Invalid(fields={"valid_to": _("Give a day in the future.")})
    locks.hold(f"account:{account_id}")
    values = {
        "currency": limit.currency, "limit_minor": limit.minor, "products": list(products), "valid_from": at,
        "valid_to": valid_to, "granted_by": actor.user_name[:120],
    }  # fmt: skip
    approval, _created = Approval.objects.update_or_create(account=account, kind=kind, defaults=values)
    audit.record(
        actor, "approval.granted", audit.Subject("paying.approval", f"{account_id}:{kind}", account.name), at=at,
        after={"kind": kind, "limit": limit, "valid_to": valid_to}, account_id=account_id,
    )  # fmt: skip
    return approval


@transaction.atomic
def end_later_payment(actor: Actor, *, account_id: str, kind: Kind, reason: str, at: datetime) -> Approval:
    """End an approval now; what was used stays owed. Raises PermissionMissing, NotFound, Invalid."""
    actor.require("operator:account:manage")
    if not reason.strip():
        raise Invalid(fields={"reason": _("Say why; the buyer reads it.")})
    account = _shared.account_for(actor, account_id)
    approval = Approval.objects.filter(account=account, kind=kind).first()
    if approval is None:
        raise NotFound
    approval.valid_to = at
    approval.save(update_fields=["valid_to"])
    audit.record(
        actor, "approval.ended", audit.Subject("paying.approval", f"{account_id}:{kind}", account.name), at=at,
        reason=reason, account_id=account_id,
    )  # fmt: skip
    return approval


@transaction.atomic
def repay_credit(actor: Actor, *, account_id: str, amount: Money, reference: str, at: datetime) -> None:
    """Pay back credit from the balance; the limit is free again (B-BAL-004, debt repayment).

    Idempotent by reference. Raises PermissionMissing, NotFound, AmountOutOfRange above what is owed,
    and the ledger's InsufficientBalance.
    """
    actor.require("billing:balance:repay")
    account = _shared.account_for(actor, account_id)
    locks.hold(f"account:{account_id}")
    from galleria.ledger import selectors as ledger_selectors

    booked = f"repayment:{account_id}:{reference}"
    if ledger_selectors.transactions(reference=booked).exists():
        return
    owed = -ledger_selectors.balance(rules.credit_account(account_id), account.currency)
    if amount.currency != owed.currency or not amount.is_positive or amount > owed:
        raise AmountOutOfRange(fields={"amount": _("Give an amount up to %(owed)s.") % {"owed": owed}})
    ledger.post(
        reference=booked, kind="debt_repayment", at=at, source=("account", account_id),
        postings=[Posting(rules.cash_account(account_id), rules.credit_account(account_id), amount)],
        working={"by": actor.user_name[:120]},
    )  # fmt: skip
    Approval.objects.filter(account=account, kind="credit").update(
        used_minor=Greatest(Value(0), F("used_minor") - amount.minor)
    )
    audit.record(actor, "credit.repaid", account, at=at, after={"amount": amount}, account_id=account_id)
