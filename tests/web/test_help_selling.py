"""The help for sellers: every question of the specification, with figures in force and links to where it is done."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import resolve
from django.utils import translation

from galleria.kit import parameters
from galleria.web.storefront import help_selling, help_topics, helping
from tests.people import NOW
from tests.web.storefront import words

pytestmark = pytest.mark.django_db

# The questions of the specification and the topics that answer them.
TREE = (
    "certificates", "register-again", "become-seller", "registration-time", "release-product", "release-time",
    "remove-product", "payout-time", "seller-invoice", "who-supports", "product-validity", "seller-appeal",
    "individual", "benefits", "deposit", "company-name", "no-bill", "fee-share", "trial-specification", "image-asset",
)  # fmt: skip
REQUIREMENTS = (
    "material-name", "material-logo", "material-overview", "material-description", "material-agreement",
    "material-support", "material-guide", "material-letter", "material-certificate", "conditions",
)  # fmt: skip
FURTHER = (
    "release-at-once", "review-results", "service-validity", "supervised-settlement", "payment-rejected",
    "export-bills", "material-pictures",
)  # fmt: skip
KEY = re.compile(r"\{([a-z_]+\.[a-z0-9_]+)\}")


@pytest.fixture
def anyone() -> Client:
    return Client()


@pytest.mark.req("S-FAQ-001", "S-FAQ-002", "S-FAQ-003")
def test_every_question_of_sellers_has_its_page(anyone):
    slugs = {topic.slug for topic in help_selling.TOPICS}
    assert slugs == {*TREE, *REQUIREMENTS, *FURTHER}
    assert (len(TREE), len(REQUIREMENTS), len(FURTHER)) == (20, 10, 7)
    index = words(anyone.get("/help"))
    for topic in help_selling.TOPICS:
        answer = anyone.get(f"/help/{topic.slug}")
        assert answer.status_code == 200
        assert str(topic.title) in words(answer)
        assert str(topic.title) in index


@pytest.mark.req("S-FAQ-T2")
@pytest.mark.parametrize("topic", help_selling.TOPICS, ids=lambda topic: topic.slug)
def test_every_answer_links_to_the_page_where_it_is_done(anyone, topic):
    assert topic.acts
    body = anyone.get(f"/help/{topic.slug}").content.decode()
    for _text, address in topic.acts:
        resolve(address)
        assert f'href="{address}"' in body


@pytest.mark.req("S-FAQ-T1")
def test_figures_follow_the_settings(anyone, olga):
    assert "3 working days" in words(anyone.get("/help/release-time"))
    assert "3 to 180 days" in words(anyone.get("/help/trial-specification"))
    parameters.change(olga.actor, "test_coupon.product_limit", "1234.00 CHF", at=NOW)
    assert "1,234.00 CHF a product" in words(anyone.get("/help/benefits"))
    assert "marketplace: no" in words(anyone.get("/help/individual"))

    parameters.change(olga.actor, "review.release_days", 8, at=NOW)
    parameters.change(olga.actor, "release.trial_most", 90, at=NOW)
    parameters.change(olga.actor, "registration.allow_individual", True, at=NOW)
    parameters.change(olga.actor, "asset.image_regions", ["dublin", "oslo"], at=NOW)
    assert "8 working days" in words(anyone.get("/help/release-time"))
    assert "3 to 90 days" in words(anyone.get("/help/trial-specification"))
    assert "marketplace: yes" in words(anyone.get("/help/individual"))
    assert "dublin, oslo" in words(anyone.get("/help/image-asset"))


@pytest.mark.req("S-FAQ-T1", "S-GEN-001")
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_no_answer_has_a_figure_of_its_own_and_every_key_is_a_setting(language):
    with translation.override(language):
        for topic in help_selling.TOPICS:
            for text in map(str, (*topic.paragraphs, *topic.steps)):
                for key in KEY.findall(text):
                    parameters.definition(key)
                assert not re.search(r"[0-9]", KEY.sub("", text)), text
                assert "{" not in helping._filled(text)


@pytest.mark.req("S-APP-002")
def test_the_answers_are_found_by_their_words(anyone):
    assert "What must the logo be?" in words(anyone.get("/help?q=logo"))
    assert "How do I take a product out of the catalogue?" in words(anyone.get("/help?q=removal+subscription"))
    assert {topic.group for topic in help_selling.TOPICS} == set(help_selling.GROUPS)
    assert set(help_selling.GROUPS) <= set(help_topics.GROUPS)
