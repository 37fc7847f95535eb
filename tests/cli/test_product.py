"""`galleria product`: what a seller does by file, against a running marketplace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from galleria.cli import product
from galleria.publishing.catalogue_file import plain
from galleria.publishing.models import Product, UpgradeRule
from galleria.releasing.rules import form
from galleria.reviewing import services as reviewing
from galleria.reviewing.models import Submission
from tests.packages.releasing.making import Maker
from tests.people import NOW, Person
from tests.plans import make_plans
from tests.shop import Shop


class Command:
    """The command with Bruno's key; answers the exit status, the words are in `out` and `err`."""

    def __init__(self, url: str, key: str, capsys: Any) -> None:
        self.url, self.key, self.capsys = url, key, capsys
        self.out = self.err = ""

    def __call__(self, *words: str) -> int:
        status = product.run([*words, "--url", self.url, "--key", self.key])
        self.out, self.err = self.capsys.readouterr()
        return status


@pytest.fixture
def maker(transactional_db: None, bruno: Person) -> Maker:
    return Maker(bruno)


@pytest.fixture
def galleria(maker: Maker, bruno: Person, live_server: Any, capsys: Any) -> Command:
    return Command(live_server.url, bruno.api_key(), capsys)


def test_from_an_empty_folder_to_the_shelf_and_no_difference(
    galleria: Command, maker: Maker, olga: Person, tmp_path: Path
) -> None:
    from tests.api.test_seller import png

    (tmp_path / "logo.png").write_bytes(__import__("base64").b64decode(png(120, 120)))
    document = maker.licence(slug="nightly", logo_file="./logo.png")
    file = tmp_path / "nightly.yaml"
    file.write_text(product.to_yaml(document), "utf-8")

    assert galleria("plan", str(file)) == 2
    assert "This is a new product:" in galleria.out
    assert "+ name: Nightly Backup" in galleria.out
    assert galleria("apply", str(file)) == 0
    assert "It can be submitted." in galleria.out
    assert galleria("submit", str(file), "--json") == 0
    told = json.loads(galleria.out)
    assert told["state"] == "pending"
    assert galleria("submit", str(file)) == 1
    assert "waits for a decision" in galleria.err
    submission = Submission.objects.get(subject=told["release"])
    reviewing.approve(olga.actor, submission_id=submission.public_id, at=NOW)

    assert galleria("pull", "nightly", "-o", str(tmp_path / "pulled.yaml")) == 0
    assert galleria("plan", str(tmp_path / "pulled.yaml")) == 0
    assert "No differences" in galleria.out
    assert galleria("apply", str(tmp_path / "pulled.yaml")) == 0
    assert "Nothing to do" in galleria.out


def test_a_change_is_said_in_words_and_goes_through_review(
    galleria: Command, maker: Maker, olga: Person, tmp_path: Path
) -> None:
    maker.released(maker.licence(slug="nightly"), olga)
    file = tmp_path / "nightly.yaml"
    galleria("pull", "nightly", "-o", str(file))
    text = file.read_text("utf-8").replace("500.00 EUR", "550.00 EUR").replace("single files.", "whole disks.")
    file.write_text(text, "utf-8")

    assert galleria("plan", str(file)) == 2
    assert "~ specifications[standard].prices[one_time].price: 500.00 EUR → 550.00 EUR" in galleria.out
    assert galleria("submit", str(file), "--notes", "Dearer") == 0
    submission = Submission.objects.get(state="pending")
    assert "prices rise" in submission.risks
    reviewing.approve(olga.actor, submission_id=submission.public_id, at=NOW)
    assert galleria("plan", str(file)) == 0


