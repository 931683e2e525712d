"""Answers and errors are held against AWS's description: each way of being wrong is caught."""

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from local import errors, wire
from local.in_process import service_model
from local.sagemaker_shapes import check_output
from local.wire import AwsError

SAGEMAKER = service_model("sagemaker")
ARN = "arn:aws:sagemaker:us-east-1:123456789012"
IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/stand-ins:serve-1"
NOW = 1_700_000_000.123

ANSWERS: dict[str, dict[str, Any]] = {
    "DescribeTrainingJob": {
        "TrainingJobName": "job",
        "TrainingJobArn": f"{ARN}:training-job/job",
        "ModelArtifacts": {"S3ModelArtifacts": "s3://shelf/job/output/model.tar.gz"},
        "TrainingJobStatus": "Completed",
        "SecondaryStatus": "Completed",
        "HyperParameters": {"epochs": "3"},
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [{"Name": "epoch", "Regex": "epoch=([0-9]+)"}],
        },
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "CreationTime": NOW,
        "SecondaryStatusTransitions": [
            {"Status": "Training", "StartTime": NOW, "StatusMessage": "under way"}
        ],
        "FinalMetricDataList": [{"MetricName": "epoch", "Value": 3.0, "Timestamp": NOW}],
        "EnableManagedSpotTraining": False,
    },
    "DescribeEndpoint": {
        "EndpointName": "e",
        "EndpointArn": f"{ARN}:endpoint/e",
        "EndpointConfigName": "e-1",
        "ProductionVariants": [
            {
                "VariantName": "live",
                "CurrentWeight": 1.0,
                "CurrentServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 5},
            }
        ],
        "EndpointStatus": "InService",
        "CreationTime": NOW,
        "LastModifiedTime": NOW,
    },
    "DescribeModelPackage": {
        "ModelPackageName": "stack",
        "ModelPackageVersion": 1,
        "ModelPackageArn": f"{ARN}:model-package/stack/1",
        "CreationTime": NOW,
        "ModelPackageStatus": "Completed",
        "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
        "InferenceSpecification": {
            "Containers": [
                {"Image": IMAGE, "ModelDataUrl": "s3://s/m.tar.gz", "Environment": {"A": "b"}}
            ],
        },
        "CustomerMetadataProperties": {"run": "job"},
    },
    "ListTags": {"Tags": [{"Key": "a", "Value": "b"}]},
}


Way = tuple[str | int, ...]


def places(value: Any, way: Way = ()) -> Iterator[Way]:
    """The way to every value in a document."""
    if way:
        yield way
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(item, (*way, key))


def at(document: Any, way: Way) -> Any:
    for key in way:
        document = document[key]
    return document


def shape_of(operation: str) -> Any:
    return SAGEMAKER.operation_model(operation).output_shape


@pytest.mark.parametrize("operation", ANSWERS)
def test_a_true_answer_passes(operation: str) -> None:
    check_output(shape_of(operation), ANSWERS[operation], operation)


@pytest.mark.parametrize(
    ("operation", "way"),
    [(name, way) for name, answer in ANSWERS.items() for way in places(answer)],
)
def test_a_value_of_a_wrong_type_is_caught_wherever_it_is(operation: str, way: Way) -> None:
    wrong = copy.deepcopy(ANSWERS[operation])
    at(wrong, way[:-1])[way[-1]] = object()

    with pytest.raises(RuntimeError, match=f"the answer of {operation} isn't AWS's"):
        check_output(shape_of(operation), wrong, operation)


def structures(shape: Any, value: Any, way: Way = ()) -> Iterator[tuple[Way, Any]]:
    """The way to every structure in a document, and its shape."""
    if shape.type_name == "structure":
        yield way, shape
        for name, item in value.items():
            yield from structures(shape.members[name], item, (*way, name))
    elif shape.type_name == "list":
        for number, item in enumerate(value):
            yield from structures(shape.member, item, (*way, number))
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from structures(shape.value, item, (*way, key))


STRUCTURES = [
    (operation, way)
    for operation, answer in ANSWERS.items()
    for way, _ in structures(shape_of(operation), answer)
]


@pytest.mark.parametrize(("operation", "way"), STRUCTURES)
def test_a_member_that_aws_has_not_is_caught_wherever_it_is(operation: str, way: Way) -> None:
    wrong = copy.deepcopy(ANSWERS[operation])
    at(wrong, way)["Surprise"] = "!"

    with pytest.raises(RuntimeError, match=r"there is no member '.*surprise'"):
        check_output(shape_of(operation), wrong, operation)


@pytest.mark.parametrize(("operation", "way"), STRUCTURES)
def test_a_required_member_that_is_missing_is_caught(operation: str, way: Way) -> None:
    shape = dict(structures(shape_of(operation), ANSWERS[operation]))[way]
    for name in shape.required_members:
        wrong = copy.deepcopy(ANSWERS[operation])
        del at(wrong, way)[name]
        with pytest.raises(RuntimeError, match="not be null"):
            check_output(shape_of(operation), wrong, operation)


