"""Registering, signing in, recovering, second steps, invitations: as a browser without scripts does it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from galleria.audit.models import AuditRecord
from galleria.kit import jobs
from galleria.parties import services
from galleria.parties.models import Account, AgreementAcceptance, Membership, User
from tests.people import NOW, PASSWORD

NEW = {
    "email": "Eve@example.com",
    "password1": "viola7tumbler",
    "name": "Eve Moreau",
    "kind": "enterprise",
    "company": "Moreau SARL",
    "country": "FR",
}


@pytest.fixture
def terms(db, at):
    return services.publish_version(
        key="REG_CUSTOMER", kind="registration", name="Customer agreement", issuer="Nordhaven Cloud", version="1.0",
        texts={"en": "Be kind."}, effective_at=NOW - timedelta(days=30),
    )  # fmt: skip


def mails():
    """What the worker sends now."""
    mail.outbox.clear()
    jobs.run_due(with_crons=False, raise_errors=True)
    return list(mail.outbox)


def code_in(message):
    return re.search(r"^    ([0-9A-Z-]{6,12})$", message.body, re.M).group(1)


def sign_in(client, email="ada.byron@example.com", password=PASSWORD, **more):
    return client.post("/account/login/", {"login": email, "password": password, **more})


# --- registering ----------------------------------------------------------------------------------------
def test_a_company_registers_confirms_its_address_and_is_signed_in(terms, visitor):
    answer = visitor.post("/account/signup/", {**NEW, "agree-REG_CUSTOMER": "1.0", "next": "/account/users"})
    assert (answer.status_code, answer["Location"]) == (302, "/account/confirm-email/")
    (sent,) = mails()
    assert sent.to == ["eve@example.com"]
    assert sent.subject.startswith("Galleria: Your code is ")

    answer = visitor.post("/account/confirm-email/", {"code": code_in(sent)})

    assert (answer.status_code, answer["Location"]) == (302, "/account/users")
    user = User.objects.get(email="eve@example.com")
    account = Account.objects.get()
    assert (account.kind, account.name, account.country) == ("enterprise", "Moreau SARL", "FR")
    assert not account.is_complete
    assert Membership.objects.get(user=user, account=account).is_owner
    assert AgreementAcceptance.objects.get(account=account).version == terms
    assert "Complete information" in visitor.get("/account/users").content.decode()
    assert {row.sentence for row in AuditRecord.objects.all()} >= {"account.registered", "user.signed_in"}


def test_a_person_needs_no_company_name(db, at, visitor):
    answer = visitor.post("/account/signup/", {**NEW, "kind": "individual", "company": ""})

    assert answer.status_code == 302
    assert Account.objects.get().name == "Eve Moreau"


@pytest.mark.parametrize(
    ("field", "value"),
    [("country", ""), ("country", "ZZ"), ("kind", "robot"), ("company", ""), ("name", ""), ("password1", "short"),
     ("password1", "with space 1"), ("email", "nobody"), ("name", "x" * 121), ("name", "a\x00b")],
)  # fmt: skip
def test_wrong_input_is_named_and_nothing_typed_is_lost(db, at, visitor, field, value):
    answer = visitor.post("/account/signup/", {**NEW, field: value})
    page = answer.content.decode()

    assert answer.status_code == 200
    assert f'href="#{field}"' in page
    assert User.objects.count() == 0
    assert "viola7tumbler" not in page
    if field != "email":
        assert "Eve@example.com" in page


@pytest.mark.req("B-TRM-005")
def test_registration_without_the_agreement_or_with_an_old_version_is_refused(terms, visitor):
    for ticked in ({}, {"agree-REG_CUSTOMER": "0.9"}):
        page = visitor.post("/account/signup/", {**NEW, **ticked}).content.decode()
        assert 'href="#agree-REG_CUSTOMER"' in page
    assert User.objects.count() == 0


def test_registering_a_known_address_looks_like_registering_a_new_one(ada, visitor):
    answer = visitor.post("/account/signup/", {**NEW, "email": ada.user.email})

    assert (answer.status_code, answer["Location"]) == (302, "/account/confirm-email/")
    page = visitor.get("/account/confirm-email/").content.decode()
    assert "We have sent a code to ada.byron@example.com" in page
    (sent,) = mails()
    assert "has an account already" in sent.body
    assert User.objects.count() == 1


def test_a_code_is_sent_again_only_after_a_minute(db, at, visitor):
    visitor.post("/account/signup/", NEW)
    assert len(mails()) == 1

    visitor.post("/account/confirm-email/", {"action": "resend"})

    assert mails() == []


def test_three_wrong_codes_end_the_attempt(db, at, visitor):
    visitor.post("/account/signup/", NEW)
    mails()
    for _ in range(3):
        answer = visitor.post("/account/confirm-email/", {"code": "WRONG1"})

    assert answer.status_code == 302
    assert visitor.get("/account/confirm-email/")["Location"].startswith("/account/login/")


# --- signing in -----------------------------------------------------------------------------------------
def test_ada_signs_in_and_goes_where_she_wanted(ada, visitor):
    ada.user.language, ada.user.theme = "zh-hans", "dark"
    ada.user.save()

    answer = sign_in(visitor, email="ADA.Byron@example.com", next="/account/users")

    assert (answer.status_code, answer["Location"]) == (302, "/account/users")
    assert answer.cookies["django_language"].value == "zh-hans"
    assert answer.cookies["theme"].value == "dark"
    assert AuditRecord.objects.filter(sentence="user.signed_in", account_id=ada.account.public_id).exists()


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "/\\evil.example"]
)
def test_nobody_is_sent_to_another_site_after_signing_in(ada, visitor, target):
    assert sign_in(visitor, next=target)["Location"] == "/"


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(ada, visitor):
    wrong = sign_in(visitor, password="nothing-7-here").content.decode()
    unknown = sign_in(visitor, email="nobody@example.com").content.decode()

    def plain(page):
        return re.sub(r'value="[^"]*"', "", page)

    assert plain(wrong) == plain(unknown)
    assert 'role="alert"' in wrong


@pytest.mark.req("B-LOG-001")
def test_five_failures_lock_for_fifteen_minutes_even_with_the_right_password(ada, xavier, visitor):
    for _ in range(5):
        answer = sign_in(visitor, password="nothing-7-here")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "900"

    assert sign_in(visitor).status_code == 429
    assert sign_in(Client(REMOTE_ADDR="198.51.100.4")).status_code == 302


@pytest.mark.req("B-LOG-001")
def test_the_lock_ends_after_fifteen_minutes(ada, visitor):
    from axes.models import AccessAttempt

    for _ in range(5):
        sign_in(visitor, password="nothing-7-here")
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=16))

    assert sign_in(visitor).status_code == 302


@pytest.mark.req("B-LOG-003")
def test_signing_out_asks_without_scripts_and_ends_the_session(ada, visitor):
    sign_in(visitor)
    assert "Sign out?" in visitor.get("/account/logout/").content.decode()

    assert visitor.post("/account/logout/").status_code == 302

    assert visitor.get("/account/")["Location"].startswith("/account/login/")


def test_ada_signs_out_her_other_devices(ada):
    phone, laptop = Client(), Client()
    sign_in(phone)
    sign_in(laptop)
    assert "2 devices" in laptop.get("/account/sessions/").content.decode()

    laptop.post("/account/sessions/")

    assert laptop.get("/account/").status_code == 200
    assert phone.get("/account/").status_code == 302


def test_the_sign_in_of_a_locked_user_does_not_work(ada, visitor):
    ada.user.is_active = False
    ada.user.save()

    sign_in(visitor)

    assert visitor.get("/account/").status_code == 302


# --- recovering -----------------------------------------------------------------------------------------
def test_a_forgotten_password_is_replaced_with_a_code(ada, visitor):
    answer = visitor.post("/account/password/reset/", {"email": "ada.byron@example.com"})
    assert answer.status_code == 302
    (sent,) = mails()
    answer = visitor.post(answer["Location"], {"code": code_in(sent)})

    done = visitor.post(answer["Location"], {"password1": "fresh-9-start", "password2": "fresh-9-start"}, follow=True)

    assert "Your new password is saved" in done.content.decode()
    assert sign_in(Client(), password="fresh-9-start").status_code == 302
    told = [message.subject for message in mails()]
    assert told == ["Galleria: Your password was changed"]


def test_recovering_an_unknown_address_looks_the_same(ada, visitor):
    answers = []
    for address in ("ada.byron@example.com", "nobody@example.com"):
        client = Client()
        answer = client.post("/account/password/reset/", {"email": address})
        page = client.get(answer["Location"]).content.decode().replace(address, "…")
        answers.append((answer.status_code, answer["Location"], re.sub(r'value="[^"]*"', "", page)))

    assert answers[0] == answers[1]


# --- second step ----------------------------------------------------------------------------------------
def secret_on(page):
    return re.search(r'data-copy="([2-7A-Z]{16,})"', page).group(1)


def totp(secret):
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def with_second_step(client):
    sign_in(client)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    secret = secret_on(client.get("/account/mfa/totp/activate/").content.decode())
    answer = client.post("/account/mfa/totp/activate/", {"code": totp(secret)})
    assert answer.status_code == 302
    return secret


@pytest.mark.req("B-PUR-006")
def test_one_time_codes_are_asked_after_the_password(ada, visitor):
    secret = with_second_step(visitor)
    from django.core.cache import cache

    cache.clear()  # a code works once; the next one is half a minute away
    client = Client()

    answer = sign_in(client, next="/account/users")
    assert answer["Location"] == "/account/mfa/authenticate/"
    assert client.get("/account/").status_code == 302
    assert "Second step" in client.get("/account/mfa/authenticate/").content.decode()
    wrong = client.post("/account/mfa/authenticate/", {"code": "000000"})
    assert 'role="alert"' in wrong.content.decode()
    answer = client.post("/account/mfa/authenticate/", {"code": totp(secret)})

    assert answer["Location"] == "/account/users"
    assert client.get("/account/").status_code == 200


def test_a_recovery_code_works_once(ada, visitor):
    with_second_step(visitor)
    page = visitor.get("/account/mfa/recovery-codes/").content.decode()
    code = re.search(r"<code>([^<]+)</code>", page).group(1)

    first, second = Client(), Client()
    sign_in(first)
    assert first.post("/account/mfa/authenticate/", {"code": code}).status_code == 302
    assert first.get("/account/").status_code == 200
    sign_in(second)
    second.post("/account/mfa/authenticate/", {"code": code})
    assert second.get("/account/").status_code == 302


def test_the_secret_of_the_second_step_is_encrypted_at_rest(ada, visitor):
    from allauth.mfa.models import Authenticator

    secret = with_second_step(visitor)

    assert secret not in str(list(Authenticator.objects.values()))


def test_changing_the_second_step_is_told(ada, visitor, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        with_second_step(visitor)

    subjects = [message.subject for message in mails()]
    assert "Galleria: The second step of your sign-in was changed" in subjects


def test_security_pages_ask_who_it_is_again(ada):
    for address in ("/account/mfa/totp/activate/", "/account/mfa/webauthn/add/"):
        answer = ada.client.get(address)
        assert answer["Location"].startswith("/account/reauthenticate/"), address


# --- invitations ----------------------------------------------------------------------------------------
def invitation_link(ada, email="ben@example.com"):
    services.invite_user(ada.actor, email=email, roles=["BuyerFinance"], at=NOW)
    (sent,) = mails()
    assert sent.to == [email]
    return re.search(r"http://[^/]+(/account/invitation\?token=\S+)", sent.body).group(1)


@pytest.mark.req("B-PUR-006")
def test_a_new_person_joins_through_the_link_in_the_mail(ada, visitor):
    link = invitation_link(ada)
    page = visitor.get(link).content.decode()
    assert "Join Byron Analytics AB" in page and "Finance" in page

    answer = visitor.post(link, {"name": "Ben Okoye", "password": "viola7tumbler"}, follow=True)

    assert "Welcome. You act for Byron Analytics AB." in answer.content.decode()
    assert Membership.objects.get(user__email="ben@example.com").roles == ["BuyerFinance"]
    assert sign_in(Client(), email="ben@example.com", password="viola7tumbler").status_code == 302
    assert visitor.get(link).status_code == 404


def test_joining_with_a_weak_password_keeps_the_invitation_open(ada, visitor):
    link = invitation_link(ada)

    answer = visitor.post(link, {"name": "Ben Okoye", "password": "weak"})

    assert answer.status_code == 422
    assert 'value="Ben Okoye"' in answer.content.decode()
    assert not User.objects.filter(email="ben@example.com").exists()


def test_a_person_with_a_sign_in_accepts_after_signing_in(ada, xavier):
    link = invitation_link(ada, xavier.user.email)
    assert "Sign in to accept" in Client().get(link).content.decode()

    answer = xavier.client.post(link, follow=True)

    assert "You act for Byron Analytics AB now." in answer.content.decode()


def test_somebody_else_who_is_signed_in_cannot_use_the_link(ada, xavier):
    link = invitation_link(ada)

    assert "signed in with another address" in xavier.client.get(link).content.decode()
    assert xavier.client.post(link).status_code == 409
    assert not Membership.objects.filter(user=xavier.user, account=ada.account).exists()


def test_a_made_up_link_finds_nothing(db, at, visitor):
    assert visitor.get("/account/invitation?token=abc").status_code == 404
