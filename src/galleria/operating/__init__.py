"""What the operator does with the machine itself: background work, settings, undoing in the ledger.

In: the operator's acts with a reason. Out: the same acts on `kit` and `ledger`, permitted, recorded for ever.
Owns no tables. Screens O9 to O11 read and act through it, so that nobody turns a wheel unseen (B-PRM-004).
"""
