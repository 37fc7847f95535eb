"""What a new seller still has to do before the first sale, and why."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit import clock
from galleria.kit.actor import Actor
from galleria.parties.models import Seller
from galleria.selling import ports
from galleria.selling.models import Certification
from galleria.selling.ports import Step
from galleria.selling.selectors.certifications import agreements_to_accept
from galleria.selling.selectors.sellers import LIVE, seller_of


def getting_started(actor: Actor, seller: Seller | None = None) -> list[Step]:
    """Registered, certified, customer service, then the steps of the packages above. Raises NotASeller.

    `seller`: the actor's own, where it was read already.
    """
    seller = seller or seller_of(actor)
    rows = list(Certification.objects.select_related("party").filter(seller=seller))
    certified = any(row.state in LIVE for row in rows)
    is_waiting = any(row.state == "review" for row in rows)
    steps = [
        Step(
            "registered",
            _("Register the company"),
            True,
            "/seller/start",
            _("Buyers see who they buy from."),
        ),
        Step(
            "certified",
            _("Have tax and bank data certified") if not is_waiting else _("Tax and bank data: in review"),
            certified,
            "/seller/certification",
            _("Without it nothing with a price can be released, and no bill can be paid to you."),
        ),
        Step(
            "support",
            _("Say when customer service answers"),
            bool(seller.support_hours and seller.support_email),
            "/seller/profile",
            _("Buyers see it on every product page."),
        ),
    ]
    if agreements_to_accept(seller, clock.now()):
        steps.append(
            Step(
                "agreements",
                _("Accept the new versions of agreements"),
                False,
                "/seller/profile#agree",
                _("Bills cannot be opened before."),
            )
        )
    for source in ports.STEPS.values():
        steps.extend(source(actor, seller.pk))
    return steps
