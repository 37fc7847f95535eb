"""What the operator sees of an offer that goes beyond the authorised range."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit.actor import Actor
from galleria.kit.errors import Text
from galleria.kit.models import StoredFile
from galleria.pricing.models import Discount, Offer
from galleria.pricing.selectors import offers as selectors
from galleria.reviewing.models import Submission
from galleria.reviewing.ports import Dossier, Fact, Section


def offer(actor: Actor, submission: Submission) -> Dossier:
    """Who gets what for how much, against the list and the authorised range, with the seller's earlier offers."""
    row = selectors.offer_for_review(submission.subject)
    lines = list(row.lines.all())
    worths = selectors.worths(lines, with_share=True)
    earlier = Offer.objects.filter(issuer=row.issuer).exclude(pk=row.pk).order_by("-created_at")[:10]
    return Dossier(
        sections=[
            Section("offer", _("The offer"), _facts(row)),
            *[
                Section(f"line.{number}", _("Line %(number)s") % {"number": number}, _line_facts(line, worths[line.pk]))
                for number, line in enumerate(lines, start=1)
            ],
        ],
        checklist=[
            _("The customers are who the seller says they are."),
            _("The remarks or the contract explain the price."),
        ],
        history=[(each.created_at, each.name) for each in earlier],
        effects=[_("The named accounts are told and can order at this price. It cannot be changed afterwards.")],
    )


def _facts(row: Offer) -> list[Fact]:
    names = ", ".join(f"{each.account.name} ({each.account.public_id})" for each in row.accounts.all())
    facts = [
        Fact("name", _("Name"), row.name),
        Fact("accounts", _("Customers"), names),
        Fact("starts_at", _("Valid from"), row.starts_at or _("at once")),
        Fact("ends_at", _("Valid until"), row.ends_at),
        Fact("order_types", _("Kinds of orders"), ", ".join(row.order_types), look="list"),
        Fact("is_single", _("Uses a customer"), _("one") if row.is_single else _("as many as they like")),
        Fact("remarks", _("Remarks"), row.remarks, look="markdown"),
    ]
    if row.attachment:
        name = StoredFile.objects.filter(public_id=row.attachment).values_list("name", flat=True).first()
        facts.append(Fact("attachment", _("Attachment"), name or row.attachment, href=f"/files/{row.attachment}"))
    return facts


def _line_facts(line: Discount, worth: selectors.Worth) -> list[Fact]:
    about: list[Text] = [str(each) for each in (line.product, line.specification) if each is not None]
    allowed = selectors.authorised_e2(line.product)
    found = [
        Fact("product", _("Product"), " · ".join(str(each) for each in about)),
        Fact("sku", _("SKU"), line.sku_id or _("any")),
        Fact("quantity", _("Quantity"), line.quantity or _("any")),
        Fact("periods", _("Periods"), line.periods or _("any")),
        Fact("percent", _("Taken off"), f"{worth.percent_e2 / 100:g} %", f"{allowed / 100:g} %"),
    ]
    if worth.official is not None and worth.amount is not None:
        found.append(Fact("price", _("Price"), worth.amount, worth.official, "money"))
        found.append(Fact("share", _("The seller’s share"), worth.share, look="money"))
    return found
