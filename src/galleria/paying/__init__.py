"""Paying: how it is paid: cards, balance, settlement, credit, refunds."""
