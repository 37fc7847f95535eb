"""B4 and B5: *Purchased Apps* and one subscription."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from galleria.audit.models import AuditRecord
from galleria.delivering import services as delivering
from galleria.delivering.models import Delivery
from galleria.kit import clock
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import AppInfo, Subscription
from tests.shop import Shop
from tests.web.reading import read

pytestmark = pytest.mark.django_db


def deliver(order: Any, olga: Any) -> Subscription:
    """The operator records that the seller delivered by hand."""
    for delivery in Delivery.objects.filter(order_id=order.public_id):
        delivering.confirm_by_hand(olga.actor, delivery_id=delivery.public_id, at=clock.now())
    return Subscription.objects.get(order_id=order.public_id)


def tell(subscription: Subscription, **values: Any) -> None:
    """What the seller's server told."""
    given = {
        "front_end_url": "https://desk.example/start", "admin_url": "javascript:alert(1)", "user_name": "admin",
        "password": "Harbour-77", "memo": "Start with the tour.", "usage": [], "at": clock.now(), **values,
    }  # fmt: skip
    subscribing.record_app_info(subscription, **given)


@pytest.fixture
def used(shop: Shop, ada: Any, olga: Any, desk: Any) -> Subscription:
    """Ada's helpdesk, delivered, with addresses and a password."""
    shop.fund(ada, "500.00")
    subscription = deliver(shop.buy(ada, desk), olga)
    tell(subscription)
    return subscription


