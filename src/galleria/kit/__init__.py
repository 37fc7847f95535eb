"""Tools that every package uses and that know nothing of the marketplace.

In: plain values. Out: money, time, ids, states, refusals, locks, jobs, events, pages, files.
Owns the tables of jobs, named locks, idempotency keys and operator settings.
Imports nothing of Galleria; `kit.money` imports neither Django nor the clock.
"""
