"""Signing in with an identity of somebody else: a provider in another process, over real HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from galleria.parties.models import Account, User
from tests.people import PASSWORD
from tests.web.oidc_server import CLIENT, SECRET

REST = {"name": "Eve Moreau", "kind": "enterprise", "company": "Moreau SARL", "country": "FR"}


class Provider:
    """The running provider; `identity` is who signs in there next."""

    def __init__(self, url: str, file: Path) -> None:
        self.url, self.file = url, file

    def identity(self, **claims: Any) -> None:
        self.file.write_text(json.dumps({"sub": "eve-1", "name": "Eve Moreau", **claims}), "utf-8")

    def visit(self, client: Client, process: str = "login") -> Any:
        """Press the button, go to the provider, come back; the answer to the coming back."""
        away = client.post(f"/account/oidc/sso/login/?process={process}")
        assert away.status_code == 302 and away["Location"].startswith(self.url), away["Location"]

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *_values: Any) -> None:
                return None

        try:
            urllib.request.build_opener(Stay).open(away["Location"], timeout=5)
        except urllib.error.HTTPError as answer:
            back = urlsplit(answer.headers["Location"])
            answer.close()
        return client.get(f"{back.path}?{back.query}")


@pytest.fixture
def provider(db: None, at: Any, settings: Any, tmp_path: Path) -> Iterator[Provider]:
    port_file, identity_file = tmp_path / "port", tmp_path / "identity.json"
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-m", "tests.web.oidc_server", str(port_file), str(identity_file)]
    process = subprocess.Popen(command, cwd=root)
    deadline = time.monotonic() + 20
    while not port_file.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    url = f"http://127.0.0.1:{port_file.read_text()}"
    settings.SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {"provider_id": "sso", "name": "Moreau SSO", "client_id": CLIENT, "secret": SECRET,
                 "settings": {"server_url": url}}
            ],
        }
    }  # fmt: skip
    yield Provider(url, identity_file)
    process.terminate()
    process.wait(10)


@pytest.mark.req("B-LOG-002")
def test_the_first_sign_in_starts_a_registration_that_asks_for_the_country(provider, visitor):
    provider.identity(email="eve@example.com", email_verified=True)
    assert "Go on with Moreau SSO" in visitor.get("/account/login/").content.decode()

    answer = provider.visit(visitor)
    assert answer["Location"] == "/account/identities/signup/"
    page = visitor.get(answer["Location"]).content.decode()
    assert 'value="Eve Moreau"' in page and 'value="eve@example.com"' in page
    assert User.objects.count() == 0
    done = visitor.post("/account/identities/signup/", {**REST, "email": "eve@example.com"})

    assert done.status_code == 302
    user = User.objects.get()
    assert not user.has_usable_password()
    assert Account.objects.get().name == "Moreau SARL"
    assert SocialAccount.objects.get().user == user
    assert visitor.get("/account/").status_code == 200


@pytest.mark.req("B-LOG-002")
def test_the_second_sign_in_is_one_step(provider, visitor):
    provider.identity(email="eve@example.com", email_verified=True)
    provider.visit(visitor)
    visitor.post("/account/identities/signup/", {**REST, "email": "eve@example.com"})

    again = Client()
    answer = provider.visit(again)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert again.get("/account/").status_code == 200
    assert User.objects.count() == 1


@pytest.mark.req("B-LOG-T1", "B-LOG-002")
@pytest.mark.parametrize("verified", [False, True])
def test_a_foreign_identity_never_attaches_itself_to_an_existing_user(ada, provider, visitor, verified):
    provider.identity(email=ada.user.email, email_verified=verified)

    answer = provider.visit(visitor)

    assert answer["Location"] == "/account/login/"
    assert SocialAccount.objects.count() == 0
    assert visitor.get("/account/").status_code == 302
    assert "connect the other identity" in visitor.get("/account/login/").content.decode()


@pytest.mark.req("B-LOG-T1")
def test_a_foreign_identity_cannot_register_with_an_address_that_is_in_use(ada, provider, visitor):
    provider.identity(email="eve@example.com", email_verified=False)
    provider.visit(visitor)

    visitor.post("/account/identities/signup/", {**REST, "email": ada.user.email})

    assert SocialAccount.objects.count() == 0
    assert User.objects.count() == 1
    assert visitor.get("/account/").status_code == 302


@pytest.mark.req("B-LOG-T1")
def test_an_unverified_address_is_confirmed_with_a_code_before_the_first_sign_in(provider, visitor):
    provider.identity(email="eve@example.com", email_verified=False)
    provider.visit(visitor)

    answer = visitor.post("/account/identities/signup/", {**REST, "email": "eve@example.com"})

    assert answer["Location"] == "/account/confirm-email/"
    assert visitor.get("/account/").status_code == 302


@pytest.mark.req("B-LOG-002")
def test_ada_connects_an_identity_and_disconnects_it_because_she_has_a_password(ada, provider):
    provider.identity(email="ada@elsewhere.example", email_verified=True)
    ada.client.post("/account/reauthenticate/", {"password": PASSWORD})

    provider.visit(ada.client, process="connect")
    assert SocialAccount.objects.get().user == ada.user
    page = ada.client.get("/account/identities/").content.decode()
    assert "Moreau SSO" in page
    answer = provider.visit(Client())
    assert answer["Location"] == "/"

    ada.client.post("/account/identities/", {"account": SocialAccount.objects.get().pk})
    assert SocialAccount.objects.count() == 0


@pytest.mark.req("B-LOG-002")
def test_the_only_way_in_cannot_be_disconnected(provider, visitor):
    provider.identity(email="eve@example.com", email_verified=True)
    provider.visit(visitor)
    visitor.post("/account/identities/signup/", {**REST, "email": "eve@example.com"})

    answer = visitor.post("/account/identities/", {"account": SocialAccount.objects.get().pk})

    assert 'role="alert"' in answer.content.decode()
    assert SocialAccount.objects.count() == 1


def test_a_forged_coming_back_signs_nobody_in(provider, visitor):
    provider.identity(email="eve@example.com", email_verified=True)

    answer = visitor.get("/account/oidc/sso/login/callback/?code=x&state=forged")

    assert "Sign-in did not work" in answer.content.decode()
    assert User.objects.count() == 0


def test_a_provider_that_is_down_is_a_page_not_a_crash(provider, visitor, settings):
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = "http://127.0.0.1:9"

    answer = visitor.post("/account/oidc/sso/login/?process=login")

    assert answer.status_code == 503
    assert "Sign-in did not work" in answer.content.decode()
