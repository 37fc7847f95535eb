"""`/styleguide/`: every component in every state; tested like a screen."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from galleria.kit.money import Money

_SPRITE = Path(__file__).parents[1] / "static" / "img" / "sprite.svg"


@cache
def icons() -> list[str]:
    """The names of all icons, in the order of the file."""
    return re.findall(r'<symbol id="([a-z]+)"', _SPRITE.read_text())


def show(request: HttpRequest) -> HttpResponse:
    """The page; its figures are examples and add up."""
    amounts = {
        "list": Money(9000, "EUR"), "off": Money(-900, "EUR"), "net": Money(8100, "EUR"), "tax": Money(2025, "EUR"),
        "due": Money(10125, "EUR"), "month": Money(3000, "EUR"), "changed": Money(11250, "EUR"),
        "refund": Money(-18487, "EUR"), "reseller": Money(90000, "EUR"), "free": Money(0, "EUR"),
        "usd": Money(120400, "USD"), "yen": Money(88000, "JPY"), "large": Money(123456789012, "JPY"),
        "sgd": Money(-18840, "SGD"),
    }  # fmt: skip
    products = [
        {"name": "Cartouche Reader", "room": "ai", "logo": "", "maker": "Scriptorium AI"},
        {"name": "Postern Mail", "room": "network", "logo": "", "maker": "Side Door Networks"},
        {"name": "Tidemark Backup", "room": "data", "logo": "", "maker": "Ebb & Flow Systems"},
    ]
    return render(request, "styleguide/page.html", {"amounts": amounts, "products": products, "icons": icons()})
