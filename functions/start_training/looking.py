"""What is seen of a dropped object without downloading it: its head, and some ranges of it."""

import contextlib
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError
from estimates import estimate, spoken
from metadata import said_in
from ranges import Ranges, buffered
from trainings import MAX_RUNTIME_SECONDS

from runs.buckets import DATASET_BUCKET, LONGEST_DATASET_KEY_BYTES, dataset_name, listing
from runs.receipts import Upload
from runs.refusals import refusal_of
from sentiment.dataset.files import DatasetError
from sentiment.dataset.peek import Seen, peek
from sentiment.dataset.said import Said

LARGEST_DATASET_BYTES = 50 << 30  # what is copied in the time that the function has
REFUSED_OVER_MINUTES = int(os.environ["REFUSE_TRAININGS_OVER_MINUTES"])  # 0: none is

logger = Logger()
s3 = boto3.client("s3")


class Look(NamedTuple):
    """What the receipt tells before the training has read the whole file."""

    found: dict[str, Any]
    estimate: dict[str, Any]


def head_of(key: str) -> tuple[Upload, datetime]:
    """What was dropped under `key`, and when; S3 lists also what it doesn't let us look at."""
    try:
        head = s3.head_object(Bucket=DATASET_BUCKET, Key=key)
        dataset = described(key, head["ETag"], head["ContentLength"], head.get("VersionId"))
        if said := said_in(head["Metadata"]):
            dataset["said"] = said
        return dataset, head["LastModified"]
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (400, 403):
            raise
        for entry in listing(DATASET_BUCKET, key):
            if entry["Key"] == key:
                return described(key, entry["ETag"], entry["Size"], None), entry["LastModified"]
        raise


def described(key: str, etag: str, size_bytes: int, version_id: str | None) -> Upload:
    return {
        "bucket": DATASET_BUCKET,
        "key": key,
        "etag": etag.strip('"'),
        "version_id": version_id,
        "size_bytes": size_bytes,
    }


@contextlib.contextmanager
def reading() -> Iterator[None]:
    """Within it, a dataset that S3 won't give out is a DatasetError that says what to do."""
    try:
        yield
    except ClientError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise DatasetError(f"{refusal.reason} {refusal.remedy}") from error


def look_at(dataset: Upload) -> Look:
    """What is seen; raises DatasetError where that already tells that it can't be trained on."""
    check_key_and_size(dataset)
    said = Said.of(dataset.get("said", {}))
    seen = look_into(dataset, said)
    rows = seen.rows if seen else None
    told = estimate(rows, dataset["size_bytes"], MAX_RUNTIME_SECONDS)
    return Look(first_found(dataset, seen), told)


def check_time(seen: Look) -> None:
    """Raise DatasetError for what it would take longer to learn from than the stack allows."""
    told = seen.estimate
    if REFUSED_OVER_MINUTES and told["seconds"] > 60 * REFUSED_OVER_MINUTES:
        raise DatasetError(
            f"Learning from about {told['rows']:,} rows would take about {spoken(told['seconds'])},"
            f" and the stack allows {spoken(60 * REFUSED_OVER_MINUTES)}: drop a part of the file,"
            " or deploy with a higher RefuseTrainingsOverMinutes."
        )


def first_found(dataset: Upload, seen: Seen | None = None) -> dict[str, Any]:
    """`found` of a receipt before the whole file is read."""
    found: dict[str, Any] = {"name": dataset_name(dataset["key"])}
    if seen and seen.findings:  # it could read all of it
        found |= seen.findings
    elif seen:
        found |= {
            "format": seen.format,
            "encoding": seen.encoding,
            "columns": seen.columns,
            "rows_estimated": seen.rows,
            "notes": list(seen.notes),
        }
    return found


def check_key_and_size(dataset: Upload) -> None:
    if (length := len(dataset["key"].encode())) > LONGEST_DATASET_KEY_BYTES:
        raise DatasetError(
            f"The file's key has {length:,} bytes; the receipt's, which is longer, has room beside "
            f"one of at most {LONGEST_DATASET_KEY_BYTES:,}. Drop it under a shorter name."
        )
    if dataset["size_bytes"] > LARGEST_DATASET_BYTES:
        raise DatasetError(
            f"The file has {dataset['size_bytes']:,} bytes; at most {LARGEST_DATASET_BYTES:,} can "
            "be trained on. Compress it with gzip or xz, or split it."
        )


def look_into(dataset: Upload, said: Said, **limits: float) -> Seen | None:
    """What the content shows; None where that takes more than a first look may (as for Ranges)."""
    where = {"Bucket": DATASET_BUCKET, "Key": dataset["key"], "IfMatch": dataset["etag"]}
    ranges = Ranges(s3, where, dataset["size_bytes"], **limits)
    try:
        return peek(PurePosixPath(dataset["key"]).name, buffered(ranges), said)
    except Exception:  # a reader may make anything of a file that is cut off
        if not ranges.is_spent:
            raise
        return None
    finally:
        logger.info("looked", extra={"bytes": ranges.bytes_read, "requests": ranges.requests})
