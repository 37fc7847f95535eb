"""Reviewing: what waits for a decision of the operator, whatever it is.

In: submissions of sellers (a registration, a release, …) from the packages above, each of a registered kind.
Out: decisions, told to the kind that asked, in the same transaction. Owns submissions, remarks, reason templates
and the holiday calendar from which due times are worked out.
"""
