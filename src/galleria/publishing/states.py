"""The moves of a product. A hidden product can still be opened and bought at its address (B-CAT-005)."""

from __future__ import annotations

from galleria.kit.states import Machine, Move

PRODUCT = Machine(
    field="state",
    name="product",
    initial=("draft", "on_sale"),
    final=("removed",),
    moves={
        "publish": Move(from_="draft", to="on_sale"),
        "hide": Move(from_="on_sale", to="hidden"),
        "show": Move(from_="hidden", to="on_sale"),
        "remove": Move(from_=("on_sale", "hidden"), to="removed"),
    },
)
