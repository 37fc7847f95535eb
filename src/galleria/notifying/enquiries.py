"""The message about an enquiry, to those who answer for the seller (S-CON-001)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit import clock, jobs, outbox
from galleria.notifying import recipients, services
from galleria.notifying.sentences import Sentence, register
from galleria.supporting import events, selectors
from galleria.supporting.models import Enquiry

register(
    {
        "seller.enquiry": Sentence(
            "service",
            _("{name} asks about {product}"),
            _("{need}\nName: {name}\nCompany: {company}\nContact: {contact}"),
            _("See all enquiries"),
        ),
    }
)


def connect() -> None:
    """Called by `config.wiring`."""
    outbox.subscribe(events.EnquirySent, on_sent, lane=services.lane, priority=jobs.LATER)


def on_sent(event: events.EnquirySent) -> None:
    row = Enquiry.objects.select_related("product__seller__account").filter(public_id=event.enquiry_id).first()
    if row is None:
        return
    made = services.notify(
        selectors.handlers_of_product(row.product), "seller.enquiry", at=clock.now(),
        dedupe=f"enquiry:{row.public_id}", account_pk=row.product.seller.account_id, link="/seller/enquiries",
        mailbox=str((row.product.material or {}).get("contact", {}).get("email", "")), product=row.product.name,
        name=row.name, company=row.company or "–", contact=row.contact, need=row.need,
    )  # fmt: skip
    recipients.forward(made, account_pk=row.product.seller.account_id, category="review")
