"""Machines: of two callers one wins, and the table tells no lies. The jobs' table serves as the example."""

from __future__ import annotations

import pytest
from django.db.models import F

from galleria.kit import clock
from galleria.kit.errors import NotAllowed
from galleria.kit.models import Job
from galleria.kit.states import Machine, Move

MACHINE = Machine(
    field="state",
    initial="ready",
    final=("dead",),
    moves={
        "lease": Move("ready", "leased"),
        "return": Move("leased", "ready"),
        "bury": Move(("ready", "leased"), "dead", refusal="It is buried already."),
    },
)


@pytest.fixture
def thing(db: None) -> Job:
    return Job.objects.create(public_id="job_1", task="t", run_at=clock.now(), created_at=clock.now())


def test_a_move_changes_the_row_and_the_object_with_further_fields(thing: Job) -> None:
    assert MACHINE.apply(thing, "lease", error="why", attempts=F("attempts") + 1) == "ready"
    assert (thing.state, thing.error, thing.attempts) == ("leased", "why", 1)
    stored = Job.objects.get()
    assert (stored.state, stored.error, stored.attempts) == ("leased", "why", 1)


def test_of_two_callers_who_saw_the_same_state_the_second_is_refused_and_changes_nothing(thing: Job) -> None:
    rival = Job.objects.get()
    MACHINE.apply(thing, "bury", error="first")
    with pytest.raises(NotAllowed) as refusal:
        MACHINE.apply(rival, "bury", error="second")
    assert (refusal.value.status, refusal.value.message) == (409, "It is buried already.")
    assert refusal.value.extra == {"move": "bury", "state": "ready"}
    assert (rival.state, Job.objects.get().error) == ("ready", "first")


def test_a_move_that_is_not_possible_from_here_is_refused(thing: Job) -> None:
    with pytest.raises(NotAllowed):
        MACHINE.apply(thing, "return")
    assert Job.objects.get().state == "ready"


def test_many_rows_are_moved_at_once_if_they_may_be(thing: Job) -> None:
    Job.objects.create(public_id="job_2", task="t", state="dead", run_at=clock.now(), created_at=clock.now())
    assert MACHINE.apply_all(Job.objects.all(), "lease") == 1
    assert sorted(Job.objects.values_list("state", flat=True)) == ["dead", "leased"]


def test_the_table_tells_which_buttons_to_show(thing: Job) -> None:
    assert MACHINE.allowed(thing) == ["lease", "bury"]
    assert MACHINE.allowed("leased") == ["return", "bury"]
    assert MACHINE.allowed("dead") == []
    assert MACHINE.can("ready", "lease")
    assert not MACHINE.can(thing, "return")
    assert MACHINE.sources("bury") == ("ready", "leased")


def test_a_sound_table_has_no_problems() -> None:
    assert MACHINE.states == ["ready", "leased", "dead"]
    assert MACHINE.problems(known=Job.State.values) == []


def test_dead_ends_islands_and_unknown_states_are_found() -> None:
    broken = Machine(field="state", initial="a", final=("c",), moves={"go": Move("a", "b"), "jump": Move("x", "c")})
    assert broken.problems(known=["a", "b", "c", "d"]) == [
        "b is a dead end",
        "x is never reached",
        "c is never reached",
        "x is not a known state",
        "d has no place in the table",
    ]


def test_the_table_draws_itself() -> None:
    assert MACHINE.mermaid() == (
        "stateDiagram-v2\n    [*] --> ready\n    ready --> leased: lease\n    leased --> ready: return\n"
        "    ready --> dead: bury\n    leased --> dead: bury\n    dead --> [*]\n"
    )
