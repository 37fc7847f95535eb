"""Decisions of buying as pure functions of facts."""
