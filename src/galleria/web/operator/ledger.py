"""O9, the ledger: balances that sum to zero in every currency, transactions with their cause, undoing by two people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from galleria.kit import clock, csvout
from galleria.kit.errors import Refused
from galleria.kit.jsonable import unpack
from galleria.kit.money import BadAmount, Money
from galleria.ledger.rules import KINDS as MEANINGS
from galleria.operating import selectors, services
from galleria.web import context, lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.formats import money_text, who

VIEW = "operator:ledger:view"
REVERSE = "operator:ledger:reverse"
EXPORT_MOST = 10_000
KIND_NAMES: dict[str, Any] = {
    "top_up": gettext_lazy("Top-up"),
    "order_payment": gettext_lazy("Order payment"),
    "order_refund": gettext_lazy("Refund"),
    "refund_paid_out": gettext_lazy("Refund paid out"),
    "debt_repayment": gettext_lazy("Credit repaid"),
    "withdrawal": gettext_lazy("Withdrawal"),
    "adjustment": gettext_lazy("Adjustment"),
    "metered_charge": gettext_lazy("Metered charge"),
    "reversal": gettext_lazy("Reversal"),
}
FILTERS = ("reference", "amount", "party", "kind", "from", "to")


def _meaning(kind: str) -> str:
    """What accounts of a kind stand for, in the reader's language."""
    return _(MEANINGS[kind]) if kind in MEANINGS else ""


def _search(request: HttpRequest) -> tuple[dict[str, Any], dict[str, str]]:
    """What to search for, and what was typed wrongly."""
    data, zone = request.GET, context.of(request).zone
    errors: dict[str, str] = {}
    found: dict[str, Any] = {
        "reference": lists.text_of(data, "reference", 160) or None,
        "party_id": lists.text_of(data, "party", 48) or None,
        "kind": lists.text_of(data, "kind", 60) or None,
    }
    typed = lists.text_of(data, "amount", 40)
    if typed:
        amount, _space, currency = typed.replace(",", "").upper().partition(" ")
        try:
            found["amount_minor"] = abs(Money.parse(amount, currency or context.of(request).site.currency)).minor
        except BadAmount:
            errors["amount"] = _("Give an amount as 138.00 EUR.")
    for name, field, is_end in (("from", "since", False), ("to", "until", True)):
        try:
            found[field] = lists.day_of(data, name, zone, end=is_end)
        except Refused as refusal:
            errors.update(refusal.fields)
    return {name: value for name, value in found.items() if value is not None}, errors


