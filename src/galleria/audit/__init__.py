"""Who did what to what, when, from where, before and after (B-PRM-004).

In: a sentence key, the actor, the object. Out: records as sentences in the reader's language.
Owns the audit records, which are never changed. Sentences are registered by the packages that write them.
"""
