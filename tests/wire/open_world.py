"""Prepares a marketplace in processes of its own with a paid order, Bruno's AK/SK pair and Mallory's; prints them."""

from __future__ import annotations

import json
import os


def prepare() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from galleria.kit import clock
    from tests.people import NOW, make_person, make_seller
    from tests.shop import Shop
    from tests.wire.open_api import program

    call_command("migrate", verbosity=0)
    clock.set_for_tests(NOW)
    bruno, mallory, ada = make_seller("Bruno"), make_seller("Mallory"), make_person("Ada")
    shop = Shop(bruno)
    product = shop.product("Desk", yearly="90.00", seats=(1, 100, 1), model="linear")
    shop.connect(product, os.environ["WORLD_SELLER"])
    shop.fund(ada, "900.00")
    order = shop.buy(ada, product, mode="period:year", attributes={"seats": "7"})
    pairs = {name: vars(program(person)) for name, person in (("bruno", bruno), ("mallory", mallory))}
    print(json.dumps({"order": order.public_id, "account": ada.account.public_id, **pairs}))


if __name__ == "__main__":
    prepare()
