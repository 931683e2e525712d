"""An ended run becomes a package in the model registry, or a receipt that says why not."""

import hashlib
import json
import os
import re
import tarfile
from itertools import islice
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from runs.buckets import (
    EVALUATION,
    FIRST_MODEL,
    FOUND,
    MODEL,
    OUTPUT,
    REPORT,
    RUN_BUCKET,
    read_json,
    run_key,
    run_uri,
)
from runs.receipts import is_told_to_all, moved, receipt, run_receipt, tell
from runs.refusals import refusal_of
from runs.registry import MODEL_PACKAGE_GROUP, our_jobs, packages, run_of
from runs.states import BEFORE_ITS_END, ENDED_JOB, State

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
    recent = list(islice(our_jobs(), RECENT_JOBS))
    return [job for job in reversed(recent) if job["TrainingJobStatus"] in ENDED_JOB]


def settle(job: dict[str, Any]) -> None:
    """Register a completed run, or tell that it failed; a run that is settled stays as it is."""
    run = job["TrainingJobName"]
    document = run_receipt(run)
    if document is None:
        return  # not one that start_training knows of
    is_settled = document["state"] not in BEFORE_ITS_END
    if job["TrainingJobStatus"] != "Completed":
        if not is_settled:
            found = outputs(run, FOUND).get(FOUND)
            more = json.loads(found) if found else None  # than the first look at the file saw
            document = moved(document, "failed", why_it_ended(run), found=more)
        elif is_told_to_all(document):
            return
        tell(run, document)
    elif not is_settled:  # tell_states tells of the others
        register(run)


def first_models() -> list[dict[str, str]]:
    """What operations/first_model.py has left to say which run it uploaded, if it has."""
    first = read_json(RUN_BUCKET, FIRST_MODEL)
    return [first] if first else []


def register_first_model(first: dict[str, str]) -> None:
    """Register the run that was uploaded, unless there is another model or it was told of since."""
    run = first["run"]
    document = run_receipt(run)
    is_settled = document is not None and document["state"] not in BEFORE_ITS_END
    if not is_settled and all(run_of(known) in (run, None) for known in packages()):
        register(run, json.dumps(first, sort_keys=True))


def why_it_ended(run: str) -> str:
    """Why a training job is Failed or Stopped, for the uploader."""
    job = sagemaker.describe_training_job(TrainingJobName=run)
    if job["TrainingJobStatus"] == "Failed":
        reason = job.get("FailureReason", "SageMaker gave no reason.")
        return re.sub(r"^AlgorithmError: |, exit code: \d+$", "", reason)
    limits = job["StoppingCondition"]
    if job["SecondaryStatus"] == "MaxWaitTimeExceeded":
        limit = limits["MaxWaitTimeInSeconds"]
        return (
            f"AWS had not enough spot capacity to end the training within {limit:,} seconds. Drop "
            "the file again, or deploy with TrainingOnSpot=false or another TrainingInstanceType."
        )
    if job["SecondaryStatus"] == "MaxRuntimeExceeded":
        limit = limits["MaxRuntimeInSeconds"]
        return f"Training did not end within {limit:,} seconds. Drop a smaller file."
    return "Training was stopped by hand before it had ended."


def register(run: str, token: str = "") -> None:
    """Create the run's model package with the judge's decision, once for each `token`."""
    evaluation = publish_results(run)
    decision = evaluation["decision"]
    known = (package["ModelPackageArn"] for package in packages() if run_of(package) == run)
    try:
        arn = next(known, None) or create_package(run, evaluation, token)
    except ClientError as error:
        tell_why_not(run, error)
        return
    failed = [reason["text"] for reason in decision["reasons"] if not reason["passed"]]
    reasons = failed or [reason["text"] for reason in decision["reasons"]]
    sagemaker.update_model_package(
        ModelPackageArn=arn, ApprovalDescription=" ".join(reasons)[:1024]
    )
    before = run_receipt(run)
    document = receipt(
        STATE_AFTER[decision["status"]],
        run=run,
        reason=" ".join(failed) or None,
        found=before["found"] if before else None,
        evaluation=evaluation,
        report=evaluation.get("report"),
        package=arn,
    )
    tell(run, document)
    extra = {"run": run, "package": arn, "decision": decision["status"]}
    logger.info("run registered", extra=extra)


def tell_why_not(run: str, error: ClientError) -> None:
    """Tell that AWS refused the run's package; the error is raised if it isn't for a person."""
    refusal = refusal_of(error)
    if refusal is None:
        raise error
    logger.error("run not registered", extra={"run": run, "refusal": refusal._asdict()})
    before = run_receipt(run) or receipt("training", run=run)
    state: State = before["state"] if refusal.waits else "failed"
    tell(run, moved(before, state, refusal.reason, refusal.remedy))


def publish_results(run: str) -> dict[str, Any]:
    """The run's evaluation; it and the report are copied to where a person can read them."""
    evaluation: dict[str, Any] = {}
    for name, content in outputs(run, EVALUATION, REPORT).items():
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


def outputs(run: str, *names: str) -> dict[str, bytes]:
    """Files out of the archive that SageMaker made of the output, whatever became of the job."""
    try:
        body = s3.get_object(Bucket=RUN_BUCKET, Key=run_key(run, OUTPUT))["Body"]
    except s3.exceptions.NoSuchKey:
        return {}
    found = {}
    with tarfile.open(fileobj=body, mode="r|gz") as archive:
        for member in archive:
            name = member.name.removeprefix("./")
            if name in names:
                content = archive.extractfile(member)
                found[name] = content.read() if content else b""
    return found


def create_package(run: str, evaluation: dict[str, Any], token: str) -> str:
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
        "ClientToken": hashlib.sha256(f"{run}{token}".encode()).hexdigest()[:36],
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
