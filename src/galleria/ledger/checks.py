"""The invariants of the ledger, each as one question to the database (architecture, "Money")."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter

import structlog
from django.db import connection
from django.db.models import F

from galleria.kit import clock
from galleria.kit.money import Money
from galleria.ledger import rules
from galleria.ledger.models import LedgerAccount, LedgerCheck, LedgerTransaction, Posting

log = structlog.get_logger("galleria.ledger")
_MOST_PROBLEMS = 100


def check() -> LedgerCheck:
    """Check every invariant of the ledger and record the result; money goes on moving meanwhile.

    Each question is one statement, so that it sees one moment of the database.
    """
    begun = time.perf_counter()
    problems: list[str] = []
    for question in _QUESTIONS:
        for problem in question():
            problems.append(problem)
            if len(problems) >= _MOST_PROBLEMS:
                break
    result = LedgerCheck.objects.create(
        at=clock.now(),
        is_balanced=not problems,
        transactions=LedgerTransaction.objects.count(),
        postings=Posting.objects.count(),
        problems=problems[:_MOST_PROBLEMS],
        duration_ms=round((time.perf_counter() - begun) * 1000),
    )
    if problems:
        log.error("ledger.not_balanced", problems=problems[:10])
    return result


def _ask(sql: str) -> Iterator[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        yield from cursor.fetchmany(_MOST_PROBLEMS)


def currencies_sum_to_zero() -> Iterator[str]:
    """Each currency sums to zero over all accounts."""
    sql = """
        SELECT currency, SUM(total) FROM (
            SELECT currency, SUM(balance_minor) AS total FROM ledger_ledgeraccount GROUP BY currency
            UNION ALL
            SELECT a.currency, SUM(p.amount_minor) FROM ledger_pendingamount p
              JOIN ledger_ledgeraccount a ON a.id = p.account_id GROUP BY a.currency
        ) AS sums GROUP BY currency HAVING SUM(total) <> 0"""
    for currency, total in _ask(sql):
        yield f"{currency} sums to {Money(int(str(total)), str(currency))}, not to zero"


def balances_are_sums() -> Iterator[str]:
    """An account's balance is the sum of its postings."""
    sql = """
        SELECT a.code, a.currency, a.balance_minor + COALESCE(q.total, 0), COALESCE(m.total, 0)
        FROM ledger_ledgeraccount a
        LEFT JOIN (SELECT account_id, SUM(amount_minor) AS total FROM ledger_pendingamount GROUP BY account_id) q
          ON q.account_id = a.id
        LEFT JOIN (
            SELECT account_id, SUM(amount) AS total FROM (
                SELECT to_account_id AS account_id, SUM(amount_minor) AS amount
                  FROM ledger_posting GROUP BY to_account_id
                UNION ALL
                SELECT from_account_id, -SUM(amount_minor) FROM ledger_posting GROUP BY from_account_id
            ) AS sides GROUP BY account_id
        ) m ON m.account_id = a.id
        WHERE a.balance_minor + COALESCE(q.total, 0) <> COALESCE(m.total, 0)"""
    for code, currency, held, moved in _ask(sql):
        balance, postings = Money(int(str(held)), str(currency)), Money(int(str(moved)), str(currency))
        yield f"{code} holds {balance} but its postings make {postings}"


def currencies_agree() -> Iterator[str]:
    """A posting and both its accounts are of one currency."""
    wrong = Posting.objects.exclude(currency=F("from_account__currency"), to_account__currency=F("currency"))
    for public_id in wrong.values_list("transaction__public_id", flat=True)[:_MOST_PROBLEMS]:
        yield f"{public_id} mixes currencies"


def guarded_accounts_are_not_negative() -> Iterator[str]:
    """No account of a kind that is never negative is."""
    for row in LedgerAccount.objects.filter(kind__in=rules.NEVER_NEGATIVE, balance_minor__lt=0)[:_MOST_PROBLEMS]:
        yield f"{row.code} is overdrawn: {Money(row.balance_minor, row.currency)}"


def transactions_are_unchanged() -> Iterator[str]:
    """Every transaction has postings, and says what it said when it was booked."""
    empty = LedgerTransaction.objects.filter(postings=None)
    for public_id in empty.values_list("public_id", flat=True)[:_MOST_PROBLEMS]:
        yield f"{public_id} has no postings"
    rows = Posting.objects.order_by("transaction_id", "id").values_list(
        "transaction__public_id", "transaction__digest", "transaction__kind", "transaction__source_type",
        "transaction__source_id", "transaction__reverses__public_id",
        "from_account__code", "to_account__code", "amount_minor", "currency",
    )  # fmt: skip
    for head, postings in groupby(rows.iterator(chunk_size=2000), key=itemgetter(slice(0, 6))):
        public_id, digest, kind, source_type, source_id, reverses = head
        source = (source_type, source_id) if source_type else None
        if rules.digest_of_rows(kind, [row[6:] for row in postings], source, reverses or "") != digest:
            yield f"{public_id} was changed after it was booked"


_QUESTIONS: tuple[Callable[[], Iterator[str]], ...] = (
    currencies_sum_to_zero,
    balances_are_sums,
    currencies_agree,
    guarded_accounts_are_not_negative,
    transactions_are_unchanged,
)
