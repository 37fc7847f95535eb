"""Idempotency keys: the first answer is given again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from galleria.kit import clock, idempotency
from galleria.kit.actor import Actor
from galleria.kit.errors import Invalid, Refused
from galleria.kit.idempotency import Answer, KeyReused, once
from galleria.kit.models import IdempotencyKey, JobStat

pytestmark = pytest.mark.django_db
ADA = Actor("usr_ada", account_id="acc_ada")
XAVIER = Actor("usr_xav", account_id="acc_xav")


def buy() -> dict[str, str]:
    JobStat.objects.create(task=f"bought {JobStat.objects.count()}")
    return {"order": "GA1"}


def test_the_second_request_gets_the_first_answer_and_nothing_happens_twice() -> None:
    first = once(ADA, "k1", "orders", buy, body={"sku": 1, "n": 2})
    second = once(ADA, "k1", "orders", buy, body={"n": 2, "sku": 1})
    assert first == Answer(200, {"order": "GA1"})
    assert second == Answer(200, {"order": "GA1"}, is_replay=True)
    assert JobStat.objects.count() == 1


def test_the_same_key_for_another_request_is_refused() -> None:
    once(ADA, "k1", "orders", buy, body={"sku": 1})
    with pytest.raises(KeyReused) as refusal:
        once(ADA, "k1", "orders", buy, body={"sku": 2})
    assert (refusal.value.status, refusal.value.code) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert JobStat.objects.count() == 1


def test_keys_belong_to_an_account_and_to_a_kind_of_request() -> None:
    for actor, scope in ((ADA, "orders"), (XAVIER, "orders"), (ADA, "payments")):
        assert not once(actor, "k1", scope, buy).is_replay
    assert JobStat.objects.count() == 3


def test_a_refused_request_keeps_nothing_and_may_come_again_with_the_same_key() -> None:
    def refuse() -> None:
        buy()
        raise Refused("not now")

    with pytest.raises(Refused):
        once(ADA, "k1", "orders", refuse)
    assert not JobStat.objects.exists()
    assert not once(ADA, "k1", "orders", buy).is_replay


def test_status_of_the_first_answer_is_kept() -> None:
    once(ADA, "k1", "orders", lambda: Answer(201, {"id": 1}))
    assert once(ADA, "k1", "orders", buy) == Answer(201, {"id": 1}, is_replay=True)


@pytest.mark.parametrize("key", ["", "x" * 129, "with space", "line\n", "ümlaut", "\x00"])
def test_a_key_is_1_to_128_printable_characters(key: str) -> None:
    with pytest.raises(Invalid) as refusal:
        once(ADA, key, "orders", buy)
    assert refusal.value.code == "IDEMPOTENCY_KEY_INVALID"


def test_keys_are_forgotten_after_three_days() -> None:
    once(ADA, "k1", "orders", buy)
    clock.advance(timedelta(days=3, seconds=1))
    once(ADA, "k2", "orders", buy)
    idempotency.forget_old_keys()
    assert [row.key for row in IdempotencyKey.objects.all()] == ["k2"]
