"""The endpoint: one step from what is live towards what should be, and what is left over."""

import os
from collections.abc import Callable
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError
from packages import Package, if_there
from steps import ATTEMPTS, Step, answering_version, next_step, version_of

from runs.names import RUN_NAME, RUN_PREFIX

ROLE_ARN = os.environ["MODEL_ROLE_ARN"]
ENDPOINT = os.environ["ENDPOINT_NAME"]
INSTANCE_TYPE = os.environ["ENDPOINT_INSTANCE_TYPE"]
INSTANCE_COUNT = int(os.environ["ENDPOINT_INSTANCE_COUNT"])
MEMORY_SIZE_IN_MB = int(os.environ["ENDPOINT_MEMORY_SIZE_IN_MB"])
MAX_CONCURRENCY = int(os.environ["ENDPOINT_MAX_CONCURRENCY"])
ROLLBACK_ALARM = os.environ["ROLLBACK_ALARM"]

VARIANT = "live"  # as the alarms and the dashboard name it
KEPT_MODELS = 3

logger = Logger()
sagemaker = boto3.client("sagemaker")
cloudwatch = boto3.client("cloudwatch")


def converge(wanted: Package | None) -> None:
    """Take the step that `next_step` names; safe to call at any time, any number of times.

    Attempts are read before the endpoint: were they read after it, a rival's attempt that began in
    between would count as one that has failed.
    """
    attempts = attempts_on(wanted) if wanted else 0
    endpoint = describe_endpoint()
    step = next_step(endpoint, wanted["ModelPackageVersion"] if wanted else None, attempts)
    logger.info("step", extra={"step": step.name, "wanted": wanted and wanted["ModelPackageArn"]})
    if step is Step.DELETE:
        unless_overtaken(endpoint, sagemaker.delete_endpoint, EndpointName=ENDPOINT)
    elif step is Step.REJECT and wanted:
        reject(wanted, endpoint)
    elif step in (Step.CREATE, Step.UPDATE) and wanted:
        deploy(wanted, attempts, endpoint)
    elif step is Step.SETTLED and wanted and attempts:
        set_attempts(wanted, 0)  # should it ever be wanted again, it is tried afresh


def describe_endpoint() -> dict[str, Any] | None:
    try:
        described = dict(sagemaker.describe_endpoint(EndpointName=ENDPOINT))
    except ClientError as error:
        if "Could not find" in error.response["Error"]["Message"]:
            return None
        raise
    return {name: value for name, value in described.items() if name != "ResponseMetadata"}


def live_version() -> int | None:
    """The package version that answers now, None if none does."""
    return answering_version(describe_endpoint())


def deploy(package: Package, attempts: int, endpoint: dict[str, Any] | None) -> None:
    """Make the package's model and endpoint config; create or update the endpoint with them."""
    name = f"{package['ModelPackageDescription']}-v{package['ModelPackageVersion']}"
    unless_exists(
        sagemaker.create_model,
        ModelName=name,
        ExecutionRoleArn=ROLE_ARN,
        Containers=[{"ModelPackageName": package["ModelPackageArn"]}],
    )
    unless_exists(
        sagemaker.create_endpoint_config,
        EndpointConfigName=name,
        ProductionVariants=[variant(name)],
    )
    request: dict[str, Any] = {"EndpointName": ENDPOINT, "EndpointConfigName": name}
    if endpoint and INSTANCE_TYPE:
        watch_only(name)
        request["DeploymentConfig"] = canary()
    step = sagemaker.update_endpoint if endpoint else sagemaker.create_endpoint
    if unless_overtaken(endpoint, step, **request):
        set_attempts(package, attempts + 1)


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


def variant(model: str) -> dict[str, Any]:
    size: dict[str, Any] = {
        "ServerlessConfig": {
            "MemorySizeInMB": MEMORY_SIZE_IN_MB,
            "MaxConcurrency": MAX_CONCURRENCY,
        }
    }
    if INSTANCE_TYPE:
        size = {"InstanceType": INSTANCE_TYPE, "InitialInstanceCount": INSTANCE_COUNT}
    return {"VariantName": VARIANT, "ModelName": model, **size}


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


def watch_only(config: str) -> None:
    """Point the rollback alarm at the fleet of an endpoint config, all else as the template says.

    SageMaker measures each fleet under its config's name besides, while both are there: errors of
    the model that is to be replaced take nothing back.
    """
    [alarm] = cloudwatch.describe_alarms(AlarmNames=[ROLLBACK_ALARM])["MetricAlarms"]
    settable = cloudwatch.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
    fleet = {"EndpointName": ENDPOINT, "VariantName": VARIANT, "EndpointConfigName": config}
    dimensions = [{"Name": name, "Value": value} for name, value in fleet.items()]
    cloudwatch.put_metric_alarm(
        **{name: value for name, value in alarm.items() if name in settable}
        | {"Dimensions": dimensions}
    )


def attempts_on(package: Package) -> int:
    described = sagemaker.describe_model_package(ModelPackageName=package["ModelPackageArn"])
    return int(described.get("CustomerMetadataProperties", {}).get("attempts", "0"))


def set_attempts(package: Package, attempts: int) -> None:
    sagemaker.update_model_package(
        ModelPackageArn=package["ModelPackageArn"],
        CustomerMetadataProperties={"attempts": str(attempts)},
    )


def reject(package: Package, endpoint: dict[str, Any] | None) -> None:
    """Give up on a package that the endpoint would not take; the next older one is wanted then."""
    cause = (endpoint or {}).get("FailureReason") or "The endpoint rolled back to the model before."
    reason = f"Deployment failed {ATTEMPTS} times: {cause}"
    logger.error(
        "package rejected", extra={"package": package["ModelPackageArn"], "reason": reason}
    )
    sagemaker.update_model_package(
        ModelPackageArn=package["ModelPackageArn"],
        ModelApprovalStatus="Rejected",
        ApprovalDescription=reason[:1024],
        CustomerMetadataProperties={"attempts": "0"},  # approved again by hand, it is tried again
    )


def delete_unused(wanted: Package | None) -> None:
    """Delete models and endpoint configs beyond the newest few, never a live or wanted one."""
    endpoint = describe_endpoint()
    if endpoint and endpoint["EndpointStatus"] != "InService":
        return  # under way: the config that it will end on is not known yet
    keep = {version_of(endpoint["EndpointConfigName"])} if endpoint else set()
    if wanted:
        keep.add(wanted["ModelPackageVersion"])
    configs = sagemaker.list_endpoint_configs(
        NameContains=f"{RUN_PREFIX}-", SortBy="CreationTime", SortOrder="Descending", MaxResults=100
    )["EndpointConfigs"]
    for name in disposable([config["EndpointConfigName"] for config in configs], keep):
        if_there(sagemaker.delete_endpoint_config, EndpointConfigName=name)
    models = sagemaker.list_models(
        NameContains=f"{RUN_PREFIX}-", SortBy="CreationTime", SortOrder="Descending", MaxResults=100
    )["Models"]
    for name in disposable([model["ModelName"] for model in models], keep):
        if_there(sagemaker.delete_model, ModelName=name)


def disposable(names: list[str], keep: set[int]) -> list[str]:
    """Which of our `names`, newest first, are not among the newest few nor of a version to keep."""
    ours = [name for name in names if RUN_NAME.fullmatch(name.rpartition("-v")[0])]
    return [name for name in ours[KEPT_MODELS:] if version_of(name) not in keep]
