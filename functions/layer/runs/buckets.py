"""Reading and writing the two buckets."""

import json
import os
from typing import Any

import boto3

DATASET_BUCKET = os.environ["DATASET_BUCKET"]
RUN_BUCKET = os.environ["RUN_BUCKET"]
DATASETS, RECEIPTS = "datasets/", "receipts/"

s3 = boto3.client("s3")


def receipt_key(dataset_key: str) -> str:
    return f"{RECEIPTS}{dataset_key.removeprefix(DATASETS)}.json"


def listing(bucket: str, prefix: str) -> list[dict[str, Any]]:
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


def write_json(bucket: str, key: str, document: dict[str, Any]) -> None:
    s3.put_object(
        Bucket=bucket,
        Key=key,
        Body=json.dumps(document, ensure_ascii=False).encode(),
        ContentType="application/json",
    )
