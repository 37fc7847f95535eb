"""Domains of sellers' servers: added, proven, asked again every day, lost; and the URLs below them (A-ADR-001)."""

from __future__ import annotations

import ipaddress
import secrets
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from galleria.audit import services as audit
from galleria.connecting import events, rules, selectors
from galleria.connecting.adapters import dns
from galleria.connecting.models import Domain
from galleria.connecting.ports import NotAnswered, TxtResolver
from galleria.connecting.services.guarding import seller_that_may
from galleria.connecting.services.keys import MANAGE
from galleria.connecting.states import DOMAIN
from galleria.delivering import services as delivering
from galleria.delivering.adapters.saas_v2 import signature
from galleria.delivering.models import Delivery, ProductInterface, ProductionAddress
from galleria.delivering.states import OPEN
from galleria.kit import outbox, outgoing
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.errors import Invalid, NotAllowed, Text
from galleria.parties.models import Seller
from galleria.publishing.models import Product
from galleria.selling import selectors as selling

MOST_DOMAINS = 50
MOST_ADDRESSES = 100

_ORIGIN_PROBLEMS: dict[str, Text] = {
    "scheme": _("The address begins with https://."),
    "path": _("Only scheme and host, such as https://console.example.com. The path comes after the proof."),
    "unreadable": _("This is not a host name."),
    "long": _("At most 200 characters."),
}


class NotProven(NotAllowed):
    """The proof was not found; the message says what was seen."""

    code = "DOMAIN_NOT_PROVEN"


def policy() -> outgoing.Policy:
    """What the operator allows outgoing calls."""
    networks = tuple(ipaddress.ip_network(text) for text in settings.GALLERIA_OUTGOING_ALLOW)
    return outgoing.Policy(allowed_networks=networks, plain_http=settings.GALLERIA_ALLOW_HTTP_SELLERS)


# ----- domains -----


def add_domain(actor: Actor, *, typed: str, at: datetime) -> Domain:
    """Add scheme and host; returns the row with the token that proves it, the known one if it was there.

    Called outside transactions: the name is looked up. Raises Invalid for a path, for plain http and for addresses
    that must not be called.
    """
    seller = _manager(actor)
    try:
        origin = rules.origin_of(typed)
    except rules.BadOrigin as wrong:
        raise Invalid(fields={"origin": _ORIGIN_PROBLEMS[str(wrong)]}) from None
    try:
        outgoing.check(f"{origin}/", policy=policy())
    except outgoing.TargetBlocked as blocked:
        raise Invalid(fields={"origin": blocked.message}) from None
    except outgoing.OutgoingFailed:
        pass  # the name may be set up later; the proof will show
    return _add(actor, seller, origin, at)


