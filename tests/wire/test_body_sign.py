"""Signed answers: the vectors, the four spellings of the header, and what is refused."""

from __future__ import annotations

import pytest

from galleria.delivering.adapters.saas_v2 import body_sign
from galleria_seller import signature as verify
from tests.wire.conftest import KEY

BODIES = {
    "gsKmOys0vQfIWXxIw1jKJij5ri7GjE4UoXcZww6G40I=": (
        '{"resultCode":"000000","resultMsg":"success.","instanceId":"5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68"}'
    ),
    "vCln9/XWF2oDNlYi970sXwEPV3pxABU4LSmxGG9Hy1g=": '{"resultCode":"000001","resultMsg":"鉴权失败"}',
    "SJ9jVm2QZHJ6eiVwhfNB9PMwgzbno7P6oiCA8UWH7E8=": (
        '{"resultCode":"000000","resultMsg":"success.","encryptType":"1",'
        '"instanceId":"5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68","appInfo":{"frontEndUrl":"https://app.example.com",'
        '"adminUrl":"https://app.example.com/admin",'
        '"userName":"Abcd1234Efgh5678chRJCA/itmo2gn9QRkXRQ94wAEzKI14XlUgYN/a172M=",'
        '"password":"Zyxw9876Vuts5432vtNKEw5WpUJnYK6WImFFSQ==","memo":"\\u4e2d\\u6587"}}'
    ),
}


@pytest.mark.req("A-BSG-001", "A-BSG-003")
@pytest.mark.parametrize("expected", BODIES)
def test_the_vectors_are_computed_over_the_bytes_as_sent(expected: str) -> None:
    body = BODIES[expected].encode()

    assert body_sign.signature_of(KEY, body) == expected
    assert body_sign.header_for(KEY, body) == f'sign_type="HMAC-SHA256", signature= "{expected}"'
    assert verify.body_sign(KEY, body) == body_sign.header_for(KEY, body)
    assert body_sign.problem(KEY, body, body_sign.header_for(KEY, body), required=True) is None


@pytest.mark.req("A-BSG-002", "A-BSG-004", "A-DEC-016")
@pytest.mark.parametrize(
    "header",
    [
        'sign_type="HMAC-SHA256", signature= "gsKm="',
        'sign_type="HMAC-SHA256",signature="gsKm="',
        'sign_type="HMAC-SHA256", signature="gsKm="',
        "sign_type=HMAC-SHA256, signature=gsKm=",
        'SIGN_TYPE = "HMAC-SHA256" ,  Signature = "gsKm="',
    ],
)
def test_every_spelling_of_the_header_is_read(header: str) -> None:
    assert body_sign.read(header) == ("HMAC-SHA256", "gsKm=")


@pytest.mark.req("A-BSG-002", "A-DBG-003")
@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ('sign_type="HMAC-SHA1", signature="gsKm="', body_sign.WRONG_TYPE),
        ('sign_type="HMAC-SHA256", signature=""', body_sign.WRONG_TYPE),
        ('sign_type="HMAC-SHA256"', body_sign.WRONG_TYPE),
        ("nonsense", body_sign.WRONG_TYPE),
        ('signature="gsKm=", sign_type="HMAC-SHA256"', body_sign.MISMATCH),
        ('sign_type="HMAC-SHA256", signature="gsKm="', body_sign.MISMATCH),
        ('sign_type="HMAC-SHA256", signature="签名"', body_sign.MISMATCH),
    ],
)
def test_a_wrong_header_is_named(header: str, problem: str) -> None:
    assert body_sign.problem(KEY, b"{}", header, required=False) == problem


@pytest.mark.req("A-DEC-002", "A-DBG-003")
def test_an_absent_header_counts_only_where_it_is_required() -> None:
    assert body_sign.problem(KEY, b"{}", None, required=False) is None
    assert body_sign.problem(KEY, b"{}", "  ", required=False) is None
    assert body_sign.problem(KEY, b"{}", None, required=True) == "http header->bodySign is empty"


@pytest.mark.req("A-BSG-001")
def test_one_changed_byte_or_another_key_breaks_the_signature() -> None:
    header = body_sign.header_for(KEY, b'{"resultCode":"000000"}')

    assert body_sign.problem(KEY, b'{"resultCode":"000000"} ', header, required=False) == body_sign.MISMATCH
    assert body_sign.problem("other", b'{"resultCode":"000000"}', header, required=False) == body_sign.MISMATCH
