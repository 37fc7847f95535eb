"""Asking name servers."""
