"""What AWS refuses, told to a person: in AWS's words, with what to do, and whether waiting helps.

What isn't in the table (throttling, an outage, a fault of ours) is raised: Lambda tries again, then
the event waits in the failure queue.
"""

from fnmatch import fnmatchcase
from typing import NamedTuple

from botocore.exceptions import ClientError

NOTHING_IS_LOST = "Nothing is lost: it is tried again every five minutes."
DROP_AGAIN = "Then drop the file again."
APPROVE_AGAIN = "Then approve the model package again."
ASK = (
    "Ask for a higher quota (Service Quotas in the console, Amazon SageMaker, by the name that "
    "stands in AWS's sentence)"
)
READS = "*Object|UploadPartCopy"  # of a dataset, or of a part of it
ENDPOINT = "EndpointInstanceType, EndpointInstanceCount and EndpointMemorySizeInMB"


class Refusal(NamedTuple):
    """What is in the way of a dataset, a run or a package."""

    reason: str
    remedy: str
    waits: bool  # the same is asked for again later, and may then be granted


class Rule(NamedTuple):
    """Which refusals have which remedy; `code`, `operation` and `words` are patterns."""

    code: str
    operation: str  # one of several, if "|" stands between them
    words: str  # of AWS's sentence, in lower case
    remedy: str
    waits: bool = False


# The first rule that fits counts. The codes are AWS's; docs/receipt.md lists them.
TABLE = (
    Rule(
        *("ResourceLimitExceeded", "CreateTrainingJob", "*"),
        f"{ASK}, or deploy with another TrainingInstanceType or with TrainingOnSpot=false, which "
        "have quotas of their own.",
        waits=True,
    ),
    Rule(
        *("ResourceLimitExceeded", "*Endpoint*", "*"),
        f"{ASK}, or deploy with other values of {ENDPOINT}.",
        waits=True,
    ),
    Rule(*("ResourceLimitExceeded", "*", "*"), f"{ASK}.", waits=True),
    Rule(
        *("AccessDeniedException", "*", "*"),
        "Whoever runs the stack deploys it anew; if a policy of the organization forbids it, only "
        "who made that policy can allow it.",
        waits=True,
    ),
    Rule(  # which says how the endpoint serves and nothing of the model
        *("ValidationException", "CreateEndpointConfig", "*"),
        f"Deploy with what the region has: other values of {ENDPOINT}.",
        waits=True,
    ),
    Rule(
        *("ValidationException", "Create*", "*image*"),
        "The container image is gone, or isn't as SageMaker takes it: `make deploy` makes and "
        "pushes it.",
    ),
    Rule(
        *("ValidationException", "CreateTrainingJob", "*"),
        "Mend what AWS names: parameters of the stack say on which instance and with which flags "
        "a training runs.",
    ),
    Rule(*("ValidationException", "*", "*"), "Mend what AWS names."),
    # Of a dataset that is there, but can't be read.
    Rule(
        *("InvalidObjectState", READS, "*"),
        "The file is archived: drop it in the storage class STANDARD.",
    ),
    Rule(
        *("InvalidRequest", READS, "*encryption*"),
        "The file is encrypted with a key of your own (SSE-C): drop it without, the bucket "
        "encrypts it by itself.",
    ),
    Rule(
        *("KMS.*", READS, "*"),
        "The file is encrypted with a KMS key that can't be used: drop it without, the bucket "
        "encrypts it by itself.",
    ),
    Rule(
        *("AccessDenied", READS, "*"),
        "The stack may not read the file. If it is encrypted with a KMS key, drop it without, the "
        "bucket encrypts it by itself.",
    ),
    Rule(*("40[03]", READS, "*"), "The file can't be read: drop it without encryption."),
)
AFTERWARDS = {
    "CreateTrainingJob": DROP_AGAIN,
    "CreateModelPackage": DROP_AGAIN,
    "CreateModel": APPROVE_AGAIN,
    "CreateEndpoint": APPROVE_AGAIN,
    "UpdateEndpoint": APPROVE_AGAIN,
}


def refusal_of(error: ClientError) -> Refusal | None:
    """What a person is told of an error; None for one that nobody need be told of."""
    operation, code = error.operation_name, error.response["Error"].get("Code", "")
    said = " ".join(error.response["Error"].get("Message", "").split())
    for rule in TABLE:
        told = zip((code, operation, said.lower()), rule[:3], strict=True)
        if all(any(fnmatchcase(one, p) for p in patterns.split("|")) for one, patterns in told):
            more = NOTHING_IS_LOST if rule.waits else AFTERWARDS.get(operation, "")
            reason = f"AWS refused {operation} ({code}): {said}"
            return Refusal(reason, f"{rule.remedy} {more}".strip(), rule.waits)
    return None
