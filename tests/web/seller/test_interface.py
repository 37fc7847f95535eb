"""S6: a seller joins a server, proves it, debugs it, and looks after it. Without scripts, as a browser does it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from galleria.connecting import selectors
from galleria.connecting.models import DebugCase, Domain
from galleria.delivering.models import Delivery, ProductionAddress, SellerCall
from galleria.kit import clock, jobs
from tests.misreading import misreading_server  # noqa: F401 (fixture)
from tests.packages.connecting.test_domains import Site, site  # noqa: F401 (fixture)
from tests.people import NOW, make_seller
from tests.shop import KEY

pytestmark = pytest.mark.django_db(transaction=True)
HOME = "/seller/interface"


def text_of(response: Any) -> str:
    """What a reader sees, blanks folded."""
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def debug(client: Client, address: str, activity: str, do: str = "save", **more: Any) -> Any:
    """Open the console and send its form as it stands."""
    page = client.get(f"{HOME}/console", {"address": address, "activity": activity, **more.pop("query", {})})
    values = {}
    for tag in re.findall(r'<input class="input[^>]*>', page.content.decode()):
        found = dict(re.findall(r' (id|value)="([^"]*)"', tag))
        values[found["id"]] = found.get("value", "")
    for name in re.findall(r'<select class="input" id="(scene|status)"', page.content.decode()):
        values.setdefault(name, {"scene": "RENEWAL", "status": "FREEZE"}[name])
    values |= more.pop("values", {})
    return client.post(f"{HOME}/console", {**values, "address": address, "activity": activity, "do": do}, **more)


@pytest.fixture
def desk(shop: Any, server: Any) -> Any:
    """A product that Bruno's server delivers."""
    product = shop.product("Plainsong Helpdesk", monthly="49.00", yearly="490.00")
    shop.connect(product, server.address())
    return product


@pytest.fixture
def address(desk: Any) -> ProductionAddress:
    found: ProductionAddress = desk.interface.address
    return found


@pytest.mark.req("A-ADR-001", "A-DBG-001", "S-SAS-002", "S-SAS-003")
def test_a_seller_adds_a_domain_proves_it_adds_a_path_and_debugs_it(
    bruno: Any,
    server: Any,
    shop: Any,
    site: Site,  # noqa: F811
) -> None:
    client = bruno.client
    assert "No address yet" in text_of(client.get(HOME))
    refused = client.post(f"{HOME}/domains", {"origin": "https://a.example/path"})
    assert refused.status_code == 422
    assert "Only scheme and host" in text_of(refused)
    assert 'value="https://a.example/path"' in refused.content.decode()

    added = client.post(f"{HOME}/domains", {"origin": site.origin})
    row = Domain.objects.get()
    assert added.url == f"{HOME}/domains/{row.public_id}"
    page = text_of(client.get(added.url))
    assert row.token in page
    assert f"{site.origin}/.well-known/galleria-address.txt" in page
    early = client.post(f"{added.url}/check")
    assert early.status_code == 409
    assert "HTTP status 404 instead of 200" in text_of(early)
    site.text = row.token
    assert "The domain is proven" in text_of(client.post(f"{added.url}/check", follow=True))
    done = client.post(f"{added.url}/path", {"path": "/saas", "key_kind": "base"})
    made = ProductionAddress.objects.get()
    assert done.url == f"{HOME}/console?address={made.public_id}"
    assert made.url == f"{site.origin}/saas"


@pytest.mark.req("A-DBG-001", "A-DBG-002", "S-SAS-003")
def test_the_console_offers_the_preset_values(bruno: Any, address: ProductionAddress) -> None:
    def shown(activity: str) -> str:
        return str(bruno.client.get(f"{HOME}/console?address={address.public_id}&activity={activity}").content.decode())

    assert 'value="CS1906666666ABCDE"' in shown("newInstance")
    assert 'value="CS1906666666ABCDE-000001"' in shown("newInstance")
    assert 'value="huaiweitest123456"' in shown("queryInstance")
    assert 'value="00301-666666-0--0"' in shown("refreshInstance")
    assert 'value="CS1906666688ABCDE"' in shown("upgradeInstance")
    assert 'value="00301-666688-0--0"' in shown("changeInstanceCheck")
    assert "at most 64 characters" in shown("newInstance")


