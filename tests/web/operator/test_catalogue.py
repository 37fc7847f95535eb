"""O5: the tree of categories, the first places of the home page, preset attributes."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from galleria.audit.models import AuditRecord
from galleria.publishing import arranging, services
from galleria.publishing.models import Category, ProductAttribute, ProductPage
from tests.packages.publishing.making import category
from tests.people import NOW
from tests.shop import Shop
from tests.web.reading import read

pytestmark = pytest.mark.django_db
ADDRESS = "/operator/catalogue"


@pytest.fixture
def tree() -> None:
    """Three categories in one room, one in another."""
    for place, (path, name, room) in enumerate(
        (("data", "Data", "data"), ("data/backup", "Backup", "data"), ("data/lakes", "Lakes", "data"),
         ("net", "Network", "network"))
    ):  # fmt: skip
        row = category(path, name, name_zh=f"中{name}", room=room)
        Category.objects.filter(pk=row.pk).update(position=place)


def act(person: Any, verb: str, **data: Any) -> Any:
    return person.client.post(f"{ADDRESS}/act", {"act": verb, **data})


def paths() -> list[str]:
    return list(Category.objects.order_by("position", "id").values_list("path", flat=True))


@pytest.mark.req("B-PRM-001", "S-GEN-002")
def test_only_who_looks_after_the_catalogue_arranges_it(olga: Any, ada: Any, visitor: Any, tree: None) -> None:
    support = olga.colleague("Sara", "OperatorSupport")
    curator = olga.colleague("Carl", "OperatorCatalogue")
    for address in (ADDRESS, f"{ADDRESS}/categories/data/backup"):
        assert olga.client.get(address).status_code == curator.client.get(address).status_code == 200
        assert visitor.get(address)["Location"].startswith("/account/login/?next=")
        for person in (support, ada):
            assert person.client.get(address).status_code == 403
    assert act(support, "category_up:data/lakes").status_code == 403
    assert olga.client.get(f"{ADDRESS}/categories/no/such").status_code == 404
    assert act(olga, "nonsense").status_code == 404


def test_the_tree_shows_names_in_both_languages_and_counts(olga: Any, bruno: Any, tree: None) -> None:
    Shop(bruno).product("Marigold", monthly="5.00")
    Category.objects.filter(path="data/backup").update(listed_count=3)
    page = read(olga.client.get(ADDRESS))
    for text in ("Backup", "中Backup", "data/lakes", "Network"):
        assert page.has(text), text
    counts = {each.path: each.count for each in arranging.tree(olga.actor)}
    assert (counts["data/backup"], counts["data"], counts["net"]) == (3, 3, 0)


def test_categories_are_moved_by_buttons(olga: Any, tree: None) -> None:
    assert act(olga, "category_up:data/lakes")["Location"] == "/operator/catalogue#c-data-lakes"
    order = [each.path for each in arranging.tree(olga.actor)]
    assert order == ["data", "data/lakes", "data/backup", "net"]
    act(olga, "category_up:data/lakes")
    assert [each.path for each in arranging.tree(olga.actor)] == order, "it is the first already"
    act(olga, "category_down:data")
    assert [each.path for each in arranging.tree(olga.actor)] == ["net", "data", "data/lakes", "data/backup"]
    assert AuditRecord.objects.filter(sentence="category.moved").count() == 2


@pytest.mark.req("S-GEN-002")
def test_a_category_is_added_inside_another_and_as_a_room_of_its_own(olga: Any, visitor: Any, tree: None) -> None:
    added = act(olga, "category_add", parent="data", key="lake-houses", name_en="Lake houses", name_zh="湖仓")
    assert added.status_code == 302
    row = Category.objects.get(path="data/lake-houses")
    assert (row.room, row.parent.path, row.name_en, row.name_zh_hans) == ("data", "data", "Lake houses", "湖仓")
    assert read(visitor.get("/c/data/lake-houses")).has("Lake houses")
    act(olga, "category_add", parent="", key="ai", name_en="AI", name_zh="人工智能", room="ai")
    assert paths()[-1] == "ai"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        ({"key": "Lake"}, "Use small letters, digits and hyphens; a letter first."),
        ({"key": "backup", "parent": "data"}, "There is such a category already."),
        ({"key": "new"}, "Choose a room."),
        ({"key": "new", "parent": "data", "name_zh": ""}, "Give the name in Chinese."),
        ({"key": "new", "parent": "data", "name_en": " "}, "Give the name in English."),
    ],
)
def test_a_wrong_category_is_not_added_and_nothing_typed_is_lost(
    olga: Any, tree: None, data: dict[str, str], error: str
) -> None:
    before = paths()
    answer = act(olga, "category_add", **{"name_en": "Mine", "name_zh": "我的", **data})
    assert answer.status_code == 422
    assert read(answer).has(error)
    assert paths() == before
    if data.get("name_en") is None:
        assert 'value="Mine"' in answer.content.decode()


def test_new_names_reach_the_pages_of_the_products(olga: Any, bruno: Any, tree: None) -> None:
    product = Shop(bruno).product("Marigold", monthly="5.00")
    path = product.category.path
    answer = olga.client.post(f"{ADDRESS}/categories/{path}", {"name_en": "Renamed", "name_zh": "改名"})
    assert answer.status_code == 302
    Shop.work()
    crumbs = str(ProductPage.objects.get(product=product).detail)
    assert "Renamed" in crumbs and "改名" in crumbs
    wrong = olga.client.post(f"{ADDRESS}/categories/{path}", {"name_en": "", "name_zh": "x"})
    assert wrong.status_code == 422


def test_a_room_given_to_a_top_category_is_that_of_all_below(olga: Any, tree: None) -> None:
    olga.client.post(f"{ADDRESS}/categories/data", {"name_en": "Data", "name_zh": "数据", "room": "systems"})
    assert set(Category.objects.filter(path__startswith="data").values_list("room", flat=True)) == {"systems"}


def test_only_an_empty_category_is_removed(olga: Any, bruno: Any, tree: None) -> None:
    product = Shop(bruno).product("Marigold", monthly="5.00")
    full = f"{ADDRESS}/categories/{product.category.path}"
    assert olga.client.post(full, {"act": "remove"}).status_code == 409
    assert olga.client.post(f"{ADDRESS}/categories/data", {"act": "remove"}).status_code == 409
    assert olga.client.post(f"{ADDRESS}/categories/net", {"act": "remove"}).status_code == 302
    assert "net" not in paths()


@pytest.mark.req("B-CAT-004")
def test_the_first_places_of_the_home_page_are_arranged_by_buttons(olga: Any, bruno: Any, visitor: Any) -> None:
    shop = Shop(bruno)
    made = [shop.product(name, monthly="5.00") for name in ("Alder", "Birch", "Cedar")]
    services.reindex_products([each.pk for each in made])
    for name in ("alder", "Birch", "Cedar"):
        assert act(olga, "pick_add", product=name).status_code == 302
    assert [each.product.name for each in arranging.picks(olga.actor)] == ["Alder", "Birch", "Cedar"]
    act(olga, "pick_up:cedar")
    act(olga, "pick_down:alder")
    assert [each.product.name for each in arranging.picks(olga.actor)] == ["Cedar", "Alder", "Birch"]
    act(olga, "pick_remove:alder")
    assert [each.product.name for each in arranging.picks(olga.actor)] == ["Cedar", "Birch"]
    body = visitor.get("/").content.decode()
    assert body.index("Cedar") < body.index("Birch")
    for wrong in ("nothing", "Cedar", ""):
        answer = act(olga, "pick_add", product=wrong)
        assert answer.status_code == 422
    assert act(olga, "pick_up:nothing").status_code == 404


@pytest.mark.req("S-ATR-001")
def test_preset_attributes_are_shown_and_cannot_be_edited(olga: Any) -> None:
    ProductAttribute.objects.get_or_create(
        seller=None, code="appName", defaults={"kind": "choice", "name": "Application name", "created_at": NOW}
    )
    page = read(olga.client.get(ADDRESS))
    assert page.has("appName") and page.has("Application name") and page.has("Enumeration")


def test_the_page_asks_the_same_for_many_categories(olga: Any, tree: None) -> None:
    def queries() -> int:
        olga.client.get(ADDRESS)
        with CaptureQueriesContext(connection) as caught:
            olga.client.get(ADDRESS)
        return len(caught)

    few = queries()
    for number in range(40):
        category(f"data/n{number}")
    assert queries() == few <= 9
