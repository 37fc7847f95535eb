"""Wrong, oversized and hostile input in every form and address of the account area: a clear no, never a fault."""

from __future__ import annotations

import pytest

from galleria.parties import services
from galleria.supporting import services as supporting
from tests.people import NOW, PASSWORD

HOSTILE = [
    "",
    "\x00",
    "x" * 100_000,
    "<script>alert(1)</script>",
    "'; DROP TABLE parties_user; --",
    "\ud7ff\U0010ffff",
    "-1",
    "{0.__class__}",
]
FORMS = {
    "/account/": ["name", "language", "time_zone", "theme", "density", "phone"],
    "/account/users/invite": ["email", "roles"],
    "/account/data": ["account_name", "email", "phone", "address", "tax_id", "next"],
    "/account/keys/new": ["name", "lasts", "scopes"],
    "/account/keys/pair": ["name"],
    "/account/messages/read": ["topic"],
    "/account/messages/channels": ["finance-email"],
    "/account/tickets/new": ["category", "subject", "text", "link"],
    "/account/switch": ["account", "next"],
    "/account/email/": ["email", "action_add"],
    "/account/password/change/": ["oldpassword", "password1"],
    "/account/reauthenticate/": ["password", "next"],
    "/account/identities/": ["account"],
    "/account/confirm-email/": ["code", "action"],
}
VISITORS = {
    "/account/login/": ["login", "password", "next"],
    "/account/signup/": ["email", "password1", "name", "kind", "company", "country"],
    "/account/password/reset/": ["email"],
    "/account/mfa/webauthn/login/": ["credential", "next"],
    "/account/mfa/authenticate/": ["code", "credential"],
    "/account/password/reset/confirm/": ["code"],
}


@pytest.mark.parametrize("address", FORMS)
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_forms_of_signed_in_people_refuse_without_a_fault(ada, address, value):
    answer = ada.client.post(address, dict.fromkeys(FORMS[address], value))

    assert answer.status_code < 500
    assert b"<script>alert(1)" not in answer.content


@pytest.mark.parametrize("address", VISITORS)
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_forms_of_visitors_refuse_without_a_fault(db, at, visitor, address, value):
    answer = visitor.post(address, dict.fromkeys(VISITORS[address], value))

    assert answer.status_code < 500
    assert b"<script>alert(1)" not in answer.content


@pytest.mark.parametrize(
    "address",
    ["/account/messages?topic=%00&show=unread&after=x&size=9e9", "/account/activity?kind=%27&who=me&after=AAAA",
     "/account/tickets?state=%00&after=%ff", "/account/users/%00", "/account/users/x'%22", "/account/messages/%00",
     "/account/tickets/%00", "/account/invitation?token=%00", "/account/invitation?token=" + "x" * 3000,
     "/account/tickets/new?category=%00&link=%3Cscript%3E", "/account/switch?next=//evil.example",
     "/account/oidc/none/login/", "/account/oidc/none/login/callback/?code=%00"],
)  # fmt: skip
def test_odd_addresses_find_nothing_without_a_fault(ada, address):
    assert ada.client.get(address).status_code < 500


def test_another_site_cannot_post_for_ada(ada):
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada.user, backend="django.contrib.auth.backends.ModelBackend")

    answer = strict.post("/account/keys/new", {"name": "stolen"})

    assert answer.status_code == 403
    assert ada.account.api_keys.count() == 0


def test_pages_of_the_account_are_in_no_frame_and_no_cache(ada):
    answer = ada.client.get("/account/")

    assert answer["X-Frame-Options"] == "DENY"
    assert "private" in answer["Cache-Control"] or "no-store" in answer["Cache-Control"]
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self'" in policy and "form-action 'self'" in policy and "unsafe" not in policy


def test_cookies_of_the_session_are_out_of_reach_of_scripts(ada, visitor):
    answer = visitor.post("/account/login/", {"login": ada.user.email, "password": PASSWORD})
    cookie = answer.cookies["sessionid"]

    assert cookie["httponly"] and cookie["samesite"] == "Lax"


def test_markup_in_names_is_shown_as_text(ada):
    ada.user.name = "<b>Ada</b>"
    ada.user.save()
    supporting.open_ticket(ada.actor, category="other", subject="<img src=x>", text="<script>1</script>", at=NOW)
    services.create_api_key(ada.actor, name="<i>key</i>", at=NOW)

    for address in ("/account/users", "/account/keys", "/account/tickets", "/account/activity", "/account/"):
        page = ada.client.get(address).content.decode()
        assert "<b>Ada</b>" not in page and "<img src=x>" not in page and "<i>key</i>" not in page, address


def test_very_long_names_of_two_hundred_characters_are_shown_whole(ada):
    name = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2
    services.change_account(ada.actor, account_name=name[:200], phone="+46 8 123 456", address="Long 1, Wien", at=NOW)

    assert name[:200] in ada.client.get("/account/users").content.decode()


def test_the_switch_of_looks_is_kept_with_the_user(ada):
    ada.client.get("/preferences?theme=dark&language=zh-hans&next=/account/", headers={"Sec-Fetch-Site": "same-origin"})

    ada.user.refresh_from_db()
    assert (ada.user.theme, ada.user.language) == ("dark", "zh-hans")
