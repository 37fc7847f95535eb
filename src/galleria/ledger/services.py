"""Posting and reversing. Everything else about money is worked out elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from galleria.kit import clock, ids, prepared
from galleria.kit.errors import NotFound, Refused
from galleria.kit.money import Money
from galleria.kit.prepared import Prepared
from galleria.ledger import models, rules
from galleria.ledger.checks import check
from galleria.ledger.rules import BadPosting, Posting, Source

__all__ = ["AlreadyReversed", "InsufficientBalance", "Posting", "ReferenceReused", "Source", "check", "post", "reverse"]


class InsufficientBalance(Refused):
    """The account holds less than is to be taken from it; `extra` has `available` and `needed`."""

    code = "INSUFFICIENT_BALANCE"
    status = 409
    default_message = _("The balance is not enough. Top up, or choose another way to pay.")


class AlreadyReversed(Refused):
    """A transaction is reversed at most once."""

    code = "ALREADY_REVERSED"
    status = 409
    default_message = _("This transaction has been reversed already.")


class ReferenceReused(BadPosting):
    """The reference stands for another transaction already: a bug of the caller."""


def post(
    *,
    reference: str,
    kind: str,
    at: datetime,
    postings: Sequence[Posting],
    source: Source | tuple[str, str] | None = None,
    working: dict[str, Any] | None = None,
    reason: str = "",
) -> models.LedgerTransaction:
    """Book a transaction; accounts come into being when first used.

    Posting again with the same reference and content returns the first one and moves nothing. `at` is the
    business time. Raises InsufficientBalance when an account that is never negative would be,
    ReferenceReused and BadPosting for what can only be a bug.
    """
    origin = Source(*source) if isinstance(source, tuple) else source
    return _post(_Draft(reference, kind, at, list(postings), origin, working or {}, reason))


@transaction.atomic
def reverse(
    transaction_id: str, *, reference: str, at: datetime, reason: str, working: dict[str, Any] | None = None
) -> models.LedgerTransaction:
    """Book the opposite of a transaction. Raises NotFound, AlreadyReversed, InsufficientBalance."""
    first = models.LedgerTransaction.objects.filter(public_id=transaction_id).first()
    if first is None:
        raise NotFound
    done = models.LedgerTransaction.objects.filter(reverses=first).first()
    if done is not None and done.reference != reference:
        raise AlreadyReversed(extra={"reversed_by": done.public_id})
    rows = first.postings.select_related("from_account", "to_account").order_by("id")
    opposite = [
        Posting(row.to_account.code, row.from_account.code, Money(row.amount_minor, row.currency)) for row in rows
    ]
    source = Source(first.source_type, first.source_id) if first.source_type else None
    kind = f"{first.kind}.reversed"
    return _post(_Draft(reference, kind, at, opposite[::-1], source, working or {}, reason, first))


@dataclass(frozen=True, slots=True)
class _Draft:
    """A transaction that is about to be booked."""

    reference: str
    kind: str
    at: datetime
    postings: list[Posting]
    source: Source | None
    working: dict[str, Any]
    reason: str
    reverses: models.LedgerTransaction | None = None

    def __post_init__(self) -> None:
        if not self.reference or len(self.reference) > 160:
            raise BadPosting("a transaction has a reference of at most 160 characters")
        if not self.postings:
            raise BadPosting("a transaction has postings")
        if self.at.tzinfo is None:
            raise BadPosting("an instant carries its time zone")

    @property
    def digest(self) -> str:
        undone = self.reverses.public_id if self.reverses else ""
        return rules.digest(self.kind, self.postings, self.source, undone)

    def row(self) -> models.LedgerTransaction:
        now = clock.now()
        return models.LedgerTransaction(
            public_id=ids.new_id("ltx", now),
            reference=self.reference,
            kind=self.kind,
            at=self.at,
            booked_at=now,
            source_type=self.source.type if self.source else "",
            source_id=self.source.id if self.source else "",
            working=self.working,
            reason=self.reason,
            digest=self.digest,
            reverses=self.reverses,
        )


@transaction.atomic
def _post(draft: _Draft) -> models.LedgerTransaction:
    known = _known(draft)
    if known is not None:
        return known
    row = draft.row()
    if not prepared.insert_new(row, by="public_id"):
        # Someone booked the same reference at this moment: theirs is the transaction. Or reversed the same one.
        known = _known(draft)
        if known is None:
            raise AlreadyReversed
        return known
    changes = rules.deltas(draft.postings)
    accounts = _accounts(changes)
    prepared.insert(
        *[
            models.Posting(
                transaction=row,
                from_account_id=accounts[each.from_, each.amount.currency],
                to_account_id=accounts[each.to, each.amount.currency],
                amount_minor=each.amount.minor,
                currency=each.amount.currency,
            )
            for each in draft.postings
        ]
    )
    _move(changes, accounts)
    return row


def _known(draft: _Draft) -> models.LedgerTransaction | None:
    known = _BY_REFERENCE.one(reference=draft.reference)
    if known is not None and known.digest != draft.digest:
        raise ReferenceReused(f"{draft.reference!r} was booked with another content")
    return known


def _accounts(changes: dict[tuple[str, str], int]) -> dict[tuple[str, str], int]:
    """Row numbers of the accounts; those that are new are made."""
    keys = sorted(changes)
    found = _account_rows(keys)
    missing = [key for key in keys if key not in found]
    if missing:
        models.LedgerAccount.objects.bulk_create(
            [
                models.LedgerAccount(
                    code=code, kind=rules.kind_of(code), party_id=rules.party_of(code), currency=currency
                )
                for code, currency in missing
            ],
            ignore_conflicts=True,
        )
        found = _account_rows(keys)
    return found


def _account_rows(keys: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
    found = {key: _ACCOUNT_PK.one(code=key[0], currency=key[1]) for key in keys}
    return {key: pk for key, pk in found.items() if pk is not None}


_BY_REFERENCE = Prepared(lambda p: models.LedgerTransaction.objects.filter(reference=p("reference")))
_ACCOUNT_PK: Prepared[int] = Prepared(
    lambda p: models.LedgerAccount.objects.filter(code=p("code"), currency=p("currency")).values_list("pk", flat=True)
)


def _move(changes: dict[tuple[str, str], int], accounts: dict[tuple[str, str], int]) -> None:
    """Change the balances, in sorted order so that two transactions cannot wait for each other."""
    pending = []
    for (code, currency), change in sorted(changes.items()):
        if change == 0:
            continue
        pk = accounts[code, currency]
        if rules.is_busy(code):
            pending.append(models.PendingAmount(account_id=pk, amount_minor=change))
            continue
        is_limited = change < 0 and rules.kind_of(code) in rules.NEVER_NEGATIVE
        least = {"balance_minor": -change} if is_limited else {}
        if not prepared.update(models.LedgerAccount, {"id": pk}, {}, add={"balance_minor": change}, at_least=least):
            available = models.LedgerAccount.objects.get(pk=pk).balance_minor
            raise InsufficientBalance(
                extra={
                    "available": Money(available, currency).text,
                    "needed": Money(-change, currency).text,
                    "currency": currency,
                }
            )
    if pending:
        prepared.insert(*pending)
