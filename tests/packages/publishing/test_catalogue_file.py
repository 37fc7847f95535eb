"""Reading catalogue files: every problem is found, with its line and field, and nothing hostile gets through."""

from __future__ import annotations

from pathlib import Path

import pytest

from galleria.publishing import svg
from galleria.publishing.catalogue_file import read_catalogue
from tests.packages.publishing.catalogue_text import LOGO, PRODUCT, catalogue, changed


def problems(text: str) -> list[str]:
    """What is wrong with a text, as people read it."""
    return [str(problem) for problem in read_catalogue(text=text).problems]


def line_of(text: str, words: str) -> int:
    """The line on which the words stand."""
    return text[: text.index(words)].count("\n") + 1


def test_a_right_file_has_no_problems() -> None:
    read = read_catalogue(text=catalogue())

    assert read.problems == []
    assert [entry.value.slug for entry in read.products] == ["anvil"]
    assert read.logos["products", "anvil"].startswith(b"<svg")


def test_scalars_stay_what_was_written() -> None:
    text = changed("delivery: saas", "delivery: saas\n    regions: [NO, DK]").replace('Servers: "1"', "Version: 1.10")

    product = read_catalogue(text=text).products[0].value

    assert product.regions == ["NO", "DK"]
    assert product.specifications[0].features.en == {"Version": "1.10"}


def test_all_problems_are_told_at_once_with_line_and_field() -> None:
    text = (
        changed("delivery: saas", "delivery: sass")
        .replace("trial_days: 14", "trial_days: 2")
        .replace("price: 9.00 EUR", "price: nine")
        .replace("summary: {en: A heavy", "sumary: {en: A heavy")
    )

    delivery = line_of(text, "delivery:")
    assert problems(text) == [
        f"catalogue:{line_of(text, 'slug: anvil')}: products[0].summary: is missing; add it",
        f"catalogue:{delivery}: products[0].delivery: sass is not possible; use one of image, saas, license, "
        "professional, consulting, hardware, content, host or template",
        f"catalogue:{line_of(text, 'sumary')}: products[0].sumary: is not a field; did you mean summary?",
        f"catalogue:{line_of(text, 'trial_days')}: products[0].trial_days: '2' is out of range; it is at least 3",
        f"catalogue:{line_of(text, 'price: nine')}: products[0].specifications[0].prices[0].price: 'nine' is not a "
        'price; write it like "9.00 EUR"',
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("{en: Anvil, zh: 铁砧}", "x" * 201, "the English text has 201 characters; at most 200 are allowed"),
        ("{en: A heavy thing., zh: 很重的东西。}", "x" * 301, "the English text has 301 characters; at most 300"),
        ("slug: anvil", "slug: An Vil", "'An Vil' does not have the form"),
        ("terms: [1, 3]", "terms: [1, 10]", "10 is not sold; 1 to 9 months are"),
        ("terms: [1, 3]", "terms: [3, 1]", "are not in order"),
        ("terms: [1]", "terms: [4]", "4 is not sold; 1 to 3 years are"),
        ("terms: [1]", "terms: []", "is missing; say how many months or years"),
        ("period: year, ", "", "a price per period says month or year"),
        ("trial_days: 14", "trial_days: 181", "it is at most 180"),
        ("price: 9.00 EUR", "price: 9.00 EUX", "EUX is not a currency code"),
        ("price: 9.00 EUR", "price: -9.00 EUR", "'-9.00 EUR' is not a price"),
        ("price: 9.00 EUR", "price: 900000000.00 EUR", "is higher than 100,000,000"),
        ("price: 9.00 EUR, model: linear, quantity: people", "price: 9.001 EUR", "has more decimals than EUR has"),
        ("minimum: 5, maximum: 50", "minimum: 60, maximum: 50", "60 is above the maximum of 50"),
        ("maximum: 50, step: 5", "maximum: 50, step: 7", "5 to 50 cannot be gone through in steps of 7"),
        ("quantity: people}", "quantity: persons}", "persons is not a quantity of this specification"),
        ("only: {size: m}", "only: {size: xl}", "names a choice or an option that this specification does not have"),
        ("period: year, terms: [1]", "period: month, terms: [1]", "is a second price for the same thing as prices[0]"),
        ("delivery: saas", "delivery: image", "only SaaS products have this; remove it"),
        ("delivery: saas", "delivery: hardware", "period is not sold as hardware; use one of one_time"),
        ("delivery: saas", "delivery: saas\n    supervised: yes", "needs delivery_days and acceptance"),
        ("version: V1.0", "version: First Version", "'First Version' does not have the form of a version: V1.0"),
        ("seller: bruno", "seller: bruno\n    regions: [Denmark]", "'Denmark' does not have the form of a country: SE"),
        ("- {key: m, name: M}", "- {key: s, name: M}", "s is used twice"),
        ("Heavy.", "<script>alert(1)</script>", "contains HTML; write plain text or Markdown"),
        ("{en: Anvil, zh: 铁砧}", "An\u202evil", "has invisible characters (U+202E); remove them"),
        ("{en: Anvil, zh: 铁砧}", "An\u200bvil", "has invisible characters (U+200B); remove them"),
        ("trial_days: 14", "trial_days: 14\n    trial_days: 15", "is written twice; keep one of them"),
        ("contact_consent: yes", "contact_consent: perhaps", "'perhaps' is not yes or no"),
        ("version: V1.0", "version: V1.0\n    published_on: 31.12.2026", "is not a date; write it like 2026-11-30"),
    ],
)
def test_each_limit_has_a_sentence(old: str, new: str, message: str) -> None:
    found = problems(changed(old, new))

    assert any(message in each for each in found), found


