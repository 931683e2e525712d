"""The run whose turn it is becomes a training job."""

import json
import os
import re
from pathlib import PurePosixPath
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from runs.buckets import (
    DATASET_BUCKET,
    DATASETS,
    RUN_BUCKET,
    listing,
    read_json,
    receipt_key,
    write_json,
)
from runs.receipts import for_upload, receipt

RUN_PREFIX = os.environ["RUN_PREFIX"]
IMAGE = os.environ["TRAINING_IMAGE"]
ROLE_ARN = os.environ["TRAINING_ROLE_ARN"]
INSTANCE_TYPE = os.environ["TRAINING_INSTANCE_TYPE"]
MAX_RUNTIME_SECONDS = int(os.environ["TRAINING_MAX_RUNTIME_SECONDS"])
ON_SPOT = os.environ["TRAINING_ON_SPOT"] == "true"
HYPERPARAMETERS: dict[str, str] = json.loads(os.environ["HYPERPARAMETERS"])
MODEL_PACKAGE_GROUP = os.environ["MODEL_PACKAGE_GROUP"]

RUN_NAME = re.compile(re.escape(RUN_PREFIX) + r"-[0-9a-f]{12}(-\d+)?")
METRICS = ("epoch", "train_loss", "validation_loss", "validation_accuracy", "reviews_per_second")

logger = Logger()
s3 = boto3.client("s3")
sagemaker = boto3.client("sagemaker")


def start_next() -> None:
    """Start the run that has waited longest, unless one is training or not yet registered.

    The queue is read before the training jobs: a run started meanwhile shows in one of the two.
    """
    waiting = sorted(
        listing(RUN_BUCKET, "queue/"), key=lambda entry: (entry["LastModified"], entry["Key"])
    )
    if not waiting or training_is_busy():
        return
    run = PurePosixPath(waiting[0]["Key"]).stem
    dataset = read_json(RUN_BUCKET, waiting[0]["Key"])
    started = dataset is not None and start(run, dataset)
    s3.delete_object(Bucket=RUN_BUCKET, Key=waiting[0]["Key"])
    if not started:  # somebody else had started it: whose turn is it now?
        start_next()


def training_is_busy() -> bool:
    """True while our newest job trains, or ended well and has no place in the registry yet."""
    jobs = sagemaker.list_training_jobs(
        NameContains=f"{RUN_PREFIX}-", SortBy="CreationTime", SortOrder="Descending", MaxResults=20
    )["TrainingJobSummaries"]
    newest = next((job for job in jobs if RUN_NAME.fullmatch(job["TrainingJobName"])), None)
    if newest is None or newest["TrainingJobStatus"] in ("Failed", "Stopped"):
        return False
    return newest["TrainingJobStatus"] != "Completed" or not is_registered(
        newest["TrainingJobName"]
    )


def is_registered(run: str) -> bool:
    """True once deploy_endpoint has made the run's package, or has told what became of the run."""
    packages = sagemaker.list_model_packages(
        ModelPackageGroupName=MODEL_PACKAGE_GROUP,
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=20,
    )["ModelPackageSummaryList"]
    if any(package["ModelPackageDescription"] == run for package in packages):
        return True
    document = read_json(RUN_BUCKET, f"runs/{run}/receipt.json")
    return document is None or document["state"] not in ("received", "training")


def start(run: str, dataset: dict[str, Any]) -> bool:
    """Create the run's training job; False if there was one already."""
    logger.append_keys(run=run)
    try:
        sagemaker.create_training_job(**training_job_request(run, dataset, champion_model()))
    except sagemaker.exceptions.ResourceInUse:
        logger.info("training already started")  # S3 delivers at least once
        return False
    logger.info("training started", extra={"dataset": dataset})
    document = receipt("training", run=run)
    write_json(RUN_BUCKET, f"runs/{run}/receipt.json", document)
    for entry in listing(RUN_BUCKET, f"runs/{run}/uploads/"):
        upload = read_json(RUN_BUCKET, entry["Key"])
        told = upload and read_json(DATASET_BUCKET, receipt_key(upload["key"]))
        if upload and (
            not told or told["run"] == run
        ):  # else another file lies under that name now
            write_json(DATASET_BUCKET, receipt_key(upload["key"]), for_upload(document, upload))
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


def training_job_request(run: str, dataset: dict[str, Any], champion: str | None) -> dict[str, Any]:
    channels = {"dataset": f"s3://{RUN_BUCKET}/runs/{run}/dataset/"}
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
        "Environment": {"DATASET_NAME": dataset["key"].removeprefix(DATASETS)[-200:]},
        "InputDataConfig": [
            {
                "ChannelName": name,
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": address}},
            }
            for name, address in channels.items()
        ],
        "OutputDataConfig": {"S3OutputPath": f"s3://{RUN_BUCKET}/runs/"},
        "CheckpointConfig": {"S3Uri": f"s3://{RUN_BUCKET}/runs/{run}/checkpoints/"},
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
