"""The run whose turn it is becomes a training job."""

import json
import os
from pathlib import PurePosixPath
from typing import Any, cast

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from runs.buckets import (
    QUEUE,
    RUN_BUCKET,
    RUNS,
    SNAPSHOT,
    checkpoint_prefix,
    dataset_name,
    listing,
    read_json,
    run_key,
    run_uri,
)
from runs.measures import oldest
from runs.names import RUN_NAME, RUN_PREFIX
from runs.receipts import Dataset, receipt, run_receipt, tell
from runs.states import BEFORE_ITS_END

IMAGE = os.environ["TRAINING_IMAGE"]
ROLE_ARN = os.environ["TRAINING_ROLE_ARN"]
INSTANCE_TYPE = os.environ["TRAINING_INSTANCE_TYPE"]
MAX_RUNTIME_SECONDS = int(os.environ["TRAINING_MAX_RUNTIME_SECONDS"])
ON_SPOT = os.environ["TRAINING_ON_SPOT"] == "true"
HYPERPARAMETERS: dict[str, str] = json.loads(os.environ["HYPERPARAMETERS"])
MODEL_PACKAGE_GROUP = os.environ["MODEL_PACKAGE_GROUP"]

METRICS = ("epoch", "train_loss", "validation_loss", "validation_accuracy", "reviews_per_second")

logger = Logger()
s3 = boto3.client("s3")
sagemaker = boto3.client("sagemaker")


def start_next() -> None:
    """Start the run that has waited longest, unless one is training or not yet registered.

    The queue is read before the training jobs: a run started meanwhile shows in one of the two.
    """
    waiting = sorted(
        listing(RUN_BUCKET, QUEUE), key=lambda entry: (entry["LastModified"], entry["Key"])
    )
    oldest(waiting[0]["LastModified"] if waiting else None)
    newest = newest_job()
    if newest and newest["TrainingJobStatus"] not in ("Completed", "Failed", "Stopped"):
        tell_that_it_trains(newest["TrainingJobName"])
        return
    if not waiting or (newest and is_being_registered(newest)):
        return
    run = PurePosixPath(waiting[0]["Key"]).stem
    dataset = cast(Dataset | None, read_json(RUN_BUCKET, waiting[0]["Key"]))
    started = dataset is not None and start(run, dataset)
    s3.delete_object(Bucket=RUN_BUCKET, Key=waiting[0]["Key"])
    if not started:  # somebody else had started it: whose turn is it now?
        start_next()


def newest_job() -> dict[str, Any] | None:
    """The summary of our newest training job, None if there was none yet."""
    jobs = sagemaker.list_training_jobs(
        NameContains=f"{RUN_PREFIX}-", SortBy="CreationTime", SortOrder="Descending", MaxResults=20
    )["TrainingJobSummaries"]
    return next((dict(job) for job in jobs if RUN_NAME.fullmatch(job["TrainingJobName"])), None)


def tell_that_it_trains(run: str) -> None:
    """Tell it in the place of somebody who was killed between starting it and having told it."""
    document = run_receipt(run)
    if document and document["state"] == "received":  # it is written last
        tell(run, receipt("training", run=run))


def is_being_registered(job: dict[str, Any]) -> bool:
    """True while a job that ended well waits for its place in the registry.

    It has waited long enough once deploy_endpoint has told what became of the run.
    """
    run = job["TrainingJobName"]
    if job["TrainingJobStatus"] != "Completed":
        return False
    packages = sagemaker.list_model_packages(
        ModelPackageGroupName=MODEL_PACKAGE_GROUP,
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=20,
    )["ModelPackageSummaryList"]
    if any(package["ModelPackageDescription"] == run for package in packages):
        return False
    document = run_receipt(run)
    return document is not None and document["state"] in BEFORE_ITS_END


def start(run: str, dataset: Dataset) -> bool:
    """Create the run's training job; False if there was one already."""
    logger.append_keys(run=run)
    try:
        sagemaker.create_training_job(**training_job_request(run, dataset, champion_model()))
    except sagemaker.exceptions.ResourceInUse:
        logger.info("training already started")  # S3 delivers at least once
        return False
    logger.info("training started", extra={"dataset": dataset})
    tell(run, receipt("training", run=run))
    return True


def champion_model() -> str | None:
    """The S3 address of the model that should be live, against which a new one is judged."""
    approved = sagemaker.list_model_packages(
        ModelPackageGroupName=MODEL_PACKAGE_GROUP,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )["ModelPackageSummaryList"]
    if not approved:
        return None
    package = sagemaker.describe_model_package(ModelPackageName=approved[0]["ModelPackageArn"])
    return str(package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"])


def training_job_request(run: str, dataset: Dataset, champion: str | None) -> dict[str, Any]:
    channels = {"dataset": run_uri(run_key(run, SNAPSHOT))}
    if champion:
        channels["champion"] = champion
    stopping_condition = {"MaxRuntimeInSeconds": MAX_RUNTIME_SECONDS}
    if ON_SPOT:
        stopping_condition["MaxWaitTimeInSeconds"] = 2 * MAX_RUNTIME_SECONDS
    return {
        "TrainingJobName": run,
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [
                {"Name": name, "Regex": rf"\b{name}=([0-9.]+)"} for name in METRICS
            ],
        },
        "RoleArn": ROLE_ARN,
        "HyperParameters": HYPERPARAMETERS,
        "Environment": {"DATASET_NAME": dataset_name(dataset["key"])[-200:]},
        "InputDataConfig": [
            {
                "ChannelName": name,
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": address}},
            }
            for name, address in channels.items()
        ],
        "OutputDataConfig": {"S3OutputPath": run_uri(RUNS)},
        "CheckpointConfig": {"S3Uri": run_uri(checkpoint_prefix(run))},
        "ResourceConfig": {"InstanceType": INSTANCE_TYPE, "InstanceCount": 1, "VolumeSizeInGB": 30},
        "StoppingCondition": stopping_condition,
        "EnableManagedSpotTraining": ON_SPOT,
        "EnableNetworkIsolation": True,
    }


def training_job(run: str) -> dict[str, Any] | None:
    try:
        return dict(sagemaker.describe_training_job(TrainingJobName=run))
    except ClientError as error:
        if "not found" in error.response["Error"]["Message"]:
            return None
        raise
