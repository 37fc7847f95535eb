"""Consulting services are shown, not sold: who needs one tells the seller, or goes to its website (S-CON-001)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.kit import jobs
from galleria.kit.errors import Invalid, NotAllowed, NotFound, TooManyRequests
from galleria.notifying.models import Message
from galleria.notifying.rendering import rendered
from galleria.publishing import services as publishing
from galleria.supporting import selectors, services
from galleria.supporting.models import Enquiry
from tests.api.conftest import program
from tests.packages.releasing.making import Maker
from tests.people import NOW, Person, make_seller
from tests.web.reading import read

NEEDED = {"name": "Ada Byron", "company": "Byron AB", "contact": "ada@byron.example", "need": "Two days\nof advice"}


@pytest.fixture
def advice(bruno: Person, olga: Person) -> Any:
    maker = Maker(bruno)
    return maker.released(maker.consulting(), olga)


@pytest.mark.req("S-CON-001", "B-PSV-002")
def test_what_somebody_needs_is_delivered_to_the_seller(
    advice: Any, ada: Person, bruno: Person, mailoutbox: Any
) -> None:
    page = ada.client.get(f"/products/{advice.slug}/enquiry")
    form = next(each for each in read(page).forms if "need" in each.fields)
    assert (form.fields["name"], form.fields["company"]) == (ada.user.name, ada.account.name)

    sent = ada.client.post(f"/products/{advice.slug}/enquiry", NEEDED)

    assert (sent.status_code, sent["Location"]) == (302, f"/products/{advice.slug}")
    (row,) = selectors.enquiries_for_seller(bruno.actor)
    assert (row.name, row.company, row.contact, row.need) == tuple(NEEDED.values())
    jobs.run_due(with_crons=False)
    message = Message.objects.get(key="seller.enquiry", user=bruno.user)
    assert rendered(message).subject == f"Ada Byron asks about {advice.name}"
    assert "ada@byron.example" in rendered(message).text
    assert any("asks about" in mail.subject for mail in mailoutbox)
    assert read(bruno.client.get("/seller/enquiries")).has("Ada Byron", "ada@byron.example", advice.name)
    assert program(bruno).get("/seller/enquiries").json()["items"][0]["need"] == NEEDED["need"]


@pytest.mark.req("S-CON-001")
def test_ways_to_the_website_are_counted_by_day_without_who_went(advice: Any, ada: Person, bruno: Person) -> None:
    here = f"/products/{advice.slug}/website"
    for _time in range(3):
        answer = ada.client.get(here)
    ada.client.head(here)
    ada.client.get(here, headers={"Sec-Purpose": "prefetch"})

    assert (answer.status_code, answer["Location"]) == (302, "https://fernwerk.example/consulting")
    (found,) = selectors.contact_clicks(bruno.actor, since=NOW.date() - timedelta(days=30))
    assert (found.slug, found.clicks) == (advice.slug, 3)
    assert selectors.contact_clicks(bruno.actor, since=NOW.date() + timedelta(days=2)) == []
    told = program(bruno).get("/seller/contact-clicks").json()
    assert told == {"items": [{"product": advice.slug, "name": advice.name, "clicks": 3}]}
    assert f"/products/{advice.slug}/website" in ada.client.get(f"/products/{advice.slug}").content.decode()


def test_only_consulting_services_are_asked_and_nothing_wrong_is_kept(
    advice: Any, ada: Person, bruno: Person, shop: Any
) -> None:
    sold = shop.product("Desk", monthly="9.00")
    publishing.reindex_all()
    with pytest.raises(NotAllowed):
        services.send_enquiry(ada.actor, slug=sold.slug, at=NOW, **NEEDED)
    with pytest.raises(NotFound):
        services.send_enquiry(ada.actor, slug="nothing", at=NOW, **NEEDED)
    assert ada.client.get(f"/products/{sold.slug}/website").status_code == 404
    for name, limit in (("name", 120), ("company", 200), ("contact", 200), ("need", 2000)):
        services.send_enquiry(ada.actor, slug=advice.slug, at=NOW, **{**NEEDED, name: "x" * limit})
        with pytest.raises(Invalid) as refused:
            services.send_enquiry(ada.actor, slug=advice.slug, at=NOW, **{**NEEDED, name: "x" * (limit + 1)})
        assert set(refused.value.fields) == {name}
    empty = ada.client.post(f"/products/{advice.slug}/enquiry", {"name": "\x07", "contact": "", "need": ""})
    assert empty.status_code == 422
    assert Enquiry.objects.count() == 4
    assert list(selectors.enquiries_for_seller(make_seller("Svea Sell").actor)) == []


def test_an_account_asks_ten_times_a_day(advice: Any, ada: Person) -> None:
    for _time in range(services.MOST_A_DAY):
        services.send_enquiry(ada.actor, slug=advice.slug, at=NOW, **NEEDED)
    with pytest.raises(TooManyRequests):
        services.send_enquiry(ada.actor, slug=advice.slug, at=NOW + timedelta(hours=23), **NEEDED)

    services.send_enquiry(ada.actor, slug=advice.slug, at=NOW + timedelta(hours=25), **NEEDED)
    body = {key: value for key, value in NEEDED.items() if key != "company"}
    assert program(ada).post(f"/products/{advice.slug}/enquiries", body).status_code == 429
