"""Statements that are made once answer what the framework answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.db.transaction import TransactionManagementError

from galleria.kit.models import IdempotencyKey, Job
from galleria.kit.prepared import Prepared, delete, insert, insert_new, update
from galleria.parties.models import AgreementVersion, ApiKey, Membership
from galleria.publishing.models import Product
from tests.people import NOW


def _job(number: int, **values: Any) -> Job:
    return Job(
        public_id=f"job_{number}", task="t", args={"number": number, "who": "Ada ☂"}, run_at=NOW, created_at=NOW,
        **values,
    )  # fmt: skip


def test_rows_with_related_ones_are_the_same(ada: Any) -> None:
    ada.api_key("billing:order:view")
    rows = ApiKey.objects.select_related("user", "account__seller")
    prepared = Prepared(lambda p: rows.filter(account_id=p("account")))

    (found,) = prepared.all(account=ada.account.pk)
    (expected,) = rows.filter(account_id=ada.account.pk)

    assert {name: value for name, value in vars(found).items() if name != "_state"} == {
        name: value for name, value in vars(expected).items() if name != "_state"
    }
    assert found._state.adding is False
    assert (found.user, found.account) == (ada.user, ada.account)
    assert not hasattr(found.account, "seller")


def test_related_rows_cost_no_query(ada: Any, bruno: Any, django_assert_num_queries: Any) -> None:
    prepared = Prepared(
        lambda p: Membership.objects.select_related("user", "account__seller").filter(account_id=p("account"))
    )
    with django_assert_num_queries(1):
        row = prepared.one(account=bruno.account.pk)
        assert row is not None
        assert (row.user.name, row.account.seller.slug) == ("Bruno Okafor", "fernwerk")


def test_values_differ_from_call_to_call(ada: Any, xavier: Any) -> None:
    prepared = Prepared(lambda p: Membership.objects.filter(account_id=p("account"), is_owner=p("owner")))

    assert prepared.one(account=ada.account.pk, owner=True).user_id == ada.user.pk
    assert prepared.one(account=xavier.account.pk, owner=True).user_id == xavier.user.pk
    assert prepared.one(account=xavier.account.pk, owner=False) is None


def test_instants_compare_and_order_limits_hold(db: None) -> None:
    insert(*[_job(number, priority=number) for number in range(3)])
    Job.objects.filter(public_id="job_2").update(run_at=NOW + timedelta(hours=1))
    prepared = Prepared(
        lambda p: (
            Job.objects.filter(Q(run_at__lte=p("now")) | Q(run_at=p("now")))
            .order_by("-pk")
            .values_list("public_id", flat=True)[:2]
        )
    )

    assert prepared.all(now=NOW) == ["job_1", "job_0"]
    assert prepared.all(now=NOW - timedelta(seconds=1)) == []
    assert prepared.all(now=NOW + timedelta(hours=1)) == ["job_2", "job_1"]


def test_a_list_is_looked_into_whatever_its_length(db: None) -> None:
    insert(*[_job(number, lane=f"seller:{number}") for number in range(4)])
    numbers = dict(Job.objects.values_list("public_id", "pk"))
    by_number = Prepared(lambda p: Job.objects.filter(pk__in=p.among("pks", int)).order_by("pk"))
    but_lanes = Prepared(lambda p: Job.objects.exclude(lane__in=p.among("lanes", str)).order_by("pk"))

    def ids(rows: list[Job]) -> list[str]:
        return [row.public_id for row in rows]

    assert ids(by_number.all(pks=[numbers["job_3"], numbers["job_1"]])) == ["job_1", "job_3"]
    assert ids(by_number.all(pks=[])) == []
    assert ids(but_lanes.all(lanes=["seller:0", "seller:2", 'it\'s "odd", {%s}'])) == ["job_1", "job_3"]
    assert len(but_lanes.all(lanes=[])) == 4


def test_plain_constants_are_part_of_the_text_and_others_are_not(db: None) -> None:
    insert(_job(1, lane="o'clock", error="50 %"), _job(2), _job(3, state="leased"))
    rows = Job.objects.filter(state="ready", outside__in=(False,), priority=0, lane="o'clock", error="50 %")
    prepared = Prepared(lambda p: rows.filter(task=p("task")).values_list("public_id", flat=True))

    assert prepared.all(task="t") == ["job_1"]
    (made,) = prepared._made.values()
    assert "'ready'" in made.sql
    assert sorted(each for each in made.values if isinstance(each, str)) == ["50 %", "o'clock"]


def test_values_are_read_like_those_of_the_framework(db: None) -> None:
    insert(_job(1))
    names = ("public_id", "args", "run_at", "outside", "dead_at")
    prepared = Prepared(lambda p: Job.objects.filter(pk=p("pk")).values_list(*names))

    row = Job.objects.get()
    assert prepared.one(pk=row.pk) == Job.objects.values_list(*names).get()
    assert prepared.one(pk=row.pk) == ("job_1", {"number": 1, "who": "Ada ☂"}, NOW, False, None)


def test_deferred_columns_are_read_when_they_are_asked_for(db: None, at: Any) -> None:
    from galleria.parties import services

    services.publish_version(
        key="K", kind="platform", name="K", issuer="I", version="1", texts={"en": "Long"}, effective_at=NOW
    )
    prepared = Prepared(lambda p: AgreementVersion.objects.defer("texts").filter(agreement__key=p("key")))

    row = prepared.one(key="K")
    assert row is not None
    assert row.get_deferred_fields() == {"texts"}
    assert row.texts == {"en": "Long"}


def test_a_translated_row_speaks_the_active_language(db: None, bruno: Any) -> None:
    from django.utils import translation

    from tests.shop import Shop

    Shop(bruno).product("Help desk", monthly="1.00", name_zh_hans="帮助台")
    prepared = Prepared(lambda p: Product.objects.filter(slug=p("slug")))

    for language, name in (("en", "Help desk"), ("zh-hans", "帮助台"), ("en", "Help desk")):
        with translation.override(language):
            assert prepared.one(slug="help-desk").name == name


def test_what_cannot_be_made_once_is_refused(db: None) -> None:
    for build in (
        lambda p: Job.objects.filter(pk=p("pk")).values("public_id"),
        lambda p: Membership.objects.prefetch_related("user").filter(pk=p("pk")),
        lambda p: Membership.objects.annotate(count=Count("user")).filter(pk=p("pk")),
    ):
        with pytest.raises(TypeError):
            Prepared(build).all(pk=1)


def test_inserted_rows_are_those_that_the_framework_would_write(db: None) -> None:
    first, second = _job(1, dead_at=NOW, dedupe="d"), _job(2)
    insert(first, second)

    _job(3).save(force_insert=True)
    assert first.pk and second.pk == first.pk + 1
    assert [vars(row)["args"] for row in Job.objects.order_by("pk")] == [
        {"number": number, "who": "Ada ☂"} for number in (1, 2, 3)
    ]
    found = Job.objects.get(pk=first.pk)
    assert (found.dead_at, found.dedupe, found.state, found.max_attempts) == (NOW, "d", "ready", 10)
    first.lane = "x"
    first.save()  # it is known as a stored row
    assert Job.objects.count() == 3


def test_a_row_that_is_there_is_refused(db: None, transactional_db: None) -> None:
    row = {"owner": "a", "scope": "s", "key": "k", "request_hash": "h", "created_at": NOW}
    insert(IdempotencyKey(**row))
    with pytest.raises(IntegrityError):
        insert(IdempotencyKey(**row))


def test_rows_that_are_there_are_left_out_and_the_written_ones_told(db: None) -> None:
    insert(_job(1, dedupe="a"))
    again, new = _job(2, dedupe="a"), _job(3, dedupe="b")

    assert insert_new(again, new, by="public_id") == [new]

    assert again.pk is None and again._state.adding
    assert Job.objects.get(pk=new.pk).dedupe == "b"
    assert insert_new(_job(4, dedupe="b"), by="public_id") == []
    assert sorted(Job.objects.values_list("public_id", flat=True)) == ["job_1", "job_3"]


def test_deleting_removes_what_is_equal_in_every_column(db: None) -> None:
    insert(*[_job(number, lane="x", attempts=number) for number in range(3)])
    assert delete(Job, {"lane": "x", "attempts": 1}) == 1
    assert delete(Job, {"lane": "x", "attempts": 1}) == 0
    assert sorted(Job.objects.values_list("public_id", flat=True)) == ["job_0", "job_2"]


def test_an_update_changes_what_the_framework_would_change(db: None) -> None:
    insert(*[_job(number, state="waiting") for number in (1, 2, 3)])
    first, second, _third = Job.objects.order_by("public_id")

    changed = update(Job, {"id": first.pk}, {"state": "dead", "run_at": NOW + timedelta(days=1)}, add={"attempts": 2})

    assert changed == 1
    first.refresh_from_db()
    assert (first.state, first.run_at, first.attempts) == ("dead", NOW + timedelta(days=1), 2)
    assert update(Job, {"task": "t"}, {}, add={"attempts": 1}, at_least={"attempts": 2}) == 1
    assert update(Job, {"id": second.pk}, {"state": "dead"}, one_of=("state", ("running", "dead"))) == 0
    assert update(Job, {"id": second.pk}, {"state": "dead"}, one_of=("state", ("running", "waiting"))) == 1
    assert list(Job.objects.order_by("public_id").values_list("state", "attempts")) == [
        ("dead", 3), ("dead", 0), ("waiting", 0),
    ]  # fmt: skip


def test_an_update_refuses_columns_that_are_written_in_a_way_of_their_own(db: None) -> None:
    with pytest.raises(TypeError, match="a way of its own"):
        update(Job, {"id": 1}, {"args": {}})


def test_statements_count_and_fail_as_others_do(ada: Any, django_assert_num_queries: Any) -> None:
    insert(_job(1))
    prepared = Prepared(lambda p: Job.objects.filter(public_id=p("job")))
    with django_assert_num_queries(2):
        assert prepared.one(job="job_1") is not None
        update(Job, {"public_id": "job_1"}, {"state": "dead"})

    with pytest.raises(IntegrityError), transaction.atomic():
        insert(_job(1))
    assert prepared.one(job="job_1").state == "dead"


def test_after_an_error_nothing_runs_until_the_transaction_is_undone(db: None) -> None:
    insert(_job(1))
    prepared = Prepared(lambda p: Job.objects.filter(public_id=p("job")))
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(TransactionManagementError):
            prepared.one(job="job_1")
        transaction.set_rollback(False)
    assert prepared.one(job="job_1") is not None
