"""A seller's server, complete and small: the reference for sellers and the fake seller of the tests.

In: the marketplace's signed SaaS 2.0 calls. Out: instances of a small application that buyers really open
under `/apps/<instance>`. It runs as its own process, `python -m galleria.demo.sample_seller --help`, keeps
its state in one SQLite file, and imports nothing of Galleria but the seller's package (`sdk/`), with which it
checks signatures, reads calls and asks for orders.

Sellers may read `activities.py` (what each call must do). On command (`/_control`, `control.py`) it is slow,
wrong, down or asynchronous.
"""
