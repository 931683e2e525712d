"""Delete everything that a stack and its runs have made, and prove it by listing what is left.

    python operations/delete.py --stack-name verdict

The endpoint, models, packages and the objects in the buckets were made after the stack, so
CloudFormation does not know them and would fail on them. The two functions that could make them
again are stopped first. Exits with 1 if anything is left. Cut off, it goes on when started again:
what is gone already is passed over, what is on its way is waited for.
"""

import argparse
import re
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

if __name__ == "__main__":  # a script knows only its own folder
    sys.path.insert(0, str(Path(__file__).parent.parent))

from operations.stack import client_of, is_missing, outputs_of

POLL_SECONDS = 1
UNDER_WAY = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}
HAS_ENDED = "is in status"  # so SageMaker says of a job that can't be stopped any more

client = cache(client_of)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--stack-name", default="verdict")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    args = parser.parse_args(argv)
    stack: str = args.stack_name
    question = f"This deletes stack {stack} with all datasets, runs and models. Type its name: "
    if not args.yes and input(question) != stack:
        print("Nothing was deleted.")
        return 1
    try:
        return delete(stack)
    except (BotoCoreError, ClientError) as error:
        print(f"{error}\nStart the deletion again: it goes on where it stopped.", file=sys.stderr)
        return 1


def delete(stack: str) -> int:
    """Delete the stack and all that its runs have made; returns the exit code."""
    if names := experiments(stack):
        print("Nothing was deleted. Clean these experiments first, while the stack is there:")
        for name in names:
            print(f"  training/experiment.py clean --experiment {name} --stack-name {stack}")
        return 1
    outputs = outputs_of(stack)
    if outputs is None:
        print(f"There is no stack {stack} in {client('cloudformation').meta.region_name}.")
        if left := list(what_is_left(stack, {})):
            print("\n".join(["But there is by its name:", *left]))
        return 1
    stop_functions(outputs.get("FunctionNames", "").split())
    delete_models(stack)
    for name in buckets(outputs):
        empty(name)
    delete_stack(stack)
    left = list(what_is_left(stack, outputs))
    print("\n".join(["Left over:", *left]) if left else f"Nothing of {stack} is left.")
    return 1 if left else 0


def if_there(step: Callable[..., Any], **request: Any) -> bool:
    """Take a step that another deletion, cut off or at work too, may have taken; whether it was."""
    try:
        step(**request)
    except ClientError as error:
        if not (is_missing(error) or HAS_ENDED in str(error)):
            raise
        return False
    return True


def buckets(outputs: dict[str, str]) -> list[str]:
    addresses = [
        outputs[name].split("/")[2] for name in ("DatasetUri", "RunUri") if name in outputs
    ]
    return addresses + [outputs[name] for name in ("PageBucketName",) if name in outputs]


def stop_functions(names: list[str]) -> None:
    stop = client("lambda").put_function_concurrency
    for name in names:
        if if_there(stop, FunctionName=name, ReservedConcurrentExecutions=0):
            print(f"stopped function {name}")


def delete_models(stack: str) -> None:
    """Delete the endpoint, its configs, the models and the packages, in the order AWS demands."""
    sagemaker = client("sagemaker")
    for job in training_jobs(stack, "InProgress"):
        if if_there(sagemaker.stop_training_job, TrainingJobName=job):
            print(f"stopped training job {job}")
    while training_jobs(stack, "Stopping"):  # it uploads what it has, into the buckets
        time.sleep(POLL_SECONDS)
    delete_endpoint(stack)
    for name in endpoint_configs(stack):
        if if_there(sagemaker.delete_endpoint_config, EndpointConfigName=name):
            print(f"deleted endpoint config {name}")
    for name in models(stack):
        if if_there(sagemaker.delete_model, ModelName=name):
            print(f"deleted model {name}")
    for arn in packages(stack):
        if if_there(sagemaker.delete_model_package, ModelPackageName=arn):
            print(f"deleted model package {arn}")


def delete_endpoint(name: str) -> None:
    """Delete the endpoint; SageMaker refuses it while the endpoint is on its way to somewhere."""
    told = None
    while status := endpoint_status(name):
        if status not in UNDER_WAY:
            try:
                if_there(client("sagemaker").delete_endpoint, EndpointName=name)
            except ClientError as error:
                if "in-progress" not in str(error):
                    raise
            continue
        if status != told:
            print(f"waiting for endpoint {name}: {status}")
        told = status
        time.sleep(POLL_SECONDS)
    if told:
        print(f"deleted endpoint {name}")


