"""Making it happen at the seller.

In comes the wish to make, change, freeze or release a subscription; out go signed calls to the seller's server
(`adapters/saas_v2`) and the events `DeliverySucceeded` and `DeliveryFailed`. Owns sellers' addresses and keys,
deliveries with their retries, and the record of every call. Nothing here knows about orders or money.
"""
