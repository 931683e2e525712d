"""Delete everything that a stack and its runs have made, and prove it by listing what is left.

    python operations/delete.py --stack-name verdict

The endpoint, models, packages and the objects in the buckets were made after the stack, so
CloudFormation does not know them and would fail on them. The two functions that could make them
again are stopped first, and run again if the stack stays after all. Exits with 1 if anything is
left. Cut off, it goes on when started again: what is gone already is passed over, what is on its
way is waited for. Where the stack is gone, its buckets go that it has left behind.
"""

import re
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from botocore.exceptions import BotoCoreError, ClientError

if __name__ == "__main__":  # a script knows only its own folder
    sys.path.insert(0, str(Path(__file__).parent.parent))

from operations.stack import (
    POLL_SECONDS,
    RUN,
    client_of,
    delete_stack,
    endpoint_logs,
    if_there,
    is_missing,
    outputs_of,
    parser_of,
    settled,
    stack_of,
    start_functions,
    stop_functions,
)

UNDER_WAY = {"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"}
# After the stack's name, the model and the endpoint config of a package, which may say how it is
# served.
SERVED = RUN + r"-v\d+(-[0-9a-f]{8})?"

client = cache(client_of)


def main(argv: list[str] | None = None) -> int:
    parser = parser_of(__doc__)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    args = parser.parse_args(argv)
    stack: str = args.stack_name
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, interrupt)
    try:
        what = f"stack {stack} in {region()} with all datasets, runs and models"
        if not args.yes and typed(f"This deletes {what}. Type its name: ") != stack:
            print("Nothing was deleted.")
            return 1
        return delete(stack)
    except (BotoCoreError, ClientError, KeyboardInterrupt) as error:
        why = str(error) or "The deletion was cut off."
        print(f"{why}\nStart the deletion again: it goes on where it stopped.", file=sys.stderr)
        return 1


def interrupt(*_: object) -> NoReturn:
    """Have a signal end the deletion as Ctrl-C does, so that functions aren't left stopped."""
    raise KeyboardInterrupt


def typed(question: str) -> str:
    """What somebody answers; nothing if nobody is there."""
    try:
        return input(question)
    except EOFError:
        return ""


def region() -> str:
    return str(client("cloudformation").meta.region_name)


def delete(stack: str) -> int:
    """Delete the stack and all that its runs have made; returns the exit code."""
    if names := experiments(stack):
        print("Nothing was deleted. Clean these experiments first, while the stack is there:")
        for name in names:
            print(f"  training/experiment.py clean --experiment {name} --stack-name {stack}")
        return 1
    found = stack_of(stack)
    if found is None:
        print(f"There is no stack {stack} in {region()}.")
        is_cleared = clear(stack)
        if left := list(what_is_left(stack, forsaken(stack))):
            print("\n".join(["But there is by its name:", *left]))
        return 0 if is_cleared and not left else 1
    if found.get("EnableTerminationProtection"):
        unprotect = "--no-enable-termination-protection"
        print(
            f"Nothing was deleted, for the stack {stack} is protected against it. To change that:"
        )
        where = f"--stack-name {stack} --region {region()}"
        print(f"  aws cloudformation update-termination-protection {unprotect} {where}")
        return 1
    settled(stack)
    functions = (outputs_of(stack) or {}).get("FunctionNames", "").split()
    stores = buckets(stack)
    try:
        stop_functions(functions)
        delete_models(stack)
        for name in stores:
            empty(name)
        delete_stack(stack)
    finally:
        if is_staying(stack):
            start_functions(functions)
    if stack_of(stack) is None:
        clear(stack)
    if left := list(what_is_left(stack, {*stores, *forsaken(stack)})):
        print("\n".join(["Left over:", *left, "Start the deletion again: it takes up the rest."]))
        return 1
    print(f"Nothing of {stack} is left but what AWS keeps or other stacks share:")
    print("\n".join(kept()))
    return 0


