"""SageMaker's events, and schedules with shorter minutes: from the emulator's rules to targets.

The emulator keeps the rules and says which patterns fit; it lets nobody else than AWS publish in
SageMaker's name, so their targets are invoked from here. That is also where events are lost,
doubled, late and out of order on request (local/faults.py).
"""

import json
import logging
import queue
import re
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from local.faults import Faults, fits
from local.identity import Identity

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}
_LOOK_SECONDS, _END_SECONDS = 1.0, 3
_AT_ONCE = 2  # invocations of one function: each further one would start a further process
logger = logging.getLogger(__name__)


class _Delivery(NamedTuple):
    function: str  # its name
    payload: dict[str, Any]
    facts: dict[str, str | None]  # what a fault may ask about it


class Events:
    """The default bus of one account in one region. A minute of a schedule is `minute_seconds`."""

    def __init__(self, identity: Identity, faults: Faults, minute_seconds: float) -> None:
        self._identity, self._client = identity, identity.client
        self._faults, self._minute_seconds = faults, minute_seconds
        self._published: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._due: dict[str, float] = {}
        self._held: list[tuple[dict[str, Any], list[_Delivery]]] = []  # by which fault
        self._lock, self._stopping = threading.RLock(), threading.Event()
        self._threads: list[threading.Thread] = []
        self._runs: list[Future[Any]] = []
        self._invoking: dict[str, ThreadPoolExecutor] = defaultdict(
            lambda: ThreadPoolExecutor(_AT_ONCE)
        )

    def start(self) -> None:
        """Begin to deliver. Each schedule fires at once and then at its rate."""
        self._fire()
        for step in (self._deliver_next, self._fire_schedules):
            self._threads.append(threading.Thread(target=self._keep, args=(step,), daemon=True))
            self._threads[-1].start()

    def stop(self) -> None:
        """No further event is delivered."""
        self._stopping.set()
        self._published.put(None)  # wakes who waits for one
        for pool in list(self._invoking.values()):
            pool.shutdown(wait=False, cancel_futures=True)
        for thread in self._threads:
            thread.join(_END_SECONDS)

    def is_idle(self) -> bool:
        """Whether every event so far was delivered, and every function has ended."""
        return self._published.empty() and all(run.done() for run in self._runs)

    def publish(
        self, detail_type: str, detail: Any, arn: str, source: str = "aws.sagemaker"
    ) -> None:
        """Put an event on the bus. It is delivered later, by another thread, in this order."""
        self._published.put(self._event(source, detail_type, detail, arn))

    def _event(self, source: str, detail_type: str, detail: Any, arn: str) -> dict[str, Any]:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": self._identity.account,
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._identity.region,
            "resources": [arn],
            "detail": detail,
        }

    # --- Rules ------------------------------------------------------------------------------

    def _keep(self, step: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            try:
                step()
            except (BotoCoreError, ClientError):
                if not self._stopping.is_set():
                    logger.exception("an event was lost")

    def _deliver_next(self) -> None:
        event = self._published.get()
        if event is None:  # the end
            return
        for rule in self._rules("EventPattern"):
            answer = self._client("events").test_event_pattern(
                EventPattern=rule["EventPattern"], Event=json.dumps(event)
            )
            if answer["Result"]:
                self._to_targets(rule, event)

    def _fire_schedules(self) -> None:
        self._stopping.wait(min(_LOOK_SECONDS, self._minute_seconds))
        self._fire()

    def _fire(self) -> None:
        for rule in self._rules("ScheduleExpression"):
            rate = _RATE.fullmatch(rule["ScheduleExpression"])
            if rate and self._due.get(rule["Arn"], 0) <= time.monotonic():
                seconds = int(rate[1]) * _MINUTES[rate[2]] * self._minute_seconds
                self._due[rule["Arn"]] = time.monotonic() + seconds
                event = self._event("aws.events", "Scheduled Event", {}, rule["Arn"])
                self._to_targets(rule, event)

    def _rules(self, kind: str) -> list[dict[str, Any]]:
        pages = self._client("events").get_paginator("list_rules").paginate()
        rules = [rule for page in pages for rule in page["Rules"]]
        return [rule for rule in rules if rule["State"] == "ENABLED" and rule.get(kind)]

    def _to_targets(self, rule: dict[str, Any], event: dict[str, Any]) -> None:
        for target in self._client("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]:
            function = target["Arn"].rpartition(":function:")[2]
            payload = json.loads(target["Input"]) if "Input" in target else event
            facts = {"source": event["source"], "detail_type": event["detail-type"]}
            self._with_manners(_Delivery(function, payload, facts | {"function": function}))

    # --- Manners ----------------------------------------------------------------------------

    def _with_manners(self, delivery: _Delivery) -> None:
        if self._faults.take("event_dropped", **delivery.facts):
            return
        twice = self._faults.take("event_duplicated", **delivery.facts)
        for one in [delivery] * (2 if twice else 1):
            if self._hold(one):
                continue
            if late := self._faults.take("event_delayed", **delivery.facts):
                self._later(late["seconds"], self._invoke, one)
            else:
                self._invoke(one)

    def _hold(self, delivery: _Delivery) -> bool:
        """Keep a delivery back if a fault turns the order round; the last one frees them all."""
        with self._lock:
            fitting = (one for one in self._held if fits(one[0]["match"], delivery.facts))
            held = next(fitting, None)
            if held is None:
                if not (fault := self._faults.take("events_reordered", **delivery.facts)):
                    return False
                held = fault, []
                self._held.append(held)
                # Reordered, not lost: nobody may wait for ever.
                self._later(self._minute_seconds, self._release, held)
            held[1].append(delivery)
        if len(held[1]) >= int(held[0]["count"]):
            self._release(held)
        return True

    def _release(self, held: tuple[dict[str, Any], list[_Delivery]]) -> None:
        with self._lock:
            if any(one is held for one in self._held):
                self._held = [one for one in self._held if one is not held]
                self._invoke(*reversed(held[1]))

    def _later(self, seconds: float, call: Callable[..., None], what: Any) -> None:
        timer = threading.Timer(seconds, call, (what,))
        timer.daemon = True
        timer.start()

    def _invoke(self, *deliveries: _Delivery) -> None:
        """Hand them over, each once the one before it has ended."""
        if not self._stopping.is_set():
            pool = self._invoking[deliveries[0].function]
            with self._lock:
                self._runs = [run for run in self._runs if not run.done()]
                self._runs.append(pool.submit(lambda: [*map(self._run, deliveries)]))

    def _run(self, delivery: _Delivery) -> None:
        """Wait for the function; where it fails, Lambda tries again and tells its destination."""
        body = json.dumps(delivery.payload).encode()
        for kind in ("RequestResponse", "Event"):
            try:
                answer = self._client("lambda").invoke(
                    FunctionName=delivery.function, InvocationType=kind, Payload=body
                )
            except (BotoCoreError, ClientError) as error:
                if not self._stopping.is_set():
                    logger.warning("%s was not invoked: %s", delivery.function, error)
                continue
            if "FunctionError" not in answer or self._stopping.is_set():
                return
