"""The people of the sample marketplace. Each signs in with the password that the demo prints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.money import Money
from galleria.parties import selectors as parties
from galleria.parties import services
from galleria.parties.models import Account, Membership, Reseller, Seller, User
from galleria.paying import services as paying
from galleria.pricing.models import Coupon

PASSWORD = "gallery-demo-7"  # noqa: S105 (printed on purpose: the demo's people are known to everybody)


@dataclass(frozen=True)
class Known:
    """Someone who can sign in; `may` says what the demo shows with this person."""

    name: str
    email: str
    may: str


@dataclass(frozen=True)
class Company:
    """A buyer's account. `weight`: how much it buys in the sample history."""

    name: str
    owner: str
    email: str
    country: str
    phone: str
    address: str
    weight: int
    kind: str = "enterprise"
    language: str = "en"
    settlement: str = ""  # limit of monthly settlement, empty: pays at once
    tax_id: str = ""


COMPANIES = (
    Company("Lindqvist Logistik AB", "Ada Lindqvist", "ada@demo.example", "SE", "+46 70 555 01 42",
            "Frihamnsgatan 8, 115 56 Stockholm", 30, tax_id="SE990100017701"),
    Company("Mei Studio", "Mei Chen", "mei@demo.example", "SG", "+65 8555 0133", "9 Tras Street, Singapore 078974", 10,
            language="zh-hans"),
    Company("Xavier Roche", "Xavier Roche", "xavier@demo.example", "FR", "+33 6 55 50 01 88",
            "4 rue des Lilas, 75020 Paris", 4, kind="individual"),
    Company("Harbour & Vale LLP", "Imogen Vale", "imogen@demo.example", "IE", "+353 85 555 0160",
            "12 Merchants Quay, Cork", 9, tax_id="IE9900412K"),
    Company("Kornfeld Maschinenbau GmbH", "Jonas Kornfeld", "jonas@demo.example", "DE", "+49 151 5550 0190",
            "Werkstraße 21, 70565 Stuttgart", 12, settlement="250000.00", tax_id="DE990412331"),
    Company("Olivares Conservas SL", "Lucía Olivares", "lucia@demo.example", "ES", "+34 655 550 121",
            "Muelle 3, 36202 Vigo", 7),
    Company("Sørfjord Kommune", "Ingrid Aas", "ingrid@demo.example", "NO", "+47 955 50 117",
            "Torget 1, 5770 Tyssedal", 8),
    Company("Novák & Dcera s.r.o.", "Tereza Nováková", "tereza@demo.example", "CZ", "+420 725 550 142",
            "Dlouhá 33, 110 00 Praha", 6),
    Company("Baltic Ferry Works AS", "Märt Tamm", "mart@demo.example", "EE", "+372 5555 0166",
            "Sadama 11, 10111 Tallinn", 6),
    Company("Atelier Fontaine SARL", "Camille Fontaine", "camille@demo.example", "FR", "+33 6 55 50 01 42",
            "17 quai Rambaud, 69002 Lyon", 5),
)  # fmt: skip
CUSTOMER = Company("Aurora Bakeries Lda", "Tiago Lopes", "tiago@demo.example", "PT", "+351 925 550 101",
                   "Rua do Forno 7, 1200-195 Lisboa", 4)  # fmt: skip
COLLEAGUES = (
    ("Ben Ek", "ben@demo.example", "BuyerFinance", "pays, but does not order"),
    ("Cleo Strand", "cleo@demo.example", "BuyerPurchaser", "orders up to 500 EUR alone"),
    ("Nils Borg", "nils@demo.example", "BuyerReadOnly", "sees everything but passwords"),
)
SELLER_LOGIN = ("Bruno Okafor", "bruno@demo.example")
RESELLER = Company("Mendes Consulting Lda", "Rita Mendes", "rita@demo.example", "PT", "+351 925 550 144",
                   "Av. da Boavista 200, 4050-112 Porto", 0)  # fmt: skip


def load(at: datetime) -> list[Known]:
    """Make everybody; what exists stays. Returns who can sign in."""
    known = [
        Known("Ada Lindqvist", "ada@demo.example", "buys for Lindqvist Logistik AB, owns its account"),
        *(Known(name, email, f"her colleague: {text}") for name, email, _role, text in COLLEAGUES),
        Known("Jonas Kornfeld", "jonas@demo.example", "buys on a monthly bill"),
        Known("Mei Chen", "mei@demo.example", "buys in Singapore, reads Chinese"),
        Known("Tiago Lopes", CUSTOMER.email, "customer of a reseller: orders, does not pay"),
        Known("Rita Mendes", RESELLER.email, "resells"),
        Known(SELLER_LOGIN[0], SELLER_LOGIN[1], "sells"),
        Known("Olga Lind", "olga@demo.example", "operates the marketplace"),
    ]
    if User.objects.filter(email="olga@demo.example").exists():
        return known
    services.create_operator(email="olga@demo.example", name="Olga Lind", password=PASSWORD, at=at)
    _verify("olga@demo.example")
    for company in COMPANIES:
        _open(company, at)
    _colleagues(at)
    _reseller(at)
    _seller_login(at)
    return known


