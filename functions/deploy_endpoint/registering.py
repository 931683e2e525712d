"""An ended run becomes a package in the model registry, or a receipt that says why not."""

import hashlib
import json
import os
import re
import tarfile
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from packages import MODEL_PACKAGE_GROUP, newest_packages

from runs.buckets import (
    EVALUATION,
    FIRST_MODEL,
    MODEL,
    OUTPUT,
    REPORT,
    RUN_BUCKET,
    read_json,
    run_key,
    run_uri,
)
from runs.names import RUN_NAME, RUN_PREFIX
from runs.receipts import is_told_to_all, receipt, run_receipt, tell
from runs.states import BEFORE_ITS_END, State

IMAGE = os.environ["SERVING_IMAGE"]

RECENT_JOBS = 10
STATE_AFTER: dict[str, State] = {
    "Approved": "deploying",
    "Rejected": "rejected",
    "PendingManualApproval": "trained",
}

logger = Logger()
s3 = boto3.client("s3")
sagemaker = boto3.client("sagemaker")


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
    is_settled = document["state"] not in BEFORE_ITS_END
    if job["TrainingJobStatus"] != "Completed":
        if not is_settled:
            document = receipt("failed", run=run, reason=why_it_ended(run))
        elif is_told_to_all(document):
            return
        tell(run, document)
    elif not is_settled:  # tell_states tells of the others
        logger.append_keys(run=run)
        register(run)


def register_first_model() -> None:
    """Register the run that operations/first_model.py uploaded, unless there is another model."""
    first = read_json(RUN_BUCKET, FIRST_MODEL)
    if first is None or run_receipt(first["run"]):
        return  # none was uploaded, or it was registered long ago
    if all(known["ModelPackageDescription"] == first["run"] for known in newest_packages()):
        register(first["run"])


def why_it_ended(run: str) -> str:
    """Why a training job is Failed or Stopped, for the uploader."""
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
        key = run_key(run, name)
        s3.put_object(Bucket=RUN_BUCKET, Key=key, Body=content, ContentType=kind)
        if name == EVALUATION:
            evaluation |= json.loads(content)
        else:
            evaluation["report"] = run_uri(key)
    if "decision" not in evaluation:
        text = "The training container left no evaluation: nobody can tell how good the model is."
        reason = {"check": "evaluation", "passed": False, "text": text}
        evaluation["decision"] = {"status": "Rejected", "reasons": [reason]}
    return evaluation


def outputs(run: str) -> dict[str, bytes]:
    """evaluation.json and report.html out of the archive that SageMaker made of the output."""
    try:
        body = s3.get_object(Bucket=RUN_BUCKET, Key=run_key(run, OUTPUT))["Body"]
    except s3.exceptions.NoSuchKey:
        return {}
    found = {}
    with tarfile.open(fileobj=body, mode="r|gz") as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if name in (EVALUATION, REPORT):
                content = archive.extractfile(member)
                found[name] = content.read() if content else b""
    return found


def create_package(run: str, evaluation: dict[str, Any]) -> str:
    """Create the run's package; a repeat answers with the same one. Returns its ARN."""
    address = run_uri(run_key(run, EVALUATION))
    statistics = {"ContentType": "application/json", "S3Uri": address}
    request: dict[str, Any] = {
        "ModelPackageGroupName": MODEL_PACKAGE_GROUP,
        "ModelPackageDescription": run,
        "ModelApprovalStatus": evaluation["decision"]["status"],
        "InferenceSpecification": {
            "Containers": [{"Image": IMAGE, "ModelDataUrl": run_uri(run_key(run, MODEL))}],
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
