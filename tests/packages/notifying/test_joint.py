"""Joint operations: the seller hears each decision, the operator what waits and what ends, in their languages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from galleria.kit import clock, jobs
from galleria.notifying.models import Message
from galleria.notifying.rendering import rendered
from galleria.publishing import services as publishing
from galleria.releasing import services
from tests.packages.releasing.test_joint import begun, certified
from tests.people import NOW, Person
from tests.shop import Shop


def told(person: Person, language: str = "en") -> list[str]:
    """Subjects of the person's messages, the oldest first."""
    jobs.run_due(with_crons=False)
    with translation.override(language):
        return [rendered(row).subject for row in Message.objects.filter(user=person.user).order_by("pk")]


@pytest.mark.req("S-JOP-002")
def test_both_hear_of_a_request_from_its_first_review_to_its_last_day(
    bruno: Person, olga: Person, mailoutbox: Any
) -> None:
    row = certified(bruno, olga)
    assert told(bruno) == [
        "Nightly Backup passed the qualification review",
        "Nightly Backup passed the technical verification",
        "Nightly Backup is certified for joint operations",
    ]
    assert told(olga) == ["Fernwerk asks for joint operations: Nightly Backup"]
    assert all(message.link == f"/seller/joint/{row.public_id}" for message in Message.objects.filter(user=bruno.user))
    assert sum("is certified" in mail.subject for mail in mailoutbox) == 1

    soon = NOW + timedelta(days=306)
    clock.set_for_tests(soon)
    for _night in range(2):
        services.expire_certificates(soon)
    assert told(bruno)[3:] == ["The certificate of Nightly Backup ends on 29 Feb 2028"]
    assert told(olga)[1:] == ["The certificate of Nightly Backup ends on 29 Feb 2028"]
    over = NOW + timedelta(days=366)
    clock.set_for_tests(over)
    services.expire_certificates(over)
    assert told(bruno)[4:] == ["The certificate of Nightly Backup has expired"]
    assert told(olga)[2:] == ["The certificate of Nightly Backup has expired"]


def test_a_refusal_and_a_certificate_taken_back_say_why(bruno: Person, olga: Person, at: Any) -> None:
    row = begun(bruno)
    services.submit_certificate(bruno.actor, certificate_id=row.public_id, accepts_agreement=True, at=at)
    services.reject_certificate(olga.actor, certificate_id=row.public_id, reason="The tests are old.", at=at)
    other = certified(bruno, olga)
    services.revoke_certificate(olga.actor, certificate_id=other.public_id, reason="Sold elsewhere.", at=at)

    told(bruno)

    texts = {message.key: rendered(message).text for message in Message.objects.filter(user=bruno.user)}
    assert texts["joint.rejected"].splitlines()[0] == "Reason: The tests are old."
    assert texts["joint.revoked"].splitlines()[0] == "Reason: Sold elsewhere."


def test_a_seller_hears_that_a_suspension_is_over_every_time(bruno: Person, olga: Person, shop: Shop) -> None:
    box = shop.product("Box", once="9.00", delivery_type="hardware")
    for _time in range(2):
        publishing.suspend_product(olga.actor, product_id=box.public_id, reason="Wrong.", at=NOW)
        publishing.lift_suspension(olga.actor, product_id=box.public_id, at=NOW)

    assert sorted(told(bruno)) == ["Box is no longer suspended"] * 2 + ["Box is suspended"] * 2
