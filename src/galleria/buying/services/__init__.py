"""What can be done: quote, place, pay, cancel; and what follows from payments and deliveries."""

from galleria.buying.services import changed, converting, renewed  # noqa: F401 (what their kinds of orders do)
from galleria.buying.services.automatic import pay_automatically
from galleria.buying.services.canceling import (
    approve_order,
    cancel_order,
    cancel_orders_on,
    cancel_unpaid,
    expire_orders,
    reject_order,
    warn_expiring,
)
from galleria.buying.services.fulfilling import (
    accept_delivery,
    finish_delivered_line,
    finish_failed_line,
    finish_refund,
    refund_order,
    start_fulfilment,
)
from galleria.buying.services.guarding import require_free
from galleria.buying.services.paying_orders import Paid, charges_of, confirm_card_payment, pay_orders
from galleria.buying.services.placing import place_order, place_together, priced_to_place
from galleria.buying.services.quoting import (
    Quoted,
    keep,
    keep_quote,
    keep_quoted,
    offers_to_pick,
    quote,
    quote_to_keep,
    requote,
)
from galleria.buying.services.renewing import preview_renewals, renew

__all__ = [
    "Paid",
    "Quoted",
    "accept_delivery",
    "approve_order",
    "cancel_order",
    "cancel_orders_on",
    "cancel_unpaid",
    "charges_of",
    "confirm_card_payment",
    "expire_orders",
    "finish_delivered_line",
    "finish_failed_line",
    "finish_refund",
    "keep",
    "keep_quote",
    "keep_quoted",
    "offers_to_pick",
    "pay_automatically",
    "pay_orders",
    "place_order",
    "place_together",
    "preview_renewals",
    "priced_to_place",
    "quote",
    "quote_to_keep",
    "refund_order",
    "reject_order",
    "renew",
    "require_free",
    "requote",
    "start_fulfilment",
    "warn_expiring",
]
