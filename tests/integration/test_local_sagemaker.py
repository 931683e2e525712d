"""SageMaker of the local cloud, driven by boto3 with the stand-in container."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.integration.aws_fixtures import TEMPLATE, Machine, machine, s3
from tests.integration.aws_port import AwsPort, client

__all__ = ["machine", "s3"]
ROOT = Path(__file__).parent.parent.parent
SHELF = "stack-shelf"
ARN = "arn:aws:sagemaker:us-east-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/stack-Worker"
IMAGES = "123456789012.dkr.ecr.us-east-1.amazonaws.com/stand-ins"
QUICK = {"Delay": 0.1, "MaxAttempts": 300}
CSV = "review,sentiment\n" + "fine film,positive\ndull film,negative\n" * 50


@pytest.fixture
def sagemaker(machine: Machine) -> Any:
    return machine.client("sagemaker")


@pytest.fixture
def train(machine: Machine, s3: Any) -> Callable[..., str]:
    """Creates a training job on a dataset of that name; returns the job's name."""

    def create(file: str, job: str = "job", **more: Any) -> str:
        s3.put_object(Bucket=SHELF, Key=f"in/{job}/{file}", Body=CSV)
        data = {"InputDataConfig": [channel("dataset", f"s3://{SHELF}/in/{job}/{file}")]}
        machine.client("sagemaker").create_training_job(**job_request(job, **data | more))
        return job

    return create


def job_request(job: str, **more: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": job,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {
            "TrainingImage": f"{IMAGES}:train-1",
            "TrainingInputMode": "File",
            "MetricDefinitions": [
                {"Name": "epoch", "Regex": r"\bepoch=([0-9.]+)"},
                {"Name": "accuracy", "Regex": r"validation_accuracy=([0-9.]+)"},
            ],
        },
        "HyperParameters": {"epochs": "3"},
        "InputDataConfig": [channel("dataset", f"s3://{SHELF}/in/{job}/")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{SHELF}/runs/"},
        "CheckpointConfig": {"S3Uri": f"s3://{SHELF}/checkpoints/{job}/"},
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


def archive(s3: Any, uri: str) -> dict[str, bytes]:
    """The files in a .tar.gz on S3."""
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


# --- Training jobs ------------------------------------------------------------------------------


def test_a_job_trains_and_leaves_its_model(
    machine: Machine, s3: Any, sagemaker: Any, train: Callable[..., str]
) -> None:
    job = train("reviews.csv", Tags=[{"Key": "team", "Value": "a"}], Environment={"WHO": "me"})

    described = ended(sagemaker, job)

    assert described["TrainingJobStatus"] == described["SecondaryStatus"] == "Completed"
    assert [t["Status"] for t in described["SecondaryStatusTransitions"]] == [
        *("Starting", "Downloading", "Training", "Uploading", "Completed")
    ]
    metrics = {m["MetricName"]: m["Value"] for m in described["FinalMetricDataList"]}
    assert metrics == {"epoch": 1.0, "accuracy": 0.8}
    uri = described["ModelArtifacts"]["S3ModelArtifacts"]
    assert uri == f"s3://{SHELF}/runs/job/output/model.tar.gz"
    assert json.loads(archive(s3, uri)["model.json"]) == {"run": job, "tokenizer": 1}
    output = archive(s3, uri.replace("model.tar", "output.tar"))
    assert json.loads(output["evaluation.json"])["decision"]["status"] == "Approved"
    assert b"epoch=1" in (machine.state / "logs/job.log").read_bytes()
    assert not (machine.state / "jobs/job").exists()
    assert described["HyperParameters"] == {"epochs": "3"}
    assert described["TrainingEndTime"] > described["TrainingStartTime"]


def test_every_change_of_a_job_is_told_as_aws_tells_it(
    machine: Machine, sagemaker: Any, train: Callable[..., str]
) -> None:
    ended(sagemaker, train("reviews.csv", Tags=[{"Key": "team", "Value": "a"}]))

    assert told(machine, "Training Job", "TrainingJobStatus", "SecondaryStatus") == [
        *(("InProgress", s) for s in ("Starting", "Downloading", "Training", "Uploading")),
        ("Completed", "Completed"),
    ]
    event = machine.port.diary.events[-1]
    detail = event["detail"]
    assert event["source"] == "aws.sagemaker"
    assert event["resources"] == [detail["TrainingJobArn"]] == [f"{ARN}:training-job/job"]
    assert detail["CreationTime"].isdigit()
    assert len(detail["CreationTime"]) == 13
    assert detail["SecondaryStatusTransitions"][0]["StartTime"].isdigit()
    assert detail["Tags"] == {"team": "a"}
    assert detail["ModelArtifacts"]["S3ModelArtifacts"].endswith("model.tar.gz")
    assert "FailureReason" not in detail


def test_a_failing_container_gives_its_reason(
    machine: Machine, sagemaker: Any, train: Callable[..., str]
) -> None:
    described = ended(sagemaker, train("failing.csv"))

    assert described["TrainingJobStatus"] == described["SecondaryStatus"] == "Failed"
    assert described["FailureReason"] == (
        "AlgorithmError: There is no label column: name one of them 'label', with 'positive' and "
        "'negative'., exit code: 1"
    )
    assert machine.port.diary.details("Training Job")[-1]["FailureReason"].startswith("Algo")


def test_a_job_name_can_be_used_once(sagemaker: Any, train: Callable[..., str]) -> None:
    train("reviews.csv")

    with pytest.raises(sagemaker.exceptions.ResourceInUse, match="names must be unique"):
        train("other.csv")
    with pytest.raises(sagemaker.exceptions.ResourceInUse, match="in status InProgress"):
        sagemaker.delete_training_job(TrainingJobName="job")
    ended(sagemaker, "job")
    sagemaker.delete_training_job(TrainingJobName="job")
    assert ended(sagemaker, train("again.csv"))["TrainingJobStatus"] == "Completed"


def test_many_ask_for_the_same_job_and_one_gets_it(
    machine: Machine, s3: Any, sagemaker: Any
) -> None:
    s3.put_object(Bucket=SHELF, Key="in/job/reviews.csv", Body=CSV)

    def create(_: int) -> str:
        try:
            sagemaker.create_training_job(**job_request("job"))
        except sagemaker.exceptions.ResourceInUse:
            return "in use"
        return "created"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(create, range(16)))

    assert sorted(answers) == ["created", *["in use"] * 15]
    ended(sagemaker, "job")
    assert told(machine, "Training Job", "SecondaryStatus").count("Completed") == 1


