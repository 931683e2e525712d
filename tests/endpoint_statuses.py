"""What an endpoint's statuses mean, by AWS's own description of DescribeEndpoint."""

import re

from botocore.session import Session

_STATUS = (
    Session()
    .get_service_model("sagemaker")
    .operation_model("DescribeEndpoint")
    .output_shape.members["EndpointStatus"]
)
# Each of them, by its sentence there: does the endpoint answer?
_ANSWERS = {
    "OutOfService": ("not available to take incoming requests", False),
    "Creating": ("CreateEndpoint is executing", False),
    "Updating": ("UpdateEndpoint or UpdateEndpointWeightsAndCapacities is executing", True),
    "SystemUpdating": ("maintenance operation does not change any customer-specified", True),
    "RollingBack": ("rolling back to its previous configuration", True),
    "InService": ("available to process incoming requests", True),
    "Deleting": ("DeleteEndpoint is executing", False),
    "Failed": ("DeleteEndpoint is the only operation that can be performed", False),
    "UpdateRollbackFailed": ("Your endpoint is in service with a mix of the old and new", True),
}
ANSWERING = sorted(status for status, (_, answers) in _ANSWERS.items() if answers)
SILENT = sorted(_ANSWERS.keys() - set(ANSWERING))


def described() -> dict[str, str]:
    """What AWS says of each status that botocore enumerates."""
    text = " ".join(re.sub("<[^>]+>", " ", _STATUS.documentation).split())
    found = re.split(rf" ?\b({'|'.join(_STATUS.enum)}) ?: ", text)
    return dict(zip(found[1::2], found[2::2], strict=True))


def enumerated() -> list[str]:
    """Every status that botocore knows."""
    return sorted(_STATUS.enum)


def reasons() -> dict[str, str]:
    """By which of AWS's words the tests take a status for one in which the endpoint answers."""
    return {status: words for status, (words, _) in _ANSWERS.items()}
