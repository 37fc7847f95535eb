"""P3 product page with its live price, favourites, questions; P4 compare; P5 seller."""

from __future__ import annotations

import pytest
from django.test import Client

from galleria.buying import services as buying
from galleria.kit.money import Money
from galleria.publishing import services
from galleria.publishing.models import Favorite, Product, ProductAccess
from galleria.supporting.models import Question, Review
from tests.packages.publishing.making import product
from tests.people import NOW
from tests.shop import Shop
from tests.web.storefront import fields, links, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def anyone() -> Client:
    return Client()


@pytest.fixture
def desk(bruno) -> Product:
    """A helpdesk by the seat, monthly, yearly and by the hour; 25 % tax in Sweden."""
    shop = Shop(bruno)
    shop.tax(2500)
    row = shop.product("Helpdesk", monthly="9.00", yearly="90.00", hourly="0.02", seats=(1, 50, 1), model="linear",
                       trial_days=14, unsubscription_rule="negotiated")  # fmt: skip
    services.reindex_products([row.pk])
    return row


HTMX = {"HX-Request": "true"}


@pytest.mark.req("B-DET-001", "B-DET-002")
def test_the_page_shows_price_tax_leaving_and_supervision_before_the_purchase(anyone, desk):
    text = words(anyone.get("/products/helpdesk"))

    assert "List price" in text
    assert "9.00 EUR" in text
    assert "Tax, 25 %" in text
    assert "11.25 EUR" in text
    assert "Early only if the seller agrees" in text
    assert "No service supervision" in text


@pytest.mark.req("B-CFG-001")
@pytest.mark.parametrize(
    "chosen",
    [{}, {"a.seats": "12"}, {"mode": "period:year"}, {"a.seats": "50", "term": "9"}, {"mode": "pay_per_use"}],
)
def test_the_panel_shows_what_the_quote_says(anyone, ada, desk, at, chosen):
    configuration = {
        "attributes": {"seats": chosen["a.seats"]} if "a.seats" in chosen else {},
        "mode": chosen.get("mode", "period:month"),
        "term": chosen.get("term", 1),
    }
    due = buying.quote(ada.actor, product_slug="helpdesk", configuration=configuration, at=at).due

    page = ada.client.get("/products/helpdesk/price", chosen, headers=HTMX)
    assert f'value="{due.text}"' in page.content.decode()
    assert f'money--big" value="{due.text}"' in page.content.decode()


@pytest.mark.req("UI-GEN-06", "UI-GEN-07")
def test_the_choice_works_without_scripts_and_is_in_the_address(anyone, desk):
    page = anyone.get("/products/helpdesk?a.seats=3&mode=period:month&term=2")

    assert f'value="{Money(6750, "EUR").text}"' in page.content.decode()  # 9.00 × 3 × 2, and a quarter
    assert anyone.get("/products/helpdesk/price?a.seats=3").status_code == 302
    part = anyone.get("/products/helpdesk/price?a.seats=3", headers=HTMX)
    assert part["HX-Replace-Url"] == "/products/helpdesk?a.seats=3"
    assert b"<html" not in part.content


def test_continue_sends_everything_that_was_chosen(anyone, desk):
    page = anyone.get("/products/helpdesk?a.seats=3&mode=period:month&term=2&auto_renew=yes")
    sent = fields(page, "/buyer/checkout/new")

    assert sent.pop("csrfmiddlewaretoken")
    assert sent.pop("specification").startswith("spc_")
    assert sent == {"product": "helpdesk", "mode": "period:month", "a.seats": "3", "term": "2", "auto_renew": "yes"}


@pytest.mark.req("B-DET-003", "B-FAQ-004")
def test_only_priced_ways_of_paying_are_offered_and_missing_ones_are_explained(anyone, bruno):
    product(bruno, "Yearless", monthly="5.00")
    text = words(anyone.get("/products/yearless"))

    assert "Why can I not pay in another way?" in text
    assert "Yearly" not in text
    assert "Pay-per-use" not in text


@pytest.mark.parametrize(
    "chosen",
    ["a.seats=0", "a.seats=51", "a.seats=-1", "a.seats=x", "a.seats=1e3", "a.seats=٣", "a.seats=" + "9" * 40,
     "mode=evil",
     "term=77", "term=x", "specification=spc_nothing", "a.other=1", "use=-5", "use=" + "9" * 30],
)  # fmt: skip
def test_what_cannot_be_chosen_is_put_right_not_refused(anyone, desk, chosen):
    assert anyone.get(f"/products/helpdesk?{chosen}").status_code == 200
    assert anyone.get(f"/products/helpdesk/price?{chosen}", headers=HTMX).status_code == 200


def test_a_quantity_out_of_range_is_said_beside_the_field(anyone, desk):
    page = anyone.get("/products/helpdesk?a.seats=51")

    assert "Choose 1 to 50 in steps of 1." in words(page)
    assert 'aria-invalid="true"' in page.content.decode()


