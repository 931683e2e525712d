"""States of a receipt that something follows from; receipts.py has a sentence for each of them."""

BEFORE_ITS_END = frozenset({"received", "training"})
END_STATES = frozenset({"refused", "trained", "rejected", "live", "superseded", "failed"})
