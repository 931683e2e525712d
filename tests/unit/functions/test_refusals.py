"""Which errors of AWS are for a person, and what the person is told."""

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session

from runs.refusals import AFTERWARDS, NOTHING_IS_LOST, TABLE, refusal_of

CREATING = [*AFTERWARDS, "CreateEndpointConfig"]


def error(operation, code, message):
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


@pytest.mark.parametrize(
    ("operation", "code", "message", "words", "waits"),
    [
        ("CreateTrainingJob", "ResourceLimitExceeded", "0 Instances", "TrainingOnSpot", True),
        ("UpdateEndpoint", "ResourceLimitExceeded", "0 Instances", "EndpointInstanceType", True),
        ("CreateModel", "AccessDeniedException", "no policy allows it", "deploys it anew", True),
        ("CreateEndpointConfig", "ValidationException", "not in this region", "the region", True),
        ("CreateModel", "ValidationException", "Requested image x not found", "make deploy", False),
        ("CreateModel", "ValidationException", "OCI Image manifest", "make deploy", False),
        ("CreateTrainingJob", "ValidationException", "No S3 objects", "parameters", False),
        ("UpdateEndpoint", "ValidationException", "Cannot", "Mend what AWS names", False),
        ("GetObject", "InvalidObjectState", "archived", "STANDARD", False),
        ("GetObject", "InvalidRequest", "Server Side Encryption", "SSE-C", False),
        ("CopyObject", "KMS.DisabledException", "is disabled", "KMS key", False),
        ("CopyObject", "AccessDenied", "Access Denied", "may not read", False),
        ("UploadPartCopy", "AccessDenied", "Access Denied", "may not read", False),
        ("HeadObject", "403", "Forbidden", "can't be read", False),
        ("HeadObject", "400", "Bad Request", "can't be read", False),
    ],
)
def test_a_refusal_is_told_in_aws_s_words_with_what_to_do(operation, code, message, words, waits):
    refusal = refusal_of(error(operation, code, message))

    assert refusal.reason == f"AWS refused {operation} ({code}): {message}"
    assert words in refusal.remedy
    assert refusal.waits == waits
    end = NOTHING_IS_LOST if waits else AFTERWARDS.get(operation, "")
    assert refusal.remedy.endswith(end)


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("CreateTrainingJob", "ThrottlingException"),
        ("CreateEndpoint", "InternalFailure"),
        ("CreateModelPackage", "ConflictException"),
        ("GetObject", "SlowDown"),
        ("GetObject", "PreconditionFailed"),
        ("GetObject", "404"),
        ("GetObject", "InvalidRequest"),  # of something else than encryption: a fault of ours
        ("GetObject", "ExpiredToken"),
        ("GetObject", "RequestTimeTooSkewed"),
    ],
)
def test_what_passes_or_is_a_fault_of_ours_is_nobody_s_refusal(operation, code):
    assert refusal_of(error(operation, code, "Sorry.")) is None


def test_what_aws_says_over_several_lines_is_told_in_one():
    refusal = refusal_of(error("CreateModel", "ValidationException", "One\n  two\tthree "))

    assert refusal.reason.endswith("): One two three")


def test_the_quotas_codes_are_aws_s_own():
    model = Session().get_service_model("sagemaker")

    for operation in CREATING:
        codes = {shape.error_code for shape in model.operation_model(operation).error_shapes}
        assert "ResourceLimitExceeded" in codes, operation


def test_each_row_can_be_reached():
    for number, row in enumerate(TABLE):
        earlier = {(before.code, before.operation, before.words) for before in TABLE[:number]}
        assert (row.code, row.operation, row.words) not in earlier
        assert (row.code, "*", "*") not in earlier
