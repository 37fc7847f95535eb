"""Who may call which endpoint: one row for each, and the things of Ada's that the paths name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Body = dict[str, Any] | None
Who = Literal["anybody", "signed in", "holders"]


@dataclass(frozen=True)
class Row:
    """How an endpoint is called in the matrix.

    path: with the names of `Things` in braces
    body: what is sent
    good: the statuses that mean "you were let in": the endpoint then answers by its own rules
    stranger: what a stranger with all rights of an account of their own gets for Ada's things; 0: the same as Ada
    """

    path: str
    body: Body = None
    good: tuple[int, ...] = (200,)
    stranger: int = 404


ROWS: dict[str, Row] = {
    # catalogue
    "list_products": Row("/products?q=helpdesk", stranger=0),
    "get_product": Row("/products/{product}", stranger=0),
    "list_categories": Row("/categories", stranger=0),
    # quotes and orders
    "create_quote": Row("/quotes", {"product": "helpdesk", "mode": "period:month"}, (201,), stranger=0),
    "get_quote": Row("/quotes/{quote}"),
    "create_order": Row("/orders", {"quote": "{quote}", "agreements": {}, "consent": True}, (201, 409)),
    "list_orders": Row("/orders", stranger=0),
    "export_orders": Row("/orders/export", stranger=0),
    "get_order": Row("/orders/{order}"),
    "cancel_order": Row("/orders/{order}/cancel", {"reason": "changed my mind"}, (200, 409)),
    "approve_order": Row("/orders/{order}/approve", {}, (409,)),
    "reject_order": Row("/orders/{order}/reject", {"reason": "too dear"}, (409,)),
    "accept_order": Row("/orders/{order}/accept", {}, (409,)),
    # payments
    "list_payment_options": Row("/payments/options?orders={order}", None, (200, 409)),
    "create_payment": Row("/payments", {"orders": ["{order}"], "method": "balance"}, (201, 409)),
    "get_payment": Row("/payments/{payment}"),
    "confirm_payment": Row("/payments/{payment}/confirm", {}, (200,)),
    # subscriptions
    "list_subscriptions": Row("/subscriptions", stranger=0),
    "export_subscriptions": Row("/subscriptions/export", stranger=0),
    "get_subscription": Row("/subscriptions/{subscription}"),
    "get_app_info": Row("/subscriptions/{subscription}/app-info", None, (200,)),
    "refresh_app_info": Row("/subscriptions/{subscription}/app-info/refresh", {}, (409,)),
    "reveal_password": Row("/subscriptions/{subscription}/password", {}, (200,)),
    "get_auto_renewal": Row("/subscriptions/{subscription}/auto-renewal"),
    "set_auto_renewal": Row("/subscriptions/{subscription}/auto-renewal", {"is_on": True}),
    # account
    "get_me": Row("/me", stranger=0),
    "get_account": Row("/account", stranger=0),
    "get_balance": Row("/account/balance", stranger=0),
    "list_entries": Row("/account/entries", stranger=0),
    "list_coupons": Row("/coupons", stranger=0),
    "list_top_ups": Row("/top-ups", stranger=0),
    "create_top_up": Row(
        "/top-ups",
        {
            "method": "bank", "amount": "100.00", "currency": "EUR", "sender": "Byron", "bank": "Nordbank",
            "transferred_on": "2027-02-28",
        },
        (201,),
        stranger=0,
    ),
    "list_payment_means": Row("/payment-means", stranger=0),
    "make_default_means": Row("/payment-means/{means}/default", {}),
    "remove_means": Row("/payment-means/{means}", None, (204, 404)),
    # yours
    "list_favorites": Row("/favorites", stranger=0),
    "save_favorite": Row("/favorites/{product}", {"term": 1}, stranger=0),
    "remove_favorite": Row("/favorites/{product}", None, (204,), stranger=0),
    "list_messages": Row("/messages", stranger=0),
    "read_message": Row("/messages/{message}/read", {}, (200, 404)),
    "read_all_messages": Row("/messages/read", {}, stranger=0),
    "list_agreements": Row("/agreements", stranger=0),
    "get_agreement": Row("/agreements/AGR_PARTNER_USER", stranger=0),
    "list_tickets": Row("/tickets", stranger=0),
    "create_ticket": Row("/tickets", {"category": "other", "subject": "A", "text": "B"}, (201,), stranger=0),
    "get_ticket": Row("/tickets/{ticket}"),
    "close_ticket": Row("/tickets/{ticket}/close", {}, (200, 409)),
}  # fmt: skip

WITHOUT_PERMISSION = {
    "get_me": "tells the caller about the caller",
    "get_agreement": "legal texts are public",
    "list_messages": "a person's own messages",
    "read_message": "a person's own messages",
    "read_all_messages": "a person's own messages",
}
"""Endpoints that need no action of the table, and why."""

LATER = "comes with a later issue: "
NO_ENDPOINT = {
    "billing:subscription:renew": LATER + "renewal",
    "billing:subscription:unsubscribe": LATER + "unsubscription",
    "billing:subscription:toDemand": LATER + "changes of the billing mode",
    "billing:balance:repay": LATER + "monthly bills",
    "billing:balance:withdraw": "asked for by ticket (gallery:ticket:manage); paid out by the operator",
    "billing:balance:alert": LATER + "alerts",
    "billing:bill:view": LATER + "monthly bills",
    "billing:bill:export": LATER + "monthly bills",
    "billing:bill:setting": LATER + "monthly bills",
    "billing:invoice:view": LATER + "invoices",
    "billing:invoice:manage": LATER + "invoices",
    "billing:contract:view": LATER + "contracts",
    "billing:contract:manage": LATER + "contracts",
    "billing:budget:view": LATER + "budgets",
    "billing:budget:manage": LATER + "budgets",
    "gallery:subscription:change": LATER + "changes of the specification",
    "gallery:serviceflow:view": LATER + "service orders",
    "gallery:serviceflow:submit": LATER + "service orders",
    "gallery:serviceflow:appeal": LATER + "appeals",
    "gallery:review:create": LATER + "reviews by buyers",
    "gallery:agency:view": LATER + "agencies",
    "iam:agency:create": LATER + "agencies",
    "iam:policy:create": LATER + "agencies",
    "iam:agency:delete": LATER + "agencies",
    "gallery:member:manage": LATER + "organisation and seats",
    "iam:account:manage": "data of the account are changed in pages, by a person",
    "iam:user:manage": "people are invited in pages, by a person",
    "iam:key:manage": "a key must not make keys: they are made and revoked in pages, by a person",
}
"""Actions of buyers that guard no endpoint, and why (B-PRM-T2)."""
