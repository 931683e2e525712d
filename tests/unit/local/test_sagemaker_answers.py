"""The tests' watch over our SageMaker: each way of answering what AWS would not is caught."""

import contextlib
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from local import calls
from local.calls import AwsError
from local.sagemaker import wire
from local.sagemaker.wire import SageMakerCall
from tests.described import COMMON, Described

SAGEMAKER = wire.service_model("sagemaker")
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


def ways(value: Any, way: Way = ()) -> Iterator[Way]:
    """The way to every value in a document."""
    if way:
        yield way
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from ways(item, (*way, key))


def at(document: Any, way: Way) -> Any:
    for key in way:
        document = document[key]
    return document


def shape_of(operation: str) -> Any:
    return SAGEMAKER.operation_model(operation).output_shape


def request(path: str, **how: Any) -> Request:
    return Request(EnvironBuilder(path, method="POST", **how).get_environ())


def of_control(operation: str) -> Request:
    return request("/", headers={"X-Amz-Target": f"SageMaker.{operation}"})


def answered(operation: str, answer: Any) -> None:
    """Let the control plane answer that."""
    described = Described(lambda _: Response(json.dumps(answer)))
    with contextlib.suppress(AssertionError):  # a client would try again
        described(of_control(operation))
    described.check()


@pytest.mark.parametrize("operation", ANSWERS)
def test_a_true_answer_passes(operation: str) -> None:
    answered(operation, ANSWERS[operation])


@pytest.mark.parametrize(
    ("operation", "way"),
    [(name, way) for name, answer in ANSWERS.items() for way in ways(answer)],
)
def test_a_value_of_a_wrong_type_is_caught_wherever_it_is(operation: str, way: Way) -> None:
    wrong = copy.deepcopy(ANSWERS[operation])
    at(wrong, way[:-1])[way[-1]] = [[]]  # of every type that is here, but none of them

    with pytest.raises(AssertionError, match=f"the answer of {operation} isn't AWS's"):
        answered(operation, wrong)


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

    with pytest.raises(AssertionError, match=r"there is no member '.*surprise'"):
        answered(operation, wrong)


@pytest.mark.parametrize(("operation", "way"), STRUCTURES)
def test_a_required_member_that_is_missing_is_caught(operation: str, way: Way) -> None:
    shape = dict(structures(shape_of(operation), ANSWERS[operation]))[way]
    for name in shape.required_members:
        wrong = copy.deepcopy(ANSWERS[operation])
        del at(wrong, way)[name]
        with pytest.raises(AssertionError, match="not be null"):
            answered(operation, wrong)


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

    with pytest.raises(AssertionError, match=complaint):
        answered(operation, wrong)


@pytest.mark.parametrize(
    ("headers", "complaint"), [({}, ""), ({"Content-Type": "x" * 1025}, "1024")]
)
def test_an_answer_of_the_runtime_is_looked_at_too(headers: dict[str, str], complaint: str) -> None:
    described = Described(lambda _: Response(b"\xff", headers=headers))
    invocation = request("/endpoints/e/invocations")

    if complaint:
        with pytest.raises(AssertionError, match=complaint):
            described(invocation)
    else:
        assert described(invocation).get_data() == b"\xff"


def test_an_operation_without_an_answer_gives_none() -> None:
    answered("DeleteModel", {})
    with pytest.raises(AssertionError, match="it answers nothing"):
        answered("DeleteModel", {"ModelName": "m"})


def test_what_other_services_answer_is_their_own_affair() -> None:
    target = {"X-Amz-Target": "Logs_20140328.CreateLogGroup"}

    assert Described(lambda _: Response("?", 418))(request("/", headers=target)).status_code == 418


# --- Errors -------------------------------------------------------------------------------------


def refused(service: str, operation: str, error: AwsError) -> Response:
    """The error as it goes on the wire, past the watch."""
    asked = of_control(operation)
    if service == wire.RUNTIME:
        asked = request("/endpoints/e/invocations")
    return Described(lambda _: calls.refusal(service, operation, error))(asked)


