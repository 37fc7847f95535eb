"""Numbers of enumerations that programs may keep (buyer-guide 3.1). They never change; names are told beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CHARGING_MODES: Final[Mapping[str, int]] = {"period": 1, "pay_per_use": 3}
COUPON_STATES: Final[Mapping[str, int]] = {"not_activated": 1, "unused": 2, "used": 3, "expired": 4}
COUPON_KINDS: Final[Mapping[str, int]] = {"cash": 1, "discount": 2, "product": 3, "flexi": 4}
COUPON_SOURCES: Final[Mapping[str, int]] = {"collected": 1, "redeemed": 2, "issued": 3, "offline": 4, "event": 5}
DISCOUNT_KINDS: Final[Mapping[str, int]] = {"promotion": 0, "contract": 1, "commercial": 2, "partner": 3}
EXPIRE_POLICIES: Final[Mapping[str, int]] = {
    "enter_grace_period": 0, "become_pay_per_use": 1, "delete_at_once": 2, "renew": 3, "freeze": 4,
    "delete_after_retention": 5,
}  # fmt: skip
