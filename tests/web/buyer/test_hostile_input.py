"""Wrong, oversized and hostile input in every address and form of buying and operating: a clear no, never a fault."""

from __future__ import annotations

from typing import Any

import pytest

from galleria.buying.models import Order
from tests.shop import Shop
from tests.web.reading import read

pytestmark = pytest.mark.django_db
HOSTILE = [
    "",
    "\x00",
    "x" * 20_000,
    "<script>alert(1)</script>",
    "'; DROP TABLE buying_order; --",
    "-1",
    "9" * 40,
    "1e99",
    "{0.__class__}",
    "%s%n",
    "../../etc/passwd",
    "𝟙٣ \u202e",
]
LISTS = {
    "/buyer/subscriptions": ("q", "type", "mode", "state", "expires", "view", "cursor", "size", "undo"),
    "/buyer/subscriptions.csv": ("q", "view", "expires"),
    "/buyer/orders": ("q", "product", "type", "kind", "state", "from", "to", "view", "cursor", "size"),
    "/buyer/orders.csv": ("q", "product", "kind"),
    "/buyer/pay": ("orders",),
    "/buyer/checkout/new": ("product", "term"),
}
OPERATOR_LISTS = {
    "/operator/trade": ("q", "view", "state", "cursor", "size"),
    "/operator/trade?view=orders": ("q", "state", "cursor"),
    "/operator/trade?view=subscriptions": ("q", "state", "cursor"),
    "/operator/ledger": ("reference", "amount", "party", "kind", "from", "to", "cursor", "size"),
    "/operator/ledger/accounts": ("kind", "currency"),
}
PATHS = (
    "/buyer/checkout/{}",
    "/buyer/pay/{}",
    "/buyer/orders/{}",
    "/buyer/orders/{}/progress",
    "/buyer/subscriptions/{}",
    "/buyer/payments/{}/return/",
)
OPERATOR_PATHS = (
    "/operator/trade/deliveries/{}",
    "/operator/trade/orders/{}",
    "/operator/ledger/{}",
    "/operator/ledger/accounts/{}/EUR",
    "/operator/ledger/accounts/buyer_cash/{}",
    "/operator/accounts/{}/later",
)


def fine(answer: Any) -> None:
    assert answer.status_code < 500
    if not answer.streaming:
        assert b"<script>alert(1)" not in answer.content


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_addresses_bear_everything(shop: Shop, ada: Any, olga: Any, desk: Any, value: str) -> None:
    shop.fund(ada, "100.00")
    shop.buy(ada, desk)
    for client, lists in ((ada.client, LISTS), (olga.client, OPERATOR_LISTS)):
        for address, names in lists.items():
            for name in names:
                fine(client.get(address, {name: value}))
            fine(client.get(address, dict.fromkeys(names, value)))
    if value.strip("/.") and len(value) < 2000 and "/" not in value:
        for client, paths in ((ada.client, PATHS), (olga.client, OPERATOR_PATHS)):
            for path in paths:
                fine(client.get(path.format(value)))


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_forms_of_buyers_refuse_without_a_fault_and_nothing_is_ordered(
    shop: Shop, ada: Any, desk: Any, value: str
) -> None:
    shop.fund(ada, "100.00")
    product = shop.product(
        "Choir", monthly="9.00", needs_contact_consent=True,
        extra_parameters=[{"key": "tenant", "label": "Address", "kind": "text", "required": True}],
    )  # fmt: skip
    names = ("specification", "a.seats", "mode", "term", "region", "auto_renew", "x.tenant", "coupon", "product")
    fine(ada.client.post("/buyer/checkout/new", {**dict.fromkeys(names, value), "product": desk.slug}))
    fine(ada.client.post("/buyer/checkout/new", dict.fromkeys(names, value)))
    kept = ada.client.post("/buyer/checkout/new", {"product": product.slug, "mode": "period:month"})["Location"]
    fields = (
        "seen", "seen_due", "token", "means", "coupon", "coupon_code", "consent", "x.tenant", "agree.AGR_PARTNER_USER",
        "agree.", "x.", "act",
    )  # fmt: skip
    fine(ada.client.post(kept, dict.fromkeys(fields, value)))
    fine(ada.client.post(kept, {**dict.fromkeys(fields, value), "act": "coupon"}))
    assert not Order.objects.exists()
    for address, sent in (
        ("/buyer/pay", ("orders", "means", "token", "contract")),
        ("/buyer/orders/act", ("orders", "act")),
        ("/buyer/orders/cancel", ("orders", "reason")),
        ("/buyer/subscriptions/renewal", ("id", "renewal", "back", "undoing")),
    ):
        fine(ada.client.post(address, dict.fromkeys(sent, value)))


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_forms_of_the_operator_refuse_without_a_fault(shop: Shop, ada: Any, olga: Any, desk: Any, value: str) -> None:
    shop.fund(ada, "100.00")
    order = shop.buy(ada, desk)
    account = ada.account.public_id
    for address, sent in (
        (f"/operator/trade/orders/{order.public_id}/refund", ("nothing",)),
        ("/operator/work/retry-all", ("task",)),
        ("/operator/work/jobs/job_x/discard", ("reason",)),
        ("/operator/work/schedules/buying.expire_orders", ("act", "reason")),
        (f"/operator/accounts/{account}/later", ("kind", "limit", "valid_to", "act", "reason")),
        ("/operator/transfers/top_x", ("act", "amount", "reason")),
        ("/operator/ledger/reversals/rev_x", ("act", "reason")),
        ("/operator/ledger/ltx_x/reverse", ("reason",)),
        (f"/operator/trade/orders/{order.public_id}/refund", ("reason",)),
    ):
        fine(olga.client.post(address, dict.fromkeys(sent, value)))


