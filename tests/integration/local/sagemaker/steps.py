"""What the tests of SageMaker ask for, wait for and look at."""

import contextlib
import io
import json
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from tests.integration.local.sagemaker.machine import Machine

QUICK = {"Delay": 0.1, "MaxAttempts": 300}
CSV = "review,sentiment\n" + "fine film,positive\ndull film,negative\n" * 50


def wait_for(condition: Callable[[], Any], seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def told(machine: Machine, kind: str, *names: str) -> list[Any]:
    """One member, or several, of every event of a kind."""
    details = machine.port.diary.details(kind)
    return [tuple(d[n] for n in names) if len(names) > 1 else d[names[0]] for d in details]


def of(machine: Machine, value: Any) -> Any:
    """A document in which SHELF and ACCOUNT stand for a machine's own."""
    text = json.dumps(value).replace("SHELF", machine.shelf).replace("ACCOUNT", machine.account)
    return json.loads(text)


# --- Training jobs ------------------------------------------------------------------------------


def job_request(machine: Machine, job: str, **more: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": job,
        "RoleArn": machine.role(),
        "AlgorithmSpecification": {
            "TrainingImage": f"{machine.image}:train-1",
            "TrainingInputMode": "File",
            "MetricDefinitions": [
                {"Name": "epoch", "Regex": r"\bepoch=([0-9.]+)"},
                {"Name": "accuracy", "Regex": r"validation_accuracy=([0-9.]+)"},
            ],
        },
        "HyperParameters": {"epochs": "3"},
        "InputDataConfig": [channel("dataset", f"s3://{machine.shelf}/in/{job}/")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{machine.shelf}/runs/"},
        "CheckpointConfig": {"S3Uri": f"s3://{machine.shelf}/checkpoints/{job}/"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    } | more


def channel(name: str, uri: str) -> dict[str, Any]:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}}


def ended(sagemaker: Any, job: str) -> dict[str, Any]:
    waiter = sagemaker.get_waiter("training_job_completed_or_stopped")
    with contextlib.suppress(WaiterError):  # it takes a job that failed for an error
        waiter.wait(TrainingJobName=job, WaiterConfig=QUICK)
    described = dict(sagemaker.describe_training_job(TrainingJobName=job))
    assert described["TrainingJobStatus"] in ("Completed", "Failed", "Stopped")
    return described


def archive(s3: Any, uri: str) -> dict[str, bytes]:
    """The files in a .tar.gz on S3."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def children_of(parent: int, name: str) -> list[int]:
    """Processes below `parent` with `name` among their arguments."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "stat").read_text().rpartition(")")[2].split()
            arguments = (folder / "cmdline").read_text().split("\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(status[1]) == parent and any(a.endswith(name) for a in arguments):
            found.append(int(folder.name))
    return found


# --- Model packages and endpoints ---------------------------------------------------------------


def package_request(machine: Machine, **more: Any) -> dict[str, Any]:
    container = {
        "Image": f"{machine.image}:serve-1",
        "ModelDataUrl": f"s3://{machine.shelf}/runs/job/output/model.tar.gz",
    }
    return {
        "ModelPackageGroupName": "stack",
        "ModelPackageDescription": "a run",
        "InferenceSpecification": {
            "Containers": [container],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        "CustomerMetadataProperties": {"run": "job", "rows": "100"},
        "ModelApprovalStatus": "PendingManualApproval",
    } | more


def in_service(sagemaker: Any, name: str = "e") -> dict[str, Any]:
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=QUICK)
    return dict(sagemaker.describe_endpoint(EndpointName=name))


def settled(sagemaker: Any, name: str = "e") -> dict[str, Any]:
    def status() -> dict[str, Any] | None:
        described = sagemaker.describe_endpoint(EndpointName=name)
        return dict(described) if described["EndpointStatus"] in ("InService", "Failed") else None

    return dict(wait_for(status))


def ask(machine: Machine, *words: str, name: str = "e", **more: Any) -> dict[str, Any]:
    body = json.dumps({"tokenizer": 1, "reviews": [list(words)]})
    runtime = machine.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(
        EndpointName=name, ContentType="application/json", Body=body, **more
    )
    return {**answer, "Body": json.loads(answer["Body"].read())}


def answered(machine: Machine, or_else: str) -> bool:
    """Whether the endpoint "e" answers; it may only fail with that one code."""
    try:
        return bool(ask(machine, "good"))
    except ClientError as error:
        if error.response["Error"]["Code"] != or_else:
            raise
        return False