def test_stopping_a_job_sends_sigterm(
    machine: Machine, sagemaker: Any, train: Callable[..., str]
) -> None:
    job = train("stuck.csv")
    wait_for(lambda: "Training" in told(machine, "Training Job", "SecondaryStatus"))
    wait_for(lambda: (machine.state / "logs/job.log").read_bytes())

    sagemaker.stop_training_job(TrainingJobName=job)
    sagemaker.stop_training_job(TrainingJobName=job)  # once more does no harm

    described = ended(sagemaker, job)
    assert described["TrainingJobStatus"] == described["SecondaryStatus"] == "Stopped"
    assert told(machine, "Training Job", "TrainingJobStatus")[-2:] == ["Stopping", "Stopped"]
    with pytest.raises(ClientError, match="the training job is in status Stopped"):
        sagemaker.stop_training_job(TrainingJobName=job)


def test_a_job_that_runs_too_long_is_stopped(sagemaker: Any, train: Callable[..., str]) -> None:
    described = ended(sagemaker, train("stuck.csv", StoppingCondition={"MaxRuntimeInSeconds": 1}))

    assert described["TrainingJobStatus"] == "Stopped"
    assert described["SecondaryStatus"] == "MaxRuntimeExceeded"


def test_the_champion_comes_as_a_second_channel(
    s3: Any, sagemaker: Any, train: Callable[..., str]
) -> None:
    ended(sagemaker, train("reviews.csv", "first"))
    channels = [
        channel("dataset", f"s3://{SHELF}/in/second/"),
        channel("champion", f"s3://{SHELF}/runs/first/output/model.tar.gz"),
    ]

    ended(sagemaker, train("more.csv", "second", InputDataConfig=channels))

    output = archive(s3, f"s3://{SHELF}/runs/second/output/output.tar.gz")
    assert json.loads(output["evaluation.json"])["champion"]["run"] == "first"


def test_a_prefix_brings_every_key_that_begins_with_it(
    machine: Machine, s3: Any, sagemaker: Any, train: Callable[..., str]
) -> None:
    for key in ("in/job/stuck-a.csv", "in/job/stuck-ab/c.csv", "in/job/", "in/job/other.csv"):
        s3.put_object(Bucket=SHELF, Key=key, Body=b"")
    extra = channel("extra", f"s3://{SHELF}/in/job/stuck-a")
    one = channel("dataset", f"s3://{SHELF}/in/job/stuck-a.csv")
    sagemaker.create_training_job(**job_request("job", InputDataConfig=[one, extra]))
    folder = machine.state / "jobs/job/input"

    wait_for(lambda: "Training" in told(machine, "Training Job", "SecondaryStatus"))

    files = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    config = {f"config/{n}.json" for n in ("hyperparameters", "inputdataconfig", "resourceconfig")}
    data = {"data/dataset/stuck-a.csv", "data/extra/stuck-a.csv", "data/extra/stuck-ab/c.csv"}
    assert files == config | data
    assert json.loads((folder / "config/hyperparameters.json").read_text()) == {"epochs": "3"}
    assert json.loads((folder / "config/resourceconfig.json").read_text())["hosts"] == ["algo-1"]


def test_a_container_sees_its_own_environment_only(
    machine: Machine, train: Callable[..., str]
) -> None:
    train("stuck.csv", Environment={"WHO": "me"})
    [pid] = wait_for(lambda: children_of(os.getpid(), "train.py"))

    pairs = Path(f"/proc/{pid}/environ").read_text().split("\0")

    environment = dict(pair.split("=", 1) for pair in pairs if pair)
    environment.pop("LC_CTYPE", None)  # Python sets it where no locale is given
    assert environment == {
        "AWS_REGION": "us-east-1",
        "PATH": os.environ["PATH"],
        "PYTHONUNBUFFERED": "1",  # from the Dockerfile, as the next one
        "STAND_IN": "yes",
        "SAGEMAKER_BASE_DIR": str(machine.state / "jobs/job"),
        "TRAINING_JOB_ARN": f"{ARN}:training-job/job",
        "TRAINING_JOB_NAME": "job",
        "WHO": "me",
    }