@pytest.mark.req("S-SKU-T2", "S-TRI-T1")
@pytest.mark.parametrize(
    ("tiers", "message"),
    [
        ("[{up_to: 20, price: 9.00 EUR}, {up_to: 10, price: 8.00 EUR}, {price: 7.00 EUR}]", "10 is not above 20"),
        ("[{price: 9.00 EUR}, {price: 8.00 EUR}]", "only the last band is open"),
        ("[{up_to: 20, price: 9.00 EUR}]", "needs two or more bands"),
        ("[{up_to: 20, price: 9.00 EUR}, {up_to: 40, price: 8.00 EUR}]", "leaves quantities without a price"),
        ("[{up_to: 20, price: 9.00 EUR}, {price: 8.00 USD}]", "all bands have the same currency"),
        ("[{up_to: 20, price: 9.00 EUR}, {up_to: 20, price: 8.00 EUR}, {price: 7.00 EUR}]", "20 is not above 20"),
    ],
)
def test_overlapping_or_gapped_bands_are_refused(tiers: str, message: str) -> None:
    text = changed(
        "price: 9.00 EUR, model: linear, quantity: people}", f"model: tiered, quantity: people, tiers: {tiers}}}"
    )

    assert any(message in each for each in problems(text)), problems(text)


def test_four_extra_parameters_are_too_many() -> None:
    four = "\n".join(f"      - {{key: k{number}, label: Label}}" for number in range(4))
    text = changed("      - {key: domain, label: {en: Domain, zh: 域名}}", four)

    assert "has 4 entries; at most 3 are allowed" in problems(text)[0]


def test_a_yaml_bomb_is_not_expanded() -> None:
    bomb = "a: &a [x, x]\n" + "\n".join(
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]"
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )

    found = problems(bomb)

    assert any("is an alias (*name); write the value out" in each for each in found)
    assert any("has an anchor (&name)" in each for each in found)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("products: !!python/object/apply:os.system [ls]", "has the tag tag:yaml.org,2002:python/object/apply:o"),
        ("products: [unclosed", "is not YAML"),
        ("products: \x00", "is not YAML"),
        ("[" * 3000, "is nested more than 16 deep"),
        ("", "has no entries; begin with one of categories"),
        ("just text", "has no entries"),
        ("porducts: []", "is not known here; use one of"),
        ("products: {a: b}", "is not a list; begin every entry with a dash"),
        ("products: [x]", "is not a set of fields"),
        ("products: []\n---\nproducts: []", "has a second document"),
        ("? [a, b]\n: c\n", "has a key that is not a text"),
        ("products: []\n<<: {a: b}", "has a merge key"),
    ],
)
def test_hostile_and_broken_yaml_gets_a_sentence(text: str, message: str) -> None:
    assert any(message in each for each in problems(text)), problems(text)


