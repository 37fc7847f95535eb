"""What the consoles show at a glance: lists with their tallies, what waits, spending, trade across sellers.

In: an actor and a time. Out: read models that a page shows as they are, each with a fixed number of queries.
Owns no tables, changes nothing; reads what the packages below keep. A stranger and a missing row look the same.
"""