def test_markup_in_names_is_shown_as_text(shop: Shop, ada: Any, olga: Any) -> None:
    shop.fund(ada, "100.00")
    name = "<script>alert(1)</script> & Söhne"
    product = shop.product("Evil", monthly="9.00")
    type(product).objects.update(name=name)
    product.refresh_from_db()
    order = shop.buy(ada, product)
    for client, address in (
        (ada.client, "/buyer/"),
        (ada.client, "/buyer/subscriptions"),
        (ada.client, "/buyer/orders"),
        (ada.client, f"/buyer/orders/{order.public_id}"),
        (ada.client, f"/buyer/pay/{order.payment.public_id}"),
        (ada.client, f"/buyer/orders/{order.public_id}/progress"),
        (olga.client, "/operator/trade?view=orders"),
        (olga.client, f"/operator/trade/orders/{order.public_id}"),
    ):
        answer = client.get(address)
        assert b"<script>alert(1)" not in answer.content
        assert answer.status_code == 200


def test_long_names_and_large_amounts_fit(shop: Shop, ada: Any) -> None:
    shop.fund(ada, "99999999.00")
    product = shop.product("W" * 115, monthly="4999999.99")
    order = shop.buy(ada, product)
    page = read(ada.client.get(f"/buyer/orders/{order.public_id}"))
    assert page.has("4,999,999.99 EUR")
    assert read(ada.client.get("/buyer/subscriptions")).has("4,999,999.99 EUR")


def test_a_session_that_ended_in_a_half_filled_form_loses_nothing_but_ticks(shop: Shop, ada: Any, visitor: Any) -> None:
    product = shop.product(
        "Choir", monthly="9.00",
        extra_parameters=[{"key": "tenant", "label": "Address", "kind": "text", "required": True}],
    )  # fmt: skip
    shop.fund(ada, "100.00")
    kept = ada.client.post("/buyer/checkout/new", {"product": product.slug, "mode": "period:month"})["Location"]

    asked = visitor.post(kept, {"x.tenant": "lindqvist & co", "agree.AGR_PARTNER_USER": "1", "means": "balance"})

    assert asked["Location"].startswith("/account/login/?next=%2Fbuyer%2Fcheckout%2F")
    from urllib.parse import parse_qs, urlsplit

    back = parse_qs(urlsplit(asked["Location"]).query)["next"][0]
    page = read(ada.client.get(back))
    form = page.form("/buyer/checkout")
    assert form.fields["x.tenant"] == "lindqvist & co"
    assert "agree.AGR_PARTNER_USER" not in form.fields