@pytest.mark.req("A-DBG-001", "A-SIG-003")
def test_the_request_is_shown_as_a_signed_command_and_not_sent(
    bruno: Any, address: ProductionAddress, server: Any
) -> None:
    shown = text_of(debug(bruno.client, address.public_id, "newInstance", do="show"))
    assert "curl -X POST -H &#39;Accept: application/json&#39;" in shown
    assert "signature=" in shown
    assert "HMAC-SHA256 of the body with the key" in shown
    assert KEY not in shown
    assert server.store.calls() == []


@pytest.mark.req("A-DBG-001", "A-DBG-003")
def test_debug_and_save_shows_request_answer_and_verdict_and_keeps_the_case(
    bruno: Any, address: ProductionAddress, server: Any
) -> None:
    shown = debug(bruno.client, address.public_id, "newInstance")
    words = text_of(shown)
    assert shown.status_code == 200
    assert "Debugged and saved: the case counts from now on." in words
    assert "&#34;testFlag&#34;:&#34;1&#34;" in words
    assert "HTTP 200" in words
    assert "Content-Type: application/json" in words
    case = DebugCase.objects.get()
    assert "Go on with queryInstance" in words
    assert f"instance={case.instance_id}" in shown.content.decode()

    instance = {"query": {"instance": case.instance_id}}
    answered = text_of(debug(bruno.client, address.public_id, "queryInstance", do="debug", **instance))
    assert "It works." in answered
    assert "***" in answered  # account names and passwords
    assert DebugCase.objects.count() == 1
    assert SellerCall.objects.filter(purpose="debug").count() == 2


@pytest.mark.req("A-DBG-003")
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"do": "long_instance"}, "instanceId has 65 characters, the limit is 64"),
        ({"do": "wrong_type"}, "resultCode must be a string, not 0"),
        ({"do": "raw", "body": "{}"}, "resultCode is missing"),
        ({"do": "raw", "body": '{"resultCode":"000000"}'}, "instanceId is missing"),
        ({"do": "html"}, "the answer is not JSON (it begins with"),
        ({"do": "code", "code": "000100"}, "no instance resource available"),
        ({"do": "status", "status": 500}, "HTTP status 500 instead of 200"),
        ({"do": "down"}, "The connection broke before the answer was complete."),
        ({"do": "body_sign", "value": "wrong"}, "Body-Sign does not match the answer&#39;s body"),
    ],
)
def test_a_failure_is_named_and_nothing_is_saved(
    bruno: Any, address: ProductionAddress, server: Any, fault: dict[str, Any], told: str
) -> None:
    server.faults.add({"times": 1, **fault})
    shown = debug(bruno.client, address.public_id, "newInstance")
    assert told in text_of(shown)
    assert "Nothing was saved." in text_of(shown)
    assert not DebugCase.objects.exists()


@pytest.mark.req("A-DBG-003", "A-DEC-002")
def test_a_missing_signature_of_the_answer_has_the_words_that_sellers_know(
    bruno: Any, address: ProductionAddress, server: Any
) -> None:
    ProductionAddress.objects.update(require_body_sign=True)
    assert "http header-&gt;bodySign is empty" in text_of(debug(bruno.client, address.public_id, "newInstance"))
    server.faults.add({"do": "body_sign", "value": "right", "times": 1})
    assert "Debugged and saved" in text_of(debug(bruno.client, address.public_id, "newInstance"))