@pytest.mark.parametrize(
    ("operation", "way", "value", "complaint"),
    [
        ("DescribeEndpoint", ("EndpointStatus",), "Fine", "enum value set"),
        ("DescribeEndpoint", ("EndpointArn",), "e", "regular expression pattern"),
        ("DescribeEndpoint", ("EndpointName",), "e" * 64, "length less than or equal to 63"),
        ("DescribeEndpoint", ("CreationTime",), "2026-11-24T10:00:00Z", "can not be converted"),
        ("DescribeEndpoint", ("CreationTime",), True, "can not be converted"),
        ("DescribeEndpoint", ("ProductionVariants",), [], "greater than or equal to 1"),
        ("DescribeEndpoint", ("FailureReason",), None, "is null instead of absent"),
        (
            "DescribeEndpoint",
            ("ProductionVariants", 0, "CurrentServerlessConfig", "MemorySizeInMB"),
            512,
            "greater than or equal to 1024",
        ),
        ("DescribeTrainingJob", ("HyperParameters", "epochs"), 3, "can not be converted"),
        (
            "DescribeTrainingJob",
            ("SecondaryStatusTransitions", 0, "Status"),
            "Dreaming",
            "enum value set",
        ),
        ("DescribeModelPackage", ("CustomerMetadataProperties", "run"), "", "greater than or"),
    ],
)
def test_a_value_that_aws_would_not_give_is_caught(
    operation: str, way: Way, value: Any, complaint: str
) -> None:
    wrong = copy.deepcopy(ANSWERS[operation])
    at(wrong, way[:-1])[way[-1]] = value

    with pytest.raises(RuntimeError, match=complaint):
        check_output(shape_of(operation), wrong, operation)


# --- Errors -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "operation", "error", "members"),
    [
        ("sagemaker", "DescribeModel", AwsError("ValidationException", "no"), {"message": "no"}),
        ("sagemaker", "CreateTrainingJob", AwsError("ResourceInUse", "no"), {"Message": "no"}),
        ("sagemaker", "", AwsError("SerializationException", "no"), {"message": "no"}),
        (
            "lambda",
            "Invoke",
            AwsError("TooManyRequestsException", "no", 429, Reason="CallerRateLimitExceeded"),
            {"message": "no", "Reason": "CallerRateLimitExceeded"},
        ),
        (
            "lambda",
            "Invoke",
            AwsError("ResourceNotFoundException", "no", 404, Type="User"),
            {"Message": "no", "Type": "User"},
        ),
        (
            "sagemaker-runtime",
            "InvokeEndpoint",
            AwsError("ModelError", "no", 424, OriginalStatusCode=400),
            {"Message": "no", "OriginalStatusCode": 400},
        ),
        ("cloudformation", "DescribeStacks", AwsError("ValidationError", "no"), {"message": "no"}),
    ],
)
def test_a_true_error_is_told_by_aws_own_names(
    service: str, operation: str, error: AwsError, members: dict[str, Any]
) -> None:
    assert errors.members(service_model(service), operation, error) == members


@pytest.mark.parametrize(
    ("service", "operation", "error", "complaint"),
    [
        ("sagemaker", "CreateTrainingJob", AwsError("Nonsense", ""), "no such code"),
        ("sagemaker", "DescribeModel", AwsError("ResourceInUse", ""), "no such code"),
        ("sagemaker", "DescribeModel", AwsError("ValidationError", ""), "no such code"),
        ("sagemaker", "DescribeModel", AwsError("InternalFailure", "", 400), r"instead of \[500\]"),
        ("lambda", "Invoke", AwsError("TooManyRequestsException", "", 400), r"instead of \[429\]"),
        (
            "lambda",
            "Invoke",
            AwsError("TooManyRequestsException", "", 429, Reason="Tired"),
            "enum value set",
        ),
        (
            "sagemaker-runtime",
            "InvokeEndpoint",
            AwsError("ModelError", "", 424, OriginalStatusCode="400"),
            "can not be converted",
        ),
        (
            "sagemaker-runtime",
            "InvokeEndpoint",
            AwsError("ModelError", "", 424, Surprise=1),
            "no member 'surprise'",
        ),
        (
            "sagemaker",
            "DescribeModel",
            AwsError("ValidationException", "", Surprise=1),
            "no member 'Surprise'",
        ),
    ],
)
def test_an_error_that_aws_would_not_give_is_caught(
    service: str, operation: str, error: AwsError, complaint: str
) -> None:
    with pytest.raises(RuntimeError, match=complaint):
        errors.members(service_model(service), operation, error)


@pytest.mark.parametrize(
    ("service", "header", "kind"),
    [
        ("sagemaker", None, "application/x-amz-json-1.1"),
        ("lambda", "ValidationException", "application/json"),
        ("sagemaker-runtime", "ValidationException", "application/json"),
    ],
)
def test_each_protocol_names_an_error_in_its_own_place(
    service: str, header: str | None, kind: str
) -> None:
    request = wire.Request({"REQUEST_METHOD": "POST"}, service, "developer")

    response = errors.response(request, AwsError("ValidationException", "no"))

    headers = dict(response.headers)
    body = json.loads(b"".join(response.body))
    assert headers.get("x-amzn-errortype") == header
    assert headers["Content-Type"] == kind
    assert body.get("__type") == (None if header else "ValidationException")
    assert body["message"] == "no"
