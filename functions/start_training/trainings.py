"""The run whose turn it is becomes a training job."""

import json
import os
from enum import Enum, auto
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
from runs.each import each, raise_all
from runs.measures import oldest
from runs.missing import is_missing
from runs.receipts import Upload, moved, receipt, run_receipt, tell
from runs.refusals import Refusal, refusal_of
from runs.registry import is_deployable, our_jobs, packages, run_of
from runs.states import BEFORE_ITS_END, ENDED_JOB, State
from sentiment.stages import METRICS

IMAGE = os.environ["TRAINING_IMAGE"]
ROLE_ARN = os.environ["TRAINING_ROLE_ARN"]
INSTANCE_TYPE = os.environ["TRAINING_INSTANCE_TYPE"]
MAX_RUNTIME_SECONDS = int(os.environ["TRAINING_MAX_RUNTIME_SECONDS"])
ON_SPOT = os.environ["TRAINING_ON_SPOT"] == "true"
HYPERPARAMETERS: dict[str, str] = json.loads(os.environ["HYPERPARAMETERS"])
VOLUME_GB = 30  # of a dataset below a gibibyte, even if it is packed

logger = Logger()
s3 = boto3.client("s3")
sagemaker = boto3.client("sagemaker")


class Outcome(Enum):
    """What became of a run whose turn it was."""

    STARTED = auto()
    WAITS = auto()  # it stays in the queue, and the others behind it
    OVER = auto()  # it was started by somebody else, or can't be started


def start_next() -> None:
    """Start the run that has waited longest, unless one is training or not yet registered."""
    outcome = Outcome.OVER
    while outcome is Outcome.OVER and (mark := whose_turn()):
        run = PurePosixPath(mark).stem
        dataset = cast(Upload | None, read_json(RUN_BUCKET, mark))
        if dataset:
            outcome = start(run, dataset)
        if outcome is not Outcome.WAITS:
            s3.delete_object(Bucket=RUN_BUCKET, Key=mark)


def waiting_marks() -> list[dict[str, Any]]:
    """The marks of the runs that wait, as S3 lists them; who has waited longest comes first."""
    return sorted(
        listing(RUN_BUCKET, QUEUE), key=lambda entry: (entry["LastModified"], entry["Key"])
    )


def whose_turn() -> str | None:
    """The mark in the queue of the run that may start now.

    The queue is read before the training jobs: a run started meanwhile shows in one of the two.
    """
    waiting = waiting_marks()
    oldest(waiting[0]["LastModified"] if waiting else None)
    newest = next(our_jobs(), None)
    if newest and newest["TrainingJobStatus"] not in ENDED_JOB:
        tell_that_it_trains(newest["TrainingJobName"])
        return None
    if not waiting or (newest and is_being_registered(newest)):
        return None
    return str(waiting[0]["Key"])


def tell_that_it_trains(run: str) -> None:
    """Tell it in the place of somebody who was killed between starting it and having told it."""
    document = run_receipt(run)
    if document and document["state"] == "received":  # it is written last
        tell_that_it_started(run)


def tell_that_it_started(run: str) -> None:
    """Tell the run, and before it those behind it that nothing is in their way any more."""
    failures = tell_those_behind(run, None)
    tell(run, moved(run_receipt(run) or receipt("received", run=run), "training"))
    raise_all(failures)


def tell_those_behind(run: str, refusal: Refusal | None) -> list[Exception]:
    """Tell all others in the queue what is in the way, if anything is; returns what went wrong.

    What AWS refuses the first of them, a quota or a permission, is the whole stack's.
    """
    reason, remedy = (refusal.reason, refusal.remedy) if refusal else (None, None)

    def tell_other(mark: dict[str, Any]) -> None:
        other = PurePosixPath(mark["Key"]).stem
        before = run_receipt(other)
        if other != run and before and before["state"] == "received":
            now = moved(before, "received", reason, remedy)
            if now != before:
                tell(other, now)

    return each(tell_other, waiting_marks())


def is_being_registered(job: dict[str, Any]) -> bool:
    """True while a job that ended well waits for its place in the registry.

    It has waited long enough once deploy_endpoint has told what became of the run.
    """
    run = job["TrainingJobName"]
    if job["TrainingJobStatus"] != "Completed":
        return False
    if any(run_of(package) == run for package in packages()):
        return False
    document = run_receipt(run)
    return document is not None and document["state"] in BEFORE_ITS_END


def start(run: str, dataset: Upload) -> Outcome:
    """Create the run's training job, or tell what is in the way of it."""
    try:
        sagemaker.create_training_job(**training_job_request(run, dataset, champion_model()))
    except sagemaker.exceptions.ResourceInUse:
        logger.info("training already started", extra={"run": run})  # S3 delivers at least once
        return Outcome.OVER
    except ClientError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        return refused(run, refusal)
    logger.info("training started", extra={"run": run, "dataset": dataset})
    tell_that_it_started(run)
    return Outcome.STARTED


def refused(run: str, refusal: Refusal) -> Outcome:
    """Tell that AWS won't train: not now, or not at all.

    A rival may have started the run and taken up the quota: AWS need not look at the name first.
    """
    if training_job(run):
        logger.info("training already started", extra={"run": run})
        return Outcome.OVER
    logger.error("training refused", extra={"run": run, "refusal": refusal._asdict()})
    before = run_receipt(run) or receipt("received", run=run)
    state: State = "received" if refusal.waits else "failed"
    tell(run, moved(before, state, refusal.reason, refusal.remedy))
    if not refusal.waits:
        return Outcome.OVER
    raise_all(tell_those_behind(run, refusal))
    return Outcome.WAITS


def champion_model() -> str | None:
    """The S3 address of the model that should be live, against which a new one is judged."""
    newest = next(filter(is_deployable, packages()), None)
    if newest is None:
        return None
    package = sagemaker.describe_model_package(ModelPackageName=newest["ModelPackageArn"])
    return str(package["InferenceSpecification"]["Containers"][0]["ModelDataUrl"])


def training_job_request(run: str, dataset: Upload, champion: str | None) -> dict[str, Any]:
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
        "HyperParameters": hyperparameters(dataset),
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
        "ResourceConfig": {
            "InstanceType": INSTANCE_TYPE,
            "InstanceCount": 1,
            "VolumeSizeInGB": volume_gb(dataset),
        },
        "StoppingCondition": stopping_condition,
        "EnableManagedSpotTraining": ON_SPOT,
        "EnableNetworkIsolation": True,
    }


def hyperparameters(dataset: Upload) -> dict[str, str]:
    """What the training is told: the stack's flags, and what the uploader says of the dataset."""
    stack = {name.replace("_", "-"): value for name, value in HYPERPARAMETERS.items()}
    limit = {"max-runtime-seconds": str(MAX_RUNTIME_SECONDS)}
    return {**limit, **stack, **dataset.get("said", {})}


def volume_gb(dataset: Upload) -> int:
    """The disk of a job: the file, and some three times what it has unpacked, for its rows."""
    return VOLUME_GB + 16 * (dataset["size_bytes"] >> 30)


def training_job(run: str) -> dict[str, Any] | None:
    try:
        return dict(sagemaker.describe_training_job(TrainingJobName=run))
    except ClientError as error:
        if not is_missing(error):
            raise
        return None
