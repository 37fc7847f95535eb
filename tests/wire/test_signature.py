"""The V2 request signature against the contract's vectors, and against both kinds of verifiers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.delivering.adapters.saas_v2 import signature
from galleria_seller import signature as verify
from tests.wire.conftest import KEY

INSTANCE = "5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68"
ADDRESS = "https://isv.example.com/saasproduce"
LONG_NONCE = "7C1E5B90A2D34F688B0C9D7E6F51A234C0FFEE1122334455AABBCCDDEEFF0099"
MADE = {
    "orderId": "GA2601150930X7K2QP",
    "orderLineId": "GA2601150930X7K2QP-000001",
    "activity": "newInstance",
    "businessId": INSTANCE,
}

# id: members in any order, body bytes, timestamp, nonce, inner digest, signature
VECTORS: dict[str, tuple[dict[str, Any], str, int, str, str, str]] = {
    "V2-1": (
        MADE | {"testFlag": "1"},
        '{"activity":"newInstance","businessId":"5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68","orderId":"GA2601150930X7K2QP",'
        '"orderLineId":"GA2601150930X7K2QP-000001","testFlag":"1"}',
        1768469400123,
        LONG_NONCE,
        "8e3afc9fc4378aee37528fa5b66301cdd0ed7cb4373ec87e5bf89dd15946f6e0",
        "FC44D57E9DC0B58C0B15E2CA56C0BA643864DCFADB6D1B3364D502412FE89C2B",
    ),
    "V2-2": (
        MADE,
        '{"activity":"newInstance","businessId":"5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68","orderId":"GA2601150930X7K2QP",'
        '"orderLineId":"GA2601150930X7K2QP-000001"}',
        1768469401123,
        "kQ3vZp8LtY2mWx7R",
        "a6dbf79c0a33572e59cccfd7694c5075975c1f629316339574b828fc79938faa",
        "F5B457928D0B7AC3E7B3D07423ED1F82EF03B8FE01E9E2DE5F0A326758353074",
    ),
    "V2-3": (
        {
            "scene": "RENEWAL",
            "activity": "refreshInstance",
            "expireTime": "20270115093000",
            "instanceId": INSTANCE,
            "productId": "OFFI900100200300400500",
            "orderId": "GA2601160800M4D1RW",
            "orderLineId": "GA2601160800M4D1RW-000001",
        },
        '{"activity":"refreshInstance","expireTime":"20270115093000","instanceId":"5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68",'
        '"orderId":"GA2601160800M4D1RW","orderLineId":"GA2601160800M4D1RW-000001",'
        '"productId":"OFFI900100200300400500","scene":"RENEWAL"}',
        1768550400500,
        "aB3dE6gH9jK2mN5p",
        "620dbedc76e0194553f9633fcf3046134e48c1cd00962637c27a789bfdb2051c",
        "3C07019AC906A1DB4564B03DA62353B8518C88084E1291B3288EDE687425002B",
    ),
    "V2-4": (
        {"instanceId": f"{INSTANCE},91c27be4-6a05-4d38-b2f7-0e8d43a6c159", "activity": "queryInstance"},
        '{"activity":"queryInstance","instanceId":"5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68,'
        '91c27be4-6a05-4d38-b2f7-0e8d43a6c159"}',
        1768469460000,
        "Zx9Yw8Vu7Ts6Rq5P",
        "d583365c1c402800d578003028ed5227e869d5c399bc41a30b8b9e82f6eb01e1",
        "AFF8E35FFD6E887CB32749F6027E102248563BBAF9A4A2D4F3FE9999E4C23D7C",
    ),
    "V2-5": (
        {"status": "FREEZE", "instanceId": INSTANCE, "activity": "updateInstanceStatus"},
        '{"activity":"updateInstanceStatus","instanceId":"5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68","status":"FREEZE"}',
        1768469470000,
        "f00dCafe12345678",
        "33d5308c2b752712bee504a5257043824eaba3145489ca003f579316ca9263d3",
        "3032AA6CF8F7F50DF2C9B353B4949E596D317A07A794FF8577646C153A6E9A12",
    ),
    "V2-6": (
        {
            "instanceId": INSTANCE,
            "orderId": "GA2601170700U9B3TS",
            "orderLineId": "GA2601170700U9B3TS-000001",
            "activity": "releaseInstance",
        },
        '{"activity":"releaseInstance","instanceId":"5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68",'
        '"orderId":"GA2601170700U9B3TS","orderLineId":"GA2601170700U9B3TS-000001"}',
        1768633200000,
        "N0nceN0nceN0nce1",
        "4565d1d04a00f07677f85b2728bdbe40b88c155a66901c0ba6b815bc2823148d",
        "D6D416F4572332D941295CBA6B2FFB504FCCF5739BC2AC48A185711356AF3DB5",
    ),
    "V2-7": (
        {
            "orderLineId": "GA2601180600C5E8YH-000001",
            "orderId": "GA2601180600C5E8YH",
            "instanceId": INSTANCE,
            "activity": "upgradeInstance",
        },
        '{"activity":"upgradeInstance","instanceId":"5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68",'
        '"orderId":"GA2601180600C5E8YH","orderLineId":"GA2601180600C5E8YH-000001"}',
        1768716000000,
        "N0nceN0nceN0nce2",
        "fddaccb15c24579ff426a56d2e57ec14780c714e196d2a334be5e5fb486dd5a8",
        "22F480C7B0080B03BAF8E5B8110B0863D5C7F66F588597A34CF468E604D394F9",
    ),
    "V2-8": (
        {
            "productInfo": {
                "skuCode": "c4b1e7d2-08f6-4a93-9d5c-2e7f61a03b84",
                "productId": "OFFI900100200300400501",
                "linearValue": 5,
            },
            "instanceId": INSTANCE,
            "activity": "changeInstanceCheck",
        },
        '{"activity":"changeInstanceCheck","instanceId":"5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68","productInfo":'
        '{"linearValue":5,"productId":"OFFI900100200300400501","skuCode":"c4b1e7d2-08f6-4a93-9d5c-2e7f61a03b84"}}',
        1768716100000,
        "N0nceN0nceN0nce3",
        "c9981176cf751d00602e7a5e1d3a214b8fab0fbbf55d8d45134ab6add7bf47c9",
        "C9EC115E6A6B8EA8BEF419A9A8191A878591910CABF6C0623AC572DAF60438BA",
    ),
    "V2-9": (
        {
            "testFlag": "1",
            "orderId": "测试订单-01",
            "orderLineId": "测试订单-01-000001",
            "activity": "orderNotify",
        },
        '{"activity":"orderNotify","orderId":"测试订单-01","orderLineId":"测试订单-01-000001","testFlag":"1"}',
        1768716200000,
        "N0nceN0nceN0nce4",
        "0ac1728600cf5c32e73474e6577f8bb9aa8bab42cd860591b9e1cd63d66f6a25",
        "4870225FCA689232E3C6171DCE7C105BC28DC256C67831FD4D10BB8407F87C83",
    ),
    "V2-10": (
        {"orderId": "GA1", "activity": "newInstance", "orderLineId": None, "businessId": ""},
        '{"activity":"newInstance","businessId":"","orderId":"GA1"}',
        1768716300000,
        "N0nceN0nceN0nce5",
        "339f6101985ec2a96809874ad6907eaa22168994b4aecfb844a45d98846613a1",
        "A06BB1EF5EE0B391C16E7BE981305737A481F6233833B6B6F052786874F10230",
    ),
    "LIC-2": (
        {
            "activity": "refreshLicenseCode",
            "license": "PL7K2QPX9D",
            "expireTime": "20270115093000",
            "orderId": "GA2601160800M4D1RW",
            "orderLineId": "GA2601160800M4D1RW-000001",
            "scene": "RENEWAL",
        },
        '{"activity":"refreshLicenseCode","expireTime":"20270115093000","license":"PL7K2QPX9D",'
        '"orderId":"GA2601160800M4D1RW","orderLineId":"GA2601160800M4D1RW-000001","scene":"RENEWAL"}',
        1768550400777,
        "Lc0deLc0deLc0de1",
        "e8dda414fc0bd9bbd2e0100c85d932d1fcc79a3e871932805383cce2584ca14f",
        "9DA409DE1508FB4C3B767F25C348CA0E0725AF6E33693899CF1FC2AFFA494A89",
    ),
}


@pytest.mark.req("A-SIG-001", "A-SIG-003", "A-SIG-005", "A-DEC-001", "A-DEC-007", "A-DEC-008", "A-DEC-009")
@pytest.mark.parametrize("vector", VECTORS)
def test_every_vector_of_the_contract_is_signed_exactly(vector: str) -> None:
    members, body, timestamp, nonce, digest, expected = VECTORS[vector]

    signed = signature.sign(KEY, members, timestamp_ms=timestamp, nonce=nonce)

    assert signed.payload == body.encode()
    assert signed.digest == digest
    assert signed.signature == expected
    assert signed.timestamp == str(timestamp)


@pytest.mark.req("A-SIG-002", "A-SIG-005", "A-DEC-003", "A-V2C-001")
def test_the_proof_is_appended_to_the_address_in_the_order_of_the_examples() -> None:
    signed = signature.sign(KEY, VECTORS["V2-1"][0], timestamp_ms=1768469400123, nonce=LONG_NONCE)

    assert signed.url(ADDRESS) == (
        "https://isv.example.com/saasproduce"
        "?signature=FC44D57E9DC0B58C0B15E2CA56C0BA643864DCFADB6D1B3364D502412FE89C2B"
        "&timestamp=1768469400123"
        "&nonce=7C1E5B90A2D34F688B0C9D7E6F51A234C0FFEE1122334455AABBCCDDEEFF0099"
    )


@pytest.mark.req("A-ADR-001")
@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://isv.example.com/p?shop=7", "https://isv.example.com/p?shop=7&signature=S&timestamp=1&nonce=N"),
        ("https://isv.example.com/p?", "https://isv.example.com/p?signature=S&timestamp=1&nonce=N"),
        ("https://isv.example.com/p?a=1&", "https://isv.example.com/p?a=1&signature=S&timestamp=1&nonce=N"),
        ("https://isv.example.com/p#part", "https://isv.example.com/p?signature=S&timestamp=1&nonce=N"),
    ],
)
def test_a_query_of_the_sellers_own_is_kept(address: str, expected: str) -> None:
    assert signature.Signed(b"{}", "S", "1", "N", 1, "").url(address) == expected


@pytest.mark.req("A-SIG-002")
def test_every_nonce_is_new_and_has_64_upper_case_hex_digits() -> None:
    nonces = {signature.new_nonce() for _ in range(200)}

    assert len(nonces) == 200
    assert all(re.fullmatch(r"[0-9A-F]{64}", nonce) for nonce in nonces)


def _by_hand(payload: bytes, *, digest: str | None = None, upper: bool = False) -> str:
    inner = digest or hmac.new(KEY.encode(), payload, hashlib.sha256).hexdigest()
    text = f"{KEY}{LONG_NONCE}1768469400123{inner.upper() if upper else inner}"
    return hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest().upper()


BODY_1 = VECTORS["V2-1"][1].encode()
BLANKS = json.dumps(json.loads(BODY_1)).encode()
NEGATIVES = {
    "308211F270A141FF08A194B7A6E854717DC2C441F7133BFD0E3318B7B8216C2B": signature.sign(
        KEY, VECTORS["V2-1"][0], timestamp_ms=1768469400123, nonce=LONG_NONCE, variant="descending"
    ).signature,
    "B769E54F11FAB4C346C895622F2A70F92D8B26F3D613B6AD3C44AF8205B4A35D": signature.sign(
        KEY, VECTORS["V2-1"][0], timestamp_ms=1768469400123, nonce=LONG_NONCE, variant="plain_sha256"
    ).signature,
    "7422C8B0A93FAF27D7F130031A41B89090167C2FEB8EB4BA014DCA423808B840": _by_hand(BLANKS),
    "BF262AFA049C81F7AAFED7A707D7F6855FA1F2432DB520F796EE966F4D59579D": _by_hand(BODY_1, upper=True),
}


@pytest.mark.req("A-SIG-006")
@pytest.mark.parametrize("wrong", NEGATIVES)
def test_the_known_mistakes_give_the_contracts_values_and_a_standard_verifier_refuses_them(wrong: str) -> None:
    assert NEGATIVES[wrong] == wrong
    query = {"signature": wrong, "timestamp": "1768469400123", "nonce": LONG_NONCE}

    assert verify.refusal(query, BODY_1, keys=[KEY], now_ms=1768469400123) == "000001"


@pytest.mark.req("A-DBG-004")
def test_the_variant_seconds_signs_and_sends_ten_digits() -> None:
    signed = signature.sign(KEY, MADE, timestamp_ms=1768469400123, nonce="N", variant="seconds")

    assert signed.timestamp == "1768469400"
    assert signed.timestamp_ms == 1768469400123
    assert verify.is_signed(KEY, signed.signature, "1768469400", "N", signed.payload)


@pytest.mark.req("A-DBG-004")
def test_the_variant_base64_key_uses_the_shown_form_as_the_key() -> None:
    shown = base64.b64encode(KEY.encode()).decode()
    assert shown == "M2YwYzlhNTItN2QxNC00YjZlLTljMzgtNTFlMmE3ZDBiODQ2"

    signed = signature.sign(KEY, MADE, timestamp_ms=1768469400123, nonce="N", variant="base64_key")

    assert verify.is_signed(shown, signed.signature, signed.timestamp, "N", signed.payload)
    assert not verify.is_signed(KEY, signed.signature, signed.timestamp, "N", signed.payload)


@pytest.mark.req("A-DBG-004", "A-SIG-006")
def test_no_variant_is_taken_for_the_standard() -> None:
    found = {
        variant: signature.sign(KEY, MADE, timestamp_ms=1768469400123, nonce="N", variant=variant).signature
        for variant in signature.VARIANTS
    }

    assert len(set(found.values())) == 5
    with pytest.raises(ValueError, match="unknown signature variant"):
        signature.sign(KEY, MADE, timestamp_ms=1, nonce="N", variant="other")  # type: ignore[arg-type]


JSON_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
BODIES = st.dictionaries(JSON_TEXT, st.none() | JSON_TEXT | st.integers(-(10**6), 10**6), max_size=8)


@pytest.mark.req("A-V2C-T1", "A-SIG-003", "A-DEC-001")
@given(members=BODIES, key=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_a_sorting_verifier_and_one_over_the_raw_bytes_accept_whatever_we_send(
    members: dict[str, Any], key: str
) -> None:
    signed = signature.sign(key, members, timestamp_ms=1768469400123, nonce="N")

    arguments = (key, signed.signature, signed.timestamp, signed.nonce, signed.payload)
    assert verify.is_signed_raw(*arguments)
    if all(ord(character) < 0xD800 for name in members for character in name):  # orders differ beyond
        assert verify.is_signed(*arguments)


@pytest.mark.req("A-SIG-003")
def test_nothing_is_escaped_that_json_does_not_need() -> None:
    payload = signature.payload({"b": 'é/测"\\\n\u2028', "a": {"z": None, "y": []}})

    assert payload == '{"a":{"y":[],"z":null},"b":"é/测\\"\\\\\\n\u2028"}'.encode()


@pytest.mark.req("A-SIG-003")
def test_what_json_cannot_say_is_refused() -> None:
    for value in (float("nan"), float("inf"), "\ud800"):
        with pytest.raises(ValueError):
            signature.payload({"a": value})
