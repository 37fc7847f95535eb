"""Actors, refusals, ids, packed data, secrets and CSV."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from galleria.kit import clock, csvout, errors, ids, secrets
from galleria.kit.actor import SYSTEM, VISITOR, Actor
from galleria.kit.jsonable import pack, unpack
from galleria.kit.money import Money

ADA = Actor("usr_ada", "Ada", "acc_ada", 1, 1, permissions=frozenset({"billing:order:pay"}))


# ----- who asks -----


def test_an_actor_may_what_is_in_the_permissions_and_the_refusal_names_the_action() -> None:
    ADA.require("billing:order:pay")
    with pytest.raises(errors.PermissionMissing) as refusal:
        ADA.require("billing:order:cancel")
    assert (refusal.value.status, refusal.value.code) == (403, "PERMISSION_MISSING")
    assert refusal.value.extra == {"action": "billing:order:cancel"}
    assert "billing:order:cancel" in refusal.value.message
    ADA.having("billing:order:cancel").require("billing:order:cancel")


def test_the_system_may_everything_and_a_visitor_nothing() -> None:
    SYSTEM.require("anything:at:all")
    assert (SYSTEM.user_name, SYSTEM.is_signed_in) == ("operations system", False)
    assert not VISITOR.may("billing:order:pay")


# ----- refusals -----


class OutOfStock(errors.Refused):
    code = "OUT_OF_STOCK"
    status = 409
    default_message = gettext_lazy("Monday")


def test_a_refusal_speaks_the_language_of_who_reads_it_and_not_of_who_raised_it() -> None:
    refusal = OutOfStock(fields={"sku": gettext_lazy("Monday")})
    assert refusal.message == "Monday"
    with translation.override("fr"):
        assert refusal.message == "lundi"
        assert refusal.fields == {"sku": "lundi"}
        assert str(refusal) == "lundi"


def test_code_and_status_may_be_given_for_one_refusal_only() -> None:
    refusal = errors.Refused("No.", code="PRICE_CHANGED", status=412, extra={"total": "1.00"})
    assert (refusal.code, refusal.status, refusal.message, refusal.extra) == (
        "PRICE_CHANGED",
        412,
        "No.",
        {"total": "1.00"},
    )
    assert (errors.Refused.code, errors.Refused.status) == ("REFUSED", 409)
    assert errors.NotFound().status == 404
    assert errors.TooManyRequests(retry_after=5).extra == {"retry_after": 5}


# ----- ids -----


def test_ids_have_their_prefix_and_sort_in_the_order_they_were_made() -> None:
    made = [ids.new_id("sub") for _ in range(2000)]
    assert made == sorted(made)
    assert len(set(made)) == 2000
    assert all(ids.is_id(each, "sub") for each in made)
    clock.advance(timedelta(milliseconds=1))
    assert ids.new_id("sub") > made[-1]


@pytest.mark.parametrize(
    "text", ["", "sub_", "sub_1", "sub_" + "i" * 26, "sub_" + "0" * 27, "SUB_" + "0" * 26, "sub_" + "0" * 26 + "\n"]
)
def test_what_is_no_id_is_told(text: str) -> None:
    assert not ids.is_id(text)


def test_order_ids_carry_the_minute_of_the_billing_time_zone() -> None:
    order = ids.new_order_id(datetime(2027, 12, 31, 16, 5, tzinfo=UTC))
    assert order.startswith("GA2801010005")
    assert ids.is_order_id(order)
    assert len(order) == 18
    assert ids.line_id(order, 1) == f"{order}-000001"
    assert not ids.is_order_id(order + "\n")


# ----- packed data -----

names = st.text().filter(lambda key: key != "$type")
plain_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text()
    | st.datetimes(timezones=st.just(UTC)) | st.dates() | st.decimals(allow_nan=False, allow_infinity=False)
    | st.builds(Money, st.integers(-(10**12), 10**12), st.sampled_from(["USD", "JPY"])),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(names, inner),
    max_leaves=12,
)  # fmt: skip


@given(plain_data)
def test_plain_data_comes_back_as_it_was(value: object) -> None:
    import json

    assert unpack(json.loads(json.dumps(pack(value)))) == value


@pytest.mark.parametrize("value", [object(), {1: 2}, {"$type": "x"}, b"bytes", {1, 2}, datetime(2027, 1, 1)])  # noqa: DTZ001
def test_what_is_not_plain_data_is_refused_when_it_is_packed(value: object) -> None:
    with pytest.raises(TypeError):
        pack(value)


# ----- secrets -----


def test_a_secret_is_not_readable_in_the_database_and_each_time_written_differently() -> None:
    token = secrets.encrypt("Tr0ub4dor&3 密码")
    assert "Tr0ub4dor" not in token
    assert secrets.decrypt(token) == "Tr0ub4dor&3 密码"
    assert secrets.encrypt("same") != secrets.encrypt("same")


def test_a_new_key_comes_first_and_old_secrets_stay_readable(settings: pytest.FixtureRequest) -> None:
    settings.GALLERIA_SECRET_KEYS = ["old key"]  # type: ignore[attr-defined]
    token = secrets.encrypt("word")
    settings.GALLERIA_SECRET_KEYS = ["new key", "old key"]  # type: ignore[attr-defined]
    assert secrets.decrypt(token) == "word"
    rotated = secrets.rotate(token)
    settings.GALLERIA_SECRET_KEYS = ["new key"]  # type: ignore[attr-defined]
    assert secrets.decrypt(rotated) == "word"
    for action in (secrets.decrypt, secrets.rotate):
        with pytest.raises(secrets.CannotDecrypt):
            action(token)
    settings.GALLERIA_SECRET_KEYS = []  # type: ignore[attr-defined]
    with pytest.raises(secrets.CannotDecrypt):
        secrets.encrypt("word")


def test_a_changed_secret_is_noticed() -> None:
    token = secrets.encrypt("word")
    with pytest.raises(secrets.CannotDecrypt):
        secrets.decrypt(token[:-5] + "AAAA=")


def test_an_encrypted_field_encrypts_writes_reads_and_cannot_be_searched() -> None:
    field = secrets.EncryptedTextField(null=True)
    stored = field.get_prep_value("word")
    assert stored != "word"
    assert field.from_db_value(stored, None, None) == "word"
    assert (field.get_prep_value(None), field.get_prep_value("")) == (None, "")
    with pytest.raises(TypeError, match="cannot be searched"):
        field.get_lookup("exact")


# ----- CSV -----


def read(chunks: object) -> list[list[str]]:
    data = b"".join(chunks)  # type: ignore[arg-type]
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"), ("-2+3", "'-2+3"),
        ("\t=1", "'\t=1"), ("  =1", "'  =1"), ("-5.00", "-5.00"), ("+3", "+3"), ("12%", "12%"),
        (None, ""), (True, "yes"),
        (Money(-500, "USD"), "-5.00"), (Decimal("1E+2"), "100"), (date(2027, 1, 2), "2027-01-02"),
        (datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC), "2027-01-02 03:04:05+00:00"), ("a\x00b", "ab"), (7, "7"),
    ],
)  # fmt: skip
def test_a_cell_cannot_be_a_formula_and_numbers_stay_numbers(value: object, text: str) -> None:
    assert csvout.cell(value) == text


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r\n")), min_size=2, max_size=2
        ),
        max_size=250,
    )
)
def test_what_is_written_is_what_is_read(rows: list[list[str]]) -> None:
    found = read(csvout.stream(["a", "b"], rows, bom=True))
    assert found == [["a", "b"], *[[csvout.cell(value) for value in row] for row in rows]]


def test_a_long_file_is_streamed_in_pieces() -> None:
    produced = []

    def rows() -> object:
        for number in range(1000):
            produced.append(number)
            yield [number]

    chunks = csvout.stream(["n"], rows())  # type: ignore[arg-type]
    next(chunks)
    assert len(produced) == 100
    assert sum(chunk.count(b"\r\n") for chunk in chunks) == 900


def test_a_download_keeps_its_name_in_any_script() -> None:
    response = csvout.download('订单 "1".csv', ["n"], [[1]])
    assert response["Content-Disposition"] == (
        "attachment; filename=\"____1_.csv\"; filename*=UTF-8''%E8%AE%A2%E5%8D%95%20%221%22.csv"
    )
    assert read(response) == [["n"], ["1"]]
