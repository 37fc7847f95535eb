"""Subscribing: what the buyer holds, from activation to release."""
