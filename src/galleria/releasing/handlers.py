"""What this package does when others tell something; `config.wiring` connects it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from galleria.kit import clock, files, outbox
from galleria.publishing import selectors as catalogue
from galleria.publishing.events import ProductRemoved
from galleria.releasing import dossiers, figures, selectors
from galleria.releasing.services import removing, submitting
from galleria.reviewing import ports

__all__ = ["connect", "figures"]
REVIEW = "operator:release:review"


def on_product_removed(event: ProductRemoved) -> None:
    """Whoever removed it: what follows is the same."""
    removing.follow_removal(catalogue.product_by_id(event.product_id), at=clock.now())


def connect() -> None:
    """Subscribe to events, register kinds of submissions and who reads their files."""
    outbox.subscribe(ProductRemoved, on_product_removed, in_transaction=True)
    files.readable_by("release", account=(selectors.VIEW, "seller:product:release"), operator=(REVIEW,))
    files.readable_by("removal", account=(selectors.VIEW, "seller:product:manage"), operator=(REVIEW,))
    files.readable_by("joint", account=(selectors.VIEW, "seller:product:release"), operator=(REVIEW,))
    ports.register(
        ports.Kind(
            name=selectors.KIND,
            label=pgettext_lazy("kind of submission", "Release"),
            permission=REVIEW,
            days="review.release_days",
            approve=submitting.approved,
            give_back=submitting.given_back,
            withdraw=submitting.taken_back,
            dossier=dossiers.of_release,
            page=lambda submission: f"/seller/releases/{submission.subject}",
            act=_("Approve and put on sale"),
        )
    )
    ports.register(
        ports.Kind(
            name=selectors.REMOVAL_KIND,
            label=_("Removal"),
            permission=REVIEW,
            days="review.removal_days",
            approve=removing.removal_approved,
            give_back=removing.removal_given_back,
            withdraw=removing.removal_taken_back,
            dossier=dossiers.of_removal,
            page=lambda submission: "/seller/products",
            act=_("Approve and end the sale"),
        )
    )