@pytest.mark.req("B-PUR-020", "B-USE-004")
def test_a_paid_order_is_there_at_once_with_its_state_and_next_step(shop: Shop, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    shop.buy(ada, desk)

    page = read(ada.client.get("/buyer/subscriptions"))

    assert page.has(
        "1 active, 49.00 EUR a month before tax", "Plainsong Helpdesk", "Being set up", "The seller sets it up"
    )


def test_one_that_is_in_use_shows_its_end_and_what_it_costs_a_month(used: Subscription, ada: Any) -> None:
    page = read(ada.client.get("/buyer/subscriptions"))
    # Bought 1 March 17:00 in the billing zone (GMT+08:00): the last second of 1 April there, 15:59 UTC.
    assert page.has("In use", "1 Apr 2027", "in 31 days", "Ends, renewal is off", "49.00 EUR")


def test_views_filters_and_search_narrow_the_list_and_are_in_the_address(
    used: Subscription, shop: Shop, ada: Any
) -> None:
    shop.buy(ada, shop.product("Tidemark Backup", once="20.00", delivery_type="license"), mode="one_time")
    assert read(ada.client.get("/buyer/subscriptions?type=license")).has("Tidemark Backup")
    assert not read(ada.client.get("/buyer/subscriptions?type=license")).has("Plainsong Helpdesk")
    assert not read(ada.client.get("/buyer/subscriptions?mode=period")).has("Tidemark Backup")
    assert read(ada.client.get("/buyer/subscriptions?q=plain")).has("Plainsong Helpdesk")
    assert read(ada.client.get(f"/buyer/subscriptions?q={used.order_id}")).has("Plainsong Helpdesk")
    nothing = read(ada.client.get("/buyer/subscriptions?q=nothing+like+this"))
    assert nothing.has("Nothing fits these filters")
    assert read(ada.client.get("/buyer/subscriptions?view=ended")).has("Nothing here")


def test_who_has_bought_nothing_reads_what_will_be_here(ada: Any) -> None:
    assert read(ada.client.get("/buyer/subscriptions")).has("Nothing bought yet", "Find software")


def test_the_number_of_queries_does_not_grow_with_the_rows(used: Subscription, shop: Shop, ada: Any, desk: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert ada.client.get("/buyer/subscriptions").status_code == 200
        return len(caught)

    ada.client.get("/buyer/subscriptions")
    few = queries()
    for _each in range(6):
        shop.buy(ada, desk)
    assert queries() == few <= 12


def test_the_export_has_exactly_the_filtered_rows(used: Subscription, shop: Shop, ada: Any) -> None:
    shop.buy(ada, shop.product("=Evil", once="20.00"), mode="one_time")
    answer = ada.client.get("/buyer/subscriptions.csv?view=all&mode=period")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith(
        f"{used.public_id},Plainsong Helpdesk,Standard,Fernwerk,{used.order_id},SaaS,1 month,In use"
    )
    everything = b"".join(ada.client.get("/buyer/subscriptions.csv?view=all").streaming_content).decode()
    assert "'=Evil" in everything


def test_renewal_is_switched_at_once_and_undone(used: Subscription, ada: Any) -> None:
    page = read(ada.client.get(f"/buyer/subscriptions/{used.public_id}"))
    assert page.has("Renewal is off.", "Turn on renewal")

    done = page.form("/buyer/subscriptions/renewal").send(ada.client)

    used.refresh_from_db()
    assert used.auto_renew
    after = read(ada.client.get(done["Location"]))
    assert after.has("Renewal is on.", "Undo", "let Plainsong Helpdesk renew by itself")
    undo = next(form for form in after.forms if form.fields.get("undoing"))
    undo.send(ada.client)
    used.refresh_from_db()
    assert not used.auto_renew


def test_what_was_done_with_it_is_told_with_its_name_not_its_id(used: Subscription, ada: Any) -> None:
    page = read(ada.client.get(f"/buyer/subscriptions/{used.public_id}"))
    page.form("/buyer/subscriptions/renewal").send(ada.client)
    told = f"let {used.product.name} · {used.specification.name} renew by itself"

    overview, activity = (ada.client.get(path).content.decode() for path in ("/buyer/", "/account/activity"))

    assert told in overview
    assert told in activity
    assert used.public_id not in overview


def test_several_are_switched_together_and_those_that_cannot_are_named(
    used: Subscription, shop: Shop, ada: Any
) -> None:
    once = shop.buy(ada, shop.product("Tidemark Backup", once="20.00"), mode="one_time")
    other = Subscription.objects.get(order_id=once.public_id)

    answer = ada.client.post(
        "/buyer/subscriptions/renewal", {"id": [used.public_id, other.public_id], "renewal": "on"}, follow=True
    )

    used.refresh_from_db()
    assert used.auto_renew
    assert read(answer).has("Renewal is on for one subscription.", "Only a subscription for a term that is in use")


@pytest.mark.req("B-SAU-001", "B-USE-001")
def test_addresses_are_links_only_if_they_are_web_addresses(used: Subscription, ada: Any) -> None:
    page = read(ada.client.get(f"/buyer/subscriptions/{used.public_id}"))
    assert 'href="https://desk.example/start"' in page.html
    assert 'href="javascript' not in page.html
    assert page.has("javascript:alert(1)", "not a web address", "admin", "Start with the tour.")


@pytest.mark.req("B-USE-001")
def test_the_password_is_masked_shown_once_and_recorded(used: Subscription, ada: Any) -> None:
    address = f"/buyer/subscriptions/{used.public_id}"
    masked = read(ada.client.get(address))
    assert "Harbour-77" not in masked.html

    shown = masked.form(f"{address}/reveal").send(ada.client)

    assert read(shown).has("Harbour-77", "that you looked is recorded")
    assert shown["Cache-Control"] == "no-store"
    record = AuditRecord.objects.get(sentence="subscription.password_revealed")
    assert (record.actor_name, record.object_id) == ("Ada Byron", used.public_id)
    again = read(ada.client.get(address))
    assert "Harbour-77" not in again.html
    assert again.has("Ada Byron revealed the password of Plainsong Helpdesk")


@pytest.mark.req("B-USE-T2", "B-USE-001")
def test_without_the_permission_the_row_is_seen_but_not_the_password(used: Subscription, ada: Any) -> None:
    ben = ada.colleague("Ben", "BuyerReadOnly")
    address = f"/buyer/subscriptions/{used.public_id}"
    assert read(ben.client.get("/buyer/subscriptions")).has("Plainsong Helpdesk")
    assert read(ben.client.get(address)).has("you need the permission gallery:credential:view")
    refused = ben.client.post(f"{address}/reveal")
    assert refused.status_code == 403
    assert "Harbour-77" not in refused.content.decode()
    assert not AuditRecord.objects.filter(sentence="subscription.password_revealed").exists()


@pytest.mark.req("B-USE-002")
def test_when_the_server_is_down_the_last_known_data_stays_with_its_time(
    used: Subscription, shop: Shop, ada: Any, desk: Any, settings: Any
) -> None:
    shop.connect(desk, "http://127.0.0.1:9/nobody")
    Subscription.objects.update(instance_id="i-1")
    address = f"/buyer/subscriptions/{used.public_id}"

    answer = ada.client.post(f"{address}/refresh")

    assert answer["Location"] == f"{address}#use"
    page = read(ada.client.get(address))
    assert page.has("did not answer at the last try", "https://desk.example/start", "The seller answered just now")
    used.refresh_from_db()
    assert used.state == "effective"


@pytest.mark.req("B-USE-003")
def test_asking_again_within_ten_seconds_is_refused_in_words(
    used: Subscription, shop: Shop, ada: Any, desk: Any
) -> None:
    shop.connect(desk, "http://127.0.0.1:9/nobody")
    Subscription.objects.update(instance_id="i-1")
    AppInfo.objects.update(tried_at=clock.now() - timedelta(seconds=4))
    answer = ada.client.post(f"/buyer/subscriptions/{used.public_id}/refresh")
    assert answer.status_code == 429
    assert read(answer).has("Information can be refreshed once in 10 seconds.", "https://desk.example/start")


def test_a_subscription_shows_money_seller_and_timeline_within_its_budget(used: Subscription, ada: Any) -> None:
    address = f"/buyer/subscriptions/{used.public_id}"
    ada.client.get(address)
    with CaptureQueriesContext(connection) as caught:
        page = read(ada.client.get(address))
    assert len(caught) <= 18
    assert page.has(
        "This term", "49.00 EUR", "How this is worked out", "help@bruno.example", "Ada Byron ordered Plainsong Helpdesk"
    )
    assert page.has("49.00 EUR paid", "Fernwerk: Set up, done after")


@pytest.mark.req("B-USE-004")
def test_one_that_could_not_be_delivered_says_why_and_that_the_money_came_back(
    shop: Shop, ada: Any, olga: Any, desk: Any
) -> None:
    from galleria.buying import services

    shop.fund(ada, "100.00")
    order = shop.buy(ada, desk)
    services.refund_order(olga.actor, order_id=order.public_id, reason="The seller closed.", at=clock.now())
    subscription = Subscription.objects.get()
    page = read(ada.client.get(f"/buyer/subscriptions/{subscription.public_id}"))
    assert page.has("Could not be delivered", "The seller closed.")
    assert read(ada.client.get("/buyer/subscriptions?view=ended")).has("Everything paid was given back")


def test_a_stranger_finds_nothing_and_a_visitor_is_led_through_sign_in(
    used: Subscription, xavier: Any, visitor: Any
) -> None:
    address = f"/buyer/subscriptions/{used.public_id}"
    assert xavier.client.get(address).status_code == 404
    assert xavier.client.post(f"{address}/reveal").status_code == 404
    assert xavier.client.post(f"{address}/refresh").status_code == 404
    assert not read(xavier.client.get("/buyer/subscriptions")).has("Plainsong")
    assert visitor.get(address)["Location"].startswith("/account/login/?next=")


def test_the_operator_has_no_purchased_apps(used: Subscription, olga: Any) -> None:
    assert olga.client.get("/buyer/subscriptions").status_code == 403
