"""S5: choices make a table of prices; it is filled by hand, at once or from a file, and tried before it is sold."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from galleria.releasing import services
from galleria.releasing.rules import price_grid
from galleria.releasing.rules.price_grid import Fill, Grid
from galleria.web.seller import price_form, price_tester
from tests.people import NOW
from tests.web.reading import read

pytestmark = pytest.mark.django_db
LIVE = {"HX-Request": "true"}


def choice(key: str, *options: str) -> dict[str, Any]:
    return {"key": key, "name": key.title(), "kind": "choice",
            "options": [{"key": option, "name": option.title()} for option in options]}  # fmt: skip


MATRIX = {
    "key": "standard",
    "name": "Standard",
    "attributes": [choice("edition", "basic", "team", "pro"), choice("region", "eu", "us", "asia"),
                   choice("support", "office", "always")],
}  # fmt: skip


@pytest.fixture
def draft(bruno: Any) -> Any:
    """A SaaS product with a specification of 3 × 3 × 2 combinations."""
    release = services.start_release(bruno.actor, delivery="saas", at=NOW)
    document = {**release.document, "name": "Tidemark", "specifications": [MATRIX]}
    return services.save(bruno.actor, release_id=release.public_id, document=document, version=release.version, at=NOW)


def address(draft: Any, number: int = 0) -> str:
    return f"/seller/products/{draft.public_id}/edit/specifications/{number}"


def form_of(person: Any, draft: Any, query: str = "") -> Any:
    return read(person.client.get(address(draft) + query)).form(address(draft))


def document(draft: Any) -> Any:
    draft.refresh_from_db()
    return draft.document["specifications"][0]


# ----- the table -----


@pytest.mark.req("S-SKU-002")
def test_every_combination_is_a_row(bruno: Any, draft: Any) -> None:
    page = read(bruno.client.get(address(draft)))
    assert page.has("18 combinations, 0 priced")
    names = [name for name in page.form(address(draft)).fields if name.startswith("p.")]
    assert len(names) == 18
    assert "p.0.0.edition:pro,region:asia,support:always" in names


@pytest.mark.req("S-SKU-002")
def test_a_filled_table_is_written_down_and_read_back(bruno: Any, draft: Any) -> None:
    form = form_of(bruno, draft)
    amounts = {name: f"{number + 10}.00" for number, name in
               enumerate(name for name in form.fields if name.startswith("p."))}  # fmt: skip
    form.send(bruno.client, do="save", more={**amounts, "currency": "EUR"})
    prices = document(draft)["prices"]
    assert len(prices) == 18
    assert prices[0] == {"mode": "period", "period": "month", "terms": [1, 3, 6], "price": "10.00 EUR",
                         "only": {"edition": "basic", "region": "eu", "support": "office"}}  # fmt: skip
    again = form_of(bruno, draft)
    assert {name: again.fields[name] for name in amounts} == amounts


@pytest.mark.req("S-SKU-002")
def test_equal_prices_are_written_once_and_an_empty_place_is_not_sold(bruno: Any, draft: Any) -> None:
    form = form_of(bruno, draft)
    amounts = {name: "9" if "support:office" in name else "" for name in form.fields if name.startswith("p.")}
    form.send(bruno.client, do="save", more={**amounts, "currency": "EUR"})
    assert document(draft)["prices"] == [
        {"mode": "period", "period": "month", "terms": [1, 3, 6], "price": "9.00 EUR", "only": {"support": "office"}}
    ]


def test_a_new_choice_takes_the_prices_along(bruno: Any, draft: Any) -> None:
    plain = {**MATRIX, "attributes": [choice("edition", "basic", "pro")], "prices": [
        {"mode": "period", "period": "month", "terms": [1, 3], "price": "10.00 EUR", "only": {"edition": "basic"}},
        {"mode": "period", "period": "month", "terms": [1, 3], "price": "20.00 EUR", "only": {"edition": "pro"}},
    ]}  # fmt: skip
    grid = Grid.of(plain, "EUR")
    wider = Grid.of({**plain, "attributes": MATRIX["attributes"][:2], "prices": []}, "EUR")
    moved = price_grid.moved(grid, wider.combinations, grid.amounts)
    assert moved[0, 0, (("edition", "basic"), ("region", "us"))] == "10.00"
    assert (0, 0, (("edition", "team"), ("region", "us"))) not in moved
    assert price_grid.moved(wider, grid.combinations, moved) == grid.amounts


def test_codes_are_made_from_names_and_choices_keep_only_what_is_theirs() -> None:
    made = price_form.with_keys({"attributes": [
        {"name": "Edition", "kind": "choice", "minimum": 1,
         "options": [{"name": "Basic +"}, {"name": "Basic"}, {"name": "专业"}]},
        {"name": "Users", "kind": "quantity", "minimum": 5, "options": [{"name": "x"}]},
    ]})  # fmt: skip
    edition, users = made["attributes"]
    assert [option["key"] for option in edition["options"]] == ["basic", "basic-2", "option-3"]
    assert "minimum" not in edition
    assert users == {"name": "Users", "kind": "quantity", "minimum": 5, "key": "users"}


@pytest.mark.req("S-SKU-003", "S-SKU-T1")
def test_version_by_users_by_time_makes_six_prices(bruno: Any, draft: Any) -> None:
    form = form_of(bruno, draft)
    prefix = "specifications.0.attributes."
    form.send(bruno.client, do="remove specifications.0.attributes.2")
    form_of(bruno, draft).send(bruno.client, do="remove specifications.0.attributes.1")
    answer = form_of(bruno, draft).send(bruno.client, do="add quantity")
    form = read(bruno.client.get(answer["Location"].partition("#")[0])).form(address(draft))
    form.send(bruno.client, do="save", more={f"{prefix}1.name.en": "Users", f"{prefix}1.minimum": "10",
                                             f"{prefix}1.maximum": "1000", f"{prefix}1.step": "10"})  # fmt: skip
    assert document(draft)["attributes"][1] == {
        "name": "Users", "key": "users", "kind": "quantity", "minimum": 10, "maximum": 1000, "step": 10,
    }  # fmt: skip
    form = form_of(bruno, draft)
    amounts = {name: "2.00" for name in form.fields if name.startswith("p.0.")}
    form.send(bruno.client, do="save", more={**amounts, "offers.0.model": "linear", "offers.0.quantity": "users"})
    form = form_of(bruno, draft, "?offer=period:year")
    amounts = {name: "20.00" for name in form.fields if name.startswith("p.1.")}
    form.send(bruno.client, do="save", more={**amounts, "offers.1.model": "linear", "offers.1.quantity": "users"})
    grid = Grid.of(document(draft), "EUR")
    assert (len(grid.combinations), [offer.code for offer in grid.offers]) == (3, ["period:month", "period:year"])
    assert all(price["quantity"] == "users" for price in document(draft)["prices"])


@pytest.mark.req("S-SKU-T2")
def test_bands_are_columns_and_wrong_amounts_are_named(bruno: Any, draft: Any) -> None:
    specification = {"key": "s", "name": "S", "attributes": [
        {"key": "seats", "name": "Seats", "kind": "quantity", "minimum": 1, "maximum": 100, "step": 1}]}  # fmt: skip
    services.save(bruno.actor, release_id=draft.public_id, version=draft.version, at=NOW,
                  document={**draft.document, "specifications": [specification]})  # fmt: skip
    form = form_of(bruno, draft)
    more = {"offers.0.model": "tiered", "offers.0.quantity": "seats", "offers.0.bands": "10, 25"}
    form.send(bruno.client, do="save", more={**more, "p.0.0.": "3.00"})
    form = form_of(bruno, draft)
    assert [name for name in form.fields if name.startswith("p.")] == ["p.0.0.", "p.0.1.", "p.0.2."]
    form.send(bruno.client, do="save", more={"p.0.0.": "3.00", "p.0.1.": "2,50", "p.0.2.": "cheap"})
    assert document(draft)["prices"][0]["tiers"] == [
        {"up_to": 10, "price": "3.00 EUR"}, {"up_to": 25, "price": "2.50 EUR"}, {"price": "cheap EUR"},
    ]  # fmt: skip
    page = read(bruno.client.get(address(draft)))
    assert page.has("is not a price")
    assert page.html.count('aria-invalid="true"') == 1


# ----- many places at once -----


def test_filling_sets_raises_and_multiplies() -> None:
    specification = {**MATRIX, "attributes": [choice("edition", "basic", "pro")], "prices": [
        {"mode": "period", "period": "month", "terms": [1], "price": "10.00 EUR", "only": {"edition": "basic"}},
        {"mode": "period", "period": "year", "terms": [1], "price": "99.00 EUR", "only": {"edition": "basic"}},
    ]}  # fmt: skip
    grid = Grid.of(specification, "EUR")
    basic, pro = ((("edition", "basic"),), (("edition", "pro"),))
    assert price_grid.filled(grid, Fill(0, "set", Decimal(7)))[0, 0, pro] == "7.00"
    assert price_grid.filled(grid, Fill(0, "set", Decimal(7), empty_only=True))[0, 0, basic] == "10.00"
    assert price_grid.filled(grid, Fill(0, "percent", Decimal("3.25")))[0, 0, basic] == "10.33"  # 10.325, half up
    assert (0, 0, pro) not in price_grid.filled(grid, Fill(0, "percent", Decimal(5)))
    assert price_grid.filled(grid, Fill(1, "times", Decimal(10), source=0))[1, 0, basic] == "100.00"
    assert price_grid.filled(grid, Fill(0, "set", Decimal(7), only=("edition", "pro")))[0, 0, basic] == "10.00"


def test_fill_by_page_and_its_error(bruno: Any, draft: Any) -> None:
    answer = form_of(bruno, draft).send(bruno.client, do="fill", more={"fill.value": "much"})
    assert answer.status_code == 422
    assert read(answer).has("Give an amount to fill in, such as 9.00.")
    form_of(bruno, draft).send(bruno.client, do="fill", more={"fill.value": "12.5"})
    assert document(draft)["prices"] == [
        {"mode": "period", "period": "month", "terms": [1, 3, 6], "price": "12.50 EUR"}
    ]  # fmt: skip


# ----- files -----


@pytest.mark.req("S-SKU-002")
def test_prices_go_out_and_in_as_a_file(bruno: Any, draft: Any) -> None:
    form_of(bruno, draft).send(bruno.client, do="fill", more={"fill.value": "12.5"})
    out = bruno.client.get(f"{address(draft)}/prices.csv").content.decode("utf-8-sig")
    assert out.splitlines()[:2] == ["edition,region,support,period:month", "basic,eu,office,12.50"]
    changed = out.replace("basic,eu,office,12.50", "basic,eu,office,8.00")
    form = form_of(bruno, draft)
    data = {**form.fields, "do": "take", "csv": SimpleUploadedFile("prices.csv", changed.encode())}
    assert bruno.client.post(address(draft), data).status_code == 302
    grid = Grid.of(document(draft), "EUR")
    assert grid.amounts[0, 0, (("edition", "basic"), ("region", "eu"), ("support", "office"))] == "8.00"
    assert grid.sold == 18


def test_a_file_with_a_bad_row_changes_nothing_and_every_error_is_named(bruno: Any, draft: Any) -> None:
    form_of(bruno, draft).send(bruno.client, do="fill", more={"fill.value": "12.5"})
    before = document(draft)
    wrong = "\r\n".join([
        "edition,region,support,period:month", "basic,eu,office,9.00", "huge,eu,office,9.00", "pro,eu,office,much",
        "basic,eu,office,7.00", "team,eu",
    ])  # fmt: skip
    form = form_of(bruno, draft)
    data = {**form.fields, "do": "take", "csv": SimpleUploadedFile("prices.csv", wrong.encode())}
    answer = bruno.client.post(address(draft), data)
    assert answer.status_code == 422
    assert read(answer).has(
        "Row 3, edition: “huge” is not possible here; use one of basic, team, pro.",
        "Row 4, period:month: “much” is not a price; write it like 9.00.",
        "Row 5: This is the same combination as row 2.", "Row 6: This row has 2 cells; it needs 4.",
    )  # fmt: skip
    assert document(draft) == before


def test_page_and_program_give_and_take_the_same_file(bruno: Any, draft: Any) -> None:
    form_of(bruno, draft).send(bruno.client, do="fill", more={"fill.value": "12.5"})
    page = bruno.client.get(f"{address(draft)}/prices.csv").content.decode()
    program = services.skus_csv(bruno.actor, release_id=draft.public_id, specification="standard")
    assert page == program
    draft.refresh_from_db()
    before = draft.document
    saved = services.read_skus_csv(
        bruno.actor, release_id=draft.public_id, specification="standard", text=page, version=draft.version, at=NOW
    )  # fmt: skip
    assert saved.document == before


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "The file is empty."), ("édition".encode("latin-1"), "not written in UTF-8"),
     (b"edition,region,support,price\n", "is not known"), (b"edition,period:month\n", "“region” is missing"),
     (b"x" * (2 * 1024 * 1024 + 1), "larger than 2 MB")],
)  # fmt: skip
def test_files_that_are_no_tables_of_prices_are_refused_on_the_page(
    bruno: Any, draft: Any, content: bytes, words: str
) -> None:
    form_of(bruno, draft).send(bruno.client, do="fill", more={"fill.value": "12.5"})
    form = form_of(bruno, draft)
    answer = bruno.client.post(
        address(draft), {**form.fields, "do": "take", "csv": SimpleUploadedFile("prices.csv", content)}
    )
    if content:
        assert answer.status_code == 422
        assert read(answer).has(words)


# ----- the tester -----


def test_the_tester_shows_what_a_buyer_pays_and_the_seller_gets() -> None:
    specification = {"attributes": [
        {"key": "servers", "name": "Servers", "kind": "quantity", "minimum": 1, "maximum": 100, "step": 1}],
        "prices": [{"mode": "period", "period": "month", "terms": [1, 3], "model": "volume", "quantity": "servers",
                    "tiers": [{"up_to": 10, "price": "1.40 EUR"}, {"up_to": 25, "price": "1.10 EUR"},
                              {"price": "0.85 EUR"}]}]}  # fmt: skip
    grid = Grid.of(specification, "EUR")
    tested = price_tester.tested(grid, {"quantity": "25", "term": "3", "discount": "10"}, Decimal(15))
    assert tested is not None
    assert [amount.text for _name, _note, amount in tested.lines] == ["91.50", "-9.15"]
    assert tested.buyer is not None and tested.buyer.text == "82.35"
    assert tested.share is not None and tested.share.text == "70.00"  # 69.9975, half up
    assert tested.fee is not None and tested.fee.text == "-12.35"
    assert tested.working[-1][1] == "82.35 × (1 − 15 %)"


@pytest.mark.parametrize(("given", "words"), [({"quantity": "0"}, "whole number"), ({"quantity": "101"}, "1 to 100"),
                                              ({"discount": "100"}, "0 to 99")])  # fmt: skip
def test_the_tester_says_what_it_cannot_price(given: dict[str, str], words: str) -> None:
    grid = Grid.of(
        {
            "attributes": [{"key": "n", "name": "N", "kind": "quantity", "minimum": 1, "maximum": 100}],
            "prices": [{"mode": "one_time", "model": "linear", "quantity": "n", "price": "2.00 EUR"}],
        },
        "EUR",
    )
    tested = price_tester.tested(grid, given, Decimal(15))
    assert tested is not None
    assert words in tested.problem


def test_the_tester_is_a_part_that_follows_every_choice(bruno: Any, draft: Any) -> None:
    form_of(bruno, draft).send(bruno.client, do="fill", more={"fill.value": "100"})
    page = bruno.client.get(f"{address(draft)}/test?combination=3&term=1", headers=LIVE).content.decode()
    assert "85.00" in page
    assert "<h1" not in page
    assert bruno.client.get(f"{address(draft)}/test?combination=3").status_code == 302
    assert "85.00" in read(bruno.client.get(f"{address(draft)}?combination=3")).text


# ----- specifications -----


def test_specifications_are_added_copied_and_taken_away(bruno: Any, draft: Any) -> None:
    here = f"/seller/products/{draft.public_id}/edit/specifications"
    bruno.client.post(here, {"do": "copy 0"})
    bruno.client.post(here, {"do": "add"})
    draft.refresh_from_db()
    assert [each["name"] for each in draft.document["specifications"]] == [
        "Standard", "Copy of Standard", "Specification 3",
    ]  # fmt: skip
    assert [each["key"] for each in draft.document["specifications"]] == [
        "standard", "copy-of-standard", "specification-3",
    ]  # fmt: skip
    bruno.client.post(here, {"do": "remove 0"})
    draft.refresh_from_db()
    assert len(draft.document["specifications"]) == 2
    assert bruno.client.post(here, {"do": "remove 9"}).status_code == 404


def test_typing_a_price_saves_it_and_shows_the_table_again_only_when_its_shape_changes(bruno: Any, draft: Any) -> None:
    form = form_of(bruno, draft)
    data = {**form.fields, "p.0.0.edition:pro,region:eu,support:office": "30.00"}
    data.pop("do", None)
    page = bruno.client.post(address(draft), data, headers=LIVE).content.decode()
    assert 'id="table"' not in page
    assert document(draft)["prices"][0]["price"] == "30.00 EUR"
    data = {**form_of(bruno, draft).fields, "specifications.0.attributes.2.options.2.name.en": "Partner"}
    data.pop("do", None)
    page = bruno.client.post(address(draft), data, headers=LIVE).content.decode()
    assert 'id="table"' in page
    assert "support:partner" in page


def test_two_thousand_combinations_are_shown_in_pages(bruno: Any, draft: Any) -> None:
    options = [f"o{number}" for number in range(20)]
    large = {
        "key": "l",
        "name": "L",
        "attributes": [choice("a", *options), choice("b", *options), choice("c", *"abcde")],
    }
    services.save(bruno.actor, release_id=draft.public_id, version=draft.version, at=NOW,
                  document={**draft.document, "specifications": [large]})  # fmt: skip
    answer = bruno.client.get(address(draft))
    fields = [name for name in read(answer).form(address(draft)).fields if name.startswith("p.")]
    assert len(fields) == 260
    form = form_of(bruno, draft)
    form.send(bruno.client, do="fill", more={"fill.value": "5"})
    assert document(draft)["prices"] == [{"mode": "period", "period": "month", "terms": [1, 3, 6], "price": "5.00 EUR"}]
    form = form_of(bruno, draft, "?rows=2")
    first = next(name for name in form.fields if name.startswith("p."))
    assert form.send(bruno.client, do="save", more={first: "6"}).status_code == 302
    assert Grid.of(document(draft), "EUR").sold == 2000


def test_places_that_differ_from_what_is_on_sale_are_marked(bruno: Any, desk: Any) -> None:
    release = services.start_release(bruno.actor, product_id=desk.public_id, source="product", at=NOW)
    page = bruno.client.get(address(release)).content.decode()
    assert 'class="num changed"' not in page
    form = form_of(bruno, release)
    name = next(name for name in form.fields if name.startswith("p.0."))
    form.send(bruno.client, do="save", more={name: "55"})
    page = bruno.client.get(address(release)).content.decode()
    assert page.count('class="num changed"') == 1
    assert "A coloured line: changed against what is on sale." in page
    page = read(bruno.client.get(f"/seller/products/{release.public_id}/differences"))
    assert page.has("49.00 EUR", "55.00 EUR")


@pytest.mark.req("UI-GEN-14", "UI-GEN-15")
def test_what_was_typed_stays_when_somebody_else_saved_meanwhile(bruno: Any, draft: Any) -> None:
    bea = bruno.colleague("Bea", "SellerAdmin")
    mine = form_of(bruno, draft)
    form_of(bea, draft).send(bea.client, do="save", more={"specifications.0.name.en": "Bea's"})
    answer = mine.send(bruno.client, do="save", more={"specifications.0.name.en": "Bruno's"})

    assert answer.status_code == 409
    page = read(answer)
    assert page.has("Somebody saved this specification after you had opened it.", "it is not saved yet")
    assert 'value="Bruno&#39;s"' in page.html
    assert document(draft)["name"] == "Bea's"
    page.form(address(draft)).send(bruno.client, do="save")
    assert document(draft)["name"] == "Bruno's"
