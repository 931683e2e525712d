"""Policies are evaluated as IAM does, and the table of permissions agrees with AWS's reference."""

import json
from importlib import resources
from typing import Any

import pytest

from local import permissions
from local.permissions import Need, allowed, denied, needs
from local.wire import Request

ACCOUNT, REGION = "123456789012", "us-east-1"


def policy(effect: str = "Allow", **rest: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": "s3:GetObject", "Resource": "*"} | rest


def request(service: str, operation: str, query: str = "", **params: Any) -> Request:
    environ = {"REQUEST_METHOD": "GET"}
    pairs = dict(pair.split("=") for pair in query.split("&") if pair)
    return Request(environ, service, "LOCALx", operation, params, pairs)


@pytest.mark.parametrize(
    ("action", "pattern", "granted"),
    [
        ("s3:GetObject", "s3:GetObject", True),
        ("s3:GetObject", "s3:getobject", True),
        ("s3:GetObject", "s3:Get*", True),
        ("s3:GetObject", "*", True),
        ("s3:GetObject", "s3:GetObjec?", True),
        ("s3:GetObject", ["s3:PutObject", "s3:GetObject"], True),
        ("s3:GetObject", "s3:GetObjectVersion", False),
        ("s3:GetObjectVersion", "s3:GetObject", False),
        ("s3:GetObject", "s3:[G]etObject", False),
    ],
)
def test_actions_match_with_wildcards_and_without_case(
    action: str, pattern: Any, granted: bool
) -> None:
    assert allowed([policy(Action=pattern)], action, "arn:aws:s3:::b/k", {}) is granted


@pytest.mark.parametrize(
    ("resource", "pattern", "granted"),
    [
        ("arn:aws:s3:::b/datasets/a.csv", "arn:aws:s3:::b/datasets/*", True),
        ("arn:aws:s3:::b/datasets/", "arn:aws:s3:::b/datasets/*", True),
        ("arn:aws:s3:::b/datasets", "arn:aws:s3:::b/datasets/*", False),
        ("arn:aws:s3:::b/Datasets/a", "arn:aws:s3:::b/datasets/*", False),
        ("arn:aws:s3:::b/x\ny", "arn:aws:s3:::b/*", True),
        ("arn:aws:s3:::b", "arn:aws:s3:::b/*", False),
    ],
)
def test_resources_match_exactly_but_for_wildcards(
    resource: str, pattern: str, granted: bool
) -> None:
    assert allowed([policy(Resource=pattern)], "s3:GetObject", resource, {}) is granted


def test_nothing_is_allowed_by_default_and_a_deny_wins() -> None:
    both = [policy(), policy("Deny", Resource="arn:aws:s3:::b/secret/*")]

    assert not allowed([], "s3:GetObject", "arn:aws:s3:::b/k", {})
    assert allowed(both, "s3:GetObject", "arn:aws:s3:::b/k", {})
    assert not allowed(both, "s3:GetObject", "arn:aws:s3:::b/secret/k", {})
    assert denied(both, "s3:GetObject", "arn:aws:s3:::b/secret/k", {})
    assert not denied(both, "s3:GetObject", "arn:aws:s3:::b/k", {})


def test_not_action_and_not_resource_mean_everything_else() -> None:
    not_action = {"Effect": "Allow", "NotAction": "s3:Delete*", "Resource": "*"}
    not_resource = {"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::b/secret/*"}

    assert allowed([not_action], "s3:GetObject", "r", {})
    assert not allowed([not_action], "s3:DeleteObject", "r", {})
    assert allowed([not_resource], "s3:GetObject", "arn:aws:s3:::b/k", {})
    assert not allowed([not_resource], "s3:GetObject", "arn:aws:s3:::b/secret/k", {})


@pytest.mark.parametrize(
    ("condition", "context", "granted"),
    [
        (
            {"StringEquals": {"iam:PassedToService": "a.com"}},
            {"iam:passedtoservice": "a.com"},
            True,
        ),
        (
            {"StringEquals": {"iam:PassedToService": "a.com"}},
            {"iam:passedtoservice": "b.com"},
            False,
        ),
        ({"StringEquals": {"iam:PassedToService": "a.com"}}, {}, False),
        ({"StringEquals": {"x": ["a", "b"]}}, {"x": "b"}, True),
        ({"StringEqualsIgnoreCase": {"x": "A"}}, {"x": "a"}, True),
        ({"StringNotEquals": {"x": "a"}}, {"x": "a"}, False),
        ({"StringNotEquals": {"x": "a"}}, {}, True),
        ({"StringLike": {"s3:prefix": ["runs/*", ""]}}, {"s3:prefix": "runs/x"}, True),
        ({"StringLike": {"s3:prefix": ["runs/*"]}}, {"s3:prefix": "other"}, False),
        ({"StringNotLike": {"x": "a*"}}, {"x": "b"}, True),
        ({"StringEqualsIfExists": {"x": "a"}}, {}, True),
        ({"StringEqualsIfExists": {"x": "a"}}, {"x": "b"}, False),
        ({"ArnLike": {"x": "arn:aws:sns:*:1:t"}}, {"x": "arn:aws:sns:eu-west-1:1:t"}, True),
        ({"Null": {"x": "true"}}, {}, True),
        ({"Null": {"x": "false"}}, {}, False),
        ({"Null": {"x": False}}, {"x": "a"}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, {"aws:securetransport": "true"}, True),
        ({"Bool": {"aws:SecureTransport": False}}, {"aws:securetransport": "true"}, False),
        ({"Bool": {"x": "true"}, "StringEquals": {"y": "1"}}, {"x": "true", "y": "2"}, False),
    ],
)
def test_conditions(condition: dict[str, Any], context: dict[str, str], granted: bool) -> None:
    assert allowed([policy(Condition=condition)], "s3:GetObject", "r", context) is granted


def test_what_isnt_played_fails_by_name() -> None:
    with pytest.raises(NotImplementedError, match="NumericLessThan"):
        allowed(
            [policy(Condition={"NumericLessThan": {"x": "1"}})], "s3:GetObject", "r", {"x": "0"}
        )
    with pytest.raises(NotImplementedError, match="Principal"):
        allowed([policy(Principal="*")], "s3:GetObject", "r", {})
    with pytest.raises(NotImplementedError, match="sagemaker CreateUniverse"):
        needs(request("sagemaker", "CreateUniverse"), ACCOUNT, REGION)
    with pytest.raises(NotImplementedError, match="dynamodb GetItem"):
        needs(request("dynamodb", "GetItem"), ACCOUNT, REGION)


def test_creating_a_training_job_also_takes_passing_the_role_and_tagging() -> None:
    role = "arn:aws:iam::123456789012:role/jobs"
    call = request(
        "sagemaker",
        "CreateTrainingJob",
        TrainingJobName="run-1",
        RoleArn=role,
        Tags=[{"Key": "a", "Value": "b"}],
    )

    job = "arn:aws:sagemaker:us-east-1:123456789012:training-job/run-1"
    assert needs(call, ACCOUNT, REGION) == [
        Need("sagemaker:CreateTrainingJob", job),
        Need("sagemaker:AddTags", job),
        Need("iam:PassRole", role, {"iam:passedtoservice": "sagemaker.amazonaws.com"}),
    ]


def test_model_packages_are_named_by_their_group_or_arn() -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:model-package"
    group = {"ModelPackageGroupName": "verdict"}

    def resource(operation: str, **params: Any) -> str:
        return needs(request("sagemaker", operation, **params), ACCOUNT, REGION)[0].resource

    assert resource("CreateModelPackage", **group) == f"{arn}/verdict/*"
    assert resource("ListModelPackages", **group) == f"{arn}/verdict/*"
    assert resource("DescribeModelPackageGroup", **group) == f"{arn}-group/verdict"
    assert resource("UpdateModelPackage", ModelPackageArn=f"{arn}/verdict/3") == f"{arn}/verdict/3"
    assert resource("ListTrainingJobs") == "*"


def test_copying_takes_reading_the_source_and_writing_the_target() -> None:
    source = {"Bucket": "from", "Key": "a b"}
    copy = request("s3", "CopyObject", Bucket="to", Key="c", CopySource=source)
    version = request(
        "s3", "CopyObject", Bucket="to", Key="c", CopySource=source | {"VersionId": "v"}
    )

    target = Need("s3:PutObject", "arn:aws:s3:::to/c")
    assert needs(copy, ACCOUNT, REGION) == [target, Need("s3:GetObject", "arn:aws:s3:::from/a b")]
    assert needs(version, ACCOUNT, REGION)[1].action == "s3:GetObjectVersion"


def test_s3_reads_name_the_version_and_lists_the_prefix() -> None:
    head = request("s3", "HeadObject", "versionId=v1", Bucket="b", Key="k")
    listing = request("s3", "ListObjectsV2", "list-type=2&prefix=runs/", Bucket="b", Key="")
    gone = request("s3", "DeleteObjects", Bucket="b", Key="", Objects=[{"Key": "x"}, {"Key": "y"}])

    assert needs(head, ACCOUNT, REGION) == [Need("s3:GetObjectVersion", "arn:aws:s3:::b/k")]
    assert needs(listing, ACCOUNT, REGION) == [
        Need("s3:ListBucket", "arn:aws:s3:::b", {"s3:prefix": "runs/"})
    ]
    assert [need.resource for need in needs(gone, ACCOUNT, REGION)] == [
        "arn:aws:s3:::b/x",
        "arn:aws:s3:::b/y",
    ]


@pytest.mark.parametrize(
    ("service", "operation", "params", "need"),
    [
        ("sns", "Publish", {"TopicArn": "arn:t"}, Need("sns:Publish", "arn:t")),
        (
            "sqs",
            "SendMessage",
            {"QueueUrl": "https://sqs.us-east-1.amazonaws.com/123456789012/q"},
            Need("sqs:SendMessage", "arn:aws:sqs:us-east-1:123456789012:q"),
        ),
        (
            "lambda",
            "Invoke",
            {"FunctionName": "f"},
            Need("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:123456789012:function:f"),
        ),
        (
            "sagemaker-runtime",
            "InvokeEndpoint",
            {"EndpointName": "e"},
            Need("sagemaker:InvokeEndpoint", "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e"),
        ),
        (
            "cloudwatch",
            "PutMetricData",
            {"Namespace": "n"},
            Need("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "n"}),
        ),
    ],
)
def test_other_services(service: str, operation: str, params: dict[str, Any], need: Need) -> None:
    assert needs(request(service, operation, **params), ACCOUNT, REGION) == [need]


def test_the_sagemaker_table_agrees_with_the_service_authorization_reference() -> None:
    """cfn-lint carries AWS's reference as data: action → kinds of resource."""
    data = resources.files("cfnlint") / "data/AdditionalSpecs/Policies.json"
    reference = json.loads(data.read_text())["sagemaker"]["Actions"]

    for operation, places in permissions._SAGEMAKER.items():
        kinds = set(reference[operation.lower()].get("Resources", []))
        ours = {kind for kind, _ in places}
        if operation == "CreateTrainingJob":
            kinds -= {"reserved-capacity", "training-plan"}  # only where the request names one
        assert ours == ({""} if "Tags" in operation else kinds), operation
