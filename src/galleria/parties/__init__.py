"""Parties: who: accounts, users, sellers, resellers, permissions, keys, agreements."""
