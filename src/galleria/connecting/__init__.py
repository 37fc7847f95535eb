"""Connecting: how sellers' servers join, and how it is known that they work.

In: production addresses and proofs of their domains, debugging calls, the two daily dial tests. Out: proven activities,
alarms, products frozen after days of failure. Owns debugging cases, dial tests and interface trouble.
"""