def test_metrics_are_told_while_a_job_runs(sagemaker: Any, train: Callable[..., str]) -> None:
    job = train("slow.csv")

    def epoch() -> float:
        described = sagemaker.describe_training_job(TrainingJobName=job)
        assert described["TrainingJobStatus"] == "InProgress"
        metrics = described.get("FinalMetricDataList", [])
        return next((m["Value"] for m in metrics if m["MetricName"] == "epoch"), 0)

    wait_for(lambda: epoch() >= 2)


def test_an_interrupted_job_goes_on_from_its_checkpoint(
    machine: Machine, sagemaker: Any, train: Callable[..., str]
) -> None:
    machine.port.faults.add({"kind": "training_interrupted", "after_seconds": 1})
    spot = {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 1200}

    described = ended(
        sagemaker, train("slow.csv", EnableManagedSpotTraining=True, StoppingCondition=spot)
    )

    assert [t["Status"] for t in described["SecondaryStatusTransitions"]] == [
        *("Starting", "Downloading", "Training", "Interrupted", "Restarting"),
        *("Downloading", "Training", "Uploading", "Completed"),
    ]
    log = (machine.state / "logs/job.log").read_text()
    assert log.count("starting") == 1
    assert log.count("resuming after epoch") == 1
    assert log.count("epoch=1 ") == 1


@pytest.mark.parametrize(
    ("fault", "status", "secondary", "reason"),
    [
        ({"kind": "training_failed", "reason": "CapacityError: none"}, "Failed", "Failed", "Capac"),
        ({"kind": "training_timed_out"}, "Stopped", "MaxRuntimeExceeded", ""),
        ({"kind": "training_failed", "reason": "x", "match": {"job": "no*"}}, "Completed", "", ""),
    ],
)
def test_jobs_end_badly_on_request(
    machine: Machine,
    sagemaker: Any,
    train: Callable[..., str],
    fault: dict[str, Any],
    status: str,
    secondary: str,
    reason: str,
) -> None:
    machine.port.faults.add(fault)

    described = ended(sagemaker, train("reviews.csv"))

    assert described["TrainingJobStatus"] == status
    assert described["SecondaryStatus"] == (secondary or status)
    assert described.get("FailureReason", "").startswith(reason)


def test_jobs_are_listed_as_asked(sagemaker: Any, train: Callable[..., str]) -> None:
    for number in range(5):
        ended(sagemaker, train("reviews.csv", f"run-{number}"))
    ended(sagemaker, train("failing.csv", "other"))

    def names(**filters: Any) -> list[str]:
        pages = sagemaker.get_paginator("list_training_jobs").paginate(MaxResults=2, **filters)
        return [j["TrainingJobName"] for page in pages for j in page["TrainingJobSummaries"]]

    runs = [f"run-{number}" for number in range(5)]
    created = sagemaker.describe_training_job(TrainingJobName="run-3")["CreationTime"]
    assert names() == [*runs, "other"]
    assert names(NameContains="RUN-", SortOrder="Descending") == runs[::-1]
    assert names(StatusEquals="Failed") == ["other"]
    assert names(SortBy="Name") == ["other", *runs]
    assert names(SortBy="Status", SortOrder="Descending")[0] == "other"
    assert names(CreationTimeAfter=created) == ["run-3", "run-4", "other"]
    assert names(CreationTimeBefore=created) == runs[:4]
    with pytest.raises(ClientError, match="Invalid NextToken"):
        sagemaker.list_training_jobs(NextToken="?")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"TrainingJobName": "no_underscores"}, "at 'trainingJobName' failed to satisfy"),
        ({"TrainingJobName": "x" * 64}, "length less than or equal to 63"),
        ({"RoleArn": "arn:aws:iam::123456789012:role/nobody"}, "Could not assume role"),
        ({"RoleArn": "arn:aws:iam::123456789012:role/stack-Stranger"}, "Could not assume role"),
        ({"InputDataConfig": [channel("dataset", f"s3://{SHELF}/none/")]}, "No S3 objects found"),
        ({"InputDataConfig": [channel("dataset", "s3://nowhere/x")]}, "No S3 objects found"),
        ({"EnableManagedSpotTraining": True}, "Invalid MaxWaitTimeInSeconds"),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 90}},
            "MaxWaitTimeInSeconds above 0 is not supported",
        ),
        ({"HyperParameters": {str(n): "" for n in range(101)}}, "length less than or equal to 100"),
        ({"ResourceConfig": {"InstanceType": "ml.x", "VolumeSizeInGB": 1}}, "enum value set"),
        (
            {
                "ResourceConfig": {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": 2,
                    "VolumeSizeInGB": 1,
                }
            },
            "exactly one instance",
        ),
    ],
)
def test_a_wrong_job_is_refused_in_aws_words(
    s3: Any, sagemaker: Any, change: dict[str, Any], complaint: str
) -> None:
    s3.put_object(Bucket=SHELF, Key="in/job/reviews.csv", Body=CSV)

    with pytest.raises(ClientError, match=complaint) as refusal:
        sagemaker.create_training_job(**job_request("job", **change) | change)

    assert refusal.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize("image", ["nobody/stand-ins:train-1", f"{IMAGES}:bake-1", "stand-ins"])
