"""The template's functions, played as Lambda plays them: synchronously, or queued with retries.

A function sees the environment that the template declares and nothing of ours; it reaches the local
cloud through the AWS SDK's own AWS_ENDPOINT_URL.
"""

import contextlib
import json
import logging
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from local import children
from local.destinations import Destinations
from local.intrinsics import TemplateError
from local.programs import principal, program
from local.sam import FUNCTION
from local.template import Resource, Stack
from local.workers import Invocation, Worker

__all__ = [
    "Functions",
    "Invocation",
    "StoppingError",
    "ThrottledError",
    "TooLargeError",
    "UnknownFunctionError",
    "principal",
]

CONCURRENCY = 4  # workers of a function that reserves none; AWS's default is 1,000
SYNC_LIMIT_BYTES = 6_291_456
ASYNC_LIMIT_BYTES = 1_048_576
logger = logging.getLogger(__name__)


class UnknownFunctionError(Exception):
    """There is no function of this name, ARN or logical id."""


class TooLargeError(Exception):
    """The payload is over Lambda's limit: 6 MB, or 1 MB for asynchronous invocations."""


class ThrottledError(Exception):
    """As many invocations as the function reserves are running already."""


class StoppingError(Exception):
    """The local cloud is going down and starts no more workers."""


class Functions:
    """Every AWS::Serverless::Function of a stack. Workers start on demand and are kept warm."""

    def __init__(self, stack: Stack, endpoint_url: str, state: Path, minute_seconds: float) -> None:
        self._functions = [
            _Function(resource, stack, endpoint_url, state, minute_seconds)
            for resource in stack.of_type(FUNCTION)
        ]

    def invoke(self, name: str, payload: bytes) -> Invocation:
        """Wait for a function's answer. `name` is a physical name, an ARN or a logical id.

        ThrottledError if the function reserves no more than what runs already.
        """
        if len(payload) > SYNC_LIMIT_BYTES:
            raise TooLargeError(f"Request must be smaller than {SYNC_LIMIT_BYTES} bytes")
        json.loads(payload)  # Lambda takes nothing but JSON; ValueError says where it isn't
        return self._function(name).invoke(payload, str(uuid.uuid4()))

    def invoke_async(self, name: str, event: dict[str, Any]) -> None:
        """Queue an event: tried again when the function fails, then given to its destination."""
        size = len(json.dumps(event).encode())
        if size > ASYNC_LIMIT_BYTES:
            raise TooLargeError(f"{size} bytes exceeds the {ASYNC_LIMIT_BYTES} bytes limit")
        self._function(name).queue(event)

    def resource(self, name: str) -> Resource:
        """The function's place in the template."""
        return self._function(name).resource

    @property
    def resources(self) -> list[Resource]:
        """All of them."""
        return [function.resource for function in self._functions]

    def stop(self) -> None:
        """End every worker at once; what was still queued is dropped."""
        for function in self._functions:
            function.stop()

    def _function(self, name: str) -> "_Function":
        for function in self._functions:
            names = function.resource.name, function.resource.arn, function.resource.logical_id
            if name.removesuffix(":$LATEST") in names:
                return function
        raise UnknownFunctionError(f"Function not found: {name}")


class _Queued(NamedTuple):
    """An asynchronous invocation: `attempt` counts from 1, `since` is when it was accepted."""

    event: dict[str, Any]
    request_id: str
    attempt: int
    since: float


