"""The permission matrix: every endpoint, every role (B-PRM)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import pytest
from django.test import Client

from galleria.api import app  # noqa: F401  (declares the endpoints)
from galleria.api.endpoints import ENDPOINTS, Endpoint
from galleria.buying.models import Order
from galleria.kit import clock
from galleria.kit.actor import SYSTEM
from galleria.parties import permissions
from galleria.parties.models import Seller
from galleria.subscribing import services as subscribing
from galleria.subscribing.models import Subscription
from tests.api.conftest import Program, program
from tests.api.matrix import FOR_THE_OWNER, NO_ENDPOINT, ROWS, WITHOUT_PERMISSION, Row
from tests.packages.pricing.making import batch, line, offered
from tests.people import make_seller

BUYERS = [name for name, role in permissions.ROLES.items() if role.side == "buyer"]
BUYERS_ENDPOINTS = [each for each in ENDPOINTS if not each.path.startswith("/seller/")]
BY_NAME = {each.name: each for each in BUYERS_ENDPOINTS}
"""Those of sellers have a matrix of their own: `test_seller_permissions`."""


@dataclass
class Things:
    """Ada's things, by the names that the paths use."""

    product: str
    quote: str
    order: str
    payment: str
    subscription: str
    means: str
    message: str
    ticket: str
    seller_ticket: str
    coupon: str
    batch: str
    offer: str


@pytest.fixture
def things(shop: Any, ada: Any, desk: Any) -> Things:
    from galleria.notifying import services as notifying
    from galleria.notifying.sentences import SENTENCES
    from galleria.selling.services import applying
    from galleria.supporting import services as supporting
    from tests.till import card

    paid = shop.buy(ada, desk)
    order = shop.order(ada, desk)
    subscription = Subscription.objects.get(order_id=paid.public_id)
    subscribing.record_app_info(
        subscription, front_end_url="https://desk.example", admin_url="", user_name="ada", password="s3cret!",
        memo="", usage=[], at=clock.now(),
    )  # fmt: skip
    program_of_ada = program(ada)
    quote = program_of_ada.quote(desk)
    applying.begin(ada.actor, at=clock.now())
    (message,) = notifying.notify([ada.user], next(iter(SENTENCES)), at=clock.now(), dedupe="matrix")
    ticket = supporting.open_ticket(ada.actor, category="other", subject="Help", text="Please", at=clock.now())
    Seller.objects.filter(pk=desk.seller_id).update(accepts_tickets=True)
    return Things(
        product=desk.slug,
        quote=quote["id"],
        order=order.public_id,
        payment=str(Order.objects.get(pk=paid.pk).payment.public_id),
        subscription=subscription.public_id,
        means=card(ada).public_id,
        message=message.public_id,
        ticket=ticket.public_id,
        seller_ticket=supporting.open_ticket(
            ada.actor, category="product", product=desk.slug, subject="Help", text="Please", at=clock.now()
        ).public_id,
        coupon=shop.coupon(ada, "MATRIX", "5.00").public_id,
        batch=batch(shop.seller).public_id,
        offer=offered(shop.seller, line(desk, percent="1"), accounts=[ada], order_types=("renewal",)).public_id,
    )


@pytest.fixture(autouse=True)
def _cards(settings: Any) -> None:
    settings.GALLERIA_SANDBOX_CARDS = True


def call(caller: Program, endpoint: Endpoint, row: Row, things: Things) -> Any:
    """Call an endpoint as its row says."""
    names = asdict(things)
    body = json.loads(_filled(json.dumps(row.body), names)) if row.body is not None else None
    return caller.ask(endpoint.method, _filled(row.path, names), body)