def test_an_image_that_nobody_built_is_refused(s3: Any, sagemaker: Any, image: str) -> None:
    s3.put_object(Bucket=SHELF, Key="in/job/reviews.csv", Body=CSV)
    algorithm = {"TrainingImage": image, "TrainingInputMode": "File"}

    with pytest.raises(ClientError, match=f"Requested image {image} not found"):
        sagemaker.create_training_job(**job_request("job", AlgorithmSpecification=algorithm))


def test_a_role_that_may_not_write_fails_the_job(sagemaker: Any, train: Callable[..., str]) -> None:
    described = ended(sagemaker, train("reviews.csv", RoleArn=ROLE.replace("Worker", "Reader")))

    assert described["TrainingJobStatus"] == "Failed"
    assert described["FailureReason"].startswith("ClientError: Artifact upload failed")
    assert "stack-Reader" in described["FailureReason"]


# --- Model registry -----------------------------------------------------------------------------


def package_request(**more: Any) -> dict[str, Any]:
    container = {
        "Image": f"{IMAGES}:serve-1",
        "ModelDataUrl": f"s3://{SHELF}/runs/job/output/model.tar.gz",
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


def test_packages_are_versions_of_their_group(machine: Machine, sagemaker: Any) -> None:
    first = sagemaker.create_model_package(**package_request(ClientToken="once"))
    again = sagemaker.create_model_package(**package_request(ClientToken="once"))
    second = sagemaker.create_model_package(**package_request(ModelApprovalStatus="Approved"))
    sagemaker.delete_model_package(ModelPackageName=second["ModelPackageArn"])
    third = sagemaker.create_model_package(**package_request())

    assert first == first | {"ModelPackageArn": again["ModelPackageArn"]}
    assert [a["ModelPackageArn"].rpartition(":")[2] for a in (first, second, third)] == [
        *("model-package/stack/1", "model-package/stack/2", "model-package/stack/3")
    ]
    described = sagemaker.describe_model_package(ModelPackageName=first["ModelPackageArn"])
    assert described["ModelPackageStatus"] == "Completed"
    assert described["ModelPackageVersion"] == 1
    assert described["CustomerMetadataProperties"] == {"run": "job", "rows": "100"}
    assert told(machine, "Model Package", "ModelPackageVersion") == [1, 2, 3]


def test_a_deleted_version_is_never_used_again_even_after_a_restart(machine: Machine) -> None:
    sagemaker = machine.client("sagemaker")
    arn = sagemaker.create_model_package(**package_request())["ModelPackageArn"]
    sagemaker.delete_model_package(ModelPackageName=arn)

    machine.restart()

    arn = machine.client("sagemaker").create_model_package(**package_request())["ModelPackageArn"]
    assert arn.endswith("stack/2")


def test_approving_by_hand_is_told(machine: Machine, sagemaker: Any) -> None:
    arn = sagemaker.create_model_package(**package_request())["ModelPackageArn"]

    sagemaker.update_model_package(
        ModelPackageArn=arn,
        ModelApprovalStatus="Approved",
        ApprovalDescription="looks good",
        CustomerMetadataProperties={"attempts": "1"},
        CustomerMetadataPropertiesToRemove=["rows"],
    )

    described = sagemaker.describe_model_package(ModelPackageName=arn)
    assert described["ModelApprovalStatus"] == "Approved"
    assert described["ApprovalDescription"] == "looks good"
    assert described["CustomerMetadataProperties"] == {"run": "job", "attempts": "1"}
    event = machine.port.diary.events[-1]
    detail = event["detail"]
    assert event["resources"] == [arn]
    assert detail["ModelApprovalStatus"] == "Approved"
    assert detail["ModelPackageVersion"] == 1
    assert detail["ModelPackageGroupName"] == "stack"
    assert detail["LastModifiedTime"].endswith("Z")
    assert told(machine, "Model Package", "ModelApprovalStatus") == [
        *("PendingManualApproval", "Approved")
    ]


def test_packages_are_listed_as_asked(sagemaker: Any) -> None:
    for number in range(5):
        status = "Approved" if number % 2 else "Rejected"
        sagemaker.create_model_package(**package_request(ModelApprovalStatus=status))

    def versions(**filters: Any) -> list[int]:
        pages = sagemaker.get_paginator("list_model_packages").paginate(MaxResults=2, **filters)
        packages = [p for page in pages for p in page["ModelPackageSummaryList"]]
        assert all(p["ModelPackageDescription"] == "a run" for p in packages)
        return [p["ModelPackageVersion"] for p in packages]

    group = {"ModelPackageGroupName": "stack"}
    assert versions(**group) == [1, 2, 3, 4, 5]
    assert versions(**group, SortOrder="Descending") == [5, 4, 3, 2, 1]
    assert versions(**group, ModelApprovalStatus="Approved") == [2, 4]
    assert versions(ModelPackageGroupName=f"{ARN}:model-package-group/stack") == [1, 2, 3, 4, 5]
    assert versions() == []  # without a group: unversioned ones, of which there are none
    assert len(versions(ModelPackageType="Both")) == 5


def test_groups(sagemaker: Any) -> None:
    arn = f"{ARN}:model-package-group/mine"
    assert (
        sagemaker.create_model_package_group(
            ModelPackageGroupName="mine", ModelPackageGroupDescription="of mine"
        )["ModelPackageGroupArn"]
        == arn
    )
    with pytest.raises(ClientError, match="Model Package Group already exists"):
        sagemaker.create_model_package_group(ModelPackageGroupName="mine")
    package = sagemaker.create_model_package(**package_request(ModelPackageGroupName="mine"))
    listed = sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert [group["ModelPackageGroupName"] for group in listed] == ["stack", "mine"]

    with pytest.raises(sagemaker.exceptions.ConflictException, match="still holds"):
        sagemaker.delete_model_package_group(ModelPackageGroupName="mine")
    sagemaker.delete_model_package(ModelPackageName=package["ModelPackageArn"])
    sagemaker.delete_model_package_group(ModelPackageGroupName="mine")

    with pytest.raises(ClientError, match=f"ModelPackageGroup {arn} does not exist"):
        sagemaker.describe_model_package_group(ModelPackageGroupName="mine")


# --- Models and endpoint configs ----------------------------------------------------------------


@pytest.fixture
def deployable(sagemaker: Any, train: Callable[..., str]) -> Callable[..., str]:
    """Trains, registers and names a model and its config; returns their name."""

    def make(name: str, file: str = "reviews.csv", **variant: Any) -> str:
        job = ended(sagemaker, train(file, name))
        package = package_request()
        container = package["InferenceSpecification"]["Containers"][0]
        container["ModelDataUrl"] = job["ModelArtifacts"]["S3ModelArtifacts"]
        arn = sagemaker.create_model_package(**package)["ModelPackageArn"]
        sagemaker.create_model(
            ModelName=name, ExecutionRoleArn=ROLE, Containers=[{"ModelPackageName": arn}]
        )
        serverless = {"ServerlessConfig": {"MemorySizeInMB": 2048, "MaxConcurrency": 5}}
        size = variant or serverless
        sagemaker.create_endpoint_config(
            EndpointConfigName=name,
            ProductionVariants=[{"VariantName": "live", "ModelName": name, **size}],
        )
        return name

    return make


def test_models_and_configs(sagemaker: Any, deployable: Callable[..., str]) -> None:
    for name in ("one", "two"):
        deployable(name)

    with pytest.raises(
        ClientError, match=f'Cannot create already existing model "{ARN}:model/one"'
    ):
        sagemaker.create_model(
            ModelName="one", ExecutionRoleArn=ROLE, Containers=[{"ModelPackageName": "x"}]
        )
    with pytest.raises(ClientError, match="Cannot create already existing endpoint configuration"):
        sagemaker.create_endpoint_config(
            EndpointConfigName="one",
            ProductionVariants=[{"VariantName": "live", "ModelName": "one"}],
        )
    described = sagemaker.describe_model(ModelName="one")
    assert described["Containers"][0]["ModelPackageName"].endswith("stack/1")
    variant = sagemaker.describe_endpoint_config(EndpointConfigName="one")["ProductionVariants"][0]
    assert variant["ServerlessConfig"]["MemorySizeInMB"] == 2048
    models = sagemaker.get_paginator("list_models").paginate(MaxResults=1)
    assert [m["ModelName"] for page in models for m in page["Models"]] == ["two", "one"]
    configs = sagemaker.list_endpoint_configs(NameContains="o", SortBy="Name")["EndpointConfigs"]
    assert [config["EndpointConfigName"] for config in configs] == ["two", "one"]
    sagemaker.delete_model(ModelName="two")
    sagemaker.delete_endpoint_config(EndpointConfigName="two")
    with pytest.raises(ClientError, match=f'Could not find model "{ARN}:model/two"'):
        sagemaker.describe_model(ModelName="two")
    with pytest.raises(ClientError, match="Could not find endpoint configuration"):
        sagemaker.describe_endpoint_config(EndpointConfigName="two")


def test_a_model_from_image_and_data(s3: Any, sagemaker: Any) -> None:
    container = {"Image": f"{IMAGES}:serve-1", "ModelDataUrl": f"s3://{SHELF}/m.tar.gz"}
    request = {"ModelName": "m", "ExecutionRoleArn": ROLE, "PrimaryContainer": container}
    with pytest.raises(ClientError, match=f"Could not find model data at s3://{SHELF}/m.tar.gz"):
        sagemaker.create_model(**request)
    s3.put_object(Bucket=SHELF, Key="m.tar.gz", Body=b"")
    with pytest.raises(ClientError, match="Could not access model data"):
        sagemaker.create_model(**request | {"ExecutionRoleArn": ROLE.replace("Worker", "Reader")})

    sagemaker.create_model(**request)

    assert sagemaker.describe_model(ModelName="m")["PrimaryContainer"] == container


@pytest.mark.parametrize(
    ("variant", "complaint"),
    [
        ({"ModelName": "none"}, "Could not find model"),
        ({"ServerlessConfig": {"MemorySizeInMB": 1500, "MaxConcurrency": 1}}, "1500 is invalid"),
        ({"ServerlessConfig": {"MemorySizeInMB": 9000, "MaxConcurrency": 1}}, "less than or equal"),
        ({"InstanceType": "ml.m5.large"}, "either"),
        ({"AcceleratorType": "ml.eia1.large"}, "does not play"),
    ],
)
def test_a_wrong_variant_is_refused(
    sagemaker: Any, deployable: Callable[..., str], variant: dict[str, Any], complaint: str
) -> None:
    deployable("m")
    serverless = {"ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}
    whole = {"VariantName": "live", "ModelName": "m"} | serverless | variant

    with pytest.raises(ClientError, match=complaint):
        sagemaker.create_endpoint_config(EndpointConfigName="c", ProductionVariants=[whole])


# --- Endpoints ----------------------------------------------------------------------------------


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


def test_an_endpoint_answers(
    machine: Machine, sagemaker: Any, deployable: Callable[..., str]
) -> None:
    deployable("one")
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    assert sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"] == "Creating"

    described = in_service(sagemaker)

    variant = described["ProductionVariants"][0]
    assert variant["CurrentServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    answer = ask(machine, "a", "good", "film", CustomAttributes="trace=1")
    assert answer["Body"]["run"] == "one"
    assert answer["Body"]["results"][0]["probability"] > 0.8
    assert answer["InvokedProductionVariant"] == "live"
    assert answer["CustomAttributes"] == "trace=1"
    assert answer["ContentType"] == "application/json"
    assert told(machine, "Endpoint", "EndpointStatus") == ["CREATING", "IN_SERVICE"]
    detail = machine.port.diary.events[-1]["detail"]
    assert isinstance(detail["CreationTime"], int)
    assert detail["ProductionVariants"][0]["VariantName"] == "live"
    listed = sagemaker.list_endpoints(StatusEquals="InService")["Endpoints"]
    assert [endpoint["EndpointName"] for endpoint in listed] == ["e"]


def test_an_update_switches_without_a_gap(
    machine: Machine, sagemaker: Any, deployable: Callable[..., str]
) -> None:
    for name in ("one", "two"):
        deployable(name)
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    in_service(sagemaker)
    machine.port.faults.add({"kind": "creating_slow", "seconds": 0.5})
    answers: list[str] = []
    done = threading.Event()

    def keep_asking() -> None:
        while not done.is_set():
            answers.append(ask(machine, "good")["Body"]["run"])

    asking = threading.Thread(target=keep_asking)
    asking.start()

    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="two")

    under_way = sagemaker.describe_endpoint(EndpointName="e")
    assert under_way["EndpointStatus"] == "Updating"
    assert under_way["EndpointConfigName"] == "one"
    assert under_way["PendingDeploymentSummary"]["EndpointConfigName"] == "two"
    for change in (sagemaker.update_endpoint, sagemaker.delete_endpoint):
        config = {"EndpointConfigName": "one"} if change == sagemaker.update_endpoint else {}
        with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
            change(EndpointName="e", **config)
    assert in_service(sagemaker)["EndpointConfigName"] == "two"
    wait_for(lambda: answers[-1:] == ["two"])
    done.set()
    asking.join()
    assert answers == sorted(answers)  # first only "one", then only "two", and never an error
    with pytest.raises(ClientError, match="is using it"):
        sagemaker.delete_endpoint_config(EndpointConfigName="two")
    sagemaker.delete_endpoint_config(EndpointConfigName="one")


def test_a_model_that_cannot_be_served_fails_the_creation(
    machine: Machine, sagemaker: Any, deployable: Callable[..., str]
) -> None:
    deployable("bad", "unservable.csv")
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="bad")

    described = settled(sagemaker)

    assert described["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in described["FailureReason"]
    assert told(machine, "Endpoint", "EndpointStatus") == ["CREATING", "FAILED"]
    with pytest.raises(ClientError, match="not found"):
        ask(machine, "good")
    with pytest.raises(ClientError, match="Cannot update failed endpoint"):
        sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="bad")
    with pytest.raises(ClientError, match="Cannot create already existing endpoint"):
        sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="bad")
    sagemaker.delete_endpoint(EndpointName="e")
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="e", WaiterConfig=QUICK)
    with pytest.raises(ClientError, match=f'Could not find endpoint "{ARN}:endpoint/e"'):
        sagemaker.describe_endpoint(EndpointName="e")


