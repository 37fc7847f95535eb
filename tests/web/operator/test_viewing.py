"""O4: an operator looks at an account as its people see it, changes nothing, and the account can read who looked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.audit.models import AuditRecord
from galleria.kit import clock
from galleria.parties.models import Membership
from galleria.publishing.models import Product
from tests.people import NOW
from tests.web.reading import read

pytestmark = pytest.mark.django_db

BAR = "as its people see it. Nothing can be changed"


def look(olga: Any, account: Any, reason: str = "She cannot find her invoice") -> Any:
    page = read(olga.client.get(f"/operator/accounts/{account.public_id}"))
    return page.form(f"/operator/accounts/{account.public_id}/view").send(olga.client, view_reason=reason)


def status(person: Any, path: str) -> int:
    return int(person.client.get(path).status_code)


def test_the_operator_sees_the_pages_of_the_account_with_a_bar_on_each(olga: Any, ada: Any) -> None:
    answer = look(olga, ada.account)

    assert answer["Location"] == "/buyer/"
    for path in ("/buyer/", "/buyer/orders", "/buyer/subscriptions", "/buyer/funds", "/"):
        page = read(olga.client.get(path))
        assert page.has(BAR, ada.account.name), path
    assert status(olga, "/operator/accounts") == 403
    assert not read(ada.client.get("/buyer/")).has(BAR)


def test_of_a_seller_the_sellers_pages_are_seen_too(olga: Any, bruno: Any, desk: Product) -> None:
    look(olga, bruno.account)

    assert read(olga.client.get("/seller/products")).has(BAR, desk.name)
    assert status(olga, "/seller/offers/new") == 403


def test_nothing_can_be_changed_and_oneself_is_not_shown(olga: Any, ada: Any, desk: Product) -> None:
    look(olga, ada.account)
    before = AuditRecord.objects.count()

    for path in (
        "/buyer/saved",
        f"/products/{desk.slug}/save",
        "/account/users/invite",
        "/buyer/funds/top-up",
        "/nothing",
    ):
        answer = olga.client.post(path, {"email": "mallory@demo.example"})
        assert answer.status_code == 403, path
        assert read(answer).has("You only look at this account")
    for path in ("/account/", "/account/messages", "/account/keys", "/account/password/change/"):
        assert status(olga, path) == 403, path
    assert AuditRecord.objects.count() == before


def test_passwords_are_never_shown(olga: Any, ada: Any) -> None:
    look(olga, ada.account)
    request = olga.client.get("/buyer/").wsgi_request

    assert request.actor.is_viewing
    assert "gallery:subscription:view" in request.actor.permissions
    assert "gallery:credential:view" not in request.actor.permissions
    assert {each for each in request.actor.permissions if not each.endswith(":view")} == set()


def test_the_account_reads_who_looked_and_why(olga: Any, ada: Any) -> None:
    look(olga, ada.account, "She cannot find her invoice")
    olga.client.post("/operator/viewing/end")

    record = read(ada.client.get("/account/activity"))
    assert record.has(f"began to look at {ada.account.name} as its people see it", "stopped looking at")
    kept = AuditRecord.objects.get(sentence="account.view_began")
    assert (kept.actor_user_id, kept.account_id, kept.reason) == (
        olga.user.public_id, ada.account.public_id, "She cannot find her invoice",
    )  # fmt: skip


def test_looking_ends_when_told_and_the_desk_is_back(olga: Any, ada: Any) -> None:
    look(olga, ada.account)
    page = read(olga.client.get("/buyer/"))

    answer = page.form("/operator/viewing/end").send(olga.client)

    assert answer["Location"] == f"/operator/accounts/{ada.account.public_id}"
    assert read(olga.client.get(answer["Location"])).has("You are at your own desk again.")
    assert olga.client.post("/operator/viewing/end")["Location"] == "/operator/accounts"
    assert AuditRecord.objects.filter(sentence="account.view_ended").count() == 1


def test_looking_ends_by_itself_after_half_an_hour(olga: Any, ada: Any) -> None:
    look(olga, ada.account)

    clock.set_for_tests(NOW + timedelta(minutes=29, seconds=59))
    assert status(olga, "/operator/accounts") == 403
    clock.set_for_tests(NOW + timedelta(minutes=30))
    assert status(olga, "/operator/accounts") == 200
    assert not read(olga.client.get("/operator/accounts")).has(BAR)


def test_a_right_that_is_taken_away_meanwhile_ends_it(olga: Any, ada: Any) -> None:
    look(olga, ada.account)

    Membership.objects.filter(user=olga.user).update(is_owner=False, roles=["OperatorReadOnly"])

    assert not read(olga.client.get("/buyer/")).has(BAR)


def test_a_reason_is_needed(olga: Any, ada: Any) -> None:
    answer = look(olga, ada.account, " ok ")

    assert answer.status_code == 422
    assert read(answer).has("Say why; the account can read it in its record.")
    assert AuditRecord.objects.filter(sentence="account.view_began").count() == 0


def test_only_who_looks_after_accounts_may_look_and_never_at_operators(olga: Any, ada: Any, xavier: Any) -> None:
    own = f"/operator/accounts/{olga.account.public_id}/view"
    assert olga.client.post(own, {"view_reason": "Curious about us"}).status_code == 409
    assert (
        xavier.client.post(f"/operator/accounts/{ada.account.public_id}/view", {"view_reason": "Curious"}).status_code
        == 403
    )
    Membership.objects.filter(user=olga.user).update(is_owner=False, roles=["OperatorSupport"])
    assert (
        olga.client.post(f"/operator/accounts/{ada.account.public_id}/view", {"view_reason": "Curious"}).status_code
        == 403
    )
