"""Requests as boto3 sends them, read back; and refusals that boto3 understands."""

import boto3
import pytest
from botocore import UNSIGNED
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from local import calls

OBJECT = {"Bucket": "box", "Key": "a folder/ä+b"}
PART = OBJECT | {"UploadId": "u", "PartNumber": 1}
TAGS = {"TagSet": [{"Key": "a", "Value": "b"}]}
PARTS = {"Parts": [{"PartNumber": 1, "ETag": "e"}]}
QUEUE = "http://127.0.0.1:9/1/q"
NOBODY_TOLD = {"Bucket": "box", "NotificationConfiguration": {}}
SWITCHED_OFF = {"FunctionName": "f", "ReservedConcurrentExecutions": 0}
LINE = {
    "logGroupName": "g",
    "logStreamName": "s",
    "logEvents": [{"timestamp": 1, "message": "m"}],
}
EVERYTHING = {
    "DistributionId": "D",
    "InvalidationBatch": {"Paths": {"Quantity": 1, "Items": ["/*"]}, "CallerReference": "c"},
}
CALLS = [
    ("s3", "list_buckets", {}),
    ("s3", "create_bucket", {"Bucket": "box"}),
    ("s3", "delete_bucket", {"Bucket": "box"}),
    ("s3", "head_bucket", {"Bucket": "box"}),
    ("s3", "get_bucket_location", {"Bucket": "box"}),
    ("s3", "get_bucket_versioning", {"Bucket": "box"}),
    (
        "s3",
        "put_bucket_notification_configuration",
        {"Bucket": "box", "NotificationConfiguration": {}},
    ),
    ("s3", "list_objects", {"Bucket": "box", "Prefix": "a"}),
    ("s3", "list_objects_v2", {"Bucket": "box", "Prefix": "a", "ContinuationToken": "c"}),
    ("s3", "list_object_versions", {"Bucket": "box"}),
    ("s3", "list_multipart_uploads", {"Bucket": "box"}),
    ("s3", "delete_objects", {"Bucket": "box", "Delete": {"Objects": [{"Key": "a"}]}}),
    ("s3", "put_object", OBJECT | {"Body": b"x", "IfNoneMatch": "*"}),
    ("s3", "get_object", OBJECT | {"VersionId": "v", "Range": "bytes=0-9"}),
    ("s3", "head_object", OBJECT),
    ("s3", "copy_object", OBJECT | {"CopySource": "box/other"}),
    ("s3", "delete_object", OBJECT | {"VersionId": "v"}),
    ("s3", "get_object_tagging", OBJECT),
    ("s3", "put_object_tagging", OBJECT | {"Tagging": TAGS}),
    ("s3", "get_object_attributes", OBJECT | {"ObjectAttributes": ["ETag"]}),
    ("s3", "create_multipart_upload", OBJECT),
    ("s3", "upload_part", PART | {"Body": b"x"}),
    ("s3", "upload_part_copy", PART | {"CopySource": "box/other"}),
    ("s3", "list_parts", OBJECT | {"UploadId": "u"}),
    ("s3", "complete_multipart_upload", OBJECT | {"UploadId": "u", "MultipartUpload": PARTS}),
    ("s3", "abort_multipart_upload", OBJECT | {"UploadId": "u"}),
    ("lambda", "invoke", {"FunctionName": "f", "Payload": b"{}"}),
    ("lambda", "get_function", {"FunctionName": "f"}),
    ("lambda", "get_function_configuration", {"FunctionName": "f"}),
    ("lambda", "list_functions", {}),
    (
        "lambda",
        "put_function_concurrency",
        {"FunctionName": "f", "ReservedConcurrentExecutions": 0},
    ),
    ("sqs", "get_queue_url", {"QueueName": "q"}),
    ("sqs", "send_message", {"QueueUrl": QUEUE, "MessageBody": "m"}),
    ("sqs", "receive_message", {"QueueUrl": QUEUE}),
    ("sns", "publish", {"TopicArn": "arn:aws:sns:us-east-1:1:t", "Message": "ä & b"}),
    ("cloudformation", "describe_stacks", {"StackName": "s"}),
    ("cloudformation", "create_change_set", {"StackName": "s", "ChangeSetName": "c"}),
    ("sts", "get_caller_identity", {}),
    ("iam", "get_role", {"RoleName": "r"}),
    ("cloudwatch", "put_metric_data", {"Namespace": "n", "MetricData": [{"MetricName": "m"}]}),
    ("cloudwatch", "describe_alarms", {}),
    (
        "logs",
        "put_log_events",
        {
            "logGroupName": "g",
            "logStreamName": "s",
            "logEvents": [{"timestamp": 1, "message": "m"}],
        },
    ),
    ("events", "list_rules", {}),
    ("sagemaker", "create_model", {"ModelName": "m"}),
    ("sagemaker-runtime", "invoke_endpoint", {"EndpointName": "e", "Body": b"x"}),
    (
        "cloudfront",
        "create_invalidation",
        {
            "DistributionId": "D",
            "InvalidationBatch": {
                "Paths": {"Quantity": 1, "Items": ["/*"]},
                "CallerReference": "c",
            },
        },
    ),
]
NAMED = {"sagemaker-runtime": "sagemaker"}  # by their signatures, the two can't be told apart


