"""What supporting tells the packages above."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TicketOpened:
    """Somebody wrote to the operator."""

    ticket_id: str


@dataclass(frozen=True)
class TicketMoved:
    """Somebody wrote into a seller's ticket, or did something with it; the other side is told."""

    ticket_id: str
    entry: int


@dataclass(frozen=True)
class TicketAnswered:
    """The operator answered."""

    ticket_id: str


@dataclass(frozen=True)
class EnquirySent:
    """Somebody told the seller of a consulting service what is needed."""

    enquiry_id: str
