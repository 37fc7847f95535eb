"""The gate of the open API: signatures, freshness, rates, and what is answered to those who may not pass."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from galleria.api import limits
from galleria.api.openapi import answers, gate
from galleria.kit import clock
from galleria.parties import services as parties
from galleria.parties.models import AccessKey
from tests.people import Person
from tests.wire.open_api import QUERY, Program, program

MOCK = {"orderId": "MOCKPERIODYEARNEW"}


@pytest.fixture(autouse=True)
def _fresh_buckets() -> Iterator[None]:
    limits.buckets.forget()
    yield
    limits.buckets.forget()


@pytest.fixture
def server(bruno: Person) -> Program:
    """Bruno's server."""
    return program(bruno)


def gateway(response: Any) -> tuple[int, str]:
    """Status and code of a refusal, whose form is checked."""
    told = response.json()
    assert set(told) == {"error_code", "error_msg", "request_id"}
    assert told["request_id"] == response["X-Request-ID"]
    assert response["Content-Type"] == "application/json"
    return response.status_code, told["error_code"]


@pytest.mark.req("A-OPN-001", "A-AKS-001", "A-AKS-003")
@pytest.mark.parametrize(
    "content_type",
    ["application/json", "application/json;charset=UTF-8", "application/json charset=UTF-8", "text/plain"],
)
def test_a_signed_call_passes_whatever_media_type_it_names(server: Program, content_type: str) -> None:
    answer = server.ask(MOCK, content_type=content_type)

    assert (answer.status_code, answer.json()["resultCode"]) == (200, "MKT.0000")
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.req("A-OPN-T2", "A-AKS-003")
def test_an_authorization_without_blanks_after_commas_passes(server: Program) -> None:
    from galleria_seller import aksk

    made = aksk.sign(
        "GET", f"http://testserver{QUERY}?orderId=MOCKONDEMAND", access_key=server.access_key,
        secret_key=server.secret_key, at=clock.real_now(), headers={"Content-Type": "application/json"},
    )  # fmt: skip

    answer = Client().get(
        f"{QUERY}?orderId=MOCKONDEMAND",
        content_type="application/json",
        headers=made | {"Authorization": made["Authorization"].replace(", ", ",")},
    )

    assert answer.status_code == 200


@pytest.mark.req("A-ERR-002", "A-OPN-T3", "A-AKS-003")
@pytest.mark.parametrize(
    "changed",
    [
        {"Authorization": None},
        {"Authorization": "Basic eHg6eXk="},
        {"Authorization": "SDK-HMAC-SHA256 Access=A, SignedHeaders=host;x-sdk-date, Signature=" + "0" * 64},
        {"X-Sdk-Date": "20260115T093000Z"},
        {"X-Sdk-Date": None},
        {"Host": "localhost"},
    ],
)
def test_a_call_without_its_proof_is_refused(server: Program, changed: dict[str, str | None]) -> None:
    assert gateway(server.ask(MOCK, changed=changed)) == (401, "APIG.0301")


@pytest.mark.req("A-OPN-T3", "A-ERR-002")
def test_a_changed_query_a_body_and_another_secret_are_refused(server: Program) -> None:
    signed = server.ask(MOCK)
    other = Program(server.access_key, server.secret_key[:-1] + "!")

    assert signed.status_code == 200
    assert gateway(other.ask(MOCK)) == (401, "APIG.0301")
    assert "canonical request here: " in other.ask(MOCK).json()["error_msg"]


@pytest.mark.req("A-AKS-003")
def test_calls_older_or_newer_than_a_quarter_of_an_hour_are_refused(server: Program) -> None:
    codes = [server.ask(MOCK, age=timedelta(minutes=minutes)).status_code for minutes in (0, 14, -14, 16, -16)]

    assert codes == [200, 200, 200, 401, 401]


@pytest.mark.req("A-AKS-003")
def test_a_turned_test_clock_does_not_make_signatures_old(server: Program) -> None:
    clock.advance(timedelta(days=400))

    assert server.ask(MOCK).status_code == 200


@pytest.mark.req("A-AKS-003")
def test_the_public_host_may_be_signed_behind_a_proxy_that_writes_its_own(server: Program, settings: Any) -> None:
    settings.GALLERIA_SITE_URL = "https://market.example.com"

    public = server.ask(MOCK, host="market.example.com", changed={"Host": "testserver"})
    foreign = server.ask(MOCK, host="elsewhere.example.com", changed={"Host": "testserver"})

    assert public.status_code == 200
    assert gateway(foreign) == (401, "APIG.0301")


@pytest.mark.req("A-AKS-003")
def test_a_prefix_that_a_trusted_proxy_cut_off_may_be_signed(server: Program, settings: Any) -> None:
    def behind(original: str) -> int:
        from galleria_seller import aksk

        made = aksk.sign(
            "GET", f"http://testserver/market{QUERY}?orderId=MOCKONDEMAND", access_key=server.access_key,
            secret_key=server.secret_key, at=clock.real_now(), headers={"Content-Type": "application/json"},
        )  # fmt: skip
        headers = made | {"X-Forwarded-Uri": original}
        answer = Client().get(f"{QUERY}?orderId=MOCKONDEMAND", content_type="application/json", headers=headers)
        return int(answer.status_code)

    untrusted = behind(f"/market{QUERY}?orderId=MOCKONDEMAND")
    settings.GALLERIA_BEHIND_PROXY = True

    assert untrusted == 401
    assert behind(f"/market{QUERY}?orderId=MOCKONDEMAND") == 200
    assert behind("/market/elsewhere") == 401


