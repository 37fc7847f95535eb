"""A seller's company by program: what is reviewed first, what holds at once, who works there and who gets messages."""

from __future__ import annotations

from django.http import HttpRequest

from galleria.api.auth import actor_of
from galleria.api.endpoints import FILE_BYTES, Routes
from galleria.api.schemas import company as out
from galleria.api.schemas import onboarding
from galleria.api.schemas.buying import NothingIn
from galleria.api.schemas.common import PublicId
from galleria.kit import clock
from galleria.selling import forms, selectors
from galleria.selling import services as selling
from galleria.selling.selectors import certifications, changes
from galleria.selling.selectors import people as colleagues
from galleria.selling.services import certifying, changing, people

routes = Routes("Selling: company")
MANAGE = "seller:info:manage"
USERS = "seller:product:view"  # and the account's owner, whatever roles somebody has
CHANGE, RECIPIENT = "/seller/changes/{kind}", "/seller/recipients/{recipient_id}"


# ----- changes that are reviewed -----


def _change(request: HttpRequest, kind: out.Kind) -> out.SellerChangeOut:
    actor = actor_of(request)
    return out.change_out(selectors.seller_of(actor), kind, changes.change_of(actor, kind), clock.now())


@routes.get(CHANGE, out.SellerChangeOut, needs=MANAGE)
def get_seller_change(request: HttpRequest, kind: out.Kind) -> out.SellerChangeOut:
    """A change of the `profile`, the `name` or the `storefront` page; without one, what is live."""
    return _change(request, kind)


@routes.write("PUT", CHANGE, out.SellerChangeOut, needs=MANAGE)
def save_seller_change(
    request: HttpRequest, kind: out.Kind, body: onboarding.ApplicationValuesIn
) -> out.SellerChangeOut:
    """Keep values of fields, right or wrong, in a draft; what is live stays. The name is for the owner."""
    fields = [field for group in forms.CHANGES[kind] for field in group.fields]
    values = onboarding.known(fields, body.values)
    changing.save(actor_of(request), kind=kind, values=values, version=body.version, at=clock.now())
    return _change(request, kind)


@routes.write("POST", f"{CHANGE}/documents", out.SellerChangeOut, needs=MANAGE, most_bytes=FILE_BYTES)
def attach_to_seller_change(
    request: HttpRequest, kind: out.Kind, body: onboarding.ApplicationDocumentIn
) -> out.SellerChangeOut:
    """Put a file of up to 1.8 MB into the draft: the logo, a certificate. Larger ones go through the page."""
    upload = onboarding.content_of(body)
    changing.attach(actor_of(request), kind=kind, field=body.field, upload=upload, at=clock.now())
    return _change(request, kind)


@routes.write("DELETE", f"{CHANGE}/documents/{{field}}/{{file_id}}", out.SellerChangeOut, needs=MANAGE)
def detach_from_seller_change(
    request: HttpRequest, kind: out.Kind, field: PublicId, file_id: PublicId
) -> out.SellerChangeOut:
    """Take a file out of the draft."""
    changing.detach(actor_of(request), kind=kind, field=field, file_id=file_id, at=clock.now())
    return _change(request, kind)


@routes.write("POST", f"{CHANGE}/submit", out.SellerChangeOut, needs=MANAGE, course="outside")
def submit_seller_change(request: HttpRequest, kind: out.Kind, body: NothingIn) -> out.SellerChangeOut:
    """Send the draft to the reviewers; a new website must answer. What is live stays until they have decided."""
    changing.submit(actor_of(request), kind=kind, at=clock.now())
    return _change(request, kind)


@routes.write("POST", f"{CHANGE}/withdraw", out.SellerChangeOut, needs=MANAGE)
def withdraw_seller_change(request: HttpRequest, kind: out.Kind, body: NothingIn) -> out.SellerChangeOut:
    """Take it back as a draft while nothing is decided."""
    changing.withdraw(actor_of(request), kind=kind, at=clock.now())
    return _change(request, kind)


@routes.write("DELETE", CHANGE, out.SellerChangeOut, needs=MANAGE)
def discard_seller_change(request: HttpRequest, kind: out.Kind) -> out.SellerChangeOut:
    """Forget the draft; the answer is what is live."""
    changing.discard(actor_of(request), kind=kind, at=clock.now())
    return _change(request, kind)


# ----- what holds at once -----


@routes.get("/seller/customer-service", out.CustomerServiceOut, needs=MANAGE)
def get_customer_service(request: HttpRequest) -> out.CustomerServiceOut:
    """When and in which languages buyers get help, and whether they can write tickets."""
    return out.customer_service_out(selectors.seller_of(actor_of(request)))


