"""O10: settings with meaning, default, value, since and who; changes from a day on, history; the calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from galleria.audit.models import AuditRecord
from galleria.kit import clock, parameters
from galleria.kit.models import ParameterChange
from galleria.operating import services
from galleria.reviewing.models import Holiday, ReasonTemplate
from galleria.web.operator import setting_values
from tests.people import NOW
from tests.web.reading import read

pytestmark = pytest.mark.django_db


def post(person: Any, key: str, **data: Any) -> Any:
    return person.client.post(f"/operator/settings/{key}/change", {"reason": "Bank holiday rules", **data})


def queries_of(person: Any, address: str) -> int:
    person.client.get(address)
    with CaptureQueriesContext(connection) as caught:
        assert person.client.get(address).status_code == 200
    return len(caught)


@pytest.mark.req("B-PRM-001")
def test_only_who_keeps_the_settings_sees_them(olga: Any, ada: Any, visitor: Any) -> None:
    support = olga.colleague("Sara", "OperatorSupport")
    for address in ("/operator/settings", "/operator/settings/bill.run_day", "/operator/settings/calendar"):
        assert olga.client.get(address).status_code == 200
        assert visitor.get(address)["Location"].startswith("/account/login/?next=")
        for person in (support, ada):
            assert person.client.get(address).status_code == 403
    assert post(support, "bill.run_day", value="5").status_code == 403
    assert (
        support.client.post("/operator/settings/calendar/change", {"date": "2027-05-01", "name": "x"}).status_code
        == 403
    )
    assert parameters.get("bill.run_day") == 3


@pytest.mark.req("B-GEN-002", "S-GEN-001")
def test_every_setting_is_shown_with_its_meaning_and_value(olga: Any) -> None:
    page = read(olga.client.get("/operator/settings"))
    assert page.has("All have their default.")
    for each in parameters.parameters.values():
        assert page.has(each.key), each.key
        assert page.has(str(each.meaning)), each.key
    assert page.has("168 hours") and page.has("7,000.00 USD") and page.has("15, 7, 3, 1, 0 days")
    assert page.has("from 36 months: up to 12: 15 %, up to 24: 10 %, up to 36: 5 %")


def test_settings_are_found_by_words_of_meaning_key_and_value(olga: Any) -> None:
    found = read(olga.client.get("/operator/settings?q=grace"))
    assert found.has("expiry.grace_days") and not found.has("bill.run_day")
    assert read(olga.client.get("/operator/settings?q=03:00")).has("renewal.deduct_time")
    assert read(olga.client.get("/operator/settings?q=zzzz")).has("Nothing fits")
    assert read(olga.client.get("/operator/settings?view=changed")).has("Everything has its default")


@pytest.mark.req("B-GEN-002", "B-PRM-004")
def test_a_setting_is_changed_with_a_reason_and_shows_who_and_when(olga: Any) -> None:
    assert post(olga, "bill.run_day", value="5").status_code == 302
    assert parameters.get("bill.run_day") == 5
    page = read(olga.client.get("/operator/settings/bill.run_day"))
    for text in ("5 day", "Olga Lind", "Bank holiday rules", "1 Mar 2027", "in force"):
        assert page.has(text), text
    listed = read(olga.client.get("/operator/settings?view=changed"))
    assert listed.has("One differs from its default.") and listed.has("bill.run_day") and listed.has("Olga Lind")
    assert not listed.has("order.unpaid_ttl_hours")


@pytest.mark.req("B-GEN-002")
def test_a_change_can_wait_for_a_day_and_be_called_off(olga: Any) -> None:
    assert post(olga, "bill.run_day", value="5", holds_from="2027-03-10").status_code == 302
    first = datetime(2027, 3, 9, 16, tzinfo=UTC)  # midnight in the billing time zone
    assert parameters.get("bill.run_day") == 3
    assert parameters.get("bill.run_day", at=first - timedelta(seconds=1)) == 3
    assert parameters.get("bill.run_day", at=first) == 5
    assert read(olga.client.get("/operator/settings?view=planned")).has("5 day from 9 Mar 2027, 16:00")

    assert post(olga, "bill.run_day", act="call_off").status_code == 302
    assert parameters.get("bill.run_day", at=first) == 3
    assert read(olga.client.get("/operator/settings?view=planned")).has("Nothing is planned")
    past = post(olga, "bill.run_day", value="6", holds_from="2027-02-01")
    assert past.status_code == 422
    assert read(past).has("A setting cannot change in the past.")
    assert post(olga, "bill.run_day", value="6", holds_from="2027-03-01").status_code == 302
    assert parameters.get("bill.run_day") == 6, "today is now"


def test_earlier_values_and_the_default_come_back_with_one_press(olga: Any) -> None:
    post(olga, "bill.run_day", value="5")
    clock.set_for_tests(NOW + timedelta(hours=1))
    post(olga, "bill.run_day", value="9")
    clock.set_for_tests(NOW + timedelta(hours=2))
    post(olga, "bill.run_day", act="version:1", reason="")
    assert parameters.get("bill.run_day") == 5
    clock.set_for_tests(NOW + timedelta(hours=3))
    post(olga, "bill.run_day", act="default", reason="")
    assert parameters.get("bill.run_day") == 3
    reasons = ["Back to the default", "Back to an earlier value", "Bank holiday rules", "Bank holiday rules"]
    assert [row.reason for row in parameters.history("bill.run_day")] == reasons
    assert post(olga, "bill.run_day", act="version:77").status_code == 404


@pytest.mark.parametrize(
    ("key", "typed", "expected"),
    [
        ("order.unpaid_ttl_hours", " 24 ", 24),
        ("refund.unconditional_enabled", "yes", True),
        ("refund.unconditional_enabled", "no", False),
        ("expiry.reminder_days", "10, 3,1", [10, 3, 1]),
        ("payment.card_brands", "visa, amex", ["visa", "amex"]),
        ("refund.large_value_threshold", "5000.00 EUR", "5000.00 EUR"),
        ("renewal.deduct_time", "04:30", "04:30"),
        ("refund.handling_fee_table", "12: 6=20, 12=10\n1: 1=50", {"12": {"6": 20, "12": 10}, "1": {"1": 50}}),
        ("supervision.auto_accept_days", "", None),
        ("supervision.auto_accept_days", "14", 14),
        ("imprint.text", "Line one\r\nLine two", "Line one\nLine two"),
        ("invoice.issuer", "seller", "seller"),
    ],
)
def test_every_kind_of_value_can_be_typed(olga: Any, key: str, typed: str, expected: Any) -> None:
    assert post(olga, key, value=typed).status_code == 302
    assert parameters.get(key) == expected
    page = olga.client.get(f"/operator/settings/{key}")
    assert page.status_code == 200
    parameter = parameters.definition(key)
    again = setting_values.typed(parameter, expected)
    assert post(olga, key, value=again).status_code == 302, "what the field shows can be sent again"
    assert parameters.get(key) == expected


@pytest.mark.parametrize(
    ("key", "typed", "error"),
    [
        ("order.unpaid_ttl_hours", "", "Give a whole number."),
        ("order.unpaid_ttl_hours", "0", "Give a number from 1 to 8760."),
        ("refund.unconditional_enabled", "", "Say yes or no."),
        ("refund.handling_fee_table", "12; 6", "Write lines such as “36: 12=15, 24=10”."),
        ("refund.large_value_threshold", "many", "Give an amount and a currency such as 7000.00 USD."),
        ("renewal.deduct_time", "25:00", "Give a time of day such as 03:00."),
    ],
)
@pytest.mark.req("UI-GEN-14")
def test_a_wrong_value_is_said_beside_the_field_and_nothing_typed_is_lost(
    olga: Any, key: str, typed: str, error: str
) -> None:
    answer = post(olga, key, value=typed, reason="My good reason")
    assert answer.status_code == 422
    page = read(answer)
    assert page.has(error)
    assert "My good reason</textarea>" in answer.content.decode()
    assert 'href="#value"' in answer.content.decode()
    assert not ParameterChange.objects.exists()


def test_a_reason_is_needed_and_unknown_settings_are_not_found(olga: Any) -> None:
    answer = post(olga, "bill.run_day", value="5", reason=" ")
    assert answer.status_code == 422
    assert read(answer).has("Say why")
    assert olga.client.get("/operator/settings/no.such").status_code == 404
    assert post(olga, "no.such", value="5").status_code == 404
    assert post(olga, "bill.run_day", value="5", holds_from="nonsense").status_code == 422


def test_a_setting_with_values_per_scope_is_changed_for_one(olga: Any) -> None:
    assert post(olga, "expiry.grace_days", value="30", scope="saas")["Location"].endswith("?scope=saas")
    assert (parameters.get("expiry.grace_days"), parameters.get("expiry.grace_days", scope="saas")) == (15, 30)
    page = read(olga.client.get("/operator/settings/expiry.grace_days?scope=saas"))
    assert page.has("30 days") and page.has("SaaS")
    assert read(olga.client.get("/operator/settings?q=grace")).has("SaaS: 30 days")


@pytest.mark.req("S-REG-T3", "S-GEN-002")
def test_the_calendar_of_holidays_is_kept_here(olga: Any) -> None:
    page = read(olga.client.get("/operator/settings/calendar"))
    assert page.has("No holiday is ahead")
    answer = olga.client.post("/operator/settings/calendar/change", {"date": "2027-05-01", "name": "May day"})
    assert answer.status_code == 302
    assert Holiday.objects.get().date == date(2027, 5, 1)
    shown = read(olga.client.get("/operator/settings/calendar"))
    assert shown.has("May day") and shown.has("1 May")
    for data in (
        {"date": "nonsense", "name": "x"},
        {"date": "2027-02-30", "name": "x"},
        {"date": "2027-05-02", "name": ""},
    ):
        assert olga.client.post("/operator/settings/calendar/change", data).status_code == 422
    olga.client.post("/operator/settings/calendar/change", {"remove": "2027-05-01"})
    assert not Holiday.objects.exists()


def test_the_list_asks_the_same_however_much_was_changed(olga: Any) -> None:
    few = queries_of(olga, "/operator/settings")
    assert few <= 8
    for number in range(20):
        services.change_setting(
            olga.actor,
            key="bill.run_day",
            value=number % 28 + 1,
            reason="Trying it",
            at=NOW + timedelta(minutes=number),
        )
    assert queries_of(olga, "/operator/settings") == few
    assert queries_of(olga, "/operator/settings/bill.run_day") <= 9


# ----- ready-made reasons -----


def test_ready_made_reasons_are_added_changed_and_removed_in_both_languages(olga: Any) -> None:
    address = "/operator/settings/reasons"
    words = {
        "kind": "release", "title_en": "Too loud", "text_en": "Please say it calmly.", "title_zh_hans": "语气太强",
        "text_zh_hans": "请平实表述。",
    }  # fmt: skip
    assert olga.client.post(f"{address}/change", words).status_code == 302
    row = ReasonTemplate.objects.get(title_en="Too loud")
    assert (row.kind, row.text_zh_hans) == ("release", "请平实表述。")
    assert read(olga.client.get(address)).has("Please say it calmly.")
    assert 'value="语气太强"' in olga.client.get(f"{address}?id={row.public_id}").content.decode()

    olga.client.post(f"{address}/change", {**words, "id": row.public_id, "kind": "", "text_en": "Say it calmly."})
    row.refresh_from_db()
    assert (row.kind, row.text_en) == ("", "Say it calmly.")
    olga.client.post(f"{address}/change", {"remove": row.public_id})
    assert not ReasonTemplate.objects.filter(pk=row.pk).exists()
    told = AuditRecord.objects.filter(object_type="reviewing.reasontemplate").order_by("pk")
    assert list(told.values_list("sentence", flat=True)) == ["reason.saved", "reason.saved", "reason.removed"]


def test_a_reason_in_one_language_only_is_not_kept(olga: Any, ada: Any) -> None:
    address, count = "/operator/settings/reasons/change", ReasonTemplate.objects.count()
    answer = olga.client.post(address, {"kind": "", "title_en": "Half", "text_en": "Half a reason."})
    assert answer.status_code == 422
    assert read(answer).has("Write it in both languages.")
    assert ">Half a reason.</textarea>" in answer.content.decode()
    assert olga.client.post(address, {"remove": "rsn_none"}).status_code == 404
    assert ada.client.post(address, {"remove": "rsn_none"}).status_code == 403
    assert ReasonTemplate.objects.count() == count