def test_a_failed_update_rolls_back(
    machine: Machine, sagemaker: Any, deployable: Callable[..., str]
) -> None:
    deployable("good")
    deployable("bad", "unservable.csv")
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="good")
    in_service(sagemaker)

    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="bad")

    described = settled(sagemaker)
    assert described["EndpointStatus"] == "InService"
    assert described["EndpointConfigName"] == "good"
    assert "did not pass the ping health check" in described["FailureReason"]
    assert told(machine, "Endpoint", "EndpointStatus") == [
        *("CREATING", "IN_SERVICE", "UPDATING", "ROLLING_BACK", "IN_SERVICE")
    ]
    assert ask(machine, "good")["Body"]["run"] == "good"
    sagemaker.delete_endpoint_config(EndpointConfigName="bad")


def test_endpoints_fail_on_request(
    machine: Machine, sagemaker: Any, deployable: Callable[..., str]
) -> None:
    deployable("one")
    deployable("two")
    machine.port.faults.add({"kind": "update_failed", "reason": "no luck", "times": 2})

    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    assert settled(sagemaker)["FailureReason"] == "no luck"
    sagemaker.delete_endpoint(EndpointName="e")
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="e", WaiterConfig=QUICK)
    machine.port.faults.clear()
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    in_service(sagemaker)
    machine.port.faults.add({"kind": "update_failed"})
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="two")

    assert settled(sagemaker)["EndpointConfigName"] == "one"


