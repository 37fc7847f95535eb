"""A purchase before your eyes: Ada finds a help desk, orders, pays and opens it, all over HTTP."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Tell = Callable[[str, float], None]
PATIENCE = 180  # seconds for one answer, and until the delivery must be done; for machines that do much else


class PurchaseFailed(Exception):
    """A step did not do what it should; the message names the step and the answer."""


@dataclass(frozen=True)
class Bought:
    """What came of it."""

    order: str
    state: str
    subscription: str
    app_url: str
    seconds: float


@dataclass
class Buyer:
    """A buyer's program with an API key."""

    base: str
    key: str

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """One call. Raises PurchaseFailed with the problem that the API tells."""
        headers = {"Authorization": f"Bearer {self.key}", "Accept": "application/json"}
        if body is not None:
            headers |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(  # noqa: S310 (our own address)
            f"{self.base}/api/v1{path}", data=data, headers=headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
                return dict(json.loads(answer.read()))
        except urllib.error.HTTPError as error:
            told = error.read().decode("utf-8", "replace")
            raise PurchaseFailed(f"{method} {path}: HTTP {error.code}: {told[:600]}") from error
        except OSError as error:
            raise PurchaseFailed(f"{method} {path}: no answer: {error}") from error


def buy(base: str, key: str, *, words: str, tell: Tell) -> Bought:
    """Search, configure, order, pay, wait for the delivery, open the application. Raises PurchaseFailed."""
    buyer = Buyer(base, key)
    begun = last = time.perf_counter()

    def step(text: str) -> None:
        nonlocal last
        now = time.perf_counter()
        tell(text, now - last)
        last = now

    found = buyer.ask("GET", f"/products?q={urllib.parse.quote(words)}")
    if not found["items"]:
        raise PurchaseFailed(f"nothing was found for {words!r}")
    card = found["items"][0]
    step(f"searched “{words}”: {found['total']} found, first {card['name']} by {card['seller']['name']}")
    product = buyer.ask("GET", f"/products/{card['slug']}")
    step(
        f"opened {product['name']}: {len(product['specifications'])} specifications, trial {product['trial_days']} days"
    )
    quote = buyer.ask("POST", "/quotes", _configuration(product))
    step(
        f"configured: {quote['official']['amount']} {quote['currency']} list price, "
        f"{quote['due']['amount']} due with tax"
    )
    order = buyer.ask("POST", "/orders", _order(quote))
    step(f"ordered: {order['id']}, {len(quote['agreements'])} agreements accepted")
    paid = buyer.ask("POST", "/payments", {"orders": [order["id"]], "method": "balance"})
    step(f"paid {paid['amount']['amount']} {paid['amount']['currency']} from the balance: {paid['state']}")
    order = _delivered(buyer, order["id"])
    subscription = buyer.ask("GET", f"/subscriptions/{order['lines'][0]['subscription']}")
    step(f"delivered by the seller's server: order {order['state']}, subscription {subscription['state']}")
    info = buyer.ask("GET", f"/subscriptions/{subscription['id']}/app-info")
    secret = buyer.ask("POST", f"/subscriptions/{subscription['id']}/password", {})
    if not secret["password"]:
        raise PurchaseFailed("no password was revealed")
    title = _open(info["front_end_url"])
    step(f"opened {info['front_end_url']} as {info['user_name']}: “{title}”")
    return Bought(order["id"], order["state"], subscription["id"], info["front_end_url"], time.perf_counter() - begun)


def _configuration(product: dict[str, Any]) -> dict[str, Any]:
    extra = {
        each["key"]: each["options"][0]["key"] if each.get("options") else "galleria-demo"
        for each in product["extra_parameters"]
    }
    return {
        "product": product["slug"],
        "specification": product["specifications"][0]["id"],
        "mode": "period:month",
        "term": 1,
        "extra": extra,
    }


def _order(quote: dict[str, Any]) -> dict[str, Any]:
    return {
        "quote": quote["id"],
        "agreements": {each["key"]: each["version"] for each in quote["agreements"]},
        "consent": True,
    }


def _delivered(buyer: Buyer, order_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + PATIENCE
    while True:
        order = buyer.ask("GET", f"/orders/{order_id}")
        if order["state"] != "processing":
            return order
        if time.monotonic() > deadline:
            raise PurchaseFailed(f"the delivery of {order_id} is not done after {PATIENCE} s: {order['state']}")
        time.sleep(0.1)


def _open(url: str) -> str:
    """The title of the running application."""
    with urllib.request.urlopen(url, timeout=PATIENCE) as answer:  # noqa: S310 (the sample seller's own)
        page = answer.read().decode("utf-8", "replace")
    begin, end = page.find("<title>"), page.find("</title>")
    return page[begin + 7 : end].strip() if 0 <= begin < end else "an application"
