"""Addresses of the operator's pages."""

from __future__ import annotations

from django.urls import path

from galleria.web.account import tickets
from galleria.web.operator import (
    asset_result,
    audit,
    ledger,
    money_in,
    overview,
    review,
    reviews,
    settings,
    trade,
    work,
)

urlpatterns = [
    path("", overview.show, name="operator_overview"),
    path("reviews", reviews.show, name="reviews"),
    path("reviews/act", reviews.act, name="reviews_act"),
    path("reviews/<str:submission_id>", review.show, name="review"),
    path("reviews/<str:submission_id>/decide", review.decide, name="review_decide"),
    path("assets/<str:version_id>/result", asset_result.show, name="asset_result"),
    path("audit", audit.show, name="audit"),
    path("audit.csv", audit.export, name="audit_export"),
    path("access", audit.access, name="access"),
    path("settings", settings.show, name="settings"),
    path("settings/calendar", settings.holidays, name="holidays"),
    path("settings/calendar/change", settings.change_holidays, name="holidays_change"),
    path("settings/<str:key>", settings.setting, name="setting"),
    path("settings/<str:key>/change", settings.change, name="setting_change"),
    path("trade", trade.show, name="trade"),
    path("trade/deliveries/<str:delivery_id>", trade.delivery, name="trade_delivery"),
    path("trade/deliveries/<str:delivery_id>/call", trade.call_now, name="trade_call"),
    path("trade/deliveries/<str:delivery_id>/confirm", trade.confirm, name="trade_confirm"),
    path("trade/orders/<str:order_id>", trade.order, name="trade_order"),
    path("trade/orders/<str:order_id>/refund", trade.refund, name="trade_refund"),
    path("trade/refunds/<str:refund_id>/retry", trade.retry_refund, name="trade_retry_refund"),
    path("trade/refunds/<str:refund_id>/balance", trade.refund_to_balance, name="trade_refund_to_balance"),
    path("ledger", ledger.show, name="ledger"),
    path("ledger.csv", ledger.export, name="ledger_export"),
    path("ledger/check", ledger.check, name="ledger_check"),
    path("ledger/accounts", ledger.accounts, name="ledger_accounts"),
    path("ledger/accounts/<str:code>/<str:currency>", ledger.account, name="ledger_account"),
    path("ledger/reversals/<str:request_id>", ledger.decide_reversal, name="ledger_reversal"),
    path("ledger/<str:transaction_id>", ledger.transaction, name="ledger_transaction"),
    path("ledger/<str:transaction_id>/reverse", ledger.ask_to_reverse, name="ledger_reverse"),
    path("work", work.show, name="work"),
    path("work/retry-all", work.retry_all, name="work_retry_all"),
    path("work/jobs/<str:job_id>/retry", work.retry, name="work_retry"),
    path("work/jobs/<str:job_id>/discard", work.discard, name="work_discard"),
    path("work/schedules/<str:name>", work.schedule, name="work_schedule"),
    path("transfers", money_in.transfers, name="transfers"),
    path("transfers/<str:top_up_id>", money_in.decide, name="transfer_decide"),
    path("accounts/<str:account_id>/later", money_in.later_payment, name="later_payment"),
    path("tickets", tickets.desk, name="operator_tickets"),
    path("tickets/<str:ticket_id>", tickets.desk_ticket, name="operator_ticket"),
]
