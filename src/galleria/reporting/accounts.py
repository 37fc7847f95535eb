"""Accounts for the operator: the list, and everything that is known of one (screen O4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from galleria.audit import selectors as audit
from galleria.audit.models import AuditRecord
from galleria.buying.models import OrderLine
from galleria.kit.actor import Actor
from galleria.kit.models import StoredFile
from galleria.kit.money import Money
from galleria.parties import selectors as parties
from galleria.parties.models import Account, Membership, Seller
from galleria.publishing.models import Product
from galleria.selling import rules, selectors
from galleria.selling.models import Application, Certification, SellerProfile, TestCoupon, Violation
from galleria.selling.selectors import certifications, coupons, sanctions

VIEW = "operator:account:manage"
VIEWS = {
    "": Q(),
    "sellers": Q(seller__isnull=False),
    "applicants": Q(seller_application__state="review"),
    "resellers": Q(reseller_profile__isnull=False),
    "stopped": ~Q(state="normal"),
    "suspended": Q(seller__state__in=("suspended", "left")) | Q(seller__trade_stop_until__isnull=False),
}
PAID = ("processing", "completed", "refunding")


def accounts(actor: Actor, *, view: str = "", text: str = "") -> QuerySet[Account]:
    """Accounts, to be paged by `-pk`, found by name, address, tax number or id."""
    actor.require(VIEW)
    rows = Account.objects.exclude(kind="operator").select_related("seller", "reseller_profile")
    rows = rows.filter(VIEWS.get(view, Q()))
    if text:
        rows = rows.filter(
            Q(name__icontains=text) | Q(email__icontains=text) | Q(public_id=text) | Q(tax_id__iexact=text)
            | Q(seller__name__icontains=text) | Q(seller__public_id=text)
        )  # fmt: skip
    return rows


def counts(actor: Actor) -> dict[str, int]:
    """How many accounts each view has, in one query."""
    actor.require(VIEW)
    rows = Account.objects.exclude(kind="operator")
    wanted = {f"v_{key}": Count("pk", filter=condition) for key, condition in VIEWS.items() if key}
    found = rows.aggregate(v_=Count("pk"), **wanted)
    return {key.removeprefix("v_") or "all": number for key, number in found.items()}


@dataclass(frozen=True)
class Document:
    """A paper of the account with the day on which it expires."""

    file: StoredFile
    label: str
    expires: str


@dataclass(frozen=True)
class SellerSide:
    """What is known of the account as a seller."""

    seller: Seller
    profile: SellerProfile
    certifications: list[Certification]
    products: dict[str, int]  # by state
    sold: list[tuple[Money, int]]  # amount paid for its products and orders, by currency
    violations: list[Violation]
    points: int
    requests: list[TestCoupon]


@dataclass(frozen=True)
class AccountPage:
    """One account."""

    account: Account
    members: list[Membership]
    application: Application | None
    documents: list[Document]
    bought: list[tuple[Money, int]]
    duplicates: list[Account]
    timeline: list[AuditRecord]
    selling: SellerSide | None


def account_page(actor: Actor, account_id: str, *, at: datetime) -> AccountPage:
    """Everything on one page. Raises NotFound, PermissionMissing."""
    account = parties.account_for_operator(actor, account_id)
    application = Application.objects.filter(account=account).first()
    seller = Seller.objects.filter(account=account).first()
    records = audit.records(actor, account_id=account.public_id).order_by("-pk")[:50]
    return AccountPage(
        account=account,
        members=list(Membership.objects.select_related("user").filter(account=account).order_by("-is_owner", "pk")),
        application=application,
        documents=_documents(account, application, seller),
        bought=_bought(account),
        duplicates=_duplicates(account),
        timeline=list(records),
        selling=_selling(actor, seller, at) if seller else None,
    )


def _documents(account: Account, application: Application | None, seller: Seller | None) -> list[Document]:
    """Licences that were handed in, the latest first, with the expiry that was declared."""
    data: dict[str, Any] = dict(application.data) if application else {}
    if seller is not None:
        profile = SellerProfile.objects.filter(seller=seller).first()
        data |= profile.data if profile else {}
    wanted = ("registration", "profile", "name", "test_coupon")
    rows = StoredFile.objects.filter(account_id=account.pk, purpose__in=wanted, is_public=False).order_by("-pk")[:12]
    licence = str(data.get("licence", ""))
    return [
        Document(row, row.purpose, str(data.get("licence_until", "")) if row.public_id == licence else "")
        for row in rows
    ]


def _by_currency(rows: Any) -> list[tuple[Money, int]]:
    return [(Money(row["paid"] or 0, row["currency"]), row["orders"]) for row in rows]


def _bought(account: Account) -> list[tuple[Money, int]]:
    rows = account.orders.filter(state__in=PAID).values("currency")
    return _by_currency(rows.annotate(paid=Sum("paid_minor"), orders=Count("pk")).order_by("currency"))


def _duplicates(account: Account) -> list[Account]:
    """Other accounts of the same company: the same tax number, or the same name in the same country."""
    key = rules.company_key(account.verified_name or account.name)
    first = (account.verified_name or account.name).split()[0] if (account.verified_name or account.name) else ""
    close = Q(name__icontains=first, country=account.country) if first else Q(pk__in=[])
    if account.tax_id:
        close |= Q(tax_id=account.tax_id)
    others = Account.objects.filter(close, kind="enterprise").exclude(pk=account.pk)[:200]
    return [
        other
        for other in others
        if (account.tax_id and other.tax_id == account.tax_id) or rules.company_key(other.name) == key
    ]


def _selling(actor: Actor, seller: Seller, at: datetime) -> SellerSide:
    states = Product.objects.filter(seller=seller).values("state").annotate(number=Count("pk")).order_by("state")
    lines = OrderLine.objects.filter(product__seller=seller, order__state__in=PAID).values("order__currency")
    sold = lines.annotate(paid=Sum("payable_minor"), orders=Count("order", distinct=True)).order_by("order__currency")
    return SellerSide(
        seller=seller,
        profile=selectors.profile_of(seller),
        certifications=certifications.of_seller(seller),
        products={row["state"]: row["number"] for row in states},
        sold=[(Money(row["paid"] or 0, row["order__currency"]), row["orders"]) for row in sold],
        violations=sanctions.violations_for_operator(actor, seller),
        points=sanctions.points_of(seller.pk, at),
        requests=coupons.requests_for_operator(actor, seller),
    )
