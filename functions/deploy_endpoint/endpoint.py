"""The endpoint: one step from what is live towards what should be, and what is left over."""

import hashlib
import json
import os
from collections.abc import Callable
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError
from packages import NEVER_TRIED, if_there
from steps import ATTEMPTS, Step, answering_version, being_deployed, next_step

from runs import notices
from runs.missing import is_missing
from runs.names import RUN_PREFIX, SERVING_NAME
from runs.receipts import run_receipt
from runs.refusals import APPROVE_AGAIN, Refusal, refusal_of
from runs.registry import Package

ROLE_ARN = os.environ["MODEL_ROLE_ARN"]
ENDPOINT = os.environ["ENDPOINT_NAME"]
INSTANCE_TYPE = os.environ["ENDPOINT_INSTANCE_TYPE"]
IS_SERVERLESS = INSTANCE_TYPE == "serverless"
INSTANCE_COUNT = int(os.environ["ENDPOINT_INSTANCE_COUNT"])
MEMORY_SIZE_IN_MB = int(os.environ["ENDPOINT_MEMORY_SIZE_IN_MB"])
MAX_CONCURRENCY = int(os.environ["ENDPOINT_MAX_CONCURRENCY"])
ROLLBACK_ALARM = os.environ["ROLLBACK_ALARM"]

VARIANT = "live"  # as the alarms and the dashboard name it
KEPT_MODELS = 3
ROLLED_BACK = "The endpoint rolled back to what it was before."
AS_BEFORE = "The model goes on answering as before. Deploy with other parameters of the endpoint."
LIVE_BEFORE = (
    "The model has been live before, so it is not given up. Deploy with other parameters of the "
    "endpoint, or reject the model package: the next older one that is approved is served then. "
    "Rejected and approved again, it is tried again."
)
HAS_BEEN_LIVE = {"has_been_live": "true"}  # among the package's metadata

logger = Logger()
sagemaker = boto3.client("sagemaker")
cloudwatch = boto3.client("cloudwatch")


def converge(wanted: Package | None) -> Refusal | None:
    """Take the step that `next_step` names; safe to call at any time, any number of times.

    Returns what is in the way of the wanted package, if anything is. Attempts are read before the
    endpoint: were they read after it, a rival's attempt that began in between would count as one
    that has failed.
    """
    told = metadata_of(wanted) if wanted else {}
    attempts, has_been_live = attempts_in(told), told.get("has_been_live") == "true"
    endpoint = describe_endpoint()
    name = serving_name(wanted) if wanted else None
    step = next_step(
        endpoint, name, attempts, serverless=IS_SERVERLESS, has_been_live=has_been_live
    )
    logger.info("step", extra={"step": step.name, "wanted": name})
    if step is Step.DELETE:
        unless_overtaken(endpoint, sagemaker.delete_endpoint, EndpointName=ENDPOINT)
    elif step is Step.REJECT and wanted:
        reject(wanted, (endpoint or {}).get("FailureReason") or ROLLED_BACK)
    elif step is Step.STAY and wanted and endpoint:
        reason = endpoint.get("FailureReason") or ROLLED_BACK
        return Refusal(reason, remedy_of(wanted, endpoint), waits=True)
    elif step in (Step.CREATE, Step.UPDATE, Step.REPLACE) and wanted:
        return deploy(wanted, attempts, endpoint, step, has_been_live=has_been_live)
    elif step is Step.SETTLED and wanted and (attempts or not has_been_live):
        # should it ever be wanted again, it is tried afresh
        set_attempts(wanted, 0, **HAS_BEEN_LIVE)
    return None


def describe_endpoint() -> dict[str, Any] | None:
    try:
        described = dict(sagemaker.describe_endpoint(EndpointName=ENDPOINT))
    except ClientError as error:
        if not is_missing(error):
            raise
        return None
    return {name: value for name, value in described.items() if name != "ResponseMetadata"}


def live_version() -> int | None:
    """The package version that answers now, None if none does."""
    return answering_version(describe_endpoint())


def remedy_of(package: Package, endpoint: dict[str, Any] | None) -> str:
    """What to do about a package that is or has been live and can't be served as it should be."""
    is_live = answering_version(endpoint) == package["ModelPackageVersion"]
    return AS_BEFORE if is_live else LIVE_BEFORE