@routes.write("PUT", "/seller/customer-service", out.CustomerServiceOut, needs=MANAGE)
def set_customer_service(request: HttpRequest, body: out.CustomerServiceIn) -> out.CustomerServiceOut:
    """Set hours and languages; buyers see them within a minute."""
    row = changing.set_support(
        actor_of(request), hours=body.hours, languages=body.languages, answers_in=body.answers_in, at=clock.now()
    )
    return out.customer_service_out(row)


@routes.write("PUT", "/seller/customer-service/tickets", out.CustomerServiceOut, needs=MANAGE)
def set_seller_ticket_settings(request: HttpRequest, body: out.TicketSettingsIn) -> out.CustomerServiceOut:
    """Let buyers write tickets about products, or stop it; open tickets stay."""
    row = changing.set_tickets(actor_of(request), accepts=body.accepted, hours=body.hours, at=clock.now())
    return out.customer_service_out(row)


def _agreements(request: HttpRequest) -> out.NewAgreementsOut:
    at = clock.now()
    rows = certifications.agreements_to_accept(selectors.seller_of(actor_of(request)), at)
    return out.NewAgreementsOut(items=onboarding.agreements_of([row.agreement.key for row in rows], at))


@routes.get("/seller/agreements", out.NewAgreementsOut, needs=MANAGE)
def list_new_seller_agreements(request: HttpRequest) -> out.NewAgreementsOut:
    """Newer versions of what the company signed, as far as they wait for the owner."""
    return _agreements(request)


@routes.write("POST", "/seller/agreements", out.NewAgreementsOut, needs=MANAGE)
def accept_new_seller_agreements(request: HttpRequest, body: onboarding.AcceptIn) -> out.NewAgreementsOut:
    """Accept all of them in the versions that were read; for the owner. The answer is what still waits."""
    certifying.accept_new_versions(actor_of(request), accepted=body.agreements, at=clock.now())
    return _agreements(request)


# ----- who gets messages -----


@routes.get("/seller/recipients", out.RecipientsOut, needs=MANAGE)
def list_seller_recipients(request: HttpRequest) -> out.RecipientsOut:
    """Who gets the seller's messages without a login."""
    return out.RecipientsOut(items=[out.recipient_out(row) for row in colleagues.recipients_of(actor_of(request))])


@routes.write("POST", "/seller/recipients", out.RecipientOut, status=201, needs=MANAGE)
def add_seller_recipient(request: HttpRequest, body: out.RecipientIn) -> out.RecipientOut:
    """Put somebody on the list; a link with which they agree is mailed to them."""
    return out.recipient_out(people.add_recipient(actor_of(request), **body.model_dump(), at=clock.now()))


@routes.write("PUT", RECIPIENT, out.RecipientOut, needs=MANAGE)
def change_seller_recipient(request: HttpRequest, recipient_id: PublicId, body: out.RecipientIn) -> out.RecipientOut:
    """Change what somebody gets; a new address is proven again."""
    row = people.change_recipient(
        actor_of(request), recipient_id=recipient_id, **body.model_dump(), at=clock.now()
    )  # fmt: skip
    return out.recipient_out(row)


@routes.write("POST", f"{RECIPIENT}/link", out.RecipientOut, needs=MANAGE)
def send_seller_recipient_link(request: HttpRequest, recipient_id: PublicId, body: NothingIn) -> out.RecipientOut:
    """Mail a new link to somebody who has not agreed yet; the old one is worth nothing."""
    return out.recipient_out(
        people.send_link_again(actor_of(request), recipient_id=recipient_id, at=clock.now())
    )  # fmt: skip


@routes.write("DELETE", RECIPIENT, None, status=204, needs=MANAGE)
def remove_seller_recipient(request: HttpRequest, recipient_id: PublicId) -> None:
    """Take somebody off the list."""
    people.remove_recipient(actor_of(request), recipient_id=recipient_id, at=clock.now())


# ----- who works here -----


@routes.get("/seller/users", out.SellerUsersOut, needs=USERS)
def list_seller_users(request: HttpRequest) -> out.SellerUsersOut:
    """Everybody in the account with seller roles and products; for the owner."""
    selling.require_owner(actor_of(request))
    return out.SellerUsersOut(items=[out.user_out(row) for row in colleagues.colleagues(actor_of(request))])


@routes.write("PUT", "/seller/users/{user_id}", out.SellerUserOut, needs=USERS)
def set_seller_user(request: HttpRequest, user_id: PublicId, body: out.SellerUserIn) -> out.SellerUserOut:
    """Set somebody's seller roles and products; buyer roles stay. For the owner. It holds from the next request on."""
    row = people.set_user(
        actor_of(request), user_id=user_id, roles=body.roles, products=body.products, at=clock.now()
    )  # fmt: skip
    return out.user_out(row)
