"""AWS's bad manners on request: a list of faults that the local cloud asks before it behaves well.

    faults.add({"kind": "throttled", "match": {"operation": "Create*"}, "times": 3})

A fault is used up after `times` occasions (1 unless said; null means until cleared). `match`
narrows it: each value is compared with the fact of the same name, with * and ? as wildcards. A
kind, a fact or a parameter that nobody plays is refused: a test whose fault never happens would
prove nothing.
"""

import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True)
class Kind:
    facts: frozenset[str]  # what `match` may name
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_EVENT = _names("source detail_type function")  # S3 notifications: source "aws.s3", no detail_type
_CALL = _names("service operation principal")
_JOB = _names("job")
_ENDPOINT = _names("endpoint")

KINDS = {
    # Delivery of events to functions.
    "event_dropped": Kind(_EVENT),
    "event_duplicated": Kind(_EVENT),
    "event_delayed": Kind(_EVENT, _names("seconds")),
    "events_reordered": Kind(_EVENT, _names("count")),  # the next `count`, in reverse
    # Answers of the API.
    "throttled": Kind(_CALL),
    "error": Kind(_CALL, _names("code"), _names("message status")),
    # Training jobs.
    "training_failed": Kind(_JOB, _names("reason")),
    "training_timed_out": Kind(_JOB),
    "training_interrupted": Kind(_JOB, optional=_names("after_seconds")),  # spot capacity taken
    # Endpoints.
    "creating_slow": Kind(_ENDPOINT, _names("seconds")),  # creation and update alike
    "update_failed": Kind(_ENDPOINT, optional=_names("reason")),  # creation and update alike
    "cold_start": Kind(_ENDPOINT),
    "model_error": Kind(_ENDPOINT, optional=_names("status message")),
    "endpoint_throttled": Kind(_ENDPOINT),
}


class Faults:
    """The faults still to come, oldest first; safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[dict[str, Any]] = []

    def add(self, fault: dict[str, Any]) -> None:
        """Queue a fault; ValueError names what is wrong with it."""
        kind = KINDS.get(fault.get("kind", ""))
        if kind is None:
            raise ValueError(f"unknown fault kind {fault.get('kind')!r}; there are {sorted(KINDS)}")
        given = fault.keys() - {"kind", "match", "times"}
        match = fault.get("match", {})
        times = fault.get("times", 1)
        if unknown := given - kind.required - kind.optional:
            raise ValueError(f"{fault['kind']} knows no parameter {sorted(unknown)}")
        if missing := kind.required - given:
            raise ValueError(f"{fault['kind']} needs {sorted(missing)}")
        if strangers := match.keys() - kind.facts:
            raise ValueError(
                f"{fault['kind']} can't match {sorted(strangers)}, only {sorted(kind.facts)}"
            )
        if times is not None and (not isinstance(times, int) or times < 1):
            raise ValueError(f"times is {times!r}; it must be positive, or null for always")
        with self._lock:
            self._faults.append({**fault, "match": dict(match), "times": times})

    def take(self, kind: str, **facts: str | None) -> dict[str, Any] | None:
        """The oldest fitting fault of this kind, used up once; None when all is well."""
        if strangers := facts.keys() - KINDS[kind].facts:
            raise ValueError(f"{kind} has no facts {sorted(strangers)}")
        with self._lock:
            for fault in self._faults:
                if fault["kind"] == kind and _fits(fault["match"], facts):
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


def _fits(match: dict[str, Any], facts: dict[str, str | None]) -> bool:
    return all(fnmatchcase(facts.get(name) or "", str(wanted)) for name, wanted in match.items())
