"""B6, leaving, and the *Unsubscriptions* page, without scripts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from galleria.buying import leaving
from galleria.buying.models import Order
from galleria.buying.services import leaving as services
from galleria.kit import clock
from galleria.reviewing.models import Submission
from galleria.subscribing.models import Subscription
from tests.packages.buying.leaving_world import BOUGHT, LEAVES, at, renewed
from tests.people import make_person
from tests.shop import Shop, euro
from tests.web.buyer.test_subscriptions import deliver
from tests.web.reading import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(shop: Shop) -> Any:
    return shop.product("Plainsong Image", monthly="100.00", yearly="10000.00", delivery_type="image")


@pytest.fixture
def held(shop: Shop, ada: Any, olga: Any, image: Any) -> Subscription:
    """Ada's image for a month, on the 15th day."""
    at(BOUGHT)
    shop.fund(ada, "500.00")
    subscription = deliver(shop.buy(ada, image), olga)
    at(LEAVES)
    return subscription


@pytest.mark.req("B-UNS-001", "UI-GEN-04", "UI-GEN-05")
def test_the_page_shows_rule_reason_figures_and_where_the_money_goes(ada: Any, held: Subscription) -> None:
    page = read(ada.client.get(f"/buyer/subscriptions/{held.public_id}/leave"))

    assert page.has(
        "The marketplace’s rule.", "Images for a term fall under the marketplace’s rule", "344 of 758 hours",
        "45.38", "10.00", "44.62", "To: Balance", "A handling fee of 10.00 EUR is charged",
        "My data at the seller is deleted", "Go on to confirm",
    )  # fmt: skip


@pytest.mark.req("B-UNS-001", "UI-T05")
def test_it_is_confirmed_twice_and_then_has_a_receipt(shop: Shop, ada: Any, held: Subscription) -> None:
    path = f"/buyer/subscriptions/{held.public_id}/leave"
    digest = leaving.preview(ada.actor, subscription_ids=[held.public_id], at=clock.now()).digest
    asked = {
        "digest": digest, "kind": "1", "reason": "too_expensive", "comment": "Sorry.", "fee_accepted": "yes",
        "deletion_accepted": "yes",
    }  # fmt: skip

    once = read(ada.client.post(path, asked))
    assert once.has("Really leave it?", "Unsubscribe and get 44.62 EUR")
    assert not Order.objects.filter(kind=4).exists()
    done = ada.client.post(path, {**asked, "step": "confirm"})

    order = Order.objects.get(kind=4)
    assert (done.status_code, done["Location"]) == (302, f"/buyer/unsubscriptions/{order.public_id}")
    receipt = read(ada.client.get(done["Location"]))
    assert receipt.has("Done: everything that was to come back has arrived.", "44.62", "It is too expensive", "Sorry.")
    assert shop.balance(ada) == euro("444.62")
    history = read(ada.client.get("/buyer/unsubscriptions?view=history"))
    assert history.has("Plainsong Image, Standard", order.public_id, "44.62")


def test_without_ticks_and_reason_nothing_is_lost_of_what_was_typed(ada: Any, held: Subscription) -> None:
    digest = leaving.preview(ada.actor, subscription_ids=[held.public_id], at=clock.now()).digest

    answer = ada.client.post(
        f"/buyer/subscriptions/{held.public_id}/leave", {"digest": digest, "kind": "1", "comment": "Half a thought"}
    )

    page = read(answer)
    assert answer.status_code == 422
    assert page.has("3 things to solve", "Choose a reason.", "Confirm that the fee is charged.", "Half a thought")


@pytest.mark.req("UI-GEN-04")
def test_another_figure_than_the_one_shown_is_refused_with_both(ada: Any, held: Subscription) -> None:
    digest = leaving.preview(ada.actor, subscription_ids=[held.public_id], at=clock.now()).digest
    at(LEAVES + timedelta(hours=1))

    answer = ada.client.post(
        f"/buyer/subscriptions/{held.public_id}/leave",
        {"digest": digest, "kind": "1", "reason": "other", "fee_accepted": "yes", "deletion_accepted": "yes",
         "step": "confirm"},
    )  # fmt: skip

    assert answer.status_code == 409
    assert read(answer).has("from 44.62 EUR to 44.49 EUR")
    assert not Order.objects.filter(kind=4).exists()


@pytest.mark.req("B-UNS-T3", "B-UNS-001")
def test_the_list_parts_what_may_be_given_back_from_what_may_not_with_the_reason(
    shop: Shop, ada: Any, olga: Any, held: Subscription, desk: Any, image: Any
) -> None:
    desk.unsubscription_rule = "none"
    desk.save()
    deliver(shop.buy(ada, desk), olga)
    invoiced = deliver(shop.buy(ada, image), olga)
    services.note_invoice(order_id=invoiced.order_id, by="seller")

    page = read(ada.client.get("/buyer/unsubscriptions"))

    assert page.has("Can be given back", "44.62", "Cannot be given back now", "It was invoiced already.")
    assert page.has("Products of this kind cannot be given back early")


