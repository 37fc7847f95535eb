"""Submissions from being sent in to their decision: promises, rounds, second eyes, rules, permissions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from galleria.audit.models import AuditRecord
from galleria.kit import clock, parameters
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing
from galleria.reviewing import ports, selectors, services
from galleria.reviewing.models import Holiday, ReasonTemplate, Submission
from tests.packages.reviewing.conftest import Signs, kind
from tests.people import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reasons")]
LATER = NOW + timedelta(hours=1)


def approve(person: Any, row: Any, **more: Any) -> Any:
    return services.approve(person.actor, submission_id=row.public_id, at=LATER, **more)


def give_back(person: Any, row: Any, note: str = "Too red.", **more: Any) -> Any:
    return services.give_back(person.actor, submission_id=row.public_id, note=note, at=LATER, **more)


# ----- promises -----


@pytest.mark.req("S-REG-T3", "S-APP-002", "S-GEN-001")
def test_a_submission_carries_its_due_time_in_working_days_without_holidays(bruno: Any, olga: Any, signs: Any) -> None:
    thursday = datetime(2027, 3, 4, 9, tzinfo=UTC)
    assert signs.submit(bruno, "a", at=thursday).due_at == datetime(2027, 3, 9, 9, tzinfo=UTC)

    services.add_holiday(olga.actor, day=date(2027, 3, 8), name="Founders’ day", at=NOW)
    assert signs.submit(bruno, "b", at=thursday).due_at == datetime(2027, 3, 10, 9, tzinfo=UTC)

    parameters.change(olga.actor, "review.release_days", 5, at=NOW)
    assert signs.submit(bruno, "c", at=thursday).due_at == datetime(2027, 3, 12, 9, tzinfo=UTC)
    assert Submission.objects.get(subject="a").due_at == datetime(2027, 3, 9, 9, tzinfo=UTC), "what was promised stays"


def test_working_days_are_those_of_the_operators_zone(bruno: Any, signs: Any) -> None:
    friday_in_utc_saturday_at_the_operators = datetime(2027, 3, 5, 20, tzinfo=UTC)
    row = signs.submit(bruno, at=friday_in_utc_saturday_at_the_operators)
    assert row.due_at == datetime(2027, 3, 9, 20, tzinfo=UTC), "Wednesday at 4:00, three working days after Saturday"


@pytest.mark.req("S-APP-T2", "S-APP-002")
def test_from_the_tenth_of_a_day_on_a_decision_may_take_longer(bruno: Any, ada: Any, signs: Any) -> None:
    rows = [signs.submit(bruno, f"s{n}", at=NOW) for n in range(10)]
    assert [row.takes_longer for row in rows] == [False] * 9 + [True]
    assert not signs.submit(ada, "hers", at=NOW).takes_longer
    tomorrow = NOW + timedelta(days=1)
    assert not signs.submit(bruno, "next", at=tomorrow).takes_longer

    after = rows[9].due_at + timedelta(minutes=1)
    assert selectors.is_overdue(rows[8], after)
    assert not selectors.is_overdue(rows[9], after)
    twice = rows[9].due_at + (rows[9].due_at - NOW)
    assert not selectors.is_overdue(rows[9], twice)
    assert selectors.is_overdue(rows[9], twice + timedelta(minutes=1))


@pytest.mark.req("S-APP-T2")
def test_the_database_knows_the_same_rule_of_being_overdue(bruno: Any, olga: Any, signs: Any) -> None:
    rows = [signs.submit(bruno, f"s{n}", at=NOW) for n in range(10)]
    for at in (
        rows[0].due_at,
        rows[0].due_at + timedelta(seconds=1),
        NOW + 2 * (rows[0].due_at - NOW),
        NOW + timedelta(30),
    ):
        found = set(selectors.queue(olga.actor, view="overdue", at=at).values_list("subject", flat=True))
        assert found == {row.subject for row in rows if selectors.is_overdue(row, at)}
        assert selectors.waiting(olga.actor, at=at).overdue == len(found)


# ----- rounds -----


@pytest.mark.req("S-PRD-T2")
def test_one_submission_of_a_subject_waits_at_a_time(bruno: Any, signs: Any) -> None:
    first = signs.submit(bruno)
    with pytest.raises(services.AlreadyInReview) as refused:
        signs.submit(bruno)
    assert refused.value.extra == {"submission": first.public_id}
    signs.submit(bruno, "another subject")


@pytest.mark.req("S-APP-T3", "S-APP-001")
def test_each_round_keeps_its_remarks_and_its_decision(bruno: Any, olga: Any, signs: Any) -> None:
    first = signs.submit(bruno)
    services.remark(olga.actor, submission_id=first.public_id, field="colour", text="Not red, please.", at=NOW)
    give_back(olga, first, note="Nearly.")
    second = signs.submit(bruno, at=LATER)
    services.remark(olga.actor, submission_id=second.public_id, field="words", text="Whose fish?", at=LATER)
    approve(olga, second)

    rounds = selectors.rounds(bruno.account.pk, kind="sign", subject="sign_1")
    assert [(each.round, each.state, each.note) for each in rounds] == [(2, "approved", ""), (1, "returned", "Nearly.")]
    by_field = selectors.remarks_by_field(rounds[1])
    assert {name: [each.text for each in said] for name, said in by_field.items()} == {"colour": ["Not red, please."]}
    assert selectors.latest(bruno.account.pk, kind="sign", subject="sign_1").pk == second.pk
    assert selectors.rounds(olga.account.pk, kind="sign", subject="sign_1") == []
    assert signs.effects == [("return", "sign_1", "Olga Lind"), ("approve", "sign_1", "Olga Lind")]


@pytest.mark.req("S-APP-001")
def test_a_submission_is_returned_with_a_reason_only(bruno: Any, olga: Any, signs: Any) -> None:
    row = signs.submit(bruno)
    with pytest.raises(Invalid):
        give_back(olga, row, note="  no ")
    services.remark(olga.actor, submission_id=row.public_id, field="sign", text="Too large.", at=NOW)
    assert give_back(olga, row, note="").state == "returned"


def test_a_ready_made_reason_is_said_in_the_applicants_language(bruno: Any, olga: Any, signs: Any) -> None:
    bruno.user.language = "zh-hans"
    bruno.user.save()
    reason = ReasonTemplate.objects.get(title_en="Language")
    row = give_back(olga, signs.submit(bruno), note="Please.", reasons=[reason.public_id])
    assert row.note == "文字必须使用英文或销售地区的语言。\nPlease."


def test_ready_made_reasons_exist_for_every_kind_in_both_languages() -> None:
    kinds = set(ReasonTemplate.objects.values_list("kind", flat=True))
    assert kinds == {
        "",
        "registration",
        "certification",
        "profile",
        "exit",
        "test_coupon",
        "asset",
        "release",
        "removal",
    }
    for each in ReasonTemplate.objects.all():
        assert each.title_en and each.title_zh_hans and each.text_en and each.text_zh_hans
    reasons = selectors.reasons("removal")
    assert reasons[0].kind == "removal"
    assert reasons[-1].kind == ""


@pytest.mark.req("S-DEC-010", "S-APP-001")
def test_what_waits_can_be_withdrawn_and_submitted_again(bruno: Any, olga: Any, signs: Any) -> None:
    row = signs.submit(bruno)
    services.withdraw(bruno.actor, kind="sign", subject="sign_1", at=NOW)
    assert signs.effects == [("withdraw", "sign_1", "Bruno Okafor")]
    with pytest.raises(NotAllowed):
        approve(olga, row)
    with pytest.raises(NotAllowed):
        services.withdraw(bruno.actor, kind="sign", subject="sign_1", at=NOW)
    assert signs.submit(bruno).round == 2


def test_a_stranger_cannot_withdraw_what_is_not_his(bruno: Any, xavier: Any, signs: Any) -> None:
    row = signs.submit(bruno)
    with pytest.raises(NotAllowed):
        services.withdraw(xavier.actor, kind="sign", subject="sign_1", at=NOW)
    row.refresh_from_db()
    assert row.state == "pending"


# ----- who decides -----


def test_a_second_eye_is_the_eye_of_a_second_person(bruno: Any, olga: Any, signs: Any) -> None:
    carl = olga.colleague("Carl", "OperatorCatalogue")
    row = signs.submit(bruno)
    services.ask_second_eye(olga.actor, submission_id=row.public_id, at=NOW)

    assert approve(olga, row).state == "pending"
    assert signs.effects == []
    with pytest.raises(services.SecondPersonNeeded):
        approve(olga, row)
    decided = approve(carl, row)
    assert (decided.state, decided.first_approval_by_id, decided.decided_by_id) == (
        "approved",
        olga.user.pk,
        carl.user.pk,
    )
    assert signs.effects == [("approve", "sign_1", "Carl")]


def test_one_person_is_enough_to_return_what_wants_two_to_approve(bruno: Any, olga: Any, signs: Any) -> None:
    row = signs.submit(bruno, second_eye=True)
    approve(olga, row)
    assert give_back(olga, row).state == "returned"


@pytest.mark.req("S-DEC-004")
def test_a_rule_approves_without_a_person_and_says_so(bruno: Any, olga: Any, signs: Any) -> None:
    row = signs.submit(bruno, rule="nothing that was sold changes")
    assert (row.state, row.decided_by_id, row.rule) == ("approved", None, "nothing that was sold changes")
    assert signs.effects == [("approve", "sign_1", "operations system")]
    assert not selectors.queue(olga.actor).exists()


def test_a_decision_whose_effect_is_refused_did_not_happen(bruno: Any, olga: Any, signs: Any) -> None:
    row = signs.submit(bruno)
    signs.refuses = True
    with pytest.raises(NotAllowed, match="The wall is gone"):
        approve(olga, row)
    row.refresh_from_db()
    assert (row.state, row.decided_at) == ("pending", None)
    assert not AuditRecord.objects.filter(sentence="submission.approved").exists()


def test_who_may_decide_depends_on_the_kind(bruno: Any, olga: Any, signs: Any) -> None:
    ports.register(kind(Signs(), "coat", "operator:seller:review"))
    try:
        sign = signs.submit(bruno)
        coat = services.submit(bruno.actor, kind="coat", subject="coat_1", title="Coat", at=NOW)
        curator = olga.colleague("Carl", "OperatorCatalogue")
        treasurer = olga.colleague("Tara", "OperatorFinance")
        assert [row.pk for row in selectors.queue(curator.actor)] == [sign.pk]
        assert [row.pk for row in selectors.queue(treasurer.actor)] == [coat.pk]
        assert [row.pk for row in selectors.queue(curator.actor, kinds=["coat"])] == []
        with pytest.raises(NotFound):
            approve(curator, coat)
        with pytest.raises(NotFound):
            services.assign(olga.actor, submission_id=coat.public_id, user_id=curator.user.public_id, at=NOW)
        services.assign(olga.actor, submission_id=coat.public_id, user_id=treasurer.user.public_id, at=NOW)
        assert [row.pk for row in selectors.queue(treasurer.actor, view="mine")] == [coat.pk]
        assert selectors.counts(olga.actor) == {"sign": 1, "coat": 1}
    finally:
        ports.KINDS.pop("coat")


@pytest.mark.req("B-PRM-001")
def test_the_record_of_an_applicant_has_what_the_reviewer_may_see(bruno: Any, olga: Any, signs: Any) -> None:
    ports.register(kind(Signs(), "coat", "operator:seller:review"))
    try:
        coat = services.submit(bruno.actor, kind="coat", subject="coat_1", title="Secret coat", at=NOW)
        approve(olga, coat)
        approve(olga, signs.submit(bruno, "sign_0", title="Old sign"))
        sign = signs.submit(bruno, "sign_2")
        curator = olga.colleague("Carl", "OperatorCatalogue")
        seen = selectors.record_of(curator.actor, sign)
        assert ([row.title for row in seen.recent], seen.approved, seen.first_try) == (["Old sign"], 1, 1)
        everything = selectors.record_of(olga.actor, sign)
        assert (sorted(row.title for row in everything.recent), everything.approved) == (["Old sign", "Secret coat"], 2)
    finally:
        ports.KINDS.pop("coat")


@pytest.mark.req("UI-GEN-08", "B-PRM-001")
def test_a_stranger_finds_nothing(bruno: Any, xavier: Any, ada: Any, signs: Any) -> None:
    row = signs.submit(bruno)
    for person in (xavier, ada, bruno):
        assert not selectors.queue(person.actor).exists()
        for act in (services.take, services.ask_second_eye, services.approve, services.give_back):
            with pytest.raises(NotFound):
                act(person.actor, submission_id=row.public_id, at=NOW)
        with pytest.raises(NotFound):
            services.remark(person.actor, submission_id=row.public_id, field="x", text="Hello", at=NOW)


def test_taking_over_and_giving_away_is_recorded(bruno: Any, olga: Any, signs: Any) -> None:
    carl = olga.colleague("Carl", "OperatorCatalogue")
    row = signs.submit(bruno)
    assert services.take(olga.actor, submission_id=row.public_id, at=NOW).assignee == olga.user
    assert services.take(carl.actor, submission_id=row.public_id, at=NOW).assignee == carl.user
    assert services.assign(carl.actor, submission_id=row.public_id, user_id="", at=NOW).assignee is None
    keys = ["submission.submitted", "submission.taken", "submission.taken", "submission.assigned"]
    told = AuditRecord.objects.filter(object_type="reviewing.submission").order_by("pk")
    assert list(told.values_list("sentence", flat=True)) == keys


def test_the_next_one_is_the_most_urgent_that_nobody_else_took(bruno: Any, olga: Any, signs: Any) -> None:
    carl = olga.colleague("Carl", "OperatorCatalogue")
    rows = [signs.submit(bruno, f"s{n}", at=NOW + timedelta(minutes=n)) for n in range(4)]
    services.take(carl.actor, submission_id=rows[1].public_id, at=NOW)
    assert selectors.next_of(olga.actor, after=rows[0]) == rows[2]
    assert selectors.next_of(carl.actor, after=rows[0]) == rows[1]
    assert selectors.most_urgent(olga.actor) == (4, rows[0])


def test_remarks_can_be_taken_back_until_the_decision(bruno: Any, olga: Any, signs: Any) -> None:
    row = signs.submit(bruno)
    for words in ("ok", "x" * 1001):
        with pytest.raises(Invalid):
            services.remark(olga.actor, submission_id=row.public_id, field="words", text=words, at=NOW)
    said = services.remark(olga.actor, submission_id=row.public_id, field="words", text="Why?", at=NOW)
    services.unremark(olga.actor, submission_id=row.public_id, remark_pk=said.pk)
    approve(olga, row)
    for act in (
        lambda: services.remark(olga.actor, submission_id=row.public_id, field="words", text="Late", at=LATER),
        lambda: services.unremark(olga.actor, submission_id=row.public_id, remark_pk=said.pk),
        lambda: services.take(olga.actor, submission_id=row.public_id, at=LATER),
        lambda: services.ask_second_eye(olga.actor, submission_id=row.public_id, at=LATER),
    ):
        with pytest.raises(NotAllowed):
            act()


# ----- the calendar -----


@pytest.mark.req("S-GEN-002")
def test_only_who_keeps_the_settings_keeps_the_calendar(olga: Any, ada: Any) -> None:
    support = olga.colleague("Sara", "OperatorSupport")
    for person in (support, ada):
        with pytest.raises(PermissionMissing):
            services.add_holiday(person.actor, day=date(2027, 5, 1), name="May day", at=NOW)
    with pytest.raises(Invalid):
        services.add_holiday(olga.actor, day=date(2027, 5, 1), name="  ", at=NOW)
    services.add_holiday(olga.actor, day=date(2027, 5, 1), name="May day", at=NOW)
    services.add_holiday(olga.actor, day=date(2027, 5, 1), name="Labour day", at=NOW)
    assert list(Holiday.objects.values_list("name", flat=True)) == ["Labour day"]
    services.remove_holiday(olga.actor, day=date(2027, 5, 1), at=NOW)
    services.remove_holiday(olga.actor, day=date(2027, 5, 1), at=NOW)
    assert AuditRecord.objects.filter(sentence="holiday.removed").count() == 1
    assert clock.now() == NOW
