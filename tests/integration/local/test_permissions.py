"""Who may do what: the developer all of it, a role what the template grants and nothing else."""

import contextlib
import json

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local.identity import Credentials


@pytest.fixture(scope="module")
def outputs(shared):
    return shared.status()["outputs"]


@pytest.fixture(scope="module")
def shelf(outputs):
    return outputs["ShelfName"]


@pytest.fixture(scope="module")
def call(shared):
    """A call with the role of the function Caller; returns its error, if there was one."""

    def ask(service, operation, **params):
        event = {"service": service, "operation": operation, "params": params}
        return shared.invoke("Caller", event)

    return ask


def role_of(shared, function):
    found = shared.client("lambda").get_function_configuration(
        FunctionName=shared.function(function)
    )
    return found["Role"].rpartition("/")[2]


# --- The emulator's part ------------------------------------------------------------------------


def test_a_function_may_do_what_its_policy_says(shared, call, shelf):
    assert call("s3", "put_object", Bucket=shelf, Key="in/a", Body="x") is None
    assert call("s3", "get_object", Bucket=shelf, Key="in/a") is None
    assert call("s3", "head_object", Bucket=shelf, Key="in/a") is None

    error = call("s3", "put_object", Bucket=shelf, Key="out/a", Body="x" * 3_000_000)

    assert error["Code"] == "AccessDenied"
    assert f"assumed-role/{role_of(shared, 'Caller')}/" in error["Message"]
    assert error["Message"].endswith(
        "because no identity-based policy allows the s3:PutObject action"
    )
    listed = shared.client("s3").list_objects_v2(Bucket=shelf, Prefix="out/")
    assert "Contents" not in listed


@pytest.mark.parametrize(
    ("operation", "params", "action"),
    [
        ("list_objects_v2", {}, "s3:ListBucket"),
        ("delete_object", {"Key": "in/a"}, "s3:DeleteObject"),
        ("copy_object", {"Key": "in/b", "CopySource": "{shelf}/out/a"}, "s3:GetObject"),
        ("copy_object", {"Key": "out/b", "CopySource": "{shelf}/in/a"}, "s3:PutObject"),
        ("put_object_tagging", {"Key": "in/a", "Tagging": {"TagSet": []}}, "s3:PutObjectTagging"),
    ],
)
def test_every_action_is_a_permission_of_its_own(shared, call, shelf, operation, params, action):
    for key in ("in/a", "out/a"):
        shared.client("s3").put_object(Bucket=shelf, Key=key, Body=b"x")
    params = {
        name: value.format(shelf=shelf) if name == "CopySource" else value
        for name, value in params.items()
    }

    error = call("s3", operation, Bucket=shelf, **params)

    assert (error["Code"], action in error["Message"]) == ("AccessDenied", True)


def test_a_deny_wins_and_says_so(shared, call, shelf):
    shared.client("s3").put_object(Bucket=shelf, Key="in/secret/a", Body=b"x")

    error = call("s3", "get_object", Bucket=shelf, Key="in/secret/a")

    assert error["Message"].endswith("with an explicit deny in an identity-based policy")


def test_who_may_not_list_learns_that_an_object_is_missing(call, shelf):
    """On AWS it would be AccessDenied, as it is for what is there."""
    assert call("s3", "get_object", Bucket=shelf, Key="in/none")["Code"] == "NoSuchKey"


def test_other_services_refuse_too(call, outputs):
    for service, operation, params in (
        ("sqs", "send_message", {"QueueUrl": outputs["DiaryUrl"], "MessageBody": "x"}),
        ("lambda", "invoke", {"FunctionName": "verdict-echo"}),
        ("cloudformation", "describe_stacks", {}),
        ("iam", "list_roles", {}),
        ("logs", "describe_log_groups", {}),
    ):
        error = call(service, operation, **params)
        assert error is not None, service
        assert "AccessDenied" in error["Code"]


@contextlib.contextmanager
def somebody(url, keys):
    """A client of S3 with these keys."""
    made = boto3.client(
        "s3",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
        aws_session_token=keys.token,
        config=Config(retries={"total_max_attempts": 1}),
    )
    with contextlib.closing(made):
        yield made


def test_a_bucket_may_ask_for_tls_which_ends_at_our_port(shared, outputs, shelf):
    which = {"Bucket": shelf, "Key": "in/a"}
    shared.client("s3").put_object(**which, Body=b"x")
    keys = shared.running.identity.credentials(outputs["ReaderArn"])

    with somebody(shared.aws, keys) as s3:
        assert s3.get_object(**which)["Body"].read() == b"x"
    with (
        somebody(shared.running.emulator.url, keys) as s3,
        pytest.raises(ClientError, match=r"AccessDenied.*explicit deny"),
    ):
        s3.get_object(**which)


def test_no_bucket_policy_holds_for_the_developer(shared, shelf):
    """On AWS a denial holds for an account's root, too."""
    keys = Credentials(shared.account, "developer")
    which = {"Bucket": shelf, "Key": "in/a"}

    with somebody(shared.running.emulator.url, keys) as s3:
        s3.put_object(**which, Body=b"x")


