"""Metrics that AWS makes by itself and the emulator doesn't, so that alarms ring: how many messages
wait in the queues that alarms watch, and what functions log in the embedded metric format."""

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

_DEPTH = "ApproximateNumberOfMessagesVisible"
_EMBEDDED = "_aws"  # the member by which CloudWatch knows the format
_LATE_SECONDS = 60  # what is logged is seen by then
logger = logging.getLogger(__name__)


class Meter:
    """Measures once a minute, which lasts `minute_seconds`."""

    def __init__(self, client: Callable[[str], Any], minute_seconds: float) -> None:
        self._client, self._minute_seconds = client, minute_seconds
        self._stopping = threading.Event()
        self._begun, self._read = time.time(), set[str]()

    def start(self) -> None:
        """Go on measuring in the background."""
        threading.Thread(target=self._measure, name="metrics", daemon=True).start()

    def stop(self) -> None:
        """Measure no more."""
        self._stopping.set()

    def put(self, namespace: str, name: str, value: float, **dimensions: str) -> None:
        """One value of a metric."""
        named = [{"Name": key, "Value": told} for key, told in dimensions.items()]
        data = {"MetricName": name, "Value": value, "Dimensions": named}
        self._client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[data])

    def _measure(self) -> None:
        while not self._stopping.wait(self._minute_seconds):
            try:
                for alarm in self._client("cloudwatch").describe_alarms()["MetricAlarms"]:
                    if (alarm.get("Namespace"), alarm["MetricName"]) == ("AWS/SQS", _DEPTH):
                        self._measure_queue(**{d["Name"]: d["Value"] for d in alarm["Dimensions"]})
                self._read_logs()
            except (BotoCoreError, ClientError) as error:
                if not self._stopping.is_set():
                    logger.warning("not everything was measured: %s", error)

    def _measure_queue(self, **dimensions: str) -> None:
        sqs, waiting = self._client("sqs"), "ApproximateNumberOfMessages"
        url = sqs.get_queue_url(QueueName=dimensions["QueueName"])["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[waiting])["Attributes"]
        self.put("AWS/SQS", _DEPTH, float(found[waiting]), **dimensions)

    def _read_logs(self) -> None:
        """Look for new streams: the emulator writes one for each run of a function, at its end."""
        since = round(max(self._begun, time.time() - _LATE_SECONDS) * 1000)
        logs, seen = self._client("logs"), set[str]()
        groups = logs.get_paginator("describe_log_groups").paginate()
        for name in [group["logGroupName"] for page in groups for group in page["logGroups"]]:
            for event in logs.filter_log_events(
                logGroupName=name, startTime=since, filterPattern=f'"{_EMBEDDED}"'
            )["events"]:
                seen.add(event["logStreamName"])
                if event["logStreamName"] not in self._read:
                    self._put_embedded(event["message"])
        self._read = seen

    def _put_embedded(self, line: str) -> None:
        """The metrics of a line in the embedded format; any other line has none."""
        try:
            document = json.loads(line)
            directives = document[_EMBEDDED]["CloudWatchMetrics"]
        except (ValueError, TypeError, KeyError):
            return
        for directive in directives:
            for names in directive["Dimensions"]:
                dimensions = {name: document[name] for name in names}
                for metric in directive["Metrics"]:
                    told = document[metric["Name"]]
                    for value in told if isinstance(told, list) else [told]:
                        self.put(directive["Namespace"], metric["Name"], value, **dimensions)
