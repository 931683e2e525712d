"""A stack as its operations find it: by name, with the developer's own credentials."""

from typing import Any

import boto3
from botocore.exceptions import ClientError

# AWS says in words, not by a code, that there is no such thing.
MISSING = ("does not exist", "Could not find", "not found", "Not Found")


def client_of(service: str) -> Any:
    """A client with the developer's own credentials."""
    return boto3.client(service)  # type: ignore[call-overload]  # its types know literal names only


def outputs_of(stack: str) -> dict[str, str] | None:
    """The stack's outputs; None if there is no such stack."""
    try:
        found = client_of("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as error:
        if not is_missing(error):
            raise
        return None
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def is_missing(error: ClientError) -> bool:
    """Whether AWS refused a call because what it names isn't there."""
    return any(words in str(error) for words in MISSING)
