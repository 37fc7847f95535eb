"""Side navigation of the consoles: one level, long ones in groups with a quiet head (screens, section 3).

An entry is shown when its page exists and the reader may open it; a group without entries is not there.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from galleria.kit.actor import Actor
from galleria.parties import permissions


@dataclass(frozen=True)
class Entry:
    """`key` marks the present place and names the counter (`area.key`); `permission` empty: for everybody.

    Entries with the same `group` stand together under that word.
    """

    key: str
    label: str | Promise
    icon: str
    path: str
    permission: str = ""
    group: str | Promise = ""


_CATALOGUE = pgettext_lazy("navigation of sellers", "What you sell")
_TRADE = pgettext_lazy("navigation of sellers", "Selling and delivering")
_BUSINESS = pgettext_lazy("navigation of sellers", "Your business")


AREAS: dict[str, tuple[str | Promise, str]] = {
    "buyer": (_("Buyer"), "/buyer/"),
    "seller": (_("Seller"), "/seller/"),
    "operator": (_("Operator"), "/operator/"),
    "reseller": (_("Reseller"), "/reseller/"),
    "account": (_("Account"), "/account/"),
}

NAVIGATION: dict[str, tuple[Entry, ...]] = {
    "buyer": (
        Entry("overview", _("Overview"), "home", "/buyer/"),
        Entry("subscriptions", _("Subscriptions"), "layers", "/buyer/subscriptions"),
        Entry("renewals", _("Renewals"), "run", "/buyer/renewals", "billing:subscription:view"),
        Entry("service-orders", _("Service orders"), "tool", "/buyer/service-orders"),
        Entry("orders", _("Orders"), "list", "/buyer/orders"),
        Entry("unsubscriptions", _("Unsubscriptions"), "undo", "/buyer/unsubscriptions"),
        Entry("spend", _("Spend"), "chart", "/buyer/spend"),
        Entry("bills", _("Bills and invoices"), "receipt", "/buyer/bills"),
        Entry("funds", _("Funds"), "wallet", "/buyer/funds"),
        Entry("approvals", _("Approvals"), "done", "/buyer/approvals"),
        Entry("saved", pgettext_lazy("list of favourites", "Saved"), "save", "/buyer/saved"),
    ),
    "seller": (
        Entry("overview", _("Overview"), "home", "/seller/"),
        Entry("products", _("Products"), "box", "/seller/products", "seller:product:view", _CATALOGUE),
        Entry("releases", _("Releases"), "flag", "/seller/releases", "seller:product:view", _CATALOGUE),
        Entry("assets", _("Assets"), "layers", "/seller/assets", "seller:product:view", _CATALOGUE),
        Entry("offers", _("Offers"), "ticket", "/seller/offers", group=_CATALOGUE),
        Entry("orders", _("Orders"), "list", "/seller/orders", "seller:order:view", _TRADE),
        Entry("service-orders", _("Service orders"), "tool", "/seller/service-orders", "seller:delivery:view", _TRADE),
        Entry("interface", _("Application access"), "server", "/seller/interface", "seller:delivery:view", _TRADE),
        Entry("usage", _("Usage"), "pulse", "/seller/usage", group=_TRADE),
        Entry("earnings", _("Earnings"), "bank", "/seller/earnings", group=_BUSINESS),
        Entry("tickets", _("Tickets"), "chat", "/seller/tickets", "seller:ticket:handle", _BUSINESS),
        Entry("voice", _("Customers’ voice"), "chat", "/seller/voice", group=_BUSINESS),
        Entry("company", _("Company"), "verified", "/seller/profile", "seller:product:view", _BUSINESS),
    ),
    "operator": (
        Entry("overview", _("Overview"), "home", "/operator/"),
        Entry("reviews", pgettext_lazy("operator", "Reviews"), "eye", "/operator/reviews"),
        Entry("accounts", _("Accounts"), "people", "/operator/accounts"),
        Entry("catalogue", _("Catalogue"), "box", "/operator/catalogue"),
        Entry("trade", _("Trade"), "scale", "/operator/trade"),
        Entry("billing", _("Bill runs"), "receipt", "/operator/billing"),
        Entry("settlement", _("Settlement"), "bank", "/operator/settlement"),
        Entry("ledger", _("Ledger"), "sum", "/operator/ledger"),
        Entry("work", _("Work and settings"), "gear", "/operator/work"),
    ),
    "reseller": (
        Entry("overview", _("Overview"), "home", "/reseller/"),
        Entry("customers", _("Customers"), "people", "/reseller/customers"),
        Entry("discounts", _("Discounts and prices"), "ticket", "/reseller/discounts"),
        Entry("orders", _("Orders"), "list", "/reseller/orders"),
        Entry("bills", _("Bills"), "receipt", "/reseller/bills"),
    ),
    "account": (
        Entry("profile", _("Profile and security"), "user", "/account/"),
        Entry("users", _("Account and users"), "people", "/account/users"),
        Entry("keys", _("Keys and access"), "key", "/account/keys"),
        Entry("calendar", _("Calendar"), "clock", "/account/calendar", "gallery:subscription:view"),
        Entry("messages", _("Messages"), "bell", "/account/messages"),
        Entry("activity", _("Activity"), "pulse", "/account/activity"),
        Entry("agreements", _("My agreements"), "file", "/account/agreements", "gallery:agreement:view"),
        Entry("tickets", _("Tickets"), "chat", "/account/tickets", "gallery:ticket:manage"),
    ),
}


@lru_cache(maxsize=128)
def exists(path: str) -> bool:
    """Whether a page answers at this address."""
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def entries(area: str, actor: Actor) -> list[Entry]:
    """What the actor sees in the side navigation of an area."""
    return [
        entry
        for entry in NAVIGATION.get(area, ())
        if exists(entry.path) and (not entry.permission or actor.may(entry.permission))
    ]


def groups(area: str, actor: Actor) -> list[tuple[str | Promise, list[Entry]]]:
    """The same in groups, in their order; entries without one come first under an empty word."""
    found: dict[str | Promise, list[Entry]] = {}
    for entry in entries(area, actor):
        found.setdefault(entry.group, []).append(entry)
    return list(found.items())


def areas(actor: Actor) -> list[tuple[str, str | Promise, str]]:
    """The consoles that the actor may enter: key, name, address."""
    if actor.user_id is None:
        return []
    found = ["operator"] if actor.is_operator else ["buyer"]
    sides = {"seller": permissions.SELLER, "reseller": permissions.RESELLER}
    found += [area for area, actions in sides.items() if actor.permissions & actions]
    return [(key, *AREAS[key]) for key in (*found, "account") if exists(AREAS[key][1])]
