"""How it is paid: cards, balance, monthly settlement, credit, resellers; and how it is given back.

In: what to charge for which orders (`services.charge`), gateway events, top-ups, refunds. Out: `PaymentSucceeded`,
`PaymentFailed`, `RefundSucceeded`, `RefundFailed`, postings. Owns payments, means, top-ups, refunds and approvals.
Balances live in the ledger. Knows orders by number and amount only; card data stays with the gateway (`ports`).
"""
