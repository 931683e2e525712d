"""The model registry: an ended run becomes a package, or a receipt that says why not."""

import hashlib
import json
import os
import re
import tarfile
from collections.abc import Callable
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError
from receipts import moved, read_json, run_receipt, tell
from steps import state_of

from runs.receipts import receipt

RUN_PREFIX = os.environ["RUN_PREFIX"]
RUN_BUCKET = os.environ["RUN_BUCKET"]
IMAGE = os.environ["SERVING_IMAGE"]
MODEL_PACKAGE_GROUP = os.environ["MODEL_PACKAGE_GROUP"]

RUN_NAME = re.compile(re.escape(RUN_PREFIX) + r"-[0-9a-f]{12}(-\d+)?")
RECENT_JOBS = 10
KEPT_PACKAGES = 20
TOLD_PACKAGES = 10  # older ones have reached a state that only a person changes
STATE_AFTER = {
    "Approved": "deploying",
    "Rejected": "rejected",
    "PendingManualApproval": "trained",
}

logger = Logger()
s3 = boto3.client("s3")
sagemaker = boto3.client("sagemaker")

Package = dict[str, Any]  # a ModelPackageSummary; its ModelPackageDescription is the run


# --- An ended run becomes a package ---------------------------------------------------------------


def ended_jobs() -> list[dict[str, Any]]:
    """Our last training jobs that ended, oldest first: package versions follow their order."""
    jobs = sagemaker.list_training_jobs(
        NameContains=f"{RUN_PREFIX}-",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=RECENT_JOBS,
    )["TrainingJobSummaries"]
    return [
        dict(job)
        for job in reversed(jobs)
        if RUN_NAME.fullmatch(job["TrainingJobName"])
        and job["TrainingJobStatus"] in ("Completed", "Failed", "Stopped")
    ]


def settle(job: dict[str, Any]) -> None:
    """Register a completed run, or tell that it failed; a run that is settled stays as it is."""
    run = job["TrainingJobName"]
    document = run_receipt(run)
    if document is None:
        return  # not one that start_training knows of
    is_settled = document["state"] not in ("received", "training")
    if job["TrainingJobStatus"] != "Completed":
        if not is_settled:
            document = receipt("failed", run=run, reason=why_it_ended(run))
        tell(run, document)
    elif not is_settled:  # tell_states tells of the others
        logger.append_keys(run=run)
        register(run)


def register_first_model() -> None:
    """Register the run that operations/first_model.py uploaded, unless there is another model."""
    first = read_json(RUN_BUCKET, "first_model.json")
    if first is None or run_receipt(first["run"]):
        return  # none was uploaded, or it was registered long ago
    if all(known["ModelPackageDescription"] == first["run"] for known in newest_packages()):
        register(first["run"])


def why_it_ended(run: str) -> str:
    job = sagemaker.describe_training_job(TrainingJobName=run)
    if job["TrainingJobStatus"] == "Failed":
        reason = job.get("FailureReason", "SageMaker gave no reason.")
        return re.sub(r"^AlgorithmError: |, exit code: \d+$", "", reason)
    if job["SecondaryStatus"] in ("MaxRuntimeExceeded", "MaxWaitTimeExceeded"):
        limit = job["StoppingCondition"]["MaxRuntimeInSeconds"]
        return f"Training did not end within {limit:,} seconds. Drop a smaller file."
    return "Training was stopped by hand before it had ended."


def register(run: str) -> None:
    """Create the run's model package with the judge's decision, once."""
    evaluation = publish_results(run)
    decision = evaluation["decision"]
    known = [package for package in newest_packages() if package["ModelPackageDescription"] == run]
    arn = known[0]["ModelPackageArn"] if known else create_package(run, evaluation)
    failed = [reason["text"] for reason in decision["reasons"] if not reason["passed"]]
    reasons = failed or [reason["text"] for reason in decision["reasons"]]
    sagemaker.update_model_package(
        ModelPackageArn=arn, ApprovalDescription=" ".join(reasons)[:1024]
    )
    document = receipt(
        STATE_AFTER[decision["status"]],
        run=run,
        reason=" ".join(failed) or None,
        evaluation=evaluation,
        report=evaluation.get("report"),
        package=arn,
    )
    tell(run, document)
    logger.info("run registered", extra={"package": arn, "decision": decision["status"]})


def publish_results(run: str) -> dict[str, Any]:
    """The run's evaluation; it and the report are copied to where a person can read them."""
    evaluation: dict[str, Any] = {}
    for name, content in outputs(run).items():
        kind = "text/html; charset=utf-8" if name.endswith(".html") else "application/json"
        key = f"runs/{run}/{name}"
        s3.put_object(Bucket=RUN_BUCKET, Key=key, Body=content, ContentType=kind)
        if name == "evaluation.json":
            evaluation |= json.loads(content)
        else:
            evaluation["report"] = f"s3://{RUN_BUCKET}/{key}"
    if "decision" not in evaluation:
        text = "The training container left no evaluation: nobody can tell how good the model is."
        reason = {"check": "evaluation", "passed": False, "text": text}
        evaluation["decision"] = {"status": "Rejected", "reasons": [reason]}
    return evaluation