def deploy(
    package: Package,
    attempts: int,
    endpoint: dict[str, Any] | None,
    step: Step,
    *,
    has_been_live: bool,
) -> Refusal | None:
    """Begin to serve the package; returns what is in the way, unless the package is blamed."""
    is_live = answering_version(endpoint) == package["ModelPackageVersion"]
    try:
        make_ready(serving_name(package), package)
        if step is Step.REPLACE:
            if is_live and not has_been_live:
                set_attempts(package, attempts, **HAS_BEEN_LIVE)
            unless_overtaken(endpoint, sagemaker.delete_endpoint, EndpointName=ENDPOINT)
        elif begin_to_serve(serving_name(package), endpoint):
            set_attempts(package, attempts + 1)
        return None
    except ClientError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
    logger.error("refused", extra={"wanted": serving_name(package), "refusal": refusal._asdict()})
    if refusal.waits:
        return refusal
    if is_live or has_been_live:
        remedy = refusal.remedy.removesuffix(APPROVE_AGAIN)  # approved it is
        remedy = f"{remedy_of(package, endpoint)} {remedy}".strip()
        return Refusal(refusal.reason, remedy, waits=True)
    if attempts + 1 < ATTEMPTS:
        set_attempts(package, attempts + 1)
    else:
        reject(package, f"{refusal.reason} {refusal.remedy}")
    return None


def make_ready(name: str, package: Package) -> None:
    """Make model and endpoint config, which is where AWS refuses most of what it refuses."""
    unless_exists(
        sagemaker.create_model,
        ModelName=name,
        ExecutionRoleArn=ROLE_ARN,
        Containers=[{"ModelPackageName": package["ModelPackageArn"]}],
    )
    unless_exists(
        sagemaker.create_endpoint_config,
        EndpointConfigName=name,
        ProductionVariants=[{"VariantName": VARIANT, "ModelName": name, **how_to_serve()}],
    )


def begin_to_serve(name: str, endpoint: dict[str, Any] | None) -> bool:
    """Create or update the endpoint; False if a rival was there, or the alarm has to calm down.

    The alarm follows what is being deployed: a rival's fleet, if this invocation came too late. It
    keeps its state until CloudWatch next evaluates it, and would take a new update back at once.
    """
    request: dict[str, Any] = {"EndpointName": ENDPOINT, "EndpointConfigName": name}
    if endpoint is None:
        return unless_overtaken(endpoint, sagemaker.create_endpoint, **request)
    if IS_SERVERLESS:
        return unless_overtaken(endpoint, sagemaker.update_endpoint, **request)
    request["DeploymentConfig"] = canary()
    is_calm = watch_only(name) != "ALARM"
    if is_calm and unless_overtaken(endpoint, sagemaker.update_endpoint, **request):
        return True
    logger.info("not now", extra={"wanted": name, "alarm_is_on": not is_calm})
    deployed = being_deployed(describe_endpoint())
    if deployed and deployed != name:
        watch_only(deployed)
    return False


def unless_overtaken(seen: dict[str, Any] | None, step: Callable[..., Any], **request: Any) -> bool:
    """Take a step that the endpoint as `seen` asks for; False if a rival took one before."""
    try:
        step(**request)
    except ClientError:
        if describe_endpoint() == seen:
            raise
        return False
    return True


def unless_exists(create: Callable[..., Any], **request: Any) -> None:
    """Names come from content, so what exists under the name is what we would have made."""
    try:
        create(**request)
    except ClientError as error:
        if "already existing" not in error.response["Error"]["Message"]:
            raise


def how_to_serve() -> dict[str, Any]:
    """The part of the endpoint's variant that is the stack's parameters."""
    if IS_SERVERLESS:
        size = {"MemorySizeInMB": MEMORY_SIZE_IN_MB, "MaxConcurrency": MAX_CONCURRENCY}
        return {"ServerlessConfig": size}
    return {"InstanceType": INSTANCE_TYPE, "InitialInstanceCount": INSTANCE_COUNT}


def serving_name(package: Package) -> str:
    """The name of the package's model and endpoint config, as the stack would serve it now."""
    run, version = package["ModelPackageDescription"], package["ModelPackageVersion"]
    return f"{run}-v{version}-{serving_hash()}"


def serving_hash() -> str:
    """What decides how a package is served, the role that reads its model among it."""
    decides = json.dumps([how_to_serve(), ROLE_ARN], sort_keys=True)
    return hashlib.sha256(decides.encode()).hexdigest()[:8]