def test_a_key_that_nobody_has_is_turned_away(shared):
    stranger = boto3.client(
        "s3",
        endpoint_url=shared.aws,
        region_name="us-east-1",
        aws_access_key_id="ASIASOMEBODYELSE0000",
        aws_secret_access_key="x",
    )

    with pytest.raises(ClientError, match=r"InvalidAccessKeyId|AccessDenied"):
        stranger.list_buckets()


# --- SageMaker's part ---------------------------------------------------------------------------


def job(outputs, name, role="WorkerArn", **more):
    return {
        "TrainingJobName": name,
        "RoleArn": outputs[role],
        "OutputDataConfig": {"S3OutputPath": f"s3://{outputs['ShelfName']}/"},
        "AlgorithmSpecification": {"TrainingImage": "none", "TrainingInputMode": "File"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 5,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **more,
    }


def test_sagemaker_is_checked_with_the_role_that_is_passed(call, outputs):
    def create(*given, **more):
        return call("sagemaker", "create_training_job", **job(outputs, *given, **more))

    assert create("ok-1")["Code"] == "ValidationException"  # allowed; there is no such image
    tags = [{"Key": "a", "Value": "b"}]
    assert create("ok-1", Tags=tags)["Code"] == "ValidationException"
    error = create("other-1")
    assert error["Code"] == "AccessDeniedException"
    assert "sagemaker:CreateTrainingJob on resource: arn:aws:sagemaker" in error["Message"]
    passing = create("ok-1", "ReaderArn")
    assert passing["Code"] == "AccessDeniedException"
    assert f"iam:PassRole on resource: {outputs['ReaderArn']}" in passing["Message"]


def test_what_a_role_may_not_ask_of_sagemaker_is_refused_in_aws_words(shared, call):
    describing, role = "sagemaker:DescribeTrainingJob", role_of(shared, "Caller")
    job = f"arn:aws:sagemaker:us-east-1:{shared.account}:training-job"

    other = call("sagemaker", "describe_training_job", TrainingJobName="other")
    secret = call("sagemaker", "describe_training_job", TrainingJobName="ok-secret")
    listing = call("sagemaker", "list_training_jobs")
    runtime = call("sagemaker-runtime", "invoke_endpoint", EndpointName="e", Body="x")

    assert {error["Code"] for error in (other, secret, listing, runtime)} == {
        "AccessDeniedException"
    }
    assert other["Message"] == (
        f"User: arn:aws:sts::{shared.account}:assumed-role/{role} is not authorized to perform: "
        f"{describing} on resource: {job}/other because no identity-based policy allows the "
        f"{describing} action"
    )
    assert f"{describing} on resource: {job}/ok-secret with an explicit deny" in secret["Message"]
    assert "sagemaker:ListTrainingJobs on resource: *" in listing["Message"]
    assert "sagemaker:InvokeEndpoint" in runtime["Message"]
    missing = call("sagemaker", "describe_training_job", TrainingJobName="ok-1")
    assert missing["Code"] == "ValidationException"  # allowed, and not there


def test_the_developer_may_ask_everything(shared):
    assert shared.client("sagemaker").list_training_jobs()["TrainingJobSummaries"] == []


# --- Roles that SageMaker acts as ---------------------------------------------------------------


def test_a_lent_role_may_do_what_it_may(shared, outputs, shelf):
    identity = shared.running.identity
    reader = identity.client("s3", outputs["ReaderArn"])
    shared.client("s3").put_object(Bucket=shelf, Key="in/a", Body=b"x")

    assert reader.get_object(Bucket=shelf, Key="in/a")["Body"].read() == b"x"
    for refused in (
        lambda: reader.get_object(Bucket=shelf, Key="out/a"),
        lambda: reader.put_object(Bucket=shelf, Key="in/a", Body=b""),
        lambda: reader.list_objects_v2(Bucket=shelf),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            refused()
    told = {call["principal"] for call in shared.control("GET", "calls")}
    assert outputs["ReaderArn"].rpartition("/")[2] in told


def test_a_role_that_is_not_there_cannot_be_lent(shared):
    with pytest.raises(ClientError, match="NoSuchEntity"):
        shared.running.identity.client("s3", f"arn:aws:iam::{shared.account}:role/nobody")


def test_a_grant_that_comes_later_holds_within_seconds(shared, outputs, shelf):
    identity, arn = shared.running.identity, outputs["ReaderArn"]
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{shelf}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    which = {"RoleName": arn.rpartition("/")[2], "PolicyName": "later"}

    def may_write():
        try:
            identity.client("s3", arn).put_object(Bucket=shelf, Key="later", Body=b"")
        except ClientError:
            return False
        return True

    assert not may_write()
    shared.client("iam").put_role_policy(**which, PolicyDocument=policy)
    shared.wait(may_write, "the new grant")
    shared.client("iam").delete_role_policy(**which)
    shared.wait(lambda: not may_write(), "its end")
