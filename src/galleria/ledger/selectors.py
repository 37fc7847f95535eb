"""Balances, entries and totals. The ledger knows no actors: the packages above decide who may ask for what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce

from galleria.kit import pages
from galleria.kit.errors import NotFound
from galleria.kit.money import Money
from galleria.kit.pages import Page
from galleria.kit.prepared import Prepared
from galleria.ledger import rules
from galleria.ledger.models import LedgerAccount, LedgerCheck, LedgerTransaction, PendingAmount, Posting


@dataclass(frozen=True, slots=True)
class Entry:
    """A posting as seen from one account: positive amounts came in. `balance_after` is in booking order."""

    transaction: LedgerTransaction
    other: str
    amount: Money
    balance_after: Money

    @property
    def at(self) -> datetime:
        return self.transaction.at


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account with its balance."""

    code: str
    kind: str
    party_id: str
    balance: Money


def balance(code: str, currency: str) -> Money:
    """What is in the account; an account that was never used holds nothing."""
    held = _WITH_PENDING if rules.is_busy(code) else _BALANCE  # others have nothing pending: no reason to look
    return Money(held.one(code=code, currency=currency) or 0, currency)


_BALANCE: Prepared[int] = Prepared(
    lambda p: LedgerAccount.objects.filter(code=p("code"), currency=p("currency")).values_list(
        "balance_minor", flat=True
    )
)
_WITH_PENDING: Prepared[int] = Prepared(
    lambda p: (
        LedgerAccount.objects.filter(code=p("code"), currency=p("currency"))
        .annotate(settled=F("balance_minor") + Coalesce(Sum("pending__amount_minor"), 0))
        .values_list("settled", flat=True)
    )
)


def has_transaction(*, source: tuple[str, str], kind: str) -> bool:
    """Whether something of this kind was booked for the source."""
    return _OF_SOURCE.one(type=source[0], id=source[1], kind=kind) is not None


_OF_SOURCE: Prepared[int] = Prepared(
    lambda p: LedgerTransaction.objects.filter(source_type=p("type"), source_id=p("id"), kind=p("kind")).values_list(
        "pk", flat=True
    )[:1]
)


def balances(codes: Iterable[str], currency: str) -> dict[str, Money]:
    """The balances of several accounts in one query."""
    wanted = list(codes)
    found = {
        each.code: each.balance for each in _balances(LedgerAccount.objects.filter(code__in=wanted, currency=currency))
    }
    return {code: found.get(code, Money.zero(currency)) for code in wanted}


def _balances(rows: QuerySet[LedgerAccount], limit: int | None = None) -> list[AccountBalance]:
    settled = F("balance_minor") + Coalesce(Sum("pending__amount_minor"), 0)
    values = rows.annotate(settled=settled).values_list("code", "kind", "party_id", "settled", "currency")[:limit]
    return [AccountBalance(code, kind, party, Money(total, cur)) for code, kind, party, total, cur in values]


def accounts(
    kind: str | None = None, currency: str | None = None, *, party_id: str | None = None, limit: int | None = None
) -> list[AccountBalance]:
    """All accounts, or those of a kind, currency or party, with balances, by code."""
    rows = LedgerAccount.objects.order_by("code", "currency")
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(currency=currency) if currency else rows
    rows = rows.filter(party_id=party_id) if party_id else rows
    return _balances(rows, limit)


def totals_by_kind() -> dict[str, dict[str, Money]]:
    """Currency to kind to the sum of its accounts. Every currency sums to zero."""
    found: dict[str, dict[str, int]] = {}
    sums = LedgerAccount.objects.values_list("currency", "kind").annotate(total=Sum("balance_minor"))
    pending = PendingAmount.objects.values_list("account__currency", "account__kind").annotate(
        total=Sum("amount_minor")
    )
    for rows in (sums, pending):
        for currency, kind, total in rows.order_by():
            kinds = found.setdefault(currency, {})
            kinds[kind] = kinds.get(kind, 0) + total
    return {
        currency: {kind: Money(total, currency) for kind, total in sorted(kinds.items())}
        for currency, kinds in sorted(found.items())
    }


def totals() -> dict[str, Money]:
    """Currency to the sum over all accounts: zero, or something is wrong."""
    return {currency: Money.sum(kinds.values(), currency) for currency, kinds in totals_by_kind().items()}


def is_balanced() -> bool:
    """Whether every currency sums to zero (the quick question; `check` asks all of them)."""
    return all(total.is_zero for total in totals().values())


def entries(code: str, currency: str, *, cursor: str | None = None, size: int | str | None = None) -> Page[Entry]:
    """What happened to an account, the latest booking first, with the balance after each."""
    account = LedgerAccount.objects.filter(code=code, currency=currency).first()
    if account is None:
        return Page([], None, None, pages.size_of(size))
    rows = _postings_of(account).select_related("transaction", "from_account", "to_account")
    page = pages.page_of(rows, sort="-pk", cursor=cursor, size=size)
    if not page.items:
        return page.map(lambda row: _entry(row, account, 0))
    # Balance after the newest row of the page: all that was booked up to it.
    upto = _postings_of(account).filter(pk__lte=page.items[0].pk).aggregate(total=_net(account))["total"] or 0
    made: list[Entry] = []
    for row in page.items:
        entry = _entry(row, account, upto)
        made.append(entry)
        upto -= entry.amount.minor
    return Page(made, page.next, page.previous, page.size)


def _postings_of(account: LedgerAccount) -> QuerySet[Posting]:
    return Posting.objects.filter(Q(from_account=account) | Q(to_account=account))


def _net(account: LedgerAccount) -> Sum:
    return Sum(Case(When(to_account=account, then=F("amount_minor")), default=-F("amount_minor")))


def _entry(row: Posting, account: LedgerAccount, after: int) -> Entry:
    incoming = row.to_account_id == account.pk
    other = row.from_account if incoming else row.to_account
    amount = Money(row.amount_minor if incoming else -row.amount_minor, row.currency)
    return Entry(row.transaction, other.code, amount, Money(after, row.currency))


def transaction_of(public_id: str) -> LedgerTransaction:
    """A transaction with its postings and accounts loaded. Raises NotFound."""
    rows = LedgerTransaction.objects.select_related("reverses", "reversed_by").prefetch_related(
        "postings__from_account", "postings__to_account"
    )
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def transactions(
    *,
    reference: str | None = None,
    party_id: str | None = None,
    amount_minor: int | None = None,
    kind: str | None = None,
    source: tuple[str, str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[LedgerTransaction]:
    """Search; use `pages.page_of(…, sort="-pk")` on the result. `reference` matches its beginning."""
    rows = LedgerTransaction.objects.all()
    if reference:
        rows = rows.filter(Q(reference__startswith=reference) | Q(public_id=reference))
    if kind:
        rows = rows.filter(kind=kind)
    if source:
        rows = rows.filter(source_type=source[0], source_id=source[1])
    if since:
        rows = rows.filter(at__gte=since)
    if until:
        rows = rows.filter(at__lt=until)
    if party_id or amount_minor is not None:
        matching = Posting.objects.all()
        if party_id:
            matching = matching.filter(Q(from_account__party_id=party_id) | Q(to_account__party_id=party_id))
        if amount_minor is not None:
            matching = matching.filter(amount_minor=amount_minor)
        rows = rows.filter(pk__in=matching.values("transaction_id"))
    return rows


def last_check() -> LedgerCheck | None:
    """The latest result of the nightly check."""
    return LedgerCheck.objects.order_by("-at", "-pk").first()