def empty(bucket: str) -> None:
    """Delete every version of every object."""
    s3 = client("s3")
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            entries: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if entries:
                objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in entries]
                s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
    except s3.exceptions.NoSuchBucket:
        return
    print(f"emptied bucket {bucket}")


def delete_stack(stack: str) -> None:
    cloudformation = client("cloudformation")
    cloudformation.delete_stack(StackName=stack)
    waiter = cloudformation.get_waiter("stack_delete_complete")
    print(f"deleting stack {stack}; the page's distribution takes minutes")
    waiting = {"Delay": POLL_SECONDS, "MaxAttempts": 3600 // POLL_SECONDS}
    try:
        waiter.wait(StackName=stack, WaiterConfig=waiting)
    except WaiterError:
        events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
        for event in events:
            if event["ResourceStatus"] == "DELETE_FAILED":
                print(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '?')}")
        return
    print(f"deleted stack {stack}")


def what_is_left(stack: str, outputs: dict[str, str]) -> Iterator[str]:
    if endpoint_status(stack):
        yield f"endpoint {stack}"
    yield from (f"endpoint config {name}" for name in endpoint_configs(stack))
    yield from (f"model {name}" for name in models(stack))
    yield from (f"model package {arn}" for arn in packages(stack))
    yield from (f"running training job {name}" for name in training_jobs(stack, "InProgress"))
    existing = {bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]}
    yield from (f"bucket {name}" for name in buckets(outputs) if name in existing)
    logs = client("logs").get_paginator("describe_log_groups")
    for page in logs.paginate(logGroupNamePrefix=f"/verdict/{stack}/"):
        yield from (f"log group {group['logGroupName']}" for group in page["logGroups"])
    if outputs_of(stack) is not None:
        yield f"stack {stack}"


# --- What there is, by the names that the functions give ------------------------------------------


def experiments(stack: str) -> list[str]:
    """Experiments that have endpoints of their own; training/experiment.py tags them."""
    names = set()
    for page in client("sagemaker").get_paginator("list_endpoints").paginate():
        for endpoint in page["Endpoints"]:
            tags = tags_of(endpoint["EndpointArn"])
            if tags.get("verdict:stack") == stack:
                names.add(tags["verdict:experiment"])
    return sorted(names)


def tags_of(arn: str) -> dict[str, str]:
    try:
        listed = client("sagemaker").list_tags(ResourceArn=arn)["Tags"]
    except ClientError as error:  # another deletion may be at work
        if not is_missing(error):
            raise
        return {}
    return {tag["Key"]: tag["Value"] for tag in listed}


def endpoint_status(name: str) -> str | None:
    """The endpoint's status; None if there is none."""
    pages = client("sagemaker").get_paginator("list_endpoints").paginate(NameContains=name)
    found = [endpoint for page in pages for endpoint in page["Endpoints"]]
    return next((str(e["EndpointStatus"]) for e in found if e["EndpointName"] == name), None)


def training_jobs(stack: str, status: str) -> list[str]:
    names = listed("training_jobs", "TrainingJobSummaries", "TrainingJobName", stack, status)
    return [name for name in names if run_of(stack, name)]


def endpoint_configs(stack: str) -> list[str]:
    names = listed("endpoint_configs", "EndpointConfigs", "EndpointConfigName", stack)
    return [name for name in names if run_of(stack, name.rpartition("-v")[0])]


def models(stack: str) -> list[str]:
    names = listed("models", "Models", "ModelName", stack)
    return [name for name in names if run_of(stack, name.rpartition("-v")[0])]


def run_of(stack: str, name: str) -> bool:
    """Whether a run is the stack's, and not that of a stack whose name begins like this one's."""
    return re.fullmatch(re.escape(stack) + r"-[0-9a-f]{12}(-\d+)?", name) is not None


def listed(what: str, result: str, name: str, stack: str, status: str = "") -> list[str]:
    given = {"NameContains": f"{stack}-"} | ({"StatusEquals": status} if status else {})
    pages = client("sagemaker").get_paginator(f"list_{what}").paginate(**given)
    return [str(found[name]) for page in pages for found in page[result]]


def packages(stack: str) -> list[str]:
    """The packages of the stack's group; none once the group is gone."""
    pages = client("sagemaker").get_paginator("list_model_packages")
    try:
        found = list(pages.paginate(ModelPackageGroupName=stack))
    except ClientError:
        return []
    return [one["ModelPackageArn"] for page in found for one in page["ModelPackageSummaryList"]]


if __name__ == "__main__":
    sys.exit(main())
