"""From a training job to the registry, to an endpoint of its own, and to an answer."""

import argparse
import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from experiments import sdk
from experiments.errors import ExperimentError, is_missing
from experiments.results import decision_lines, outputs
from experiments.stack import Experiment
from sentiment.model_folder import EVALUATION

_JSON = "application/json"


def register(experiment: Experiment, arguments: argparse.Namespace) -> int:
    """A training job's model becomes a package of the stack's group; its functions do the rest."""
    job = completed_job(experiment, arguments.job)
    run, uri = run_name(experiment, arguments.job), job["ModelArtifacts"]["S3ModelArtifacts"]
    if known := [p for p in packages(experiment) if p["ModelPackageDescription"] == run]:
        raise ExperimentError(f"{arguments.job} is registered: {known[0]['ModelPackageArn']}.")
    found = outputs(uri)
    evaluation = json.loads(found.get(EVALUATION, b"{}"))
    folder = uri.removesuffix("output/model.tar.gz")
    publish(folder, found)
    from sagemaker.core.model_registry import create_model_package_from_containers

    status = "Approved" if arguments.approve else "PendingManualApproval"
    quality = {"Statistics": {"ContentType": _JSON, "S3Uri": f"{folder}{EVALUATION}"}}
    package = create_model_package_from_containers(
        sdk.session(),
        containers=[{"Image": experiment.stack.image("serve"), "ModelDataUrl": uri}],
        content_types=[_JSON],
        response_types=[_JSON],
        model_package_group_name=experiment.stack.outputs["ModelPackageGroupArn"],
        model_metrics={"ModelQuality": quality} if found else None,
        approval_status=status,
        description=run,
        customer_metadata_properties=facts(experiment, arguments.job, evaluation),
    )["ModelPackageArn"]
    print(*decision_lines(evaluation), f"package     {package}", f"status      {status}", sep="\n")
    if not arguments.approve:
        print(f"approve     aws sagemaker update-model-package --model-package-arn {package} \\")
        print("              --model-approval-status Approved")
    return 0


def deploy(experiment: Experiment, arguments: argparse.Namespace) -> int:
    """A serverless endpoint of the experiment's own; the stack's is never touched."""
    container = container_of(experiment, arguments.model)
    name = f"{experiment.name}-{datetime.now(UTC):%y%m%d%H%M%S}"
    tags = experiment.boto_tags()
    session = sdk.session()
    from sagemaker.core.helper.session_helper import production_variant

    memory = int(experiment.stack.parameters["EndpointMemorySizeInMB"])
    size = {"MemorySizeInMB": memory, "MaxConcurrency": 1}
    variant = production_variant(name, serverless_inference_config=size)
    session.create_model(name, experiment.stack.serving_role_arn, container, tags=tags)
    session.endpoint_from_production_variants(name, [variant], tags=tags, wait=False)
    print(f"endpoint    {name}", flush=True)
    wait_until_in_service(name)
    print(f'next        python training/experiment.py predict {name} "What a film!"')
    return 0


def predict(_experiment: Experiment, arguments: argparse.Namespace) -> int:
    """Ask an endpoint what it makes of some reviews; one line each."""
    from sentiment.text import TOKENIZER, read

    texts = arguments.text or [
        line for line in Path(arguments.file).read_text(encoding="utf-8").splitlines() if line
    ]
    words = [[token.word for token in read(text).tokens] for text in texts]
    if not all(words):
        raise ExperimentError("There is no word in one of the reviews: leave it out.")
    body = json.dumps({"tokenizer": TOKENIZER, "reviews": words})
    session = sdk.session()
    from sagemaker.core.resources import Endpoint

    endpoint = Endpoint.get(arguments.endpoint, session=session.boto_session)
    answer = endpoint.invoke(body=body, content_type=_JSON, session=session.boto_session)
    results = json.loads(answer.body.read())["results"]
    for text, result in zip(texts, results, strict=True):
        shown = text if len(text) <= 60 else f"{text[:59]}…"
        print(f"{result['probability']:.4f} positive  {shown}")
    return 0


