"""Violations, points, what a level entitles to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from galleria.kit import parameters
from galleria.kit.actor import Actor
from galleria.kit.errors import NotFound, Text
from galleria.parties.models import Seller
from galleria.selling import rules
from galleria.selling.models import Violation
from galleria.selling.selectors.sellers import seller_of


@dataclass(frozen=True, slots=True)
class Conduct:
    """A kind of misconduct; points and sanctions are what the rules propose, the operator decides."""

    label: Text
    points: int
    sanctions: tuple[str, ...]


CONDUCTS: Final[dict[str, Conduct]] = {
    "bribery": Conduct(_("Bribing the operator’s staff"), 50, ("termination",)),
    "backdoor": Conduct(_("Privilege escalation or a backdoor"), 50, ("termination",)),
    "unauthorised_change": Conduct(
        _("Changing a customer’s or the operator’s cloud without leave"), 50, ("termination",)
    ),
    "hidden_defect": Conduct(_("Hiding and exploiting defects"), 50, ("termination",)),
    "forged_acceptance": Conduct(_("Forged acceptance documents"), 30, ("product_takedown", "release_ban")),
    "altered_acceptance": Conduct(
        _("Altered acceptance pictures, or a delivery that does not match the order"), 20,
        ("warning", "trade_restriction", "level_freeze"),
    ),
    "public_misconduct": Conduct(_("Public misconduct of the company"), 50, ("product_takedown", "termination")),
    "unreachable": Conduct(_("Support unreachable on repeated complaints"), 10, ("product_takedown",)),
    "unanswered_warning": Conduct(_("A warning about a product unanswered for 24 hours"), 10, ("product_takedown",)),
    "mismatch": Conduct(_("Product does not match its delivery method, name or licence"), 5, ("warning",)),
    "failing_interface": Conduct(_("More than 5 failed orders in a month"), 10, ("product_takedown",)),
    "other": Conduct(_("Other"), 0, ("warning",)),
}  # fmt: skip
SANCTIONS: Final[dict[str, Text]] = {
    "warning": _("Warning"),
    "product_takedown": _("Products taken down"),
    "trade_restriction": _("Nothing new is sold"),
    "release_ban": _("No releases"),
    "level_freeze": _("No higher level"),
    "termination": _("Cooperation ended"),
}
WITH_END: Final = frozenset({"trade_restriction", "release_ban", "level_freeze"})
"""Sanctions that have an end; the others hold until they are lifted."""
LEVELS: Final[dict[str, Text]] = {
    "certified": _("Certified seller"), "preferred": _("Preferred seller"), "leading": _("Leading seller"),
}  # fmt: skip
BENEFITS: Final[dict[str, tuple[Text, str]]] = {
    "traffic": (_("Traffic of the marketplace and places in its lists"), "certified"),
    "storefront": (_("A page of your own with film, story and certificates"), "certified"),
    "settlement": (_("Settlement by the marketplace"), "certified"),
    "training": (_("Training"), "certified"),
    "mailing": (_("Mailings to customers"), "preferred"),
    "marketing": (_("Marketing support"), "preferred"),
    "popular": (_("Places among the popular applications"), "preferred"),
    "banner": (_("A banner on the home page"), "leading"),
    "brand_hall": (_("A place in the hall of brands"), "leading"),
}
"""What a seller gets, and from which level on (S-BEN-001)."""


def entitlements(level: str) -> frozenset[str]:
    """Keys of the benefits of a level; higher levels have those of the lower ones."""
    order = list(LEVELS)
    rank = order.index(level) if level in order else 0
    return frozenset(key for key, (_words, least) in BENEFITS.items() if order.index(least) <= rank)


def violations_of(actor: Actor) -> list[Violation]:
    """What was decided about the actor's seller, the latest first."""
    actor.require("seller:info:manage")
    return _with_sanctions(seller_of(actor))


def violations_for_operator(actor: Actor, seller: Seller) -> list[Violation]:
    """What was decided about any seller."""
    actor.require("operator:account:manage")
    return _with_sanctions(seller)


def _with_sanctions(seller: Seller) -> list[Violation]:
    return list(Violation.objects.filter(seller=seller).prefetch_related("sanctions"))


def violation_of(actor: Actor, violation_id: str) -> Violation:
    """One of the actor's seller. Raises NotFound."""
    row = Violation.objects.filter(seller=seller_of(actor), public_id=violation_id).first()
    if row is None:
        raise NotFound
    return row


def violation_by_id(violation_id: str) -> Violation:
    """For packages above. Raises NotFound."""
    row = Violation.objects.select_related("seller").filter(public_id=violation_id).first()
    if row is None:
        raise NotFound
    return row


def published(seller_pk: int) -> list[Violation]:
    """Decisions that everybody may read."""
    rows = Violation.objects.filter(seller_id=seller_pk, is_published=True).exclude(state="revoked")
    return list(rows.prefetch_related("sanctions"))


def points_of(seller_pk: int, at: datetime) -> int:
    """Points that count today (S-VIO-002)."""
    rows = Violation.objects.filter(seller_id=seller_pk).exclude(state="revoked")
    return rules.points(rows.values_list("decided_at", "points"), at, parameters.get("violation.points_months", at=at))
