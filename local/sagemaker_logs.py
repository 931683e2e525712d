"""What a container writes, in CloudWatch Logs: where SageMaker puts it and every client looks."""

import contextlib
import logging
import time
from pathlib import Path

from botocore.exceptions import ClientError

from local.sagemaker_store import Platform, Record
from local.wire import AwsError

GROUP = "/aws/sagemaker/TrainingJobs"
_EVERY_SECONDS = 0.3
_MOST, _LONGEST = 100, 10_000  # lines in one call, characters in a line: a mebibyte is the limit
logger = logging.getLogger(__name__)


class JobLog:
    """A job's log stream, read off the growing file. The job's role writes it, if it may."""

    def __init__(self, platform: Platform, record: Record, file: Path) -> None:
        self._platform, self._role, self._file = platform, record.shown["RoleArn"], file
        self._stream = f"{record.name}/algo-1-{round(time.time())}"
        self._position = file.stat().st_size if file.exists() else 0
        self._rest = b""
        self._due = 0.0
        self._is_refused = False
        self._is_made = False

    def write(self, *, at_once: bool = False) -> None:
        """Send on what is new, now and then."""
        if self._is_refused or not (at_once or time.monotonic() >= self._due):
            return
        self._due = time.monotonic() + _EVERY_SECONDS
        lines = self._new_lines(to_the_end=at_once)
        try:
            while lines:
                lines = self._send(lines)
        except (ClientError, AwsError) as error:
            self._is_refused = True  # as on AWS, the job goes on without a log
            logger.info("no log of %s in CloudWatch: %s", self._stream, error)

    def _new_lines(self, *, to_the_end: bool) -> list[str]:
        if not self._file.exists():
            return []
        with self._file.open("rb") as file:
            file.seek(self._position)
            data = self._rest + file.read()
            self._position = file.tell()
        *lines, self._rest = data.split(b"\n")
        if to_the_end and self._rest:
            lines, self._rest = [*lines, self._rest], b""
        return [line.decode("utf-8", "replace") for line in lines if line.strip()]

    def _send(self, lines: list[str]) -> list[str]:
        """Send as many as one call takes; returns the others."""
        logs = self._platform.client("logs", self._role)
        if not self._is_made:
            with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_group(logGroupName=GROUP)
            with contextlib.suppress(logs.exceptions.ResourceAlreadyExistsException):
                logs.create_log_stream(logGroupName=GROUP, logStreamName=self._stream)
            self._is_made = True
        now, chosen = round(time.time() * 1000), [line[:_LONGEST] for line in lines[:_MOST]]
        events = [{"timestamp": now, "message": line} for line in chosen]
        logs.put_log_events(logGroupName=GROUP, logStreamName=self._stream, logEvents=events)
        return lines[_MOST:]
