"""Parties: outside talk of sign-in."""
