"""Metrics of receipts: lines in the log in CloudWatch's embedded metric format, which Lambda's log
turns into metrics of the stack's namespace. template.yaml has the alarm and the dashboard.
"""

import json
import os
import time
from datetime import UTC, datetime

from runs.states import State

NAMESPACE = os.environ["POWERTOOLS_METRICS_NAMESPACE"]


def told(state: State) -> None:
    """One more upload that has come to this state."""
    _put(f"Receipts{state.capitalize()}", "Count", 1)


def oldest(since: datetime | None) -> None:
    """For how long the oldest receipt waits for somebody to move it on; None if none does."""
    seconds = (datetime.now(UTC) - since).total_seconds() if since else 0
    _put("OldestReceipt", "Seconds", max(0, round(seconds)))


def _put(name: str, unit: str, value: int) -> None:
    metrics = {
        "Namespace": NAMESPACE,
        "Dimensions": [["service"]],
        "Metrics": [{"Name": name, "Unit": unit}],
    }
    about = {"Timestamp": round(time.time() * 1000), "CloudWatchMetrics": [metrics]}
    print(json.dumps({"_aws": about, "service": "receipts", name: value}), flush=True)
