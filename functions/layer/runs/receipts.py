"""The receipt: what an uploader is told about a dropped dataset, from its arrival to its end.

A receipt is rewritten at every step and always says what to do next. This module only builds the
document; the functions write it, one copy for every upload of the dataset and one for the run.
"""

from datetime import UTC, datetime
from typing import Any

VERSION = 1
# What it tells of evaluation.json.
EVALUATED = "split", "metrics", "majority", "baseline", "parts", "champion", "behaviour", "training"
NEXT = {
    "received": "Nothing to do: training starts as soon as the training before it has ended.",
    "refused": "Correct the file as the reason says and drop it again.",
    "training": "Nothing to do: this receipt is rewritten when training ends.",
    "trained": "A person decides: approve or reject the model package in the model registry.",
    "rejected": "What was live before stays live. Read the reasons, improve the file and drop it "
    "again, or approve the model package by hand in the model registry.",
    "deploying": "Nothing to do: this receipt is rewritten when the model answers.",
    "live": "Open the page and try it.",
    "superseded": "A newer model is live. To go back to this one, reject the newer model packages "
    "in the model registry.",
    "failed": "Correct what the reason names and drop the file again: that starts a new attempt.",
}
END_STATES = frozenset({"refused", "trained", "rejected", "live", "superseded", "failed"})


def receipt(
    state: str,
    *,
    dataset: dict[str, Any] | None = None,
    run: str | None = None,
    reason: str | None = None,
    evaluation: dict[str, Any] | None = None,
    report: str | None = None,
    package: str | None = None,
) -> dict[str, Any]:
    """A receipt in `state`, one of the keys of `NEXT`; raises KeyError for any other.

    `dataset` names the uploaded object (bucket, key, etag, version_id, size_bytes); a run's own
    receipt has none, because the same dataset may have been dropped under several keys.
    `evaluation` is train.py's evaluation.json, `report` the address of the report, `package` the
    ARN of the model package.
    """
    evaluation = evaluation or {}
    return {
        "version": VERSION,
        "dataset": dataset,
        "run": run,
        "state": state,
        "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "reason": reason,
        "next": NEXT[state],
        "found": evaluation.get("dataset"),
        "evaluation": {part: evaluation[part] for part in EVALUATED if part in evaluation} or None,
        "decision": evaluation.get("decision"),
        "report": report,
        "package": package,
    }


def for_upload(run_receipt: dict[str, Any], dataset: dict[str, Any]) -> dict[str, Any]:
    """The run's receipt as the uploader of `dataset` reads it."""
    return {**run_receipt, "dataset": dataset}
