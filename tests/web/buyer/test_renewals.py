"""The Renewals page, the page to renew, how things go on, and the exports."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from galleria.buying.models import Order
from galleria.kit import clock
from galleria.publishing.models import Price
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription
from tests.shop import Shop, e10
from tests.web.buyer.test_subscriptions import deliver
from tests.web.reading import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(shop: Shop, ada: Any, olga: Any, desk: Any) -> Subscription:
    """Ada's helpdesk: 49.00 EUR a month until 1 April."""
    shop.fund(ada, "500.00")
    return deliver(shop.buy(ada, desk), olga)


@pytest.fixture
def notes(shop: Shop, ada: Any, olga: Any, held: Subscription) -> Subscription:
    """Another one of 9.00 EUR a month."""
    return deliver(shop.buy(ada, shop.product("Notes", monthly="9.00")), olga)


def rows_of(response: Any) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.req("B-REN-001")
def test_the_four_tabs_hold_what_is_renewed_in_each_way(ada, held, notes):
    subscribing.set_renewal(ada.actor, subscription_id=notes.public_id, policy="none", at=clock.now())

    page = read(ada.client.get("/buyer/renewals"))
    assert page.has("Plainsong Helpdesk", "by hand", "49.00 EUR", "What renews by itself is paid 7 days before its end")
    assert "Notes" not in page.text
    assert read(ada.client.get("/buyer/renewals?tab=none")).has("Notes", "canceled")
    assert read(ada.client.get("/buyer/renewals?tab=auto")).has("Nothing renews by itself")
    assert read(ada.client.get("/buyer/renewals?tab=to_pay_per_use")).has("Nothing changes to pay-per-use")


@pytest.mark.req("B-REN-001")
@pytest.mark.parametrize(
    ("filters", "is_there"),
    [
        ("q=plainsong", True),
        ("q=nothing", False),
        ("ends=7", False),
        ("ends=30", False),
        ("ends=expired", False),
        ("from=2027-04-01&to=2027-04-02", True),
        ("from=2027-04-03", False),
        ("type=saas", True),
        ("type=image", False),
        ("state=in_use", True),
        ("state=frozen", False),
        ("packages=only", False),
        ("packages=without", True),
        ("unpaid=hide", True),
    ],
)
def test_filters_narrow_the_list(ada, held, filters, is_there):
    page = read(ada.client.get(f"/buyer/renewals?{filters}"))
    assert ("Plainsong Helpdesk" in page.text) is is_there


@pytest.mark.req("B-REN-002", "B-REN-T2")
def test_an_unpaid_order_is_linked_and_can_be_hidden(ada, held):
    ada.client.post("/buyer/renew", {"act": "renew", "id": held.public_id, "term": "month:1"})
    order = Order.objects.get(kind=2)

    response = ada.client.get("/buyer/renewals")
    assert f"/buyer/orders/{order.public_id}" in response.content.decode()
    assert "Plainsong Helpdesk" not in read(ada.client.get("/buyer/renewals?unpaid=hide")).text
    refused = ada.client.get(f"/buyer/renew?id={held.public_id}")
    assert refused.status_code == 409
    assert read(refused).has("Not possible now", order.public_id)


@pytest.mark.req("B-REN-005", "B-REN-006")
def test_both_ends_the_amount_and_what_comes_next_stand_before_the_button(ada, held):
    page = read(ada.client.get(f"/buyer/renew?id={held.public_id}&term=month:3"))

    assert page.has("1 Apr 2027", "1 Jul 2027", "147.00 EUR", "Renew and pay 147.00 EUR", "How this is worked out")
    assert page.has("Next renewal, at today’s price", "Charged by itself no")


@pytest.mark.req("B-REN-001", "B-PUR-017")
def test_the_button_renews_and_pays_at_once(ada, held, notes):
    ids = f"{held.public_id},{notes.public_id}"
    page = ada.client.get(f"/buyer/renew?id={ids}")
    values = dict(_hidden(page.content.decode()))

    answer = ada.client.post("/buyer/renew", {**values, "act": "renew", "id": ids, "means": "balance"})

    assert answer.status_code == 302
    assert answer["Location"].startswith("/buyer/pay/pay_")
    assert [order.paid_minor for order in Order.objects.filter(kind=2).order_by("pk")] == [4900, 900]
    held.refresh_from_db()
    assert held.expires_at.isoformat() == "2027-05-01T15:59:59+00:00"


@pytest.mark.req("B-REN-006")
def test_a_price_that_changes_before_the_click_is_shown_with_both_and_nothing_is_ordered(ada, held):
    values = dict(_hidden(ada.client.get(f"/buyer/renew?id={held.public_id}").content.decode()))
    Price.objects.filter(sku=held.sku, period_type="month").update(unit_price_e10=e10("59.00"))

    answer = ada.client.post("/buyer/renew", {**values, "act": "renew", "id": held.public_id, "means": "balance"})

    assert answer.status_code == 409
    page = read(answer)
    assert page.has("from 49.00", "to 59.00", "Price changed", "Renew and pay 59.00 EUR")
    assert not Order.objects.filter(kind=2).exists()