def test_a_file_that_is_too_large_is_not_parsed(tmp_path: Path) -> None:
    file = tmp_path / "large.yaml"
    file.write_text("# " + "x" * 4_000_000)

    found = [str(problem) for problem in read_catalogue(path=file).problems]

    assert len(found) == 1
    assert found[0].endswith("is larger than 4,000,000 bytes; split it into several files")


def test_a_file_that_is_no_text_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "picture.yaml"
    file.write_bytes(b"products:\n  - \xff\xfe")

    assert "is not UTF-8 at byte 14; save it as UTF-8" in str(read_catalogue(path=file).problems[0])


def test_a_folder_is_one_catalogue_and_slugs_are_used_once(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(catalogue(), "utf-8")
    (tmp_path / "b.yaml").write_text(f"products:{PRODUCT}", "utf-8")

    found = [str(problem) for problem in read_catalogue(path=tmp_path).problems]

    assert len(found) == 1
    assert "products[0].slug: anvil is already used in" in found[0]


def test_a_shared_word_translates_what_has_no_chinese() -> None:
    text = catalogue(more="\nwords:\n  People: 人数\n  person: 人\n  Servers: 服务器\n")

    specification = read_catalogue(text=text).products[0].value.specifications[0]

    assert specification.attributes[0].name.zh == "人数"
    assert specification.attributes[0].unit is not None
    assert specification.attributes[0].unit.zh == "人"
    assert specification.features.zh == {"服务器": "1"}


def test_a_logo_outside_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "secret.svg").write_text(LOGO)
    (tmp_path / "inside" / "file.yaml").write_text(changed(f"'{LOGO}'", "../secret.svg"), "utf-8")
    (tmp_path / "inside" / "link.svg").symlink_to(tmp_path / "secret.svg")

    for name in ("../secret.svg", "link.svg", "/etc/passwd", "missing.svg"):
        (tmp_path / "inside" / "file.yaml").write_text(changed(f"'{LOGO}'", name), "utf-8")
        found = [str(problem) for problem in read_catalogue(path=tmp_path / "inside" / "file.yaml").problems]
        assert len(found) == 1, name
        assert "products[0].logo:" in found[0]


@pytest.mark.parametrize(
    ("drawing", "reason"),
    [
        (LOGO.replace("<path", "<script>1</script><path"), "contains <script>"),
        (LOGO.replace("<path", '<path onclick="x()"'), "has the attribute onclick"),
        (LOGO.replace("<path", '<image href="https://x.example/a.png"/><path'), "contains <image>"),
        (LOGO.replace("<path", '<a href="javascript:x"/><path'), "contains <a>"),
        (LOGO.replace('fill="#123"', 'fill="url(https://x.example/#a)"'), "refers to something outside"),
        (LOGO.replace('fill="#123"', 'style="fill:red"'), "has the attribute style"),
        (LOGO.replace("<path", "<style>*{}</style><path"), "contains <style>"),
        (LOGO.replace("<path", "<foreignObject/><path"), "contains <foreignObject>"),
        ('<!DOCTYPE svg [<!ENTITY a "b">]>' + LOGO, "has a document type, an entity"),
        ('<?xml-stylesheet href="x"?>' + LOGO, "has a document type, an entity or an instruction"),
        (LOGO.replace("</svg>", ""), "is not well-formed SVG"),
        (LOGO.replace(' xmlns="http://www.w3.org/2000/svg"', ""), "does not begin with <svg xmlns="),
        (LOGO.replace('viewBox="0 0 120 120"', ""), "needs viewBox"),
        (LOGO.replace("M10 10", "M10 10" + " 1" * 2100), "a logo has at most 4,096"),
    ],
)
def test_a_logo_is_a_drawing_and_nothing_else(drawing: str, reason: str) -> None:
    with pytest.raises(svg.BadLogo) as refused:
        svg.clean(drawing.encode())

    assert reason in str(refused.value)


def test_gradients_inside_the_drawing_are_fine() -> None:
    drawing = LOGO.replace("<path", '<defs><linearGradient id="g"/></defs><path').replace("#123", "url(#g)")

    assert b"url(#g)" in svg.clean(drawing.encode())
