"""P1 home, P2 results and category: what they show, what they cost."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from galleria.publishing import services
from tests.packages.publishing.making import category, product
from tests.people import make_person
from tests.web.storefront import links, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def anyone() -> Client:
    return Client()


def test_home_shows_rooms_popular_and_new_products(anyone, bruno):
    product(bruno, "Tidemark Backup", sales_30d=5)
    category("ai", "Language and vision", room="ai")
    category("ai/reading", room="ai")
    page = anyone.get("/")

    assert page.status_code == 200
    assert "Tidemark Backup" in words(page)
    assert "Language and vision" in words(page)
    assert "/c/data" in links(page)


@pytest.mark.req("B-CAT-T1", "B-PUR-007", "B-PUR-008")
def test_three_ways_lead_to_the_same_product_page(anyone, bruno):
    product(bruno, "Tidemark Backup")

    for way in ("/", "/search?q=tidemark", "/c/data?delivery=saas"):
        assert "/products/tidemark-backup" in links(anyone.get(way))
    assert anyone.get("/products/tidemark-backup").status_code == 200


@pytest.mark.req("UI-GEN-07", "B-CAT-002")
def test_filters_are_links_that_keep_the_question_and_each_other(anyone, bruno):
    product(bruno, "Vault A", delivery_type="saas")
    product(bruno, "Vault B", delivery_type="image", trial_days=14)

    page = anyone.get("/search?q=vault&delivery=saas")
    assert "/search?q=vault&delivery=saas&delivery=image" in links(page)
    assert "/search?q=vault" in links(page)
    assert "1 product for “vault”" in words(page)
    both = anyone.get("/search?q=vault&delivery=saas&delivery=image&terms=trial")
    assert "Vault B" in words(both)
    assert "Vault A" not in words(both)


@pytest.mark.req("B-CAT-003", "UI-GEN-17")
def test_the_order_is_chosen_in_a_form_and_explained(anyone, bruno):
    product(bruno, "Vault A", monthly="9.00")
    page = anyone.get("/search?q=vault&sort=price")

    assert '<option value="price" selected>' in page.content.decode()
    assert "/legal/ranking" in links(page)
    assert "Nobody can pay for a place" in words(anyone.get("/legal/ranking"))


@pytest.mark.req("B-CAT-007", "UI-ST-02")
def test_nothing_found_offers_a_requirement_and_something_near(anyone, bruno):
    product(bruno, "Tidemark Backup")
    page = anyone.get("/search?q=zzqx")

    assert "Nothing for “zzqx”" in words(page)
    assert "/requirements/new?title=zzqx" in links(page)
    assert "Tidemark Backup" in words(page)
    filtered = anyone.get("/search?q=tidemark&delivery=hardware")
    assert "/search?q=tidemark" in links(filtered)
    assert "Tidemark Backup" in words(filtered)


def test_a_misspelt_word_is_corrected_and_said(anyone, bruno):
    product(bruno, "Tidemark Backup")
    page = anyone.get("/search?q=bakcup")

    assert "These are the results for backup" in words(page)
    assert "/products/tidemark-backup" in links(page)


@pytest.mark.req("B-CAT-T2", "B-CAT-001")
def test_results_are_those_of_the_readers_region(anyone, bruno):
    product(bruno, "Alpine Vault", regions=("CH",))
    heidi = make_person("Heidi", country="CH")

    assert "Alpine Vault" not in words(anyone.get("/search?q=vault"))
    assert "Alpine Vault" in words(heidi.client.get("/search?q=vault"))


def test_a_category_shows_its_path_and_an_unknown_one_is_not_found(anyone, bruno):
    product(bruno, "Tidemark Backup")

    page = anyone.get("/c/data/backup")
    assert "/c/data" in links(page)
    assert "Tidemark Backup" in words(page)
    assert anyone.get("/c/nothing").status_code == 404


def test_pages_past_the_end_lead_to_the_last_one(anyone, bruno):
    for number in range(21):
        product(bruno, f"Vault {number}")

    first = anyone.get("/search?q=vault")
    assert "/search?q=vault&page=2" in links(first)
    assert "1 to 20 of 21" in words(first)
    assert anyone.get("/search?q=vault&page=9")["Location"] == "/search?q=vault&page=2"


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=-1", "page=x", "page=" + "9" * 30, "min=x&max=-1", "sort=evil", "delivery=%00", "q=%00%00",
     "score=abc", "price=all", "q=" + "a" * 5000, "q=%F0%9F%98%80", "sub=' OR 1=1 --", "country=XX",
     "compare=" + "x" * 300],
)  # fmt: skip
def test_hostile_addresses_get_a_page(anyone, bruno, query):
    product(bruno, "Tidemark Backup")
    assert anyone.get(f"/search?{query}").status_code in {200, 302, 404}


def test_names_of_sellers_and_products_cannot_become_markup(anyone, bruno):
    product(bruno, "<script>alert(1)</script>", slug="evil", summary="<img src=x onerror=alert(1)>",
            description_en="<b>bold</b> [x](javascript:alert(1)) [y](https://example.com)")  # fmt: skip

    for address in ("/", "/search?q=script", "/products/evil", "/compare?p=evil"):
        body = anyone.get(address).content.decode()
        assert "<script>alert" not in body
        assert "<img src=x" not in body
        assert 'href="javascript' not in body


@pytest.mark.req("UI-PERF-11")
@pytest.mark.parametrize(
    ("address", "limit"),
    [
        ("/", 8),
        ("/search?q=vault", 10),
        ("/search", 10),
        ("/c/data?delivery=saas&sort=newest", 10),
        ("/search?q=vualt", 10),
    ],
)
def test_queries_of_public_pages_are_few_and_do_not_grow(anyone, bruno, django_assert_max_num_queries, address, limit):
    for number in range(25):
        product(bruno, f"Vault {number}", where=f"data/{'backup' if number % 2 else 'pipelines'}")
    with django_assert_max_num_queries(limit) as few:
        anyone.get(address)
    for number in range(25, 50):
        product(bruno, f"Vault {number}")
    with django_assert_max_num_queries(len(few)):
        anyone.get(address)


@pytest.mark.parametrize(("address", "limit"), [("/", 8), ("/search?q=vault", 10)])
def test_queries_of_a_signed_in_reader_are_few(ada, bruno, django_assert_max_num_queries, address, limit):
    product(bruno, "Vault")
    browser = ada.client
    with django_assert_max_num_queries(limit):
        assert browser.get(address).status_code == 200


def test_a_visitor_reads_no_session_and_gets_no_cookie_from_lists(anyone, bruno):
    product(bruno, "Tidemark Backup")

    for address in ("/", "/search?q=tidemark", "/c/data", "/help"):
        page = anyone.get(address)
        assert not page.cookies
        assert "Cookie" in page["Vary"]
        assert "no-store" not in page["Cache-Control"]


def test_hidden_products_are_in_no_list(anyone, bruno, olga, at):
    row = product(bruno, "Quiet Vault")
    services.hide_product(olga.actor, product_id=row.public_id, at=at)

    for address in ("/", "/search?q=quiet", "/c/data", f"/sellers/{bruno.seller.slug}", "/sitemap.xml"):
        body = b"".join(anyone.get(address))
        assert b"/products/quiet-vault" not in body


@pytest.mark.req("UI-GEN-16")
def test_the_language_is_chosen_with_a_link_and_kept(anyone, bruno):
    product(bruno, "Tidemark Backup", name_zh="潮汐备份")

    answer = anyone.get("/preferences?language=zh-hans&next=/search?q=tidemark")
    assert answer["Location"] == "/search?q=tidemark"
    page = anyone.get("/search?q=tidemark")
    assert '<html lang="zh-Hans"' in page.content.decode()
    assert "潮汐备份" in words(page)


def test_preferences_lead_nowhere_else_and_ignore_what_they_do_not_know(anyone):
    assert anyone.get("/preferences?theme=dark&next=https://evil.example/")["Location"] == "/"
    answer = anyone.get("/preferences?theme=loud&language=xx&next=/help")
    assert answer["Location"] == "/help"
    assert not answer.cookies


def test_the_theme_is_a_cookie_and_on_the_page(anyone):
    anyone.get("/preferences?theme=dark&next=/")
    assert '<html lang="en" data-theme="dark"' in anyone.get("/help").content.decode()
    anyone.cookies["theme"] = '"><script>'
    assert "data-theme" not in anyone.get("/help").content.decode().split("<head>")[0]


def test_robots_sitemap_and_icon(anyone, bruno):
    product(bruno, "Tidemark Backup")

    assert "Sitemap: " in anyone.get("/robots.txt").content.decode()
    sitemap = b"".join(anyone.get("/sitemap.xml")).decode()
    assert f"<loc>{settings.GALLERIA_SITE_URL}/products/tidemark-backup</loc>" in sitemap
    assert anyone.get("/favicon.ico").status_code == 302
    assert anyone.get("/media/../settings.py").status_code == 404
    assert anyone.get("/media/logos/none.svg").status_code == 404