@pytest.fixture(scope="module")
def clients():
    """boto3 clients that send nothing: an answer is made for them out of the request."""
    made, session = {}, boto3.Session()

    def client(service, **config):
        key = service, *config
        if key not in made:
            made[key] = session.client(
                service,
                endpoint_url="http://127.0.0.1:9",
                region_name="eu-west-1",
                aws_access_key_id="123456789012",
                aws_secret_access_key="secret",
                config=Config(retries={"total_max_attempts": 1}, **config),
            )
        return made[key]

    return client


def as_received(request):
    """What a server makes of a request of botocore's."""
    url, _, query = request.url.partition("?")
    body = request.body
    body = body.read() if hasattr(body, "read") else body
    body = body.encode() if isinstance(body, str) else body
    headers = {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in request.headers.items()
    }
    builder = EnvironBuilder(
        url, method=request.method, query_string=query, headers=headers, data=body or b""
    )
    return Request(builder.get_environ())


class Raw:
    """A body that botocore can read."""

    def __init__(self, content):
        self.content = content

    def stream(self, *_, **__):
        yield self.content

    def read(self, *_, **__):
        content, self.content = self.content, b""
        return content


def exchange(client, operation, params, answer=None):
    """The request that a call sends; `answer` makes the response out of it."""
    seen = []

    def before_send(request, **_):
        seen.append(as_received(request))
        response = answer(seen[0]) if answer else calls.Response("<Error/>", 400)
        return AWSResponse(
            request.url,
            response.status_code,
            {name.lower(): value for name, value in response.headers.items()},
            Raw(response.get_data()),
        )

    client.meta.events.register("before-send", before_send, "exchange")
    try:
        with pytest.raises(ClientError) as error:
            getattr(client, operation)(**params)
    finally:
        client.meta.events.unregister("before-send", before_send, "exchange")
    return seen[0], error.value.response


def told(request, error):
    """An error as the service that was called tells it."""
    call = calls.read(request)
    return calls.refusal(call.service, call.operation, error)


@pytest.mark.parametrize(
    ("service", "operation", "params"), CALLS, ids=lambda part: part if type(part) is str else ""
)
def test_a_call_is_known_by_its_name_its_caller_and_its_region(clients, service, operation, params):
    if (service, operation) == ("sagemaker", "create_model"):
        params = params | {"ExecutionRoleArn": "arn:aws:iam::123456789012:role/some-role"}
    client = clients(service)

    request, _ = exchange(client, operation, params)
    call = calls.read(request)

    assert call.service == NAMED.get(service, service)
    if service != "sagemaker-runtime":
        assert call.operation == client.meta.method_to_api_mapping[operation]
    assert call.access_key == "123456789012"
    assert call.region in ("eu-west-1", "us-east-1")  # IAM and CloudFront have but one
    assert call.app is None


def test_a_body_that_holds_no_operation_is_not_read(clients):
    request, _ = exchange(clients("s3"), "put_object", OBJECT | {"Body": b"content"})

    calls.read(request)

    assert b"content" in request.stream.read()


@pytest.mark.parametrize(
    ("operation", "name"), [("get_object", "GetObject"), ("put_object", "PutObject")]
)
@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_a_presigned_address_is_signed_too(clients, operation, name, version):
    client = clients("s3", signature_version=version)
    url = client.generate_presigned_url(operation, Params=OBJECT)
    method = "GET" if operation == "get_object" else "PUT"
    path, _, query = url.partition("?")

    call = calls.read(
        Request(EnvironBuilder(path, method=method, query_string=query).get_environ())
    )

    assert (call.service, call.operation, call.access_key) == ("s3", name, "123456789012")


def test_what_nobody_signed_is_asked_of_s3(clients):
    request, _ = exchange(clients("s3", signature_version=UNSIGNED), "get_object", OBJECT)

    assert calls.read(request) == ("s3", "GetObject", None, None, None)


def test_a_client_that_says_what_it_is_called_is_heard(clients):
    client = clients("sqs", user_agent_appid="stack-SomeRole-0A1B2C")
    request, _ = exchange(client, "list_queues", {})

    assert calls.read(request).app == "stack-SomeRole-0A1B2C"


def test_an_address_that_no_operation_has_is_named_by_itself():
    request = Request(EnvironBuilder("/a/b", method="PATCH").get_environ())

    assert calls.read(request).operation == "PATCH /a/b"


@pytest.mark.parametrize(
    ("service", "operation", "params"),
    [
        *(call for call in CALLS if call[1] in ("put_object", "list_buckets", "invoke")),
        *(call for call in CALLS if call[1] in ("publish", "send_message", "describe_stacks")),
        *(call for call in CALLS if call[1] in ("get_role", "list_rules", "put_log_events")),
        *(call for call in CALLS if call[1] in ("put_metric_data", "create_invalidation")),
        *(call for call in CALLS if call[1] in ("invoke_endpoint", "get_caller_identity")),
        ("ssm", "describe_parameters", {}),
    ],
)
def test_every_protocol_has_its_way_to_refuse(clients, service, operation, params):
    def refuse(request):
        return told(request, calls.AwsError("SlowDown", "Less, please: <&>", 429))

    _, response = exchange(clients(service), operation, params, refuse)

    error = response["Error"]
    assert (error["Code"], error["Message"]) == ("SlowDown", "Less, please: <&>")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert response["ResponseMetadata"]["RequestId"]


def test_a_refusal_of_a_head_request_is_its_status(clients):
    def refuse(request):
        return told(request, calls.AwsError("SlowDown", "Less", 503))

    _, response = exchange(clients("s3"), "head_object", OBJECT, refuse)

    assert response["ResponseMetadata"]["HTTPStatusCode"] == 503