def completed_job(experiment: Experiment, name: str) -> dict[str, Any]:
    """A training job whose model the stack's role may read."""
    try:
        job = boto3.client("sagemaker").describe_training_job(TrainingJobName=name)
    except ClientError as error:
        if not is_missing(error):
            raise
        raise ExperimentError(f"There is no training job {name}.") from error
    if job["TrainingJobStatus"] != "Completed":
        reason = job.get("FailureReason", "")
        status = f"{job['TrainingJobStatus']}. {reason}".strip()
        raise ExperimentError(f"The training job {name} has left no whole model: it is {status}")
    uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    if not uri.startswith(f"s3://{experiment.stack.run_bucket}/runs/"):
        raise ExperimentError(f"The stack's role may not read {uri}: train in its run bucket.")
    return dict(job)


def container_of(experiment: Experiment, model: str) -> dict[str, str]:
    """The one container of a training job's model, or of a package by version or ARN."""
    if not (model.isdigit() or model.startswith("arn:")):
        uri = completed_job(experiment, model)["ModelArtifacts"]["S3ModelArtifacts"]
        return {"Image": experiment.stack.image("serve"), "ModelDataUrl": uri}
    group = experiment.stack.outputs["ModelPackageGroupArn"]
    package = f"{group.replace(':model-package-group/', ':model-package/')}/{model}"
    arn = model if model.startswith("arn:") else package
    found = [p for p in packages(experiment) if p["ModelPackageArn"] == arn]
    if not found:
        raise ExperimentError(f"There is no model package {arn}.")
    if found[0]["ModelApprovalStatus"] != "Approved":
        raise ExperimentError(f"{arn} is not approved: approve it first, or deploy its job.")
    return {"ModelPackageName": arn}


def packages(experiment: Experiment) -> list[dict[str, Any]]:
    """Every package of the stack's group."""
    pages = (
        boto3.client("sagemaker")
        .get_paginator("list_model_packages")
        .paginate(ModelPackageGroupName=experiment.stack.outputs["ModelPackageGroupArn"])
    )
    return [dict(package) for page in pages for package in page["ModelPackageSummaryList"]]


def run_name(experiment: Experiment, job: str) -> str:
    """The package's description: a run's name, as the stack's functions give and understand it."""
    return f"{experiment.stack.name}-{hashlib.sha256(job.encode()).hexdigest()[:12]}"


def facts(experiment: Experiment, job: str, evaluation: dict[str, Any]) -> dict[str, str]:
    """What the page tells of the model, in the registry's characters; and whose package it is.

    functions/deploy_endpoint/registering.py's `summary` says it of the stack's own runs. A function
    and a laptop's program can't import each other.
    """
    found = {
        "run": job,
        "experiment": experiment.name,
        "dataset": evaluation.get("dataset", {}).get("name"),
        "rows": evaluation.get("dataset", {}).get("rows_kept"),
        "accuracy": evaluation.get("metrics", {}).get("accuracy"),
        "expected_calibration_error": evaluation.get("metrics", {}).get(
            "expected_calibration_error"
        ),
        "baseline_accuracy": evaluation.get("baseline", {}).get("accuracy"),
        "trained_at": evaluation.get("training", {}).get("ended_at"),
    }
    texts = {
        key: f"{value:.4f}" if isinstance(value, float) else str(value)
        for key, value in found.items()
        if value not in (None, "")
    }
    return {key: re.sub(r"[^\w .:/=+@-]", "_", text)[:256] for key, text in texts.items()}


def publish(folder: str, found: dict[str, bytes]) -> None:
    """Evaluation and report, to where a person and the registry can read them."""
    bucket, _, prefix = folder.removeprefix("s3://").partition("/")
    for name, content in found.items():
        kind = "text/html; charset=utf-8" if name.endswith(".html") else _JSON
        boto3.client("s3").put_object(
            Bucket=bucket, Key=prefix + name, Body=content, ContentType=kind
        )


def wait_until_in_service(name: str) -> None:
    """Return once the endpoint answers; ExperimentError if it never will."""
    from time import sleep

    client, told = boto3.client("sagemaker"), ""
    while True:
        endpoint = client.describe_endpoint(EndpointName=name)
        if endpoint["EndpointStatus"] != told:
            told = endpoint["EndpointStatus"]
            print(f"status      {told}", flush=True)
        if told == "InService":
            return
        if told != "Creating":
            raise ExperimentError(f"The endpoint {name} is {told}: {endpoint.get('FailureReason')}")
        sleep(1)
