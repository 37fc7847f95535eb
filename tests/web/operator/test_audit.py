"""O12: the record searched by who, what, object, time and from where; its export; roles, permissions, sign-ins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from galleria.audit import services as audit
from galleria.audit.models import AuditRecord
from galleria.operating import services as operating
from galleria.parties import permissions
from galleria.parties import services as parties
from tests.people import NOW
from tests.web.reading import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def deeds(olga: Any, ada: Any) -> None:
    """Some records: a setting, a sign-in, one of a job, one of Ada's."""
    operating.change_setting(olga.actor, key="bill.run_day", value=5, reason="Bank holiday", at=NOW)
    parties.record_sign_in(olga.user, address="198.51.100.4", at=NOW - timedelta(days=2))
    parties.record_sign_in(ada.user, address="203.0.113.9", at=NOW - timedelta(days=5))
    subject = audit.Subject("kit.job", "job_1", "orders.expire")
    audit.record(olga.actor, "job.discarded", subject, at=NOW, before={"error": "=SUM(1)"}, reason="=not needed")


def found(person: Any, query: str = "") -> Any:
    return read(person.client.get(f"/operator/audit{query}"))


def queries_of(person: Any, address: str) -> int:
    person.client.get(address)
    with CaptureQueriesContext(connection) as caught:
        assert person.client.get(address).status_code == 200
    return len(caught)


@pytest.mark.req("B-PRM-001", "B-PRM-004")
def test_only_who_may_read_the_record_reads_it(olga: Any, ada: Any, visitor: Any) -> None:
    observer = olga.colleague("Otto", "OperatorReadOnly")
    support = olga.colleague("Sara", "OperatorSupport")
    for address in ("/operator/audit", "/operator/audit.csv", "/operator/access"):
        assert olga.client.get(address).status_code == 200
        assert observer.client.get(address).status_code == 200
        assert visitor.get(address)["Location"].startswith("/account/login/?next=")
        for person in (support, ada):
            assert person.client.get(address).status_code == 403
    assert not read(observer.client.get("/operator/access")).has("olga@example.com"), "he sees rights, not people"


@pytest.mark.req("B-PRM-004")
def test_records_are_sentences_with_before_and_after_and_from_where(olga: Any, deeds: None) -> None:
    page = found(olga)
    for text in (
        "Olga Lind changed the setting bill.run_day: Bank holiday",
        "Ada Byron signed in",
        "203.0.113.9",
        "Web pages",
    ):
        assert page.has(text), text
    body = olga.client.get("/operator/audit").content.decode()
    assert "<del>3</del>" in body and "<ins>5</ins>" in body
    assert 'href="/operator/settings/bill.run_day"' in body


@pytest.mark.parametrize(
    ("query", "there", "absent"),
    [
        ("?who=ada", "Ada Byron signed in", "bill.run_day"),
        ("?who=olga%40example.com", "bill.run_day", "Ada Byron signed in"),
        ("?what=setting", "bill.run_day", "signed in"),
        ("?what=job", "orders.expire", "bill.run_day"),
        ("?about=bill.run_day", "bill.run_day: Bank", "signed in"),
        ("?address=203.0.113.9", "Ada Byron signed in", "Olga Lind signed in"),
        ("?from=2027-02-27&to=2027-02-28", "Olga Lind signed in", "Ada Byron signed in"),
        ("?channel=web", "signed in", "Nothing fits"),
        ("?channel=api", "Nothing fits", "signed in"),
        ("?who=nobody+at+all", "Nothing fits", "signed in"),
    ],
)
def test_records_are_found_by_who_what_object_time_and_from_where(
    olga: Any, deeds: None, query: str, there: str, absent: str
) -> None:
    page = found(olga, query)
    assert page.has(there)
    assert not page.has(absent)


