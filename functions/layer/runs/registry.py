"""Our training jobs and model packages, found among those of others.

AWS's filters let others pass: training jobs of a stack whose name begins like ours, packages that
somebody made by hand. So lists are read on until there are enough of ours.
"""

import os
from collections.abc import Iterator
from typing import Any

import boto3

from runs.names import RUN_NAME, RUN_PREFIX

MODEL_PACKAGE_GROUP = os.environ["MODEL_PACKAGE_GROUP"]

sagemaker = boto3.client("sagemaker")

Package = dict[str, Any]  # a ModelPackageSummary


def our_jobs() -> Iterator[dict[str, Any]]:
    """The summaries of our training jobs, newest first; a page is asked for when it is needed."""
    pages = sagemaker.get_paginator("list_training_jobs").paginate(
        NameContains=f"{RUN_PREFIX}-",
        SortBy="CreationTime",
        SortOrder="Descending",
        PaginationConfig={"PageSize": 100},
    )
    for page in pages:
        for job in page["TrainingJobSummaries"]:
            if RUN_NAME.fullmatch(job["TrainingJobName"]):
                yield dict(job)


def packages() -> Iterator[Package]:
    """Every package of the group, newest first; a page is asked for when it is needed."""
    pages = sagemaker.get_paginator("list_model_packages").paginate(
        ModelPackageGroupName=MODEL_PACKAGE_GROUP,
        SortBy="CreationTime",
        SortOrder="Descending",
        PaginationConfig={"PageSize": 100},
    )
    for page in pages:
        yield from (dict(package) for package in page["ModelPackageSummaryList"])


def run_of(package: Package) -> str | None:
    """The run that a package is of, by its description; None for one that is not ours."""
    description = package.get("ModelPackageDescription", "")
    return description if RUN_NAME.fullmatch(description) else None


def is_deployable(package: Package) -> bool:
    """Whether it may be live: the newest one of these should be."""
    is_ready = package["ModelPackageStatus"] == "Completed"
    is_approved = package["ModelApprovalStatus"] == "Approved"
    return is_ready and is_approved and run_of(package) is not None
