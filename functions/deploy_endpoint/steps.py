"""Which step comes next, and in which state a package is: pure functions of what SageMaker says."""

import re
from enum import Enum, auto
from typing import Any

from runs.states import State

ATTEMPTS = 2  # a package that the endpoint would not take twice is rejected
# What DescribeEndpoint's statuses mean, by AWS's description of it. While it is updated or rolled
# back the endpoint answers with what it answered with before, maintenance changes no model, and
# after UpdateRollbackFailed it is "in service with a mix of the old and new" config. It does not
# answer yet, or no more, while it is Creating or Deleting, OutOfService or Failed.
MOVING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})
ANSWERING = frozenset(
    {"InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed"}
)


class Step(Enum):
    """What to do now; the next invocation decides again."""

    SETTLED = auto()  # what should be live is live
    WAIT = auto()  # the endpoint is on its way
    CREATE = auto()
    UPDATE = auto()
    REPLACE = auto()  # make ready what comes next, then delete
    DELETE = auto()
    REJECT = auto()  # give up on the wanted package
    STAY = auto()  # the wanted package is or has been live, and can't be served in the wanted way


def next_step(
    endpoint: dict[str, Any] | None,
    wanted: str | None,
    attempts: int,
    *,
    serverless: bool,
    has_been_live: bool = False,
) -> Step:
    """The step from `endpoint` (DescribeEndpoint's answer or None) to the endpoint config `wanted`.

    Its name says which package it serves and how; `serverless` is a part of that. `attempts` counts
    how often it was tried. An update that rolled back shows only as an endpoint in service on
    another config; the count tells it from an update not yet begun. A package that `has_been_live`
    is never given up: were it refused for the way in which it is to be served, so would be those
    before it, one after the other.
    """
    give_up = Step.STAY if has_been_live else Step.REJECT
    if endpoint is None:
        if wanted is None:
            return Step.SETTLED
        return Step.CREATE if has_been_live or attempts < ATTEMPTS else Step.REJECT
    status, live = endpoint["EndpointStatus"], endpoint["EndpointConfigName"]
    if status in MOVING:
        return Step.WAIT
    if status != "InService":  # Failed, OutOfService, UpdateRollbackFailed: made anew or not at all
        return give_up if live == wanted and attempts >= ATTEMPTS else Step.DELETE
    if wanted is None:
        return Step.DELETE  # every package is rejected: somebody wants nothing to be live
    if live == wanted:
        return Step.SETTLED
    if serverless and is_real_time(endpoint):
        return Step.REPLACE  # the one change that AWS doesn't make by an update
    if attempts < ATTEMPTS:
        return Step.UPDATE
    return Step.STAY if version_of(live) == version_of(wanted) else give_up


def is_real_time(endpoint: dict[str, Any]) -> bool:
    """Whether an endpoint in service runs on instances."""
    variants = endpoint.get("ProductionVariants", [])
    return any(
        variant.get("CurrentInstanceCount") and "CurrentServerlessConfig" not in variant
        for variant in variants
    )


def answering_version(endpoint: dict[str, Any] | None) -> int | None:
    """The package version that `endpoint` (as for `next_step`) answers with, None if it doesn't."""
    if endpoint is None or endpoint["EndpointStatus"] not in ANSWERING:
        return None
    return version_of(endpoint["EndpointConfigName"])


def being_deployed(endpoint: dict[str, Any] | None) -> str | None:
    """The endpoint config that `endpoint` (as for `next_step`) is on its way to, None if to none.

    AWS tells it as pending; until it is there, EndpointConfigName is the one of before.
    """
    if endpoint is None or endpoint["EndpointStatus"] != "Updating":
        return None
    pending = endpoint.get("PendingDeploymentSummary", {}).get("EndpointConfigName")
    return str(pending) if pending else None


def version_of(name: str) -> int | None:
    """The package version in the name of a model or endpoint config, as runs/names.py has it.

    None for one that somebody made by hand.
    """
    found = re.fullmatch(r".+-v(\d+)(?:-[0-9a-f]{8})?", name)
    return int(found[1]) if found else None


def state_of(package: dict[str, Any], wanted: int | None, live: int | None) -> State:
    """A package's state as its receipt names it; what answers is live until another does."""
    approval, version = package["ModelApprovalStatus"], package["ModelPackageVersion"]
    if approval == "PendingManualApproval":
        return "trained"
    if approval == "Rejected":
        return "rejected"
    if version == live:
        return "live"
    return "deploying" if version == wanted else "superseded"
