"""The packages in the model registry, and what the receipts of their runs say of them."""

import os
from collections.abc import Callable
from datetime import datetime
from typing import Any

import boto3
from botocore.exceptions import ClientError
from steps import state_of

from runs.measures import oldest
from runs.receipts import is_told_to_all, moved, run_receipt, tell

MODEL_PACKAGE_GROUP = os.environ["MODEL_PACKAGE_GROUP"]

KEPT_PACKAGES = 20
TOLD_PACKAGES = 10  # older ones have reached a state that only a person changes

sagemaker = boto3.client("sagemaker")

Package = dict[str, Any]  # a ModelPackageSummary; its ModelPackageDescription is the run


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


def measure_waiting(wanted: Package | None) -> None:
    """For how long the package that should be live has been on its way."""
    document = run_receipt(wanted["ModelPackageDescription"]) if wanted else None
    is_waiting = document and document["state"] == "deploying"
    oldest(datetime.fromisoformat(document["at"]) if document and is_waiting else None)


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
        elif is_told_to_all(document):
            continue
        tell(run, document)


def why_rejected(package: Package) -> str:
    """What the judge or a person gave as the reason."""
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
