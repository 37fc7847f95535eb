"""The SKU builder: generating, filling, CSV out and in, what a buyer pays and the seller gets."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from galleria.kit.errors import Invalid, NotFound
from galleria.kit.money import Money
from galleria.releasing import services
from galleria.releasing.models import Release
from galleria.releasing.rules import Context, Figures, findings, price_grid, price_sheet, skus
from galleria.releasing.rules.price_grid import Grid
from tests.packages.releasing.making import Maker
from tests.people import Person
from tests.shop import Shop

MONTH = skus.Offer("period", "month", (1, 3), model="linear", quantity="users")
YEAR = skus.Offer("period", "year", (1,), model="linear", quantity="users")


def choice(key: str, *values: str) -> dict[str, Any]:
    options = [{"key": value, "name": value.title()} for value in values]
    return {"key": key, "name": key.title(), "kind": "choice", "options": options}


USERS = {"key": "users", "name": "Users", "kind": "quantity", "minimum": 10, "maximum": 1000, "step": 10}


def specification(*attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"key": "standard", "name": "Standard", "attributes": list(attributes), **more}


def document(*specifications: dict[str, Any]) -> dict[str, Any]:
    return {"delivery": "content", "name": "N", "specifications": list(specifications)}


def codes(found: dict[str, Any], figures: Figures = Figures()) -> set[str]:  # noqa: B008
    texts = findings(document(found), Context(figures=figures))
    return {each.values.get("text", each.code) for each in texts if each.path.startswith("specifications")}


@pytest.mark.req("S-SKU-T1", "S-SKU-002", "S-SKU-003")
def test_three_versions_by_month_and_year_make_six_prices() -> None:
    found = skus.generate(
        specification(choice("version", "basic", "plus", "max"), USERS), [MONTH, YEAR], currency="EUR",
        amount=Decimal("5.00"),
    )  # fmt: skip

    assert len(skus.rows_of(found)) == 6
    assert {tuple(row.choices) for row in skus.rows_of(found)} == {
        (("version", "basic"),), (("version", "plus"),), (("version", "max"),),
    }  # fmt: skip
    assert len(found["prices"]) == 2  # the same price for all is written once for each way


@pytest.mark.req("S-SKU-003")
def test_items_by_person_days_are_sold_once() -> None:
    days = {"key": "days", "name": "Person-days", "kind": "quantity", "minimum": 1, "maximum": 60}
    offer = skus.Offer("one_time", model="linear", quantity="days")

    found = skus.generate(
        specification(choice("item", "plan", "move"), days), [offer], currency="EUR", amount=Decimal(700)
    )

    assert found["prices"] == [{"mode": "one_time", "model": "linear", "quantity": "days", "price": "700.00 EUR"}]
    assert not codes(found)


def test_generating_again_keeps_the_prices_that_are_there() -> None:
    first = skus.generate(
        specification(choice("version", "basic", "plus")), [skus.Offer("one_time")], currency="EUR", amount=Decimal(9)
    )
    first["prices"][0]["only"] = {"version": ["basic", "plus"]}
    first["attributes"][0]["options"].append({"key": "max", "name": "Max"})

    second = skus.generate(first, [skus.Offer("one_time")], currency="EUR", amount=Decimal(20))

    assert [row.amount for row in skus.rows_of(second)] == [Decimal("9.00"), Decimal("9.00"), Decimal(20)]


@pytest.mark.req("S-SKU-002")
def test_prices_are_filled_for_a_choice_and_by_a_share_of_others() -> None:
    found = skus.generate(
        specification(choice("version", "basic", "plus"), USERS), [MONTH, YEAR], currency="EUR", amount=Decimal("5.05")
    )

    found = skus.fill(found, skus.Where({"version": "plus"}, "period", "month"), amount=Decimal("8.00"))
    found = skus.fill(found, skus.Where({}, "period", "year"), percent=Decimal("950"))

    assert {(dict(row.choices)["version"], row.offer.period): row.amount for row in skus.rows_of(found)} == {
        ("basic", "month"): Decimal("5.05"),
        ("plus", "month"): Decimal("8.00"),
        ("basic", "year"): Decimal("47.98"),
        ("plus", "year"): Decimal("47.98"),
    }


@pytest.mark.req("S-SKU-002")
def test_a_combination_can_be_left_out_of_sale() -> None:
    found = skus.generate(
        specification(choice("version", "basic", "plus"), choice("size", "s", "l")), [skus.Offer("one_time")],
        currency="EUR", amount=Decimal(9),
    )  # fmt: skip

    found = skus.disable(found, {"version": "plus", "size": "l"})

    assert len(skus.rows_of(found)) == 3
    assert not codes(found)


@pytest.mark.req("S-SKU-002")
@pytest.mark.parametrize(("count", "refused"), [(19, False), (20, False), (21, True)])
def test_an_enumeration_has_at_most_twenty_values(count: int, refused: bool) -> None:
    found = skus.generate(
        specification(choice("version", *(f"v{n}" for n in range(count)))), [skus.Offer("one_time")], currency="EUR",
        amount=Decimal(9),
    )  # fmt: skip

    assert any("at most 20" in str(code) for code in codes(found)) is refused


@pytest.mark.req("S-SKU-002")
@pytest.mark.parametrize(("count", "refused"), [(2, False), (3, False), (4, True)])
@pytest.mark.parametrize("kind", ["choice", "quantity"])
def test_a_specification_has_at_most_three_attributes_of_a_kind(kind: str, count: int, refused: bool) -> None:
    attributes = [
        choice(f"a{n}", "x", "y") if kind == "choice" else {**USERS, "key": f"a{n}", "name": f"A{n}"}
        for n in range(count)
    ]
    found = specification(*attributes, prices=[{"mode": "one_time", "price": "9.00 EUR"}])

    assert any("more than 3" in str(code) for code in codes(found)) is refused


@pytest.mark.req("S-SKU-002")
@pytest.mark.parametrize(("most", "refused"), [(24, True), (25, False), (26, False)])
def test_the_number_of_skus_is_limited_by_a_setting(most: int, refused: bool) -> None:
    wide = specification(choice("a", *"abcde"), choice("b", *"abcde"))
    if refused:
        with pytest.raises(skus.TooManySkus) as error:
            skus.generate(wide, [skus.Offer("one_time")], currency="EUR", figures=Figures(skus=most))
        assert (error.value.count, error.value.most) == (25, 24)
    else:
        found = skus.generate(wide, [skus.Offer("one_time")], currency="EUR", figures=Figures(skus=most))
        assert len(skus.rows_of(found)) == 25


def tiered(*bands: tuple[int | None, str]) -> dict[str, Any]:
    tiers = [{**({"up_to": end} if end else {}), "price": f"{price} EUR"} for end, price in bands]
    price = {"mode": "one_time", "model": "tiered", "quantity": "users", "tiers": tiers}
    return specification({**USERS, "minimum": 1, "step": 1}, prices=[price])


@pytest.mark.req("S-SKU-T2", "S-SKU-002")
@pytest.mark.parametrize(
    ("bands", "is_fine"),
    [
        (((20, "10.00"), (None, "8.00")), True),
        (((20, "10.00"), (20, "9.00"), (None, "8.00")), False),
        (((20, "10.00"), (10, "9.00"), (None, "8.00")), False),
        (((20, "10.00"), (500, "9.00")), False),
        (((20, "10.00"), (1000, "9.00")), True),
    ],
)
def test_bands_that_overlap_or_leave_a_gap_are_refused(bands: Any, is_fine: bool) -> None:
    assert (not codes(tiered(*bands))) is is_fine


@pytest.mark.req("S-SKU-002")
@pytest.mark.parametrize(("count", "refused"), [(9, False), (10, False), (11, True)])
def test_a_price_has_at_most_ten_bands(count: int, refused: bool) -> None:
    bands = [(n + 1 if n < count - 1 else None, "9.00") for n in range(count)]

    assert any("at most 10" in str(code) for code in codes(tiered(*bands))) is refused


@pytest.mark.req("S-SKU-002")
@pytest.mark.parametrize(
    ("price", "code"),
    [("0.00 EUR", "PRICE_ZERO"), ("0.01 EUR", ""), ("9.005 EUR", "TWO_DECIMALS"), ("9.99 EUR", "")],
)
def test_a_price_is_above_zero_and_has_two_decimals(price: str, code: str) -> None:
    found = codes(specification(prices=[{"mode": "one_time", "price": price}]))

    assert (code in found) if code else not found


@pytest.mark.req("S-SKU-002")
def test_a_product_has_one_currency() -> None:
    found = codes(
        specification(prices=[{"mode": "one_time", "price": "9.00 EUR"},
                              {"mode": "period", "period": "month", "terms": [1], "price": "9.00 USD"}])
    )  # fmt: skip

    assert "ONE_CURRENCY" in found


# ----- CSV -----


def csv_of(found: dict[str, Any]) -> str:
    heads, rows = price_sheet.sheet(Grid.of(found, ""))
    return "\n".join([",".join(heads), *(",".join(row) for row in rows)])


def again(found: dict[str, Any], text: str) -> tuple[dict[str, Any], list[Any]]:
    grid = Grid.of(found, "")
    amounts, problems = price_sheet.taken_in(grid, text)
    return {**found, "prices": replace(grid, amounts=amounts).prices()} if not problems else found, problems


@pytest.mark.req("S-SKU-002")
def test_a_price_file_is_readable_and_comes_back_as_it_went() -> None:
    found = skus.generate(
        specification(choice("version", "basic", "plus"), choice("size", "s", "l"), USERS), [MONTH, YEAR],
        currency="EUR", amount=Decimal("5.00"),
    )  # fmt: skip
    found = skus.fill(found, skus.Where({"version": "plus"}), amount=Decimal("7.50"))
    found = skus.disable(found, {"version": "basic", "size": "l"})

    assert csv_of(found).splitlines() == [
        "version,size,period:month,period:year",
        "basic,s,5.00,5.00", "basic,l,,", "plus,s,7.50,7.50", "plus,l,7.50,7.50",
    ]  # fmt: skip
    assert again(found, csv_of(found)) == (found, [])


@pytest.mark.req("S-SKU-002")
def test_bands_are_columns_and_come_back_as_they_went() -> None:
    found = tiered((20, "10.00"), (100, "9.00"), (None, "8.00"))

    assert csv_of(found).splitlines() == ["one_time 1-20,one_time 21-100,one_time 101+", "10.00,9.00,8.00"]
    assert again(found, csv_of(found))[0]["prices"] == found["prices"]


def test_offers_that_differ_only_in_terms_have_columns_of_their_own() -> None:
    found = specification(
        choice("version", "basic", "plus"),
        prices=[
            {"mode": "period", "period": "month", "terms": [1, 3], "price": "9.00 EUR", "only": {"version": "basic"}},
            {"mode": "period", "period": "month", "terms": [1], "price": "8.00 EUR", "only": {"version": "plus"}},
        ],
    )  # fmt: skip
    assert csv_of(found).splitlines() == [
        "version,period:month (1|3),period:month (1)", "basic,9.00,", "plus,,8.00"
    ]  # fmt: skip
    assert again(found, csv_of(found)) == (found, [])


TWO = specification(
    choice("version", "basic", "plus"), prices=[{"mode": "one_time", "price": "9.00 EUR"}],
)  # fmt: skip


@pytest.mark.req("S-SKU-002")
@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["version,one_time", "basic,9.00", "plus,bad"], [(3, "one_time", "CSV_PRICE")]),
        (["version,one_time", "max,9.00"], [(2, "version", "CSV_VALUE")]),
        (["version,one_time", "basic,-9.00"], [(2, "one_time", "CSV_PRICE")]),
        (["version,one_time", "basic"], [(2, "", "CSV_CELLS")]),
        (["version,one_time", "basic,9.00", "basic,8.00"], [(3, "", "CSV_TWICE")]),
        (["version,one_time,one_time", "basic,9.00,9.00"], [(1, "one_time", "CSV_COLUMN_TWICE")]),
        (["version,period:week", "basic,9.00"], [(1, "period:week", "CSV_COLUMN")]),
        (["one_time", "9.00"], [(1, "version", "CSV_COLUMN_MISSING")]),
        (["", ""], [(1, "", "CSV_EMPTY")]),
        (["version,one_time", "max,bad", "plus,x", "basic"],
         [(2, "version", "CSV_VALUE"), (3, "one_time", "CSV_PRICE"), (4, "", "CSV_CELLS")]),
    ],
)  # fmt: skip
def test_a_price_file_with_bad_rows_changes_nothing_and_names_every_one(lines: list[str], expected: list[Any]) -> None:
    found, problems = again(TWO, "\n".join(lines))

    assert [(each.row, each.column, each.code) for each in problems] == expected
    assert found == TWO


@pytest.mark.parametrize("text", ["version;one_time\nbasic;8,50", "one_time\tversion\n8.50 EUR\tbasic"])
def test_semicolons_tabs_and_any_order_are_read(text: str) -> None:
    found, problems = again(TWO, text)

    assert problems == []
    assert [price["price"] for price in found["prices"]] == ["8.50 EUR", "9.00 EUR"]


def test_bruno_takes_prices_from_a_file_and_is_told_each_bad_row(maker: Maker, bruno: Person, at: datetime) -> None:
    release = maker.draft(maker.saas())
    text = services.skus_csv(bruno.actor, release_id=release.public_id, specification="standard")
    heads, first, *_others = text.removeprefix("\ufeff").splitlines()
    assert heads.startswith("edition,period:month")

    with pytest.raises(services.CsvRefused) as refused:
        services.read_skus_csv(
            bruno.actor, release_id=release.public_id, specification="standard", version=release.version, at=at,
            text=text.replace(first, first.replace("basic", "huge")).replace("2.00", "two"),
        )  # fmt: skip
    assert sorted((each.row, each.column) for each in refused.value.problems) == [(2, "edition"), (3, "period:month")]
    assert "Row 2, edition: “huge” is not possible here; use one of basic, plus." in refused.value.fields["file"]
    assert Release.objects.get(pk=release.pk).version == release.version

    saved = services.read_skus_csv(
        bruno.actor, release_id=release.public_id, specification="standard", version=release.version, at=at,
        text=text.replace("2.00", "2.50"),
    )  # fmt: skip
    assert "2.50 EUR" in str(saved.document["specifications"][0]["prices"])


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"", "The file is empty."), ("édition".encode("latin-1"), "not written in UTF-8"), (b"x" * (2 * 1024 * 1024 + 1),
     "larger than 2 MB")],
)  # fmt: skip
def test_files_that_are_no_price_files(data: bytes, words: str) -> None:
    with pytest.raises(services.CsvRefused) as refused:
        services.amounts_from(Grid.of(TWO, ""), data)
    assert words in refused.value.fields["file"]


def test_too_many_combinations_are_refused_in_words(maker: Maker, bruno: Person, at: datetime) -> None:
    wide = maker.saas(
        specifications=[specification(*(choice(f"a{n}", *(f"v{m}" for m in range(9))) for n in range(3)))]
    )
    release = maker.draft(wide)

    with pytest.raises(Invalid) as refused:
        services.generate_skus(
            bruno.actor, release_id=release.public_id, specification="standard", offers=[skus.Offer("one_time")],
            currency="EUR", version=release.version, at=at,
        )  # fmt: skip

    assert "729 combinations" in refused.value.fields["attributes"]


# ----- what it costs -----


def test_the_price_tester_says_what_a_buyer_pays_and_what_the_seller_gets(
    maker: Maker, bruno: Person, shop: Shop, at: datetime
) -> None:
    shop.tax(2500)
    release = maker.draft(maker.saas())

    found = services.price_preview(
        bruno.actor, release_id=release.public_id, specification="standard", choices={"edition": "plus"},
        mode="period:month", term=3, quantity=20, country="SE", at=at,
    )  # fmt: skip

    assert found.net == Money.parse("120.00", "EUR")
    assert found.tax == Money.parse("30.00", "EUR")
    assert found.buyer_pays == Money.parse("150.00", "EUR")
    assert found.fee_percent == Decimal(15)
    assert found.fee == Money.parse("18.00", "EUR")
    assert found.seller_gets == Money.parse("102.00", "EUR")
    assert found.quote.working


@pytest.mark.req("S-SKU-T1")
@pytest.mark.parametrize(
    ("quantity", "is_sold"), [(9, False), (10, True), (15, False), (20, True), (1000, True), (1010, False)]
)
def test_the_price_tester_refuses_quantities_that_are_not_sold(
    maker: Maker, bruno: Person, at: datetime, quantity: int, is_sold: bool
) -> None:
    release = maker.draft(maker.saas())

    def ask() -> Any:
        return services.price_preview(
            bruno.actor, release_id=release.public_id, specification="standard", quantity=quantity, at=at
        )

    if is_sold:
        assert ask().buyer_pays
    else:
        with pytest.raises(services.NotPriced):
            ask()


def test_what_has_no_price_cannot_be_tested(maker: Maker, bruno: Person, at: datetime) -> None:
    release = maker.draft(maker.saas())
    with pytest.raises(services.NotPriced):
        services.price_preview(
            bruno.actor, release_id=release.public_id, specification="standard", mode="one_time", at=at
        )
    with pytest.raises(NotFound):
        services.price_preview(bruno.actor, release_id=release.public_id, specification="none", at=at)


@pytest.mark.parametrize("typed", ["1e999", "1e18", "9" * 40, "-1", "NaN", "Infinity"])
def test_what_is_no_amount_stays_as_it_was_typed(typed: str) -> None:
    assert price_grid.number_of(typed) is None
    assert price_grid.normal(typed, "EUR") == typed


def test_an_amount_has_all_decimals_of_its_currency() -> None:
    assert price_grid.normal("999999999999999999", "EUR") == "999999999999999999.00"
    assert price_grid.normal("9,5", "EUR") == "9.50"