@pytest.mark.req("B-ORF-T1", "B-UNS-002")
def test_renewals_have_a_tab_and_are_given_back_alone(shop: Shop, ada: Any, held: Subscription) -> None:
    renewed(shop, ada, held, 2)

    tab = read(ada.client.get("/buyer/unsubscriptions?view=renewals"))
    task = read(ada.client.get(f"/buyer/subscriptions/{held.public_id}/leave"))
    alone = read(ada.client.get(f"/buyer/subscriptions/{held.public_id}/leave?kind=2&count=2"))
    digest = leaving.preview(ada.actor, subscription_ids=[held.public_id], kind=2, count=2, at=clock.now()).digest
    asked = {"digest": digest, "kind": "2", "count": "2", "reason": "other", "step": "confirm"}
    done = ada.client.post(f"/buyer/subscriptions/{held.public_id}/leave", asked)

    assert tab.has("100.00", "Give back …")
    assert task.has("2 renewals have not begun", "Give back the last 2 renewals", "244.62")
    assert alone.has("200.00", "Give back renewals")
    assert done.status_code == 302
    held.refresh_from_db()
    assert held.expires_at.isoformat() == "2027-06-01T15:59:59+00:00"


@pytest.mark.req("UI-GEN-17")
def test_consumers_withdraw_in_one_step_and_get_a_receipt_with_date_and_time(shop: Shop, olga: Any, desk: Any) -> None:
    at(BOUGHT)
    desk.unsubscription_rule = "none"
    desk.save()
    ida = make_person("Ida", kind="individual")
    shop.fund(ida, "49.00")
    subscription = deliver(shop.buy(ida, desk), olga)
    path = f"/buyer/subscriptions/{subscription.public_id}/leave"

    listed = read(ida.client.get("/buyer/unsubscriptions"))
    page = read(ida.client.get(path))
    digest = leaving.preview(ida.actor, subscription_ids=[subscription.public_id], at=clock.now()).digest
    done = ida.client.post(path, {"digest": digest, "kind": "1", "step": "confirm"})
    receipt = read(ida.client.get(done["Location"]))

    assert listed.has("Withdraw from contract here")
    assert page.has("Withdraw from the contract", "Confirm withdrawal", "49.00")
    assert receipt.has("Receipt of your withdrawal", "We received your withdrawal on", "1 May 2027, 02:30 (GMT+00:00)")
    assert shop.balance(ida) == euro("49.00")


@pytest.mark.req("B-UNS-005")
def test_a_large_refund_waits_on_its_page_and_can_be_withdrawn_there(
    shop: Shop, ada: Any, olga: Any, image: Any
) -> None:
    at(BOUGHT)
    shop.fund(ada, "10000.00")
    subscription = deliver(shop.buy(ada, image, mode="period:year"), olga)
    seen = leaving.preview(ada.actor, subscription_ids=[subscription.public_id], at=clock.now())
    left = services.leave(
        ada.actor, subscription_ids=[subscription.public_id], seen_digest=seen.digest, reason="other",
        fee_accepted=True, deletion_accepted=True, at=clock.now(),
    )  # fmt: skip
    path = f"/buyer/unsubscriptions/{left.order.public_id}"

    waiting = read(ada.client.get(path))
    review = read(olga.client.get("/operator/reviews?kind=refund"))
    submission = read(olga.client.get(_review_of(left.order)))
    ada.client.post(f"{path}/withdraw")

    assert waiting.has("The refund is being reviewed, within 3 working days.", "Keep it after all")
    assert review.has("Large refund")
    assert submission.has("Approve and pay out", "9,000.00", "Plainsong Image, Standard")
    assert read(ada.client.get(path)).has("Nothing was given back; you keep what you had.")


def _review_of(order: Order) -> str:
    return f"/operator/reviews/{Submission.objects.get(subject=order.public_id).public_id}"


def test_strangers_and_readers_leave_nothing(ada: Any, xavier: Any, held: Subscription) -> None:
    path = f"/buyer/subscriptions/{held.public_id}/leave"
    ben = ada.colleague("Ben", "BuyerPurchaser")

    assert xavier.client.get(path).status_code == 404
    assert read(ben.client.get(path)).has("You need the permission billing:subscription:unsubscribe.")
    assert ben.client.post(path, {"digest": "0.x", "step": "confirm"}).status_code == 403


@pytest.mark.parametrize("path", ["/buyer/unsubscriptions", "/buyer/unsubscriptions?view=renewals"])
def test_the_lists_take_no_more_queries_for_more_rows(
    shop: Shop, ada: Any, olga: Any, held: Subscription, image: Any, path: str
) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as made:
            assert ada.client.get(path).status_code == 200
        return len(made)

    ada.client.get(path)
    few = queries()
    for _each in range(3):
        deliver(shop.buy(ada, image), olga)

    assert queries() <= few + 1
    assert few <= 18