@pytest.fixture
def live(machine: Machine, sagemaker: Any, deployable: Callable[..., str]) -> Machine:
    """A machine with the endpoint "e" in service."""
    deployable("one")
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    in_service(sagemaker)
    return machine


def test_what_the_container_refuses_is_a_model_error(live: Machine) -> None:
    runtime = live.client("sagemaker-runtime")

    with pytest.raises(runtime.exceptions.ModelError) as bad:
        runtime.invoke_endpoint(EndpointName="e", ContentType="application/json", Body="{}")
    with pytest.raises(runtime.exceptions.ModelError) as other:
        runtime.invoke_endpoint(EndpointName="e", Body='{"tokenizer": 2, "reviews": [["a"]]}')

    assert bad.value.response["OriginalStatusCode"] == 400
    assert "Send" in json.loads(bad.value.response["OriginalMessage"])["error"]
    assert bad.value.response["LogStreamArn"].endswith("/aws/sagemaker/Endpoints/e")
    assert "Received client error (400) from primary" in str(bad.value)
    assert other.value.response["OriginalStatusCode"] == 409


def test_the_runtime_misbehaves_on_request(live: Machine) -> None:
    for kind in ("cold_start", "endpoint_throttled", "model_error"):
        live.port.faults.add({"kind": kind})

    codes = []
    for _ in range(3):
        with pytest.raises(ClientError) as error:
            ask(live, "good")
        codes.append(error.value.response["Error"]["Code"])

    assert sorted(codes) == ["ModelError", "ModelNotReadyException", "ThrottlingException"]
    assert ask(live, "good")["Body"]["run"] == "one"


