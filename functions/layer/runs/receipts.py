"""The receipt: what an uploader is told about a dropped dataset, from its arrival to its end.

A receipt is rewritten at every step and always says what to do next. There is one copy for every
upload of the dataset and one for the run, from which those are made.
"""

from datetime import UTC, datetime
from typing import Any

from runs import notices
from runs.buckets import (
    DATASET_BUCKET,
    RECEIPT,
    RUN_BUCKET,
    UPLOADS,
    dataset_name,
    listing,
    read_json,
    receipt_key,
    run_key,
    write_json,
)
from runs.states import END_STATES

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


def moved(document: dict[str, Any], state: str, reason: str | None) -> dict[str, Any]:
    """The receipt in another state; what it says of the evaluation stays."""
    fresh = receipt(state, run=document["run"], reason=reason)
    return document | {name: fresh[name] for name in ("state", "at", "reason", "next")}


def run_receipt(run: str) -> dict[str, Any] | None:
    """The run's own receipt; None for a run that start_training doesn't know of."""
    return read_json(RUN_BUCKET, run_key(run, RECEIPT))


def tell(run: str, document: dict[str, Any]) -> None:
    """Bring the receipts of the run's uploads up to `document`, then its own; notify of an end.

    Its own comes last: after a crash before it, the next invocation tells again. Where it is no
    news, the uploads' are compared all the same: a slower rival may have put something older there.
    """
    names = []
    is_news = is_behind = run_receipt(run) != document
    for upload in uploads(run):
        told = read_json(DATASET_BUCKET, receipt_key(upload["key"]))
        if told and told["run"] != run:
            continue  # another file lies under that name now
        if told is None and not is_news:
            continue  # it has expired
        names.append(dataset_name(upload["key"]))
        if told != for_upload(document, upload):
            write_json(DATASET_BUCKET, receipt_key(upload["key"]), for_upload(document, upload))
            is_behind = True
    if not is_behind:
        return
    if document["state"] in END_STATES and names:
        paragraphs = (document["reason"], document["next"], f"Run {run}", document["report"])
        notices.publish(f"{', '.join(names)} is {document['state']}", *paragraphs)
    write_json(RUN_BUCKET, run_key(run, RECEIPT), document)


def uploads(run: str) -> list[dict[str, Any]]:
    """The objects that the run's dataset was dropped as."""
    entries = listing(RUN_BUCKET, run_key(run, UPLOADS))
    found = [read_json(RUN_BUCKET, entry["Key"]) for entry in entries]
    return [upload for upload in found if upload]