def clear(stack: str) -> bool:
    """Delete what has the names of a stack that is gone; whether there was anything.

    A function that was running may have made it anew, a deletion may have been cut off, and a stack
    that could not be made, since there were buckets of its names, leaves these.
    """
    had_models = serves_ours(stack) and delete_models(stack)
    stores = forsaken(stack)
    for name in stores:
        empty(name)
        if if_there(client("s3").delete_bucket, Bucket=name):
            print(f"deleted bucket {name}")
    return delete_logs(stack) or had_models or bool(stores)


def serves_ours(stack: str) -> bool:
    """Whether an endpoint of the stack's name is on a config of ours, if there is one."""
    try:
        found = client("sagemaker").describe_endpoint(EndpointName=stack)
    except ClientError as error:
        if not is_missing(error):
            raise
        return True
    return re.fullmatch(re.escape(stack) + SERVED, found["EndpointConfigName"]) is not None


def is_staying(stack: str) -> bool:
    """Whether the stack is there and isn't on its way out."""
    found = stack_of(stack)
    return found is not None and found["StackStatus"] != "DELETE_IN_PROGRESS"


def buckets(stack: str) -> list[str]:
    """The buckets that the stack has now, whatever state it is in."""
    pages = client("cloudformation").get_paginator("list_stack_resources")
    try:
        found = [
            one
            for page in pages.paginate(StackName=stack)
            for one in page["StackResourceSummaries"]
        ]
    except ClientError as error:
        if not is_missing(error):
            raise
        return []
    return [
        str(resource["PhysicalResourceId"])
        for resource in found
        if resource["ResourceType"] == "AWS::S3::Bucket"
        and resource["ResourceStatus"] != "DELETE_COMPLETE"
    ]


def forsaken(stack: str) -> list[str]:
    """Buckets that a stack has left behind, by the names that the template gives to its three."""
    pattern = rf"{re.escape(stack)}-(datasets|runs|page)-\d{{12}}-{region()}"
    names = [str(bucket["Name"]) for bucket in client("s3").list_buckets()["Buckets"]]
    return [name for name in names if re.fullmatch(pattern, name)]


def delete_models(stack: str) -> bool:
    """Delete jobs, endpoint, its configs, models and packages, in the order that AWS demands.

    Returns whether there was anything. Of jobs nothing may stay either: a stack of this name that
    is deployed later calls the run of the same dataset the same, and would take the old job for it.
    """
    sagemaker = client("sagemaker")
    stop_training(stack)
    had_any = delete_endpoint(stack)
    for kind, found, delete_it, member in (
        (
            "endpoint config",
            endpoint_configs,
            sagemaker.delete_endpoint_config,
            "EndpointConfigName",
        ),
        ("model", models, sagemaker.delete_model, "ModelName"),
        ("model package", packages, sagemaker.delete_model_package, "ModelPackageName"),
        ("training job", training_jobs, sagemaker.delete_training_job, "TrainingJobName"),
    ):
        for name in found(stack):
            if if_there(delete_it, **{member: name}):
                print(f"deleted {kind} {name}")
                had_any = True
    return had_any


def stop_training(stack: str) -> None:
    """Stop the stack's training jobs and wait for their end: until then they fill the buckets."""
    told: set[str] = set()
    stop = client("sagemaker").stop_training_job
    while running := [*training_jobs(stack, "InProgress"), *training_jobs(stack, "Stopping")]:
        for name in running:
            if if_there(stop, TrainingJobName=name) and name not in told:
                print(f"stopping training job {name}, which takes two minutes at most")
                told.add(name)
        time.sleep(POLL_SECONDS)
    for name in sorted(told):
        print(f"stopped training job {name}")


def delete_endpoint(name: str) -> bool:
    """Delete the endpoint, which SageMaker refuses while it is on its way; was there one?"""
    told, was_there = None, False
    while status := endpoint_status(name):
        was_there = True
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
    if was_there:
        print(f"deleted endpoint {name}")
    return was_there


