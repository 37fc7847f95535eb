"""A card gateway of our own for demos and trials: the same promises, no money, no network.

It keeps its state in `SandboxRecord`. Cards are entered on our own sandbox page, which says what it is. Only test
cards are known; what a card does depends on its number (`TEST_CARDS`); the number itself is not kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from galleria.kit import clock, ids
from galleria.kit.errors import NotFound, Text
from galleria.kit.spoken import stored
from galleria.paying.models import SandboxRecord
from galleria.paying.ports import (
    BadSignature,
    Card,
    Charge,
    ChargeRequest,
    GatewayEvent,
    GatewayRefund,
    GatewayRefused,
    GatewayUnavailable,
    Setup,
)

Behaviour = Literal["pays", "declines", "asks", "lost"]


@dataclass(frozen=True, slots=True)
class TestCard:
    """A number that the sandbox knows and what happens with it."""

    __test__ = False  # not a test case

    number: str
    brand: str
    funding: str
    behaviour: Behaviour
    meaning: Text

    @property
    def grouped(self) -> str:
        return " ".join(self.number[at : at + 4] for at in range(0, len(self.number), 4))


TEST_CARDS: Final = (
    TestCard("4242424242424242", "visa", "credit", "pays", _("Visa credit card: pays")),
    TestCard("5555555555554444", "mastercard", "credit", "pays", _("Mastercard credit card: pays")),
    TestCard("4000002760003184", "visa", "credit", "asks", _("Visa credit card: asks who you are (3-D Secure)")),
    TestCard("4000000000000341", "visa", "credit", "declines", _("Visa credit card: is saved, then declined")),
    TestCard("4000000000000119", "visa", "credit", "lost", _("Visa credit card: pays, but the answer gets lost")),
    TestCard("4000056655665556", "visa", "debit", "pays", _("Visa debit card: refused at entry")),
    TestCard("5105105105105100", "mastercard", "prepaid", "pays", _("Mastercard prepaid card: refused at entry")),
    TestCard("378282246310005", "amex", "credit", "pays", _("American Express: brand not accepted here")),
)
_BY_NUMBER: Final = {card.number: card for card in TEST_CARDS}


class SandboxGateway:
    """`ports.CardGateway` without a gateway."""

    name = "sandbox"
    moves_money = False

    # ----- customers and cards -----

    def create_customer(self, *, key: str, name: str, email: str) -> str:
        return _make("customer", {"name": name}, key=f"customer:{key}").reference

    def begin_setup(self, *, customer: str, return_url: str, key: str) -> Setup:
        row = _make("setup", {"customer": customer, "return_url": return_url, "card": ""}, key=f"setup:{key}")
        return Setup(row.reference, f"/buyer/sandbox/cards/{row.reference}/")

    def card_of_setup(self, reference: str, *, customer: str) -> Card:
        row = _find("setup", reference)
        if row.data["customer"] != customer or not row.data["card"]:
            raise GatewayRefused(_("No card was entered."), code="NO_CARD_ENTERED")
        return _card(_find("card", row.data["card"]))

    def save_card(self, *, customer: str, token: str) -> Card:
        row = _find("card", token)
        if row.data["customer"] not in {"", customer}:
            raise GatewayRefused(_("This card belongs to another customer."), code="CARD_GATEWAY_REFUSED")
        _note(row, customer=customer)
        return _card(row)

    def look_at(self, token: str) -> Card:
        return _card(_find("card", token))

    def forget_card(self, token: str) -> None:
        SandboxRecord.objects.filter(kind="card", reference=token).delete()

    # ----- charges -----

    def prepare(self, request: ChargeRequest) -> Charge:
        card = _find("card", request.card_token)
        if card.data["customer"] != request.customer:
            raise GatewayRefused(_("This card belongs to another customer."), code="CARD_GATEWAY_REFUSED")
        data = {
            "state": "prepared", "amount": request.amount_minor, "currency": request.currency,
            "behaviour": card.data["behaviour"], "last4": card.data["last4"], "description": request.description,
            "refunded": 0,
        }  # fmt: skip
        return _charge(_make("charge", data, key=f"prepare:{request.key}"))

    def confirm(self, reference: str, *, return_url: str, key: str) -> Charge:
        with transaction.atomic():
            row = _find("charge", reference, lock=True)
            if row.data["state"] != "prepared":
                return _charge(row)
            behaviour = row.data["behaviour"]
            if behaviour == "declines":
                _note(row, state="failed", code="card_declined", text=stored(_("The card was declined.")))
            elif behaviour == "asks":
                _note(row, state="needs_action", return_url=return_url)
            else:
                _note(row, state="succeeded")
        if behaviour == "lost":
            raise GatewayUnavailable
        return _charge(row)

    def charge_of(self, reference: str) -> Charge:
        return _charge(_find("charge", reference))

    def cancel(self, reference: str) -> Charge:
        with transaction.atomic():
            row = _find("charge", reference, lock=True)
            if row.data["state"] in {"prepared", "needs_action", "failed"}:
                _note(row, state="canceled")
        return _charge(row)

    # ----- refunds -----

    def refund(self, reference: str, *, amount_minor: int, key: str) -> GatewayRefund:
        with transaction.atomic():
            row = _find("charge", reference, lock=True)  # first: of two with one key the second finds the record
            known = SandboxRecord.objects.filter(kind="refund", key=f"refund:{key}").first()
            if known is not None:
                return GatewayRefund(known.reference, "succeeded")
            if row.data["state"] != "succeeded" or row.data["refunded"] + amount_minor > row.data["amount"]:
                raise GatewayRefused(_("More than was paid cannot be given back."), code="CARD_GATEWAY_REFUSED")
            _note(row, refunded=row.data["refunded"] + amount_minor)
            made = _make("refund", {"charge": reference, "amount": amount_minor}, key=f"refund:{key}")
        return GatewayRefund(made.reference, "succeeded")

    def refund_of(self, reference: str) -> GatewayRefund:
        return GatewayRefund(_find("refund", reference).reference, "succeeded")

    def read_event(self, payload: bytes, signature: str, *, at: datetime) -> GatewayEvent:
        raise BadSignature  # the sandbox calls nobody

    # ----- what its own pages need -----

    def enter_card(self, setup: str, *, number: str, holder: str, expires_month: int, expires_year: int) -> str:
        """Enter a test card on the sandbox page; returns where to go on. Raises NotFound, GatewayRefused."""
        digits = "".join(sign for sign in number if sign.isdigit())
        known = _BY_NUMBER.get(digits)
        if known is None:
            raise GatewayRefused(
                _("The sandbox only knows the test cards that are listed here. Never enter a real card."),
                code="UNKNOWN_TEST_CARD",
            )
        with transaction.atomic():
            row = _find("setup", setup, lock=True)
            card = _make_card(known, row.data["customer"], holder, expires_month, expires_year)
            _note(row, card=card.reference)
        sign = "&" if "?" in row.data["return_url"] else "?"
        return f"{row.data['return_url']}{sign}setup={setup}"

    def setup_of(self, setup: str) -> dict[str, Any]:
        """What the card page has to know. Raises NotFound."""
        return dict(_find("setup", setup).data)

    def challenge_of(self, charge: str) -> dict[str, Any]:
        """What the 3-D Secure page has to know. Raises NotFound."""
        return dict(_find("charge", charge).data)

    def answer_challenge(self, charge: str, *, proven: bool) -> str:
        """The card holder has proven who they are, or has not; returns where to go on."""
        with transaction.atomic():
            row = _find("charge", charge, lock=True)
            if row.data["state"] == "needs_action":
                if proven:
                    _note(row, state="succeeded")
                else:
                    text = stored(_("The card holder could not be verified."))
                    _note(row, state="failed", code="authentication_failed", text=text)
        return str(row.data.get("return_url") or "/")


def make_test_card(number: str, *, customer: str = "", holder: str = "Test") -> str:
    """A token of a test card, as a program of a gateway would make one. For the demo's data and for tests."""
    return _make_card(_BY_NUMBER[number], customer, holder, 12, 2039).reference