@pytest.mark.parametrize(
    ("service", "operation", "error", "members"),
    [
        ("sagemaker", "DescribeModel", AwsError("ValidationException", "no"), {"message": "no"}),
        ("sagemaker", "CreateTrainingJob", AwsError("ResourceInUse", "no"), {"Message": "no"}),
        ("sagemaker", "", AwsError("SerializationException", "no"), {"message": "no"}),
        (
            "sagemaker-runtime",
            "InvokeEndpoint",
            AwsError("ModelError", "no", 424, OriginalStatusCode=400),
            {"Message": "no", "OriginalStatusCode": 400},
        ),
        (
            "sagemaker-runtime",
            "InvokeEndpoint",
            AwsError("ModelNotReadyException", "no", 429),
            {"Message": "no"},
        ),
    ],
)
def test_a_true_error_is_told_by_aws_own_names(
    service: str, operation: str, error: AwsError, members: dict[str, Any]
) -> None:
    told = json.loads(refused(service, operation, error).get_data())

    assert {name: value for name, value in told.items() if name != "__type"} == members


@pytest.mark.parametrize(
    ("service", "operation", "error", "complaint"),
    [
        ("sagemaker", "CreateTrainingJob", AwsError("Nonsense", ""), "no such code"),
        ("sagemaker", "DescribeModel", AwsError("ResourceInUse", ""), "no such code"),
        ("sagemaker", "DescribeModel", AwsError("ValidationError", ""), "no such code"),
        ("sagemaker", "DescribeModel", AwsError("InternalFailure", "", 400), r"instead of \[500\]"),
        (
            "sagemaker-runtime",
            "InvokeEndpoint",
            AwsError("ModelNotReadyException", "", 400),
            r"instead of \[429\]",
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
    with pytest.raises(AssertionError, match=complaint):
        refused(service, operation, error)


@pytest.mark.parametrize(
    ("service", "header", "kind"),
    [
        ("sagemaker", None, "application/x-amz-json-1.1"),
        ("sagemaker-runtime", "ValidationException", "application/json"),
    ],
)
def test_each_protocol_names_an_error_in_its_own_place(
    service: str, header: str | None, kind: str
) -> None:
    response = calls.refusal(service, "", AwsError("ValidationException", "no"))

    body = json.loads(response.get_data())
    assert response.headers.get("x-amzn-errortype") == header
    assert response.headers["Content-Type"] == kind
    assert body.get("__type") == (None if header else "ValidationException")
    assert body["message"] == "no"


# --- Requests -----------------------------------------------------------------------------------


def test_the_control_plane_names_its_operation_in_a_header() -> None:
    target = {"X-Amz-Target": "SageMaker.ListModels"}

    assert wire.read(request("/", headers=target, data=b'{"MaxResults": 1}')) == SageMakerCall(
        "sagemaker", "ListModels", {"MaxResults": 1}
    )
    for body in (b"{", b"[]"):
        with pytest.raises(AwsError, match=r"SerializationException: The body isn't"):
            wire.read(request("/", headers=target, data=body))


def test_the_runtime_names_its_operation_by_the_path() -> None:
    headers = {"X-Amzn-SageMaker-Target-Model": "m", "Content-Type": "text/csv"}

    call = wire.read(request("/endpoints/e/invocations", headers=headers, data=b"a,b"))
    other = wire.read(request("/endpoints/e/async-invocations"))
    unknown = wire.read(request("/endpoints/e"))

    params = {"EndpointName": "e", "ContentType": "text/csv", "TargetModel": "m"}
    assert call == SageMakerCall("sagemaker-runtime", "InvokeEndpoint", params, b"a,b")
    assert other.operation == "InvokeEndpointAsync"
    assert unknown.operation == "POST /endpoints/e"


def test_the_common_errors_are_said_nowhere_else() -> None:
    """An operation that describes one of them itself has the last word about its status."""
    for service in ("sagemaker", "sagemaker-runtime"):
        model = wire.service_model(service)
        for operation in model.operation_names:
            for shape in model.operation_model(operation).error_shapes:
                status = shape.metadata.get("error", {}).get("httpStatusCode", 400)
                assert status in COMMON.get(shape.error_code, {status}), operation
