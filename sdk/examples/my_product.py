"""A product of a seller, as small as it gets: instances in memory. Both examples serve it.

Keep instances in a database instead, so that a restart forgets none.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass

from galleria_seller import (
    AppInfo,
    ChangeInstanceCheck,
    Created,
    InstanceInfo,
    NewInstance,
    NoSuchInstance,
    OrderClient,
    OrderQueryFailed,
    Production,
    QueryInstance,
    RefreshInstance,
    Refusal,
    ReleaseInstance,
    UpdateInstanceStatus,
    UpgradeInstance,
)
from galleria_seller.answers import INTERNAL_ERROR


@dataclass
class Instance:
    """What was made for one order line."""

    instance_id: str
    password: str
    seats: int
    expire_time: str = ""
    is_frozen: bool = False


class MyProduct(Production):
    """A web application with seats."""

    def __init__(self, orders: OrderClient | None = None) -> None:
        self.orders = orders
        self.by_line: dict[tuple[str, str], Instance] = {}
        self.by_id: dict[str, Instance] = {}

    def new_instance(self, call: NewInstance) -> Created:
        line = (call.order_id, call.order_line_id)
        if line not in self.by_line:
            wished = Instance(call.business_id, secrets.token_urlsafe(12), seats=self._seats(*line))
            made = self.by_line.setdefault(line, wished)  # of two equal calls at once the first one's
            self.by_id[made.instance_id] = made
        return Created(self.by_line[line].instance_id)

    def query_instance(self, call: QueryInstance) -> list[InstanceInfo]:
        found = [self.by_id[each] for each in call.instance_ids if each in self.by_id]
        return [
            InstanceInfo(
                each.instance_id,
                AppInfo(f"https://app.example.com/{each.instance_id}", user_name="admin", password=each.password),
            )
            for each in found
        ]

    def refresh_instance(self, call: RefreshInstance) -> None:
        self._find(call.instance_id).expire_time = call.expire_time

    def update_instance_status(self, call: UpdateInstanceStatus) -> None:
        self._find(call.instance_id).is_frozen = call.is_freeze

    def release_instance(self, call: ReleaseInstance) -> None:
        self.by_id.pop(call.instance_id, None)  # a repeat is a success
        if call.is_test:  # test orders come again every day, and want an instance again
            self.by_line = {line: each for line, each in self.by_line.items() if each.instance_id != call.instance_id}

    def upgrade_instance(self, call: UpgradeInstance) -> None:
        self._find(call.instance_id).seats = self._seats(call.order_id, call.order_line_id)

    def check_change(self, call: ChangeInstanceCheck) -> None:
        seats = self._find(call.instance_id).seats
        if call.linear_value is not None and call.linear_value < seats:
            raise Refusal(INTERNAL_ERROR, f"{seats} seats are in use")

    def _seats(self, order_id: str, order_line_id: str) -> int:
        """From the order. When it cannot be read the call is refused, and the marketplace calls again."""
        if self.orders is None:
            return 1
        try:
            order = self.orders.query(order_id, order_line_id)
        except OrderQueryFailed as problem:
            raise Refusal(INTERNAL_ERROR, "the order cannot be read") from problem
        return order.lines[0].product.linear_value or 1

    def _find(self, instance_id: str) -> Instance:
        if instance_id not in self.by_id:
            raise NoSuchInstance
        return self.by_id[instance_id]


def orders_from_environment() -> OrderClient | None:
    """With MARKETPLACE, ACCESS_KEY and SECRET_KEY set; without them the examples make one seat for everybody."""
    address = os.environ.get("MARKETPLACE")
    if not address:
        return None
    return OrderClient(address, os.environ["ACCESS_KEY"], os.environ["SECRET_KEY"])
