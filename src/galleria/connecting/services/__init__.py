"""What can be done: prove domains, look after keys, debug, repeat cases, test every day, restart failed calls."""

from galleria.connecting.services.cases import replay, replay_cases
from galleria.connecting.services.debugging import Debugged, debug, diagnose, prepare, remove_case
from galleria.connecting.services.domains import (
    NotProven,
    add_address,
    add_domain,
    bind_product,
    change_address,
    check_domain,
    expire_domains,
    recheck_domain,
    remove_address,
    remove_domain,
    renew_token,
    vouch_for,
)
from galleria.connecting.services.keys import make_key, products_with_key, reveal_key, withdraw_key

__all__ = [
    "Debugged",
    "NotProven",
    "add_address",
    "add_domain",
    "bind_product",
    "change_address",
    "check_domain",
    "debug",
    "diagnose",
    "expire_domains",
    "make_key",
    "prepare",
    "products_with_key",
    "recheck_domain",
    "remove_address",
    "remove_case",
    "remove_domain",
    "renew_token",
    "replay",
    "replay_cases",
    "reveal_key",
    "vouch_for",
    "withdraw_key",
]
