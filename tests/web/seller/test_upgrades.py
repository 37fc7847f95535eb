"""What buyers may change to: the seller's page of upgrades, what it says of the fee, and when a rule stops (S-UPG)."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.publishing.models import Price, Product, Sku, UpgradeRule
from galleria.releasing.services import upgrades
from tests.packages.releasing.making import Maker
from tests.people import NOW, make_seller
from tests.plans import make_plans
from tests.web.reading import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker(bruno: Any) -> Maker:
    return Maker(bruno)


@pytest.fixture
def plans(maker: Maker, shop: Any) -> Product:
    return make_plans(maker, shop)


def page_of(product: Product) -> str:
    return f"/seller/products/{product.public_id}/upgrades"


def code(product: Product, edition: str, region: str = "eu") -> str:
    rows = Sku.objects.filter(specification__product=product)
    return next(sku.code for sku in rows if sku.choices == {"edition": edition, "region": region})


def post(bruno: Any, product: Product, do: str, *pairs: tuple[str, str]) -> Any:
    sent = {"do": do, "pair": [f"{source}/{target}" for source, target in pairs]}
    return bruno.client.post(page_of(product), sent)


@pytest.mark.req("S-UPG-001", "S-UPG-T1")
def test_the_page_offers_what_is_dearer_and_says_the_fee(bruno: Any, plans: Product) -> None:
    page = read(bruno.client.get(page_of(plans)))
    assert page.has("Buyers keep what they bought", "6 combinations", "Only Edition changes", "Everything dearer")
    # From B for 300 to C for 600 with half of the month left: 600 × 15/30 − 300 × 15/30.
    assert page.has("600.00 EUR ; with 15 of 30 days left a buyer pays 150.00 EUR")
    assert page.html.count('type="checkbox"') == 12  # each of six to every dearer one: 2×4 + 2×2


@pytest.mark.req("S-UPG-001")
def test_what_is_ticked_is_kept_and_the_rest_is_forgotten(bruno: Any, plans: Product) -> None:
    a, b, c = (code(plans, each) for each in "abc")
    answer = post(bruno, plans, "save plan", (a, b), (a, c), (b, a), ("nonsense", c))
    assert answer.status_code == 302
    assert {(row.source.code, row.target.code) for row in UpgradeRule.objects.all()} == {(a, b), (a, c)}
    assert read(bruno.client.get(answer["Location"])).has("Saved: 2 upgrades are offered.")
    post(bruno, plans, "save plan", (a, c))
    assert [row.target.code for row in UpgradeRule.objects.all()] == [c]


@pytest.mark.req("S-UPG-001")
def test_many_are_allowed_at_once_along_one_attribute_or_all(bruno: Any, plans: Product) -> None:
    post(bruno, plans, "along plan edition")
    rows = UpgradeRule.objects.select_related("source", "target")
    assert {(r.source.choices["region"], r.target.choices["region"]) for r in rows} == {("eu", "eu"), ("us", "us")}
    assert rows.count() == 6
    post(bruno, plans, "every plan")
    assert UpgradeRule.objects.count() == 12
    post(bruno, plans, "none plan")
    assert UpgradeRule.objects.count() == 0
    assert post(bruno, plans, "drop plan").status_code == 404


@pytest.mark.req("S-UPG-T4", "S-UPG-001")
def test_a_rule_whose_target_is_no_longer_dearer_is_said_and_stays_until_it_is_unticked(
    bruno: Any, plans: Product
) -> None:
    a, b, c = (code(plans, each) for each in "abc")
    post(bruno, plans, "save plan", (a, b), (b, c))
    Price.objects.filter(sku__code=c).update(unit_price_e10=300 * 10**10)
    upgrades.revalidate(plans, at=NOW)

    page = read(bruno.client.get(page_of(plans)))
    assert page.has("One of them does not hold now.", "Does not hold", "The target has to cost more than the source.")
    assert post(bruno, plans, "save plan", (a, b), (b, c), (a, c)).status_code == 302
    assert UpgradeRule.objects.get(source__code=b).state == "invalid"
    post(bruno, plans, "save plan", (a, b))
    assert [row.target.code for row in UpgradeRule.objects.all()] == [b]


@pytest.mark.req("S-UPG-001")
def test_without_a_proven_activity_nothing_is_added_and_the_page_leads_to_the_console(
    bruno: Any, plans: Product
) -> None:
    from galleria.connecting.models import DebugCase

    a, b, c = (code(plans, each) for each in "abc")
    post(bruno, plans, "save plan", (a, b), (a, c))
    DebugCase.objects.filter(activity="upgradeInstance").delete()
    page = read(bruno.client.get(page_of(plans)))
    assert page.has("Debug the upgrade activity of your interface", "Open the console at this activity")
    answer = post(bruno, plans, "save plan", (a, b), (b, c))
    assert answer.status_code == 422
    assert UpgradeRule.objects.count() == 2
    assert post(bruno, plans, "save plan", (a, b)).status_code == 302  # taking away is always possible
    assert UpgradeRule.objects.count() == 1


def test_what_is_no_saas_or_not_ones_own_has_no_upgrades(bruno: Any, shop: Any, plans: Product) -> None:
    box = shop.product("Box", once="9.00", delivery_type="license")
    assert read(bruno.client.get(page_of(box))).has("Only SaaS products can be upgraded.")
    assert post(bruno, box, "every standard").status_code == 422
    other = make_seller("xenia")
    assert other.client.get(page_of(plans)).status_code == 404
    assert other.client.post(page_of(plans), {"do": "none plan"}).status_code == 404


@pytest.mark.req("S-UPG-001")
def test_more_upgrades_than_are_allowed_are_refused_in_words(
    bruno: Any, plans: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upgrades, "MOST_PAIRS", 5)
    answer = post(bruno, plans, "every plan")
    assert answer.status_code == 422
    assert read(answer).has("A product has at most 5 upgrades; these are 12.")
    assert UpgradeRule.objects.count() == 0
