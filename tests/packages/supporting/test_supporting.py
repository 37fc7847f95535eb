"""Tickets, ratings, questions."""

from __future__ import annotations

import pytest

from galleria.audit.models import AuditRecord
from galleria.kit.errors import Invalid, NotAllowed, NotFound, PermissionMissing, TooManyRequests
from galleria.supporting import rules, selectors, services, states
from galleria.supporting.models import Question, Review, Ticket
from tests.people import NOW


def write(person, **more):
    values = {"category": "credit", "subject": "Pay monthly", "text": "About 4,000 EUR a month.", **more}
    return services.open_ticket(person.actor, at=NOW, **values)


@pytest.mark.req("B-AFS-003")
def test_a_ticket_keeps_what_it_is_about(ada):
    ticket = write(ada, category="seller", link="GA2703011700ABCDEF")

    assert (ticket.state, ticket.category, ticket.link) == ("open", "seller", "GA2703011700ABCDEF")
    assert selectors.ticket_of(ada.actor, ticket.public_id) == ticket
    record = AuditRecord.objects.get(sentence="ticket.opened")
    assert record.object_name == "Pay monthly"


@pytest.mark.parametrize(
    ("field", "value"),
    [("category", "gossip"), ("category", "deletion"), ("subject", ""), ("subject", "x" * 101), ("text", " "),
     ("text", "x" * 2001), ("text", "a\x00b"), ("link", "x" * 121), ("subject", "two\nlines")],
)  # fmt: skip
def test_wrong_tickets_are_refused_beside_the_field(ada, field, value):
    with pytest.raises(Invalid) as refusal:
        write(ada, **{field: value})

    assert list(refusal.value.fields) == [field]
    assert Ticket.objects.count() == 0


def test_colleagues_see_the_ticket_a_stranger_and_an_acceptor_do_not(ada, xavier):
    ticket = write(ada)

    assert selectors.ticket_of(ada.colleague("Ben", "BuyerFinance").actor, ticket.public_id) == ticket
    with pytest.raises(NotFound):
        selectors.ticket_of(xavier.actor, ticket.public_id)
    with pytest.raises(PermissionMissing):
        selectors.tickets_of(ada.colleague("Eve", "BuyerAcceptor").actor)
    with pytest.raises(PermissionMissing):
        selectors.tickets_for_operator(ada.actor)


def test_the_operator_answers_once(ada, olga):
    ticket = write(ada)

    services.answer_ticket(olga.actor, ticket_id=ticket.public_id, answer="Yes.", at=NOW)
    with pytest.raises(NotAllowed):
        services.answer_ticket(olga.actor, ticket_id=ticket.public_id, answer="No.", at=NOW)

    ticket.refresh_from_db()
    assert (ticket.state, ticket.answer, ticket.answered_by) == ("answered", "Yes.", "Olga Lind")


def test_an_answer_needs_words_and_the_right(ada, olga, xavier):
    ticket = write(ada)

    with pytest.raises(Invalid):
        services.answer_ticket(olga.actor, ticket_id=ticket.public_id, answer=" ", at=NOW)
    with pytest.raises(PermissionMissing):
        services.answer_ticket(xavier.actor, ticket_id=ticket.public_id, answer="Yes.", at=NOW)
    ticket.refresh_from_db()
    assert ticket.state == "open"


def test_the_account_closes_its_ticket(ada):
    ticket = write(ada)

    services.close_ticket(ada.actor, ticket_id=ticket.public_id, at=NOW)

    with pytest.raises(NotAllowed):
        services.close_ticket(ada.actor, ticket_id=ticket.public_id, at=NOW)


def test_twenty_open_tickets_are_enough(ada):
    for number in range(20):
        write(ada, subject=f"Ticket {number}")

    with pytest.raises(TooManyRequests):
        write(ada)
    assert Ticket.objects.count() == 20


def test_the_desk_shows_open_tickets_to_operators_only(ada, olga, xavier):
    from galleria.web.account import tickets as pages  # the desk's views, wherever they are mounted

    write(ada)
    assert selectors.open_tickets(olga.actor) == 1
    assert [ticket.subject for ticket in selectors.tickets_for_operator(olga.actor, state="open")] == ["Pay monthly"]
    assert pages.desk.__name__ == "desk"


def test_the_table_of_states_has_no_dead_ends():
    assert states.TICKET.problems() == []
    assert set(states.TICKET_WORDS) == set(states.TICKET.states) | set(states.PRODUCT_TICKET.states)


# --- ratings --------------------------------------------------------------------------------------------
@pytest.mark.req("B-REV-004")
@pytest.mark.parametrize(
    ("points", "reviews", "tenths"), [(15, 1, 50), (3, 1, 10), (41, 3, 46), (13, 1, 43), (0, 0, None), (27, 2, 45)]
)
def test_the_score_is_the_mean_of_three_scores_with_one_decimal_half_up(points, reviews, tenths):
    assert rules.score_e1(points, reviews) == tenths


@pytest.mark.req("B-REV-004")
def test_only_published_reviews_count(ada, shop, django_assert_num_queries):
    product = shop.product("Backup Pro", monthly="49.00")
    other = shop.product("Sluice", monthly="9.00")
    for number, (scores, state) in enumerate(
        [((5, 4, 5), "published"), ((4, 5, 4), "published"), ((1, 1, 1), "hidden")]
    ):
        Review.objects.create(
            product=product, account=ada.account, order_line_id=f"GA-{number}", quality=scores[0], service=scores[1],
            speed=scores[2], text="Good enough to write about.", byline="Head of IT", state=state, created_at=NOW,
        )  # fmt: skip

    with django_assert_num_queries(1):
        rating = selectors.rating_of(product.pk)
    assert (rating.score_e1, rating.count, rating.quality_e1) == (45, 2, 45)
    with django_assert_num_queries(1):
        ratings = selectors.ratings_of([product.pk, other.pk])
    assert (ratings[product.pk].score_e1, ratings[product.pk].count) == (45, 2)
    assert selectors.rating_of(other.pk) == selectors.Rating(None, 0)
    assert len(selectors.reviews_of(product.pk)) == 2


def test_a_question_is_public_only_after_a_look_at_it(ada, shop):
    product = shop.product("Backup Pro", monthly="49.00")

    services.ask_question(
        ada.actor, product_pk=product.pk, product_name=product.name, text="Does it restore single files?", at=NOW
    )

    assert selectors.questions_of(product.pk) == []
    Question.objects.update(state="published", answer="Yes.")
    assert [each.answer for each in selectors.questions_of(product.pk)] == ["Yes."]