def _open(company: Company, at: datetime) -> Account:
    user = services.prepare_user(
        email=company.email, name=company.owner, password=PASSWORD, language=company.language, at=at
    )
    account = services.open_account(user, kind=company.kind, account_name=company.name, country=company.country, at=at)
    Account.objects.filter(pk=account.pk).update(
        is_complete=True,
        phone=company.phone,
        address=company.address,
        tax_id=company.tax_id,
        payment_model="postpaid" if company.settlement else "prepaid",
    )
    User.objects.filter(pk=user.pk).update(phone=company.phone)
    _verify(company.email)
    if company.settlement:
        paying.approve_later_payment(
            operator_actor(),
            account_id=account.public_id,
            kind="settlement",
            limit=Money.parse(company.settlement, account.currency),
            at=at,
        )
    return account


def _verify(email: str) -> None:
    from allauth.account.models import EmailAddress

    user = User.objects.get(email=email)
    EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": True, "primary": True})


def _colleagues(at: datetime) -> None:
    account = account_of("ada@demo.example")
    for name, email, role, _text in COLLEAGUES:
        user = services.prepare_user(email=email, name=name, password=PASSWORD, at=at)
        user.current_account = account
        user.save()
        Membership.objects.create(
            user=user,
            account=account,
            roles=[role],
            order_limit_minor=50_000 if role == "BuyerPurchaser" else None,
            granted_at=at,
        )
        _verify(email)


def _reseller(at: datetime) -> None:
    account = _open(RESELLER, at)
    reseller, _made = Reseller.objects.get_or_create(
        account=account,
        defaults={
            "name": "Mendes Consulting",
            "contact_email": RESELLER.email,
            "contact_phone": RESELLER.phone,
            "created_at": at,
        },
    )
    customer = _open(CUSTOMER, at)
    Account.objects.filter(pk=customer.pk).update(
        sales_model="resale", reseller=reseller, reseller_budget_minor=2_500_000
    )


def _seller_login(at: datetime) -> None:
    """Bruno signs in for the maker of the help desk that the demo buys."""
    sellers = Seller.objects.select_related("account")
    seller = sellers.filter(products__slug="plainsong-helpdesk").first() or sellers.order_by("id").first()
    if seller is None:
        return
    user = services.prepare_user(email=SELLER_LOGIN[1], name=SELLER_LOGIN[0], password=PASSWORD, at=at)
    user.current_account = seller.account
    user.save()
    Membership.objects.create(user=user, account=seller.account, is_owner=True, roles=[], granted_at=at)
    _verify(SELLER_LOGIN[1])


class NotOurs(Exception):
    """The database holds a marketplace that is not the demo's."""


def require_own_database() -> None:
    """Raises NotOurs when there are accounts and none of them is a demo person's: a demo must not fill a real one."""
    if Account.objects.exists() and not User.objects.filter(email="olga@demo.example").exists():
        raise NotOurs("the database holds accounts that are not the demo's; give the demo one of its own")


COUPONS = {
    "WELCOME20": "ada@demo.example",
    "HUNDRED40": "ada@demo.example",
    "YEARTENTH": "imogen@demo.example",
    "MONTH15": "mei@demo.example",
}


def hand_out_coupons() -> int:
    """Give the catalogue's coupons, which nobody holds yet, to demo people."""
    return sum(
        Coupon.objects.filter(code=code, account=None).update(account=account_of(email))
        for code, email in COUPONS.items()
    )


def account_of(email: str) -> Account:
    """The account that a demo person owns."""
    return Account.objects.get(memberships__user__email=email, memberships__is_owner=True)


def actor_of(email: str) -> Actor:
    """A demo person, acting for the account."""
    return parties.actor_for(User.objects.get(email=email), account_of(email))


def operator_actor() -> Actor:
    """Olga, or the system before she exists."""
    user = User.objects.filter(email="olga@demo.example").first()
    if user is None:
        return SYSTEM
    return parties.actor_for(user, Account.objects.get(kind="operator"))
