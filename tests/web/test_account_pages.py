"""The account area: every page, for everybody."""

from __future__ import annotations

import pytest
from django.test import Client

from galleria.parties import services
from galleria.supporting import services as supporting
from tests.people import NOW, PASSWORD

OWN = [
    "/account/", "/account/users", "/account/users/invite", "/account/complete", "/account/data", "/account/keys",
    "/account/keys/new", "/account/keys/pair", "/account/messages", "/account/activity", "/account/agreements",
    "/account/tickets", "/account/tickets/new", "/account/switch", "/account/sessions/", "/account/email/",
    "/account/password/change/", "/account/logout/", "/account/mfa/totp/activate/", "/account/mfa/webauthn/",
    "/account/mfa/webauthn/add/",
]  # fmt: skip
PUBLIC = ["/account/login/", "/account/signup/", "/account/password/reset/", "/account/inactive/"]


def recent(person):
    """A browser that has proved who it is just now."""
    person.client.post("/account/reauthenticate/", {"password": PASSWORD})
    return person.client


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_a_visitor_sees_the_sign_in_pages(db, at, visitor, address, language):
    visitor.cookies["django_language"] = language
    answer = visitor.get(address)

    assert answer.status_code == 200
    assert b"<h1" in answer.content
    assert answer.content.count(b"<h1") == 1


@pytest.mark.parametrize("address", OWN)
def test_the_owner_opens_every_page(ada, address):
    answer = recent(ada).get(address)

    assert answer.status_code == 200, answer.headers.get("Location")
    assert answer.content.count(b"<h1") == 1
    assert b"<script>" not in answer.content
    assert b" style=" not in answer.content.replace(b"data:image", b"")


@pytest.mark.parametrize("address", [address for address in OWN if address != "/account/logout/"])
def test_a_visitor_is_sent_to_sign_in_and_back(db, at, visitor, address):
    answer = visitor.get(address)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/")


@pytest.mark.req("B-PRM-T1", "B-PRM-003")
@pytest.mark.parametrize(
    "address",
    ["/account/users/invite", "/account/keys/new", "/account/keys/pair", "/account/data", "/account/complete"],
)
def test_a_reader_is_refused_with_the_missing_permission(ada, address):
    answer = ada.colleague("Ben", "BuyerReadOnly").client.get(address)

    assert answer.status_code == 403
    assert b"iam:" in answer.content


def test_a_reader_sees_users_but_no_way_to_invite(ada):
    page = ada.colleague("Ben", "BuyerReadOnly").client.get("/account/users").content.decode()

    assert "Ada Byron" in page
    assert 'href="/account/users/invite"' not in page
    assert "iam:user:manage" in page


def test_the_operator_opens_the_pages_too(olga):
    for address in ("/account/", "/account/users", "/account/keys", "/account/messages", "/account/activity"):
        assert olga.client.get(address).status_code == 200, address


@pytest.mark.req("B-ACC-T1")
def test_the_country_is_read_only_on_the_page_and_ignored_when_sent(ada):
    page = ada.client.get("/account/data").content.decode()
    assert 'id="country" value="Sweden" readonly' in page

    ada.client.post(
        "/account/data",
        {"account_name": "Byron AB", "address": "Kungsgatan 2, Stockholm", "phone": "+46 8 123 456", "country": "DE"},
    )

    ada.account.refresh_from_db()
    assert (ada.account.name, ada.account.country) == ("Byron AB", "SE")


@pytest.mark.req("B-ACC-001")
def test_completing_the_information_lets_the_account_order(db, at):
    user, account = services.register_account(email="eve@example.com", name="Eve", country="SE", at=at)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    wrong = client.post("/account/complete", {"account_name": "Eve", "phone": "x", "address": "", "next": "/buyer/"})
    assert wrong.status_code == 422
    assert 'value="Eve"' in wrong.content.decode()

    right = client.post(
        "/account/complete",
        {"account_name": "Eve", "phone": "+46 70 123 45 67", "address": "Storgatan 1, Stockholm", "next": "/buyer/"},
    )
    assert (right.status_code, right["Location"]) == (302, "/buyer/")
    account.refresh_from_db()
    assert account.is_complete