def test_a_body_over_four_megabytes_is_refused(live: Machine) -> None:
    runtime = live.client("sagemaker-runtime")

    with pytest.raises(runtime.exceptions.ValidationError, match="4194304"):
        runtime.invoke_endpoint(EndpointName="e", Body=b"x" * (4 * 1024 * 1024 + 1))


def test_a_serving_process_that_dies_is_started_again(live: Machine) -> None:
    first = children_of(os.getpid(), "serve.py")
    assert len(first) == 1

    os.kill(first[0], signal.SIGKILL)

    wait_for(lambda: children_of(os.getpid(), "serve.py") not in ([], first))
    wait_for(lambda: answered(live, or_else="ServiceUnavailable"))


def test_a_deleted_endpoint_leaves_no_process(live: Machine, sagemaker: Any) -> None:
    sagemaker.delete_endpoint(EndpointName="e")
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="e", WaiterConfig=QUICK)

    assert children_of(os.getpid(), "serve.py") == []
    assert not (live.state / "endpoints/e").exists()


def test_no_more_calls_at_a_time_than_the_config_says(
    machine: Machine, sagemaker: Any, deployable: Callable[..., str]
) -> None:
    deployable("one", ServerlessConfig={"MemorySizeInMB": 1024, "MaxConcurrency": 1})
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    in_service(sagemaker)
    words = ["good"] * 200_000  # takes the container a while

    def call(_: int) -> str:
        try:
            return str(ask(machine, *words)["Body"]["run"])
        except ClientError as error:
            return str(error.response["Error"]["Code"])

    with ThreadPoolExecutor(6) as pool:
        answers = set(pool.map(call, range(12)))

    assert answers == {"one", "ThrottlingException"}


# --- Tags, unknown operations, bad manners ------------------------------------------------------


def test_tags(sagemaker: Any) -> None:
    arn = f"{ARN}:model-package-group/stack"
    sagemaker.add_tags(
        ResourceArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    )
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a", "none"])

    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    with pytest.raises(ClientError, match="Could not find"):
        sagemaker.list_tags(ResourceArn=f"{ARN}:model/none")


def test_what_is_missing_is_named(machine: Machine, sagemaker: Any) -> None:
    missing: dict[str, list[Callable[[], Any]]] = {
        "Requested resource not found": [
            lambda: sagemaker.describe_training_job(TrainingJobName="x"),
            lambda: sagemaker.stop_training_job(TrainingJobName="x"),
            lambda: sagemaker.delete_training_job(TrainingJobName="x"),
        ],
        f'Could not find endpoint "{ARN}:endpoint/x"': [
            lambda: sagemaker.describe_endpoint(EndpointName="x"),
            lambda: sagemaker.delete_endpoint(EndpointName="x"),
            lambda: sagemaker.update_endpoint(EndpointName="x", EndpointConfigName="y"),
        ],
        f'Could not find endpoint configuration "{ARN}:endpoint-config/x"': [
            lambda: sagemaker.create_endpoint(EndpointName="y", EndpointConfigName="x"),
            lambda: sagemaker.delete_endpoint_config(EndpointConfigName="x"),
        ],
        f'Could not find model "{ARN}:model/x"': [lambda: sagemaker.delete_model(ModelName="x")],
        f"ModelPackage {ARN}:model-package/stack/9 does not exist": [
            lambda: sagemaker.describe_model_package(
                ModelPackageName=f"{ARN}:model-package/stack/9"
            ),
            lambda: sagemaker.update_model_package(
                ModelPackageArn=f"{ARN}:model-package/stack/9", ModelApprovalStatus="Approved"
            ),
        ],
        f"ModelPackageGroup {ARN}:model-package-group/x does not exist": [
            lambda: sagemaker.list_model_packages(ModelPackageGroupName="x"),
            lambda: sagemaker.create_model_package(**package_request(ModelPackageGroupName="x")),
        ],
    }

    for message, calls in missing.items():
        for call in calls:
            with pytest.raises(ClientError) as error:
                call()
            assert error.value.response["Error"]["Code"] == "ValidationException"
            assert message in error.value.response["Error"]["Message"]


