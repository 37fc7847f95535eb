"""Every screen of the table: who may open it, its queries, its bytes; and that the table has every address."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse

from galleria.buying.models import Order
from galleria.config.static import smaller
from galleria.kit.errors import NotFound
from galleria.parties.models import User
from galleria.subscribing.models import Subscription
from tests.web import seeded
from tests.web.screens import ACTS, BUDGETS, LIBRARY, PARTS, REQUESTS, SCREENS, VISITOR, XAVIER, Screen

ROWS = 50
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[dict[str, Any]]:
    """The seeded marketplace, made once for this file; its clock stands still."""
    from galleria.demo.sample_seller.server import SampleSeller, Settings
    from galleria.kit import clock
    from tests.people import NOW
    from tests.shop import KEY

    server = SampleSeller(Settings(state=tmp_path_factory.mktemp("seller"), key=KEY)).start()
    clock.set_for_tests(NOW)
    with ExitStack() as stack:
        stack.enter_context(
            override_settings(
                PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"], GALLERIA_SANDBOX_CARDS=True
            )
        )
        stack.enter_context(django_db_blocker.unblock())
        around = transaction.atomic()
        around._from_testcase = True  # as around every test: what wants to be outermost may still run
        stack.enter_context(around)
        facts = seeded.seed(server.address())
        facts["clients"] = {VISITOR: Client(), **{name: _client(mail) for name, mail in facts["people"].items()}}
        yield facts
        transaction.set_rollback(True)
    clock.set_for_tests(None)
    server.stop()


@pytest.fixture(scope="module")
def full(world: dict[str, Any], django_db_blocker: Any) -> Iterator[dict[str, Any]]:
    """The same with many rows everywhere; gone again when the last test that wants it is done."""
    with django_db_blocker.unblock():
        world["few"] = {screen.name: queries_of(world, screen) for screen in SCREENS if screen.queries and screen.grows}
        point = transaction.savepoint()
        seeded.many(ROWS)
        yield world
        transaction.savepoint_rollback(point)


def _client(email: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=email), backend=BACKEND)
    return client


def get(world: dict[str, Any], screen: Screen, who: str = "", **headers: str) -> Any:
    return world["clients"][who or screen.who].get(screen.address(world), headers=headers or None)


def queries_of(world: dict[str, Any], screen: Screen) -> int:
    get(world, screen)  # what is remembered for all requests is read once
    with CaptureQueriesContext(connection) as caught:
        assert get(world, screen).status_code == screen.status
    return len(caught)


def by_name(screens: Any) -> Any:
    return pytest.mark.parametrize("screen", screens, ids=lambda screen: screen.name)


# ----- the table itself (UI-T01) -----


def _patterns(resolver: Any, before: str = "") -> Iterator[tuple[str, str]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _patterns(each, before + str(each.pattern))
        elif isinstance(each, URLPattern):
            yield before + str(each.pattern), each.name or ""


@pytest.mark.req("UI-T01")
def test_every_address_of_the_pages_has_a_row(world: Any) -> None:
    shown = {
        resolve(screen.address(world).split("?")[0]).url_name
        for screen in SCREENS
        if not screen.address(world).startswith("/no/")
    }
    known = shown | ACTS | PARTS | LIBRARY
    pages = [(path, name) for path, name in _patterns(get_resolver()) if not path.startswith("api/")]

    assert [path for path, name in pages if name not in known] == []
    assert known - {name for _path, name in pages} == set(), "these addresses do not exist any more"


@pytest.mark.req("UI-T01")
def test_rows_are_not_twice_in_the_table() -> None:
    names = [screen.name for screen in SCREENS]
    assert sorted(set(names)) == sorted(names)


# ----- statuses -----


@pytest.mark.django_db
@pytest.mark.req("UI-T01", "UI-GEN-08")
@by_name(SCREENS)
def test_a_screen_answers_each_role_as_the_table_says(world: Any, screen: Screen) -> None:
    response = get(world, screen)
    assert response.status_code == screen.status
    body = response.content.decode()
    assert len(re.findall(r"<h1[ >]", body)) == 1
    assert re.search(r"<title>[^<]+</title>", body)

    for who, status in screen.others.items():
        answer = get(world, screen, who)
        assert answer.status_code == status, who
        if who == VISITOR and status == 302:
            assert answer["Location"].startswith("/account/login/?next=")


@pytest.mark.django_db
@pytest.mark.req("UI-T08", "UI-GEN-08", "B-PRM-001")
@by_name([screen for screen in SCREENS if screen.who not in {VISITOR, "nova"}])
def test_a_stranger_sees_nothing_of_another_account(world: Any, screen: Screen) -> None:
    page = get(world, screen, XAVIER).content.decode()

    assert [each for each in _secrets(world) if each in page and each not in screen.address(world)] == []


def _secrets(world: dict[str, Any]) -> list[str]:
    names = ("done", "coming", "unpaid", "subscription", "payment", "ticket", "top_up", "quote", "message", "user")
    return ["Byron", *(world[name] for name in names)]


FILLED = {
    "order_id": "unpaid", "payment_id": "payment", "subscription_id": "subscription", "key_id": "key",
    "user_id": "user", "key_pk": "interface_key", "offer_id": "offer",
    "ticket_id": "ticket", "top_up_id": "top_up", "quote_id": "quote", "delivery_id": "delivery",
    "transaction_id": "transaction", "account_id": "account", "message_id": "message",
}  # fmt: skip
EVERYBODYS = {"product_save", "product_ask", "checkout_start", "account_ask_for_deletion",
              "account_read_all", "account_channels", "funds_card_new", "card_webhook",
              "seller_start_begin", "seller_start_save", "coupon_redeem"}  # fmt: skip


def _act(world: dict[str, Any], name: str) -> str:
    pattern = next(found for found in get_resolver().reverse_dict.getlist(name))
    arguments = {key: world.get(FILLED.get(key, ""), "nothing-here") for key in pattern[0][0][1]}
    return reverse(name, kwargs=arguments)


@pytest.mark.django_db
@pytest.mark.req("UI-T08", "B-PRM-001")
@pytest.mark.parametrize("name", sorted(ACTS - EVERYBODYS))
def test_a_stranger_cannot_act_on_another_account(world: Any, name: str) -> None:
    sent = {"orders": world["unpaid"], "id": world["subscription"], "act": "cancel", "renewal": "on", "reason": "mine"}
    address = _act(world, name)
    answer = world["clients"][XAVIER].post(address, sent, follow=True)

    if answer.status_code == 200:  # what leads back to a list of one's own, and says that nothing was done
        assert name == "subscriptions_renewal"
        assert str(NotFound().message) in answer.content.decode()
    else:
        assert answer.status_code in {403, 404}, (name, answer.status_code)
    assert Order.objects.get(public_id=world["unpaid"]).state == "pending_payment"
    assert not Subscription.objects.get(public_id=world["subscription"]).auto_renew


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(ACTS))
def test_an_act_is_not_done_by_a_link(world: Any, name: str) -> None:
    answer = world["clients"]["ada"].get(_act(world, name))

    assert answer.status_code in {302, 403, 404, 405}


# ----- queries (UI-T03) -----


@pytest.mark.django_db
@pytest.mark.req("UI-T03", "UI-PERF-11")
@by_name([screen for screen in SCREENS if screen.queries and not screen.grows])
def test_a_screen_keeps_its_queries(world: Any, screen: Screen) -> None:
    assert queries_of(world, screen) <= screen.queries


@pytest.mark.django_db
@pytest.mark.req("UI-T03", "UI-PERF-11")
@by_name([screen for screen in SCREENS if screen.queries and screen.grows])
def test_queries_do_not_grow_with_the_rows(full: Any, screen: Screen) -> None:
    count = queries_of(full, screen)

    assert count <= screen.queries
    assert count <= full["few"][screen.name]


# ----- bytes and requests (UI-PERF-02 to 05) -----

_LINKED = re.compile(r'<(?:link rel="(stylesheet|icon)"|script)[^>]*?(?:href|src)="/static/([^"]+)"')
_SPRITE = re.compile(r'href="/static/(img/sprite[^"#]*\.svg)')


@cache
def packed(name: str) -> int:
    """Bytes of a static file as it is sent."""
    found = finders.find(name)
    assert found, name
    content = Path(str(found)).read_bytes()
    return len(gzip.compress(smaller(content) if name.endswith(".css") else content, 9))


def weigh(world: dict[str, Any], screen: Screen) -> dict[str, int]:
    response = get(world, screen, **{"accept-encoding": "gzip"})
    assert response["Content-Encoding"] == "gzip"
    body = gzip.decompress(response.content).decode()
    files = {name: kind or "script" for kind, name in _LINKED.findall(body)}
    files.update(dict.fromkeys(_SPRITE.findall(body), "sprite"))
    sums = {kind: sum(packed(name) for name, of in files.items() if of == kind) for kind in ("script", "stylesheet")}
    html = len(response.content)
    return {
        "html": html, "script": sums["script"], "style": sums["stylesheet"], "next": html,
        "all": html + sum(packed(name) for name in files),
        "requests": 1 + sum(kind != "icon" for kind in files.values()),  # the icon is a picture
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.req("UI-T03", "UI-PERF-02", "UI-PERF-03", "UI-PERF-04", "UI-PERF-05")
@by_name([screen for screen in SCREENS if screen.id != "styleguide" and screen.status == 200])
def test_a_screen_weighs_no_more_than_its_budget(full: Any, screen: Screen) -> None:
    weights = weigh(full, screen)
    limits = {**BUDGETS[screen.frame], "requests": REQUESTS}

    assert {name: (size, limits[name]) for name, size in weights.items() if size > limits[name]} == {}


@pytest.mark.django_db
@pytest.mark.req("UI-T03", "UI-PERF-04")
@pytest.mark.parametrize(
    "path", ["/products/{p_desk}/price?a.seats=3", "/buyer/orders/{coming}/progress", "/find?q=marigold"]
)
def test_a_swap_is_small(full: Any, path: str) -> None:
    response = full["clients"]["ada"].get(
        path.format(**full), headers={"accept-encoding": "gzip", "hx-request": "true"}
    )

    assert response.status_code == 200
    assert b"<html" not in response.content
    assert len(response.content) <= BUDGETS["store"]["swap"]
