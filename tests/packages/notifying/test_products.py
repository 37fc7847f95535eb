"""Sellers hear of problems, suspensions and what is sold out; the operator of answers."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.kit import jobs
from galleria.notifying.models import Message
from galleria.notifying.rendering import rendered
from galleria.publishing import services as publishing
from galleria.publishing.models import Specification
from galleria.releasing import services
from tests.people import NOW, Person
from tests.shop import Shop


def told(person: Person) -> list[str]:
    jobs.run_due(with_crons=False)
    return [rendered(row).subject for row in Message.objects.filter(user=person.user).order_by("pk")]


@pytest.mark.req("S-APP-002", "S-CFG-004")
def test_a_seller_is_told_of_a_problem_a_suspension_and_an_empty_stock(
    bruno: Person, olga: Person, ada: Person, shop: Shop, mailoutbox: Any
) -> None:
    box = shop.product("Box", once="9.00", delivery_type="hardware")
    shop.fund(ada, "100.00")
    specification = Specification.objects.get(product=box)
    services.set_stock(bruno.actor, product_id=box.slug, specification_id=specification.public_id, stock=1, at=NOW)
    shop.order(ada, box, mode="one_time")
    assert told(bruno)[-1] == "Box is sold out: Standard"

    notice = services.send_notice(olga.actor, product_id=box.public_id, text="The guide is wrong.", at=NOW)
    assert told(bruno)[-1].startswith("A problem with Box: answer until")
    assert "help@bruno.example" in {each for mail in mailoutbox for each in mail.to}
    services.answer_notice(bruno.actor, notice_id=notice.public_id, text="A new one is up.", at=NOW)
    assert told(olga)[-1] == "Fernwerk answered about Box"

    publishing.suspend_product(olga.actor, product_id=box.public_id, reason="Still wrong.", at=NOW)
    assert told(bruno)[-1] == "Box is suspended"
