"""Is it missing? SageMaker says so in words that differ by the thing, and by no code of its own."""

from botocore.exceptions import ClientError

WORDS = (
    "not found",  # a training job
    "Could not find",  # an endpoint, its config, a model
    "does not exist",  # a package
)


def is_missing(error: ClientError) -> bool:
    """Whether SageMaker refused a call because what it names isn't there."""
    return any(words in error.response["Error"]["Message"] for words in WORDS)
