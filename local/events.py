"""EventBridge's default bus, the schedules, and the manners with which events reach functions."""

import json
import logging
import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from local.faults import Faults
from local.intrinsics import TemplateError
from local.lambdas import Functions
from local.patterns import check, matches
from local.template import Event, Stack

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)(s?)\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}
_RULE = {"Pattern", "Input", "DeadLetterConfig", "RetryPolicy"}
_SCHEDULE = {
    *("Schedule", "ScheduleExpression", "Input", "Name", "Description", "Enabled", "State"),
    *("DeadLetterConfig", "RetryPolicy", "FlexibleTimeWindow", "ScheduleExpressionTimezone"),
}
logger = logging.getLogger(__name__)


class _Delivery(NamedTuple):
    function: str  # logical id
    event: dict[str, Any]
    source: str
    detail_type: str | None

    @property
    def facts(self) -> dict[str, str | None]:
        """What a fault may ask about it."""
        return {
            "source": self.source,
            "detail_type": self.detail_type,
            "function": self.function,
        }


@dataclass(frozen=True, eq=False)
class _Held:
    """Deliveries that a fault holds back until there are enough to turn their order round."""

    match: dict[str, Any]
    count: int
    deliveries: list[_Delivery]


class Bus:
    """Events to functions. A minute of a schedule lasts `minute_seconds`."""

    def __init__(
        self, stack: Stack, functions: Functions, faults: Faults, minute_seconds: float
    ) -> None:
        self._stack = stack
        self._functions = functions
        self._faults = faults
        self._minute_seconds = minute_seconds
        self._rules = list(stack.events("EventBridgeRule"))
        for rule in self._rules:
            path = _path(rule)
            _only(rule, _RULE)
            check(rule.properties.get("Pattern"), f"{path}.Pattern")
        self._schedules = [
            (schedule, _minutes(schedule) * minute_seconds)
            for schedule in stack.events("Schedule", "ScheduleV2")
            if _enabled(schedule)
        ]
        self._lock = threading.Lock()
        self._held: list[_Held] = []
        self._timers: set[threading.Timer] = set()
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin with the schedules: each fires at once and then at its rate."""
        threading.Thread(target=self._keep_schedules, name="schedules", daemon=True).start()

    def stop(self) -> None:
        """No further event is delivered."""
        self._stopping.set()
        with self._lock:
            timers = list(self._timers)
        for timer in timers:
            timer.cancel()

    def publish(
        self, source: str, detail_type: str, detail: Any, resources: list[str] | None = None
    ) -> dict[str, Any]:
        """Put an event on the bus; returns the whole event, as the functions get it."""
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": self._stack.account,
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._stack.region,
            "resources": resources or [],
            "detail": detail,
        }
        for rule in self._rules:
            if matches(rule.properties["Pattern"], event):
                self._deliver(rule, event)
        return event

    def s3(self, event: dict[str, Any], function_name: str) -> None:
        """Deliver an S3 notification, with the same manners as the events of the bus."""
        function = self._functions.resource(function_name).logical_id
        self._with_manners(_Delivery(function, event, "aws.s3", None))

    def _deliver(self, to: Event, event: dict[str, Any]) -> None:
        given = to.properties.get("Input")
        payload = event if given is None else json.loads(given)
        logical_id = to.function.logical_id
        self._with_manners(_Delivery(logical_id, payload, event["source"], event["detail-type"]))

    def _with_manners(self, delivery: _Delivery) -> None:
        facts = delivery.facts
        if self._faults.take("event_dropped", **facts):
            return
        twice = self._faults.take("event_duplicated", **facts)
        for one in [delivery, delivery] if twice else [delivery]:
            if not self._hold(one):
                late = self._faults.take("event_delayed", **facts)
                self._later(late["seconds"], self._invoke, one) if late else self._invoke(one)

    def _hold(self, delivery: _Delivery) -> bool:
        """Keep a delivery back if a fault turns the order round; the last one frees them all."""
        with self._lock:
            held = next((held for held in self._held if _fits(held.match, delivery)), None)
            if held is None:
                fault = self._faults.take("events_reordered", **delivery.facts)
                if fault is None:
                    return False
                held = _Held(fault.get("match", {}), int(fault.get("count", 2)), [])
                self._held.append(held)
            held.deliveries.append(delivery)
            complete = len(held.deliveries) >= held.count
        if complete:
            self._release(held)
        elif len(held.deliveries) == 1:  # reordered, not lost: nobody may wait for ever
            self._later(self._minute_seconds, self._release, held)
        return True

    def _release(self, held: _Held) -> None:
        with self._lock:
            if held not in self._held:
                return
            self._held.remove(held)
        for delivery in reversed(held.deliveries):
            self._invoke(delivery)

    def _invoke(self, delivery: _Delivery) -> None:
        if not self._stopping.is_set():
            self._functions.invoke_async(delivery.function, delivery.event)

    def _later(self, seconds: float, call: Callable[[Any], None], argument: Any) -> None:
        timer = threading.Timer(seconds, call, [argument])
        timer.daemon = True
        with self._lock:
            self._timers = {old for old in self._timers if old.is_alive()} | {timer}
            timer.start()

    def _keep_schedules(self) -> None:
        due = [time.monotonic() for _ in self._schedules]
        while due and not self._stopping.wait(max(0, min(due) - time.monotonic())):
            number = due.index(min(due))
            schedule, seconds = self._schedules[number]
            due[number] = time.monotonic() + seconds
            self._deliver(schedule, self._scheduled(schedule))

    def _scheduled(self, schedule: Event) -> dict[str, Any]:
        """The event of a schedule: from a rule of the bus, or (V2) from EventBridge Scheduler."""
        scheduler = schedule.type == "ScheduleV2"
        service = "scheduler" if scheduler else "events"
        name = schedule.properties.get("Name", schedule.function.logical_id + schedule.name)
        kind = "schedule/default" if scheduler else "rule"
        arn = f"arn:aws:{service}:{self._stack.region}:{self._stack.account}:{kind}/{name}"
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": f"aws.{service}",
            "account": self._stack.account,
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._stack.region,
            "resources": [arn],
            "detail": "{}" if scheduler else {},
        }


def _path(event: Event) -> str:
    return f"Resources.{event.function.logical_id}.Properties.Events.{event.name}"


def _only(event: Event, played: set[str]) -> None:
    if unknown := event.properties.keys() - played:
        raise TemplateError(f"{_path(event)}: the local cloud doesn't play {sorted(unknown)}")


def _enabled(schedule: Event) -> bool:
    properties = schedule.properties
    return properties.get("State") != "DISABLED" and properties.get("Enabled", True) is not False


def _minutes(schedule: Event) -> int:
    _only(schedule, _SCHEDULE)
    properties = schedule.properties
    expression = str(properties.get("Schedule", properties.get("ScheduleExpression")))
    rate = _RATE.fullmatch(expression)
    if rate is None or int(rate[1]) < 1 or (rate[1] == "1") == bool(rate[3]):
        raise TemplateError(f"{_path(schedule)}: {expression!r} isn't a rate(…) that can be played")
    return int(rate[1]) * _MINUTES[rate[2]]


def _fits(match: dict[str, Any], delivery: _Delivery) -> bool:
    facts = delivery.facts
    return all(fnmatchcase(facts.get(name) or "", str(wanted)) for name, wanted in match.items())
