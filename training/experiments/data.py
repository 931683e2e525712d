"""A dataset's way to where the containers' role may read it."""

import hashlib
from pathlib import Path

import boto3
from botocore.exceptions import ClientError

from experiments.errors import ExperimentError
from experiments.stack import Experiment

_SNAPSHOT = "kind=snapshot"  # the stack's bucket deletes what is tagged so after a while


def stage(experiment: Experiment, dataset: str) -> tuple[str, str]:
    """Copy a local file or an S3 object; returns the folder's address and the dataset's name."""
    s3, bucket = boto3.client("s3"), experiment.stack.run_bucket
    name = dataset.rstrip("/").rpartition("/")[2]
    token = hashlib.sha256(dataset.encode()).hexdigest()[:12]
    key = f"{experiment.prefix}dataset/{token}/{name}"
    if dataset.startswith("s3://"):
        source_bucket, _, source_key = dataset.removeprefix("s3://").partition("/")
        more = {"Tagging": _SNAPSHOT, "TaggingDirective": "REPLACE"}
        try:
            s3.copy({"Bucket": source_bucket, "Key": source_key}, bucket, key, ExtraArgs=more)
        except ClientError as error:
            why = error.response["Error"]["Message"]
            raise ExperimentError(f"{dataset} can't be read: {why}.") from error
    else:
        path = Path(dataset)
        if not path.is_file():
            raise ExperimentError(f"There is no file {dataset}: name one, or an s3:// address.")
        s3.upload_file(str(path), bucket, key, ExtraArgs={"Tagging": _SNAPSHOT})
    print(f"dataset     s3://{bucket}/{key}", flush=True)
    return f"s3://{bucket}/{key.rpartition('/')[0]}/", name
