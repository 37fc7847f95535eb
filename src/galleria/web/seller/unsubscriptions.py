"""S8, unsubscriptions: who left what, what came back, whether the instance is deleted (S-ORD-003, S-RFD-006)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from galleria.buying import leaving
from galleria.kit import clock, pages
from galleria.kit.money import Money
from galleria.pricing.rules.refunds import Back
from galleria.reporting import unsubscribing as reporting
from galleria.web import lists, words
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels, leaving_words
from galleria.web.seller.orders import rows_of, share_of


@dataclass(frozen=True)
class Row:
    """One line of an unsubscription. Amounts before tax, as on the seller's bills."""

    line: Any
    fee_percent: Any

    @property
    def order(self) -> Any:
        return self.line.order

    @property
    def asked(self) -> Any:
        return self.line.order.unsubscription

    @property
    def tag(self) -> dict[str, Any]:
        return {**labels.product_tag(self.line.product), "name": self.line.product_name}

    @property
    def shown(self) -> words.Shown:
        return words.shown(words.ORDER_STATES, self.order.state)

    @property
    def terms(self) -> list[Any]:
        return list(self.line.unsubscribed_terms.all())

    @property
    def what(self) -> str:
        return _("Renewal given back") if self.asked.kind == leaving.RENEWALS else _("Unsubscription")

    @property
    def rules(self) -> str:
        """The rules by which something came back."""
        found = dict.fromkeys(str(leaving_words.RULES.get(term.rule, term.rule)) for term in self.terms)
        return ", ".join(found)

    @property
    def refund(self) -> Money:
        """What came back of the price, before tax."""
        return Money(sum(term.cash_minor for term in self.terms), self.order.currency)

    @property
    def share(self) -> Money:
        """The seller's part of it at today's fee."""
        return share_of(self.refund, self.fee_percent)


def _rows(found: Any) -> list[Row]:
    return [Row(each.line, each.fee_percent) for each in rows_of(found)]


@require_safe
@signed_in("seller:order:view")
def show(request: HttpRequest) -> HttpResponse:
    """The list."""
    actor = actor_of(request)
    typed = lists.text_of(request.GET, "q")
    page = pages.page_of(
        reporting.of_seller(actor, typed), sort="-pk", cursor=request.GET.get("cursor"), size=request.GET.get("size")
    )
    values = {
        "rows": _rows(page),
        "typed": typed,
        "next_page": lists.at_page(request.GET, page.next),
        "previous_page": lists.at_page(request.GET, page.previous),
    }
    return render(request, "seller/unsubscriptions.html", values)


@require_safe
@signed_in("seller:order:view")
def one(request: HttpRequest, line_id: str) -> HttpResponse:
    """One unsubscription: term by term, with the working; what the seller's server was told."""
    line, deliveries = reporting.one_of_seller(actor_of(request), line_id)
    row = _rows([line])[0]
    terms = [(term, Back.from_json(term.result)) for term in row.terms]
    values = {
        "row": row,
        "terms": [(term, back, leaving_words.steps(back)) for term, back in terms],
        "reason": leaving.REASONS.get(row.asked.reason, ""),
        "rules": leaving_words.RULES,
        "deliveries": deliveries,
        "words": words,
        "at": clock.now(),
    }
    return render(request, "seller/unsubscription.html", values)
