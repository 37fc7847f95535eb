"""Tables of the ledger. Postings and transactions are only ever inserted."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class LedgerAccount(models.Model):
    """A place where money can be, in one currency: `buyer_cash:acc_…` or `orders_paid`.

    `balance_minor` is what came in less what went out, except for what still lies in `PendingAmount`.
    """

    code = models.CharField(max_length=100)
    kind = models.CharField(max_length=50, db_index=True)
    party_id = models.CharField(max_length=48, default="", blank=True, db_index=True)
    currency = models.CharField(max_length=3)
    balance_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["code", "currency"], name="ledger_account_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.currency}"


class LedgerTransaction(models.Model):
    """Postings that belong together: all or nothing. `digest` covers what it says, so a change would show."""

    public_id = models.CharField(max_length=40, unique=True)
    reference = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=60, db_index=True)
    at = models.DateTimeField(db_index=True)
    booked_at = models.DateTimeField()
    source_type = models.CharField(max_length=60, default="", blank=True)
    source_id = models.CharField(max_length=60, default="", blank=True)
    working = models.JSONField(default=dict)
    reason = models.TextField(default="", blank=True)
    digest = models.CharField(max_length=64)
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")

    class Meta:
        indexes = [models.Index(fields=["source_type", "source_id"], name="ledger_source")]

    def __str__(self) -> str:
        return f"{self.public_id} {self.reference}"


class Posting(models.Model):
    """A positive amount from one account to another of the same currency."""

    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="postings")
    from_account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="outgoing")
    to_account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="incoming")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="posting_is_positive"),
            models.CheckConstraint(condition=~Q(from_account=F("to_account")), name="posting_moves"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency}"


class PendingAmount(models.Model):
    """A change of a busy account's balance that has not been added to it yet.

    Every payment touches accounts such as `orders_paid`. Were each to update that one row, payments would queue
    up behind each other; so they insert here, and a job adds the rows to the balance.
    """

    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="pending")
    amount_minor = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.amount_minor}"


class ReversalRequest(models.Model):
    """An operator's wish to undo a transaction by hand, which a second person approves or rejects."""

    public_id = models.CharField(max_length=40, unique=True)
    transaction = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, related_name="reversal_requests")
    state = models.CharField(max_length=10, default="waiting")
    reason = models.TextField()
    asked_by = models.CharField(max_length=40)
    asked_by_name = models.CharField(max_length=200, default="", blank=True)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=40, default="", blank=True)
    decided_by_name = models.CharField(max_length=200, default="", blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    remark = models.TextField(default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transaction"], condition=Q(state="waiting"), name="reversal_waits_once")
        ]

    def __str__(self) -> str:
        return self.public_id


class LedgerCheck(models.Model):
    """The result of checking the whole ledger."""

    at = models.DateTimeField(db_index=True)
    is_balanced = models.BooleanField()
    transactions = models.PositiveBigIntegerField()
    postings = models.PositiveBigIntegerField()
    problems = models.JSONField(default=list)
    duration_ms = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {'balanced' if self.is_balanced else 'NOT balanced'}"
