"""The nightly check, and adding up the busy accounts."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection, transaction
from django.db.models import F, Sum

from galleria.kit import clock, jobs
from galleria.ledger import services
from galleria.ledger.models import LedgerAccount, LedgerCheck, PendingAmount

KEPT = timedelta(days=400)
_BATCH = 1000


@jobs.cron("30 2 * * *", "ledger.nightly_check", outside=True)
def nightly_check() -> None:
    """Check the ledger every night; results are kept for 400 days."""
    services.check()
    LedgerCheck.objects.filter(at__lt=clock.now() - KEPT).delete()


@jobs.cron(10, "ledger.add_up_busy_accounts")
def add_up_busy_accounts() -> None:
    """Add pending amounts to the balances of their accounts, a thousand rows at a time."""
    while True:
        with transaction.atomic():
            rows = PendingAmount.objects.order_by("id")
            if connection.features.has_select_for_update_skip_locked:
                rows = rows.select_for_update(skip_locked=True)
            taken = list(rows.values_list("pk", flat=True)[:_BATCH])
            if not taken:
                return
            chosen = PendingAmount.objects.filter(pk__in=taken)
            sums = chosen.values_list("account_id").annotate(total=Sum("amount_minor")).order_by("account_id")
            for account_id, total in list(sums):
                LedgerAccount.objects.filter(pk=account_id).update(balance_minor=F("balance_minor") + total)
            chosen.delete()
        if len(taken) < _BATCH:
            return
