"""What a training left in S3: its evaluation with the judge's decision, and its report."""

import json
import tarfile
from typing import Any

import boto3
from botocore.exceptions import ClientError

from sentiment.model_folder import EVALUATION, REPORT


def outputs(model_uri: str) -> dict[str, bytes]:
    """evaluation.json and report.html out of the archive beside the model's; none if it isn't."""
    bucket, _, key = model_uri.removeprefix("s3://").partition("/")
    archive_key = f"{key.rpartition('/')[0]}/output.tar.gz"
    try:
        body = boto3.client("s3").get_object(Bucket=bucket, Key=archive_key)["Body"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return {}
    found = {}
    with tarfile.open(fileobj=body, mode="r|gz") as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            content = archive.extractfile(member)
            if name in (EVALUATION, REPORT) and content:
                found[name] = content.read()
    return found


def evaluation_of(model_uri: str) -> dict[str, Any]:
    """The training's evaluation; empty if it left none."""
    evaluation: dict[str, Any] = json.loads(outputs(model_uri).get(EVALUATION, b"{}"))
    return evaluation


def decision_lines(evaluation: dict[str, Any]) -> list[str]:
    """What the judge in the container said of the model."""
    if "decision" not in evaluation:
        return ["judge       The training left no evaluation: nobody can tell how good it is."]
    decision = evaluation["decision"]
    reasons = [reason["text"] for reason in decision["reasons"]]
    return [f"judge       {decision['status']}", *(f"  {reason}" for reason in reasons)]
