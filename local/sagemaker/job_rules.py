"""What a training job may not ask for: AWS would refuse it, or it isn't played."""

import contextlib
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from local.sagemaker.artifacts import address
from local.sagemaker.platform import Params, Platform
from local.sagemaker.wire import compiled

SPOT = "EnableManagedSpotTraining"


def rules(platform: Platform, params: Params) -> Iterator[tuple[object, str]]:
    """What must not be: AWS would refuse it, or a child process can't stand in for it."""
    is_one = params.get("ResourceConfig", {}).get("InstanceCount") == 1
    yield not is_one, "The local cloud plays training jobs on exactly one instance."
    is_packed = params["OutputDataConfig"].get("CompressionType", "GZIP") == "GZIP"
    yield not is_packed, "The local cloud plays compressed output only."
    usual, config = "/opt/ml/checkpoints", params.get("CheckpointConfig", {})
    is_elsewhere = config.get("LocalPath", usual).rstrip("/") != usual
    yield is_elsewhere, f"The local cloud plays {usual} as LocalPath only."
    algorithm, channels = params["AlgorithmSpecification"], params.get("InputDataConfig", [])
    for definition in algorithm.get("MetricDefinitions", []):
        text = f"Invalid regex in MetricDefinition {definition['Name']}"
        yield compiled(definition["Regex"]) is None, text
    for channel in channels:
        kind = channel["DataSource"].get("S3DataSource", {}).get("S3DataType")
        mode = channel.get("InputMode", algorithm["TrainingInputMode"])
        is_played = kind == "S3Prefix" and mode in ("File", "FastFile")
        yield not is_played, "The local cloud plays S3Prefix channels in File mode only."
        is_packed = channel.get("CompressionType", "None") != "None"
        yield is_packed, "The local cloud plays channels without CompressionType only."
    condition, is_spot = params.get("StoppingCondition", {}), params.get(SPOT, False)
    wait, run = condition.get("MaxWaitTimeInSeconds"), condition.get("MaxRuntimeInSeconds", 86_400)
    yield (
        is_spot and (wait is None or wait < run),
        "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
        "MaxRuntimeInSeconds",
    )
    yield (
        not is_spot and wait is not None,
        f"MaxWaitTimeInSeconds above 0 is not supported when {SPOT} is false or not provided",
    )
    for uri in (channel["DataSource"]["S3DataSource"]["S3Uri"] for channel in channels):
        bucket, role_arn = address(uri)["Bucket"], params["RoleArn"]
        yield (
            not _holds_data(platform.assume("s3", role_arn), uri),
            f'No S3 objects found under S3 URL "{uri}" given in input data source. Please '
            f"ensure that the bucket exists in the selected region ({platform.region}), that "
            f'objects exist under that S3 prefix, and that the role "{role_arn}" has '
            f'"s3:ListBucket" permissions on bucket "{bucket}".',
        )


def _holds_data(s3: Any, uri: str) -> bool:
    """SageMaker looks at once whether the job's role sees data there."""
    bucket, prefix = address(uri).values()
    with contextlib.suppress(ClientError):
        return bool(s3.list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=1)["KeyCount"])
    return False
