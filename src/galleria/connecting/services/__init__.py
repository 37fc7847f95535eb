"""What can be done: prove domains, look after keys, debug, repeat cases, test every day, restart failed calls."""

from galleria.connecting.services.cases import replay, replay_cases
from galleria.connecting.services.debugging import Debugged, debug, diagnose, prepare, remove_case
from galleria.connecting.services.dialing import addresses_to_dial, dial, run_of
from galleria.connecting.services.domains import (
    NotProven,
    add_address,
    add_domain,
    bind_product,
    change_address,
    check_domain,
    domains_to_check,
    expire_domains,
    missing_for,
    recheck_domain,
    remove_address,
    remove_domain,
    renew_token,
    vouch_for,
)
from galleria.connecting.services.keys import make_key, products_with_key, reveal_key, withdraw_key
from galleria.connecting.services.restarting import restart
from galleria.connecting.services.trouble import close_candidate, note_failed_order, propose_removal, remove_candidate

__all__ = [
    "Debugged",
    "NotProven",
    "add_address",
    "add_domain",
    "addresses_to_dial",
    "bind_product",
    "change_address",
    "check_domain",
    "close_candidate",
    "debug",
    "diagnose",
    "dial",
    "domains_to_check",
    "expire_domains",
    "make_key",
    "missing_for",
    "note_failed_order",
    "prepare",
    "products_with_key",
    "propose_removal",
    "recheck_domain",
    "remove_address",
    "remove_candidate",
    "remove_case",
    "remove_domain",
    "renew_token",
    "replay",
    "replay_cases",
    "restart",
    "reveal_key",
    "run_of",
    "vouch_for",
    "withdraw_key",
]
