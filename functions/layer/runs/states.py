"""The states of a receipt (receipts.py has a sentence for each), and how a training job ends."""

from collections.abc import Mapping
from typing import Any, Literal

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
ENDED_JOB = "Completed", "Failed", "Stopped"  # statuses of a training job
BEFORE_ITS_END: frozenset[State] = frozenset({"received", "training"})
END_STATES: frozenset[State] = frozenset(
    {"refused", "trained", "rejected", "live", "superseded", "failed"}
)


def is_another_state(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> bool:
    """Whether an upload's receipt says another state than before, and not only another reason.

    Another file under the same name comes to each of its states anew.
    """
    return before is None or any(before[part] != now[part] for part in ("dataset", "state"))
