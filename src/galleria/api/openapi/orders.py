"""The order query: what a seller is told of an order of its products (A-ORQ-001 to A-ORQ-003)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from django.http import HttpRequest, HttpResponse

from galleria.api.openapi import answers, mocks
from galleria.api.openapi.gate import Caller, signed
from galleria.buying import told_to_sellers
from galleria.buying.states import KINDS
from galleria.kit import clock
from galleria.kit.money import Money
from galleria.selling import selectors as selling

if TYPE_CHECKING:
    from galleria.buying.models import Order, OrderLine
    from galleria.parties.models import Account
    from galleria.publishing.models import SkuAttribute

ID_LIMIT: Final = 64
NAME_LIMIT: Final = 64
ORDER_TYPES: Final = {
    "new": "NEW",
    "trial": "TRIAL",
    "trial_to_commercial": "TRIAL_TO_FORMAL",
    "renewal": "RENEW",
    "change": "CHANGE",
    "unsubscription": "UNSUBSCRIBE",
    # Kinds that the contract has no word for, by what they are to the seller.
    "period_to_pay_per_use": "CHANGE",
    "pay_per_use_to_period": "CHANGE",
    "fee_adjustment": "CHANGE",
    "gift": "NEW",
}
CHARGING_MODES: Final = {
    "period": ("PERIOD", "Yearly/Monthly"),
    "one_time": ("ONE_TIME", "One-time"),
    "pay_per_use": ("ON_DEMAND", "Pay-per-use"),
    "package": ("ON_DEMAND_PKG", "Package"),
    "exhaustible": ("ON_DEMAND_PKG", "Package"),
}


@signed("GET", needs="seller:order:view")
def query(request: HttpRequest, caller: Caller) -> HttpResponse:
    """`GET …/order/query?orderId=…&orderLineId=…`."""
    problem, order_id, line_id = _asked(request)
    if problem is not None:
        return problem
    if order_id in mocks.MOCKS:
        return _mock(order_id, line_id)
    lines = told_to_sellers.lines_of_order(order_id)
    if not lines:
        return answers.refusal("CBC.0101", "There is no order with this orderId.")
    own = _own(caller, lines)
    if not own:
        return answers.refusal("CBC.0150", "The order is not of a product of yours.")
    chosen = [line for line in own if line_id in {"", line.public_id}]
    if not chosen:
        return answers.refusal("CBC.0101", "The order has no line of yours with this orderLineId.")
    attributes = told_to_sellers.attributes_of(chosen)
    return answers.success(orderInfo=order_info(chosen, attributes, at=clock.now()))


def _own(caller: Caller, lines: Sequence[OrderLine]) -> list[OrderLine]:
    """Lines of the seller's products, of those that the pair's user looks after (S-SUB-T2)."""
    own = [line for line in lines if line.product.seller_id == caller.seller_pk]
    scope = selling.product_scope(caller.actor) if own else None
    return own if scope is None else [line for line in own if line.product.public_id in scope]


def _asked(request: HttpRequest) -> tuple[HttpResponse | None, str, str]:
    """The two parameters, or the answer to a wrong one. Parameters that the contract does not have are left alone."""
    found = {}
    for name, is_needed in (("orderId", True), ("orderLineId", False)):
        values = [value for value in request.GET.getlist(name) if value]
        if is_needed and not values:
            return answers.refusal("CBC.0199", f"{name} is missing."), "", ""
        if len(values) > 1:
            return answers.refusal("CBC.0100", f"{name} is given more than once."), "", ""
        value = values[0] if values else ""
        if len(value) > ID_LIMIT or "\x00" in value:
            return answers.refusal("CBC.0100", f"{name} must have at most {ID_LIMIT} characters."), "", ""
        found[name] = value
    return None, found["orderId"], found["orderLineId"]


def _mock(order_id: str, line_id: str) -> HttpResponse:
    if line_id not in {"", f"{order_id}-{mocks.LINE}"}:
        return answers.refusal("CBC.0101", "The order has no line of yours with this orderLineId.")
    return answers.success(orderInfo=mocks.mock_order(order_id, clock.now()))


def order_info(
    lines: Sequence[OrderLine], attributes: dict[int, list[SkuAttribute]], *, at: datetime
) -> dict[str, Any]:
    """The `orderInfo` of these lines of one order. `attributes` by row number of the specification."""
    order = lines[0].order
    return {
        "orderId": order.public_id,
        "orderType": ORDER_TYPES[KINDS[order.kind]],
        "createTime": instant(order.created_at),
        "orderLine": [_line(line, attributes.get(line.specification_id, []), at) for line in lines],
        "buyerInfo": _buyer(order, order.account),
        "extendParams": [],
    }


def _line(line: OrderLine, attributes: Sequence[SkuAttribute], at: datetime) -> dict[str, Any]:
    mode, _name = CHARGING_MODES[line.billing_mode]
    period, number = _period(line)
    ends_at = told_to_sellers.end_of(line, at)
    currency = line.order.currency
    return {
        "orderLineId": line.public_id,
        "chargingMode": mode,
        "periodType": period,
        "periodNumber": number,
        "expireTime": instant(ends_at) if ends_at else None,
        "productInfo": [
            {
                "productId": line.product_code,
                "skuCode": line.sku.code,
                "linearValue": line.quantity if _linear_key(line) else None,
                "productName": _product_name(line, attributes),
            }
        ],
        "extendParams": _extended(line, attributes),
        "currency": _amount(line.official_minor, currency),
        "currencyAfterDiscount": _amount(line.official_minor - line.discount_minor, currency),
    }


def _period(line: OrderLine) -> tuple[str | None, int | None]:
    """Type and number; only of periods. A trial is a period of days."""
    if line.billing_mode != "period":
        return None, None
    if line.is_trial:
        return "day", line.trial_days
    return line.period_type, line.period_count


def _linear_key(line: OrderLine) -> str:
    """The attribute that the price is multiplied with; empty: none."""
    return line.price.quantity_key if line.price else ""


def _product_name(line: OrderLine, attributes: Sequence[SkuAttribute]) -> str:
    """Product, specification, edition and mode joined by commas, as sold; cut to the contract's length."""
    options = [
        str(option["name"])
        for attribute in attributes
        for option in attribute.options
        if attribute.kind == "choice" and str(option["key"]) == str(line.sku.choices.get(attribute.key))
    ]
    mode = "Trial" if line.is_trial else CHARGING_MODES[line.billing_mode][1]
    return _cut(",".join([line.product_name.replace(", ", ","), *options, mode]))