def test_what_nobody_plays_fails_by_name(machine: Machine, sagemaker: Any) -> None:
    with pytest.raises(ClientError, match=r"UnknownOperationException.*'ListNotebookInstances'"):
        sagemaker.list_notebook_instances()
    with pytest.raises(ClientError, match="dynamodb"):
        machine.client("dynamodb").list_tables()


def test_throttling_and_errors_on_request(machine: Machine) -> None:
    sagemaker = machine.client("sagemaker", attempts=1)
    match = {"service": "sagemaker", "operation": "List*"}
    machine.port.faults.add({"kind": "throttled", "match": match})
    machine.port.faults.add(
        {"kind": "error", "match": match, "code": "InternalFailure", "message": "oh", "status": 500}
    )

    with pytest.raises(ClientError, match="ThrottlingException"):
        sagemaker.list_models()
    with pytest.raises(ClientError, match=r"InternalFailure.*oh"):
        sagemaker.list_models()
    assert sagemaker.list_models()["Models"] == []

    machine.port.faults.add({"kind": "throttled", "match": match})
    assert machine.client("sagemaker", attempts=3).list_models()["Models"] == []  # tried again


# --- Restarts -----------------------------------------------------------------------------------


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


def test_everything_lasts_and_goes_on(
    live: Machine, sagemaker: Any, train: Callable[..., str]
) -> None:
    train("slow.csv", "slow")
    wait_for(lambda: "resum" in log(live) or "epoch=3" in log(live))
    listing = sagemaker.list_model_packages(ModelPackageGroupName="stack")

    live.restart()

    sagemaker = live.client("sagemaker")
    endpoint = sagemaker.describe_endpoint(EndpointName="e")
    assert (endpoint["EndpointStatus"], endpoint["EndpointConfigName"]) == ("InService", "one")
    again = sagemaker.list_model_packages(ModelPackageGroupName="stack")
    assert again["ModelPackageSummaryList"] == listing["ModelPackageSummaryList"]
    wait_for(lambda: answered(live, or_else="ModelNotReadyException"))
    described = ended(sagemaker, "slow")
    assert described["TrainingJobStatus"] == "Completed"
    assert "Restarting" in [t["Status"] for t in described["SecondaryStatusTransitions"]]
    assert log(live).count("epoch=1 ") == 1
    assert "resuming after epoch" in log(live)


def log(machine: Machine) -> str:
    path = machine.state / "logs/slow.log"
    return path.read_text() if path.exists() else ""


def answered(machine: Machine, or_else: str) -> bool:
    """Whether the endpoint "e" answers; it may only fail with that one code."""
    try:
        return bool(ask(machine, "good"))
    except ClientError as error:
        if error.response["Error"]["Code"] != or_else:
            raise
        return False


def test_an_endpoint_deleted_while_it_starts_again_stays_deleted(live: Machine) -> None:
    live.port.stop()
    port = live.port = AwsPort(TEMPLATE, live.state)
    port.start()
    port.client("sagemaker").delete_endpoint(EndpointName="e")

    sagemaker = live.client("sagemaker")
    sagemaker.get_waiter("endpoint_deleted").wait(EndpointName="e", WaiterConfig=QUICK)
    wait_for(lambda: children_of(os.getpid(), "serve.py") == [])
    time.sleep(0.5)
    assert children_of(os.getpid(), "serve.py") == []
    assert sagemaker.list_endpoints()["Endpoints"] == []


def test_killed_it_leaves_no_process_and_goes_on_after_a_start(tmp_path: Path) -> None:
    state = tmp_path / "state"
    first, url = started(state)
    s3, sagemaker = client(url, "s3"), client(url, "sagemaker")
    s3.put_object(Bucket=SHELF, Key="in/job/slow.csv", Body=CSV)
    s3.put_object(Bucket=SHELF, Key="in/stop/stuck.csv", Body=CSV)
    for job in ("job", "stop"):
        sagemaker.create_training_job(**job_request(job))
    path = state / "logs/job.log"
    wait_for(lambda: path.exists() and "epoch=2" in path.read_text())
    wait_for(lambda: len(children_of(first.pid, "train.py")) == 2)
    sagemaker.stop_training_job(TrainingJobName="stop")
    trainers = children_of(first.pid, "train.py")

    first.kill()
    first.wait()

    wait_for(lambda: not any(Path(f"/proc/{pid}").exists() for pid in trainers), 5)
    second, url = started(state)
    sagemaker = client(url, "sagemaker")
    assert ended(sagemaker, "job")["TrainingJobStatus"] == "Completed"
    assert ended(sagemaker, "stop")["TrainingJobStatus"] == "Stopped"
    assert "resuming after epoch" in path.read_text()
    second.kill()
    second.wait()


def started(state: Path) -> tuple[subprocess.Popen[str], str]:
    script = ROOT / "tests/integration/aws_port.py"
    with (state.parent / "output").open("a") as output:
        process = subprocess.Popen(
            [sys.executable, str(script), str(TEMPLATE), str(state)],
            stdout=subprocess.PIPE,
            stderr=output,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    assert process.stdout
    with process.stdout as lines:
        return process, lines.readline().strip()