def _make_card(known: TestCard, customer: str, holder: str, month: int, year: int) -> SandboxRecord:
    data = {
        "customer": customer, "brand": known.brand, "funding": known.funding, "behaviour": known.behaviour,
        "last4": known.number[-4:], "month": month, "year": year, "holder": holder[:120],
    }  # fmt: skip
    return _make("card", data)


def _make(kind: str, data: dict[str, Any], *, key: str | None = None) -> SandboxRecord:
    """A new record, or the one that was made with this key."""
    row = SandboxRecord(reference=ids.new_id(f"sb{kind[:2]}"), kind=kind, key=key, data=data, created_at=clock.now())
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return SandboxRecord.objects.get(kind=kind, key=key)
    return row


def _find(kind: str, reference: str, *, lock: bool = False) -> SandboxRecord:
    rows = SandboxRecord.objects.select_for_update() if lock else SandboxRecord.objects.all()
    row = rows.filter(kind=kind, reference=reference).first()
    if row is None:
        raise NotFound
    return row


def _note(row: SandboxRecord, **facts: Any) -> None:
    row.data = {**row.data, **facts}
    row.save(update_fields=["data"])


def _card(row: SandboxRecord) -> Card:
    data = row.data
    return Card(
        row.reference, data["brand"], data["funding"], data["last4"], data["month"], data["year"], data["holder"]
    )


def _charge(row: SandboxRecord) -> Charge:
    data = row.data
    asking = data["state"] == "needs_action"
    action = f"/buyer/sandbox/challenge/{row.reference}/" if asking else ""
    failure = data.get("code", ""), data.get("text", "")
    return Charge(row.reference, data["state"], data["amount"], data["currency"], action, *failure)
