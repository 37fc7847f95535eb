"""A certified seller with a proven server, two reviewers, a buyer and a company that is no seller yet.

`python -m tests.web.certified NAME` makes them in the database of the environment and prints their sessions as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def make(name: str, seller_url: str) -> dict[str, Any]:
    """People with sessions; `name` keeps one run apart from another."""
    from galleria.delivering.models import ProductionAddress
    from galleria.kit import clock
    from galleria.selling import services as selling
    from galleria.selling.services import contracting
    from tests.people import make_person, make_seller
    from tests.shop import Shop
    from tests.web.seeded import session_of

    at = clock.now()
    mira = make_seller(f"Mira {name}", slug=name.lower(), seller_name=f"{name} Works")
    selling.certify_from_catalogue(mira.seller, at=at)
    olga, oskar = _operator(f"Olga {name}"), _operator(f"Oskar {name}")
    contracting.set_flags(olga.actor, seller_id=mira.seller.public_id, sells_hardware=True, at=at)
    ada = make_person(f"Ada {name}", account_name=f"{name} Analytics AB")
    Shop(mira).fund(ada, "9000.00")
    _prove_server(mira, seller_url)
    vera = make_person(f"Vera {name}", account_name=f"{name} Verktyg AB")
    people = {"mira": mira, "olga": olga, "oskar": oskar, "ada": ada}
    return {
        "company": mira.seller.legal_name,
        "sessions": {f"{key} {name}": session_of(each.user.email) for key, each in people.items()},
        "key": mira.api_key(),
        "buyer_key": ada.api_key(),
        "newcomer_key": vera.api_key(),
        "newcomer_company": vera.account.name,
        "newcomer_email": vera.user.email,
        "interface": ProductionAddress.objects.get(seller=mira.seller).public_id,
    }


def _operator(name: str) -> Any:
    from allauth.account.models import EmailAddress

    from galleria.kit import clock
    from galleria.parties import services
    from tests.people import Person

    email = f"{name.lower().replace(' ', '.')}@example.com"
    user, account = services.create_operator(email=email, name=name, at=clock.now())
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return Person(user, account)


def _prove_server(seller: Any, url: str) -> None:
    """An address on the sample seller with every case saved."""
    from galleria.connecting import probing, services
    from galleria.delivering import services as delivering
    from galleria.delivering.models import ProductionAddress
    from galleria.kit import clock
    from tests.shop import KEY

    at = clock.now()
    delivering.set_interface_key(seller.seller.pk, "base", KEY, active_from=at, at=at)
    address = ProductionAddress.objects.create(seller=seller.seller, url=url, created_at=at)
    services.vouch_for(address, at=at)
    instance = ""
    for name, variant in (
        ("newInstance", ""), ("queryInstance", ""), ("refreshInstance", "RENEWAL"), ("updateInstanceStatus", "FREEZE"),
        ("updateInstanceStatus", "UNFREEZE"), ("releaseInstance", ""),
    ):  # fmt: skip
        activity = probing.as_activity(name)
        assert activity is not None
        values = probing.presets(activity, at=at, instance_id=instance, variant=variant)
        done = services.debug(
            seller.actor, address_id=address.public_id, activity=name, values=values, save=True, at=at
        )
        assert done.case is not None, (name, done.tried)
        instance = done.tried.instance_id or instance


def main() -> None:
    """For the world's processes; without a name they begin in an empty database."""
    import django

    django.setup()
    if len(sys.argv) < 2:
        _set_up()
    print(json.dumps(make(sys.argv[1] if len(sys.argv) > 1 else "Fjord", os.environ["WORLD_SELLER"])))


def _set_up() -> None:
    from galleria.cli.setup import steps
    from galleria.pricing.models import TaxRate
    from galleria.publishing.models import Category
    from tests.people import NOW

    for _name, step in steps():
        step()
    if not TaxRate.objects.filter(country="SE").exists():
        TaxRate.objects.create(country="SE", name="VAT", rate_e4=2500, valid_from=NOW)
    if not Category.objects.exists():
        top = Category.objects.create(path="data", name="Data", room="data")
        Category.objects.create(path="data/backup", name="Backup", room="data", parent=top)


if __name__ == "__main__":
    main()
