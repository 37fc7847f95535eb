"""Posting: all or nothing, once per reference, never below zero where that is forbidden."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from galleria.kit import clock
from galleria.kit.errors import NotFound
from galleria.kit.money import Money
from galleria.ledger import jobs, models, selectors, services
from galleria.ledger.rules import BadPosting, Posting, deltas
from galleria.ledger.services import AlreadyReversed, InsufficientBalance, ReferenceReused, post, reverse

AT = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
ADA = "buyer_cash:acc_ada"


def usd(text: str) -> Money:
    return Money.parse(text, "USD")


@pytest.fixture(autouse=True)
def stopped_clock() -> Iterator[None]:
    clock.set_for_tests(AT)
    yield
    clock.set_for_tests(None)


def top_up(amount: str = "100.00", reference: str = "top-up-1", code: str = ADA) -> models.LedgerTransaction:
    return post(reference=reference, kind="top_up", at=AT, postings=[Posting("bank", code, usd(amount))])


def pay(amount: str, reference: str = "pay-1") -> models.LedgerTransaction:
    return post(
        reference=reference,
        kind="payment",
        at=AT,
        postings=[Posting(ADA, "orders_paid", usd(amount))],
        source=("order", "GA1"),
        working={"steps": [["price", "49.00"]]},
    )


def balances() -> dict[str, str]:
    return {each.code: each.balance.text for each in selectors.accounts()}


@pytest.mark.django_db
def test_a_posting_moves_its_amount_from_one_account_to_the_other() -> None:
    top_up()
    paid = pay("49.00")
    assert balances() == {"bank": "-100.00", ADA: "51.00", "orders_paid": "49.00"}
    assert (paid.kind, paid.source_type, paid.source_id) == ("payment", "order", "GA1")
    assert paid.working == {"steps": [["price", "49.00"]]}
    assert paid.public_id.startswith("ltx_")
    assert selectors.is_balanced()


@pytest.mark.django_db
def test_an_account_that_was_never_used_holds_nothing() -> None:
    assert selectors.balance("buyer_cash:acc_new", "EUR") == Money.zero("EUR")
    assert selectors.balances([ADA, "bank"], "USD") == {ADA: usd("0.00"), "bank": usd("0.00")}
    assert selectors.entries(ADA, "USD").items == []


@pytest.mark.django_db
def test_what_waits_to_be_added_up_is_in_the_balance_and_an_account_of_a_party_has_nothing_waiting() -> None:
    top_up()
    pay("49.00")
    waiting = models.PendingAmount.objects.values_list("account__code", "amount_minor")
    assert sorted(waiting) == [("bank", -10_000), ("orders_paid", 4_900)]
    assert selectors.balance("orders_paid", "USD") == usd("49.00")
    assert selectors.balance("bank", "USD") == usd("-100.00")
    assert selectors.balance(ADA, "USD") == usd("51.00")


@pytest.mark.django_db
def test_currencies_are_kept_apart_and_each_sums_to_zero() -> None:
    top_up()
    post(reference="y", kind="top_up", at=AT, postings=[Posting("bank", ADA, Money(980, "JPY"))])
    assert selectors.balance(ADA, "USD") == usd("100.00")
    assert selectors.balance(ADA, "JPY") == Money(980, "JPY")
    assert selectors.totals() == {"JPY": Money.zero("JPY"), "USD": Money.zero("USD")}
    assert selectors.totals_by_kind()["JPY"] == {"bank": Money(-980, "JPY"), "buyer_cash": Money(980, "JPY")}


@pytest.mark.django_db
def test_the_same_reference_and_content_is_booked_once_even_at_another_time() -> None:
    first = top_up()
    again = post(
        reference="top-up-1", kind="top_up", at=AT + timedelta(days=1), postings=[Posting("bank", ADA, usd("100.00"))]
    )
    assert again.pk == first.pk
    assert again.at == AT
    assert selectors.balance(ADA, "USD") == usd("100.00")


@pytest.mark.django_db
def test_the_same_reference_with_another_content_is_a_bug_and_changes_nothing() -> None:
    top_up()
    for change in (lambda: top_up("99.00"), lambda: top_up(code="buyer_cash:acc_rita")):
        with pytest.raises(ReferenceReused):
            change()
    assert balances() == {"bank": "-100.00", ADA: "100.00"}


@pytest.mark.django_db
def test_a_buyers_balance_is_not_overdrawn_and_the_refusal_says_what_is_missing() -> None:
    top_up("48.99")
    with pytest.raises(InsufficientBalance) as refusal:
        pay("49.00")
    assert (refusal.value.code, refusal.value.status) == ("INSUFFICIENT_BALANCE", 409)
    assert refusal.value.extra == {"available": "48.99", "needed": "49.00", "currency": "USD"}
    assert balances() == {"bank": "-48.99", ADA: "48.99"}
    assert models.LedgerTransaction.objects.count() == 1
    pay("48.99", "pay-2")
    assert selectors.balance(ADA, "USD").is_zero


@pytest.mark.django_db
def test_what_comes_in_and_goes_out_in_one_transaction_needs_no_balance_before() -> None:
    post(
        reference="card",
        kind="card_payment",
        at=AT,
        postings=[Posting("card", ADA, usd("49.00")), Posting(ADA, "orders_paid", usd("49.00"))],
    )
    assert balances() == {ADA: "0.00", "card": "-49.00", "orders_paid": "49.00"}


@pytest.mark.parametrize(
    ("from_", "to", "minor"),
    [
        ("a", "bank", 1), ("Bank", "card", 1), ("bank", "bank", 1), ("bank", "card", 0), ("bank", "card", -1),
        ("bank:", "card", 1), ("bank:a:b", "card", 1), ("bank\n", "card", 1), ("bank:a b", "card", 1), ("", "card", 1),
    ],
)  # fmt: skip
def test_a_posting_that_cannot_be_meant_is_refused(from_: str, to: str, minor: int) -> None:
    with pytest.raises(BadPosting):
        Posting(from_, to, Money(minor, "USD"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [{"postings": []}, {"reference": ""}, {"reference": "x" * 161}, {"at": datetime(2027, 1, 1)}],  # noqa: DTZ001
)
def test_a_transaction_has_postings_a_reference_and_a_time(wrong: dict[str, object]) -> None:
    right = {"reference": "r", "kind": "k", "at": AT, "postings": [Posting("bank", ADA, usd("1.00"))]}
    with pytest.raises(BadPosting):
        post(**{**right, **wrong})  # type: ignore[arg-type]


@pytest.mark.django_db
def test_the_database_itself_refuses_amounts_that_are_not_positive() -> None:
    row = top_up()
    accounts = list(models.LedgerAccount.objects.order_by("code"))
    for source, target, amount in ((0, 1, 0), (0, 1, -5), (0, 0, 5)):
        with pytest.raises(IntegrityError), transaction.atomic():
            models.Posting.objects.create(
                transaction=row,
                from_account=accounts[source],
                to_account=accounts[target],
                amount_minor=amount,
                currency="USD",
            )


# ----- reversing -----


@pytest.mark.django_db
def test_undoing_posts_the_reverse_and_leaves_the_first_as_it_was() -> None:
    top_up()
    paid = pay("49.00")
    undone = reverse(paid.public_id, reference="undo-1", at=AT, reason="delivery failed for good")
    assert balances() == {"bank": "-100.00", ADA: "100.00", "orders_paid": "0.00"}
    assert (undone.kind, undone.reason, undone.reverses_id) == ("payment.reversed", "delivery failed for good", paid.pk)
    assert (undone.source_type, undone.source_id) == ("order", "GA1")
    assert selectors.transaction_of(paid.public_id).reversed_by == undone
    assert [row.amount_minor for row in paid.postings.all()] == [4900]


@pytest.mark.django_db
def test_undoing_twice_is_once_for_the_same_reference_and_refused_for_another() -> None:
    paid = top_up()
    first = reverse(paid.public_id, reference="undo-1", at=AT, reason="r")
    assert reverse(paid.public_id, reference="undo-1", at=AT, reason="r") == first
    with pytest.raises(AlreadyReversed):
        reverse(paid.public_id, reference="undo-2", at=AT, reason="r")
    with pytest.raises(NotFound):
        reverse("ltx_nobody", reference="undo-3", at=AT, reason="r")


@pytest.mark.django_db
def test_money_that_was_spent_cannot_be_taken_back_by_undoing_its_coming_in() -> None:
    first = top_up()
    pay("60.00")
    with pytest.raises(InsufficientBalance):
        reverse(first.public_id, reference="undo", at=AT, reason="charge-back")
    assert selectors.balance(ADA, "USD") == usd("40.00")


# ----- busy accounts -----


@pytest.mark.django_db
def test_accounts_of_no_party_are_added_up_by_a_job_and_their_balance_is_right_before_and_after() -> None:
    for n in range(3):
        top_up("10.00", f"t{n}")
    bank = models.LedgerAccount.objects.get(code="bank")
    assert (bank.balance_minor, selectors.balance("bank", "USD")) == (0, usd("-30.00"))
    jobs.add_up_busy_accounts()
    bank.refresh_from_db()
    assert (bank.balance_minor, selectors.balance("bank", "USD")) == (-3000, usd("-30.00"))
    assert not models.PendingAmount.objects.exists()
    top_up("5.00", "t9")
    assert selectors.balance("bank", "USD") == usd("-35.00")
    assert services.check().is_balanced


# ----- reading -----


@pytest.mark.django_db
@pytest.mark.parametrize("code", [ADA, "bank"])
def test_entries_show_what_happened_with_the_balance_after_each_on_every_page(code: str) -> None:
    sign = 1 if code == ADA else -1
    for n in range(1, 46):
        top_up(f"{n}.00", f"t{n}")
    expected = [(sign * n, sign * n * (n + 1) // 2) for n in range(45, 0, -1)]
    found, cursor = [], None
    while True:
        page = selectors.entries(code, "USD", cursor=cursor)
        found += [(entry.amount.minor // 100, entry.balance_after.minor // 100) for entry in page]
        cursor = page.next
        if cursor is None:
            break
    assert found == expected
    assert page.items[0].other == ("bank" if code == ADA else ADA)


@pytest.mark.django_db
def test_a_page_of_entries_is_a_fixed_number_of_queries(django_assert_num_queries: object) -> None:
    for n in range(1, 30):
        top_up("1.00", f"t{n}")
    with django_assert_num_queries(3):  # type: ignore[operator]
        page = selectors.entries(ADA, "USD")
        assert [entry.transaction.reference for entry in page][:2] == ["t29", "t28"]


@pytest.mark.django_db
def test_transactions_are_found_by_reference_party_amount_kind_source_and_time() -> None:
    first, second = top_up(), pay("49.00")

    def found(**wanted: object) -> set[models.LedgerTransaction]:
        return set(selectors.transactions(**wanted))  # type: ignore[arg-type]

    assert found() == {first, second}
    assert found(reference="top-up") == {first}
    assert found(reference=second.public_id) == {second}
    assert found(party_id="acc_ada") == {first, second}
    assert found(party_id="acc_rita") == set()
    assert found(amount_minor=4900) == {second}
    assert found(kind="top_up", since=AT, until=AT + timedelta(seconds=1)) == {first}
    assert found(until=AT) == set()
    assert found(source=("order", "GA1")) == {second}
    with pytest.raises(NotFound):
        selectors.transaction_of("ltx_nobody")


# ----- what always holds -----

codes = st.sampled_from([ADA, "buyer_cash:acc_rita", "bank", "card", "orders_paid", "seller_share:slr_bruno"])
postings = st.builds(
    lambda pair, minor, currency: Posting(*pair, Money(minor, currency)),
    st.lists(codes, min_size=2, max_size=2, unique=True),
    st.integers(1, 10_000),
    st.sampled_from(["USD", "JPY"]),
)


@given(st.lists(postings, min_size=1, max_size=8))
def test_the_changes_of_a_transaction_sum_to_zero_in_each_currency(booked: list[Posting]) -> None:
    changes = deltas(booked)
    for currency in ("USD", "JPY"):
        assert sum(change for (_code, cur), change in changes.items() if cur == currency) == 0
    undone = deltas([each.reversed() for each in booked])
    assert undone == {key: -change for key, change in changes.items()}


@pytest.mark.django_db
@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(postings, min_size=1, max_size=4), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_whatever_is_booked_undone_refused_and_added_up_the_ledger_stays_balanced(
    booked: list[list[Posting]], random: object
) -> None:
    with transaction.atomic():
        done: list[models.LedgerTransaction] = []
        for number, each in enumerate(booked):
            try:
                done.append(post(reference=f"h{number}", kind="any", at=AT, postings=each))
            except InsufficientBalance:
                assert not models.LedgerTransaction.objects.filter(reference=f"h{number}").exists()
            if random.random() < 0.3 and done:  # type: ignore[attr-defined]
                chosen = random.choice(done)  # type: ignore[attr-defined]
                with contextlib.suppress(InsufficientBalance):
                    reverse(chosen.public_id, reference=f"undo {chosen.reference}", at=AT, reason="any")
            if random.random() < 0.2:  # type: ignore[attr-defined]
                jobs.add_up_busy_accounts()
        result = services.check()
        assert (result.is_balanced, result.problems) == (True, [])
        assert selectors.is_balanced()
        transaction.set_rollback(True)
