"""Which products a user looks after (S-SUB), and who gets the seller's messages (S-RCP)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.kit import ids, outbox
from galleria.kit import secrets as vault
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, NotFound, Refused
from galleria.parties import checks, permissions
from galleria.parties import selectors as people
from galleria.parties import services as users
from galleria.parties.models import Seller
from galleria.selling import events, ports, rules
from galleria.selling.models import ProductGrant, Recipient, UserScope
from galleria.selling.selectors import people as selectors
from galleria.selling.services.standing import require_owner, require_seller

MOST_RECIPIENTS = 50
CHANNELS = ("email", "sms")


class LinkNotValid(Refused):
    """The link was used, replaced, or its time is over."""

    code = "LINK_NOT_VALID"
    status = 404
    default_message = _("This link is not valid any more. Ask the seller to send it again.")


# ----- sub-users -----


@transaction.atomic
def set_user(
    actor: Actor, *, user_id: str, roles: Collection[str], products: Iterable[str] | None, at: datetime
) -> selectors.Colleague:
    """Give a user of the account seller roles and products; None for all of them. For the main account.

    Buyer roles stay as they are. Raises NotFound, Invalid for a product or role that is not there, PermissionMissing.
    """
    require_owner(actor)
    seller = require_seller(actor, "seller:product:view")
    row = selectors.colleague(actor, user_id).membership
    if row.is_owner:
        raise Invalid(_("The owner may do everything."))
    known = {role.name for role in selectors.seller_roles()}
    if unknown := set(roles) - known:
        raise Invalid(fields={"roles": _("There is no role %(name)s.") % {"name": sorted(unknown)[0]}})
    kept = [name for name in row.roles if name not in known]
    ordered = [role.name for role in selectors.seller_roles() if role.name in set(roles)]
    users.change_roles(actor, user_id=user_id, roles=[*kept, *ordered], order_limit_minor=row.order_limit_minor, at=at)
    _set_scope(actor, seller, row.user_id, products, at)
    return selectors.colleague(actor, user_id)


def _set_scope(actor: Actor, seller: Seller, user_pk: int, products: Iterable[str] | None, at: datetime) -> None:
    UserScope.objects.filter(seller=seller, user_id=user_pk).delete()
    if products is None:
        wanted: list[str] | None = None
    else:
        wanted = list(dict.fromkeys(products))
        if unknown := set(wanted) - {public_id for public_id, _name in ports.products(seller.pk)}:
            raise Invalid(fields={"products": _("There is no product %(id)s.") % {"id": sorted(unknown)[0]}})
        scope = UserScope.objects.create(seller=seller, user_id=user_pk)
        ProductGrant.objects.bulk_create(ProductGrant(scope=scope, product_id=each) for each in wanted)
    audit.record(actor, "seller.products_granted", seller, at=at, after={"user": user_pk, "products": wanted})


def roles_of(actions: Iterable[str]) -> list[str]:
    """Names of the seller roles that hold all of these actions, narrowest first."""
    wanted = set(actions)
    fitting = [role for role in permissions.ROLES.values() if role.side == "seller" and wanted <= role.actions]
    return [role.name for role in sorted(fitting, key=lambda role: len(role.actions))]


# ----- recipients -----


def _categories(given: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    return {
        category: [channel for channel in CHANNELS if channel in set(given.get(category, ()))]
        for category in selectors.CATEGORIES
        if set(given.get(category, ())) & set(CHANNELS)
    }


@transaction.atomic
def add_recipient(
    actor: Actor, *, name: str, email: str, phone: str = "", categories: Mapping[str, Iterable[str]], at: datetime
) -> Recipient:
    """Put somebody on the list; they get messages after they opened the link that is mailed to them."""
    seller = require_seller(actor, "seller:info:manage")
    values = _recipient_values(name, email, phone)
    if Recipient.objects.filter(seller=seller).count() >= MOST_RECIPIENTS:
        raise Invalid(_("At most %(most)s recipients. Remove one first.") % {"most": MOST_RECIPIENTS})
    try:
        with transaction.atomic():
            row = Recipient.objects.create(seller=seller, categories=_categories(categories), created_at=at, **values)
    except IntegrityError:
        raise Invalid(fields={"email": _("This address is on the list already.")}) from None
    _send_link(row, at)
    audit.record(actor, "seller.recipient_added", _subject(row), at=at, after={"email": row.email})
    return row


def _recipient_values(name: str, email: str, phone: str) -> dict[str, str]:
    return checks.together(
        ("name", lambda: checks.text("name", name, 120, required=True)),
        ("email", lambda: checks.email(email)),
        ("phone", lambda: checks.phone(phone) if phone.strip() else ""),
    )


def _send_link(row: Recipient, at: datetime) -> None:
    token = ids.new_token()
    row.token_hash, row.token_until = people.digest(token), at + rules.LINK_LIFE
    row.save(update_fields=["token_hash", "token_until"])
    outbox.publish(events.RecipientAdded(row.public_id, vault.encrypt(token)))


def recipient_of(actor: Actor, recipient_id: str) -> Recipient:
    """One of the seller's recipients. Raises NotFound."""
    seller = require_seller(actor, "seller:info:manage")
    row = Recipient.objects.filter(seller=seller, public_id=recipient_id).first()
    if row is None:
        raise NotFound
    return row


@transaction.atomic
def change_recipient(
    actor: Actor, *, recipient_id: str, name: str, email: str, phone: str = "",
    categories: Mapping[str, Iterable[str]], at: datetime,
) -> Recipient:  # fmt: skip
    """Change what a recipient gets; a new address is proven again."""
    row = recipient_of(actor, recipient_id)
    values = _recipient_values(name, email, phone)
    is_new = values["email"] != row.email
    for key, value in values.items():
        setattr(row, key, value)
    row.categories = _categories(categories)
    if is_new:
        row.verified_at = None
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise Invalid(fields={"email": _("This address is on the list already.")}) from None
    if is_new:
        _send_link(row, at)
    audit.record(actor, "seller.recipient_changed", _subject(row), at=at, after={"categories": row.categories})
    return row


@transaction.atomic
def send_link_again(actor: Actor, *, recipient_id: str, at: datetime) -> Recipient:
    """Mail a new link; the old one is worth nothing."""
    row = recipient_of(actor, recipient_id)
    if row.verified_at is None:
        _send_link(row, at)
    return row


@transaction.atomic
def remove_recipient(actor: Actor, *, recipient_id: str, at: datetime) -> None:
    """Take somebody off the list."""
    row = recipient_of(actor, recipient_id)
    audit.record(actor, "seller.recipient_removed", _subject(row), at=at, before={"email": row.email})
    row.delete()


def recipient_of_link(token: str, *, at: datetime) -> Recipient:
    """Whose link this is, for the page that asks. Raises LinkNotValid."""
    row = Recipient.objects.select_related("seller").filter(token_hash=people.digest(token), token_until__gt=at).first()
    if row is None:
        raise LinkNotValid
    return row


def confirm_recipient(token: str, *, at: datetime) -> Recipient:
    """The person agrees to get the messages. Raises LinkNotValid."""
    row = recipient_of_link(token, at=at)
    Recipient.objects.filter(pk=row.pk).update(verified_at=at, token_hash="", token_until=None)
    row.verified_at = at
    return row


def _subject(row: Recipient) -> audit.Subject:
    return audit.Subject("selling.recipient", row.public_id, row.name)
