"""Audit records: who did what, from where, before and after, for ever."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from galleria.audit import selectors, services
from galleria.audit.models import AuditRecord
from galleria.audit.services import Subject, UnknownSentence, record
from galleria.kit.actor import SYSTEM, Actor
from galleria.kit.money import Money

AT = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
ADA = Actor("usr_ada", "Ada", "acc_ada", channel="web", request_id="req_1", address="192.0.2.7")
XAVIER = Actor("usr_xav", "Xavier", "acc_xav")
OLGA = Actor("usr_olga", "Olga", "acc_op", is_operator=True)
ORDER = Subject("buying.order", "GA1", "Backup Pro")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sentences() -> Iterator[None]:
    before = dict(services.sentences)
    services.register({"t.paid": _("{actor} paid order {object}"), "t.refused": _("{actor}: {reason}")})
    yield
    services.sentences.clear()
    services.sentences.update(before)


@pytest.mark.req("B-PRM-004")
def test_a_record_keeps_who_when_from_where_and_what_was_before_and_after() -> None:
    row = record(
        ADA, "t.paid", ORDER, at=AT, before={"state": "pending_payment", "due": Money(4900, "USD")},
        after={"state": "processing", "due": Money(0, "USD")}, reason="by balance",
    )  # fmt: skip
    row.refresh_from_db()
    assert (row.actor_user_id, row.actor_name, row.actor_account_id, row.account_id) == (
        "usr_ada", "Ada", "acc_ada", "acc_ada",
    )  # fmt: skip
    assert (row.at, row.address, row.request_id, row.channel, row.reason) == (
        AT,
        "192.0.2.7",
        "req_1",
        "web",
        "by balance",
    )
    assert (row.object_type, row.object_id, row.object_name) == ("buying.order", "GA1", "Backup Pro")
    assert selectors.changes_of(row) == [
        ("due", Money(4900, "USD"), Money(0, "USD")),
        ("state", "pending_payment", "processing"),
    ]
    assert row.public_id.startswith("aud_")


def test_a_record_reads_as_a_sentence_with_the_names_of_then() -> None:
    row = record(ADA, "t.paid", ORDER, at=AT)
    assert selectors.sentence_of(row) == "Ada paid order Backup Pro"
    assert selectors.sentence_of(row, names={"object": "<a>Backup Pro</a>"}) == "Ada paid order <a>Backup Pro</a>"
    assert selectors.sentence_of(record(SYSTEM, "t.refused", at=AT, reason="no")) == "operations system: no"


def test_a_sentence_is_in_the_language_of_the_reader() -> None:
    services.register({"t.day": _("Monday")})
    row = record(ADA, "t.day", at=AT)
    with translation.override("fr"):
        assert selectors.sentence_of(row) == "lundi"


def test_a_record_whose_sentence_is_gone_can_still_be_read() -> None:
    row = record(ADA, "t.paid", ORDER, at=AT)
    del services.sentences["t.paid"]
    assert selectors.sentence_of(row) == "Ada: t.paid Backup Pro"


def test_a_sentence_that_nobody_registered_or_that_two_want_is_a_bug() -> None:
    with pytest.raises(UnknownSentence):
        record(ADA, "t.nobody", at=AT)
    services.register({"t.paid": _("{actor} paid order {object}")})
    with pytest.raises(ValueError, match="two sentences"):
        services.register({"t.paid": "other"})


def test_a_record_is_never_changed_nor_deleted() -> None:
    row = record(ADA, "t.paid", ORDER, at=AT)
    row.reason = "another"
    with pytest.raises(TypeError, match="never changed"):
        row.save()
    with pytest.raises(TypeError, match="never deleted"):
        row.delete()
    for act in (lambda: AuditRecord.objects.all().delete(), lambda: AuditRecord.objects.update(reason="x")):
        with pytest.raises(TypeError, match="never"):
            act()
    assert AuditRecord.objects.get().reason == ""


def test_a_row_is_named_by_its_public_id_and_its_words() -> None:
    first = record(ADA, "t.paid", ORDER, at=AT)
    row = record(ADA, "t.paid", first, at=AT)
    assert (row.object_type, row.object_id, row.object_name) == ("audit.auditrecord", first.public_id, str(first))


@pytest.mark.req("B-PRM-004")
def test_an_account_sees_its_own_records_a_stranger_none_and_the_operator_all() -> None:
    mine = record(ADA, "t.paid", ORDER, at=AT)
    about_me = record(OLGA, "t.paid", ORDER, at=AT, account_id="acc_ada")
    other = record(OLGA, "t.paid", ORDER, at=AT)
    assert set(selectors.records(ADA)) == {mine, about_me}
    assert set(selectors.records(ADA, account_id="acc_op")) == set()
    assert set(selectors.records(XAVIER)) == set()
    assert set(selectors.records(Actor())) == set()
    assert set(selectors.records(OLGA)) == {mine, about_me, other}
    assert set(selectors.records(OLGA, account_id="acc_op")) == {other}


def test_records_are_found_by_object_person_sentence_and_time() -> None:
    first = record(ADA, "t.paid", ORDER, at=AT)
    second = record(OLGA, "t.refused", Subject("party.user", "usr_1"), at=AT + timedelta(days=1))

    def found(**wanted: object) -> list[AuditRecord]:
        return list(selectors.records(OLGA, **wanted))  # type: ignore[arg-type]

    assert found(object_type="buying.order", object_id="GA1") == [first]
    assert found(user_id="usr_olga") == [second]
    assert found(sentence="t.refused") == [second]
    assert found(since=AT, until=AT + timedelta(hours=1)) == [first]


def test_changes_of_records_without_before_or_after() -> None:
    assert selectors.changes_of(record(ADA, "t.paid", at=AT)) == []
    assert selectors.changes_of(record(ADA, "t.paid", at=AT, after={"a": 1})) == [("a", None, 1)]
    assert selectors.changes_of(record(ADA, "t.paid", at=AT, before=1, after=2)) == [("", 1, 2)]
