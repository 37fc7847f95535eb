"""Large refunds before the operator (B-UNS-005): what a reviewer sees, and what a decision does."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from galleria.buying import models
from galleria.buying.leaving import REASONS, WHOLE, returns_used
from galleria.buying.services import leaving
from galleria.kit.actor import Actor
from galleria.kit.errors import Text
from galleria.kit.money import Money
from galleria.pricing.rules.refunds import Back
from galleria.reviewing import ports
from galleria.reviewing.models import Submission
from galleria.reviewing.ports import Dossier, Fact, Section

RULES = {
    "platform": gettext_lazy("The marketplace’s rule"),
    "unconditional": gettext_lazy("Return of a new purchase"),
    "withdrawal": gettext_lazy("Withdrawal by law"),
    "renewal": gettext_lazy("Renewal that has not begun"),
}

METHODS = {
    "balance": gettext_lazy("Balance"),
    "card": gettext_lazy("Card"),
    "settlement": gettext_lazy("Monthly settlement"),
    "credit": gettext_lazy("Credit"),
    "reseller": gettext_lazy("Paid by your reseller"),
    "none": gettext_lazy("Nothing to pay"),
}


def dossier(actor: Actor, submission: Submission) -> Dossier:
    """Who asks for how much, by which rule, of which orders, and how each figure came about."""
    asked = models.Unsubscription.objects.select_related("order__account").get(order__public_id=submission.subject)
    order, currency = asked.order, asked.order.currency
    total = Money(asked.refund_minor, currency)
    request = Section("request", _("Request"), [
        Fact("refund", _("Comes back"), total),
        Fact("coupon", _("To coupons"), Money(asked.coupon_minor, currency) if asked.coupon_minor else ""),
        Fact("reason", _("Reason"), str(REASONS.get(asked.reason, asked.reason))),
        Fact("comment", _("Comment"), asked.comment),
        Fact("account", _("Account"), str(order.account.name), href=f"/operator/accounts/{order.account.public_id}"),
        Fact("asked_by", _("Asked by"), order.creator_name),
        Fact("asked_at", _("Asked at"), order.created_at),
        Fact("returns", _("New purchases returned this year"), returns_used(order.account_id, order.created_at)),
    ])  # fmt: skip
    terms = asked.terms.select_related("line__product__seller", "period", "source__payment__means")
    sections = [request, *(_term(number, term) for number, term in enumerate(terms, 1))]
    effects: list[Text] = [
        _("Approving closes the subscriptions, has the sellers delete them and pays the refund out at once.")
        if asked.kind == WHOLE
        else _("Approving shortens the term by the renewals and pays the refund out at once.")
    ]
    return Dossier(
        sections,
        links=[(_("The order"), f"/operator/orders/{order.public_id}")],
        checklist=[
            _("The account is who it says, and the means of payment is its own."),
            _("The orders were not charged back at the bank."),
            _("Nothing points to abuse, such as buying and leaving again and again."),
        ],
        effects=effects,
    )


def _term(number: int, term: models.UnsubscribedTerm) -> Section:
    back, source = Back.from_json(term.result), term.source
    steps = [f"{step.sentence(_value, _)}" for step in back.steps]
    means = str(source.payment.means or "") if source.payment is not None else ""
    return Section(f"term{number}", f"{term.line.product_name}", [
        Fact(f"term{number}.rule", _("Rule"), str(RULES.get(term.rule, term.rule))),
        Fact(f"term{number}.seller", _("Seller"), term.line.product.seller.name),
        Fact(f"term{number}.begins", _("From"), term.period.starts_at),
        Fact(f"term{number}.ends", _("Until"), term.period.ends_at or ""),
        Fact(f"term{number}.order", _("Paid with order"), source.public_id),
        Fact(f"term{number}.means", _("Paid by"), means or str(METHODS.get(source.paid_by, ""))),
        Fact(f"term{number}.paid", _("Paid"), back.paid),
        Fact(f"term{number}.consumed", _("Used"), back.consumed),
        Fact(f"term{number}.fee", _("Fee"), back.fee),
        Fact(f"term{number}.back", _("Comes back"), back.total),
        Fact(f"term{number}.working", _("How it is worked out"), steps, look="list"),
    ])  # fmt: skip


def _value(value: object) -> str:
    share = getattr(value, "e4", None)
    return f"{share / 100:g} %" if share is not None else str(value)


def _approve(actor: Actor, submission: Submission, at: datetime) -> None:
    leaving.approve(actor, submission, at)


KIND = ports.Kind(
    leaving.REVIEW, gettext_lazy("Large refund"), "operator:order:refund", "review.refund_days", _approve,
    leaving.give_back, dossier, leaving.withdraw, page=lambda row: f"/buyer/unsubscriptions/{row.subject}",
    act=gettext_lazy("Approve and pay out"),
)  # fmt: skip