def test_an_object_is_found_by_its_id_with_its_kind(olga: Any, ada: Any, deeds: None) -> None:
    address = f"/operator/audit?about={ada.user.public_id}"
    with CaptureQueriesContext(connection) as caught:
        assert read(olga.client.get(address)).has("Ada Byron signed in")
    assert any("parties.user" in query["sql"] for query in caught), "the index on kind and id is used"


def test_a_wrong_date_is_said(olga: Any) -> None:
    answer = olga.client.get("/operator/audit?from=nonsense")
    assert answer.status_code == 422
    assert read(answer).has("Give a date as 2027-01-31.")


@pytest.mark.req("UI-GEN-13")
def test_exactly_what_was_found_is_exported_and_no_cell_is_a_formula(olga: Any, deeds: None) -> None:
    answer = olga.client.get("/operator/audit.csv?what=job")
    assert answer["Content-Type"].startswith("text/csv")
    assert answer.streaming
    lines = b"".join(answer).decode("utf-8-sig").strip().split("\r\n")
    assert len(lines) == 2
    assert "orders.expire" in lines[1] and "'=not needed" in lines[1]
    everything = b"".join(olga.client.get("/operator/audit.csv")).decode()
    assert everything.count("\r\n") == AuditRecord.objects.count() + 1


def test_many_records_are_paged_and_exported_in_pages(olga: Any, monkeypatch: Any) -> None:
    from galleria.web.operator import audit as page

    few = queries_of(olga, "/operator/audit")
    for number in range(130):
        subject = audit.Subject("kit.job", f"job_{number}", f"task {number:03}")
        audit.record(olga.actor, "job.retried", subject, at=NOW)
    assert queries_of(olga, "/operator/audit") == few <= 8
    first = olga.client.get("/operator/audit?what=job").content.decode()
    assert "task 129" in first and "task 080" in first and "task 079" not in first
    after = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "task 079" in olga.client.get(f"/operator/audit{after}").content.decode()
    monkeypatch.setattr(page, "EXPORT_PAGE", 50)
    lines = b"".join(olga.client.get("/operator/audit.csv?what=job")).decode().strip().split("\r\n")
    assert len(lines) == 131
    assert len(set(lines)) == 131


@pytest.mark.req("B-PRM-001")
def test_the_matrix_shows_every_role_with_its_permissions(olga: Any) -> None:
    for side in ("operator", "seller", "buyer", "reseller"):
        page = read(olga.client.get(f"/operator/access?side={side}"))
        for role in permissions.ROLES.values():
            if role.side == side:
                assert page.has(str(role.label)), role.name
        for action in permissions.of_side(side):  # type: ignore[arg-type]
            assert page.has(action), action


def test_operators_are_listed_with_roles_and_sign_ins(olga: Any, deeds: None) -> None:
    sara = olga.colleague("Sara", "OperatorSupport")
    page = read(olga.client.get("/operator/access"))
    for text in ("Sara", "Support", "Operator", "198.51.100.4", "never"):
        assert page.has(text), text
    assert not page.has("203.0.113.9"), "Ada is no operator"
    assert f'href="/account/users/{sara.user.public_id}"' in olga.client.get("/operator/access").content.decode()
    assert queries_of(olga, "/operator/access") <= 10


@pytest.mark.req("B-PRM-001")
def test_roles_of_colleagues_are_granted_and_revoked_from_here(olga: Any) -> None:
    sara = olga.colleague("Sara", "OperatorSupport")
    assert olga.client.get(f"/account/users/{sara.user.public_id}").status_code == 200
    parties.change_roles(olga.actor, user_id=sara.user.public_id, roles=["OperatorFinance"], at=NOW)
    assert read(olga.client.get("/operator/access")).has("Treasury")
    assert found(olga, "?what=user").has("Sara")


def test_every_group_of_deeds_has_a_name() -> None:
    from galleria.audit.sentences import sentences
    from galleria.web.operator.audit import DEEDS

    assert {key.partition(".")[0] for key in sentences} - set(DEEDS) == set()
