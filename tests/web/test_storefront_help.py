"""P6 help and legal texts, requirements, the command field, error pages, the style guide."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client, override_settings
from django.urls import Resolver404, resolve

from galleria.kit import parameters
from galleria.kit.errors import NotAllowed, PermissionMissing, TooManyRequests, Unavailable
from galleria.parties import services as parties
from galleria.publishing.models import Requirement
from galleria.web.storefront import help_topics
from tests.packages.publishing.making import category, product
from tests.people import NOW
from tests.shop import Shop
from tests.web.storefront import links, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def anyone() -> Client:
    return Client()


@pytest.mark.req("B-SUP-001", "B-HLP-001")
def test_the_help_lists_each_task_with_where_to_act_and_where_to_read(anyone):
    page = anyone.get("/help")
    text = words(page)

    for task in ("Buy", "View purchased apps", "Use each delivery type", "Follow a supervised delivery", "Appeal",
                 "Contact a seller", "Renew", "Change the specification", "Unsubscribe", "Get an invoice",
                 "Manage agencies",
                 "Raise a ticket"):  # fmt: skip
        assert task in text


@pytest.mark.req("B-SUP-T1")
@pytest.mark.parametrize("task", help_topics.TASKS, ids=lambda task: task.topic)
def test_every_link_of_the_table_resolves_for_visitors_and_for_buyers(anyone, ada, task):
    for address in (task.href, f"/help/{task.topic}"):
        resolve(address.split("?")[0])
        answer = anyone.get(address)
        assert answer.status_code in {200, 302}
        if answer.status_code == 302:
            assert "/account/login/?next=" in answer["Location"]
        assert ada.client.get(address).status_code == 200


@pytest.mark.parametrize("topic", help_topics.TOPICS, ids=lambda topic: topic.slug)
def test_every_topic_has_a_page_and_its_links_resolve(anyone, topic):
    page = anyone.get(f"/help/{topic.slug}")
    assert page.status_code == 200
    assert "{site}" not in words(page)
    for _text, address in topic.acts:
        try:
            resolve(address.split("?")[0])
        except Resolver404:
            pytest.fail(f"{address} does not exist")


@pytest.mark.req("B-SUP-002")
def test_three_ways_to_get_help_are_shown_in_order(anyone, olga, at):
    text = words(anyone.get("/help"))
    assert (
        text.index("1. The seller of the product") < text.index("2. A ticket") < text.index("3. The operator’s hotline")
    )

    parameters.change(olga.actor, "support.hotline", "+46 8 555 01 00", at=at)
    parameters.change(olga.actor, "support.hotline_hours", "Mon to Fri, 8 to 18 (GMT+01:00)", at=at)
    assert "+46 8 555 01 00 Mon to Fri, 8 to 18 (GMT+01:00)" in words(anyone.get("/help"))


@pytest.mark.req("B-SUP-003")
def test_a_buyer_sees_what_waits_beside_the_task(ada, bruno):
    shop = Shop(bruno)
    desk = shop.product("Helpdesk", monthly="9.00")
    shop.fund(ada, "100.00")
    shop.order(ada, desk)

    page = words(ada.client.get("/help"))
    assert "Buy Storefront Explained : Buy 1" in page


@pytest.mark.req("B-FAQ-001")
def test_the_introduction_is_reached_from_the_footer_of_every_page(anyone, bruno):
    product(bruno, "Tidemark")
    for address in ("/", "/search?q=tidemark", "/products/tidemark", "/help", "/legal", "/nothing"):
        assert "/about" in links(anyone.get(address))
    assert "What is this marketplace?" in words(anyone.get("/about", follow=True))


@pytest.mark.req("B-FAQ-002")
def test_the_range_is_told_from_the_live_categories(anyone):
    category("underwater", "Underwater software")
    assert "Underwater software" in words(anyone.get("/help/range"))


@pytest.mark.parametrize(
    ("text", "topic"), [("renew", "renew"), ("refunded", "refund"), ("REVIEW a product", "review")]
)
def test_the_help_can_be_searched(anyone, text, topic):
    page = anyone.get("/help", {"q": text})
    assert f"/help/{topic}" in links(page)
    assert "0 answers" in words(anyone.get("/help", {"q": "xylophone"}))


# --- legal ----------------------------------------------------------------------------------------------------
@pytest.mark.req("B-TRM-002")
def test_every_version_of_a_text_has_an_address_and_says_what_changed(anyone, at):
    common = {
        "key": "AGR_PARTNER_USER",
        "kind": "platform",
        "name": "Partner user agreement",
        "issuer": "Nordhaven Cloud",
    }
    parties.publish_version(**common, version="1", effective_at=NOW - timedelta(days=400), texts={"en": "Old *words*."})
    parties.publish_version(**common, version="2", effective_at=NOW - timedelta(days=1), texts={"en": "New words."},
                            change_note="Shorter.")  # fmt: skip
    parties.publish_version(**common, version="3", effective_at=NOW + timedelta(days=9), texts={"en": "Future words."})

    newest = words(anyone.get("/legal/AGR_PARTNER_USER"))
    assert "New words." in newest
    assert "Shorter." in newest
    assert "Future" not in newest
    old = words(anyone.get("/legal/AGR_PARTNER_USER/1"))
    assert "Old words ." in old
    assert "This is not the version in force." in old
    assert anyone.get("/legal/AGR_PARTNER_USER/3").status_code == 404
    assert anyone.get("/legal/AGR_NOTHING").status_code == 404
    assert "/legal/AGR_PARTNER_USER" in links(anyone.get("/legal"))


@pytest.mark.req("B-HLP-004")
def test_a_text_that_is_not_translated_is_shown_in_english_with_a_notice(anyone, at):
    parties.publish_version(key="AGR_PARTNER_USER", kind="platform", name="Partner user agreement", issuer="N",
                            version="1",
                            effective_at=NOW - timedelta(days=1), texts={"en": "English words."})  # fmt: skip
    anyone.cookies["django_language"] = "zh-hans"
    page = anyone.get("/legal/AGR_PARTNER_USER").content.decode()

    assert "English words." in page
    assert '<div class="prose" lang="en">' in page


@pytest.mark.parametrize("text", ["ranking", "accessibility", "imprint"])
def test_own_texts_have_pages(anyone, text):
    assert anyone.get(f"/legal/{text}").status_code == 200


# --- requirements -------------------------------------------------------------------------------------------------
@pytest.mark.req("B-CAT-007", "B-OFR-003")
def test_a_requirement_is_submitted_with_the_words_of_the_search(ada):
    page = ada.client.get("/requirements/new?title=underwater backup")
    assert 'value="underwater backup"' in page.content.decode()
    answer = ada.client.post(
        "/requirements/new",
        {"title": "Underwater backup", "description": "For divers.", "budget": "300 EUR", "wanted_by": "2027-05-01",
         "may_contact": "yes"},
    )  # fmt: skip

    assert answer["Location"] == "/buyer/saved#requirements"
    row = Requirement.objects.get()
    assert (row.title, row.account, row.may_contact) == ("Underwater backup", ada.account, True)
    assert "Underwater backup" in words(ada.client.get("/buyer/saved"))


@pytest.mark.req("UI-GEN-14")
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"title": "", "description": "x"}, "Say in up to 100 characters what you need."),
        ({"title": "x" * 101, "description": "x"}, "Say in up to 100 characters what you need."),
        ({"title": "x", "description": "y" * 2001}, "Describe it in up to 2,000 characters."),
        ({"title": "x", "description": "kept words", "wanted_by": "2020-01-01"}, "Choose a day that is still to come."),
    ],
)
def test_a_wrong_requirement_is_told_and_nothing_typed_is_lost(ada, typed, sentence):
    page = ada.client.post("/requirements/new", typed)

    assert page.status_code == 422
    assert sentence in words(page)
    assert typed["description"] in page.content.decode()
    assert not Requirement.objects.exists()


def test_a_visitor_signs_in_to_submit_a_requirement(anyone):
    assert anyone.get("/requirements/new?title=x")["Location"].startswith("/account/login/?next=")


# --- command field ------------------------------------------------------------------------------------------------
@pytest.mark.req("UI-GEN-12", "UI-GEN-08")
def test_an_exact_identifier_jumps_for_those_who_may_see_it(ada, xavier, bruno):
    shop = Shop(bruno)
    shop.fund(ada, "100.00")
    order = shop.order(ada, shop.product("Helpdesk", monthly="9.00"))

    assert ada.client.get("/find", {"q": order.public_id})["Location"] == f"/buyer/orders/{order.public_id}"
    stranger = xavier.client.get("/find", {"q": order.public_id})
    assert stranger.status_code == 200
    assert order.public_id not in links(stranger)


def test_a_word_finds_pages_and_products(ada, bruno):
    product(bruno, "Tidemark Backup")
    found = ada.client.get("/find", {"q": "tide"}, headers={"HX-Request": "true"})

    assert b"<html" not in found.content
    assert "/buyer/saved" in links(ada.client.get("/find", {"q": "saved"}))
    assert "/products/tidemark-backup" in links(ada.client.get("/find", {"q": "tidemark"}))


# --- errors -------------------------------------------------------------------------------------------------------
@pytest.mark.req("UI-ST-05")
@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (NotAllowed(), 409),
        (PermissionMissing("billing:order:pay"), 403),
        (TooManyRequests(retry_after=30), 429),
        (Unavailable(), 503),
    ],
)
def test_a_refusal_is_a_page_with_its_sentence_and_status(anyone, monkeypatch, refusal, status):
    def refuse(*_args: object, **_more: object) -> None:
        raise refusal

    monkeypatch.setattr("galleria.publishing.selectors.front", refuse)
    page = anyone.get("/")
    assert page.status_code == status
    assert refusal.message in words(page)
    part = anyone.get("/", headers={"HX-Request": "true"})
    assert part.status_code == status
    assert b"<html" not in part.content
    assert refusal.message in words(part)
    if status == 429:
        assert page["Retry-After"] == "30"


@pytest.mark.req("UI-ST-06")
def test_a_fault_says_so_with_a_reference(monkeypatch):
    def break_down(*_args: object, **_more: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("galleria.publishing.selectors.front", break_down)
    page = Client(raise_request_exception=False).get("/", headers={"X-Request-ID": "test-reference-1"})
    assert page.status_code == 500
    assert "That is our fault" in words(page)
    assert "test-reference-1" in words(page)
    assert "secret detail" not in words(page)


def test_the_fallback_needs_nothing_and_is_small():
    body = (Path(__file__).parents[2] / "src/galleria/web/static/fallback.html").read_bytes()
    assert len(body) < 6000
    assert b"src=" not in body
    assert b"url(" not in body


def test_a_form_without_its_token_is_refused_with_words(bruno):
    product(bruno, "Tidemark")
    page = Client(enforce_csrf_checks=True).post("/products/tidemark/save", {"saved": "yes"})
    assert page.status_code == 403
    assert "This form was open for too long" in words(page)


def test_an_unknown_address_is_a_page(anyone):
    page = anyone.get("/no/such/page")
    assert page.status_code == 404
    assert "Nothing hangs here" in words(page)


@override_settings(ALLOWED_HOSTS=["localhost"])
def test_a_foreign_host_is_refused(anyone):
    assert anyone.get("/", headers={"host": "evil.example"}).status_code == 400


def test_the_style_guide_shows_every_component(anyone):
    page = anyone.get("/styleguide/")
    assert page.status_code == 200
    assert 'content="noindex"' in page.content.decode()