@pytest.mark.req("B-TRI-001")
def test_a_trial_is_offered_where_the_seller_gives_one(anyone, desk, bruno):
    assert "Try it free for 14 days" in words(anyone.get("/products/helpdesk"))
    product(bruno, "No Trial")
    assert "Try it free" not in words(anyone.get("/products/no-trial"))


@pytest.mark.req("B-CAT-005")
def test_a_hidden_product_opens_at_its_address_and_can_be_ordered(anyone, desk, olga, at):
    services.hide_product(olga.actor, product_id=desk.public_id, at=at)
    page = anyone.get("/products/helpdesk")

    assert page.status_code == 200
    assert "Continue to order" in words(page)
    assert 'content="noindex"' in page.content.decode()


@pytest.mark.req("B-CAT-006")
def test_a_removed_product_shows_a_notice_with_guide_and_seller(anyone, ada, desk, olga, at):
    desk.guide_en = "Open the console."
    desk.save()
    services.remove_product(olga.actor, product_id=desk.public_id, at=at)
    page = ada.client.get("/products/helpdesk")

    assert page.status_code == 410
    assert "This product is no longer sold." in words(page)
    assert "Open the console." in words(page)
    assert "Continue to order" not in words(page)


@pytest.mark.req("B-CAT-T2")
def test_a_product_of_another_region_says_that_it_is_not_sold_here(anyone, bruno):
    product(bruno, "Alpine Vault", regions=("CH",))
    text = words(anyone.get("/products/alpine-vault"))

    assert "does not sell this product in your country" in text
    assert "Continue to order" not in text


@pytest.mark.req("B-DET-004")
def test_a_restricted_product_leads_to_the_seller_until_the_account_is_named(ada, desk):
    desk.is_restricted = True
    desk.save()
    services.reindex_products([desk.pk])

    assert "Contact the seller for authorization" in words(ada.client.get("/products/helpdesk"))
    ProductAccess.objects.create(product=desk, account=ada.account)
    assert "Continue to order" in words(ada.client.get("/products/helpdesk"))


@pytest.mark.req("B-DET-004")
def test_a_restricted_specification_cannot_be_chosen_by_others(anyone, desk):
    spec = desk.specifications.create(name="Sealed", is_restricted=True)
    services.reindex_products([desk.pk])
    page = anyone.get(f"/products/helpdesk?specification={spec.public_id}")

    assert f'value="{spec.public_id}" disabled' in page.content.decode()
    assert fields(page, "/buyer/checkout/new")["specification"] != spec.public_id


@pytest.mark.req("B-DET-005")
def test_a_purchase_limit_that_is_reached_is_shown(ada, desk, bruno, at):
    desk.purchase_limit = {"per_account": 1, "days": 30}
    desk.save()
    services.reindex_products([desk.pk])
    shop = Shop(bruno)
    shop.fund(ada, "100.00")
    shop.buy(ada, desk)

    page = ada.client.get("/products/helpdesk")
    assert "An account may buy 1 of this" in words(page)
    assert 'id="continue" disabled>Continue to order' in page.content.decode()


@pytest.mark.req("B-FAQ-010")
def test_contact_data_of_the_seller_is_for_signed_in_people(anyone, ada, desk, bruno):
    bruno.seller.support_email = "help@bruno.example"
    bruno.seller.save()
    services.reindex_seller(bruno.seller.pk)

    assert "help@bruno.example" not in words(anyone.get("/products/helpdesk"))
    assert "Sign in to see them" in words(anyone.get("/products/helpdesk"))
    assert "help@bruno.example" in words(ada.client.get("/products/helpdesk"))


@pytest.mark.parametrize(
    "address", ["/products/nothing", "/products/nothing/price", "/sellers/nobody", "/help/nothing"]
)
def test_what_is_not_there_is_not_found(anyone, address):
    assert anyone.get(address, headers=HTMX).status_code == 404


def test_a_draft_is_not_there(anyone, bruno):
    product(bruno, "Secret", state="draft")
    assert anyone.get("/products/secret").status_code == 404


