"""The people of the tests: Ada buys, Bruno sells, Olga operates, Rita resells, Xavier is a stranger.

    def test_ada_orders(ada, at): place_order(ada.actor, ...)
    def test_a_page(ada): ada.client.get("/buyer/")

`at` stops the marketplace's clock at NOW; every person depends on it. `people.make_person("Eve")` makes more, and
`ada.colleague("Ben", "BuyerFinance")` adds a user to Ada's account. Nobody has a password unless one is given.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import pytest

NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse 7".replace(" ", "-")
_BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass
class Person:
    """A user in an account, and what a test needs to act as this person."""

    user: Any
    account: Any
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def actor(self) -> Any:
        """The person acting in the account through a page, with today's rights."""
        from galleria.parties import selectors

        return selectors.actor_for(self.user, self.account, address="192.0.2.7", request_id="test")

    @cached_property
    def client(self) -> Any:
        """A signed-in browser without scripts."""
        from django.test import Client

        client = Client()
        client.force_login(self.user, backend=_BACKEND)
        return client

    @property
    def seller(self) -> Any:
        """The seller profile (Bruno)."""
        return self.account.seller

    @property
    def reseller(self) -> Any:
        """The reseller profile (Rita)."""
        return self.account.reseller_profile

    def api_key(self, *scopes: str) -> str:
        """The text of a new API key of this person."""
        from galleria.parties import services

        return services.create_api_key(self.actor, name="test", scopes=scopes, at=NOW)[1]

    def colleague(self, name: str, *roles: str) -> Person:
        """Another user of the same account with these roles."""
        from galleria.parties.models import Membership

        user = make_user(name)
        Membership.objects.create(
            user=user, account=self.account, roles=list(roles), granted_by=self.user, granted_at=NOW
        )
        user.current_account = self.account
        user.save()
        return Person(user, self.account)


def make_user(name: str, *, password: str | None = None, email: str = "") -> Any:
    """A login of its own, with a verified address, without an account."""
    from allauth.account.models import EmailAddress

    from galleria.parties import services

    user = services.prepare_user(
        email=email or f"{name.lower().replace(' ', '.')}@example.com", name=name, password=password, at=NOW
    )
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def make_person(
    name: str,
    *,
    kind: str = "enterprise",
    account_name: str = "",
    country: str = "SE",
    password: str | None = None,
    complete: bool = True,
    **account_fields: Any,
) -> Person:
    """A user who owns an account; `account_fields` are set on the account as they are."""
    from galleria.parties import services

    user = make_user(name, password=password)
    account = services.open_account(
        user, kind=kind, account_name=account_name or f"{name} Works", country=country, at=NOW
    )
    account.is_complete = complete
    if complete:
        account.phone, account.address = "+46 70 123 45 67", "Storgatan 1, 111 22 Stockholm"
    for name_, value in account_fields.items():
        setattr(account, name_, value)
    account.save()
    return Person(user, account)


def make_seller(name: str, *, slug: str = "", seller_name: str = "", **fields: Any) -> Person:
    """A person whose account is a seller too."""
    from galleria.parties.models import Seller

    person = make_person(name, account_name=seller_name or f"{name} Software")
    Seller.objects.create(
        account=person.account,
        slug=slug or (seller_name or f"{name} software").lower().replace(" ", "-"),
        name=seller_name or f"{name} Software",
        legal_name=f"{seller_name or f'{name} Software'} AB",
        country="SE",
        support_email="help@bruno.example",
        verified_at=NOW,
        created_at=NOW,
        **fields,
    )
    person.account.refresh_from_db()
    return person


@pytest.fixture(autouse=True)
def _quick_passwords(settings: Any) -> None:
    """Hashing that costs nothing; the real one is tested by itself."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def at() -> Iterator[datetime]:
    """The marketplace's clock, stopped at NOW; turn it with `clock.advance`."""
    from galleria.kit import clock

    clock.set_for_tests(NOW)
    yield NOW
    clock.set_for_tests(None)


@pytest.fixture
def ada(db: None, at: datetime) -> Person:
    """Buys for a company that may order; owns its account."""
    return make_person("Ada Byron", account_name="Byron Analytics AB", password=PASSWORD)


@pytest.fixture
def bruno(db: None, at: datetime) -> Person:
    """Sells; `bruno.seller` is his profile."""
    return make_seller("Bruno Okafor", slug="fernwerk", seller_name="Fernwerk")


@pytest.fixture
def olga(db: None, at: datetime) -> Person:
    """Operates the marketplace."""
    from allauth.account.models import EmailAddress

    from galleria.parties import services

    user, account = services.create_operator(email="olga@example.com", name="Olga Lind", at=NOW)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return Person(user, account)


@pytest.fixture
def rita(db: None, at: datetime) -> Person:
    """Resells; `rita.reseller` is her profile."""
    from galleria.parties.models import Reseller

    person = make_person("Rita Mendes", account_name="Mendes Consulting Lda", country="PT")
    Reseller.objects.create(account=person.account, name="Mendes Consulting", created_at=NOW)
    person.account.refresh_from_db()
    return person


@pytest.fixture
def xavier(db: None, at: datetime) -> Person:
    """A stranger with an account of his own."""
    return make_person("Xavier Roche", kind="individual", account_name="Xavier Roche", country="FR")


@pytest.fixture
def visitor() -> Any:
    """A browser of somebody who is not signed in."""
    from django.test import Client

    return Client()
