"""The states of a receipt; receipts.py has a sentence for each of them."""

from typing import Literal

State = Literal[
    "received",
    "refused",
    "training",
    "trained",
    "rejected",
    "deploying",
    "live",
    "superseded",
    "failed",
]
BEFORE_ITS_END: frozenset[State] = frozenset({"received", "training"})
END_STATES: frozenset[State] = frozenset(
    {"refused", "trained", "rejected", "live", "superseded", "failed"}
)