def test_queries_of_the_product_page(anyone, ada, desk, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        anyone.get("/products/helpdesk")
    browser = ada.client
    with django_assert_max_num_queries(14):
        browser.get("/products/helpdesk")


def test_reviews_and_answered_questions_are_shown(anyone, desk, ada):
    Review.objects.create(product=desk, account=ada.account, order_line_id="x-1", quality=5, service=4, speed=5,
                          text="Back in fourteen minutes.", byline="Head of IT, logistics", created_at=NOW)  # fmt: skip
    services.set_rating(desk.public_id, rating_e2=467, review_count=1)
    Question.objects.create(
        product=desk, text="Does it speak Finnish?", answer="It does.", state="published", created_at=NOW
    )
    Question.objects.create(product=desk, text="Unseen?", created_at=NOW)
    text = words(anyone.get("/products/helpdesk"))

    assert "Back in fourteen minutes." in text
    assert "4.7 from 1 account" in text
    assert "It does." in text
    assert "Unseen?" not in text


def test_a_question_is_asked_by_somebody_who_is_signed_in(anyone, ada, desk):
    assert anyone.post("/products/helpdesk/questions", {"text": "Hm?"}).status_code == 302
    assert not Question.objects.exists()
    answer = ada.client.post("/products/helpdesk/questions", {"text": "Does it speak Finnish?"})

    assert answer["Location"] == "/products/helpdesk#questions"
    assert Question.objects.get().text == "Does it speak Finnish?"
    ada.client.post("/products/helpdesk/questions", {"text": "x" * 1001})
    assert Question.objects.count() == 1


def test_structured_data_cannot_end_its_block(anyone, bruno):
    product(bruno, "Vault </script><b>", slug="vault")
    body = anyone.get("/products/vault").content.decode()

    assert '"@type":"Product"' in body
    assert "</script><b>" not in body


# --- favourites -----------------------------------------------------------------------------------------------
@pytest.mark.req("B-FAV-001", "B-PUR-010")
def test_save_toggles_to_saved_and_back(ada, desk):
    page = ada.client.post("/products/helpdesk/save", {"saved": "yes"}, headers=HTMX)
    assert "Saved" in words(page)
    assert Favorite.objects.get().user == ada.user
    page = ada.client.post("/products/helpdesk/save", {"saved": "no"}, headers=HTMX)
    assert "Save to list" in words(page)
    assert not Favorite.objects.exists()


@pytest.mark.req("B-FAV-001")
def test_favorites_belong_to_the_login_not_to_the_account(ada, desk):
    ada.client.post("/products/helpdesk/save", {"saved": "yes"})
    ben = ada.colleague("Ben", "BuyerPurchaser")

    assert "Helpdesk" in words(ada.client.get("/buyer/saved"))
    assert "Nothing saved yet" in words(ben.client.get("/buyer/saved"))


@pytest.mark.req("B-FAV-001")
def test_no_more_than_200_are_saved(ada, desk, bruno, monkeypatch):
    monkeypatch.setattr(services, "FAVORITES_MAX", 1)
    product(bruno, "Tidemark")
    ada.client.post("/products/helpdesk/save", {"saved": "yes"})
    answer = ada.client.post("/products/tidemark/save", {"saved": "yes"})

    assert answer.status_code == 409
    assert "which is the most" in words(answer)
    assert Favorite.objects.count() == 1


@pytest.mark.req("B-FAV-002", "B-FAV-T1", "B-PUR-011")
def test_buy_from_the_list_arrives_with_what_was_chosen(ada, desk):
    specification = desk.specifications.get().public_id
    ada.client.post(
        "/products/helpdesk/save", {"saved": "yes", "specification": specification, "a.seats": "7", "term": "3"}
    )
    listed = ada.client.get("/buyer/saved")
    buy = next(link for link in links(listed) if link.startswith("/products/helpdesk?"))

    assert "On sale" in words(listed)
    chosen = fields(ada.client.get(buy.split("#")[0]), "/buyer/checkout/new")
    assert (chosen["specification"], chosen["a.seats"], chosen["term"]) == (specification, "7", "3")


@pytest.mark.req("B-FAV-003", "B-PUR-011")
def test_a_removed_product_cannot_be_bought_from_the_list(ada, desk, olga, at):
    ada.client.post("/products/helpdesk/save", {"saved": "yes"})
    services.remove_product(olga.actor, product_id=desk.public_id, at=at)
    page = ada.client.get("/buyer/saved")

    assert "No longer sold" in words(page)
    assert 'type="button" disabled title="This product is no longer sold."' in page.content.decode()


def test_a_visitor_who_saves_signs_in_first(anyone, desk):
    answer = anyone.post("/products/helpdesk/save", {"saved": "yes"})
    assert answer["Location"] == "/account/login/?next=%2Fproducts%2Fhelpdesk"


def test_saving_leads_nowhere_else(ada, desk):
    answer = ada.client.post("/products/helpdesk/save", {"saved": "yes", "next": "//evil.example"})
    assert answer["Location"] == "/products/helpdesk"


# --- compare, seller ------------------------------------------------------------------------------------------
def test_up_to_four_products_stand_side_by_side_and_differences_are_marked(anyone, bruno, desk):
    for number in range(5):
        product(bruno, f"Vault {number}", monthly="5.00")
    page = anyone.get("/compare?p=helpdesk&p=vault-0&p=vault-1&p=vault-2&p=vault-3&p=nothing&amount=10")
    text = words(page)

    assert "Vault 2" in text
    assert "Vault 3" not in text
    assert "90.00 EUR" in text  # ten seats
    assert "Price before tax (differs)" in text
    assert "Service supervision (differs)" not in text


@pytest.mark.parametrize("query", ["", "p=", "p=nothing", "amount=x&p=helpdesk", "amount=" + "9" * 30 + "&p=helpdesk"])
def test_comparing_nothing_or_nonsense_is_a_page(anyone, desk, query):
    assert anyone.get(f"/compare?{query}").status_code == 200


def test_a_sellers_page_has_trader_details_and_products(anyone, bruno, desk, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        page = anyone.get(f"/sellers/{bruno.seller.slug}")

    assert bruno.seller.legal_name in words(page)
    assert "/products/helpdesk" in links(page)