def outputs(run: str) -> dict[str, bytes]:
    """evaluation.json and report.html out of the archive that SageMaker made of the output."""
    try:
        body = s3.get_object(Bucket=RUN_BUCKET, Key=f"runs/{run}/output/output.tar.gz")["Body"]
    except s3.exceptions.NoSuchKey:
        return {}
    found = {}
    with tarfile.open(fileobj=body, mode="r|gz") as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if name in ("evaluation.json", "report.html"):
                content = archive.extractfile(member)
                found[name] = content.read() if content else b""
    return found


def create_package(run: str, evaluation: dict[str, Any]) -> str:
    folder = f"s3://{RUN_BUCKET}/runs/{run}"
    statistics = {"ContentType": "application/json", "S3Uri": f"{folder}/evaluation.json"}
    request: dict[str, Any] = {
        "ModelPackageGroupName": MODEL_PACKAGE_GROUP,
        "ModelPackageDescription": run,
        "ModelApprovalStatus": evaluation["decision"]["status"],
        "InferenceSpecification": {
            "Containers": [{"Image": IMAGE, "ModelDataUrl": f"{folder}/output/model.tar.gz"}],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        "CustomerMetadataProperties": summary(run, evaluation),
        "ClientToken": hashlib.sha256(run.encode()).hexdigest()[:36],
    }
    if "metrics" in evaluation:
        request["ModelMetrics"] = {"ModelQuality": {"Statistics": statistics}}
    return str(sagemaker.create_model_package(**request)["ModelPackageArn"])


def summary(run: str, evaluation: dict[str, Any]) -> dict[str, str]:
    """What the page tells of the model: flat, without the characters that the registry refuses."""
    dataset, metrics = evaluation.get("dataset", {}), evaluation.get("metrics", {})
    facts = {
        "run": run,
        "dataset": dataset.get("name"),
        "rows": dataset.get("rows_kept"),
        "accuracy": metrics.get("accuracy"),
        "expected_calibration_error": metrics.get("expected_calibration_error"),
        "baseline_accuracy": evaluation.get("baseline", {}).get("accuracy"),
        "trained_at": evaluation.get("training", {}).get("ended_at"),
    }
    texts = {
        name: f"{value:.4f}" if isinstance(value, float) else str(value)
        for name, value in facts.items()
        if value not in (None, "")
    }
    return {name: re.sub(r"[^\w .:/=+@-]", "_", text)[:256] for name, text in texts.items()}


# --- Packages and what is said of them ------------------------------------------------------------


def newest_packages() -> list[Package]:
    """Every package of our group, newest first; delete_old_packages keeps them few."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=MODEL_PACKAGE_GROUP
    )
    packages = [dict(package) for page in pages for package in page["ModelPackageSummaryList"]]
    return sorted(packages, key=lambda package: -package["ModelPackageVersion"])


def newest_deployable(packages: list[Package]) -> Package | None:
    """The package that should be live."""
    for package in packages:
        if (package["ModelApprovalStatus"], package["ModelPackageStatus"]) == (
            "Approved",
            "Completed",
        ):
            return package
    return None


def tell_states(packages: list[Package], wanted: int | None, live: int | None) -> None:
    """Bring the receipts of the newest packages up to their state in registry and endpoint."""
    for package in packages[:TOLD_PACKAGES]:
        run = package["ModelPackageDescription"]
        document = run_receipt(run)
        if document is None:
            continue  # not one that start_training knows of
        state = state_of(package, wanted, live)
        if document["state"] != state:
            reason = why_rejected(package) if state == "rejected" else None
            document = moved(document, state, reason)
        tell(run, document)


def why_rejected(package: Package) -> str:
    described = sagemaker.describe_model_package(ModelPackageName=package["ModelPackageArn"])
    return described.get("ApprovalDescription") or "Somebody rejected it in the model registry."


def delete_old_packages(packages: list[Package], keep: set[int | None]) -> None:
    """Delete packages beyond the newest few, never one that is live or wanted."""
    for package in packages[KEPT_PACKAGES:]:
        if package["ModelPackageVersion"] not in keep:
            if_there(sagemaker.delete_model_package, ModelPackageName=package["ModelPackageArn"])


def if_there(delete: Callable[..., Any], **request: Any) -> None:
    """Delete what another invocation, at work at the same time, may have deleted already."""
    try:
        delete(**request)
    except ClientError as error:
        message = error.response["Error"]["Message"]
        if "does not exist" not in message and "Could not find" not in message:
            raise
