"""What became of a tuning job's training jobs, as its own operations tell it."""

import math
from typing import Any

from local.sagemaker_store import Params, Record, summary
from local.sagemaker_training import ENDED

_OF_JOB = (
    *("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime"),
    *("TrainingEndTime", "TrainingJobStatus", "FailureReason"),
)
_FINAL = "FinalHyperParameterTuningJobObjectiveMetric"


def trial(job: Record, objective: Params) -> Params:
    """A training job as a tuning job's list shows it; the last value of the metric counts."""
    shown = summary(job, *_OF_JOB) | {"TunedHyperParameters": job.hidden["tuned"]}
    status = job.shown["TrainingJobStatus"]
    metrics = {m["MetricName"]: m["Value"] for m in job.shown.get("FinalMetricDataList", [])}
    value = metrics.get(objective["MetricName"], math.nan)
    if status not in ENDED:
        return shown | {"ObjectiveStatus": "Pending"}
    if status == "Failed" or not math.isfinite(value):
        return shown | {"ObjectiveStatus": "Failed"}
    return shown | {"ObjectiveStatus": "Succeeded", _FINAL: objective | {"Value": value}}


def value_of(one: Params) -> float | None:
    """A trial's objective, None while or where there is none."""
    return one[_FINAL]["Value"] if _FINAL in one else None


def best(trials: list[Params], objective: Params) -> Params | None:
    """The trial with the best objective, the first of equal ones."""
    valued = [one for one in trials if value_of(one) is not None]
    choose: Any = max if objective["Type"] == "Maximize" else min
    return choose(valued, key=value_of) if valued else None


def counters(trials: list[Params]) -> Params:
    """How many trials are in which state."""
    statuses = [one["TrainingJobStatus"] for one in trials]
    reasons = [one.get("FailureReason", "") for one in trials]
    retryable = sum(reason.startswith("InternalServerError") for reason in reasons)
    objectives = [one["ObjectiveStatus"] for one in trials]
    return {
        "TrainingJobStatusCounters": {
            "Completed": statuses.count("Completed"),
            "InProgress": sum(status not in ENDED for status in statuses),
            "RetryableError": retryable,
            "NonRetryableError": statuses.count("Failed") - retryable,
            "Stopped": statuses.count("Stopped"),
        },
        "ObjectiveStatusCounters": {
            status: objectives.count(status) for status in ("Succeeded", "Pending", "Failed")
        },
    }
