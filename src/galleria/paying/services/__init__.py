"""What can be done with money: pay orders, give back, put money on the balance, keep cards, pay later."""

from __future__ import annotations

from galleria.paying.rules import OrderCharge
from galleria.paying.services._shared import (
    AmountOutOfRange,
    CardTypeNotAllowed,
    CreditLimitExceeded,
    CreditNotAccepted,
    InsufficientBalance,
    MethodNotAllowed,
    NoPaymentMeans,
    OrderStatusChanged,
    PaymentInProgress,
    TokenReused,
)
from galleria.paying.services.approving import approve_later_payment, end_later_payment, repay_credit
from galleria.paying.services.cards import (
    abandon_card_payment,
    confirm_card,
    reconcile_payment,
    record_charge,
    refresh_card_payment,
)
from galleria.paying.services.charging import charge
from galleria.paying.services.means import (
    add_card,
    begin_card_setup,
    make_default_card,
    remove_card,
)
from galleria.paying.services.options import (
    AutomaticMethod,
    PaymentOption,
    automatic_method,
    has_payment_means,
    payment_options,
)
from galleria.paying.services.refunding import (
    NothingPaid,
    RefundTooHigh,
    pay_out_card_refund,
    refund,
    refund_to_balance,
    retry_refund,
)
from galleria.paying.services.sandbox import (
    SandboxChallenge,
    answer_sandbox_challenge,
    enter_sandbox_card,
    sandbox_cards,
    sandbox_challenge,
    sandbox_setup,
)
from galleria.paying.services.topping_up import (
    confirm_top_up,
    note_debt,
    reject_top_up,
    submit_bank_transfer,
    top_up_by_card,
    top_up_limits,
)
from galleria.paying.services.webhooks import handle_gateway_event, record_gateway_event

__all__ = [
    "AmountOutOfRange",
    "AutomaticMethod",
    "CardTypeNotAllowed",
    "CreditLimitExceeded",
    "CreditNotAccepted",
    "InsufficientBalance",
    "MethodNotAllowed",
    "NoPaymentMeans",
    "NothingPaid",
    "OrderCharge",
    "OrderStatusChanged",
    "PaymentInProgress",
    "PaymentOption",
    "RefundTooHigh",
    "SandboxChallenge",
    "TokenReused",
    "abandon_card_payment",
    "add_card",
    "answer_sandbox_challenge",
    "approve_later_payment",
    "automatic_method",
    "begin_card_setup",
    "charge",
    "confirm_card",
    "confirm_top_up",
    "end_later_payment",
    "enter_sandbox_card",
    "handle_gateway_event",
    "has_payment_means",
    "make_default_card",
    "note_debt",
    "pay_out_card_refund",
    "payment_options",
    "reconcile_payment",
    "record_charge",
    "record_gateway_event",
    "refresh_card_payment",
    "refund",
    "refund_to_balance",
    "reject_top_up",
    "remove_card",
    "repay_credit",
    "retry_refund",
    "sandbox_cards",
    "sandbox_challenge",
    "sandbox_setup",
    "submit_bank_transfer",
    "top_up_by_card",
    "top_up_limits",
]
