"""What this package does when others tell something; `config.wiring` connects it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit import files
from galleria.kit.actor import Actor
from galleria.kit.errors import Text
from galleria.parties import permissions
from galleria.parties import ports as parties
from galleria.reviewing import ports
from galleria.reviewing.models import Submission
from galleria.selling import dossiers, selectors, settings_table
from galleria.selling.models import Certification, Change
from galleria.selling.services import admitting, certifying, changing, couponing, leaving

SELLERS, ACCOUNTS = "operator:seller:review", "operator:account:manage"


def connect() -> None:
    """Make the kinds of submissions, the settings of sellers and who reads their files known."""
    settings_table.define()
    files.readable_by(
        "registration", "profile", "name", "storefront", account=("iam:account:manage", changing.PERMISSION),
        operator=(SELLERS, ACCOUNTS),
    )  # fmt: skip
    files.readable_by("test_coupon", account=(couponing.PERMISSION,), operator=(SELLERS, ACCOUNTS))
    parties.GIVING["selling"] = why_not_give
    for kind in KINDS:
        ports.register(kind)


def why_not_give(actor: Actor, roles: frozenset[str]) -> Text:
    """Who looks after some products only gives no roles that would be for all of them (S-SUB-001)."""
    if permissions.granted(roles).isdisjoint(permissions.SELLER) or selectors.product_scope(actor) is None:
        return ""
    return _("You look after some products only. The owner of the account gives roles of the seller.")


def _certification_page(submission: Submission) -> str:
    party = Certification.objects.filter(public_id=submission.subject).values_list("party__public_id", flat=True)
    return f"/seller/certification/{party.first() or ''}"


def _change_page(submission: Submission) -> str:
    kind = Change.objects.filter(public_id=submission.subject).values_list("kind", flat=True).first()
    return {"storefront": "/seller/storefront", "name": "/seller/profile/name"}.get(kind or "", "/seller/profile")


KINDS = (
    ports.Kind(
        "registration", _("Registration"), SELLERS, "review.registration_days", admitting.approve, admitting.reject,
        dossiers.registration, admitting.take_back, page=lambda row: "/seller/start",
    ),
    ports.Kind(
        "certification", _("Certification"), SELLERS, "review.certification_days", certifying.approve,
        certifying.give_back, dossiers.certification, certifying.take_back, page=_certification_page,
    ),
    ports.Kind(
        "profile", _("Seller’s data"), SELLERS, "review.profile_days", changing.approve, changing.give_back,
        dossiers.change, changing.take_back, page=_change_page,
    ),
    ports.Kind(
        "test_coupon", _("Test coupon"), SELLERS, "review.coupon_days", couponing.approve, couponing.refuse,
        dossiers.test_coupon, couponing.take_back, page=lambda row: "/seller/test-coupons",
    ),
    ports.Kind(
        "exit", _("Exit"), SELLERS, "review.exit_days", leaving.approve, leaving.give_back, dossiers.leaving,
        leaving.take_back, page=lambda row: "/seller/exit",
    ),
)  # fmt: skip