def _filled(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return text


def test_every_endpoint_has_a_row_and_every_row_an_endpoint() -> None:
    assert sorted(ROWS) == sorted(each.name for each in BUYERS_ENDPOINTS)
    assert len(BY_NAME) == len(BUYERS_ENDPOINTS)


@pytest.mark.req("B-PRM-T2")
def test_each_action_guards_an_endpoint_or_says_why_not() -> None:
    guarding = {each.needs for each in BUYERS_ENDPOINTS if each.needs}
    assert guarding <= permissions.BUYER
    assert guarding | set(NO_ENDPOINT) == permissions.BUYER
    assert guarding & set(NO_ENDPOINT) == set()
    assert {each.name for each in BUYERS_ENDPOINTS if not each.needs} == set(WITHOUT_PERMISSION)


@pytest.mark.req("B-PRM-T2", "B-PRM-003")
@pytest.mark.parametrize("name", ROWS)
def test_the_owner_is_let_in(name: str, things: Things, ada: Any) -> None:
    answer = call(program(ada), BY_NAME[name], ROWS[name], things)

    assert answer.status_code in ROWS[name].good, answer.content


@pytest.mark.req("B-PRM-T2", "B-PRM-003")
@pytest.mark.parametrize("role", BUYERS)
def test_a_role_may_what_it_grants_and_is_told_what_is_missing(role: str, things: Things, ada: Any) -> None:
    caller = program(ada.colleague(f"Colleague {role}", role))
    for name, row in ROWS.items():
        endpoint = BY_NAME[name]
        answer = call(caller, endpoint, row, things)

        if endpoint.needs and endpoint.needs not in permissions.ROLES[role].actions:
            told = answer.json()
            assert (answer.status_code, told["code"]) == (403, "PERMISSION_MISSING"), (name, answer.content)
            assert told["action"] == endpoint.needs, name
        elif name in FOR_THE_OWNER:
            assert (answer.status_code, answer.json()["action"]) == (403, "owner"), name
        else:
            assert answer.status_code not in {401, 403}, (name, answer.content)
            # What a role does in this loop changes Ada's things, so later rows may find them in another state.
            assert answer.status_code < 500, (name, answer.content)


@pytest.mark.req("B-PRM-003")
@pytest.mark.parametrize("name", ROWS)
def test_the_one_scope_is_enough(name: str, things: Things, ada: Any) -> None:
    endpoint = BY_NAME[name]
    scopes = [endpoint.needs] if endpoint.needs else ["gallery:review:create"]
    if name == "export_orders":
        scopes.append("billing:order:view")  # who exports must see
    answer = call(program(ada, *scopes), endpoint, ROWS[name], things)

    assert answer.status_code in ROWS[name].good, answer.content


# What follows changes nothing of Ada's, so that one test can walk through all endpoints.
@pytest.mark.req("B-PRM-003")
def test_a_key_without_the_scope_is_told_which_one(things: Things, ada: Any) -> None:
    caller = program(ada, "gallery:review:create")
    for name, row in ROWS.items():
        endpoint = BY_NAME[name]
        answer = call(caller, endpoint, row, things)
        if endpoint.needs:
            assert (answer.status_code, answer.json()["action"]) == (403, endpoint.needs), name
        else:
            assert answer.status_code in {*row.good, 404}, name


def test_a_stranger_finds_nothing_of_ada(things: Things, xavier: Any) -> None:
    _finds_nothing(program(xavier), things)


def test_the_seller_of_another_shop_finds_nothing_of_ada(things: Things) -> None:
    _finds_nothing(program(make_seller("Sam Sell")), things)


def test_the_seller_of_the_product_finds_nothing_of_ada_either(things: Things, bruno: Any) -> None:
    _finds_nothing(program(bruno), things)


def _finds_nothing(caller: Program, things: Things) -> None:
    for name, row in ROWS.items():
        endpoint = BY_NAME[name]
        answer = call(caller, endpoint, row, things)
        if row.stranger:
            assert (answer.status_code, answer.json()["code"]) == (row.stranger, row.code), name
            continue
        assert answer.status_code in row.good, (name, answer.content)
        if not endpoint.is_public and endpoint.method == "GET":
            told = answer.getvalue() if answer.streaming else answer.content
            for each in (things.order, things.subscription, things.payment, things.quote, things.ticket, things.means):
                assert each.encode() not in told, name


def test_a_visitor_sees_the_catalogue_only(things: Things) -> None:
    for name, row in ROWS.items():
        answer = call(Program(), BY_NAME[name], row, things)
        if BY_NAME[name].is_public:
            assert answer.status_code == 200, name
        else:
            assert (answer.status_code, answer.json()["code"]) == (401, "SIGN_IN_NEEDED"), name
            assert answer["WWW-Authenticate"].startswith("Bearer")


def test_the_operator_is_no_buyer(things: Things, olga: Any) -> None:
    caller = program(olga)
    for name, row in ROWS.items():
        endpoint = BY_NAME[name]
        answer = call(caller, endpoint, row, things)
        if endpoint.needs:
            assert (answer.status_code, answer.json()["action"]) == (403, endpoint.needs), name
        else:
            assert answer.status_code in {200, 404}, name


def test_a_seller_without_rights_to_buy_is_told_so(things: Things, bruno: Any) -> None:
    caller = program(bruno.colleague("Stig Sell", "SellerAdmin"))
    for name, row in ROWS.items():
        answer = call(caller, BY_NAME[name], row, things)
        if BY_NAME[name].needs:
            assert answer.status_code == 403, name
        else:
            assert answer.status_code in {200, 404}, name


@pytest.mark.parametrize("token", ["gak_AAAAAAAA_" + "x" * 43, "nonsense", ""])
def test_a_key_that_is_none_opens_nothing(token: str, things: Things) -> None:
    for name, row in ROWS.items():
        path = "/api/v1" + _filled(row.path, asdict(things))
        answer = Client().generic(BY_NAME[name].method, path, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["code"]) == (401, "KEY_NOT_VALID"), name


def test_a_revoked_key_stops_at_once(things: Things, ada: Any) -> None:
    from galleria.parties import services
    from galleria.parties.models import ApiKey

    caller = program(ada)
    assert caller.get("/me").status_code == 200
    services.revoke_api_key(ada.actor, key_id=ApiKey.objects.order_by("-pk")[0].public_id, at=clock.now())
    assert caller.get("/me").status_code == 401


@pytest.mark.req("B-PRM-T1")
def test_a_reader_cannot_pay_and_learns_why(things: Things, shop: Any, ada: Any) -> None:
    before = shop.balance(ada)
    reader = program(ada.colleague("Nils", "BuyerReadOnly"))

    assert reader.get(f"/orders/{things.order}").status_code == 200
    answer = reader.post("/payments", {"orders": [things.order], "method": "balance"})

    assert (answer.status_code, answer.json()["action"]) == (403, "billing:order:pay")
    assert shop.balance(ada) == before
    assert Order.objects.get(public_id=things.order).state == "pending_payment"


@pytest.mark.req("B-PRM-004")
def test_writes_are_recorded_with_login_address_and_channel(things: Things, ada: Any) -> None:
    from galleria.audit.models import AuditRecord

    program(ada).post(f"/orders/{things.order}/cancel", {"reason": "not needed"})

    record = AuditRecord.objects.filter(sentence="order.canceled").get()
    assert (record.actor_user_id, record.channel, record.address) == (ada.user.public_id, "api", "127.0.0.1")


def test_a_session_reads_and_needs_the_token_to_write(things: Things, ada: Any) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada.user, backend="django.contrib.auth.backends.ModelBackend")

    assert browser.get("/api/v1/me").json()["user_id"] == ada.user.public_id
    refused = browser.post(f"/api/v1/orders/{things.order}/cancel", "{}", content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "CSRF_FAILED")

    browser.get("/account/login/")  # sets the cookie
    browser.cookies["csrftoken"] = "a" * 32
    allowed = browser.post(
        f"/api/v1/orders/{things.order}/cancel", "{}", content_type="application/json",
        headers={"X-CSRFToken": "a" * 32},
    )  # fmt: skip
    assert allowed.status_code == 200, allowed.content


def test_the_system_actor_is_nobody_of_the_api() -> None:
    assert SYSTEM.channel == "system"
