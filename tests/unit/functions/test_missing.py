"""What SageMaker says of a thing that isn't there, and what sounds like it."""

import pytest
from botocore.exceptions import ClientError

from runs.missing import is_missing


def refusal(message: str) -> ClientError:
    return ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "Describe")


@pytest.mark.parametrize(
    "message",
    [
        "Requested resource not found.",
        'Could not find endpoint "arn:aws:sagemaker:eu-west-1:1:endpoint/verdict".',
        'Could not find model "arn:aws:sagemaker:eu-west-1:1:model/verdict-0123456789ab-v3".',
        "ModelPackage arn:aws:sagemaker:eu-west-1:1:model-package/verdict/3 does not exist.",
    ],
)
def test_what_is_not_there_is_missing(message):
    assert is_missing(refusal(message))


@pytest.mark.parametrize(
    "message",
    [
        "Rate exceeded",
        'Cannot update in-progress endpoint "arn:aws:sagemaker:eu-west-1:1:endpoint/verdict".',
        "User: arn:aws:sts::1:assumed-role/deploy is not authorized to perform: DescribeEndpoint",
    ],
)
def test_what_was_refused_for_another_reason_is_not(message):
    assert not is_missing(refusal(message))