@pytest.mark.req("A-DBG-003")
def test_a_timeout_and_a_server_that_is_not_there_name_the_phase_and_the_limit(
    bruno: Any, address: ProductionAddress, server: Any
) -> None:
    server.faults.add({"do": "slow", "seconds": 5.4, "times": 1})
    late = text_of(debug(bruno.client, address.public_id, "newInstance"))
    assert "timeout: no complete answer within 5 s" in late
    assert "No complete answer within 5 seconds" in late
    ProductionAddress.objects.update(url="http://127.0.0.1:9/saas")
    assert "Nobody accepts connections" in text_of(debug(bruno.client, address.public_id, "newInstance"))


def test_a_parameter_that_is_too_long_is_said_beside_its_field_and_kept(
    bruno: Any, address: ProductionAddress, server: Any
) -> None:
    shown = debug(bruno.client, address.public_id, "newInstance", values={"orderId": "x" * 65})
    assert shown.status_code == 422
    assert "orderId has 65 characters, the limit is 64" in text_of(shown)
    assert f'value="{"x" * 65}"' in shown.content.decode()
    assert server.store.calls() == []


@pytest.mark.req("A-DBG-004")
@pytest.mark.parametrize("variant", ["descending", "plain_sha256", "seconds", "base64_key"])
def test_a_misreading_is_named_and_can_be_kept_so_that_orders_work(
    bruno: Any,
    ada: Any,
    shop: Any,
    desk: Any,
    misreading_server: Callable[..., str],  # noqa: F811
    variant: str,
) -> None:
    ProductionAddress.objects.update(url=misreading_server(variant))
    address_id = desk.interface.address.public_id
    refused = debug(bruno.client, address_id, "newInstance")
    assert "Find out what it expects" in text_of(refused)

    values = {"orderId": "CS1906666666ABCDE", "orderLineId": "CS1906666666ABCDE-000001"}
    named = bruno.client.post(f"{HOME}/console/diagnosis", {**values, "address": address_id, "activity": "newInstance"})
    assert f'name="variant" value="{variant}"' in named.content.decode()
    bruno.client.post(
        f"{HOME}/console/diagnosis/keep", {"address": address_id, "activity": "newInstance", "variant": variant}
    )

    assert ProductionAddress.objects.get().signature_variant == variant
    assert "Debugged and saved" in text_of(debug(bruno.client, address_id, "newInstance"))
    shop.fund(ada, "100.00")
    order = shop.buy(ada, desk)
    shop.work()
    order.refresh_from_db()
    assert order.state == "completed"


@pytest.mark.req("A-DBG-004", "A-KEY-001")
def test_the_key_of_another_type_and_an_unknown_key_are_told_apart(
    bruno: Any,
    desk: Any,
    misreading_server: Callable[..., str],  # noqa: F811
) -> None:
    from galleria.delivering import services as delivering

    delivering.set_interface_key(bruno.seller.pk, "general", "the-general-key", active_from=NOW, at=NOW)
    address_id = desk.interface.address.public_id
    values = {"orderId": "CS1906666666ABCDE", "orderLineId": "CS1906666666ABCDE-000001", "address": address_id,
              "activity": "newInstance"}  # fmt: skip
    ProductionAddress.objects.update(url=misreading_server("standard", key="the-general-key"))
    assert "accepts the key for another type: General" in text_of(
        bruno.client.post(f"{HOME}/console/diagnosis", values)
    )
    ProductionAddress.objects.update(url=misreading_server("standard", key="nobody-knows"))
    assert "Compare the key, character by character" in text_of(bruno.client.post(f"{HOME}/console/diagnosis", values))


def test_provisioning_that_goes_on_is_asked_for_and_shown(bruno: Any, address: ProductionAddress, server: Any) -> None:
    server.faults.add({"do": "async", "polls": 1, "times": 1})
    shown = text_of(debug(bruno.client, address.public_id, "newInstance"))
    assert "Debugged and saved" in shown
    assert "asked again, 2" in shown