@pytest.mark.req("B-ARN-002", "B-ARN-008")
def test_how_it_goes_on_is_set_for_many(ada, held, notes):
    ids = f"{held.public_id},{notes.public_id}"
    answer = ada.client.post(
        "/buyer/renewals/policy", {"id": ids, "policy": "auto", "term": "month:2", "times": "3"}, follow=True
    )
    assert read(answer).has("Set for 2 subscriptions.", "2 months each time, 3 left", "paid on 24 Mar")  # 03:00 there
    wrong = ada.client.post("/buyer/renewals/policy", {"id": ids, "policy": "auto", "term": "month:2", "times": "x"})
    assert (wrong.status_code, "Give a whole number" in read(wrong).text) == (422, True)


@pytest.mark.req("B-URD-001", "B-URD-002")
def test_the_renewal_date_is_set_and_reached(ada, held):
    ada.client.post("/buyer/renewals/setting", {"offset": "0", "day": "31"})
    page = read(ada.client.get("/buyer/renewals"))
    assert page.has("paid on the day of its end", "Your renewal date is the last day of the month")
    lead = ada.client.post("/buyer/renewals/act", {"act": "align", "id": [held.public_id]})
    page = read(ada.client.get(lead["Location"]))
    # 1 May and 30 days: 49.00 + 30 × 49.00 ÷ 30
    assert page.has("31 May 2027", "1 month and 30 days", "98.00 EUR", "30 days to the renewal date")
    assert ada.client.post("/buyer/renewals/setting", {"offset": "8", "day": "30"}).status_code == 422


@pytest.mark.req("B-REN-009")
def test_prices_are_exported_for_the_filter_with_list_and_discounted_price(ada, held, notes):
    rows = rows_of(ada.client.get("/buyer/renewals.csv?q=plainsong"))

    assert [(row["Product"], row["List price"], row["After discount"], row["Due"]) for row in rows] == [
        ("Plainsong Helpdesk", "49.00", "49.00", "49.00")
    ]
    assert len(rows_of(ada.client.get("/buyer/renewals.csv"))) == 2


@pytest.mark.req("B-REN-009")
def test_chosen_rows_are_exported_with_a_duration_of_ones_own(ada, held, notes):
    chosen = {"act": "export", "id": [held.public_id], "term": "month:6"}
    rows = rows_of(ada.client.post("/buyer/renewals/act", chosen))

    assert [(row["Subscription"], row["Term"], row["Due"]) for row in rows] == [(held.public_id, "6 months", "294.00")]


@pytest.mark.req("B-REN-009")
def test_exports_have_their_limits():
    from galleria.reporting import renewals

    assert (renewals.EXPORT_MOST, renewals.PENDING_MOST) == (10_000, 200)


def test_a_stranger_finds_nothing_of_ada(xavier, ada, held):
    assert "Plainsong" not in read(xavier.client.get("/buyer/renewals")).text
    for path in (f"/buyer/renew?id={held.public_id}", f"/buyer/renewals/policy?id={held.public_id}",
                 f"/buyer/convert/{held.public_id}"):  # fmt: skip
        assert xavier.client.get(path).status_code == 404
    assert xavier.client.post("/buyer/renewals/policy", {"id": held.public_id, "policy": "none"}).status_code == 404


def test_bad_input_is_answered_not_crashed_on(ada, held):
    paths = (
        "/buyer/renew?id=a\x00b", "/buyer/renew?id=" + "x" * 500, "/buyer/renewals/policy?id=%00", "/buyer/renew",
        "/buyer/renewals?tab=zzz&ends=999&size=-1", f"/buyer/renew?id={held.public_id}&term=month:0",
        f"/buyer/renew?id={held.public_id}&term=year:99999", "/buyer/renewals/policy",
    )  # fmt: skip
    for path in paths:
        assert ada.client.get(path).status_code in {200, 302, 404, 422}


def _hidden(html: str) -> list[tuple[str, str]]:
    import re

    form = html[html.index('<form id="order"') :]
    form = form[: form.index("</form>")]
    return re.findall(r'type="hidden" name="([a-z_]+)" value="([^"]*)"', form)


@pytest.mark.req("B-TRI-003", "B-T2C-001")
def test_a_trial_shows_its_days_and_specification_and_leads_to_its_conversion(shop, ada, olga):
    row = deliver(shop.buy(ada, shop.product("Cedar", monthly="5.00", trial_days=14), mode="trial"), olga)

    page = read(ada.client.get(f"/buyer/subscriptions/{row.public_id}"))
    assert page.has("Cedar", "Trial, 14 days", "in 14 days", "Standard")
    shown = read(ada.client.get(f"/buyer/convert/{row.public_id}"))
    assert shown.has("Convert the trial of Cedar", "Convert and pay", "14 days of the trial")
    assert read(ada.client.get("/buyer/renewals")).has("Trial, ends by itself", "Convert")