def empty(bucket: str) -> None:
    """Delete every version of every object."""
    s3 = client("s3")
    try:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            entries: list[Any] = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            if entries:
                objects = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in entries]
                answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects})
                for error in answer.get("Errors", []):
                    print(f"s3://{bucket}/{error['Key']}: {error['Message']}")
    except s3.exceptions.NoSuchBucket:
        return
    print(f"emptied bucket {bucket}")


def delete_logs(stack: str) -> bool:
    """Delete what the endpoint has logged, which SageMaker may make anew; whether there was any."""
    name = endpoint_logs(stack)
    is_deleted = if_there(client("logs").delete_log_group, logGroupName=name)
    if is_deleted:
        print(f"deleted log group {name}")
    return is_deleted


def what_is_left(stack: str, stores: Iterable[str]) -> Iterator[str]:
    if endpoint_status(stack):
        yield f"endpoint {stack}"
    yield from (f"endpoint config {name}" for name in endpoint_configs(stack))
    yield from (f"model {name}" for name in models(stack))
    yield from (f"model package {arn}" for arn in packages(stack))
    yield from (f"training job {name}" for name in training_jobs(stack))
    existing = {bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]}
    yield from (f"bucket {name}" for name in stores if name in existing)
    yield from (f"log group {name}" for name in log_groups(f"/verdict/{stack}/"))
    if endpoint_logs(stack) in log_groups(endpoint_logs(stack)):
        yield f"log group {endpoint_logs(stack)}"
    if outputs_of(stack) is not None:
        yield f"stack {stack}"


def kept() -> Iterator[str]:
    """What stays in the account, at next to no cost: it isn't the stack's alone, or can't go."""
    for name in log_groups("/aws/sagemaker/TrainingJobs"):
        yield f"log group {name}, of all training jobs"
    sam = outputs_of("aws-sam-cli-managed-default") or {}
    if "SourceBucket" in sam:
        yield f"bucket {sam['SourceBucket']}, from which SAM deploys all stacks of {region()}"
    yield "the policy of CloudWatch Logs that lets API Gateway log"
    yield "metrics in CloudWatch, which fade within 15 months"


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


def training_jobs(stack: str, status: str = "") -> list[str]:
    names = listed("training_jobs", "TrainingJobSummaries", "TrainingJobName", stack, status)
    return ours(stack, RUN, names)


def endpoint_configs(stack: str) -> list[str]:
    names = listed("endpoint_configs", "EndpointConfigs", "EndpointConfigName", stack)
    return ours(stack, SERVED, names)


def models(stack: str) -> list[str]:
    return ours(stack, SERVED, listed("models", "Models", "ModelName", stack))


def ours(stack: str, pattern: str, names: list[str]) -> list[str]:
    """Those that are the stack's, and not of a stack whose name begins like this one's."""
    return [name for name in names if re.fullmatch(re.escape(stack) + pattern, name)]


def listed(what: str, result: str, name: str, stack: str, status: str = "") -> list[str]:
    given = {"NameContains": f"{stack}-"} | ({"StatusEquals": status} if status else {})
    pages = client("sagemaker").get_paginator(f"list_{what}").paginate(**given)
    return [str(found[name]) for page in pages for found in page[result]]


def log_groups(prefix: str) -> list[str]:
    pages = client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
    return [str(group["logGroupName"]) for page in pages for group in page["logGroups"]]


def packages(stack: str) -> list[str]:
    """The packages of the stack's group; none once the group is gone."""
    pages = client("sagemaker").get_paginator("list_model_packages")
    try:
        found = list(pages.paginate(ModelPackageGroupName=stack))
    except ClientError as error:
        if not is_missing(error):
            raise
        return []
    return [one["ModelPackageArn"] for page in found for one in page["ModelPackageSummaryList"]]


if __name__ == "__main__":
    sys.exit(main())