@transaction.atomic
def _add(actor: Actor, seller: Seller, origin: str, at: datetime) -> Domain:
    known = Domain.objects.filter(seller=seller, origin=origin).first()
    if known is not None:
        return known
    if Domain.objects.filter(seller=seller).count() >= MOST_DOMAINS:
        raise NotAllowed(_("Remove a domain that is not used before you add another."))
    row = Domain(
        seller=seller, origin=origin, token=secrets.token_hex(20), created_at=at,
        expires_at=at + timedelta(days=rules.TOKEN_DAYS),
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return Domain.objects.get(seller=seller, origin=origin)
    audit.record(actor, "domain.added", row, at=at)
    return row


@transaction.atomic
def renew_token(actor: Actor, *, domain_id: str, at: datetime) -> Domain:
    """A new token and seven more days, for a domain that was not proven in time."""
    _manager(actor)
    row = selectors.domain_of(actor, domain_id)
    DOMAIN.apply(
        row, "renew", token=secrets.token_hex(20), expires_at=at + timedelta(days=rules.TOKEN_DAYS), problem=""
    )
    return row


@transaction.atomic
def remove_domain(actor: Actor, *, domain_id: str, at: datetime) -> None:
    """Forget a domain below which no product is delivered, with its URLs. Raises NotAllowed while one is."""
    _manager(actor)
    row = selectors.domain_of(actor, domain_id)
    below = [each for each in selectors.addresses_of(actor) if rules.is_below(each.url, row.origin)]
    used = ProductInterface.objects.filter(address__in=[each.pk for each in below])
    if used.exists():
        raise NotAllowed(_("Products are delivered through this domain. Connect them with another address first."))
    ProductionAddress.objects.filter(pk__in=[each.pk for each in below]).delete()
    audit.record(actor, "domain.removed", row, at=at)
    row.delete()


def check_domain(actor: Actor, *, domain_id: str, at: datetime, txt: TxtResolver = dns.txt_records) -> Domain:
    """Look for the proof now. Outside transactions: it asks a name server and the seller's server.

    Raises NotProven, saying what was seen at both places, NotAllowed when the token has expired.
    """
    _manager(actor)
    row = selectors.domain_of(actor, domain_id)
    if row.state == "pending" and row.expires_at <= at:
        _expire(row, at)
    if row.state == "expired":
        raise NotAllowed(_("The token has expired. Ask for a new one."))
    means, problem = find_proof(row, txt)
    _record_check(actor, row, means, problem, at)
    if not means:
        raise NotProven(problem)
    return row


def find_proof(row: Domain, txt: TxtResolver) -> tuple[str, str]:
    """Where the token was found (`dns`, `file`), or what was seen instead."""
    host = urlsplit(row.origin).hostname or ""
    problems: list[str] = []
    if not (problem := _in_file(row)):
        return "file", ""
    problems.append(problem)
    if not (problem := _in_dns(row, host, txt)):
        return "dns", ""
    return "", " ".join([*problems, problem])


def _in_file(row: Domain) -> str:
    url = f"{row.origin}{rules.PROOF_PATH}"
    try:
        answer = outgoing.send("GET", url, policy=outgoing.Policy(
            allowed_networks=policy().allowed_networks, plain_http=policy().plain_http, max_bytes=16_384
        ))  # fmt: skip
    except outgoing.OutgoingFailed as failure:
        return f"{url}: {failure.phase}, {failure.message}."
    if answer.status != 200:
        return f"{url}: HTTP status {answer.status} instead of 200."
    if rules.proves(answer.body.decode("utf-8", "replace"), row.token):
        return ""
    return f"{url}: the token is not in the file."


def _in_dns(row: Domain, host: str, txt: TxtResolver) -> str:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return f"{host}: an IP address has no TXT records."
    name = f"{rules.PROOF_NAME}.{host}"
    try:
        records = txt(name)
    except NotAnswered as error:
        return f"TXT {name}: {error}."
    if any(rules.proves(record, row.token) for record in records):
        return ""
    return f"TXT {name}: " + ("no record." if not records else f"{len(records)} records, none holds the token.")


@transaction.atomic
def _record_check(actor: Actor, row: Domain, means: str, problem: str, at: datetime) -> None:
    """Move the domain as the check found it, and its URLs with it."""
    if means:
        if row.state == "proven":
            Domain.objects.filter(pk=row.pk).update(checked_at=at, problem="", means=means)
            return
        DOMAIN.apply(row, "prove", means=means, proven_at=at, checked_at=at, problem="")
        _mark_addresses(row, "verified")
        audit.record(actor, "domain.proven", row, at=at, after={"means": means}, account_id=_account_id(row))
        return
    Domain.objects.filter(pk=row.pk).update(checked_at=at, problem=problem[:500])
    row.checked_at, row.problem = at, problem[:500]


def _mark_addresses(row: Domain, state: str) -> None:
    for address in ProductionAddress.objects.filter(seller_id=row.seller_id, url__startswith=row.origin):
        if rules.is_below(address.url, row.origin):
            ProductionAddress.objects.filter(pk=address.pk).update(state=state)


def _account_id(row: Domain) -> str:
    return str(Seller.objects.values_list("account__public_id", flat=True).get(pk=row.seller_id))


# ----- by the clock -----


def domains_to_check(at: datetime) -> list[str]:
    """Proven and lost domains, to be asked again today; those the operator vouches for are not asked."""
    rows = Domain.objects.filter(state__in=("proven", "lost")).exclude(means="operator")
    return list(rows.values_list("public_id", flat=True))


def expire_domains(at: datetime) -> int:
    """Tokens that nobody used within seven days (A-ADR-001)."""
    rows = list(Domain.objects.filter(state="pending", expires_at__lte=at))
    for row in rows:
        _expire(row, at)
    return len(rows)


@transaction.atomic
def _expire(row: Domain, at: datetime) -> None:
    DOMAIN.apply(row, "expire")
    audit.record(SYSTEM, "domain.expired", row, at=at, account_id=_account_id(row))


def recheck_domain(domain_id: str, at: datetime, txt: TxtResolver = dns.txt_records) -> str:
    """Ask once more for a proof that was there; when it is gone the domain is lost and people are told.

    Running deliveries go on: buyers have paid. Nothing new can be connected or submitted. Returns the state.
    """
    row = Domain.objects.get(public_id=domain_id)
    if row.state not in {"proven", "lost"} or row.means == "operator":
        return str(row.state)
    means, problem = find_proof(row, txt)
    _record_check(SYSTEM, row, means, problem, at)
    if not means and row.state == "proven":
        _lose(row, problem, at)
    return str(row.state)


@transaction.atomic
def _lose(row: Domain, problem: str, at: datetime) -> None:
    DOMAIN.apply(row, "lose", checked_at=at, problem=problem[:500])
    _mark_addresses(row, "lost")
    audit.record(SYSTEM, "domain.lost", row, at=at, reason=problem[:300], account_id=_account_id(row))
    seller = Seller.objects.get(pk=row.seller_id)
    outbox.publish(events.DomainLost(row.public_id, seller.public_id, row.origin, problem[:300]))


@transaction.atomic
def vouch_for(address: ProductionAddress, *, at: datetime) -> Domain:
    """The operator knows this server (a lab, the sample marketplace): its domain counts as proven."""
    parts = urlsplit(address.url)
    row, _made = Domain.objects.update_or_create(
        seller_id=address.seller_id,
        origin=f"{parts.scheme}://{parts.netloc}",
        defaults={"state": "proven", "means": "operator", "proven_at": at, "problem": ""},
        create_defaults={
            "state": "proven", "means": "operator", "proven_at": at, "token": secrets.token_hex(20),
            "expires_at": at + timedelta(days=rules.TOKEN_DAYS), "created_at": at,
        },
    )  # fmt: skip
    return row


# ----- URLs below a domain -----


@transaction.atomic
def add_address(actor: Actor, *, domain_id: str, path: str, key_kind: str = "base", at: datetime) -> ProductionAddress:
    """A URL below a proven domain, to be debugged and connected with products; the known row if it is there.

    Raises Invalid, NotAllowed while the domain is not proven.
    """
    seller = _manager(actor)
    domain = selectors.domain_of(actor, domain_id)
    if domain.state != "proven":
        raise NotAllowed(_("Prove the domain first."))
    if key_kind not in selectors.KEY_KINDS:
        raise Invalid(fields={"key_kind": _("Choose an interface type.")})
    try:
        url = f"{domain.origin}{rules.path_of(path)}"
    except rules.BadOrigin as wrong:
        text = _ORIGIN_PROBLEMS["long"] if str(wrong) == "long" else _("A path such as /saas/v2, without blanks.")
        raise Invalid(fields={"path": text}) from None
    known = ProductionAddress.objects.filter(seller=seller, url=url, key_kind=key_kind).first()
    if known is not None:
        return known
    if ProductionAddress.objects.filter(seller=seller).count() >= MOST_ADDRESSES:
        raise NotAllowed(_("Remove an address that is not used before you add another."))
    row = ProductionAddress.objects.create(seller=seller, url=url, key_kind=key_kind, created_at=at)
    audit.record(actor, "interface.added", _subject(row), at=at)
    return row


@transaction.atomic
def change_address(
    actor: Actor, *, address_id: str, at: datetime, signature_variant: str | None = None,
    send_testflag_zero: bool | None = None, require_body_sign: bool | None = None,
    wants_order_notices: bool | None = None, key_kind: str | None = None, sure: bool = False,
) -> ProductionAddress:  # fmt: skip
    """Change what is set for an address. Another key type concerns products on sale: `sure` says that one knows.

    Raises Invalid; NotFound, also when it delivers a product that the user was not given.
    """
    _manager(actor)
    row = selectors.address_of(actor, address_id)
    for product in selectors.products_at(row):
        selling.require_product(actor, product.public_id)
    wanted = {
        "signature_variant": signature_variant, "send_testflag_zero": send_testflag_zero,
        "require_body_sign": require_body_sign, "wants_order_notices": wants_order_notices, "key_kind": key_kind,
    }  # fmt: skip
    changes = {name: value for name, value in wanted.items() if value is not None and value != getattr(row, name)}
    if changes.get("signature_variant", "standard") not in signature.VARIANTS:
        raise Invalid(fields={"signature_variant": _("Choose one of the list.")})
    if "key_kind" in changes:
        if key_kind not in selectors.KEY_KINDS:
            raise Invalid(fields={"key_kind": _("Choose an interface type.")})
        if not sure and any(product.state == "on_sale" for product in selectors.products_at(row)):
            raise Invalid(fields={"sure": _("Products on sale use this address. Tick that your server knows the key.")})
    if changes:
        before = {name: getattr(row, name) for name in changes}
        ProductionAddress.objects.filter(pk=row.pk).update(**changes)
        audit.record(actor, "interface.changed", _subject(row), at=at, before=before, after=changes)
        row.refresh_from_db()
    return row


@transaction.atomic
def remove_address(actor: Actor, *, address_id: str, at: datetime) -> None:
    """Forget a URL that delivers nothing. Raises NotAllowed, NotFound."""
    _manager(actor)
    row = selectors.address_of(actor, address_id)
    if ProductInterface.objects.filter(address=row).exists():
        raise NotAllowed(_("A product is delivered through this address. Connect it with another one first."))
    audit.record(actor, "interface.removed", _subject(row), at=at)
    row.delete()


@transaction.atomic
def bind_product(actor: Actor, *, product_id: str, address_id: str, sure: bool = False, at: datetime) -> None:
    """Deliver a product through an address; one product has one address for every activity (A-FAM-001).

    A product on sale needs every case of its charging modes at the new address, and `sure` that orders on their way
    may go there. Raises Invalid, NotFound, NotAllowed.
    """
    _manager(actor)
    address = selectors.address_of(actor, address_id)
    product = selectors.product_of(actor, product_id)
    if address.state != "verified":
        raise NotAllowed(_("The domain of this address is not proven. Prove it first."))
    before = ProductInterface.objects.filter(product=product).select_related("address").first()
    if before is not None and before.address_id == address.pk:
        return
    if product.state in {"on_sale", "hidden"} and before is not None:
        missing = missing_for(product, address)
        if missing:
            raise NotAllowed(
                _("Cases are missing at this address: %(activities)s. Debug and save them first.")
                % {"activities": ", ".join(missing)},
                extra={"missing": missing},
            )
        open_deliveries = Delivery.objects.filter(subscription__product=product, state__in=OPEN).count()
        if not sure:
            raise Invalid(
                fields={"sure": _("Tick that orders, renewals and %(n)s open deliveries may go to the new address.")
                        % {"n": open_deliveries}}
            )  # fmt: skip
    delivering.bind_product(product, address)
    audit.record(
        actor, "interface.bound", product, at=at,
        before={"url": before.address.url} if before else None, after={"url": address.url},
    )  # fmt: skip


def missing_for(product: Product, address: ProductionAddress) -> list[str]:
    """The cases that a product as it is sold now lacks at an address."""
    modes = set(
        product.specifications.exclude(state="removed").values_list("skus__prices__billing_mode", flat=True)
    ) - {None}
    return selectors.missing_cases(
        product,
        address.public_id,
        {str(mode) for mode in modes},
        product.upgrade_rules.filter(state="valid").exists(),
        has_trial=product.trial_days > 0,
    )


def _subject(row: ProductionAddress) -> audit.Subject:
    return audit.Subject("delivering.productionaddress", row.public_id, row.url)


def _manager(actor: Actor) -> Seller:
    return seller_that_may(actor, MANAGE)
