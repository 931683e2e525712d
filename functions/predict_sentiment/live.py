"""What is live, and how good it is: the endpoint, its package and its run's evaluation."""

import json
import math
import os
import re
import time
from functools import lru_cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from problems import Problem, RefusalError, refusal_of

ENDPOINT_NAME = os.environ["ENDPOINT_NAME"]
MODEL_PACKAGE_GROUP = os.environ["MODEL_PACKAGE_GROUP"].rpartition("/")[2]  # a name or an ARN
RUN_BUCKET = os.environ["RUN_BUCKET"]

# As in deploy_endpoint/steps.py, which says why, and in openapi.json.
ANSWERING = {"InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed"}
MOST_OF_A_NAME = 80  # characters: what a group is called is up to its dataset
REFUSED_SECONDS = 5  # for so long no model is live, whoever asks

PATIENCE = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 2})
sagemaker = boto3.client("sagemaker", config=PATIENCE)


@lru_cache(maxsize=1)
def s3() -> Any:
    """Made when it is needed: a review never needs it."""
    return boto3.client("s3", config=PATIENCE)


def model_now() -> dict[str, Any]:
    """What is live, at most a minute old; RefusalError where nothing is."""
    now = time.monotonic()
    if refusal := why_none(int(now // REFUSED_SECONDS)):
        raise refusal.with_traceback(None)
    return live_model(int(now // 60))


@lru_cache(maxsize=1)
def why_none(moment: int) -> RefusalError | None:  # noqa: ARG001 - the moment is the cache's key
    """Why no model is live, looked up once in some seconds, as deploy_endpoint shares the rate of
    DescribeEndpoint; None if one is. Other failures are raised, and not remembered.
    """
    try:
        live_model(int(time.monotonic() // 60))
    except (RefusalError, ClientError) as error:
        refusal = refusal_of(error)
        if refusal.problem not in (Problem.NO_MODEL, Problem.STARTING):
            raise
        return refusal
    return None


@lru_cache(maxsize=1)
def live_model(minute: int) -> dict[str, Any]:  # noqa: ARG001 - the minute is the cache's key
    """What is live, looked up once in a minute; a failure is not remembered here."""
    endpoint = sagemaker.describe_endpoint(EndpointName=ENDPOINT_NAME)
    if endpoint["EndpointStatus"] not in ANSWERING:
        is_new = endpoint["EndpointStatus"] == "Creating"
        raise RefusalError(Problem.STARTING if is_new else Problem.NO_MODEL)
    named = re.fullmatch(r"(.+)-v(\d+)(?:-[0-9a-f]{8})?", endpoint["EndpointConfigName"])
    if named is None:  # a config that somebody made by hand
        raise RefusalError(Problem.NO_MODEL)
    run, version = named.groups()  # what follows says how it serves
    account = endpoint["EndpointArn"].partition(":endpoint/")[0]
    facts = facts_of(f"{account}:model-package/{MODEL_PACKAGE_GROUP}/{version}")
    run = facts.get("run") or run  # as its answers say: serve_anew.py names a package anew
    return {
        "run": run,
        "package_version": int(version),
        "status": endpoint["EndpointStatus"],
        "endpoint_changed_at": endpoint["LastModifiedTime"].isoformat(timespec="seconds"),
        "dataset": facts.get("dataset"),
        "accuracy": number(facts.get("accuracy")),
        "baseline_accuracy": number(facts.get("baseline_accuracy")),
        "rows": number(facts.get("rows")),
        "trained_at": facts.get("trained_at"),
        "evaluation": evaluation_of(run),
    }


def facts_of(package_arn: str) -> dict[str, str]:
    """What the registry holds of a package; a package that was deleted by hand still answers."""
    try:
        package = sagemaker.describe_model_package(ModelPackageName=package_arn)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationException":
            raise
        return {}
    return package.get("CustomerMetadataProperties", {})


def evaluation_of(run: str) -> dict[str, Any] | None:
    """How good the run's model is on held-out reviews; None where that isn't kept, or not ours.

    The page can do without it, so nothing that goes wrong here takes the rest away.
    """
    try:
        kept = s3().get_object(Bucket=RUN_BUCKET, Key=f"runs/{run}/evaluation.json")
        return public(json.loads(kept["Body"].read()))
    except (ClientError, BotoCoreError, ValueError, KeyError, TypeError):
        return None


def public(evaluation: dict[str, Any]) -> dict[str, Any]:
    """Figures of evaluation.json that any reader may see: no words and no lines of the dataset.

    What its largest groups are called is told: films, shops, kinds of product.
    """
    low, high = evaluation["unsure"]
    return {
        "reviews": int(evaluation["split"]["test"]),
        "confusion": [[int(count) for count in row] for row in evaluation["metrics"]["confusion"]],
        "calibration_error": finite(evaluation["metrics"]["expected_calibration_error"]),
        "reliability": [
            {
                "reviews": int(found["reviews"]),
                "probability": finite(found["probability"]),
                "positive": finite(found["positive"]),
            }
            for found in evaluation["reliability"]
        ],
        "unsure": [finite(low), finite(high)],
        "behaviour": [
            {"what": check["what"], "passed": int(check["passed"]), "of": int(check["of"])}
            for check in evaluation["behaviour"].values()
            if check.get("of") and check.get("what")
        ],
        "slices": [
            {
                "what": str(one["what"])[:MOST_OF_A_NAME],
                "reviews": int(one["reviews"]),
                "accuracy": finite(one["accuracy"]),
            }
            for kind in ("by_length", "by_group")  # a model may be from before these were kept
            for one in evaluation.get(kind, [])
        ],
    }


def finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError(value)
    return round(float(value), 4)


def number(text: str | None) -> float | None:
    """The registry holds strings, some written by hand: one that is no number counts as none."""
    try:
        value = float(text or "")
    except ValueError:
        return None
    return (int(value) if value.is_integer() else value) if math.isfinite(value) else None