def test_saving_the_profile_changes_language_and_looks_at_once(ada):
    looks = {"theme": "dark", "density": "compact"}
    answer = ada.client.post(
        "/account/", {"name": "Ada Lovelace", "language": "zh-hans", "time_zone": "Asia/Shanghai", **looks}
    )

    assert answer.status_code == 302
    assert answer.cookies["django_language"].value == "zh-hans"
    assert answer.cookies["theme"].value == "dark"
    ada.user.refresh_from_db()
    assert (ada.user.name, ada.user.time_zone) == ("Ada Lovelace", "Asia/Shanghai")


def test_a_wrong_profile_keeps_what_was_typed(ada):
    answer = ada.client.post("/account/", {"name": "", "language": "en", "time_zone": "Mars/Olympus", "theme": "dark",
                                           "density": "compact", "phone": "+46 70 1"})  # fmt: skip

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="+46 70 1"' in page
    assert 'href="#time_zone"' in page


def test_own_data_comes_as_a_file(ada):
    answer = ada.client.get("/account/own-data")

    assert answer["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer.json()["user"]["email"] == "ada.byron@example.com"
    assert answer.json()["accounts"][0]["name"] == "Byron Analytics AB"


def test_asking_for_deletion_twice_is_one_ticket(ada, olga):
    ada.client.post("/account/own-data/delete")
    ada.client.post("/account/own-data/delete")

    page = olga.client.get("/account/activity")
    assert page.status_code == 200
    from galleria.supporting.models import Ticket

    assert [ticket.category for ticket in Ticket.objects.all()] == ["deletion"]


# --- users and keys -------------------------------------------------------------------------------------
def test_inviting_tells_what_happens_and_shows_the_invitation(ada):
    typed = {"email": "ben@example.com", "roles": ["BuyerFinance"]}
    answer = ada.client.post("/account/users/invite", typed, follow=True)

    page = answer.content.decode()
    assert "An invitation is on its way to ben@example.com" in page
    assert "Finance" in page


def test_an_invitation_without_roles_is_refused_beside_the_field(ada):
    answer = ada.client.post("/account/users/invite", {"email": "ben@example.com"})

    assert answer.status_code == 422
    assert 'value="ben@example.com"' in answer.content.decode()
    assert 'href="#roles"' in answer.content.decode()


def test_roles_and_limit_are_said_in_words(ada):
    ben = ada.colleague("Ben", "BuyerPurchaser")
    ada.client.post(f"/account/users/{ben.user.public_id}", {"roles": ["BuyerPurchaser"], "order_limit": "500.00"})

    assert "orders up to 500.00" in ada.client.get("/account/users").content.decode()


@pytest.mark.parametrize("limit", ["-1", "many", "5e9", "0", "1.234", "9" * 30])
def test_a_wrong_limit_is_refused(ada, limit):
    ben = ada.colleague("Ben", "BuyerPurchaser")

    answer = ada.client.post(
        f"/account/users/{ben.user.public_id}", {"roles": ["BuyerPurchaser"], "order_limit": limit}
    )

    assert answer.status_code == 422


def test_removing_a_user_asks_first(ada):
    ben = ada.colleague("Ben", "BuyerPurchaser")
    address = f"/account/users/{ben.user.public_id}/remove"

    assert "Remove Ben?" in ada.client.get(address).content.decode()
    ada.client.post(address)

    assert "ben@example.com" not in ada.client.get("/account/users").content.decode()


def test_a_key_is_shown_once_and_never_again(ada):
    answer = ada.client.post("/account/keys/new", {"name": "nightly", "lasts": "90", "scopes": ["billing:order:view"]})
    page = answer.content.decode()
    token = page.split('data-copy="', 1)[1].split('"', 1)[0]

    assert services.authenticate_api_key(token, at=NOW).permissions == frozenset({"billing:order:view"})
    assert "no-store" in answer["Cache-Control"]
    assert token not in ada.client.get("/account/keys").content.decode()


@pytest.mark.req("A-KEY-001")
def test_a_pair_is_shown_once_signs_a_call_and_its_page_says_how_to_connect(bruno):
    from tests.wire.open_api import Program

    answer = bruno.client.post("/account/keys/pair", {"name": "server"})
    page = answer.content.decode()
    access_key, secret = (part.split('"', 1)[0] for part in page.split('data-copy="')[1:3])
    later = bruno.client.get("/account/keys").content.decode()

    assert Program(access_key, secret).order("MOCKPERIODYEARNEW")["resultCode"] == "MKT.0000"
    assert "no-store" in answer["Cache-Control"]
    assert (access_key in later, secret in later) == (True, False)
    for shown in (page, later):
        assert 'href="/help/connect"' in shown
    assert "MOCKPERIODYEARNEW" in bruno.client.get("/help/connect").content.decode()


def test_revoking_a_key_by_its_button(ada):
    key, token = services.create_api_key(ada.actor, name="nightly", at=NOW)

    ada.client.post(f"/account/keys/{key.public_id}/revoke")

    with pytest.raises(services.KeyNotValid):
        services.authenticate_api_key(token, at=NOW)


# --- strangers, queries ---------------------------------------------------------------------------------
def test_xavier_finds_nothing_of_adas(ada, xavier):
    key, _ = services.create_api_key(ada.actor, name="nightly", at=NOW)
    pair, _ = services.create_access_key(ada.actor, name="server", at=NOW)
    invitation, _ = services.invite_user(ada.actor, email="ben@example.com", roles=["BuyerFinance"], at=NOW)
    ticket = supporting.open_ticket(ada.actor, category="other", subject="Help", text="Please", at=NOW)
    ben = ada.colleague("Ben", "BuyerPurchaser")

    for address in (
        f"/account/users/{ben.user.public_id}", f"/account/users/{ben.user.public_id}/remove",
        f"/account/tickets/{ticket.public_id}",
    ):  # fmt: skip
        assert xavier.client.get(address).status_code == 404, address
    for address in (
        f"/account/keys/{key.public_id}/revoke", f"/account/keys/pair/{pair.access_key}/revoke",
        f"/account/users/invitations/{invitation.public_id}/withdraw", f"/account/tickets/{ticket.public_id}/close",
        f"/account/users/{ben.user.public_id}", f"/account/users/{ben.user.public_id}/remove",
    ):  # fmt: skip
        assert xavier.client.post(address).status_code == 404, address
    assert xavier.client.post("/account/switch", {"account": ada.account.public_id}).status_code == 404


@pytest.mark.parametrize(
    ("address", "budget"),
    [("/account/", 14), ("/account/users", 10), ("/account/keys", 9), ("/account/messages", 10),
     ("/account/activity", 9), ("/account/agreements", 8), ("/account/tickets", 9)],
)  # fmt: skip
def test_pages_keep_their_query_budget_whatever_they_hold(ada, address, budget, django_assert_max_num_queries):
    for number in range(30):
        ada.colleague(f"Colleague {number}", "BuyerPurchaser")
        services.create_api_key(ada.actor, name=f"key {number}", at=NOW)
    for number in range(15):
        supporting.open_ticket(ada.actor, category="other", subject=f"Help {number}", text="Please", at=NOW)
    client = ada.client
    client.get(address)

    with django_assert_max_num_queries(budget):
        assert client.get(address).status_code == 200


def test_work_under_way_is_shown_with_what_comes_next(ada, xavier, shop, desk, server):
    server.stop()
    shop.fund(ada, "100.00")
    shop.buy(ada, desk)
    shop.work()

    page = ada.client.get("/account/activity").content.decode()
    assert "Running now" in page and "Plainsong Helpdesk" in page and "Trying again" in page
    assert "1 running" in page
    assert "Running now" not in xavier.client.get("/account/activity").content.decode()


def test_deeds_are_told_with_before_and_after(ada, at):
    services.change_account(ada.actor, account_name="Byron AB", phone="+46 8 123 456", address="New 2, Lund", at=at)

    page = ada.client.get("/account/activity?kind=people").content.decode()

    assert "Ada Byron changed the data of Byron" in page
    assert "<del>Byron Analytics AB</del>" in page
    assert "192.0.2.7" in page
