"""What a job's container writes to its log: metrics, and a stream in CloudWatch Logs."""

import contextlib
import itertools
import logging
import re
import time
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local.calls import AwsError
from local.sagemaker.platform import Params, Platform
from local.sagemaker.store import Resource

_GROUP = "/aws/sagemaker/TrainingJobs"
_EVERY_SECONDS = 0.3
_MOST, _LONGEST = 100, 10_000  # lines in one call, characters in a line: a mebibyte is the limit
logger = logging.getLogger(__name__)


class JobOutput:
    """One run of a job, read off its growing log: its metrics, and its stream in CloudWatch Logs.

    The stream is where SageMaker puts it and every client looks. The job's role writes it, if it
    may: as on AWS, a job goes on without a log.
    """

    def __init__(self, platform: Platform, resource: Resource, log: Path) -> None:
        self._platform, self._role, self._log = platform, resource.shown["RoleArn"], log
        self._position = log.stat().st_size if log.exists() else 0
        definitions = resource.shown["AlgorithmSpecification"].get("MetricDefinitions", [])
        self._patterns = {d["Name"]: re.compile(d["Regex"]) for d in definitions}
        self._metrics: dict[str, Params] = {}
        stream = f"{resource.name}/algo-1-{round(time.time())}"
        self._stream = {"logGroupName": _GROUP, "logStreamName": stream}
        self._unsent: list[str] = []
        self._logs: Any = None
        self._due, self._is_refused = 0.0, False

    def read(self, *, to_the_end: bool = False) -> list[Params]:
        """Read on; the last value of each metric, if there is a new one."""
        with self._log.open("rb") as file:
            file.seek(self._position)
            *finished, rest = file.read().split(b"\n")
            self._position = file.tell() - len(rest)
        # At the end of the file the last line counts, too.
        lines = [line.decode("utf-8", "replace") for line in [*finished, *[rest] * to_the_end]]
        self._unsent += [line[:_LONGEST] for line in lines if line.strip()]
        if self._unsent and not self._is_refused and (to_the_end or time.monotonic() > self._due):
            try:
                self._send()
            except (ClientError, BotoCoreError, AwsError) as error:
                self._is_refused = True
                logger.info("no log %s in CloudWatch: %s", self._stream, error)
            self._due = time.monotonic() + _EVERY_SECONDS
        before = dict(self._metrics)
        for line, (name, pattern) in itertools.product(lines, self._patterns.items()):
            if match := pattern.search(line):
                with contextlib.suppress(ValueError):  # not a number, so no metric
                    value = float(match.group(1) if pattern.groups else match.group())
                    now = self._platform.now()
                    self._metrics[name] = {"MetricName": name, "Value": value, "Timestamp": now}
        return list(self._metrics.values()) if self._metrics != before else []

    def _send(self) -> None:
        if self._logs is None:
            logs = self._platform.assume("logs", self._role)
            with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_group(logGroupName=_GROUP)
            with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_stream(**self._stream)
            self._logs = logs
        now = round(time.time() * 1000)
        events = [{"timestamp": now, "message": line} for line in self._unsent]
        for first in range(0, len(events), _MOST):
            self._logs.put_log_events(**self._stream, logEvents=events[first : first + _MOST])
        self._unsent = []
