"""Who may do what on the AWS port, what is written down of it, and the services that moto plays."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from tests.integration.aws_fixtures import Machine, machine, s3

__all__ = ["machine", "s3"]
SHELF = "stack-shelf"
FUNCTION = "arn:aws:sts::123456789012:assumed-role/stack-OnFiledRole/stack-OnFiled"


def refused(call: Any, **params: Any) -> dict[str, Any]:
    """The error of a call that must fail."""
    with pytest.raises(ClientError) as error:
        call(**params)
    return dict(error.value.response["Error"])


def test_a_function_may_do_what_its_policy_says(machine: Machine, s3: Any) -> None:
    mine = machine.client("s3", "LOCALOnFiled")

    mine.put_object(Bucket=SHELF, Key="in/a", Body=b"x")
    assert mine.get_object(Bucket=SHELF, Key="in/a")["Body"].read() == b"x"
    assert mine.head_object(Bucket=SHELF, Key="in/a")["ContentLength"] == 1
    error = refused(mine.put_object, Bucket=SHELF, Key="out/a", Body=b"x" * 3_000_000)

    assert error["Code"] == "AccessDenied"
    assert error["Message"].endswith(
        "is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::stack-shelf/out/a "
        "because no identity-based policy allows the s3:PutObject action"
    )
    assert error["Message"].startswith(f"User: {FUNCTION}")
    assert "Contents" not in s3.list_objects_v2(Bucket=SHELF, Prefix="out/")


def test_a_deny_wins_and_says_so(machine: Machine, s3: Any) -> None:
    s3.put_object(Bucket=SHELF, Key="in/secret/a", Body=b"x")

    error = refused(
        machine.client("s3", "LOCALOnFiled").get_object, Bucket=SHELF, Key="in/secret/a"
    )

    assert error["Message"].endswith("with an explicit deny in an identity-based policy")


def test_who_may_not_list_learns_nothing_of_what_is_missing(machine: Machine, s3: Any) -> None:
    blind, seeing = machine.client("s3", "LOCALOnFiled"), machine.client("s3", "LOCALOnCsv")

    assert refused(blind.get_object, Bucket=SHELF, Key="in/none")["Code"] == "AccessDenied"
    assert refused(blind.head_object, Bucket=SHELF, Key="in/none")["Code"] == "403"
    copy = {"Bucket": SHELF, "Key": "in/b", "CopySource": f"{SHELF}/in/none"}
    assert refused(blind.copy_object, **copy)["Code"] == "AccessDenied"
    assert refused(seeing.get_object, Bucket=SHELF, Key="in/none")["Code"] == "NoSuchKey"
    assert refused(seeing.head_object, Bucket=SHELF, Key="in/none")["Code"] == "404"
    assert refused(s3.head_object, Bucket=SHELF, Key="in/none")["Code"] == "404"


def test_copying_needs_both_ends(machine: Machine, s3: Any) -> None:
    s3.put_object(Bucket=SHELF, Key="in/a", Body=b"x")
    s3.put_object(Bucket=SHELF, Key="out/a", Body=b"x")
    mine = machine.client("s3", "LOCALOnFiled")

    mine.copy_object(Bucket=SHELF, Key="in/b", CopySource=f"{SHELF}/in/a")
    read = refused(mine.copy_object, Bucket=SHELF, Key="in/b", CopySource=f"{SHELF}/out/a")
    write = refused(mine.copy_object, Bucket=SHELF, Key="out/b", CopySource=f"{SHELF}/in/a")

    assert "s3:GetObject" in read["Message"]
    assert "s3:PutObject" in write["Message"]


def test_listing_and_deleting_are_permissions_of_their_own(machine: Machine, s3: Any) -> None:
    blind, seeing = machine.client("s3", "LOCALOnFiled"), machine.client("s3", "LOCALOnCsv")

    assert "s3:ListBucket" in refused(blind.list_objects_v2, Bucket=SHELF)["Message"]
    assert seeing.list_objects_v2(Bucket=SHELF, Prefix="in/")["KeyCount"] == 0
    assert "s3:DeleteObject" in refused(seeing.delete_object, Bucket=SHELF, Key="in/a")["Message"]
    several = {"Objects": [{"Key": "in/a"}, {"Key": "in/b"}]}
    assert (
        "s3:DeleteObject" in refused(seeing.delete_objects, Bucket=SHELF, Delete=several)["Message"]
    )


def test_sagemaker_is_checked_with_the_role_that_is_passed(machine: Machine) -> None:
    mine = machine.client("sagemaker", "LOCALOnFiled")
    role = "arn:aws:iam::123456789012:role/stack-Worker"

    def create(job: str, role: str = role, **more: Any) -> dict[str, Any]:
        return refused(
            mine.create_training_job,
            TrainingJobName=job,
            RoleArn=role,
            OutputDataConfig={"S3OutputPath": f"s3://{SHELF}/"},
            AlgorithmSpecification={"TrainingImage": "none", "TrainingInputMode": "File"},
            **more,
        )

    assert create("ok-1")["Code"] == "ValidationException"  # allowed; there is no such image
    assert create("ok-1", Tags=[{"Key": "a", "Value": "b"}])["Code"] == "ValidationException"
    error = create("other-1")
    assert error["Code"] == "AccessDeniedException"
    assert "sagemaker:CreateTrainingJob on resource: arn:aws:sagemaker" in error["Message"]
    assert "iam:PassRole" in create("ok-1", role.replace("Worker", "Reader"))["Message"]
    assert (
        "DeleteTrainingJob" in refused(mine.delete_training_job, TrainingJobName="ok-1")["Message"]
    )
    assert "on resource: *" in refused(mine.list_training_jobs)["Message"]


def test_other_services_refuse_in_their_own_way(machine: Machine) -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:stack-News"
    queue = "https://sqs.us-east-1.amazonaws.com/123456789012/stack-Letters"
    sns, sqs = machine.client("sns", "LOCALOnFiled"), machine.client("sqs", "LOCALOnFiled")
    runtime = machine.client("sagemaker-runtime", "LOCALOnFiled")
    functions = machine.client("lambda", "LOCALOnFiled")
    metrics = machine.client("cloudwatch", "LOCALOnFiled")
    data = [{"MetricName": "m", "Value": 1.0}]

    assert refused(sns.publish, TopicArn=topic, Message="x")["Code"] == "AuthorizationError"
    assert refused(sqs.send_message, QueueUrl=queue, MessageBody="x")["Code"] == "AccessDenied"
    for call, params in (
        (runtime.invoke_endpoint, {"EndpointName": "e", "Body": b"x"}),
        (functions.invoke, {"FunctionName": "stack-OnCsv"}),
        (metrics.put_metric_data, {"Namespace": "n", "MetricData": data}),
    ):
        assert refused(call, **params)["Code"] == "AccessDeniedException"


def test_an_operation_that_the_table_lacks_fails_loudly_for_functions(machine: Machine) -> None:
    mine, theirs = machine.client("s3", "LOCALOnFiled"), machine.client("s3")

    error = refused(mine.get_bucket_acl, Bucket=SHELF)
    assert error["Code"] == "InternalFailure"
    assert "doesn't say which permissions s3 GET ?acl takes" in error["Message"]
    assert theirs.get_bucket_acl(Bucket=SHELF)["Owner"]
    assert refused(machine.client("ecr", "LOCALOnCsv").describe_repositories)["Code"] == (
        "InternalFailure"
    )


def test_strangers_are_turned_away(machine: Machine) -> None:
    unsigned = machine.client("s3", "LOCALNobody")

    assert refused(unsigned.list_objects_v2, Bucket=SHELF)["Code"] == "UnrecognizedClientException"


def test_every_call_is_written_down(machine: Machine, s3: Any) -> None:
    mine = machine.client("s3", "LOCALOnFiled")
    del machine.port.aws.calls[:]
    s3.put_object(Bucket=SHELF, Key="a", Body=b"x")
    mine.put_object(Bucket=SHELF, Key="in/a", Body=b"x")
    refused(mine.get_object, Bucket=SHELF, Key="a")

    calls = machine.port.aws.calls
    shown = [(c["principal"], c["action"], c["resource"], c["allowed"]) for c in calls]
    assert shown == [
        ("developer", "s3:PutObject", f"arn:aws:s3:::{SHELF}/a", True),
        ("OnFiled", "s3:PutObject", f"arn:aws:s3:::{SHELF}/in/a", True),
        ("OnFiled", "s3:GetObject", f"arn:aws:s3:::{SHELF}/a", False),
    ]
    lines = (machine.state / "calls.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines[-3:]] == calls


def test_the_role_of_a_job_reads_and_writes_by_its_own_name(machine: Machine, s3: Any) -> None:
    s3.put_object(Bucket=SHELF, Key="in/a.csv", Body=b"review,label\ngood,positive\n")
    sagemaker = machine.client("sagemaker")
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{SHELF}/in/"}
    sagemaker.create_training_job(
        TrainingJobName="job",
        RoleArn="arn:aws:iam::123456789012:role/stack-Worker",
        OutputDataConfig={"S3OutputPath": f"s3://{SHELF}/runs/"},
        AlgorithmSpecification={
            "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/stand-ins:train-1",
            "TrainingInputMode": "File",
        },
        InputDataConfig=[{"ChannelName": "dataset", "DataSource": {"S3DataSource": source}}],
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName="job", WaiterConfig={"Delay": 0.1, "MaxAttempts": 200}
    )

    calls = {
        (c["action"], c["resource"]) for c in machine.port.aws.calls if c["principal"] == "Worker"
    }
    shelf = f"arn:aws:s3:::{SHELF}"
    logs = {action for action, _ in calls if action.startswith("logs:")}
    assert logs == {"logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"}
    assert {call for call in calls if call[0] not in logs} == {
        ("s3:ListBucket", shelf),
        ("s3:GetObject", f"{shelf}/in/a.csv"),
        ("s3:PutObject", f"{shelf}/runs/job/output/model.tar.gz"),
        ("s3:PutObject", f"{shelf}/runs/job/output/output.tar.gz"),
    }


# --- Lambda and what moto plays -----------------------------------------------------------------


def test_functions_are_invoked_over_the_wire(machine: Machine) -> None:
    functions = machine.client("lambda")
    name = "stack-OnCsv"

    for way in (name, f"arn:aws:lambda:us-east-1:123456789012:function:{name}", "OnCsv"):
        answer = functions.invoke(FunctionName=way, Payload=b'{"a": 1}')
        assert json.load(answer["Payload"]) == {"a": 1}
        assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    failed = functions.invoke(FunctionName="OnFailing", Payload=b"{}")
    assert (failed["StatusCode"], failed["FunctionError"]) == (200, "Unhandled")
    assert json.load(failed["Payload"])["errorType"] == "ValueError"
    queued = functions.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    assert queued["StatusCode"] == 202
    assert functions.invoke(FunctionName=name, InvocationType="DryRun")["StatusCode"] == 204


def test_wrong_invocations_are_refused_as_lambda_does(machine: Machine) -> None:
    functions = machine.client("lambda")
    event = {"FunctionName": "OnCsv", "InvocationType": "Event"}

    assert refused(functions.invoke, FunctionName="none")["Code"] == "ResourceNotFoundException"
    assert (
        refused(functions.invoke, **event, Payload=b"{")["Code"] == "InvalidRequestContentException"
    )
    large = b'"' + b"x" * 1_100_000 + b'"'
    assert refused(functions.invoke, **event, Payload=large)["Code"] == "RequestTooLargeException"
    unknown = refused(functions.list_layers)
    assert (unknown["Code"], "'ListLayers'" in unknown["Message"]) == (
        "UnknownOperationException",
        True,
    )


def test_the_template_is_furnished(machine: Machine) -> None:
    sqs, sns = machine.client("sqs"), machine.client("sns")
    queue = sqs.get_queue_url(QueueName="stack-Letters")["QueueUrl"]
    topic = "arn:aws:sns:us-east-1:123456789012:stack-News"
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:123456789012:stack-Letters"
    )

    sns.publish(TopicArn=topic, Subject="live", Message="a model is live")

    [message] = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["Message"] == "a model is live"
    repositories = machine.client("ecr").describe_repositories()["repositories"]
    assert [repository["repositoryName"] for repository in repositories] == ["stand-ins"]
    role = machine.client("iam").get_role(RoleName="stack-Worker")["Role"]
    assert role["Arn"] == "arn:aws:iam::123456789012:role/stack-Worker"
    assert machine.client("sts").get_caller_identity()["Account"] == "123456789012"
    machine.client("cloudwatch").put_metric_data(
        Namespace="n", MetricData=[{"MetricName": "m", "Value": 1.0}]
    )


def test_smithy_clients_are_answered_in_cbor(machine: Machine) -> None:
    """What newer SDKs speak with CloudWatch."""
    machine.port.faults.add({"kind": "throttled"})
    path = "/service/GraniteServiceVersion20100801/operation/ListMetrics"
    headers = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
    scope = "developer/20260101/us-east-1/monitoring/aws4_request"
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, Signature=0"

    with pytest.raises(HTTPError) as error:
        urlopen(Request(machine.port.url + path, b"\xa0", headers))

    assert error.value.headers["smithy-protocol"] == "rpc-v2-cbor"
    said = error.value.read()
    assert b"ThrottlingException" in said
    error.value.close()


@pytest.mark.parametrize("service", ["sns", "sqs", "cloudwatch", "lambda", "s3", "ssm"])
def test_every_protocol_can_say_that_it_is_throttled(machine: Machine, service: str) -> None:
    codes = {"s3": "SlowDown", "lambda": "TooManyRequestsException", "sns": "Throttled"}
    calls: dict[str, tuple[str, dict[str, Any]]] = {
        "sns": ("list_topics", {}),
        "sqs": ("list_queues", {}),
        "cloudwatch": ("list_metrics", {}),
        "lambda": ("invoke", {"FunctionName": "OnCsv"}),
        "s3": ("list_buckets", {}),
        "ssm": ("describe_parameters", {}),
    }
    machine.port.faults.add({"kind": "throttled", "match": {"service": service}})
    operation, params = calls[service]

    error = refused(getattr(machine.client(service), operation), **params)

    assert error["Code"] == codes.get(service, "ThrottlingException")
    assert error["Message"]
