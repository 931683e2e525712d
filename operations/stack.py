"""A stack as its operations find it: by name, with the developer's own credentials."""

import argparse
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, WaiterError

# After the stack's name, what the functions call a run.
RUN = r"-[0-9a-f]{12}(-\d+)?"
# AWS says in words, not by a code, that there is no such thing.
MISSING = ("does not exist", "Could not find", "not found", "Not Found")
IMAGES = ("train", "serve")  # targets of the Dockerfile, and how their tags begin
HAS_ENDED = "is in status"  # so SageMaker says of a job that can't be stopped any more
POLL_SECONDS, LONGEST_SECONDS = 1, 3600


def parser_of(description: str | None) -> argparse.ArgumentParser:
    """The arguments of an operation on a stack; `description` is its module's docstring."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--stack-name", default="verdict")
    return parser


def client_of(service: str, config: Config | None = None) -> Any:
    """A client with the developer's own credentials, in the region that the AWS CLI would take."""
    region = os.environ.get("AWS_REGION") or None  # which boto3 doesn't read
    new: Any = boto3.client  # whose types know literal names only
    return new(service, region_name=region, config=config)


def stack_of(name: str) -> dict[str, Any] | None:
    """What CloudFormation says of a stack; None if there is no such stack."""
    try:
        return dict(client_of("cloudformation").describe_stacks(StackName=name)["Stacks"][0])
    except ClientError as error:
        if not is_missing(error):
            raise
        return None


def outputs_of(stack: str) -> dict[str, str] | None:
    """The stack's outputs; None if there is no such stack."""
    found = stack_of(stack)
    if found is None:
        return None
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def endpoint_logs(stack: str) -> str:
    """The log group of the stack's endpoint, as SageMaker names it."""
    return f"/aws/sagemaker/Endpoints/{stack}"


def is_missing(error: ClientError) -> bool:
    """Whether AWS refused a call because what it names isn't there."""
    return any(words in str(error) for words in MISSING)


def settled(stack: str) -> str | None:
    """The stack's status once nothing is under way any more; None if there is no such stack."""
    told = None
    while found := stack_of(stack):
        status = str(found["StackStatus"])
        if not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS":
            return status
        if status != told:
            print(f"waiting for stack {stack}: {status}")
        told = status
        time.sleep(POLL_SECONDS)
    return None


def delete_stack(stack: str) -> None:
    """Delete a stack and wait until it is gone; prints what of it can't be deleted, and why."""
    cloudformation = client_of("cloudformation")
    cloudformation.delete_stack(StackName=stack)
    print(f"deleting stack {stack}; the page's distribution takes minutes")
    waiting = {"Delay": POLL_SECONDS, "MaxAttempts": LONGEST_SECONDS // POLL_SECONDS}
    try:
        waiter = cloudformation.get_waiter("stack_delete_complete")
        waiter.wait(StackName=stack, WaiterConfig=waiting)
    except WaiterError:
        print("\n".join(failures(stack, "DELETE")))
    else:
        print(f"deleted stack {stack}")


def failures(stack: str, what: str) -> Iterator[str]:
    """Which resources failed at the last CREATE or DELETE of a stack, and why."""
    pages = client_of("cloudformation").get_paginator("describe_stack_events")
    for page in pages.paginate(StackName=stack):
        for event in page["StackEvents"]:  # newest first
            name, status = event["LogicalResourceId"], event["ResourceStatus"]
            reason = event.get("ResourceStatusReason", "")
            if name == stack and status == f"{what}_IN_PROGRESS":
                return
            if name != stack and status == f"{what}_FAILED" and "cancelled" not in reason:
                yield f"{name}: {reason}"


def if_there(step: Callable[..., Any], **request: Any) -> bool:
    """Take a step that somebody else, at work too, may have taken already; whether it was taken."""
    try:
        step(**request)
    except ClientError as error:
        if not (is_missing(error) or HAS_ENDED in str(error)):
            raise
        return False
    return True


def stop_functions(names: Iterable[str]) -> None:
    """Have functions run no more; what runs already comes to its end."""
    stop = client_of("lambda").put_function_concurrency
    for name in names:
        if if_there(stop, FunctionName=name, ReservedConcurrentExecutions=0):
            print(f"stopped function {name}")


def start_functions(names: Iterable[str]) -> None:
    """Have functions run again that `stop_functions` has stopped and that are still there."""
    functions = client_of("lambda")
    for name in names:
        try:
            reserved = functions.get_function_concurrency(FunctionName=name)
        except ClientError as error:
            if not is_missing(error):
                raise
            continue
        if reserved.get("ReservedConcurrentExecutions") == 0:
            functions.delete_function_concurrency(FunctionName=name)
            print(f"started function {name} again")
