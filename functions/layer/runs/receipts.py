"""The receipt: what an uploader is told about a dropped dataset, from its arrival to its end.

A receipt is rewritten at every step and always says what to do next. There is one copy for every
upload of the dataset and one for the run, from which those are made.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, NotRequired, TypedDict, cast

from runs import measures, notices
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
from runs.links import opening
from runs.states import BEFORE_ITS_END, END_STATES, State, is_another_state

VERSION = 1
TOLD_TO_ALL = timedelta(hours=1)  # no rival of a function runs for so long
# What it tells of evaluation.json.
EVALUATED = "split", "metrics", "majority", "baseline", "parts", "champion", "behaviour", "training"
NEXT: dict[State, str] = {
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


Found = dict[str, Any]  # what is known of a dataset's content


class Upload(TypedDict):
    """An object as it was uploaded."""

    bucket: str
    key: str
    etag: str
    version_id: str | None  # None where the bucket keeps none
    size_bytes: int
    said: NotRequired[dict[str, str]]  # which columns and labels are meant, if the uploader says so


class Vanished(TypedDict):
    """One that was gone before it could be looked at."""

    bucket: str
    key: str
    etag: None
    version_id: None
    size_bytes: None


class Receipt(TypedDict):
    """What lies under receipts/<name>.json for an uploader, and in a run's own receipt.json."""

    version: int
    dataset: Upload | Vanished | None  # None in a run's own
    run: str | None  # None where it was refused at once
    state: State
    at: str  # ISO 8601, UTC
    reason: str | None
    next: str
    # `dataset` of evaluation.json; before the training has read the file, what the first look saw;
    # None of a file that was gone before it.
    found: Found | None
    estimate: dict[str, Any] | None  # of the training's time, until its end
    evaluation: dict[str, Any] | None  # those parts of it that EVALUATED names
    decision: dict[str, Any] | None
    report: str | None  # an address
    package: str | None  # an ARN


def receipt(
    state: State,
    *,
    dataset: Upload | Vanished | None = None,
    run: str | None = None,
    reason: str | None = None,
    found: Found | None = None,
    estimate: dict[str, Any] | None = None,
    evaluation: dict[str, Any] | None = None,
    report: str | None = None,
    package: str | None = None,
) -> Receipt:
    """A receipt in `state`, as of now.

    A run's own has no `dataset`, because the same may have been dropped under several keys.
    `found` is what is known without an evaluation. `evaluation` is train.py's evaluation.json,
    `report` the address of the report, `package` the ARN of the model package.
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
        "found": evaluation.get("dataset", found),
        "estimate": estimate,
        "evaluation": {part: evaluation[part] for part in EVALUATED if part in evaluation} or None,
        "decision": evaluation.get("decision"),
        "report": report,
        "package": package,
    }


def for_upload(run_receipt: Receipt, dataset: Upload | Vanished) -> Receipt:
    """The run's receipt as the uploader of `dataset` reads it."""
    return {**run_receipt, "dataset": dataset}


def moved(
    document: Receipt,
    state: State,
    reason: str | None = None,
    remedy: str | None = None,
    found: Found | None = None,
) -> Receipt:
    """The receipt as it is now: another state, or something else in its way, or the same still.

    `remedy` is what to do now where that is something else than usual in this state, `found` what
    is known of the dataset where that is more than before. What it says of the evaluation stays,
    and when it came to a state that it is still in.
    """
    at = document["at"] if document["state"] == state else receipt(state)["at"]
    told: dict[str, Any] = {
        "state": state,
        "at": at,
        "reason": reason,
        "next": remedy or NEXT[state],
    }
    if found:
        told["found"] = found
    if state not in BEFORE_ITS_END:
        told["estimate"] = None
    return cast(Receipt, {**document, **told})


def run_receipt(run: str) -> Receipt | None:
    """The run's own receipt; None for a run that start_training doesn't know of."""
    return cast(Receipt | None, read_json(RUN_BUCKET, run_key(run, RECEIPT)))


def dataset_receipt(dataset_key: str) -> Receipt | None:
    """What the uploader of a dataset reads; None if there is nothing, or no longer."""
    return cast(Receipt | None, read_json(DATASET_BUCKET, receipt_key(dataset_key)))


def tell(run: str, document: Receipt) -> None:
    """Bring the receipts of the run's uploads up to `document`, then its own; notify of news.

    Its own comes last: after a crash before it, the next invocation tells again. Where it is no
    news, the uploads' are compared all the same: a slower rival may have put something older there.
    """
    names, dropped = [], uploads(run)
    before = run_receipt(run)
    is_news = is_behind = before != document
    for upload in dropped:
        told = dataset_receipt(upload["key"])
        if told and told["run"] != run:
            continue  # another file lies under that name now
        if told is None and not is_news:
            continue  # it has expired
        names.append(dataset_name(upload["key"]))
        if told != for_upload(document, upload):
            write_for_upload(document, upload, told)
            is_behind = True
    if not is_behind:
        return
    about = names if dropped else [run]
    if before is None or before["state"] != document["state"] or is_in_the_way(document, before):
        notify(run, about, document, is_dropped=bool(dropped))
    write_json(RUN_BUCKET, run_key(run, RECEIPT), document)


def is_in_the_way(document: Receipt, before: Receipt) -> bool:
    """Whether there is something new; AWS's sentence may vary while it is the same."""
    return document["reason"] is not None and document["next"] != before["next"]


def notify(run: str, about: list[str], document: Receipt, *, is_dropped: bool) -> None:
    """Publish an end, or what is in the way of it.

    Of a run that nobody dropped only what has a reason, such as a rejection, and of files that
    others lie in the place of now nothing at all.
    """
    is_end = document["state"] in END_STATES
    if about and (document["reason"] or (is_end and is_dropped)):
        what = f"is {document['state']}" if is_end else "has to wait"
        if document["state"] == "live" and document["reason"]:
            what = "is live as before"
        report = opening(document["report"]) if document["report"] else None
        paragraphs = (document["reason"], document["next"], f"Run {run}", report)
        notices.publish(", ".join(about), what, *paragraphs)


def is_told_to_all(document: Receipt) -> bool:
    """Whether a run's receipt is so old that nobody can have set back a copy of it since."""
    return datetime.now(UTC) - datetime.fromisoformat(document["at"]) > TOLD_TO_ALL


def write_for_upload(document: Receipt, dataset: Upload | Vanished, told: Receipt | None) -> None:
    """Put the receipt where the uploader of `dataset` reads it, in place of what it `told`."""
    if is_another_state(told, for_upload(document, dataset)):
        measures.told(document["state"])
    write_json(DATASET_BUCKET, receipt_key(dataset["key"]), for_upload(document, dataset))


def uploads(run: str) -> list[Upload]:
    """The objects that the run's dataset was dropped as."""
    entries = listing(RUN_BUCKET, run_key(run, UPLOADS))
    found = [read_json(RUN_BUCKET, entry["Key"]) for entry in entries]
    return [cast(Upload, upload) for upload in found if upload]