def canary() -> dict[str, Any]:
    """Half of the instances first, then all; back again if the alarm goes off."""
    routing: dict[str, Any] = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 300}
    if INSTANCE_COUNT > 1:  # one instance can't be halved
        routing |= {"Type": "CANARY", "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50}}
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": 60,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": ROLLBACK_ALARM}]},
    }


def watch_only(config: str) -> str:
    """Point the rollback alarm at the fleet of an endpoint config, all else as the template says.

    SageMaker measures each fleet under its config's name besides, while both are there: errors of
    the model that is to be replaced take nothing back. Returns the state in which the alarm is.
    """
    [alarm] = cloudwatch.describe_alarms(AlarmNames=[ROLLBACK_ALARM])["MetricAlarms"]
    settable = cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    fleet = {"EndpointName": ENDPOINT, "VariantName": VARIANT, "EndpointConfigName": config}
    dimensions = [{"Name": name, "Value": value} for name, value in fleet.items()]
    cloudwatch.put_metric_alarm(
        **{name: value for name, value in alarm.items() if name in settable}
        | {"Dimensions": dimensions}
    )
    return str(alarm["StateValue"])


def metadata_of(package: Package) -> dict[str, str]:
    described = sagemaker.describe_model_package(ModelPackageName=package["ModelPackageArn"])
    return dict(described.get("CustomerMetadataProperties", {}))


def attempts_in(metadata: dict[str, str]) -> int:
    """How often it was tried to serve the package as the stack would now."""
    how, _, attempts = metadata.get("attempts", "").rpartition(":")
    return int(attempts) if how == serving_hash() else 0


def set_attempts(package: Package, attempts: int, **more: str) -> None:
    """Remember it in the package's metadata, and what `more` there is."""
    sagemaker.update_model_package(
        ModelPackageArn=package["ModelPackageArn"],
        CustomerMetadataProperties={"attempts": f"{serving_hash()}:{attempts}", **more},
    )


def reject(package: Package, cause: str) -> None:
    """Give up on a package that the endpoint would not take; the next older one is wanted then.

    `tell_states` tells of it, unless it is of no run that start_training knows.
    """
    reason = f"Deployment failed {ATTEMPTS} times: {cause}"
    logger.error(
        "package rejected", extra={"package": package["ModelPackageArn"], "reason": reason}
    )
    if run_receipt(package["ModelPackageDescription"]) is None:
        about = f"model package {package['ModelPackageVersion']}"
        notices.publish(about, "is rejected", reason, f"Package {package['ModelPackageArn']}")
    sagemaker.update_model_package(
        ModelPackageArn=package["ModelPackageArn"],
        ModelApprovalStatus="Rejected",
        ApprovalDescription=" ".join(reason.split())[:1024],
        CustomerMetadataProperties={"attempts": NEVER_TRIED},  # if it is approved again by hand
    )


def delete_unused(wanted: Package | None) -> None:
    """Delete models and endpoint configs beyond the newest few, never a live or wanted one."""
    endpoint = describe_endpoint()
    if endpoint and endpoint["EndpointStatus"] != "InService":
        return  # under way: the config that it will end on is not known yet
    keep = {endpoint["EndpointConfigName"]} if endpoint else set()
    if wanted:
        keep.add(serving_name(wanted))
    newest_first: dict[str, Any] = {
        "NameContains": f"{RUN_PREFIX}-",
        "SortBy": "CreationTime",
        "SortOrder": "Descending",
        "PaginationConfig": {"PageSize": 100},
    }
    configs = sagemaker.get_paginator("list_endpoint_configs").paginate(**newest_first)
    names = [one["EndpointConfigName"] for page in configs for one in page["EndpointConfigs"]]
    for name in disposable(names, keep):
        if_there(sagemaker.delete_endpoint_config, EndpointConfigName=name)
    models = sagemaker.get_paginator("list_models").paginate(**newest_first)
    names = [one["ModelName"] for page in models for one in page["Models"]]
    for name in disposable(names, keep):
        if_there(sagemaker.delete_model, ModelName=name)


def disposable(names: list[str], keep: set[str]) -> list[str]:
    """Which of our `names`, newest first, are not among the newest few nor to be kept."""
    ours = [name for name in names if SERVING_NAME.fullmatch(name)]
    return [name for name in ours[KEPT_MODELS:] if name not in keep]
