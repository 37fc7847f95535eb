"""The order query: what was bought, by whom, until when.

orders = OrderClient("https://the-marketplace.example", ACCESS_KEY, SECRET_KEY)
order = orders.query(call.order_id, call.order_line_id)
line = order.lines[0]
make_instance(plan=line.product.sku_code, seats=line.product.linear_value, until=line.ends_at)
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlencode, urlsplit

from . import aksk

PATH = "/api/mkp-openapi-public/global/v1/order/query"
SUCCESS = "MKT.0000"
MAX_ANSWER = 1024 * 1024


class OrderQueryFailed(Exception):
    """No order: `code` is the marketplace's (`CBC.…`, `APIG.…`), empty when it did not answer; `status` is of HTTP."""

    def __init__(self, code: str, message: str, status: int = 0) -> None:
        super().__init__(f"{code or 'no answer'}: {message}")
        self.code, self.message, self.status = code, message, status


@dataclass(frozen=True)
class ProductInfo:
    """What is made: `product_id` names the priced product, `sku_code` the combination of attribute values."""

    product_id: str
    sku_code: str
    product_name: str
    linear_value: int | None = None


@dataclass(frozen=True)
class OrderLine:
    """One line: one instance. Amounts are texts with a number, before and after discounts."""

    order_line_id: str
    charging_mode: str
    products: tuple[ProductInfo, ...]
    period_type: str | None = None
    period_number: int | None = None
    ends_at: datetime | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    amount: str | None = None
    amount_after_discount: str | None = None

    @property
    def product(self) -> ProductInfo:
        """The line's product."""
        return self.products[0]


@dataclass(frozen=True)
class BuyerInfo:
    """The customer. Phone, e-mail and user only if your product asks for them and the buyer agreed."""

    customer_id: str
    customer_name: str
    real_name: str | None = None
    is_company: bool = False
    mobile_phone: str | None = None
    email: str | None = None
    user_id: str | None = None
    user_name: str | None = None


@dataclass(frozen=True)
class Order:
    """An order with its lines. `kind`: NEW, TRIAL, TRIAL_TO_FORMAL, RENEW, CHANGE, UNSUBSCRIBE. `raw`: as answered."""

    order_id: str
    kind: str
    placed_at: datetime
    lines: tuple[OrderLine, ...]
    buyer: BuyerInfo | None
    raw: Mapping[str, Any]


class OrderClient:
    """Queries orders of your products. Thread-safe; makes one connection a call and follows no redirects.

    `address`: scheme and host of the marketplace. `timeout`: seconds; keep it below the 5 in which you must answer.
    """

    def __init__(
        self,
        address: str,
        access_key: str,
        secret_key: str,
        *,
        timeout: float = 3,
        now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    ) -> None:
        if urlsplit(address).scheme not in ("https", "http"):
            raise ValueError("the address must begin with https:// (or http:// on your own machine)")
        self.address = address.rstrip("/")
        self.timeout = timeout
        self._keys = (access_key, secret_key)
        self._now = now
        self._opener = urllib.request.build_opener(_NoRedirects)

    def query(self, order_id: str, order_line_id: str = "") -> Order:
        """One order, or one line of it. Raises OrderQueryFailed."""
        asked = {"orderId": order_id, **({"orderLineId": order_line_id} if order_line_id else {})}
        url = f"{self.address}{PATH}?{urlencode(asked)}"
        access_key, secret_key = self._keys
        headers = aksk.sign(
            "GET",
            url,
            access_key=access_key,
            secret_key=secret_key,
            at=self._now(),
            headers={"Content-Type": "application/json"},
        )
        request = urllib.request.Request(url, headers=headers)  # noqa: S310 (http and https only, see above)
        try:
            with self._opener.open(request, timeout=self.timeout) as answer:
                return _read(answer.status, answer.read(MAX_ANSWER))
        except urllib.error.HTTPError as error:
            with error:
                return _read(error.code, error.read(MAX_ANSWER))
        except OSError as error:
            raise OrderQueryFailed("", str(error)) from error


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_given: Any, **_named: Any) -> None:
        return None


def _read(status: int, body: bytes) -> Order:
    try:
        value = json.loads(body)
        code = str(value.get("resultCode") or value.get("error_code") or "")
        if status != 200 or code != SUCCESS:
            message = str(value.get("resultMsg") or value.get("error_msg") or "")
            raise OrderQueryFailed(code, message, status)
        return order_of(value["orderInfo"])
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise OrderQueryFailed("", f"HTTP {status}, the answer cannot be read: {error!r}", status) from error


def order_of(info: Mapping[str, Any]) -> Order:
    """The order of an `orderInfo`."""
    buyer = info.get("buyerInfo")
    return Order(
        order_id=info["orderId"],
        kind=info["orderType"],
        placed_at=_instant(info["createTime"]),
        lines=tuple(_line(line) for line in info["orderLine"]),
        buyer=_buyer(buyer) if buyer else None,
        raw=info,
    )


def _line(line: Mapping[str, Any]) -> OrderLine:
    ends_at = line.get("expireTime")
    return OrderLine(
        order_line_id=line["orderLineId"],
        charging_mode=line["chargingMode"],
        products=tuple(
            ProductInfo(each["productId"], each["skuCode"], each["productName"], each.get("linearValue"))
            for each in line["productInfo"]
        ),
        period_type=line.get("periodType"),
        period_number=line.get("periodNumber"),
        ends_at=_instant(ends_at) if ends_at else None,
        attributes={each["name"]: each["value"] for each in line.get("extendParams") or []},
        amount=line.get("currency"),
        amount_after_discount=line.get("currencyAfterDiscount"),
    )


def _buyer(buyer: Mapping[str, Any]) -> BuyerInfo:
    return BuyerInfo(
        customer_id=buyer["customerId"],
        customer_name=buyer["customerName"],
        real_name=buyer.get("customerRealName"),
        is_company=buyer.get("customerType") == 1,
        mobile_phone=buyer.get("mobilePhone"),
        email=buyer.get("email"),
        user_id=buyer.get("userId"),
        user_name=buyer.get("userName"),
    )


def _instant(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
