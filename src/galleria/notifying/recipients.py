"""Messages of a seller to the people on its list of recipients, who have no login (S-RCP-001)."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from galleria.notifying import services
from galleria.notifying.models import Message
from galleria.notifying.rendering import rendered
from galleria.parties.models import Seller
from galleria.selling.selectors import people as selling


def forward(messages: Sequence[Message], *, account_pk: int, category: str) -> list[str]:
    """Mail a new message to the confirmed recipients of the category; returns the addresses.

    `messages` is what `services.notify` made: nothing new, nothing to forward. The account's own address always gets
    settlement and interface alerts, unless one of its users got the mail already.
    """
    seller_pk = Seller.objects.filter(account_id=account_pk).values_list("pk", flat=True).first()
    if not messages or seller_pk is None:
        return []
    message = messages[0]
    addresses = [address for _name, address in selling.addresses_for(seller_pk, category)]
    if category in selling.ALWAYS_TO_ACCOUNT:
        addresses += selling.bound_addresses(seller_pk)
    mailbox = str(message.parameters.get("_mailbox", "")).lower()
    known = {each.user.email.lower() for each in messages} | {mailbox}
    wanted = [each for each in dict.fromkeys(map(str.lower, addresses)) if each not in known]
    with translation.override(message.user.language):
        text = rendered(message, zone=message.user.time_zone)
        lines = [text.text]
        if message.link:
            label = text.act or _("More")
            lines += ["", f"{label}: {settings.GALLERIA_SITE_URL}{message.link}"]
        lines += ["", "-- ", settings.GALLERIA.site_name, _("You are on a seller’s list of recipients.")]
        for address in wanted:
            services.send_text(address, subject=f"{settings.GALLERIA.site_name}: {text.subject}", body="\n".join(lines))
    return wanted
