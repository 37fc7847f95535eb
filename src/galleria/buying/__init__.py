"""Buying: who asks for what: quotes, orders, payment of orders."""
