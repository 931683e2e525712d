"""The packages in the model registry, and what the receipts of their runs say of them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import boto3
from botocore.exceptions import ClientError
from steps import state_of

from runs import notices
from runs.each import each
from runs.measures import oldest
from runs.missing import is_missing
from runs.names import RUN_PREFIX
from runs.receipts import is_told_to_all, moved, receipt, run_receipt, tell
from runs.refusals import Refusal
from runs.registry import Package, packages, run_of
from runs.states import BEFORE_ITS_END

KEPT_PACKAGES = 20
NEVER_TRIED = "0"  # as `attempts` among a package's metadata
TOLD_PACKAGES = 10  # older ones have reached a state that only a person changes
STRANGE = (
    "Verdict deploys what its runs have made, and this package's description is no run's name such "
    f"as {RUN_PREFIX}-0123456789ab. To deploy a model of your own, train it with "
    "training/experiment.py and register it with its command `register`."
)

sagemaker = boto3.client("sagemaker")


def all_packages() -> list[Package]:
    """Every package of our group, newest first; delete_old_packages keeps them few."""
    return sorted(packages(), key=lambda package: -package["ModelPackageVersion"])


def is_strange(package: Package) -> bool:
    """Whether somebody made it by hand, and approved it."""
    return package["ModelApprovalStatus"] == "Approved" and run_of(package) is None


def turn_away(package: Package) -> None:
    """Reject a package that can't be deployed as one of a run, and tell why."""
    notices.publish(
        f"model package {package['ModelPackageVersion']}",
        "is not deployed",
        STRANGE,
        f"Package {package['ModelPackageArn']}",
    )
    sagemaker.update_model_package(
        ModelPackageArn=package["ModelPackageArn"],
        ModelApprovalStatus="Rejected",
        ApprovalDescription=STRANGE,
    )


def measure_waiting(wanted: Package | None) -> None:
    """For how long the package that should be live has been on its way."""
    document = run_receipt(wanted["ModelPackageDescription"]) if wanted else None
    is_waiting = document and document["state"] == "deploying"
    oldest(datetime.fromisoformat(document["at"]) if document and is_waiting else None)


def tell_states(
    newest: list[Package], wanted: int | None, live: int | None, obstacle: Refusal | None
) -> list[Exception]:
    """Bring the receipts of the newest packages up to their state in registry and endpoint.

    `obstacle` is what is in the way of the wanted one. Returns what went wrong.
    """

    def tell_state(package: Package) -> None:
        run, state = package["ModelPackageDescription"], state_of(package, wanted, live)
        is_stuck = obstacle is not None and package["ModelPackageVersion"] == wanted
        document = run_receipt(run)
        if document is None and is_stuck:
            document = receipt(state, run=run, package=package["ModelPackageArn"])
        if document is None:  # not one that start_training knows of
            if state == "rejected":
                try_afresh(package)
            return
        if document["state"] in BEFORE_ITS_END:
            return  # `settle` tells of it first: a rival has made the package, and not yet why so
        now = document
        if obstacle and is_stuck:
            now = moved(document, state, obstacle.reason, obstacle.remedy)
        elif state not in ("rejected", "trained") or document["state"] != state:
            reason = None
            if state == "rejected":
                try_afresh(package)
                reason = why_rejected(package)
            now = moved(document, state, reason)
        if is_stuck or now != document or not is_told_to_all(document):
            tell(run, now)

    return each(tell_state, newest[:TOLD_PACKAGES])


def try_afresh(package: Package) -> None:
    """Forget how often a rejected package was tried: approved again by hand, it is tried again."""
    described = sagemaker.describe_model_package(ModelPackageName=package["ModelPackageArn"])
    if described.get("CustomerMetadataProperties", {}).get("attempts", NEVER_TRIED) != NEVER_TRIED:
        sagemaker.update_model_package(
            ModelPackageArn=package["ModelPackageArn"],
            CustomerMetadataProperties={"attempts": NEVER_TRIED},
        )


def why_rejected(package: Package) -> str:
    """What the judge or a person gave as the reason."""
    described = sagemaker.describe_model_package(ModelPackageName=package["ModelPackageArn"])
    return described.get("ApprovalDescription") or "Somebody rejected it in the model registry."


def delete_old_packages(newest: list[Package], keep: set[int | None]) -> None:
    """Delete packages beyond the newest few, never one that is live or wanted."""
    for package in newest[KEPT_PACKAGES:]:
        if package["ModelPackageVersion"] not in keep:
            if_there(sagemaker.delete_model_package, ModelPackageName=package["ModelPackageArn"])


def if_there(delete: Callable[..., Any], **request: Any) -> None:
    """Delete what another invocation, at work at the same time, may have deleted already."""
    try:
        delete(**request)
    except ClientError as error:
        if not is_missing(error):
            raise
