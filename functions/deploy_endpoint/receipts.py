"""Receipts and notices: what the uploaders of a run's dataset are told."""

import json
import os
from typing import Any

import boto3

from runs.receipts import END_STATES, for_upload, receipt

DATASET_BUCKET = os.environ["DATASET_BUCKET"]
RUN_BUCKET = os.environ["RUN_BUCKET"]
TOPIC_ARN = os.environ["TOPIC_ARN"]

s3 = boto3.client("s3")
sns = boto3.client("sns")


def run_receipt(run: str) -> dict[str, Any] | None:
    """The run's own receipt, from which those of its uploads are made."""
    return read_json(RUN_BUCKET, f"runs/{run}/receipt.json")


def moved(document: dict[str, Any], state: str, reason: str | None) -> dict[str, Any]:
    """The receipt in another state; what it says of the evaluation stays."""
    fresh = receipt(state, run=document["run"], reason=reason)
    return document | {name: fresh[name] for name in ("state", "at", "reason", "next")}


def tell(run: str, document: dict[str, Any]) -> None:
    """Bring the receipts of the run's uploads up to `document`, then its own; notify of an end.

    Its own comes last: after a crash before it, the next invocation tells again. Where it is no
    news, the uploads' are compared all the same: a slower rival, or start_training, may have put
    something older there.
    """
    names = []
    is_news = is_behind = run_receipt(run) != document
    for upload in uploads(run):
        name = upload["key"].removeprefix("datasets/")
        told = read_json(DATASET_BUCKET, f"receipts/{name}.json")
        if told and told["run"] != run:
            continue  # another file lies under that name now
        if told is None and not is_news:
            continue  # it has expired
        names.append(name)
        if told != for_upload(document, upload):
            write_json(DATASET_BUCKET, f"receipts/{name}.json", for_upload(document, upload))
            is_behind = True
    if not is_behind:
        return
    if document["state"] in END_STATES and names:
        publish_notice(document, names)
    write_json(RUN_BUCKET, f"runs/{run}/receipt.json", document)


def uploads(run: str) -> list[dict[str, Any]]:
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=RUN_BUCKET, Prefix=f"runs/{run}/uploads/"
    )
    entries = [entry for page in pages for entry in page.get("Contents", [])]
    found = [read_json(RUN_BUCKET, entry["Key"]) for entry in entries]
    return [upload for upload in found if upload]


def publish_notice(document: dict[str, Any], names: list[str]) -> None:
    subject = f"Verdict: {', '.join(names)} is {document['state']}"
    lines = (document["reason"], document["next"], f"Run {document['run']}", document["report"])
    sns.publish(
        TopicArn=TOPIC_ARN,
        Subject=subject.encode("ascii", "replace").decode()[:100],  # SNS takes no more
        Message="\n\n".join(line for line in lines if line),
    )


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
