"""Who asks for what.

In comes a configuration; out go a quote, an order, its payment and, when that is done, a subscription and a
delivery request in the same transaction. Owns quotes and orders. Hears from `paying` that money came or went
back, and from `delivering` that a seller delivered or never will.
"""
