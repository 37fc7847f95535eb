"""The application that buyers open: a sign-in and a small notebook, one for each instance.

The pages are the seller's own site: their style is inside them, and they work without scripts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from .sellers import Seller

_STYLE = (Path(__file__).parent / "style.css").read_text("utf-8")


def sign_in(seller: Seller, instance: Mapping[str, Any], *, wrong: bool = False) -> str:
    """The sign-in page of an instance."""
    problem = '<p class="error" role="alert">The account or the password is not right.</p>' if wrong else ""
    return _page(
        seller,
        f"Sign in to {seller.application}",
        f"""<section class="card small"><h1>Sign in</h1>
<p class="quiet">The account and the first password are in your purchased application.</p>{problem}
<form method="post" action="/apps/{escape(instance["instance_id"])}/sign-in">
<label for="user">Account</label><input id="user" name="user" autocomplete="username" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button>Sign in</button></form></section>""",
    )


def notebook(seller: Seller, instance: Mapping[str, Any], notes: Iterable[Mapping[str, Any]]) -> str:
    """The application itself."""
    base = f"/apps/{escape(instance['instance_id'])}"
    items = "".join(f"<li><time>{_moment(note['at_ms'])}</time>{escape(note['text'])}</li>" for note in notes)
    return _page(
        seller,
        seller.application,
        f"""<h1>{escape(seller.application)}</h1><p class="state">Running</p>
<p class="quiet">What you write here stays until the subscription is released.</p>
<section class="card">{_facts(instance)}</section>
<section class="card"><h2>Notes</h2><form method="post" action="{base}/notes">
<label for="text">New note</label><textarea id="text" name="text" rows="3" maxlength="2000" required></textarea>
<button>Add note</button></form></section>
<section class="card"><h2>Written so far</h2><ul>{items or '<li class="quiet">Nothing yet.</li>'}</ul></section>""",
        base=base,
    )


def admin(seller: Seller, instance: Mapping[str, Any], changes: Iterable[Mapping[str, Any]]) -> str:
    """What the administrator sees of the instance."""
    base = f"/apps/{escape(instance['instance_id'])}"
    items = "".join(
        f"<li><time>{_moment(change['at_ms'])}</time>{escape(change['activity'])} {escape(change['order_id'])}</li>"
        for change in changes
    )
    return _page(
        seller,
        f"{seller.application} administration",
        f"""<h1>Administration</h1><section class="card">{_facts(instance)}</section>
<section class="card"><h2>Changes by the marketplace</h2>
<ul>{items or '<li class="quiet">None yet.</li>'}</ul></section>""",
        base=base,
    )


def stopped(seller: Seller, title: str, text: str) -> str:
    """A frozen or released instance."""
    body = f'<section class="card small"><h1>{escape(title)}</h1><p>{escape(text)}</p></section>'
    return _page(seller, title, body)


def front(sellers: Iterable[Seller]) -> str:
    """The server's own front page."""
    host = Seller(slug="", keys=(), name="Sample sellers", application="")
    names = "".join(f"<li>{escape(seller.name)} {escape(seller.application)}</li>" for seller in sellers)
    return _page(host, "Sample sellers", f'<h1>Sample sellers</h1><section class="card"><ul>{names}</ul></section>')


def missing() -> str:
    """Nothing here."""
    host = Seller(slug="", keys=(), name="Sample sellers", application="")
    body = '<section class="card small"><h1>Not found</h1><p>There is nothing here.</p></section>'
    return _page(host, "Not found", body)


def _facts(instance: Mapping[str, Any]) -> str:
    facts = {
        **_order_facts(instance["order_info"]),
        "From then on": _next_facts(instance),
        "Running since": _moment(instance["created_ms"]),
        "Paid until": _expiry(instance["expire_time"]),
        "Order": instance["order_id"],
        "Instance": instance["instance_id"],
    }
    return "<dl>" + "".join(f"<div><dt>{k}</dt><dd>{escape(v)}</dd></div>" for k, v in facts.items() if v) + "</dl>"


def _order_facts(order_info: str) -> dict[str, str]:
    """What the marketplace told of the order; nothing if it was not asked."""
    if not order_info:
        return {}
    order = json.loads(order_info)
    line, buyer = order["orderLine"][0], order.get("buyerInfo") or {}
    product = line["productInfo"][0]
    places = product.get("linearValue")
    return {
        "Product": product["productName"],
        "Quantity": str(places) if places is not None else "",
        "Bought by": buyer.get("customerName") or "",
    }


def _next_facts(instance: Mapping[str, Any]) -> str:
    """What a renewal has changed for the term to come."""
    if not instance.get("next_at"):
        return ""
    facts = _order_facts(instance["next_order_info"])
    what = [facts[name] for name in ("Product", "Quantity") if facts.get(name)] or [instance["next_product_id"]]
    return f"{_expiry(instance['next_at'])}: {', '.join(what)}"


def _expiry(text: str) -> str:
    if not text:
        return ""
    return datetime.strptime(text + "+0000", "%Y%m%d%H%M%S%z").strftime("%Y-%m-%d %H:%M UTC")


def _moment(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _ink(colour: str) -> str:
    """White or dark letters, whichever can be read better on the seller's colour (WCAG luminance)."""
    shares = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#fff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.0589 else "#14181f"


def _page(seller: Seller, title: str, body: str, *, base: str = "") -> str:
    name = escape(seller.name)
    links = f"""<nav><a href="{base}">Notes</a><a href="{base}/admin">Administration</a>
<form method="post" action="{base}/sign-out"><button>Sign out</button></form></nav>""" if base else ""  # fmt: skip
    return f"""<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} · {name}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">
<style>{_STYLE}:root{{--a:{seller.colour};--i:{_ink(seller.colour)}}}</style></head>
<body><header><div><span class="mark" aria-hidden="true">{name[:1]}</span>
<strong>{name}</strong>{links}</div></header>
<main>{body}</main></body></html>"""
