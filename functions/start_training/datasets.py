"""An uploaded dataset is looked at and then refused, or queued as a run."""

import hashlib
import json
from datetime import datetime
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError
from looking import Look, check_time, first_found, head_of, look_at, reading
from metadata import suffixes
from snapshots import copy
from trainings import IMAGE, hyperparameters, training_job

from runs import notices
from runs.buckets import (
    DATASET_BUCKET,
    DATASETS,
    RECEIPT,
    RECEIPTS,
    RUN_BUCKET,
    SNAPSHOT,
    UPLOADS,
    dataset_name,
    listing,
    queue_key,
    read_json,
    receipt_key,
    run_key,
    write_json,
)
from runs.names import RUN_PREFIX
from runs.receipts import (
    Found,
    Upload,
    Vanished,
    dataset_receipt,
    receipt,
    run_receipt,
    write_for_upload,
)
from sentiment.dataset.files import DatasetError

logger = Logger()
s3 = boto3.client("s3")


def is_dataset(key: str) -> bool:
    """Whether an uploader put it there; a folder's marker is none."""
    return key.startswith(DATASETS) and not key.endswith("/")


def keys_without_receipt() -> list[str]:
    """The datasets whose events were lost: their receipt is missing or older than they are."""
    told = {entry["Key"]: entry["LastModified"] for entry in listing(DATASET_BUCKET, RECEIPTS)}
    return [
        entry["Key"]
        for entry in listing(DATASET_BUCKET, DATASETS)
        if is_dataset(entry["Key"])
        and told.get(receipt_key(entry["Key"]), entry["LastModified"]) <= entry["LastModified"]
    ]


def receive(key: str) -> None:
    """Refuse the dataset under `key`, or snapshot and queue it; does nothing if that was done."""
    try:
        dataset, dropped_at = head_of(key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        refuse_vanished(key)
        return
    told = dataset_receipt(key)
    if told and told["dataset"] == dataset:
        logger.info("dataset already received", extra={"dataset": dataset})
        return
    found = first_found(dataset)
    try:
        with reading():
            seen = look_at(dataset)
        found = seen.found
        check_time(seen)
        queue(dataset, dropped_at, seen)
    except DatasetError as error:
        refuse(dataset, str(error), {**found, **(getattr(error, "findings", None) or {})})


def refuse_vanished(key: str) -> None:
    """Say that the file was gone before it could be read, unless a receipt tells of it already."""
    if dataset_receipt(key) is None:
        dataset: Vanished = {
            "bucket": DATASET_BUCKET,
            "key": key,
            "etag": None,
            "version_id": None,
            "size_bytes": None,
        }
        refuse(
            dataset,
            "The file was deleted before it could be read. Drop it again and leave it in place.",
        )


def refuse(dataset: Upload | Vanished, reason: str, found: Found | None = None) -> None:
    """Say in a notice and in the dataset's receipt why it can't be trained on.

    The receipt comes last: after a crash before it, the next invocation tells again.
    """
    logger.info("dataset refused", extra={"dataset": dataset, "reason": reason})
    document = receipt("refused", dataset=dataset, reason=reason, found=found)
    notices.publish(dataset_name(dataset["key"]), "was refused", reason, document["next"])
    write_for_upload(document, dataset, dataset_receipt(dataset["key"]))


def queue(dataset: Upload, dropped_at: datetime, seen: Look) -> None:
    """Put the dataset's run into the queue, or tell the uploader how far that run is already."""
    run, job = run_of(dataset, dropped_at)
    if job is None:
        with reading():
            take_snapshot(run, dataset)
    upload = hashlib.sha256(dataset["key"].encode()).hexdigest()  # a quoted key may be too long
    write_json(RUN_BUCKET, run_key(run, f"{UPLOADS}{upload}.json"), dataset)
    if job is None and read_json(RUN_BUCKET, queue_key(run)) is None:
        write_json(RUN_BUCKET, queue_key(run), dataset)  # a second event moves it not to the end
    document = run_receipt(run)
    was_refused = job is None and document is not None and document["state"] == "failed"
    if document is None or was_refused:
        document = receipt("received", run=run, found=seen.found, estimate=seen.estimate)
        write_json(RUN_BUCKET, run_key(run, RECEIPT), document)
    write_for_upload(document, dataset, dataset_receipt(dataset["key"]))
    logger.info(
        "dataset queued", extra={"run": run, "dataset": dataset, "state": document["state"]}
    )


def run_of(dataset: Upload, dropped_at: datetime) -> tuple[str, dict[str, Any] | None]:
    """The run's name, made from what is trained on what, and its training job if there is one.

    A dataset dropped again after its run had failed gets the next attempt, `…-2`.
    """
    identity = json.dumps(
        [
            dataset["etag"],
            dataset["size_bytes"],
            suffixes(dataset["key"]),
            IMAGE,
            hyperparameters(dataset),
        ],
        sort_keys=True,
    )
    name = f"{RUN_PREFIX}-{hashlib.sha256(identity.encode()).hexdigest()[:12]}"
    attempt, run = 1, name
    while job := training_job(run):
        ended_badly = job["TrainingJobStatus"] in ("Failed", "Stopped") or was_not_registered(run)
        if not ended_badly or dropped_at <= job["CreationTime"]:
            return run, job
        attempt += 1
        run = f"{name}-{attempt}"
    return run, None


def was_not_registered(run: str) -> bool:
    """Whether deploy_endpoint gave up on a run whose training had ended well."""
    document = run_receipt(run)
    return document is not None and document["state"] == "failed"


def take_snapshot(run: str, dataset: Upload) -> None:
    """Copy the dataset to where only we write, under a name that keeps of its own what proposes
    how it is read."""
    key = run_key(run, f"{SNAPSHOT}dataset{suffixes(dataset['key'])}")
    source = {"Bucket": DATASET_BUCKET, "Key": dataset["key"]}
    target = {"Bucket": RUN_BUCKET, "Key": key}
    copy(s3, source, dataset["etag"], dataset["size_bytes"], target)
