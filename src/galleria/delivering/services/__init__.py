"""What can be done: request a delivery, work on it (one call), look after it as the operator."""

from galleria.delivering.services.ending import close, has_interface, tell_thawed
from galleria.delivering.services.keys import accepted_keys, interface_key, set_interface_key
from galleria.delivering.services.looking_after import (
    call_again,
    can_be_called,
    confirm_as_seller,
    confirm_by_hand,
    give_up,
    restart,
)
from galleria.delivering.services.requesting import bind_product, request_delivery
from galleria.delivering.services.usage_information import refresh_app_info
from galleria.delivering.services.working import call_settings, poll_instance, work_on

__all__ = [
    "accepted_keys",
    "bind_product",
    "call_again",
    "call_settings",
    "can_be_called",
    "close",
    "confirm_as_seller",
    "confirm_by_hand",
    "give_up",
    "has_interface",
    "interface_key",
    "poll_instance",
    "refresh_app_info",
    "request_delivery",
    "restart",
    "set_interface_key",
    "tell_thawed",
    "work_on",
]