@require_safe
@signed_in(VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """The books at a glance and the search."""
    actor = actor_of(request)
    wanted, errors = _search(request)
    books = selectors.books(actor)
    page = selectors.ledger_transactions(
        actor, **wanted, cursor=request.GET.get("cursor"), size=request.GET.get("size")
    )
    values = {
        "books": books,
        "totals": [
            (currency, [(kind, _meaning(kind), amount) for kind, amount in kinds.items()],
             Money.sum(kinds.values(), currency))
            for currency, kinds in books.totals.items()
        ],
        "rows": [_row(each) for each in page],
        "errors": errors,
        "data": request.GET,
        "is_narrowed": lists.are_on(request.GET, FILTERS),
        "kinds": lists.options(_("Any kind"), KIND_NAMES),
        "next_page": lists.at_page(request.GET, page.next),
        "previous_page": lists.at_page(request.GET, page.previous),
        "lists": lists,
        "reverse_off": _off(actor),
    }  # fmt: skip
    return render(request, "operator/ledger.html", values, status=422 if errors else 200)


def _off(actor: Any) -> str:
    return "" if actor.may(REVERSE) else _("You need the permission %(action)s.") % {"action": REVERSE}


def _row(transaction: Any) -> dict[str, Any]:
    """A transaction with its postings and its cause."""
    postings = list(transaction.postings.all())
    return {
        "each": transaction,
        "kind": KIND_NAMES.get(transaction.kind, transaction.kind),
        "postings": [
            (row.from_account.code, row.to_account.code, Money(row.amount_minor, row.currency)) for row in postings
        ],
        "amount": _sum(postings),
        "cause": _cause(transaction),
    }


def _sum(postings: list[Any]) -> str:
    """What the postings move together, per currency."""
    sums: dict[str, int] = {}
    for row in postings:
        sums[row.currency] = sums.get(row.currency, 0) + row.amount_minor
    return " + ".join(money_text(Money(minor, currency)) for currency, minor in sorted(sums.items()))


def _cause(transaction: Any) -> tuple[str, str]:
    """What it is about: its number, and the page of it if there is one."""
    if transaction.source_type == "order":
        return transaction.source_id, f"/operator/trade/orders/{transaction.source_id}"
    return transaction.source_id, ""


@require_safe
@signed_in(VIEW)
def transaction(request: HttpRequest, transaction_id: str) -> HttpResponse:
    """One transaction: postings, working, cause, its reverse."""
    return _transaction_page(request, transaction_id)


def _transaction_page(
    request: HttpRequest, transaction_id: str, errors: dict[str, str] | None = None, status: int = 200
) -> HttpResponse:
    actor = actor_of(request)
    found = selectors.ledger_transaction(actor, transaction_id)
    working = unpack(found.working)
    values = {
        "row": _row(found),
        "transaction": found,
        "working": [(str(key), who(str(value))) for key, value in working.items()] if isinstance(working, dict) else [],
        "reversed_by": getattr(found, "reversed_by", None),
        "reverse_off": _off(actor),
        "errors": errors or {},
    }
    return render(request, "operator/transaction.html", values, status=status)


@require_safe
@signed_in(VIEW)
def accounts(request: HttpRequest) -> HttpResponse:
    """The accounts of a kind and currency with their balances."""
    kind, currency = lists.text_of(request.GET, "kind", 50), lists.text_of(request.GET, "currency", 3)
    rows = selectors.ledger_accounts(actor_of(request), kind=kind or None, currency=currency or None)
    values = {"rows": rows, "kind": kind, "currency": currency, "meaning": _meaning(kind)}
    return render(request, "operator/ledger_accounts.html", values)


@require_safe
@signed_in(VIEW)
def account(request: HttpRequest, code: str, currency: str) -> HttpResponse:
    """What happened to one account, with the balance after each."""
    page = selectors.ledger_entries(actor_of(request), code, currency, cursor=request.GET.get("cursor"))
    values = {
        "code": code,
        "currency": currency,
        "kind": code.partition(":")[0],
        "meaning": _meaning(code.partition(":")[0]),
        "rows": [(each, KIND_NAMES.get(each.transaction.kind, each.transaction.kind)) for each in page],
        "balance": page.items[0].balance_after if page.items and not request.GET.get("cursor") else None,
        "next_page": lists.at_page(request.GET, page.next),
        "previous_page": lists.at_page(request.GET, page.previous),
    }
    return render(request, "operator/ledger_account.html", values)


@require_POST
@signed_in(VIEW)
def check(request: HttpRequest) -> HttpResponse:
    """Check every invariant now."""
    result = services.check_ledger(actor_of(request), at=clock.now())
    if result.is_balanced:
        took = words.duration(result.duration_ms)
        messages.success(request, _("Checked in %(time)s: everything agrees.") % {"time": took})
    else:
        messages.error(
            request, _("The ledger does not agree: %(problem)s") % {"problem": "; ".join(result.problems[:3])}
        )
    return HttpResponseRedirect("/operator/ledger")


# ----- undoing, by two people -----


@require_POST
@signed_in(VIEW)
def ask_to_reverse(request: HttpRequest, transaction_id: str) -> HttpResponse:
    """Ask that a transaction be undone; somebody else decides."""
    try:
        services.ask_for_reversal(
            actor_of(request),
            transaction_id=transaction_id,
            reason=lists.text_of(request.POST, "reason", 2000),
            at=clock.now(),
        )
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        return _transaction_page(request, transaction_id, refusal.fields or {"reason": refusal.message}, refusal.status)
    messages.success(request, _("Asked for. A second person has to approve it."))
    return HttpResponseRedirect(f"/operator/ledger/{transaction_id}")


@require_POST
@signed_in(VIEW)
def decide_reversal(request: HttpRequest, request_id: str) -> HttpResponse:
    """Approve or reject a request to undo, as the second person."""
    actor, at = actor_of(request), clock.now()
    try:
        if request.POST.get("act") == "approve":
            services.approve_reversal(actor, request_id=request_id, at=at)
            messages.success(request, _("Undone: the reverse is booked."))
        else:
            reason = lists.text_of(request.POST, "reason", 2000)
            services.reject_reversal(actor, request_id=request_id, reason=reason, at=at)
            messages.success(request, _("Left as it is."))
    except Refused as refusal:
        if refusal.status in {403, 404}:
            raise
        messages.error(request, " ".join([refusal.message, *refusal.fields.values()]))
    return HttpResponseRedirect("/operator/ledger")


# ----- export -----


@require_safe
@signed_in(VIEW)
def export(request: HttpRequest) -> HttpResponseBase:
    """The postings of exactly the transactions that were found, up to 10,000 transactions."""
    wanted, _errors = _search(request)
    header = [
        _("Transaction"), _("Reference"), _("Kind"), _("At"), _("Booked"), _("From"), _("To"), _("Amount"),
        _("Currency"),
        _("Cause"), _("Reason"),
    ]  # fmt: skip
    name = f"ledger-{clock.billing_date(clock.now()).isoformat()}.csv"
    return csvout.download(name, header, list(_cells(actor_of(request), wanted)))


def _cells(actor: Any, wanted: dict[str, Any]) -> Iterator[list[Any]]:
    cursor: str | None = None
    for _page in range(EXPORT_MOST // 100):
        page = selectors.ledger_transactions(actor, **wanted, cursor=cursor, size=100)
        for each in page:
            for row in each.postings.all():
                yield [
                    each.public_id, each.reference, each.kind, each.at, each.booked_at, row.from_account.code,
                    row.to_account.code, Money(row.amount_minor, row.currency).text, row.currency, each.source_id,
                    each.reason,
                ]  # fmt: skip
        cursor = page.next
        if cursor is None:
            return
