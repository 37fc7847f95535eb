"""S2, the seller's overview: what waits, four figures, what is left until the first sale."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from galleria.kit import clock
from galleria.kit.money import Money
from galleria.reporting import selling as reporting
from galleria.reporting import shelf
from galleria.selling.ports import Step
from galleria.selling.selectors.started import getting_started
from galleria.web import context, words
from galleria.web.access import actor_of, signed_in
from galleria.web.buyer import labels
from galleria.web.formats import money_text, percent
from galleria.web.seller.orders import rows_of

WAITS = words.Shown(gettext_lazy("Waits for you"), "warn", "clock")


@require_safe
@signed_in(shelf.VIEW)
def show(request: HttpRequest) -> HttpResponse:
    """The page; parts that the reader may not see are left out."""
    actor, at = actor_of(request), clock.now()
    seller = shelf.seller_of(actor)
    vars(context.of(request))["account_name"] = seller.account.name  # read already: the frame need not ask again
    may_trade = actor.may(reporting.VIEW)
    trade = reporting.trade(actor, at=at) if may_trade else None
    work = shelf.waiting(actor, seller)
    is_new = trade is None or not trade.latest
    steps = [*getting_started(actor, seller), *_product_steps(work)] if is_new else []
    left = [step for step in steps if not step.done]
    waiting = len(work.returned) + work.notices + (trade.waiting_count if trade else 0)
    values = {
        "seller": seller,
        "trade": trade,
        "work": work,
        "steps": steps,
        "left": left,
        "lede": _lede(waiting, len(left)),
        "waiting": [_shown(each) for each in (trade.waiting if trade else [])],
        "latest": rows_of(trade.latest) if trade else [],
        "sold": _together(trade.sold) if trade else "",
        "sold_before": _together(trade.sold_before) if trade else "",
        "success": percent(trade.success_e2) if trade and trade.success_e2 is not None else "",
        "nothing": Money.zero(context.of(request).site.currency),
    }  # fmt: skip
    return render(request, "seller/overview.html", values)


def _shown(delivery: Any) -> tuple[Any, dict[str, Any], words.Shown]:
    """A delivery that needs somebody: with its product and its state in the seller's words."""
    state = WAITS if delivery.state == "waiting_seller" else words.shown(words.DELIVERY_STATES, delivery.state)
    return delivery, labels.product_tag(delivery.subscription.product), state


def _product_steps(work: shelf.Waiting) -> list[Step]:
    """From the first draft to the shelf."""
    is_sent = bool(work.in_review or work.released or work.returned)
    return [
        Step("draft", _("Begin your first product"), bool(work.drafts or is_sent), "/seller/products/new",
             _("The draft saves itself and shows what is missing.")),
        Step("submitted", _("Submit it for review"), is_sent, "/seller/products?view=drafts",
             _("The same checks as the reviewers' run beforehand.")),
        Step("released", _("On the shelf"), bool(work.released), "/seller/releases",
             _("After approval it is sold at once.")),
    ]  # fmt: skip


def _together(amounts: list[Money]) -> str:
    return " + ".join(money_text(each) for each in amounts)


def _lede(waiting: int, left: int) -> str:
    """The sentence that answers "what must I do?"."""
    if waiting:
        return ngettext("One thing waits for you.", "%(count)d things wait for you.", waiting) % {"count": waiting}
    if left:
        said: Any = ngettext(
            "One step is left until your first sale.", "%(count)d steps are left until your first sale.", left
        )
        return str(said % {"count": left})
    return _("Nothing waits for you.")
