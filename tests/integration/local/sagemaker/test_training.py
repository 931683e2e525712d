"""SageMaker's training jobs, driven by boto3 with the stand-in container."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.integration.local.sagemaker.machine import Machine
from tests.integration.local.sagemaker.steps import (
    CSV,
    archive,
    channel,
    children_of,
    ended,
    job_request,
    of,
    told,
    wait_for,
)


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
    assert uri == f"s3://{machine.shelf}/runs/job/output/model.tar.gz"
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
    assert event["resources"] == [detail["TrainingJobArn"]] == [f"{machine.arn}:training-job/job"]
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
    s3.put_object(Bucket=machine.shelf, Key="in/job/reviews.csv", Body=CSV)

    def create(_: int) -> str:
        try:
            sagemaker.create_training_job(**job_request(machine, "job"))
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
    log = machine.state / "logs/job.log"
    wait_for(lambda: log.exists() and log.read_bytes())

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
    machine: Machine, s3: Any, sagemaker: Any, train: Callable[..., str]
) -> None:
    ended(sagemaker, train("reviews.csv", "first"))
    channels = [
        channel("dataset", f"s3://{machine.shelf}/in/second/"),
        channel("champion", f"s3://{machine.shelf}/runs/first/output/model.tar.gz"),
    ]

    ended(sagemaker, train("more.csv", "second", InputDataConfig=channels))

    output = archive(s3, f"s3://{machine.shelf}/runs/second/output/output.tar.gz")
    assert json.loads(output["evaluation.json"])["champion"]["run"] == "first"


def test_a_prefix_brings_every_key_that_begins_with_it(
    machine: Machine, s3: Any, sagemaker: Any, train: Callable[..., str]
) -> None:
    for key in ("in/job/stuck-a.csv", "in/job/stuck-ab/c.csv", "in/job/", "in/job/other.csv"):
        s3.put_object(Bucket=machine.shelf, Key=key, Body=b"")
    extra = channel("extra", f"s3://{machine.shelf}/in/job/stuck-a")
    one = channel("dataset", f"s3://{machine.shelf}/in/job/stuck-a.csv")
    sagemaker.create_training_job(**job_request(machine, "job", InputDataConfig=[one, extra]))
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
        "TRAINING_JOB_ARN": f"{machine.arn}:training-job/job",
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
        ({"kind": "training_without_capacity"}, "Stopped", "MaxWaitTimeExceeded", ""),
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
        ({"RoleArn": "arn:aws:iam::ACCOUNT:role/nobody"}, "Could not assume role"),
        ({"RoleArn": "arn:aws:iam::ACCOUNT:role/stack-Stranger"}, "Could not assume role"),
        ({"InputDataConfig": [channel("dataset", "s3://SHELF/none/")]}, "No S3 objects found"),
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
    machine: Machine, s3: Any, sagemaker: Any, change: dict[str, Any], complaint: str
) -> None:
    change = of(machine, change)
    s3.put_object(Bucket=machine.shelf, Key="in/job/reviews.csv", Body=CSV)

    with pytest.raises(ClientError, match=complaint) as refusal:
        sagemaker.create_training_job(**job_request(machine, "job", **change) | change)

    assert refusal.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize("image", ["nobody/stand-ins:train-1", "IMAGES:bake-1", "stand-ins"])
def test_an_image_that_nobody_built_is_refused(
    machine: Machine, s3: Any, sagemaker: Any, image: str
) -> None:
    image = image.replace("IMAGES", machine.image)
    s3.put_object(Bucket=machine.shelf, Key="in/job/reviews.csv", Body=CSV)
    algorithm = {"TrainingImage": image, "TrainingInputMode": "File"}

    with pytest.raises(ClientError, match=f"Requested image {image} not found"):
        sagemaker.create_training_job(
            **job_request(machine, "job", AlgorithmSpecification=algorithm)
        )


def test_a_role_that_may_not_write_fails_the_job(
    machine: Machine, sagemaker: Any, train: Callable[..., str]
) -> None:
    described = ended(sagemaker, train("reviews.csv", RoleArn=machine.role("Reader")))

    assert described["TrainingJobStatus"] == "Failed"
    assert described["FailureReason"].startswith("ClientError: Artifact upload failed")
    assert "stack-Reader" in described["FailureReason"]
