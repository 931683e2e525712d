"""Every key of the two buckets, and reading and writing what lies there.

Errors of S3 are raised as botocore's ClientError.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

import boto3

DATASET_BUCKET = os.environ["DATASET_BUCKET"]
DATASETS, RECEIPTS = "datasets/", "receipts/"

RUN_BUCKET = os.environ["RUN_BUCKET"]
RUNS, QUEUE, CHECKPOINTS = "runs/", "queue/", "checkpoints/"
# S3 takes keys of 1,024 bytes, and a receipt's is longer than its dataset's.
LONGEST_DATASET_KEY_BYTES = 1024 - len(f"{RECEIPTS}.json") + len(DATASETS)
FIRST_MODEL = "first_model.json"  # the run of the first model; operations/first_model.py writes it

# Below runs/<run>/, for run_key.
SNAPSHOT, UPLOADS = "dataset/", "uploads/"
RECEIPT, EVALUATION, REPORT = "receipt.json", "evaluation.json", "report.html"
FOUND = "found.json"  # in the output alone: what a training that failed had found in the dataset
MODEL, OUTPUT = "output/model.tar.gz", "output/output.tar.gz"  # SageMaker writes them

s3 = boto3.client("s3")


def dataset_name(dataset_key: str) -> str:
    """What an uploader calls the dataset."""
    return dataset_key.removeprefix(DATASETS)


def receipt_key(dataset_key: str) -> str:
    """Where the uploader of a dataset reads what became of it; too long a name is cut for it."""
    whole = dataset_key.encode()
    name = dataset_name(dataset_key)
    if len(whole) > LONGEST_DATASET_KEY_BYTES:
        beginning = name.encode()[:200].decode(errors="ignore")
        name = f"{beginning}-{hashlib.sha256(whole).hexdigest()}"
    return f"{RECEIPTS}{name}.json"


def run_key(run: str, name: str) -> str:
    """Where something of a run lies."""
    return f"{RUNS}{run}/{name}"


def checkpoint_prefix(run: str) -> str:
    """Where a training keeps what it would go on from; the template lets it expire."""
    return f"{CHECKPOINTS}{run}/"


def queue_key(run: str) -> str:
    """The mark of a run that waits for its turn."""
    return f"{QUEUE}{run}.json"


def run_uri(key: str) -> str:
    """The address of something in the run bucket."""
    return f"s3://{RUN_BUCKET}/{key}"


def listing(bucket: str, prefix: str) -> list[dict[str, Any]]:
    """What lies below a prefix: Key, LastModified and more of each object."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [dict(entry) for page in pages for entry in page.get("Contents", [])]


def read_json(bucket: str, key: str) -> dict[str, Any] | None:
    """The document under `key`, None if there is none."""
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except s3.exceptions.NoSuchKey:
        return None
    document: dict[str, Any] = json.loads(body)
    return document


def write_json(bucket: str, key: str, document: Mapping[str, Any]) -> None:
    """Put a document under `key`, as people read it, whatever was there."""
    s3.put_object(
        Bucket=bucket,
        Key=key,
        Body=json.dumps(document, ensure_ascii=False, indent=1).encode(),
        ContentType="application/json",
    )
