"""Mails, after the commit. A job that runs again finds its delivery sent and does nothing (B-MSG-T2)."""

from __future__ import annotations

import json
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from galleria.kit import clock, jobs, prepared, secrets
from galleria.kit.prepared import Prepared
from galleria.notifying.models import MessageDelivery
from galleria.notifying.rendering import rendered
from galleria.parties import selectors as parties


@jobs.job("notifying.send_mail", max_attempts=8, outside=True, priority=jobs.LATER)
def send_mail(message_id: str, channel: str) -> None:
    """Send one mail and note it. What the mail server refuses is tried again with growing distance."""
    delivery = _UNSENT.one(message=message_id, channel=channel)
    if delivery is None:
        return
    try:
        _mail(delivery).send()
    except Exception as error:
        MessageDelivery.objects.filter(pk=delivery.pk).exclude(state="sent").update(
            state="failed", at=clock.now(), error=f"{type(error).__name__}: {error}"[:300]
        )
        raise
    prepared.update(MessageDelivery, {"id": delivery.pk}, {"state": "sent", "at": clock.now(), "error": ""})


_UNSENT = Prepared(
    lambda p: (
        MessageDelivery.objects.select_related("message__user")
        .filter(message__public_id=p("message"), channel=p("channel"))
        .exclude(state="sent")
    )
)


def _mail(delivery: MessageDelivery) -> EmailMessage:
    message = delivery.message
    user = message.user
    to_mailbox = delivery.channel == "mailbox"
    address = message.parameters.get("_mailbox", "") if to_mailbox else user.email
    with translation.override(user.language):
        text = rendered(message, zone=user.time_zone)
        lines = [text.text]
        if message.link:
            label = text.act or _("More")
            lines += ["", f"{label}: {settings.GALLERIA_SITE_URL}{message.link}"]
        lines += ["", "-- ", settings.GALLERIA.site_name]
        if to_mailbox:
            lines.append(_("You get this mail because your address is the support address of a seller."))
        else:
            lines.append(
                _("You choose what reaches you by mail here: %(address)s")
                % {"address": f"{settings.GALLERIA_SITE_URL}/account/messages"}
            )
        subject = f"{settings.GALLERIA.site_name}: {text.subject}"
    host = urlsplit(settings.GALLERIA_SITE_URL).hostname or "localhost"
    return EmailMessage(
        subject=subject[:200],
        body="\n".join(lines),
        to=[address],
        # the same id at every attempt, so that a mail server can drop what it has already
        headers={"Message-ID": f"<{message.public_id}.{delivery.channel}@{host}>"},
    )


@jobs.job("notifying.send_text", max_attempts=5, outside=True, backoff=(5, 30, 120, 300))
def send_text(sealed: str) -> None:
    """A code or link; after the last attempt it would be of no use any more."""
    address, subject, body = json.loads(secrets.decrypt(sealed))
    EmailMessage(subject=subject, body=body, to=[address]).send()


def send_invitation(invitation_id: str, sealed_token: str) -> None:
    """Mail the link of an invitation that is still open. The token is in no table but the job's, encrypted."""
    invitation = parties.open_invitation(invitation_id, clock.now())
    if invitation is None:
        return
    link = f"{settings.GALLERIA_SITE_URL}/account/invitation?token={secrets.decrypt(sealed_token)}"
    site = settings.GALLERIA.site_name
    with translation.override(invitation.invited_by.language if invitation.invited_by else None):
        blanks = {"who": invitation.invited_by or site, "account": invitation.account.name, "site": site, "link": link}
        subject = _("%(site)s: %(who)s invites you to %(account)s") % blanks
        body = (
            _(
                "%(who)s invites you to act for %(account)s at %(site)s.\n\nAccept within 7 days: %(link)s\n\n"
                "If you do not know what this is about, do nothing: nobody gets access through this mail alone."
            )
            % blanks
        )
    EmailMessage(subject=" ".join(subject.split())[:200], body=body, to=[invitation.email]).send()
