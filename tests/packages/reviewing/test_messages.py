"""Who hears of a decision, in which language, with which reasons; what reviewers are reminded of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import translation

from galleria.kit import clock
from galleria.notifying.models import Message
from galleria.notifying.rendering import rendered
from galleria.reviewing import jobs as tasks
from galleria.reviewing import services
from tests.people import NOW
from tests.shop import Shop

pytestmark = pytest.mark.django_db


@pytest.mark.req("S-NOT-001", "S-APP-002", "S-FAQ-003")
def test_the_applicant_and_the_owner_are_told_why_it_was_returned(bruno: Any, olga: Any, signs: Any) -> None:
    berta = bruno.colleague("Berta", "SellerAdmin")
    bruno.user.language = "zh-hans"
    bruno.user.save()
    row = signs.submit(berta)
    services.remark(olga.actor, submission_id=row.public_id, field="colour", text="Not red, please.", at=NOW)
    services.give_back(olga.actor, submission_id=row.public_id, note="Nearly there.", at=NOW)
    Shop.work()

    told = Message.objects.get(user=berta.user)
    assert (told.key, told.link) == ("review.returned", "/seller/signs/sign_1")
    text = rendered(told)
    assert text.subject == "Sign returned: Fresh fish"
    assert "Nearly there.\nColour: Not red, please." in text.text
    assert Message.objects.get(user=bruno.user).key == "review.returned"
    [sent] = [each for each in mail.outbox if each.to == [berta.user.email]]
    assert "Nearly there." in sent.body
    assert "/seller/signs/sign_1" in sent.body
    assert not Message.objects.filter(user=olga.user).exists()


@pytest.mark.req("S-NOT-001")
def test_an_approval_is_told_once_with_the_words_of_the_reviewer_if_there_are_any(
    bruno: Any, olga: Any, signs: Any
) -> None:
    first, second = signs.submit(bruno, "a"), signs.submit(bruno, "b")
    services.approve(olga.actor, submission_id=first.public_id, at=NOW)
    services.approve(olga.actor, submission_id=second.public_id, note="Well done.", at=NOW)
    Shop.work()
    Shop.work()

    keys = list(Message.objects.filter(user=bruno.user).order_by("pk").values_list("key", flat=True))
    assert keys == ["review.approved", "review.approved_with_note"]
    assert rendered(Message.objects.get(key="review.approved_with_note")).text.endswith("Well done.")


def test_what_is_withdrawn_is_told_to_nobody(bruno: Any, signs: Any) -> None:
    signs.submit(bruno)
    services.withdraw(bruno.actor, kind="sign", subject="sign_1", at=NOW)
    Shop.work()
    assert not Message.objects.exists()


def test_reviewers_are_reminded_on_the_morning_of_a_working_day(bruno: Any, olga: Any, signs: Any) -> None:
    carl = olga.colleague("Carl", "OperatorCatalogue")
    sara = olga.colleague("Sara", "OperatorSupport")
    for day in (1, 2, 3):  # due on Thursday, Friday and Monday
        signs.submit(bruno, f"s{day}", at=datetime(2027, 3, day, 9, tzinfo=UTC))

    def on(day: int) -> list[str]:
        Message.objects.all().delete()
        clock.set_for_tests(datetime(2027, 3, day, 0, 30, tzinfo=UTC))  # 8:30 at the operator's
        tasks.remind()
        Shop.work()
        clock.set_for_tests(NOW)
        return [rendered(each).subject for each in Message.objects.filter(user=carl.user)]

    assert on(3) == []
    assert on(4) == ["Sign: 1 due today, 0 overdue"]
    assert on(5) == ["Sign: 1 due today, 1 overdue"]
    assert on(6) == [], "Saturday"
    services.add_holiday(olga.actor, day=date(2027, 3, 8), name="Founders’ day", at=NOW)
    assert on(8) == [], "a holiday"
    assert on(9) == ["Sign: 0 due today, 3 overdue"]
    assert not Message.objects.filter(user=sara.user).exists()
    assert Message.objects.filter(user=olga.user).exists()
    assert Message.objects.filter(user=olga.user)[0].link == "/operator/reviews?kind=sign"
    with translation.override("zh-hans"):
        assert "Sign" in rendered(Message.objects.filter(user=olga.user)[0]).subject
    assert timedelta(0) == NOW - clock.now()
