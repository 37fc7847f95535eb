"""The moves of a product. A hidden product can still be opened and bought at its address (B-CAT-005).

`draft` and `pending` products have never been released (S-PRD-001); a suspended one cannot be bought until the operator
lifts the suspension; a removed one stays removed.
"""

from __future__ import annotations

from galleria.kit.states import Machine, Move

PRODUCT = Machine(
    field="state",
    name="product",
    initial=("draft", "on_sale", "hidden"),
    final=("removed",),
    moves={
        "submit": Move(from_="draft", to="pending"),
        "withdraw": Move(from_="pending", to="draft"),
        "publish": Move(from_=("draft", "pending"), to="on_sale"),
        "hide": Move(from_="on_sale", to="hidden"),
        "show": Move(from_="hidden", to="on_sale"),
        "suspend": Move(from_=("on_sale", "hidden"), to="suspended"),
        "lift": Move(from_="suspended", to="on_sale"),
        "remove": Move(from_=("on_sale", "hidden", "suspended"), to="removed"),
    },
)

UNRELEASED = ("draft", "pending")
SOLD = ("on_sale", "hidden")
