"""O2 and O3: the queue of reviews and one submission on one page, with a kind of the tests' own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from galleria.kit import clock
from galleria.reviewing import ports, selectors, services
from galleria.reviewing.models import ReasonTemplate, Submission
from tests.packages.reviewing.conftest import Signs, kind
from tests.people import NOW
from tests.web.reading import read

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reasons")]
LONG = "A sign with very many words " * 7


class FullSigns(Signs):
    """The same kind with everything that a dossier can have."""

    def dossier(self, _actor: Any, submission: Any) -> ports.Dossier:
        from galleria.kit.money import Money

        words = ports.Section(
            "sign",
            "The sign",
            [
                ports.Fact("words", "Words on the sign", f"{submission.title} every day", "Fresh bread every day"),
                ports.Fact("price", "Price", Money(4200, "EUR"), Money(3900, "EUR"), look="money"),
                ports.Fact("sizes", "Sizes", ["S", "L"], ["S", "M"], look="list"),
                ports.Fact("text", "Text", "# Head\n\nFirst <b>line</b>", "# Head\n\nOld line", look="markdown"),
            ],
        )
        wall = ports.Section(
            "wall",
            "The wall",
            [
                ports.Fact("wall.colour", "Colour", "red"),
                ports.Fact("wall.lit", "Lit at night", True, False),
                ports.Fact("wall.plan", "Plan", "plan.pdf", href="/files/fil_1"),
                ports.Fact("wall.code", "Code", "x = 1\ny = 2", look="code"),
                ports.Fact("wall.empty", "Nothing"),
                ports.Fact("wall.long", "Long", LONG),
            ],
        )
        return ports.Dossier(
            [words, wall],
            links=[("See as a passer-by", "/search")],
            checklist=["The words are true", "Nobody is hit by it"],
            history=[(NOW - timedelta(days=3), "The shop opened")],
            similar=[("Fish of yesterday", "/search?q=fish")],
            effects=["It hangs at once.", "96 customers are told."],
        )


@pytest.fixture
def signs() -> Any:
    made = FullSigns()
    ports.register(kind(made))
    yield made
    ports.KINDS.pop("sign", None)


def queries_of(person: Any, address: str) -> int:
    person.client.get(address)
    with CaptureQueriesContext(connection) as caught:
        assert person.client.get(address).status_code == 200
    return len(caught)


def page_of(row: Any) -> str:
    return f"/operator/reviews/{row.public_id}"


def post(person: Any, row: Any, act: str, **more: Any) -> Any:
    return person.client.post(f"{page_of(row)}/decide", {"act": act, **more})


# ----- the queue -----


@pytest.mark.req("UI-GEN-08", "B-PRM-001")
def test_only_reviewers_open_the_queue_and_its_pages(
    bruno: Any, ada: Any, xavier: Any, olga: Any, visitor: Any, signs: Any
) -> None:
    row = signs.submit(bruno)
    sara = olga.colleague("Sara", "OperatorSupport")
    for address in ("/operator/reviews", page_of(row)):
        assert olga.client.get(address).status_code == 200
        assert visitor.get(address)["Location"].startswith("/account/login/?next=")
        for person in (ada, bruno, xavier, sara):
            answer = person.client.get(address)
            assert answer.status_code == 403
            assert read(answer).has("operator:release:review")
            assert "Fresh fish" not in answer.content.decode()
        assert ada.client.post(f"{page_of(row)}/decide", {"act": "approve"}).status_code == 403
    tara = olga.colleague("Tara", "OperatorFinance")
    assert tara.client.get(page_of(row)).status_code == 404, "a kind that she may not decide on"
    assert not read(tara.client.get("/operator/reviews")).has("Fresh fish")
    assert olga.client.get("/operator/reviews/sbm_nothing").status_code == 404


def test_the_queue_shows_who_what_since_when_and_until_when(bruno: Any, olga: Any, signs: Any) -> None:
    signs.submit(
        bruno, "a", title="Fresh fish", risks=["first release"], at=NOW - timedelta(days=1),
        results=[{"name": "Size", "state": "ok", "text": ""}, {"name": "Spelling", "state": "warning", "text": ""}],
    )  # fmt: skip
    late = signs.submit(bruno, "b", title="Old bread", at=NOW - timedelta(days=20))
    services.take(olga.actor, submission_id=late.public_id, at=NOW)

    page = read(olga.client.get("/operator/reviews"))
    assert page.has("2 submissions wait. One is overdue.")
    for text in ("Fresh fish", "Sign · Fernwerk", "first release", "1 remark", "24 h", "3 Mar 2027"):
        assert page.has(text), text
    body = olga.client.get("/operator/reviews").content.decode()
    assert body.index("Old bread") < body.index("Fresh fish"), "the most urgent first"
    assert "Overdue" in body

    mine = read(olga.client.get("/operator/reviews?view=mine"))
    assert mine.has("Old bread") and not mine.has("Fresh fish")
    assert read(olga.client.get("/operator/reviews?view=overdue")).has("Old bread")
    assert not read(olga.client.get("/operator/reviews?view=unassigned")).has("Old bread")
    assert read(olga.client.get("/operator/reviews?q=zzz")).has("Nothing fits")
    assert read(olga.client.get(f"/operator/reviews?person={olga.user.public_id}")).has("Old bread")
    assert not read(olga.client.get("/operator/reviews?q=fresh")).has("Old bread")


def test_views_of_kinds_show_those_only(bruno: Any, olga: Any, signs: Any) -> None:
    ports.register(kind(Signs(), "coat", "operator:seller:review"))
    try:
        signs.submit(bruno)
        services.submit(bruno.actor, kind="coat", subject="c", title="Warm coat", at=NOW)
        both = read(olga.client.get("/operator/reviews"))
        assert both.has("Warm coat") and both.has("Fresh fish") and both.has("Sign (1)")
        coats = read(olga.client.get("/operator/reviews?kind=coat"))
        assert coats.has("Warm coat") and not coats.has("Fresh fish")
    finally:
        ports.KINDS.pop("coat")


@pytest.mark.req("S-APP-T2")
def test_what_may_take_longer_says_until_when_and_is_not_overdue_before(bruno: Any, olga: Any, signs: Any) -> None:
    for number in range(10):
        signs.submit(bruno, f"s{number}", title=f"Sign {number}")
    clock.set_for_tests(NOW + timedelta(days=4))
    found = read(olga.client.get("/operator/reviews?view=overdue&size=50"))
    assert found.has("Sign 8") and not found.has("Sign 9")
    assert read(olga.client.get("/operator/reviews?q=Sign+9")).has("may take longer, until 7 Mar 2027")


def test_rows_are_taken_and_given_away(bruno: Any, olga: Any, signs: Any) -> None:
    carl = olga.colleague("Carl", "OperatorCatalogue")
    sara = olga.colleague("Sara", "OperatorSupport")
    one, two, three = (signs.submit(bruno, f"s{n}") for n in range(3))

    answer = olga.client.post("/operator/reviews/act", {"take": one.public_id, "back": "?view=unassigned"})
    assert answer["Location"] == "/operator/reviews?view=unassigned"
    carls = {"pick": [two.public_id, three.public_id], "to": carl.user.public_id, "back": "//evil.example"}
    assert olga.client.post("/operator/reviews/act", carls)["Location"] == "/operator/reviews"
    assert [selectors.submission_for(olga.actor, row.public_id).assignee for row in (one, two, three)] == [
        olga.user, carl.user, carl.user,
    ]  # fmt: skip
    olga.client.post("/operator/reviews/act", {"pick": [two.public_id], "to": "nobody"})
    olga.client.post("/operator/reviews/act", {"pick": [three.public_id], "to": sara.user.public_id})
    assert selectors.submission_for(olga.actor, two.public_id).assignee is None
    assert selectors.submission_for(olga.actor, three.public_id).assignee == carl.user, "Sara may not decide on signs"


@pytest.mark.req("UI-GEN-13")
def test_the_queue_is_paged_and_asks_the_same_questions_for_many_rows(bruno: Any, olga: Any, signs: Any) -> None:
    first = signs.submit(bruno, "first", title="Sign first")
    few = queries_of(olga, "/operator/reviews")
    assert few <= 10
    rows = [
        Submission(
            kind="sign", subject=f"s{number}", title=f"Sign {number:04}", account=bruno.account, seller_name="Fernwerk",
            submitted_at=NOW, due_at=first.due_at + timedelta(minutes=number),
            assignee=olga.user if number % 2 else None, risks=["first release"],
            results=[{"name": "Size", "state": "ok", "text": ""}] * 12,
        )
        for number in range(1, 2000)
    ]  # fmt: skip
    Submission.objects.bulk_create(rows)
    for address in ("/operator/reviews", "/operator/reviews?view=mine", "/operator/reviews?kind=sign",
                    "/operator/reviews?view=decided"):  # fmt: skip
        assert queries_of(olga, address) <= max(few, 9), address
    page = olga.client.get("/operator/reviews").content.decode()
    assert "2,000 submissions wait." in page
    assert "Sign 0019" in page and "Sign 0020" not in page
    after = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "Sign 0020" in olga.client.get(f"/operator/reviews{after}").content.decode()


# ----- the workspace -----


def test_the_page_puts_what_changed_beside_what_is_live(bruno: Any, olga: Any, signs: Any) -> None:
    row = signs.submit(bruno, results=[{"name": "Spelling", "state": "failed", "text": "fihs"}], risks=["new price"])
    answer = olga.client.get(page_of(row))
    body, page = answer.content.decode(), read(answer)

    assert page.has("5 changes")
    assert "Fresh <del>bread</del> every day" in body
    assert "Fresh <ins>fish</ins> every day" in body
    assert "<li><del>M</del></li>" in body and "<li><ins>L</ins></li>" in body
    assert "<del>39.00 EUR</del>" in body and "<ins>42.00 EUR</ins>" in body
    assert "<b>line" not in body, "what sellers write stays text"
    wanted = ["It hangs at once.", "96 customers are told.", "The words are true", "See as a passer-by", "fihs"]
    for text in (*wanted, "The shop opened", "Fish of yesterday", "new price", "5 more fields", "plan.pdf"):
        assert page.has(text), text
    assert 'href="/files/fil_1"' in body


def test_remarks_are_kept_beside_their_fields_and_can_be_taken_back(bruno: Any, olga: Any, signs: Any) -> None:
    row = signs.submit(bruno)
    answer = post(olga, row, "keep", **{"text:words": "Whose fish?", "text:wall.colour": "", "tick": ["1"]})
    assert answer.status_code == 302
    said = read(olga.client.get(page_of(row)))
    assert said.has("Olga Lind: Whose fish?") and said.has("1 of 2") and said.has("One remark goes with it.")
    remark = selectors.submission_for(olga.actor, row.public_id).remarks.get()
    assert (remark.field, remark.text) == ("words", "Whose fish?")
    post(olga, row, f"unremark:{remark.pk}")
    assert not read(olga.client.get(page_of(row))).has("Whose fish?")


@pytest.mark.req("UI-GEN-14", "UI-ST-05")
def test_nothing_typed_is_lost_when_the_decision_is_refused(bruno: Any, olga: Any, signs: Any) -> None:
    row = signs.submit(bruno)
    answer = post(olga, row, "return", **{"text:words": "?", "note": "Too loud."})
    assert answer.status_code == 422
    body = answer.content.decode()
    assert "Write a remark of 3 to 1,000 characters." in body
    assert 'href="#f-words-text"' in body
    assert ">Too loud.</textarea>" in body and ">?</textarea>" in body
    empty = post(olga, row, "return", note=" ")
    assert empty.status_code == 422
    assert read(empty).has("Say why: write a reason, or a remark on a field.")
    signs.refuses = True
    refused = post(olga, row, "approve", note="Fine.")
    assert refused.status_code == 409
    assert read(refused).has("The wall is gone.")
    assert ">Fine.</textarea>" in refused.content.decode()


@pytest.mark.req("S-APP-001", "S-APP-T3", "UI-T05")
def test_a_submission_is_returned_with_remarks_and_approved_in_its_next_round(
    bruno: Any, olga: Any, signs: Any
) -> None:
    first = signs.submit(bruno)
    reason = ReasonTemplate.objects.get(title_en="Language")
    answer = post(olga, first, "return", **{"text:words": "Whose fish?", "reason": [reason.public_id], "note": "Soon?"})
    assert answer.status_code == 302
    returned = read(olga.client.get(page_of(first)))
    assert returned.has("Returned by Olga Lind") and returned.has(reason.text_en) and returned.has("Soon?")
    assert not returned.has("Your decision")

    second = signs.submit(bruno)
    page = read(olga.client.get(page_of(second)))
    for text in ("Round 2", "Earlier rounds", "Olga Lind, round 1: Whose fish?", "0 approved"):
        assert page.has(text), text
    post(olga, second, "approve")
    assert read(olga.client.get(page_of(second))).has("Approved by Olga Lind")
    assert [verb for verb, *_rest in signs.effects] == ["return", "approve"]
    assert post(olga, second, "return", note="Too late").status_code == 409


def test_a_second_eye_is_asked_for_and_given_on_the_page(bruno: Any, olga: Any, signs: Any) -> None:
    carl = olga.colleague("Carl", "OperatorCatalogue")
    row = signs.submit(bruno)
    post(olga, row, "second")
    assert read(olga.client.get(page_of(row))).has("Give the first approval")
    post(olga, row, "approve")
    page = read(olga.client.get(page_of(row)))
    assert page.has("You gave the first approval; a second person must give the other.")
    assert post(olga, row, "approve").status_code == 409
    assert read(carl.client.get(page_of(row))).has("Olga Lind gave the first approval; yours would be the second.")
    post(carl, row, "approve")
    assert read(carl.client.get(page_of(row))).has("Approved by Carl")


def test_the_page_leads_to_the_next_of_the_queue(bruno: Any, olga: Any, signs: Any) -> None:
    one, two = signs.submit(bruno, "a"), signs.submit(bruno, "b", at=NOW + timedelta(minutes=1))
    assert f'href="{page_of(two)}" data-key="n"' in olga.client.get(page_of(one)).content.decode()
    post(olga, two, "take")
    post(olga, two, "assign", to="")
    assert selectors.submission_for(olga.actor, two.public_id).assignee is None


def test_the_page_asks_few_questions_however_much_was_said(bruno: Any, olga: Any, signs: Any) -> None:
    row = signs.submit(bruno)
    post(olga, row, "keep", **{"text:words": "Remark"})
    few = queries_of(olga, page_of(row))
    assert few <= 17
    for number in range(12):
        post(olga, row, "keep", **{"text:words": f"Remark {number}"})
    for number in range(12):
        other = signs.submit(bruno, f"o{number}")
        post(olga, other, "approve")
    assert queries_of(olga, page_of(row)) <= few


def test_the_overview_counts_reviews_among_the_queues(bruno: Any, olga: Any, signs: Any) -> None:
    signs.submit(bruno, at=NOW - timedelta(days=30))
    page = read(olga.client.get("/operator/"))
    assert page.has("Reviews") and page.has("One queue is late.")
    assert queries_of(olga, "/operator/") <= 16
