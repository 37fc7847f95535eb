"""What was moved, for ever: postings between accounts, balances, and the proof that they agree.

In: postings with a reference, a kind and a business time. Out: balances, entries, the nightly check.
Owns accounts, transactions, postings and check results. Nothing is updated or deleted; undoing posts the reverse.
Nothing but the ledger moves money. Knows nothing of orders: it is given a source to point to.
"""
