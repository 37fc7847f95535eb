"""Fills the database of a marketplace for `tests.web.lives`: `python -m tests.web.lives_seeded` prints what it made."""

from __future__ import annotations

import json
import os
from typing import Any


def prepare() -> None:
    """The people and products of these lives; prints what a test needs as JSON."""
    import django

    django.setup()

    from galleria.cli.setup import steps
    from galleria.kit import clock
    from galleria.publishing import services
    from tests.packages.buying.changing_world import make_house
    from tests.people import NOW, Person, make_seller
    from tests.shop import Shop
    from tests.web.seeded import session_of

    for _name, step in steps():
        step()
    clock.set_for_tests(NOW)
    shop = Shop(make_seller("Bruno Okafor", slug="okafor", seller_name="Okafor Software"))
    shop.tax(2500)
    house = make_house(shop, os.environ["WORLD_SELLER"])
    type(house.product).objects.filter(pk=house.product.pk).update(trial_days=14)
    services.reindex_products([house.product.pk])
    olga: Person = _operator()
    people = {"bruno": shop.seller.user.email, "olga": olga.user.email}
    sessions = {name: session_of(email) for name, email in people.items()}
    clock.set_for_tests(None)
    print(json.dumps({"house": house.product.slug, "people": people, "sessions": sessions}))


def _operator() -> Any:
    from allauth.account.models import EmailAddress

    from galleria.parties import services
    from tests.people import NOW, Person

    user, account = services.create_operator(email="olga@example.com", name="Olga Lind", at=NOW)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return Person(user, account)


if __name__ == "__main__":
    prepare()
