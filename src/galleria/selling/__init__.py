"""Selling: how an account becomes, stays and stops being a seller.

In: applications, certifications, profile changes, exit requests of accounts; sanctions of the operator. Out: who may
sell, where, and what is restricted. Owns contracting parties, sales regions, certifications, recipients, violations,
test coupons and the products that a user may look after.
"""
