"""AWS's bad manners on request: a list of faults that the local cloud asks before it behaves well.

    faults.add({"kind": "throttled", "match": {"operation": "Create*"}, "times": 3})

A fault is used up after `times` occasions (1 unless said; null means until cleared). `match`
narrows it: each value is compared with the fact of the same name, with * and ? as wildcards. A
kind, a fact or a parameter that nobody plays is refused: a test whose fault never happens would
prove nothing.
"""

import threading
from fnmatch import fnmatchcase
from typing import Any

_EVENT, _CALL = {"source", "detail_type", "function"}, {"service", "operation", "principal"}
_JOB, _ENDPOINT = {"job"}, {"endpoint"}
# Kind → what `match` may name, the parameters that it needs, those that it may have.
KINDS: dict[str, tuple[set[str], set[str], set[str]]] = {
    # Delivery of events to functions.
    "event_dropped": (_EVENT, set(), set()),
    "event_duplicated": (_EVENT, set(), set()),
    "event_delayed": (_EVENT, {"seconds"}, set()),
    "events_reordered": (_EVENT, {"count"}, set()),  # the next `count`, in reverse
    # Answers of the API.
    "throttled": (_CALL, set(), set()),
    "error": (_CALL, {"code"}, {"message", "status"}),
    # Training jobs.
    "training_failed": (_JOB, {"reason"}, set()),
    "training_timed_out": (_JOB, set(), set()),
    "training_without_capacity": (_JOB, set(), set()),  # no spot capacity until it has to end
    "training_interrupted": (_JOB, set(), {"after_seconds"}),  # spot capacity taken
    # Endpoints: creation and update alike.
    "creating_slow": (_ENDPOINT, {"seconds"}, set()),
    "update_failed": (_ENDPOINT, set(), {"reason"}),
    "cold_start": (_ENDPOINT, set(), set()),
    "model_error": (_ENDPOINT, set(), {"status", "message"}),
    "endpoint_throttled": (_ENDPOINT, set(), set()),
}


class Faults:
    """The faults still to come, oldest first; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[dict[str, Any]] = []

    def add(self, fault: dict[str, Any]) -> None:
        """Queue a fault; ValueError names what is wrong with it."""
        name, match, times = fault.get("kind"), fault.get("match", {}), fault.get("times", 1)
        if name not in KINDS:
            raise ValueError(f"unknown fault kind {name!r}; there are {sorted(KINDS)}")
        facts, required, optional = KINDS[name]
        given = fault.keys() - {"kind", "match", "times"}
        if unknown := given - required - optional:
            raise ValueError(f"{name} knows no parameter {sorted(unknown)}")
        if missing := required - given:
            raise ValueError(f"{name} needs {sorted(missing)}")
        if strangers := match.keys() - facts:
            raise ValueError(f"{name} can't match {sorted(strangers)}, only {sorted(facts)}")
        if times is not None and (not isinstance(times, int) or times < 1):
            raise ValueError(f"times is {times!r}; it must be positive, or null for always")
        with self._lock:
            self._faults.append({**fault, "match": dict(match), "times": times})

    def take(self, kind: str, **facts: str | None) -> dict[str, Any] | None:
        """The oldest fitting fault of this kind, used up once; None when all is well."""
        if strangers := facts.keys() - KINDS[kind][0]:
            raise ValueError(f"{kind} has no facts {sorted(strangers)}")
        with self._lock:
            for fault in self._faults:
                if fault["kind"] == kind and fits(fault["match"], facts):
                    if fault["times"] is not None:
                        fault["times"] -= 1
                        if not fault["times"]:
                            self._faults.remove(fault)
                    return dict(fault)
        return None

    def clear(self) -> None:
        """Good manners again."""
        with self._lock:
            self._faults.clear()

    def pending(self) -> list[dict[str, Any]]:
        """What is still to come, for the status page and for tests that want to see it all used."""
        with self._lock:
            return [dict(fault) for fault in self._faults]


def fits(match: dict[str, Any], facts: dict[str, str | None]) -> bool:
    """Whether the facts are those that a fault is about."""
    return all(fnmatchcase(facts.get(name) or "", str(wanted)) for name, wanted in match.items())
