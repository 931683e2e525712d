"""Metrics that AWS's services measure by themselves and the emulator doesn't, so that alarms ring:
SQS tells how many messages wait in the queues that alarms watch."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

_DEPTH = "ApproximateNumberOfMessagesVisible"
logger = logging.getLogger(__name__)


class Metrics:
    """Measures once a minute, which lasts `minute_seconds`."""

    def __init__(self, client: Callable[[str], Any], minute_seconds: float) -> None:
        self._client, self._minute_seconds = client, minute_seconds
        self._stopping = threading.Event()

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
            except (BotoCoreError, ClientError) as error:
                if not self._stopping.is_set():
                    logger.warning("a queue was not measured: %s", error)

    def _measure_queue(self, **dimensions: str) -> None:
        sqs, waiting = self._client("sqs"), "ApproximateNumberOfMessages"
        url = sqs.get_queue_url(QueueName=dimensions["QueueName"])["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[waiting])["Attributes"]
        self.put("AWS/SQS", _DEPTH, float(found[waiting]), **dimensions)
