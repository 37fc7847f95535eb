"""A company's website that answers, a company that applies, a contracting party."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.packages.selling import making
from tests.people import NOW, Person


@pytest.fixture
def site(settings: Any) -> Iterator[str]:
    settings.GALLERIA_OUTGOING_ALLOW = ("127.0.0.1/32",)
    with making.website() as url:
        yield url


@pytest.fixture
def nora(db: None, at: Any) -> Person:
    """Owns a company that may apply."""
    return making.make_company()


@pytest.fixture
def agreements(db: None, at: Any) -> dict[str, Any]:
    """The seller agreement, the customer agreement and the privacy statement, in their first versions."""
    from galleria.parties import services

    found = {}
    for key, kind in (("AGR_SELLER", "platform"), ("AGR_CUSTOMER", "registration"), ("AGR_PRIVACY", "registration")):
        found[key] = services.publish_version(
            key=key, kind=kind, name=key.title(), issuer="Operator", version="1", texts={"en": "Words."},
            effective_at=NOW,
        )  # fmt: skip
    return found


@pytest.fixture
def party(db: None, at: Any) -> Any:
    return making.party()