@pytest.mark.req("A-OPN-002", "A-ERR-001")
def test_a_buyer_and_a_seller_who_left_have_no_authority(ada: Person, bruno: Person) -> None:
    buyer = program(ada).ask(MOCK)
    server = program(bruno)
    bruno.seller.state = "left"
    bruno.seller.save()

    for answer in (buyer, server.ask(MOCK)):
        assert (answer.status_code, answer.json()) == (
            401,
            {"resultCode": "CBC.0151", "resultMsg": "No authority."},
        )


@pytest.mark.req("A-OPN-002")
def test_a_suspended_seller_still_serves_its_customers(bruno: Person) -> None:
    server = program(bruno)
    bruno.seller.state = "suspended"
    bruno.seller.save()

    assert server.ask(MOCK).status_code == 200


@pytest.mark.req("A-AKS-003", "A-ERR-002")
def test_a_revoked_pair_stops_at_once(bruno: Person, server: Program, at: Any) -> None:
    before = server.ask(MOCK).status_code

    parties.revoke_access_key(bruno.actor, access_key=server.access_key, at=at)

    assert before == 200
    assert gateway(server.ask(MOCK)) == (401, "APIG.0301")


@pytest.mark.req("A-AKS-003", "S-SUB-T3")
def test_the_pair_of_a_locked_user_stops_at_once(bruno: Person) -> None:
    user = bruno.colleague("Dag", "BuyerAdmin", "SellerDelivery")
    server = program(user)
    before = server.ask(MOCK).status_code

    user.user.is_active = False
    user.user.save()

    assert before == 200
    assert gateway(server.ask(MOCK)) == (401, "APIG.0301")


@pytest.mark.req("A-OPN-002", "S-SUB-T1", "S-SUB-T3")
def test_a_pair_may_what_its_user_may(bruno: Person) -> None:
    user = bruno.colleague("Dag", "BuyerAdmin", "SellerPublisher")
    server = program(user)

    refused = server.ask(MOCK)
    user.user.memberships.update(roles=["BuyerAdmin", "SellerDelivery"])

    assert (refused.status_code, refused.json()["resultCode"]) == (401, "CBC.0151")
    assert server.ask(MOCK).status_code == 200


@pytest.mark.req("A-ERR-001")
def test_a_token_instead_of_a_signature_is_an_illegal_token(server: Program) -> None:
    answer = server.ask(MOCK, changed={"Authorization": None, "X-Auth-Token": "MIIx"})

    assert (answer.status_code, answer.json()["resultCode"]) == (401, "CBC.0154")


@pytest.mark.req("A-ERR-002")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/mkp-openapi-public/global/v1/order/queries"),
        ("GET", "/api/mkp-openapi-public/"),
        ("POST", QUERY),
        ("DELETE", QUERY),
    ],
)
def test_paths_and_methods_that_do_not_exist_are_told_as_a_gateway_does(
    server: Program, method: str, path: str
) -> None:
    assert gateway(server.ask(MOCK, method=method, path=path)) == (404, "APIG.0101")


@pytest.mark.req("A-ERR-002")
def test_too_many_calls_of_a_pair_are_told_to_come_back(
    server: Program, settings: Any, rita: Person, bruno: Person
) -> None:
    settings.GALLERIA_OPEN_API_RATE = 1

    answers_ = [server.ask(MOCK) for _ in range(4)]

    assert [each.status_code for each in answers_] == [200, 200, 200, 429]
    assert gateway(answers_[3]) == (429, "APIG.0308")
    assert answers_[3]["Retry-After"] == "1"
    assert program(bruno).ask(MOCK).status_code == 200


@pytest.mark.req("A-ERR-002")
def test_guessing_is_slowed_down_and_does_not_use_up_the_rate_of_the_pair(server: Program, settings: Any) -> None:
    settings.GALLERIA_OPEN_API_RATE = 1
    guesser = Program(server.access_key, "guess")

    assert [guesser.ask(MOCK).status_code for _ in range(4)] == [401, 401, 401, 429]
    assert server.ask(MOCK).status_code == 200


@pytest.mark.req("A-AKS-003")
def test_the_use_of_a_pair_is_noted_at_most_once_in_five_minutes(
    server: Program, at: Any, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(2):
        server.ask(MOCK)
    clock.advance(timedelta(minutes=4))
    with django_assert_num_queries(1):
        server.ask(MOCK)

    assert AccessKey.objects.get(access_key=server.access_key).last_used_at == at


@pytest.mark.req("A-ERR-001")
def test_a_fault_of_ours_is_an_internal_error(server: Program, settings: Any) -> None:
    settings.GALLERIA_SECRET_KEYS = ()  # no secret can be opened any more

    answer = server.ask(MOCK)

    assert (answer.status_code, answer.json()) == (500, {"resultCode": "CBC.0999", "resultMsg": "Internal error."})


@pytest.mark.req("A-ERR-001", "A-DEC-013")
def test_the_codes_have_the_statuses_of_the_contract() -> None:
    assert {code: status for code, (status, _text) in answers.ERRORS.items()} == {
        "CBC.0999": 500, "CBC.0100": 500, "CBC.0101": 400, "CBC.0199": 400, "CBC.0150": 401, "CBC.0151": 401,
        "CBC.0154": 401, "CBC.0250": 406, "CBC.9001": 500, "CBC.9002": 500, "CBC.9003": 500, "CBC.9004": 500,
    }  # fmt: skip
    assert gate.STATUSES == {"APIG.0301": 401, "APIG.0308": 429, "APIG.0101": 404}
    assert answers.SUCCESS == "MKT.0000"
    assert [code for code in answers.ERRORS if "extra_info" in answers.refusal(code, "x").content.decode()] == [
        "CBC.0100", "CBC.0150", "CBC.0250", "CBC.9001", "CBC.9002", "CBC.9004",
    ]  # fmt: skip
