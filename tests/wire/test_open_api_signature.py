"""SDK-HMAC-SHA256: the vectors of the contract, what is read leniently, and what does not pass."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from galleria.api.openapi import signature
from galleria.api.openapi.signature import NotSigned, Received

SK = "Qm7xT2vLr9KdWc4uYb1nHs6pEf3gZa8jXo5iRt0V"
HOST = "mkt.galleria.example.com"
QUERY = "/api/mkp-openapi-public/global/v1/order/query"
USAGE = "/api/mkp-openapi-public/global/v1/isv/usage-data"
US_1 = (
    b'{"usage_records":[{"begin_time":"20260115T080000Z","end_time":"20260115T090000Z",'
    b'"instance_id":"5d0f6a1e-3b27-4c89-a1f4-7e92d35c0b68","metering_sn":"ms-20260115-000001",'
    b'"record_time":"20260115T090005Z","usage_value":"12.5"}]}'
)
AK_1 = Received(
    "GET",
    QUERY,
    "orderId=MOCKPERIODYEARNEW&orderLineId=MOCKPERIODYEARNEW-000001",
    {"content-type": "application/json;charset=UTF-8", "host": HOST, "x-sdk-date": "20260115T093000Z"},
    b"",
)
AK_2 = Received(
    "POST",
    USAGE,
    "",
    {"content-type": "application/json", "host": HOST, "x-sdk-date": "20260115T090005Z"},
    US_1,
)
AK_3 = Received("GET", QUERY, "orderId=MOCKPERIODYEARNEW", AK_1.headers | {"content-type": "application/json"}, b"")
NAMES = "content-type;host;x-sdk-date"
VECTORS = [
    (
        "AK-1",
        AK_1,
        "Access=GALLERIATESTAK000001",
        "6608956826ff2a1eebabbe3245b0edefb31225ded07f081da1a986baaea16c55",
        "6896da7191a361ee777ea26661cd3c6ed988c9c963c415d898f62723f3da4eb2",
    ),
    (
        "AK-2",
        AK_2,
        "Access=GALLERIATESTAK000001",
        "047698b2f9ba2091373bbcc0ef9f7c1bcfa97e83193ef1d3400ad411e161b84c",
        "0b5a27efe29970da435c1dd9d3c3a98875a20b1fd387c07d313a3c936f33dff1",
    ),
    (
        "AK-3",
        AK_3,
        "Credential=GALLERIATESTAK000001/20260115/region/mkt/sdk_request",
        "54fb7b67debb9e6aea5d8a76deba524602638d9015d5c9cc51de65732d49d1fb",
        "24e3e60cbc93fe2f3c797bc163c484905d4d96c59ff757a4cf6184b7df559161",
    ),
]


def passes(request: Received, header: str, secret: str = SK) -> bool:
    """Whether the secret proves the request."""
    proof = signature.read_authorization(header)
    wanted = signature.canonical_hash(request, proof.signed_headers)
    return signature.proves(proof, request.headers["x-sdk-date"], [wanted])(secret)


def header_of(
    vector: tuple[str, Received, str, str, str], form: str = "{a} {k}, SignedHeaders={n}, Signature={s}"
) -> str:
    return form.format(a=signature.ALGORITHM, k=vector[2], n=NAMES, s=vector[4])


@pytest.mark.req("A-AKS-002", "A-AKS-004", "A-AKS-006", "A-AKS-007", "A-OPN-T1")
@pytest.mark.parametrize("vector", VECTORS, ids=[each[0] for each in VECTORS])
def test_the_vectors_of_the_contract_are_accepted(vector: tuple[str, Received, str, str, str]) -> None:
    _name, request, _key, request_hash, _signature = vector
    proof = signature.read_authorization(header_of(vector))

    assert signature.canonical_hash(request, proof.signed_headers) == request_hash
    assert proof.access_key == "GALLERIATESTAK000001"
    assert passes(request, header_of(vector))
    assert not passes(request, header_of(vector), secret=SK[:-1] + "v")


@pytest.mark.req("A-AKS-002")
def test_the_canonical_request_of_the_first_vector_is_the_printed_one() -> None:
    assert signature.canonical_request(AK_1, NAMES.split(";")).decode() == (
        "GET\n"
        "/api/mkp-openapi-public/global/v1/order/query/\n"
        "orderId=MOCKPERIODYEARNEW&orderLineId=MOCKPERIODYEARNEW-000001\n"
        "content-type:application/json;charset=UTF-8\n"
        f"host:{HOST}\n"
        "x-sdk-date:20260115T093000Z\n"
        "\n"
        "content-type;host;x-sdk-date\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


@pytest.mark.req("A-AKS-005")
def test_the_expectation_of_a_public_client_comes_out() -> None:
    request = Received(
        "POST",
        "/api/mkp-openapi-public/global/v1/license/activate",
        "",
        {
            "content-type": "application/json",
            "host": "mkt.myhuaweicloud.com",
            "x-sdk-date": "20240317T144237Z",
            "x-stage": "RELEASE",
        },
        b"",
    )
    wanted = signature.canonical_hash(request, ["x-stage", "host", "content-type", "x-sdk-date"])

    made = signature.expected_signature("123", "20240317T144237Z", wanted)

    assert made == "77595ad624b6e4e49990b8c4e84bf1c287457fca61069c4e60b9b6765b52053d"


@pytest.mark.req("A-AKS-003", "A-OPN-T2")
@pytest.mark.parametrize(
    "form",
    [
        "{a} {k},SignedHeaders={n},Signature={s}",
        "{a} {k},   SignedHeaders={n} , Signature={s}",
        "{a}  Signature={s}, {k}, SignedHeaders={n}",
        " {a} {k}, SignedHeaders={n}, Signature={s} ",
    ],
)
def test_blanks_and_order_in_the_header_do_not_matter(form: str) -> None:
    assert passes(AK_1, header_of(VECTORS[0], form))
    assert passes(AK_1, header_of(VECTORS[0], form).replace(VECTORS[0][4], VECTORS[0][4].upper()))
    assert passes(AK_1, header_of(VECTORS[0], form).replace(NAMES, "Host;X-Sdk-Date;Content-Type"))


@pytest.mark.req("A-AKS-001", "A-AKS-003")
@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "must begin with SDK-HMAC-SHA256"),
        ("Bearer gak_x", "must begin with SDK-HMAC-SHA256"),
        ("V11-HMAC-SHA256 Access=A, SignedHeaders=host;x-sdk-date, Signature=" + "0" * 64, "must begin with"),
        ("SDK-HMAC-SHA256 ", "once each"),
        ("SDK-HMAC-SHA256 Access=A, Access=B", "once each"),
        (f"SDK-HMAC-SHA256 Access=A, SignedHeaders={NAMES}, Signature=00", "64 hexadecimal digits"),
        (f"SDK-HMAC-SHA256 Access=, SignedHeaders={NAMES}, Signature={'0' * 64}", "no access key"),
        (f"SDK-HMAC-SHA256 SignedHeaders={NAMES}, Signature={'0' * 64}", "no access key"),
        (f"SDK-HMAC-SHA256 Credential=A/2026, SignedHeaders={NAMES}, Signature={'0' * 64}", "no access key"),
        (f"SDK-HMAC-SHA256 Access=A, SignedHeaders=x-sdk-date, Signature={'0' * 64}", "Host and X-Sdk-Date"),
        (f"SDK-HMAC-SHA256 Access=A, SignedHeaders=host, Signature={'0' * 64}", "Host and X-Sdk-Date"),
        (f"SDK-HMAC-SHA256 Access=A, SignedHeaders=host;host;x-sdk-date, Signature={'0' * 64}", "each header once"),
        (f"SDK-HMAC-SHA256 Access=A, SignedHeaders=host;x\u00e9;x-sdk-date, Signature={'0' * 64}", "each header once"),
    ],
)
def test_a_header_that_cannot_be_read_says_why(header: str, reason: str) -> None:
    with pytest.raises(NotSigned, match=reason):
        signature.read_authorization(header)


@pytest.mark.req("A-AKS-002", "A-OPN-T3")
@pytest.mark.parametrize(
    "change",
    [
        {"method": "POST"},
        {"path": QUERY + "2"},
        {"query": "orderId=MOCKPERIODYEARNEW&orderLineId=MOCKPERIODYEARNEW-000002"},
        {"query": AK_1.query + "&more=1"},
        {"body": b" "},
        {"headers": AK_1.headers | {"host": "elsewhere.example.com"}},
        {"headers": AK_1.headers | {"content-type": "text/plain"}},
    ],
)
def test_any_change_after_signing_is_seen(change: dict[str, Any]) -> None:
    assert not passes(replace(AK_1, **change), header_of(VECTORS[0]))


@pytest.mark.req("A-AKS-003", "A-OPN-T3")
def test_a_changed_body_does_not_pass_whatever_hash_is_announced() -> None:
    changed = replace(AK_2, body=US_1.replace(b"12.5", b"12.6"))
    announced = replace(changed, headers=AK_2.headers | {"x-sdk-content-sha256": hashlib.sha256(US_1).hexdigest()})

    assert passes(AK_2, header_of(VECTORS[1]))
    assert not passes(changed, header_of(VECTORS[1]))
    assert not passes(announced, header_of(VECTORS[1]))


@pytest.mark.req("A-AKS-002", "A-AKS-003")
def test_an_announced_hash_is_taken_as_it_is_spelled_and_an_unsigned_body_is_refused() -> None:
    def signed_with(hash_: str, request: Received) -> str:
        text = signature.canonical_request(request, NAMES.split(";")).decode().rpartition("\n")[0] + f"\n{hash_}"
        made = signature.expected_signature(
            SK, request.headers["x-sdk-date"], hashlib.sha256(text.encode()).hexdigest()
        )
        return f"SDK-HMAC-SHA256 Access=A, SignedHeaders={NAMES}, Signature={made}"

    upper = hashlib.sha256(US_1).hexdigest().upper()
    spelled = replace(AK_2, headers=AK_2.headers | {"x-sdk-content-sha256": upper})
    unsigned = replace(AK_2, headers=AK_2.headers | {"x-sdk-content-sha256": "UNSIGNED-PAYLOAD"})

    assert passes(spelled, signed_with(upper, spelled))
    assert not passes(unsigned, signed_with("UNSIGNED-PAYLOAD", unsigned))


@pytest.mark.req("A-AKS-002")
@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("/a/b", "/a/b/"),
        ("/a/b/", "/a/b/"),
        ("/", "/"),
        ("/a b/~x_-.y", "/a%20b/~x_-.y/"),
        ("/a%20b", "/a%20b/"),
        ("/中", "/%E4%B8%AD/"),
        ("/a:b@c!", "/a%3Ab%40c%21/"),
    ],
)
def test_paths_are_encoded_step_by_step_with_a_closing_slash(path: str, canonical: str) -> None:
    assert signature.canonical_path(path) == canonical


@pytest.mark.req("A-AKS-002")
@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("", ""),
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=1", "a=1&a=2"),
        ("a", "a="),
        ("a=", "a="),
        ("a=x+y&b=%2f", "a=x%20y&b=%2F"),
        ("n=%E4%B8%AD&t=~._-", "n=%E4%B8%AD&t=~._-"),
        ("n=%ff", "n=%FF"),
    ],
)
def test_queries_are_sorted_and_encoded_anew(query: str, canonical: str) -> None:
    assert signature.canonical_query(query) == canonical


def test_a_query_of_a_thousand_parameters_is_not_worked_on() -> None:
    with pytest.raises(NotSigned, match="100 parameters"):
        signature.canonical_query("&".join(f"a{number}=1" for number in range(1000)))


@pytest.mark.req("A-AKS-001", "A-AKS-003")
def test_fifteen_minutes_of_difference_are_taken_and_a_second_more_is_not() -> None:
    proof = signature.read_authorization(header_of(VECTORS[0]))
    signed_at = datetime(2026, 1, 15, 9, 30, tzinfo=UTC)

    for sign in (1, -1):
        signature.check_date(AK_1, proof, signed_at + sign * timedelta(minutes=15))
        with pytest.raises(NotSigned, match=r"900 s away from the time here, 20260115T09(45|14)"):
            signature.check_date(AK_1, proof, signed_at + sign * timedelta(minutes=15, seconds=1))


@pytest.mark.req("A-AKS-001", "A-AKS-006")
@pytest.mark.parametrize(
    ("date", "reason"),
    [("", "must have the form"), ("2026-01-15T09:30:00Z", "must have the form"), ("20261315T093000Z", "no instant")],
)
def test_a_date_of_another_form_is_refused(date: str, reason: str) -> None:
    with pytest.raises(NotSigned, match=reason):
        signature.read_date(date)


@pytest.mark.req("A-AKS-006")
def test_the_day_of_the_older_form_must_be_the_day_of_the_date() -> None:
    header = header_of(VECTORS[2]).replace("/20260115/", "/20260114/")

    with pytest.raises(NotSigned, match="the day of the Credential"):
        signature.check_date(AK_3, signature.read_authorization(header), datetime(2026, 1, 15, 9, 30, tzinfo=UTC))


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=60), st.binary(max_size=60))
def test_whatever_is_sent_is_read_or_refused_in_words(header: str, query: str, path: str, body: bytes) -> None:
    for text in (header, f"SDK-HMAC-SHA256 Access=A, SignedHeaders=host;x-sdk-date, Signature={'0' * 64}, {header}"):
        try:
            proof = signature.read_authorization(text)
        except NotSigned as problem:
            assert str(problem)
        else:
            request = Received("GET", path, query, {"host": header}, body)
            assert len(signature.canonical_hash(request, proof.signed_headers)) == 64


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=8), st.text(max_size=30))
def test_the_sellers_package_and_the_marketplace_make_the_same_text(pairs: list[tuple[str, str]], path: str) -> None:
    from urllib.parse import urlencode

    from galleria_seller import aksk

    query, path = urlencode(pairs, errors="replace"), "/" + path.encode("utf-8", "replace").decode()
    headers = {"host": HOST, "x-sdk-date": "20260115T093000Z"}

    ours = signature.canonical_request(Received("POST", path, query, headers, b"{}"), list(headers))

    assert aksk.canonical_request("POST", path, query, headers, b"{}") == ours
