"""Search, filters, order and what may be seen (buyer-purchase 3)."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection

from galleria.buying.services import popularity
from galleria.kit import clock
from galleria.kit.actor import VISITOR
from galleria.publishing import rules, search, selectors, services
from galleria.publishing.models import Listing, PopularPick, ProductPage, SearchTerm
from galleria.publishing.rules import Wishes
from tests.packages.publishing.making import category, product
from tests.people import make_person
from tests.shop import Shop

pytestmark = pytest.mark.django_db


def found(text: str = "", actor: Any = VISITOR, **wishes: Any) -> list[str]:
    """Slugs of the results, in order."""
    return [card["slug"] for card in selectors.results(actor, Wishes(text=text, **wishes)).cards]


@pytest.mark.req("B-CAT-001")
@pytest.mark.parametrize(
    "text",
    [
        "tidemark",
        "TIDEMARK",
        "Tïdemärk",
        "ebb flow",
        "ransomware",
        "regional",
        "proves",
        "潮汐",
        "备份",
        "潮汐备份",
        "云",
    ],
)
def test_search_finds_a_product_by_name_seller_tag_specification_and_short_description(bruno, text):
    bruno.seller.name = "Ebb & Flow Systems"
    bruno.seller.save()
    product(
        bruno, "Tidemark", tags=["ransomware"], specification="Regional", summary="Proves each copy by restoring it",
        name_zh="潮汐备份", summary_zh="云上的副本",
    )  # fmt: skip
    product(bruno, "Sluice", summary="Moves tables")

    assert "tidemark" in found(text)


@pytest.mark.req("B-CAT-001")
def test_all_words_must_be_found_and_those_in_the_name_come_first(bruno):
    product(bruno, "Cloud Ledger", summary="Backup for cloud ledgers", sales_30d=900)
    product(bruno, "Cloud Backup", summary="Copies", sales_30d=1)
    product(bruno, "Backup", summary="Copies", sales_30d=2000)

    assert found("cloud backup") == ["cloud-backup", "cloud-ledger"]


@pytest.mark.req("B-CAT-001", "B-CAT-T2")
def test_a_product_of_another_region_is_not_found_and_visitors_see_the_default_region(bruno):
    product(bruno, "Nordic Vault", regions=("SE", "NO"))
    product(bruno, "Alpine Vault", regions=("CH",))
    product(bruno, "World Vault")
    heidi = make_person("Heidi", country="CH")

    assert set(found("vault")) == {"nordic-vault", "world-vault"}
    assert set(found("vault", heidi.actor)) == {"alpine-vault", "world-vault"}
    assert selectors.product_view(heidi.actor, "nordic-vault").availability == "region"


@pytest.mark.req("B-CAT-005")
def test_a_hidden_product_is_in_no_list_but_opens_at_its_address(bruno, olga, at):
    row = product(bruno, "Quiet Vault")
    services.hide_product(olga.actor, product_id=row.public_id, at=at)

    assert found("quiet") == []
    assert found(category="data") == []
    assert selectors.newest(VISITOR) == []
    assert selectors.product_view(VISITOR, "quiet-vault").availability == "hidden"
    assert selectors.product_view(VISITOR, "quiet-vault").can_order

    services.show_product(olga.actor, product_id=row.public_id, at=at)
    assert found("quiet") == ["quiet-vault"]


@pytest.mark.req("B-CAT-006")
def test_a_removed_product_is_not_found_and_keeps_its_guide_and_contact(bruno, olga, at):
    row = product(bruno, "Old Vault", guide_en="# Restore\nOpen the console.")
    services.remove_product(olga.actor, product_id=row.public_id, at=at)

    view = selectors.product_view(VISITOR, "old-vault")
    assert found("vault") == []
    assert view.availability == "removed"
    assert not view.can_order
    assert "Open the console." in view.detail["guide"]["en"]


def test_products_of_a_suspended_seller_are_not_listed(bruno):
    row = product(bruno, "Tidemark")
    bruno.seller.state = "suspended"
    bruno.seller.save()
    services.reindex_seller(bruno.seller.pk)

    assert found("tidemark") == []
    assert selectors.product_view(VISITOR, row.slug).availability == "seller"


@pytest.mark.req("B-CAT-002")
def test_values_of_one_filter_are_alternatives_and_filters_add_up(bruno):
    product(bruno, "Vault A", delivery_type="saas", monthly="10.00")
    product(bruno, "Vault B", delivery_type="image", monthly="100.00")
    product(bruno, "Vault C", delivery_type="license", monthly="100.00", trial_days=14)

    assert set(found("vault", delivery=("saas", "image"))) == {"vault-a", "vault-b"}
    assert found("vault", delivery=("saas", "image"), price=("250",)) == ["vault-b"]
    assert found("vault", terms=("trial",)) == ["vault-c"]
    assert set(found("vault", least=50, most=100)) == {"vault-b", "vault-c"}


@pytest.mark.req("B-CAT-002")
def test_facets_count_what_choosing_one_more_value_would_show(bruno):
    product(bruno, "Vault A", delivery_type="saas", hourly="0.10", rating_e2=460, review_count=3)
    product(bruno, "Vault B", delivery_type="image", operating_system="Debian 12", monthly="0.00")
    product(bruno, "Vault C", delivery_type="image", where="data/pipelines", monthly="300.00", regions=("SE", "NO"))

    counts = selectors.results(VISITOR, Wishes(text="vault", delivery=("saas",))).counts
    assert counts["delivery"] == {"saas": 1, "image": 2}
    assert counts["sub"] == {"data/backup": 1}
    assert counts["mode"] == {"period": 1, "pay_per_use": 1}

    counts = selectors.results(VISITOR, Wishes(text="vault")).counts
    assert counts["price"] == {"50": 1, "free": 1, "over": 1}
    assert counts["os"] == {"Debian 12": 1}
    assert counts["terms"] == {"free": 1, "trial": 0}
    assert counts["score"] == {"450": 1, "400": 1, "300": 1}
    assert counts["country"] == {"SE": 3, "NO": 3}
    assert counts["seller"] == {bruno.seller.slug: 3}


@pytest.mark.req("B-CAT-003")
def test_results_are_ordered_by_newest_price_and_sales(bruno):
    product(bruno, "Vault A", monthly="20.00", sales_30d=5, days_old=1)
    product(bruno, "Vault B", monthly="10.00", sales_30d=50, days_old=3)
    product(bruno, "Vault C", monthly="30.00", sales_30d=1, days_old=2)

    assert found("vault", sort="newest") == ["vault-a", "vault-c", "vault-b"]
    assert found("vault", sort="price") == ["vault-b", "vault-a", "vault-c"]
    assert found("vault", sort="price-desc") == ["vault-c", "vault-a", "vault-b"]
    assert found("vault", sort="sales") == ["vault-b", "vault-a", "vault-c"]
    assert found(sort="newest", category="data") == ["vault-a", "vault-c", "vault-b"]


@pytest.mark.req("B-CAT-004")
def test_popular_are_the_picks_of_the_operator_then_the_most_sold(bruno, olga, at):
    for number in range(4):
        product(bruno, f"Vault {number}", sales_30d=number)
    services.set_popular(olga.actor, product_slugs=["vault-0"], at=at)

    cards = selectors.popular(VISITOR, limit=3)
    assert [card["slug"] for card in cards] == ["vault-0", "vault-3", "vault-2"]
    assert PopularPick.objects.count() == 1


@pytest.mark.req("B-CAT-T1")
def test_search_category_and_popular_lead_to_the_same_product(bruno):
    row = product(bruno, "Tidemark")

    ways = [
        selectors.results(VISITOR, Wishes(text="tidemark")).cards[0],
        selectors.results(VISITOR, Wishes(category="data/backup", delivery=("saas",))).cards[0],
        selectors.popular(VISITOR)[0],
    ]
    assert {card["slug"] for card in ways} == {"tidemark"}
    assert {card["id"] for card in ways} == {row.public_id}


def test_a_misspelt_word_is_searched_as_the_nearest_word_of_the_catalogue(bruno):
    product(bruno, "Tidemark Backup")

    results = selectors.results(VISITOR, Wishes(text="tidemrak bakcup"))
    assert results.corrected == "tidemark backup"
    assert [card["slug"] for card in results.cards] == ["tidemark-backup"]


@pytest.mark.req("B-CAT-007")
def test_without_a_match_products_with_some_of_the_words_are_near(bruno):
    product(bruno, "Tidemark Backup")

    results = selectors.results(VISITOR, Wishes(text="backup 火星"))
    assert results.near
    assert results.total == 1
    assert selectors.results(VISITOR, Wishes(text="火星")).total == 0


def test_words_of_products_that_are_gone_are_not_suggested(bruno, olga, at):
    row = product(bruno, "Zephyrine")
    assert SearchTerm.objects.filter(word="zephyrine").exists()

    services.remove_product(olga.actor, product_id=row.public_id, at=at)
    assert not SearchTerm.objects.filter(word="zephyrine").exists()


def test_indexing_again_changes_nothing(bruno):
    row = product(bruno, "Tidemark Backup")
    before = list(SearchTerm.objects.order_by("word").values_list("word", "count"))
    services.reindex_products([row.pk, row.pk])

    assert list(SearchTerm.objects.order_by("word").values_list("word", "count")) == before
    assert found("tidemark") == ["tidemark"] or found("tidemark") == ["tidemark-backup"]


@pytest.mark.parametrize(
    "text", ["", "   ", '"', "' OR 1=1 --", "NEAR(", "a*", "*", "-", "{name} : x", "\\", "%", "\x00", "😀", "a" * 3000]
)
def test_hostile_text_is_just_text(bruno, text):
    product(bruno, "Tidemark")
    selectors.results(VISITOR, Wishes(text=text))


def test_results_take_few_queries_and_they_do_not_grow(bruno, django_assert_num_queries):
    for number in range(30):
        product(bruno, f"Vault {number}", where=f"data/{'backup' if number % 2 else 'pipelines'}")
    with django_assert_num_queries(3):
        selectors.results(VISITOR, Wishes(text="vault"))


def test_scopes_larger_than_the_limit_are_filtered_by_the_database(bruno, monkeypatch):
    monkeypatch.setattr(rules, "MAX_RANKED", 3)
    for number in range(6):
        product(bruno, f"Vault {number}", sales_30d=number, delivery_type="image" if number < 2 else "saas",
                trial_days=7 if number == 0 else 0, rating_e2=400 + number, operating_system="Debian 12")  # fmt: skip

    results = selectors.results(VISITOR, Wishes(category="data"))
    assert results.is_capped
    assert results.total == 3
    wishes = Wishes(category="data", delivery=("image",), terms=("trial", "free"), score=("400",), mode=("period",),
                    price=("50", "over"), country=("NO",), os=("Debian 12",), least=1, most=900)  # fmt: skip
    results = selectors.results(VISITOR, wishes)
    assert [card["slug"] for card in results.cards] == ["vault-0"]
    assert not results.is_capped


def test_categories_are_counted_with_what_is_below_them(bruno):
    product(bruno, "Vault A", where="data/backup")
    product(bruno, "Vault B", where="data/pipelines")
    category("ai", room="ai")

    data, ai = selectors.category_tree()
    assert (data.path, data.count) == ("data", 2)
    assert [child.count for child in data.children] == [1, 1]
    assert ai.count == 0


@pytest.mark.req("B-CAT-003", "B-CAT-004")
def test_sales_of_30_days_are_counted_once_the_marketplace_is_old_enough(ada, bruno, at):
    shop = Shop(bruno)
    desk, ledger = shop.product("Helpdesk", monthly="9.00"), shop.product("Ledger", monthly="9.00")
    services.reindex_products([desk.pk, ledger.pk])
    services.set_sales({ledger.pk: 900})
    shop.fund(ada, "100.00")
    shop.buy(ada, desk)

    assert popularity.count_sales(at + timedelta(days=29)) == 0
    clock.travel_to(at + timedelta(days=20))
    shop.buy(ada, desk)
    assert popularity.count_sales(at + timedelta(days=40)) == 2
    assert found(sort="sales") == ["helpdesk", "ledger"]
    assert Listing.objects.get(product=ledger).sales_30d == 0
    assert popularity.count_sales(at + timedelta(days=40)) == 0


def test_a_word_that_is_not_finished_finds_what_begins_with_it(bruno):
    product(bruno, "Tidemark Backup")

    assert found("backup tide") == ["tidemark-backup"]
    assert [card["slug"] for card in selectors.suggestions(VISITOR, "tid")] == ["tidemark-backup"]
    assert found("ide") == []


def test_a_category_is_searched_as_a_whole_however_many_match_elsewhere(bruno, monkeypatch):
    monkeypatch.setattr(rules, "MAX_RANKED", 3)
    for number in range(2):
        product(bruno, f"Vault {number}", where="ai/reading")
    for number in range(2, 9):
        product(bruno, f"Vault {number}", where="data/backup")

    results = selectors.results(VISITOR, Wishes(text="vault", category="ai"))
    assert {card["slug"] for card in results.cards} == {"vault-0", "vault-1"}
    assert not results.is_capped
    assert selectors.results(VISITOR, Wishes(text="vault", category="ai/reading")).total == 2


def test_what_an_earlier_version_prepared_is_made_anew(bruno):
    row, other = product(bruno, "Tidemark Backup"), product(bruno, "Sluice", index=False)
    ProductPage.objects.filter(product=row).update(format=0, card={})

    assert services.reindex_outdated() == 2
    assert found("tidemark") == ["tidemark-backup"]
    assert ProductPage.objects.get(product=other).card["slug"] == "sluice"
    assert services.reindex_outdated() == 0


def test_a_word_longer_than_the_index_keeps_is_found_by_its_beginning_and_counted(bruno):
    word = "wort" * 50
    product(bruno, word, slug="long")

    assert found(word) == found(word[:60]) == ["long"]
    assert set(SearchTerm.objects.values_list("word", flat=True)) >= {word[:40]}


def test_listings_with_a_word_of_the_name_are_found_for_reviewers(bruno):
    first = product(bruno, "Tidemark Backup", summary="Copies")
    product(bruno, "Sluice", summary="Tidemark is not in the name")
    third = product(bruno, "Backup for Ferries", summary="Copies")

    assert set(search.named_like("Tidemark Backups Ltd", most=5)) == {first.pk, third.pk}
    assert search.named_like("Tidemark Backups Ltd", most=1) == [first.pk]
    assert search.named_like("a b c", most=5) == []


def test_of_more_hits_than_are_ranked_the_best_tiers_stay_and_none_is_there_twice(bruno, monkeypatch):
    for number in range(3):
        product(bruno, f"Vault {number}", summary="Copies")
        product(bruno, f"Label {number}", tags=["vault"], summary="Copies")
        product(bruno, f"Body {number}", summary="A vault of copies")

    def tiers(limit: int) -> list[int]:
        monkeypatch.setattr(rules, "MAX_RANKED", limit - 1)
        hits = search.hits(Wishes(text="vault"), country="SE", unit=100, words=["vault"])
        assert len({hit.product_pk for hit in hits}) == len(hits)
        return sorted(hit.tier for hit in hits)

    assert tiers(2) == [0, 0]
    assert tiers(5) == [0, 0, 0, 1, 1]
    assert tiers(8) == [0, 0, 0, 1, 1, 1, 2, 2]


def test_an_index_of_the_version_before_is_carried_over_and_back(bruno):
    product(bruno, "Tidemark", tags=["ransomware"], summary="Proves each copy", name_zh="潮汐备份")
    product(bruno, "Proves", tags=["copy"], summary="Tidemark of ransomware")
    carrying = import_module("galleria.publishing.migrations.0008_search_words")
    editor = connection.SchemaEditorClass(connection)
    words = ["tidemark", "ransomware", "prove", "copy", "备份"]

    def answers() -> list[list[tuple[int, int]]]:
        asked = [search.hits(Wishes(text=word), country="SE", unit=100, words=[word]) for word in words]
        return [sorted((hit.product_pk, hit.tier) for hit in hits) for hits in asked]

    before = answers()
    carrying.unmark(None, editor)
    with connection.cursor() as cursor:
        columns = [
            column.name for column in connection.introspection.get_table_description(cursor, "publishing_search")
        ]
    carrying.mark(None, editor)

    assert [[tier for _pk, tier in hits] for hits in before] == [[0, 2], [1, 2], [2, 0], [2, 1], [0]]
    assert answers() == before
    if connection.vendor == "sqlite":
        assert columns[:3] == ["name", "labels", "body"]
