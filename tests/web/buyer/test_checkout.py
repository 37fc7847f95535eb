"""B1 and B2: from a configuration to a paid order."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.buying.models import Order, Quote
from galleria.paying.models import Payment
from tests.shop import Shop
from tests.web.reading import read

pytestmark = pytest.mark.django_db(transaction=True)
CHOSEN = {"mode": "period:month", "term": "1"}


def start(client: Any, product: Any, **chosen: str) -> str:
    """Press *Continue* on the product page; returns the address of checkout."""
    response = client.post("/buyer/checkout/new", {"product": product.slug, **CHOSEN, **chosen})
    assert response.status_code == 302, response.content
    return str(response["Location"])


def ticked(page: Any, action: str = "/buyer/checkout") -> dict[str, str]:
    """Every box of the form ticked."""
    return dict(page.form(action).boxes)


@pytest.mark.req("B-PUR-009", "B-PUR-017", "B-PUR-018", "B-PUR-020", "B-PAY-001")
def test_ada_orders_and_pays_with_one_click(shop: Shop, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    shop.tax(2500)
    page = read(ada.client.get(start(ada.client, desk)))
    assert page.has("Plainsong Helpdesk", "1 month", "49.00 EUR", "Tax 25 %, Sweden", "12.25 EUR", "61.25 EUR")
    assert page.has("Order and pay 61.25 EUR")

    response = page.form("/buyer/checkout").send(ada.client, more=ticked(page))

    order = Order.objects.get()
    payment = Payment.objects.get()
    assert response["Location"] == f"/buyer/pay/{payment.public_id}"
    assert (order.state, order.paid_minor, payment.state) == ("processing", 6125, "succeeded")
    result = read(ada.client.get(response["Location"]))
    assert result.has("Paid. The delivery is under way.", "61.25 EUR", order.public_id)
    assert result.link("Purchased Apps") == "/buyer/subscriptions"


@pytest.mark.req("B-PUR-017", "B-TRM-001")
def test_without_the_agreements_no_order_is_made_and_each_is_named_beside_its_box(
    shop: Shop, ada: Any, desk: Any
) -> None:
    shop.fund(ada, "100.00")
    page = read(ada.client.get(start(ada.client, desk)))

    response = page.form("/buyer/checkout").send(ada.client)

    assert response.status_code == 422
    assert not Order.objects.exists()
    again = read(response)
    assert again.has(
        "2 things to solve", "Accept “Partner Product User Agreement”", "Accept “Plainsong Helpdesk licence”"
    )
    assert 'href="#agree.AGR_PARTNER_USER"' in again.html
    assert 'id="agree.AGR_PARTNER_USER-error"' in again.html


@pytest.mark.req("B-PUR-003")
def test_a_visitor_signs_in_and_comes_back_to_the_same_configuration(
    shop: Shop, ada: Any, desk: Any, visitor: Any
) -> None:
    address = start(visitor, desk, mode="period:year", term="2")

    asked = visitor.get(address)

    assert asked["Location"] == f"/account/login/?next=%2Fbuyer%2Fcheckout%2F{address.rsplit('/', 1)[1]}"
    page = read(ada.client.get(address))
    assert page.has("2 years", "980.00 EUR")
    assert Quote.objects.get().account == ada.account


@pytest.mark.req("B-CFG-T3", "B-CFG-001")
def test_a_price_that_changed_shows_both_figures_and_asks(shop: Shop, ada: Any, desk: Any) -> None:
    from galleria.publishing.models import Price

    shop.fund(ada, "100.00")
    page = read(ada.client.get(start(ada.client, desk)))
    Price.objects.filter(period_type="month").update(unit_price_e10=550_000_000_000)

    response = page.form("/buyer/checkout").send(ada.client, more=ticked(page))

    assert response.status_code == 422
    assert not Order.objects.exists()
    again = read(response)
    assert again.has("The price has changed from 49.00 EUR to 55.00 EUR", "Order and pay 55.00 EUR")
    confirmed = again.form("/buyer/checkout").send(ada.client, more=ticked(again))
    assert confirmed.status_code == 302
    assert Order.objects.get().paid_minor == 5500


@pytest.mark.req("B-PUR-004")
def test_without_means_the_page_leads_to_them_and_back(shop: Shop, ada: Any, desk: Any) -> None:
    address = start(ada.client, desk)
    page = read(ada.client.get(address))

    assert page.link("Top up the balance").endswith(f"next={address.replace('/', '%2F')}")
    response = page.form("/buyer/checkout").send(ada.client, more=ticked(page))
    assert response.status_code == 422
    assert not Order.objects.exists()


@pytest.mark.req("B-PUR-016", "B-SAA-001", "B-SAA-002", "B-CFG-T2")
def test_the_consent_shows_exactly_what_is_sent_and_is_needed(shop: Shop, ada: Any) -> None:
    shop.fund(ada, "100.00")
    product = shop.product("Choir", monthly="9.00", needs_contact_consent=True)
    page = read(ada.client.get(start(ada.client, product)))
    assert page.has("Ada Byron", "ada.byron@example.com", "+46 70 123 45 67")
    boxes = ticked(page)
    without = {name: value for name, value in boxes.items() if name != "consent"}

    refused = page.form("/buyer/checkout").send(ada.client, more=without)
    assert refused.status_code == 422
    assert read(refused).has("Tick the consent: without it Fernwerk cannot create your administrator.")
    assert not Order.objects.exists()

    page.form("/buyer/checkout").send(ada.client, more=boxes)
    assert Order.objects.get().consent["values"] == {
        "user_name": "Ada Byron", "email": "ada.byron@example.com", "phone": "+46 70 123 45 67",
    }  # fmt: skip


@pytest.mark.req("B-SAA-003")
def test_missing_contact_data_leads_to_the_profile_and_back(shop: Shop, ada: Any) -> None:
    ada.account.phone = ""
    ada.account.save()
    product = shop.product("Choir", monthly="9.00", needs_contact_consent=True)
    address = start(ada.client, product)

    page = read(ada.client.get(address))

    assert page.link("Add them to your profile").startswith("/account/?next=%2Fbuyer%2Fcheckout%2F")


@pytest.mark.req("B-CFG-005")
def test_the_sellers_questions_are_asked_and_go_with_the_order(shop: Shop, ada: Any) -> None:
    shop.fund(ada, "100.00")
    product = shop.product(
        "Choir", monthly="9.00",
        extra_parameters=[{"key": "tenant", "label": "Address of your helpdesk", "kind": "text", "required": True}],
    )  # fmt: skip
    page = read(ada.client.get(start(ada.client, product)))
    assert page.has("Address of your helpdesk")

    refused = page.form("/buyer/checkout").send(ada.client, more=ticked(page))
    assert read(refused).has("Address of your helpdesk: The seller needs this to deliver.")

    page.form("/buyer/checkout").send(ada.client, more={**ticked(page), "x.tenant": "lindqvist"})
    assert Order.objects.get().lines.get().extra == {"tenant": "lindqvist"}


@pytest.mark.req("B-CPN-001", "B-CPN-T1")
def test_a_coupon_is_exchanged_on_the_page_and_nothing_typed_is_lost(shop: Shop, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    shop.coupon(ada, "WELCOME20", "20.00")
    page = read(ada.client.get(start(ada.client, desk)))
    assert page.form("/buyer/checkout").choices["coupon"] == ["", "WELCOME20"]

    applied = read(page.form("/buyer/checkout").send(ada.client, coupon="WELCOME20", act="coupon", more=ticked(page)))

    assert applied.has("Coupon WELCOME20", "−20.00 EUR", "Order and pay 29.00 EUR")
    assert not applied.has("The price has changed")
    assert applied.form("/buyer/checkout").fields["agree.AGR_PARTNER_USER"] == "1"
    applied.form("/buyer/checkout").send(ada.client)
    order = Order.objects.get()
    assert (order.official_minor, order.coupon_minor, order.due_minor) == (4900, 2000, 2900)


@pytest.mark.req("B-CPN-001")
def test_a_coupon_that_nobody_has_is_refused_in_words(shop: Shop, ada: Any, desk: Any) -> None:
    page = read(ada.client.get(start(ada.client, desk)))

    answer = read(page.form("/buyer/checkout").send(ada.client, coupon_code="NOSUCH", act="coupon"))

    assert answer.has("Your account has no coupon with this code.")


@pytest.mark.req("B-PAY-003", "B-PAY-T1")
def test_two_submits_and_going_back_make_one_order_and_one_payment(shop: Shop, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    address = start(ada.client, desk)
    page = read(ada.client.get(address))
    form = page.form("/buyer/checkout")

    first = form.send(ada.client, more=ticked(page))
    second = form.send(ada.client, more=ticked(page))
    back = ada.client.get(address)

    assert first["Location"] == second["Location"] == back["Location"]
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)
    assert shop.balance(ada).text == "51.00"


@pytest.mark.req("B-PUR-019", "B-RSL-001", "B-RSL-T1")
def test_a_reseller_customer_sees_a_reference_amount_and_no_payment_part(
    shop: Shop, ada: Any, rita: Any, desk: Any
) -> None:
    ada.account.sales_model, ada.account.reseller = "resale", rita.reseller
    ada.account.save()
    page = read(ada.client.get(start(ada.client, desk)))
    assert page.has("The amount shown is for reference", "Submit the order", "Nothing is paid here.")
    assert "means" not in page.form("/buyer/checkout").choices
    assert not page.has("How you pay", "Coupon")

    response = page.form("/buyer/checkout").send(ada.client, more=ticked(page))

    order = Order.objects.get()
    assert (order.state, order.paid_by) == ("processing", "reseller")
    assert response["Location"].startswith("/buyer/pay/pay_")
    assert ada.client.get(response["Location"]).status_code == 200


@pytest.mark.req("B-TRI-001", "B-FRE-002")
def test_a_trial_costs_nothing_and_asks_for_no_means(shop: Shop, ada: Any) -> None:
    product = shop.product("Sluice", monthly="20.00", trial_days=14)
    page = read(ada.client.get(start(ada.client, product, mode="trial")))
    assert page.has("14 days free", "Start the trial", "0.00 EUR")

    response = page.form("/buyer/checkout").send(ada.client, more=ticked(page))

    assert Order.objects.get().state == "processing"
    assert read(ada.client.get(response["Location"])).has("Ordered. The delivery is under way.", "Sluice")


@pytest.mark.req("B-PRM-001", "B-PRM-002")
def test_who_may_order_but_not_pay_hands_the_order_over(shop: Shop, ada: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    ben = ada.colleague("Ben", "BuyerPurchaser")
    page = read(ben.client.get(start(ben.client, desk)))
    assert page.has("billing:order:pay", "Place order, 49.00 EUR to pay")

    response = page.form("/buyer/checkout").send(ben.client, more=ticked(page))

    order = Order.objects.get()
    assert order.state == "pending_payment"
    assert response["Location"] == f"/buyer/pay?orders={order.public_id}"
    handed = read(ben.client.get(response["Location"]))
    assert handed.has("You may see this, but not pay it.")
    assert "means" not in handed.form("/buyer/pay").choices


def test_a_reader_may_not_order_and_reads_which_permission_is_missing(shop: Shop, ada: Any, desk: Any) -> None:
    ben = ada.colleague("Ben", "BuyerReadOnly")
    response = ben.client.get(start(ben.client, desk))
    assert response.status_code == 403
    assert read(response).has("gallery:order:create")


def test_a_stranger_finds_neither_quote_nor_payment(shop: Shop, ada: Any, xavier: Any, desk: Any) -> None:
    shop.fund(ada, "100.00")
    address = start(ada.client, desk)
    ada.client.get(address)
    order = shop.buy(ada, desk)
    assert xavier.client.get(address).status_code == 404
    assert xavier.client.get(f"/buyer/pay?orders={order.public_id}").status_code == 404
    assert xavier.client.get(f"/buyer/pay/{order.payment.public_id}").status_code == 404
    assert xavier.client.get(f"/buyer/orders/{order.public_id}/progress").status_code == 404


def test_what_cannot_be_bought_leads_back_to_the_product_with_everything_chosen(
    shop: Shop, ada: Any, desk: Any
) -> None:
    response = ada.client.post("/buyer/checkout/new", {"product": desk.slug, "mode": "period:month", "term": "77"})
    assert response["Location"] == f"/products/{desk.slug}?mode=period%3Amonth&term=77"


# ----- the payment page -----


@pytest.mark.req("B-ORD-022", "B-PAY-001")
def test_several_orders_are_paid_together_and_those_that_dropped_out_are_named(shop: Shop, ada: Any, desk: Any) -> None:
    shop.fund(ada, "200.00")
    one, two, gone = (shop.order(ada, desk) for _each in range(3))
    from galleria.buying import services
    from galleria.kit import clock

    services.cancel_order(ada.actor, order_id=gone.public_id, at=clock.now())
    page = read(ada.client.get(f"/buyer/pay?orders={one.public_id},{two.public_id},{gone.public_id}"))
    assert page.has("Pay 2 orders", "98.00 EUR", "One order cannot be paid", "It was canceled.", "Pay until")

    response = page.form("/buyer/pay").send(ada.client)

    assert response.status_code == 302
    assert sorted(Payment.objects.get().order_ids) == sorted([one.public_id, two.public_id])
    assert shop.balance(ada).text == "102.00"


def test_an_order_that_the_balance_cannot_pay_stays_unpaid_and_says_why(shop: Shop, ada: Any, desk: Any) -> None:
    from galleria.ledger import services as ledger
    from tests.shop import euro

    shop.fund(ada, "50.00")
    page = read(ada.client.get(start(ada.client, desk)))
    ledger.post(
        reference="test:away", kind="withdrawal", at=Quote.objects.get().created_at,
        postings=[ledger.Posting(f"buyer_cash:{ada.account.public_id}", "bank_clearing", euro("48.00"))],
    )  # fmt: skip

    response = page.form("/buyer/checkout").send(ada.client, more=ticked(page))

    # What the page can see is refused before there is an order.
    assert response.status_code == 422
    assert not Order.objects.exists()


@pytest.mark.req("B-PAY-004")
def test_a_declined_card_leaves_the_order_unpaid_with_the_reason_and_another_way(
    shop: Shop, ada: Any, desk: Any, settings: Any
) -> None:
    from tests import till

    settings.GALLERIA_SANDBOX_CARDS = True
    means = till.card(ada, till.DECLINES)
    page = read(ada.client.get(start(ada.client, desk)))

    response = page.form("/buyer/checkout").send(ada.client, means=f"card:{means.public_id}", more=ticked(page))

    order = Order.objects.get()
    assert order.state == "pending_payment"
    failed = read(ada.client.get(response["Location"]))
    assert failed.has("The payment did not go through", "Reason:")
    assert failed.link("Pay in another way") == f"/buyer/pay?orders={order.public_id}"


@pytest.mark.req("B-PAY-004")
def test_a_card_that_asks_the_bank_leads_there_and_can_be_given_up(
    shop: Shop, ada: Any, desk: Any, settings: Any
) -> None:
    from tests import till

    settings.GALLERIA_SANDBOX_CARDS = True
    means = till.card(ada, till.ASKS)
    page = read(ada.client.get(start(ada.client, desk)))
    response = page.form("/buyer/checkout").send(ada.client, means=f"card:{means.public_id}", more=ticked(page))
    asked = read(ada.client.get(response["Location"]))
    assert asked.has("Your bank asks you to confirm")
    assert asked.link("Confirm with your bank")

    given_up = asked.form(f"{response['Location']}/abandon").send(ada.client)

    order = Order.objects.get()
    assert given_up["Location"] == f"/buyer/pay?orders={order.public_id}"
    assert order.state == "pending_payment"


def test_the_progress_of_a_delivery_says_what_happens_and_stops_by_itself(
    shop: Shop, ada: Any, olga: Any, desk: Any
) -> None:
    from galleria.delivering import services
    from galleria.delivering.models import Delivery
    from galleria.kit import clock

    shop.fund(ada, "100.00")
    order = shop.buy(ada, desk)
    address = f"/buyer/orders/{order.public_id}/progress"
    waiting = read(ada.client.get(address))
    assert waiting.has("Fernwerk delivers by hand", "about one minute")
    services.confirm_by_hand(olga.actor, delivery_id=Delivery.objects.get().public_id, at=clock.now())

    done = ada.client.get(address)

    assert read(done).has("Ready to use", "Open the subscription")
    assert b"hx-get" not in done.content


def test_when_it_is_delivered_the_page_of_the_payment_says_so_without_being_asked_again(
    shop: Shop, ada: Any, xavier: Any, olga: Any, desk: Any
) -> None:
    from galleria.delivering import services
    from galleria.delivering.models import Delivery
    from galleria.kit import clock
    from galleria.paying.models import Payment

    shop.fund(ada, "100.00")
    order = shop.buy(ada, desk)
    payment = Payment.objects.get().public_id
    page = ada.client.get(f"/buyer/pay/{payment}").content.decode()
    assert '<h1 id="became">Paid. The delivery is under way.</h1>' in page
    assert f'<span id="state-{order.public_id}">' in page
    address = f"/buyer/orders/{order.public_id}/progress?payment={payment}"
    services.confirm_by_hand(olga.actor, delivery_id=Delivery.objects.get().public_id, at=clock.now())

    done = ada.client.get(address)

    assert '<h1 id="became" hx-swap-oob="innerHTML">Ready to use</h1>' in done.content.decode()
    assert f'<span id="state-{order.public_id}" hx-swap-oob="innerHTML">' in done.content.decode()
    assert read(done).has("Completed")
    assert xavier.client.get(address).status_code == 404
    assert ada.client.get(f"/buyer/orders/{order.public_id}/progress?payment=pay_nothing").status_code == 404
    assert ada.client.get(f"/buyer/orders/{order.public_id}/progress?payment=%00").status_code < 500


@pytest.mark.req("UI-JOB-04")
def test_an_order_read_just_before_its_delivery_ended_is_looked_at_again(
    shop: Shop, ada: Any, olga: Any, desk: Any
) -> None:
    """Between reading an order and its deliveries the seller may answer; the page must not stop there."""
    from galleria.delivering import services
    from galleria.delivering.models import Delivery
    from galleria.kit import clock
    from galleria.web.buyer import progress

    shop.fund(ada, "100.00")
    order = shop.buy(ada, desk)
    read_before = Order.objects.prefetch_related("lines__product__seller").get(pk=order.pk)
    services.confirm_by_hand(olga.actor, delivery_id=Delivery.objects.get().public_id, at=clock.now())

    seen = progress.track(ada.actor, read_before, at=clock.now())
    assert (seen.is_over, seen.distance) == (False, 1)
    again = progress.track(ada.actor, Order.objects.get(pk=order.pk), at=clock.now())
    assert (again.is_over, again.distance) == (True, 0)


@pytest.mark.req("B-CFG-004")
@pytest.mark.parametrize("kind", ["enterprise", "individual"])
def test_without_enterprise_projects_nobody_is_asked_for_one(shop: Shop, ada: Any, desk: Any, kind: str) -> None:
    type(ada.account).objects.update(kind=kind)
    shop.fund(ada, "100.00")

    page = read(ada.client.get(start(ada.client, desk)))

    assert not page.has("project")
    assert "project" not in " ".join(page.form("/buyer/checkout").fields)