def test_scripts_get_the_result_only(bruno: Any, address: ProductionAddress) -> None:
    part = debug(bruno.client, address.public_id, "newInstance", headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "Debugged and saved" in text_of(part)


# ----- cases, tests, keys, messages -----


@pytest.mark.req("A-DBG-001")
def test_cases_are_listed_repeated_and_forgotten(bruno: Any, address: ProductionAddress, server: Any) -> None:
    debug(bruno.client, address.public_id, "newInstance")
    page = text_of(bruno.client.get(f"{HOME}/cases"))
    assert "these are missing: queryInstance, refreshInstance, updateInstanceStatus, releaseInstance" in page
    server.faults.add({"do": "code", "code": "000005", "times": 1})
    bad = text_of(bruno.client.post(f"{HOME}/cases/repeat", {"address": address.public_id}, follow=True))
    assert "1 case failed: newInstance." in bad
    assert "(other internal error)" in bad
    good = text_of(bruno.client.post(f"{HOME}/cases/repeat", {"address": address.public_id}, follow=True))
    assert "1 case repeated, it passed." in good
    bruno.client.post(f"{HOME}/cases/{DebugCase.objects.get().public_id}/remove")
    assert not DebugCase.objects.exists()


@pytest.mark.req("A-KEY-001")
def test_a_key_is_shown_on_demand_in_both_forms_and_never_cached(bruno: Any, desk: Any) -> None:
    assert KEY not in bruno.client.get(f"{HOME}/keys").content.decode()
    pk = bruno.seller.interface_keys.get().pk
    plain = bruno.client.post(f"{HOME}/keys/{pk}/show")
    assert KEY in plain.content.decode()
    assert plain["Cache-Control"] == "no-store"
    coded = bruno.client.post(f"{HOME}/keys/{pk}/show", {"form": "base64"})
    assert "M2YwYzlhNTItN2QxNC00YjZlLTljMzgtNTFlMmE3ZDBiODQ2" in coded.content.decode()
    assert "This is the Base64 form" in text_of(coded)


@pytest.mark.req("A-KEY-001", "A-ADR-001")
def test_rotating_a_key_warns_about_products_on_sale(bruno: Any, desk: Any) -> None:
    page = text_of(bruno.client.get(f"{HOME}/keys"))
    assert "It concerns Plainsong Helpdesk." in page
    refused = bruno.client.post(f"{HOME}/keys/new", {"kind": "base", "active_from": "2027-03-02 10:00"})
    assert refused.status_code == 422
    assert "Tick that your servers will know the new key" in text_of(refused)
    wrong = bruno.client.post(f"{HOME}/keys/new", {"kind": "base", "active_from": "tomorrow", "sure": "yes"})
    assert "Give a time as 2027-01-31 14:00." in text_of(wrong)
    made = bruno.client.post(
        f"{HOME}/keys/new", {"kind": "base", "active_from": "2027-03-02 10:00", "sure": "yes"}, follow=True
    )
    assert "The key is made." in text_of(made)
    following = selectors.keys_of(bruno.actor, NOW)[0].following
    assert following is not None
    bruno.client.post(f"{HOME}/keys/{following.pk}/withdraw")
    assert selectors.keys_of(bruno.actor, NOW)[0].following is None


@pytest.mark.req("A-ALM-002", "S-SAS-004")
def test_failed_calls_are_listed_with_restart_and_the_order_goes_on(
    bruno: Any, ada: Any, shop: Any, desk: Any, server: Any
) -> None:
    shop.fund(ada, "100.00")
    server.faults.add({"do": "code", "code": "000100", "message": "no room", "times": 1})
    order = shop.buy(ada, desk)
    shop.work()
    page = bruno.client.get(f"{HOME}/messages")
    words = text_of(page)
    assert order.public_id in words
    assert "no instance resource available" in words
    call = SellerCall.objects.get()
    detail = text_of(bruno.client.get(f"{HOME}/messages/{call.public_id}"))
    assert "000100" in detail
    assert "Repeat as a test" in detail
    again = bruno.client.get(f"{HOME}/console?activity=newInstance&from={call.public_id}").content.decode()
    assert f'value="{order.public_id}"' in again

    bruno.client.post(f"{HOME}/restart/{Delivery.objects.get().public_id}")
    shop.work()

    order.refresh_from_db()
    assert order.state == "completed"
    assert "No call has failed" in text_of(bruno.client.get(f"{HOME}/messages"))
    assert order.public_id in text_of(bruno.client.get(f"{HOME}/messages?view=orders&q={order.public_id}"))


def test_the_delivery_page_of_a_product_shows_health_tests_and_what_waits(
    bruno: Any, ada: Any, shop: Any, desk: Any, server: Any, address: ProductionAddress
) -> None:
    from galleria.connecting.jobs import dial

    debug(bruno.client, address.public_id, "newInstance")
    shop.fund(ada, "100.00")
    server.faults.add({"do": "down"})
    order = shop.buy(ada, desk)
    clock.travel_to(NOW + timedelta(hours=16))
    jobs.run_due(until=NOW + timedelta(minutes=5))
    dial(NOW + timedelta(hours=16))
    shop.work()

    page = text_of(bruno.client.get(f"/seller/products/{desk.public_id}/delivery"))

    assert "Your server failed its last daily test." in page
    assert "100 %" in page
    assert "newInstance : http:" in page
    assert "These activities have no saved case yet: queryInstance, refreshInstance" in page
    tests = text_of(bruno.client.get(f"{HOME}/tests?result=failed"))
    assert "Plainsong Helpdesk" in tests
    assert "Text messages are not set up" in tests
    assert "failed its last daily test" in text_of(bruno.client.get(HOME))
    assert order.state in {"processing", "canceled"}


def test_settings_of_an_address_and_connecting_a_product(bruno: Any, shop: Any, address: ProductionAddress) -> None:
    here = f"{HOME}/addresses/{address.public_id}"
    given = {"signature_variant": "standard", "key_kind": "base", "send_testflag_zero": "yes"}
    assert "Saved." in text_of(bruno.client.post(f"{here}/settings", given, follow=True))
    address.refresh_from_db()
    assert (address.send_testflag_zero, address.require_body_sign) == (True, False)
    warned = bruno.client.post(f"{here}/settings", {**given, "key_kind": "general"})
    assert warned.status_code == 422
    second = shop.product("Second", monthly="1.00")
    bruno.client.post(f"{here}/bind", {"product": second.public_id})
    second.refresh_from_db()
    assert second.interface.address == address


# ----- who may -----


def test_strangers_buyers_and_other_sellers_find_nothing(
    bruno: Any, xavier: Any, visitor: Client, desk: Any, address: ProductionAddress
) -> None:
    sven = make_seller("Sven")
    for path in ("", "/console", "/cases", "/tests", "/messages", "/keys"):
        assert visitor.get(HOME + path).status_code == 302
        assert xavier.client.get(HOME + path).status_code == 403
        assert bruno.client.get(HOME + path).status_code == 200
        assert sven.client.get(HOME + path).status_code == 200
    for path in (f"{HOME}/addresses/{address.public_id}", f"/seller/products/{desk.public_id}/delivery"):
        assert bruno.client.get(path).status_code == 200
        assert sven.client.get(path).status_code == 404
    key = bruno.seller.interface_keys.get().pk
    assert sven.client.post(f"{HOME}/keys/{key}/show").status_code == 404
    assert debug(sven.client, address.public_id, "newInstance").status_code == 404


def test_the_overview_asks_the_same_number_of_questions_for_many_products(
    bruno: Any, shop: Any, desk: Any, address: ProductionAddress, django_assert_max_num_queries: Any
) -> None:
    from galleria.connecting import services

    for number in range(8):
        product = shop.product(f"More {number}", monthly="1.00")
        services.bind_product(bruno.actor, product_id=product.public_id, address_id=address.public_id, at=NOW)
    bruno.client.get(HOME)
    with django_assert_max_num_queries(20):
        assert bruno.client.get(HOME).status_code == 200