class _Function:
    def __init__(
        self, resource: Resource, stack: Stack, endpoint_url: str, state: Path, minute: float
    ) -> None:
        properties = resource.properties
        limit = int(properties.get("ReservedConcurrentExecutions", CONCURRENCY))
        if limit < 1:
            raise TemplateError(f"Resources.{resource.logical_id}: reserves no execution at all")
        self.resource = resource
        self._program = program(resource, stack, endpoint_url, state)
        self._destinations = Destinations(resource, stack, endpoint_url)
        self._minute_seconds = minute
        self._timeout_seconds = int(properties.get("Timeout", 3))
        self._is_reserved = "ReservedConcurrentExecutions" in properties
        self._slots = threading.Semaphore(limit)
        self._queue = ThreadPoolExecutor(limit, f"async-{resource.logical_id}")
        self._timers: set[threading.Timer] = set()
        self._lock = threading.Lock()
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._stopped = False

    def invoke(self, payload: bytes, request_id: str) -> Invocation:
        """On AWS 1,000 may run at once where none is reserved; here the fifth waits its turn."""
        if not self._slots.acquire(blocking=not self._is_reserved):
            raise ThrottledError(f"{self.resource.name}: all reserved executions are taken")
        return self._run(payload, request_id)

    def queue(self, event: dict[str, Any]) -> None:
        self._submit(_Queued(event, str(uuid.uuid4()), 1, time.monotonic()))

    def stop(self) -> None:
        with self._lock:
            self._stopped = True
            workers = [*self._idle, *self._busy]
            timers = list(self._timers)
        for timer in timers:
            timer.cancel()
        self._queue.shutdown(wait=False, cancel_futures=True)
        for worker in workers:
            worker.stop()

    def _run(self, payload: bytes, request_id: str) -> Invocation:
        """Invoke in a slot that is held, and give it back."""
        try:
            worker = self._take()
            start = children.log_size(self._program.log)
            try:
                arn = self.resource.arn
                invocation = worker.call(request_id, arn, payload, self._timeout_seconds)
            finally:
                self._give_back(worker)
            return invocation._replace(log=children.log_since(self._program.log, start))
        finally:
            self._slots.release()

    def _take(self) -> Worker:
        with self._lock:
            if self._stopped:
                raise StoppingError(f"{self.resource.name}: the local cloud is stopping")
            worker = None
            while self._idle and worker is None:
                worker = self._idle.pop()
                if not worker.alive:
                    worker.stop()
                    worker = None
            worker = worker or Worker(self._program)
            self._busy.add(worker)
            return worker

    def _give_back(self, worker: Worker) -> None:
        with self._lock:
            self._busy.discard(worker)
            keep = worker.alive and not self._stopped
            if keep:
                self._idle.append(worker)
        if not keep:
            worker.stop()

    def _submit(self, queued: _Queued) -> None:
        with contextlib.suppress(RuntimeError):  # shut down in the meantime
            self._queue.submit(self._attempt, queued)

    def _attempt(self, queued: _Queued) -> None:
        """Being throttled is no attempt: an event waits, but no longer than its age allows."""
        try:
            if not self._slots.acquire(timeout=max(0, self._seconds_left(queued))):
                self._report("EventAgeExceeded", queued._replace(attempt=queued.attempt - 1), None)
                return
            invocation = self._run(json.dumps(queued.event).encode(), queued.request_id)
            if not self._stopped:
                self._settle(queued, invocation)
        except StoppingError:
            logger.info("%s: an event is dropped, the local cloud is stopping", self.resource.name)
        except Exception:  # in a pool's thread: nobody else would hear of it
            logger.exception("%s: a queued event is lost", self.resource.name)

    def _seconds_left(self, queued: _Queued) -> float:
        """Until an event is too old to be tried."""
        config = self.resource.properties.get("EventInvokeConfig", {})
        limit = int(config.get("MaximumEventAgeInSeconds", 21_600)) / 60 * self._minute_seconds
        return queued.since + limit - time.monotonic()

    def _settle(self, queued: _Queued, invocation: Invocation) -> None:
        """Done, or tried again after one and then two minutes, or given up."""
        config = self.resource.properties.get("EventInvokeConfig", {})
        if invocation.function_error is None:
            self._report("Success", queued, invocation)
            return
        log = self._program.log
        logger.error("%s failed (try %d): see %s", self.resource.name, queued.attempt, log)
        delay_seconds = queued.attempt * self._minute_seconds
        if queued.attempt > int(config.get("MaximumRetryAttempts", 2)):
            self._report("RetriesExhausted", queued, invocation)
        elif delay_seconds > self._seconds_left(queued):
            self._report("EventAgeExceeded", queued, invocation)
        else:
            again = queued._replace(attempt=queued.attempt + 1)
            timer = threading.Timer(delay_seconds, self._submit, [again])
            timer.daemon = True
            timer.start()
            with self._lock:
                self._timers = {old for old in self._timers if old.is_alive()} | {timer}

    def _report(self, condition: str, queued: _Queued, invocation: Invocation | None) -> None:
        event, request_id, attempt, _ = queued
        self._destinations.report(condition, event, request_id, attempt, invocation)
