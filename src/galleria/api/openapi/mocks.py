"""The nine mock orders with which sellers try their servers (A-MOK-001). No row of the database stands behind them.

The misspelling MONTY is part of the contract. The preset ids are those of the debugging console (A-DBG-002).
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

ChargingMode = Literal["PERIOD", "ONE_TIME", "ON_DEMAND", "ON_DEMAND_PKG"]
LINE: Final = "000001"
PRODUCT: Final = "00301-666666-0--0"
CUSTOMER: Final = "68cbc86abc2018ab880d92f36422fa0e"
SKU: Final = "8d1f0a54-6c3b-4e72-9f06-2b5a7c91d3e8"
_MODES: Final[dict[ChargingMode, str]] = {
    "PERIOD": "Yearly/Monthly",
    "ONE_TIME": "One-time",
    "ON_DEMAND": "Pay-per-use",
    "ON_DEMAND_PKG": "Package",
}


@dataclass(frozen=True)
class Mock:
    """One scenario. `period` and `count` only for PERIOD."""

    order_type: str
    mode: ChargingMode
    period: Literal["year", "month", "day", ""] = ""
    count: int = 0


MOCKS: Final[dict[str, Mock]] = {
    "MOCKPERIODYEARNEW": Mock("NEW", "PERIOD", "year", 1),
    "MOCKONETIMENEW": Mock("NEW", "ONE_TIME"),
    "MOCKONDEMAND": Mock("NEW", "ON_DEMAND"),
    "MOCKONDEMANDPKG": Mock("NEW", "ON_DEMAND_PKG"),
    "MOCKPERIODDAYTRIAL": Mock("TRIAL", "PERIOD", "day", 7),
    "MOCKMONTYTRIALTOFORMAL": Mock("TRIAL_TO_FORMAL", "PERIOD", "month", 1),
    "MOCKMONTYUNSUBSCRIBE": Mock("UNSUBSCRIBE", "PERIOD", "month", 1),
    "MOCKMONTYRENEW": Mock("RENEW", "PERIOD", "month", 1),
    "MOCKMONTYCHANGE": Mock("CHANGE", "PERIOD", "month", 1),
}


def mock_order(order_id: str, at: datetime) -> dict[str, Any]:
    """The order information of a mock order. Raises KeyError for any other id. Only its times change."""
    mock = MOCKS[order_id]
    is_period = mock.mode == "PERIOD"
    line = {
        "orderLineId": f"{order_id}-{LINE}",
        "chargingMode": mock.mode,
        "periodType": mock.period if is_period else None,
        "periodNumber": mock.count if is_period else None,
        "expireTime": _end(mock, at),
        "productInfo": [
            {
                "productId": PRODUCT,
                "skuCode": SKU,
                "linearValue": 50,
                "productName": f"Mock application,Standard,Basic,{_MODES[mock.mode]}",
            }
        ],
        "extendParams": [
            {"name": "emailDomainName", "value": "test.example.com"},
            {"name": "ip", "value": "192.0.2.10"},
        ],
        "currency": "100",
        "currencyAfterDiscount": "100",
    }
    return {
        "orderId": order_id,
        "orderType": mock.order_type,
        "createTime": at.strftime("%Y%m%d%H%M%S"),
        "orderLine": [line],
        "buyerInfo": {
            "mobilePhone": "13800000000",
            "email": None,
            "customerId": CUSTOMER,
            "customerName": "mock_buyer",
            "customerRealName": "Mock Buyer",
            "customerType": 0,
            "userId": None,
            "userName": None,
        },
        "extendParams": [],
    }


def _end(mock: Mock, at: datetime) -> str | None:
    """23:59:59 of the last day, as the recorded answer has it; packages are of a year."""
    if mock.mode in {"ONE_TIME", "ON_DEMAND"}:
        return None
    if mock.period == "day":
        day = at.date() + timedelta(days=mock.count)
    else:
        months = mock.count if mock.period == "month" else 12
        year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
        month += 1
        day = at.date().replace(year=year, month=month, day=min(at.day, calendar.monthrange(year, month)[1]))
    return f"{day:%Y%m%d}235959"
