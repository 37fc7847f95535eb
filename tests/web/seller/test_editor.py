"""S4: the editor saves what is typed, says what is missing beside the field, and loses nothing of two people."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.releasing import services
from galleria.releasing.models import Release
from tests.people import NOW
from tests.web.reading import read

pytestmark = pytest.mark.django_db
LIVE = {"HX-Request": "true"}


@pytest.fixture
def draft(bruno: Any) -> Any:
    """An empty SaaS product."""
    return services.start_release(bruno.actor, delivery="saas", at=NOW)


def edit(draft: Any, section: str) -> str:
    return f"/seller/products/{draft.public_id}/edit/{section}"


def send(person: Any, draft: Any, section: str, live: bool = False, **more: Any) -> Any:
    """Send the form of a section as a browser would, with changes."""
    form = read(person.client.get(edit(draft, section))).form(edit(draft, section))
    data = {**form.fields, **more.pop("more", {}), **more}
    data.pop("csrfmiddlewaretoken", None)
    if live:
        data.pop("do", None)
        return person.client.post(edit(draft, section), data, headers=LIVE)
    return person.client.post(edit(draft, section), {"do": "save", **data})


def test_a_product_begins_with_its_delivery_method(bruno: Any) -> None:
    page = read(bruno.client.get("/seller/products/new"))
    assert page.has("How is it delivered?", "SaaS", "Platform fee: 15 % of each sale")
    answer = bruno.client.post("/seller/products/new", {"delivery": "saas"})
    release = Release.objects.get()
    assert answer["Location"] == f"/seller/products/{release.public_id}/edit/listing"
    assert bruno.client.post("/seller/products/new", {"delivery": "balloon"}).status_code == 422


@pytest.mark.parametrize(
    "section",
    ["listing", "media", "categories", "specifications", "delivery", "trials", "regions", "agreements", "support"],
)
@pytest.mark.parametrize("method", ["saas", "image", "license", "professional", "consulting"])
def test_every_section_opens_for_every_method(bruno: Any, section: str, method: str) -> None:
    draft = services.start_release(bruno.actor, delivery=method, at=NOW)
    answer = bruno.client.get(edit(draft, section))
    assert answer.status_code == (404 if method == "consulting" and section == "trials" else 200)


def test_what_is_typed_is_saved_without_scripts(bruno: Any, draft: Any) -> None:
    answer = send(bruno, draft, "listing", more={"name.en": "Tidemark Backup", "name.zh": "潮痕备份"})
    assert answer.status_code == 302
    draft.refresh_from_db()
    assert draft.document["name"] == {"en": "Tidemark Backup", "zh": "潮痕备份"}
    assert draft.title == "Tidemark Backup"
    page = read(bruno.client.get(edit(draft, "listing")))
    assert 'value="Tidemark Backup"' in page.html


def test_findings_stand_beside_their_field_while_typing(bruno: Any, draft: Any) -> None:
    answer = send(bruno, draft, "listing", live=True, more={"name.en": "App V2.0", "version": "v0.1"})
    assert answer.status_code == 200
    page = answer.content.decode()
    beside = page[page.index('id="at-name-found"') :][:600]
    assert "The name has a version in it." in beside
    beside = page[page.index('id="at-version-found"') :][:600]
    assert "Write the version like V1.0 or V2.1.3." in beside
    assert 'hx-swap-oob="true"' in beside or 'hx-swap-oob="true"' in page
    assert 'id="at-name-in"' not in page  # nothing that somebody types in is replaced


def test_entries_are_added_moved_and_taken_away_with_buttons(bruno: Any, draft: Any) -> None:
    answer = send(bruno, draft, "listing", do="add cases")
    assert answer["Location"].endswith("?more=cases#at-cases-0")
    form = read(bruno.client.get(f"{edit(draft, 'listing')}?more=cases")).form(edit(draft, "listing"))
    form.send(bruno.client, do="save", more={"cases.0.title.en": "Port of Turku", "cases.0.text.en": "Ships."})
    send(bruno, draft, "listing", do="add cases")
    form = read(bruno.client.get(f"{edit(draft, 'listing')}?more=cases")).form(edit(draft, "listing"))
    form.send(bruno.client, do="save", more={"cases.1.title.en": "Mill of Tampere", "cases.1.text.en": "Paper."})
    draft.refresh_from_db()
    assert [case["title"] for case in draft.document["cases"]] == ["Port of Turku", "Mill of Tampere"]
    send(bruno, draft, "listing", do="up cases.1")
    draft.refresh_from_db()
    assert [case["title"] for case in draft.document["cases"]] == ["Mill of Tampere", "Port of Turku"]
    send(bruno, draft, "listing", do="remove cases.0")
    draft.refresh_from_db()
    assert [case["title"] for case in draft.document["cases"]] == ["Port of Turku"]


@pytest.mark.req("UI-GEN-15")
def test_two_people_in_one_section_keep_take_or_merge(bruno: Any, draft: Any) -> None:
    bea = bruno.colleague("Bea", "SellerAdmin")
    mine = read(bruno.client.get(edit(draft, "listing"))).form(edit(draft, "listing"))
    send(bea, draft, "listing", more={"name.en": "Bea's name", "summary.en": "Bea's overview of it"})
    answer = mine.send(bruno.client, do="save", more={"name.en": "Bruno's name", "version": "V1.0"})
    assert answer.status_code == 409
    page = read(answer)
    assert page.has("Bea saved this section", "Bea's name", "Bruno's name", "Bea's overview of it")
    form = page.form(edit(draft, "listing"))
    form.send(bruno.client, do="merge", take="summary")
    draft.refresh_from_db()
    assert draft.document["name"] == "Bruno's name"
    assert draft.document["summary"] == "Bea's overview of it"
    assert draft.document["version"] == "V1.0"


def test_two_people_in_different_sections_do_not_disturb_each_other(bruno: Any, draft: Any) -> None:
    bea = bruno.colleague("Bea", "SellerAdmin")
    mine = read(bruno.client.get(edit(draft, "listing"))).form(edit(draft, "listing"))
    send(bea, draft, "support", more={"after_sales.email": "help@fernwerk.example"})
    assert mine.send(bruno.client, do="save", more={"name.en": "Tidemark"}).status_code == 302
    draft.refresh_from_db()
    assert draft.document["name"] == "Tidemark"
    assert draft.document["after_sales"]["email"] == "help@fernwerk.example"
    assert "Bea also edits this" not in read(bruno.client.get(edit(draft, "listing"))).text
    assert "also edits this" in read(bea.client.get(edit(draft, "listing"))).text


def test_a_conflict_while_typing_keeps_the_text_and_offers_to_compare(bruno: Any, draft: Any) -> None:
    bea = bruno.colleague("Bea", "SellerAdmin")
    mine = read(bruno.client.get(edit(draft, "listing"))).form(edit(draft, "listing"))
    send(bea, draft, "listing", more={"name.en": "Bea's name"})
    data = {**mine.fields, "name.en": "Bruno's name"}
    data.pop("do", None)
    answer = bruno.client.post(edit(draft, "listing"), data, headers=LIVE)
    assert "Your text is still here" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.document["name"] == "Bea's name"


def test_the_checks_page_leads_to_every_field(bruno: Any, draft: Any) -> None:
    page = read(bruno.client.get(f"/seller/products/{draft.public_id}/checks"))
    assert page.has("things are still to do")
    assert f"/seller/products/{draft.public_id}/edit/listing#at-name" in page.html
    answer = bruno.client.post(f"/seller/products/{draft.public_id}/submit", {"sure": "yes"})
    assert answer.status_code == 422
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_the_preview_shows_the_draft_as_buyers_see_it(bruno: Any, draft: Any) -> None:
    from galleria.publishing.models import Category, Product

    Category.objects.create(path="data", name="Data", room="data")
    send(bruno, draft, "listing", more={"name.en": "Tidemark Backup"})
    assert bruno.client.get(f"/seller/products/{draft.public_id}/preview").status_code == 200
    answer = bruno.client.get(f"/seller/products/{draft.public_id}/preview/page?look=dark")
    page = read(answer)
    assert page.has("Tidemark Backup", "A preview of a draft")
    assert 'data-theme="dark"' in page.html
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert Product.objects.count() == 0


def test_a_draft_of_another_seller_is_not_found(draft: Any, xavier: Any, ada: Any) -> None:
    from tests.people import make_seller

    eve = make_seller("Eve", slug="eve", seller_name="Eve Tools")
    for address in ("edit", "edit/listing", "edit/specifications", "checks", "differences", "preview", "preview/page"):
        assert eve.client.get(f"/seller/products/{draft.public_id}/{address}").status_code == 404, address
        assert ada.client.get(f"/seller/products/{draft.public_id}/{address}").status_code == 403, address
    for address in ("edit/listing", "submit", "discard"):
        assert eve.client.post(f"/seller/products/{draft.public_id}/{address}", {"do": "save"}).status_code == 404


def test_a_draft_is_discarded_only_after_a_yes(bruno: Any, draft: Any) -> None:
    bruno.client.post(f"/seller/products/{draft.public_id}/discard")
    assert Release.objects.count() == 1
    bruno.client.post(f"/seller/products/{draft.public_id}/discard", {"sure": "yes"})
    assert Release.objects.count() == 0


def test_a_preview_is_shown_to_named_accounts_only(bruno: Any, ada: Any, xavier: Any, draft: Any, client: Any) -> None:
    from galleria.publishing.models import Category

    Category.objects.create(path="data", name="Data", room="data")
    send(bruno, draft, "listing", more={"name.en": "Tidemark Backup"})
    here = f"/seller/products/{draft.public_id}/preview"
    assert bruno.client.post(here, {"accounts": ""}).status_code == 422
    assert bruno.client.post(here, {"accounts": "acc_unknown"}).status_code == 422
    page = read(bruno.client.post(here, {"accounts": ada.account.public_id}))
    link = page.html.partition('class="secret">')[2].partition("<")[0]
    path = link[link.index("/seller/previews/") :]
    assert read(ada.client.get(path)).has("Tidemark Backup", "A preview of a draft")
    assert xavier.client.get(path).status_code == 404
    assert ada.client.get(f"{path}x").status_code == 404
    assert client.get(path).status_code == 302


def test_a_form_that_does_not_say_how_many_entries_it_has_takes_none_away(bruno: Any, draft: Any) -> None:
    cases = [{"title": "A bakery", "text": "It bakes."}]
    services.save(
        bruno.actor, release_id=draft.public_id, document={**draft.document, "cases": cases}, version=1, at=NOW
    )  # fmt: skip
    for said in ("NaN", "-1", "9" * 400):
        answer = bruno.client.post(edit(draft, "listing"), {"do": "save", "here": "cases", "cases.rows": said})
        assert answer.status_code < 400
    assert Release.objects.get().document["cases"] == cases