def _extended(line: OrderLine, attributes: Sequence[SkuAttribute]) -> list[dict[str, str]]:
    """What the buyer answered to the seller's questions, then the other attributes (A-V2C-005)."""
    found = {str(name): str(value) for name, value in line.extra.items()}
    linear = _linear_key(line)
    for attribute in attributes:
        value = line.sku.choices.get(attribute.key) or line.choices.get(attribute.key) or ""
        if attribute.key != linear and value:
            found.setdefault(attribute.key, str(value))
    return [{"name": name, "value": value} for name, value in found.items()]


def _buyer(order: Order, account: Account) -> dict[str, Any]:
    """Contact data only as far as the buyer consented for this very order, once it is paid (B-SAA-002)."""
    consent = order.consent if order.paid_at else {}
    values = consent.get("values", {})
    return {
        "mobilePhone": values.get("phone") or None,
        "email": values.get("email") or None,
        "customerId": account.public_id,
        "customerName": _cut(account.name),
        "customerRealName": account.verified_name or None,
        "customerType": 0 if account.kind == "individual" else 1,
        "userId": consent.get("user_id") or None,
        "userName": _cut(values.get("user_name", "")) or None,
    }


def instant(at: datetime) -> str:
    """UTC, `yyyyMMddHHmmss`."""
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def _amount(minor: int, currency: str) -> str:
    """A number as text: 49, 49.90."""
    text = Money(minor, currency).text
    whole, _point, fraction = text.partition(".")
    return text if fraction.strip("0") else whole


def _cut(text: str) -> str:
    return text[:NAME_LIMIT]