def test_a_wrong_file_names_line_and_field(galleria: Command, tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text("name: Nightly\ndelivery: pigeon\nversion: v1\nnonsense: 1\n", "utf-8")

    assert galleria("plan", str(file)) == 1
    assert f"{file}:2: delivery: pigeon is not possible" in galleria.err
    assert f"{file}:4: nonsense: is not a field" in galleria.err


def test_what_rules_find_is_said_and_cannot_be_submitted(galleria: Command, maker: Maker, tmp_path: Path) -> None:
    file = tmp_path / "half.yaml"
    file.write_text("name: Backup V2.0\ndelivery: license\n", "utf-8")

    assert galleria("apply", str(file)) == 0
    assert "error   name: The name has a version in it." in galleria.out
    assert galleria("submit", str(file)) == 1
    assert "cannot be submitted yet" in galleria.err


def test_a_file_outside_the_folder_is_not_read(galleria: Command, tmp_path: Path) -> None:
    file = tmp_path / "sly.yaml"
    file.write_text("name: Sly\ndelivery: license\nlogo_file: ./../../etc/passwd\n", "utf-8")

    assert galleria("apply", str(file)) == 1
    assert "outside the folder" in galleria.err


def test_a_wrong_key_a_wrong_address_and_none_are_told(galleria: Command, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.delenv("MARKET_URL", raising=False)
    assert product.run(["pull", "x", "--url", galleria.url, "--key", "gak_nothing"]) == 1
    assert product.run(["pull", "x", "--url", "http://127.0.0.1:9", "--key", "k"]) == 1
    assert product.run(["pull", "x", "--key", "k"]) == 1
    assert product.run(["pull", "x", "--url", galleria.url, "--key", galleria.key]) == 1
    errors = galleria.capsys.readouterr().err
    assert "cannot be reached" in errors
    assert "say where the marketplace is" in errors
    assert "We could not find that" in errors


def test_every_delivery_method_comes_back_from_yaml_as_it_went(maker: Maker, tmp_path: Path) -> None:
    for name in ("saas", "licence", "professional", "consulting", "image", "hardware"):
        document = getattr(maker, name)(
            description=f"First line of {name}\n\n- a list: with a colon\n- 'quotes' and # signs\n\nLast line",
            name={"en": "Nightly Backup", "zh": "夜间备份"},
            tags=["yes", "1.10", "null", "2027-01-01"],
        )
        canonical = plain.document(form.product_of({**document, "slug": name}))
        file = tmp_path / f"{name}.yaml"
        file.write_text(product.to_yaml(canonical), "utf-8")

        assert product.read(file) == canonical


# ----- upgrades -----


@pytest.fixture
def plans(maker: Maker, bruno: Person) -> Product:
    return make_plans(maker, Shop(bruno))


@pytest.mark.req("S-UPG-001")
def test_upgrades_come_and_go_with_the_file_at_once(galleria: Command, plans: Product, tmp_path: Path) -> None:
    file = tmp_path / "plans.yaml"
    assert galleria("pull", plans.slug, "-o", str(file)) == 0
    assert "upgrades" not in file.read_text("utf-8")
    text = file.read_text("utf-8")
    row = "{specification: plan, from: {edition: a, region: eu}, to: {edition: b, region: eu}}"
    file.write_text(f"{text}upgrades:\n- {row}\n", "utf-8")

    assert galleria("plan", str(file)) == 2
    assert "Upgrade offered: plan, a, eu → b, eu" in galleria.out
    assert galleria("apply", str(file)) == 0
    assert "Buyers are offered 1 upgrades from now on." in galleria.out
    assert "Nothing to review" in galleria.out
    assert [(row.source.code, row.target.code) for row in UpgradeRule.objects.all()] == [("sku-a-eu", "sku-b-eu")]

    assert galleria("pull", plans.slug, "-o", str(file)) == 0
    assert galleria("plan", str(file)) == 0
    assert galleria("apply", str(file), "--json") == 0
    assert json.loads(galleria.out) == {"release": None, "upgrades": None}
    file.write_text(f"{text}upgrades: []\n", "utf-8")
    assert galleria("plan", str(file)) == 2
    assert "Upgrade no longer offered: plan, a, eu → b, eu" in galleria.out
    assert galleria("apply", str(file)) == 0
    assert not UpgradeRule.objects.exists()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("{a: b}", "upgrades: this is a list"),
        ("[{specification: plan}]", "upgrades.0: write {specification: KEY"),
        ("[{specification: plan, from: {edition: z}, to: {edition: b}}]",
         "upgrades.0.from: plan has no combination edition: z on sale"),
    ],
)  # fmt: skip
def test_wrong_upgrades_are_named_and_change_nothing(
    galleria: Command, plans: Product, tmp_path: Path, rows: str, words: str
) -> None:
    file = tmp_path / "plans.yaml"
    galleria("pull", plans.slug, "-o", str(file))
    file.write_text(f"{file.read_text('utf-8')}upgrades: {rows}\n", "utf-8")
    assert galleria("apply", str(file)) == 1
    assert words in galleria.err
    assert not UpgradeRule.objects.exists()


def test_a_new_product_has_no_upgrades_until_it_is_on_sale(galleria: Command, maker: Maker, tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    text = product.to_yaml(maker.licence(slug="new-one"))
    file.write_text(f"{text}upgrades:\n- {{specification: plan, from: {{a: b}}, to: {{a: c}}}}\n", "utf-8")
    assert galleria("apply", str(file)) == 0
    assert "Upgrades are set once the product is on sale" in galleria.out
