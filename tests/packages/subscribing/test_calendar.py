"""The calendar of an account: its secret address, what it tells, and to whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from galleria.kit.errors import NotFound
from galleria.parties.models import Membership
from galleria.subscribing import services
from galleria.subscribing.models import CalendarFeed, Subscription
from tests.people import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def held(shop: Any, ada: Any, desk: Any, server: Any) -> Subscription:
    shop.fund(ada, "500.00")
    shop.buy(ada, desk)
    shop.work()
    return Subscription.objects.get()


def events_of(data: bytes) -> dict[str, datetime]:
    return {str(each["SUMMARY"]): each["DTSTART"].dt for each in Calendar.from_ical(data).walk("VEVENT")}


def test_a_calendar_tells_when_a_subscription_ends_and_is_deleted(held: Subscription, ada: Any) -> None:
    token = services.make_feed(ada.actor, at=NOW)
    data = services.calendar_of(token, site="https://market.example", at=NOW)
    assert events_of(data) == {
        "Plainsong Helpdesk ends": datetime(2027, 4, 1, 15, 59, 59, tzinfo=UTC),
        "Plainsong Helpdesk is deleted": datetime(2027, 4, 16, 15, 59, 59, tzinfo=UTC),
    }
    assert f"https://market.example/buyer/subscriptions/{held.public_id}" in data.decode().replace("\r\n ", "")


def test_a_renewal_by_itself_stands_there_once_with_its_payment(held: Subscription, ada: Any) -> None:
    services.set_renewal(ada.actor, subscription_id=held.public_id, policy="auto", at=NOW)
    token = services.make_feed(ada.actor, at=NOW)
    found = events_of(services.calendar_of(token, site="", at=NOW))
    assert found["Plainsong Helpdesk renews: payment"] == datetime(2027, 3, 24, 19, 0, tzinfo=UTC)


def test_a_new_address_ends_the_old_one_and_none_is_kept_as_it_is(held: Subscription, ada: Any) -> None:
    first = services.make_feed(ada.actor, at=NOW)
    second = services.make_feed(ada.actor, at=NOW)
    with pytest.raises(NotFound):
        services.calendar_of(first, site="", at=NOW)
    assert services.calendar_of(second, site="", at=NOW)
    assert second not in str(CalendarFeed.objects.values().get())
    services.drop_feed(ada.actor, at=NOW)
    with pytest.raises(NotFound):
        services.calendar_of(second, site="", at=NOW)


def test_a_calendar_of_many_asks_the_database_no_more_than_one_of_one(
    held: Subscription, shop: Any, ada: Any, desk: Any, django_assert_max_num_queries: Any
) -> None:
    token = services.make_feed(ada.actor, at=NOW)
    services.calendar_of(token, site="", at=NOW)  # what is asked once and kept
    with CaptureQueriesContext(connection) as of_one:
        services.calendar_of(token, site="", at=NOW)
    for _each in range(3):
        shop.buy(ada, desk, auto_renew=True)
    shop.work()

    # The account's own day of deduction; settings, when what was kept of them is too old. Not three for each.
    with django_assert_max_num_queries(len(of_one) + 2):
        data = services.calendar_of(token, site="", at=NOW)

    assert [str(each["SUMMARY"]) for each in Calendar.from_ical(data).walk("VEVENT")].count(
        "Plainsong Helpdesk renews: payment"
    ) == 3  # fmt: skip
    for row in Subscription.objects.all():
        assert services.coming_of_many([row, held], at=NOW)[row.pk] == services.coming_events(row, at=NOW)


def test_who_left_the_account_reads_nothing_any_more(held: Subscription, ada: Any) -> None:
    cleo = ada.colleague("cleo", "BuyerReadOnly")
    token = services.make_feed(cleo.actor, at=NOW)
    Membership.objects.filter(user__public_id=cleo.actor.user_id).delete()
    with pytest.raises(NotFound):
        services.calendar_of(token, site="", at=NOW)


def test_a_calendar_program_reads_it_without_signing_in(held: Subscription, ada: Any, visitor: Any) -> None:
    page = ada.client.post("/account/calendar").content.decode()
    address = page.partition("/calendar/")[2].partition(".ics")[0]
    answer = visitor.get(f"/calendar/{address}.ics")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert b"Plainsong Helpdesk ends" in answer.content
    assert address not in ada.client.get("/account/calendar").content.decode()
    assert visitor.get("/calendar/wrong.ics").status_code == 404


def test_the_page_of_a_subscription_says_what_comes_and_why(held: Subscription, ada: Any) -> None:
    page = ada.client.get(f"/buyer/subscriptions/{held.public_id}").content.decode()
    assert "Coming by itself" in page
    assert "15, 7, 3, 1 days before the end, and on its day" in page
    assert "Data is kept for 15 days after the end, and a reminder comes at least a day before." in page
    assert "Setting: Days of retention after grace." in page
    assert f'href="/buyer/renew?id={held.public_id}"' in page


def test_the_api_says_the_same(held: Subscription, ada: Any) -> None:
    answer = ada.client.get(f"/api/v1/subscriptions/{held.public_id}/coming")
    kinds = [each["kind"] for each in answer.json()["items"]]
    assert kinds == ["remind"] * 5 + ["expire", "remind", "release"]
    last = answer.json()["items"][-1]
    assert (last["rule"], last["setting"], last["value"]) == ("B-EXP-004", "expiry.retention_days", "15")


def test_the_operator_sees_what_is_stuck_and_lets_it_be_tried_again(held: Subscription, olga: Any, ada: Any) -> None:
    timer = held.timer
    type(timer).objects.update(state="stuck", problem="no such thing", attempts=6)
    page = olga.client.get("/operator/work/timers").content.decode()
    assert "With one subscription the clock cannot go on." in page
    assert "no such thing" in page
    assert ada.client.get("/operator/work/timers").status_code == 403
    olga.client.post(f"/operator/work/timers/{timer.public_id}/retry")
    timer.refresh_from_db()
    assert (timer.state, timer.attempts) == ("waiting", 0)
    assert timer.try_at is not None
    assert timer.try_at < NOW + timedelta(minutes=1)
