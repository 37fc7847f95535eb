"""What every public page has: one heading, a title, landmarks, headings in order, clean words."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from django.test import Client

from galleria.web import formats
from tests.packages.publishing.making import product
from tests.people import NOW

pytestmark = pytest.mark.django_db
PAGES = [
    "/", "/search?q=vault", "/search?q=nothingatall", "/c/data", "/products/vault", "/compare?p=vault", "/compare",
    "/help",
    "/help/buy", "/legal", "/legal/ranking", "/legal/accessibility", "/legal/imprint", "/find?q=x",
    "/styleguide/", "/nothing",
]  # fmt: skip


@pytest.fixture
def anyone() -> Client:
    return Client()


@pytest.mark.req("UI-A11Y-07", "UI-A11Y-05", "UI-GEN-01")
@pytest.mark.parametrize("address", PAGES)
def test_every_page_has_one_heading_a_title_landmarks_and_help_in_the_same_place(anyone, bruno, address):
    product(bruno, "Vault", description_en="# Loud\n\n## Louder\n\ntext", guide_en="##### Quiet")
    body = anyone.get(address).content.decode()

    assert len(re.findall(r"<h1\b", body)) == 1
    assert re.search(r"<title>[^<]{3,}</title>", body)
    assert "Galleria" in re.findall(r"<title>([^<]*)</title>", body)[0]
    assert '<html lang="en"' in body
    for landmark in ("<header", '<main id="main"', "<footer", '<a class="skip" href="#main">', 'role="search"'):
        assert landmark in body
    assert re.search(r'<footer.*<a href="/help">', body, re.S)
    assert "style=" not in body
    assert not re.search(r"\son[a-z]+=", body)


@pytest.mark.req("UI-A11Y-07", "UI-A11Y-13")
@pytest.mark.parametrize("address", [page for page in PAGES if page != "/styleguide/"])
def test_headings_never_skip_a_level_whatever_sellers_write(anyone, bruno, address):
    product(bruno, "Vault", description_en="# Loud\n\n###### Deep\n\ntext", guide_en="##### Quiet")
    levels = [int(level) for level in re.findall(r"<h([1-6])\b", anyone.get(address).content.decode())]

    assert all(after - before <= 1 for before, after in pairwise(levels)), levels


@pytest.mark.req("UI-A11Y-13")
def test_what_sellers_write_is_cleaned(anyone, bruno):
    product(
        bruno,
        "Vault",
        description_en="<script>x</script> [a](javascript:x) ![p](https://x.example/p.png) <h1>Big</h1> [ok](https://ok.example)",
    )
    body = anyone.get("/products/vault").content.decode()

    assert "<script>x" not in body
    assert 'href="javascript' not in body
    assert "https://x.example/p.png" not in re.findall(r'src="([^"]*)"', body)
    assert 'href="https://ok.example" rel="nofollow noopener"' in body


@pytest.mark.req("UI-GEN-11")
def test_times_are_shown_in_the_readers_zone_with_the_zone_on_hover(anyone, rf):
    from galleria.web import context

    request = rf.get("/", HTTP_COOKIE="zone=Asia/Shanghai")
    with context.current(context.of(request)):
        shown = str(formats.moment(NOW))
    assert "1 Mar 2027, 17:00" in shown
    assert 'datetime="2027-03-01T17:00+08:00"' in shown
    assert "GMT+08:00" in shown
    request = rf.get("/", HTTP_COOKIE="zone=Nowhere/Else")
    assert str(context.of(request).zone) == "UTC"


@pytest.mark.req("UI-PERF-12")
@pytest.mark.parametrize("address", ["/", "/search?q=vault", "/products/vault", "/help"])
def test_public_pages_may_stay_in_the_browsers_page_cache(anyone, bruno, address):
    product(bruno, "Vault")
    answer = anyone.get(address)

    assert "no-store" not in answer["Cache-Control"]
    assert "unload" not in answer.content.decode()


@pytest.mark.req("UI-ST-08")
def test_long_names_and_large_amounts_are_shown_whole(anyone, bruno):
    name = ("Wort" * 50)[:200]
    product(bruno, name, slug="long", once="99999999.99", monthly="", summary="x" * 300, specification="S" * 120)

    for address in ("/search?q=wort", "/products/long", "/compare?p=long"):
        body = anyone.get(address).content.decode()
        assert name in body or address.startswith("/search")
    assert "99,999,999.99" in anyone.get("/products/long").content.decode()
