"""What people do with tickets and questions."""

from __future__ import annotations

from galleria.supporting.services.enquiries import MOST_A_DAY, count_click, send_enquiry
from galleria.supporting.services.handling import (
    MOST_DAYS,
    ask_access,
    confirm_ticket,
    grant_access,
    refuse_access,
    reopen_ticket,
    resolve_ticket,
    revoke_access,
    say,
    say_as_seller,
    take_ticket,
)
from galleria.supporting.services.tickets import (
    MOST_OPEN_TICKETS,
    answer_ticket,
    ask_for_deletion,
    ask_question,
    close_ticket,
    open_ticket,
)

__all__ = [
    "MOST_A_DAY",
    "MOST_DAYS",
    "MOST_OPEN_TICKETS",
    "answer_ticket",
    "ask_access",
    "ask_for_deletion",
    "ask_question",
    "close_ticket",
    "confirm_ticket",
    "count_click",
    "grant_access",
    "open_ticket",
    "refuse_access",
    "reopen_ticket",
    "resolve_ticket",
    "revoke_access",
    "say",
    "say_as_seller",
    "send_enquiry",
    "take_ticket",
]
