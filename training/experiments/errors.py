"""What the person at the keyboard is told, and how AWS says that something isn't there."""

from botocore.exceptions import ClientError


class ExperimentError(Exception):
    """Something that the person at the keyboard can change; says what."""


def is_missing(error: ClientError) -> bool:
    """Whether AWS refused a call because what it names, a stack or a job, isn't there."""
    message = error.response["Error"]["Message"]
    return "does not exist" in message or "not found" in message
