"""The AWS port as boto3 meets it: bad manners on request, what is written down, large bodies."""

import base64
import gc
import hashlib
import http.client
import json
import os
import re
import socket
import struct
import sys
import threading
import zlib
from io import BytesIO
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.templates import ROOT, small_template

PARTS = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)


@pytest.fixture(scope="module")
def s3(shared):
    return shared.client("s3")


@pytest.fixture(scope="module")
def shelf(shared):
    """The name of a bucket that nobody watches."""
    return shared.status()["outputs"]["ShelfName"]


@pytest.fixture
def faults(shared):
    """Asks for bad manners, which end with the test."""
    yield shared.fault
    assert shared.control("GET", "faults") == []  # each has happened
    shared.control("DELETE", "faults")


def refused(call, **params):
    """The answer to a call that must fail."""
    with pytest.raises(ClientError) as error:
        call(**params)
    return error.value.response


# --- Bad manners --------------------------------------------------------------------------------

ANY_CALL = {
    "s3": ("list_buckets", {}),
    "lambda": ("invoke", {"FunctionName": "verdict-echo", "Payload": b"{}"}),
    "sns": ("list_topics", {}),
    "sqs": ("list_queues", {}),
    "cloudwatch": ("list_metrics", {}),
    "cloudformation": ("describe_stacks", {}),
    "iam": ("list_roles", {}),
    "logs": ("describe_log_groups", {}),
    "ssm": ("describe_parameters", {}),
    "sagemaker": ("list_models", {}),
    "sagemaker-runtime": ("invoke_endpoint", {"EndpointName": "e", "Body": b"x"}),
}
THROTTLED = {"s3": "SlowDown", "lambda": "TooManyRequestsException", "sns": "Throttled"}


@pytest.mark.parametrize("service", ANY_CALL)
def test_any_call_is_throttled_on_request(shared, faults, service):
    operation, params = ANY_CALL[service]
    client = shared.client(service)
    faults("throttled", match={"operation": client.meta.method_to_api_mapping[operation]})

    error = refused(getattr(client, operation), **params)["Error"]

    assert error["Code"] == THROTTLED.get(service, "ThrottlingException")
    assert error["Message"]


@pytest.mark.parametrize("service", ANY_CALL)
def test_any_call_fails_in_the_words_that_were_asked_for(shared, faults, service):
    operation, params = ANY_CALL[service]
    name = service.removesuffix("-runtime")
    faults(
        "error", match={"service": name}, code="InternalFailure", message="Not & now", status=500
    )

    answer = refused(getattr(shared.client(service), operation), **params)

    assert answer["Error"]["Code"] == "InternalFailure"
    assert answer["Error"]["Message"] == "Not & now"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_a_large_upload_hears_that_it_is_throttled(s3, shelf, faults):
    """Its body is read to the end: a closed connection would be another error."""
    faults("throttled", match={"service": "s3", "operation": "PutObject"})

    error = refused(s3.put_object, Bucket=shelf, Key="a", Body=os.urandom(20 << 20))

    assert error["Error"]["Code"] == "SlowDown"


def test_a_client_that_tries_again_gets_through(shared, faults):
    faults("throttled", match={"operation": "ListBuckets"}, times=2)
    patient = boto3.client(
        "s3",
        endpoint_url=shared.aws,
        region_name="us-east-1",
        aws_access_key_id=shared.account,
        aws_secret_access_key="developer",
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
    )

    assert patient.list_buckets()["Buckets"]
    assert shared.control("GET", "faults") == []


def test_a_fault_may_be_meant_for_one_role_only(shared, faults, s3):
    role = shared.client("lambda").get_function(FunctionName=shared.function("Caller"))
    name = role["Configuration"]["Role"].rpartition("/")[2]
    faults("error", match={"principal": name, "operation": "ListBuckets"}, code="Odd")

    assert s3.list_buckets()["Buckets"]
    said = shared.invoke("Caller", {"service": "s3", "operation": "list_buckets"})

    assert said["Code"] == "Odd"


# --- What is written down -----------------------------------------------------------------------


def test_every_call_is_written_down(shared, s3, shelf):
    before = len(shared.control("GET", "calls"))
    s3.put_object(Bucket=shelf, Key="in/a", Body=b"x")
    shared.client("sagemaker").list_models()
    for key in ("in/a", "out/a"):
        params = {"Bucket": shelf, "Key": key}
        shared.invoke("Caller", {"service": "s3", "operation": "get_object", "params": params})
    shared.invoke("Caller", {"service": "sagemaker", "operation": "list_models"})

    calls = shared.control("GET", "calls")[before:]
    role = next(call["principal"] for call in calls if "CallerRole" in call["principal"])
    shown = [(call["principal"], call["action"], call["allowed"]) for call in calls]
    for expected in (
        ("developer", "s3:PutObject", True),
        ("developer", "sagemaker:ListModels", True),
        (role, "s3:GetObject", True),
        (role, "s3:GetObject", False),
        (role, "sagemaker:ListModels", False),
    ):
        assert expected in shown


# --- Bodies -------------------------------------------------------------------------------------


def test_large_objects_pass_in_pieces_and_in_parts(s3, shelf):
    content = os.urandom(11 << 20)

    s3.put_object(Bucket=shelf, Key="whole", Body=content)
    s3.upload_fileobj(BytesIO(content), shelf, "parts", Config=PARTS)

    digest = hashlib.sha256(content).digest()
    for key in ("whole", "parts"):
        got = s3.get_object(Bucket=shelf, Key=key)
        assert hashlib.sha256(got["Body"].read()).digest() == digest
        assert got["ContentLength"] == len(content)
    assert got["ETag"].endswith('-3"')


@pytest.mark.skipif(sys.platform != "linux", reason="memory is looked up in /proc")
def test_a_large_object_passes_through_without_being_held(new_process, tmp_path):
    cloud = new_process(template=small_template(tmp_path / "small"))
    s3, shelf, size = cloud.client("s3"), cloud.status()["outputs"]["ShelfName"], 128 << 20

    def peak():
        status = Path(f"/proc/{cloud.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) << 10

    before = peak()
    with (tmp_path / "large").open("w+b") as file:
        file.truncate(size)
        s3.put_object(Bucket=shelf, Key="large", Body=file)
    chunks = s3.get_object(Bucket=shelf, Key="large")["Body"].iter_chunks(1 << 20)

    assert sum(map(len, chunks)) == size
    assert peak() - before < size / 2


def test_ranges_conditions_and_heads(s3, shelf):
    etag = s3.put_object(Bucket=shelf, Key="ä b+c", Body=b"hello", ContentType="text/csv")["ETag"]
    which = {"Bucket": shelf, "Key": "ä b+c"}

    part = s3.get_object(**which, Range="bytes=1-3")
    head = s3.head_object(**which)

    assert (part["Body"].read(), part["ContentRange"]) == (b"ell", "bytes 1-3/5")
    assert (head["ContentLength"], head["ContentType"], head["ETag"]) == (5, "text/csv", etag)
    assert refused(s3.get_object, **which, IfNoneMatch=etag)["Error"]["Code"] == "304"
    assert refused(s3.put_object, **which, Body=b"", IfNoneMatch="*")["Error"]["Code"] == (
        "PreconditionFailed"
    )
    assert refused(s3.head_object, Bucket=shelf, Key="none")["Error"]["Code"] == "404"
    assert refused(s3.get_object, Bucket=shelf, Key="none")["Error"]["Code"] == "NoSuchKey"


def test_a_presigned_address_reads_and_writes(s3, shelf):
    s3.put_object(Bucket=shelf, Key="k", Body=b"hello")
    which = {"Bucket": shelf, "Key": "k"}

    with urlopen(s3.generate_presigned_url("get_object", Params=which)) as answer:
        assert answer.read() == b"hello"
    upload = s3.generate_presigned_url("put_object", Params=which)
    with urlopen(Request(upload, b"up", method="PUT")) as answer:
        assert answer.status == 200

    assert s3.get_object(**which)["Body"].read() == b"up"


def test_what_nobody_signed_is_refused_by_the_bucket(shared, shelf):
    with pytest.raises(HTTPError) as error:
        urlopen(f"{shared.aws}/{shelf}/k")

    assert error.value.code == 403
    error.value.close()


def scope(shared):
    credential = f"{shared.account}/20260101/us-east-1/s3/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"


def raw(shared, path, headers, body):
    connection = http.client.HTTPConnection(urlsplit(shared.aws).netloc, timeout=20)
    headers["Authorization"] = scope(shared)
    connection.request("PUT", path, body, headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_aws_chunked_uploads_with_a_trailing_checksum(shared, s3, shelf):
    content = os.urandom(70_000)
    checksum = base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()
    body = b"10000\r\n" + content[:65536] + b"\r\n1170\r\n" + content[65536:] + b"\r\n0\r\n"
    body += f"x-amz-checksum-crc32:{checksum}\r\n\r\n".encode()
    headers = {
        "Content-Encoding": "aws-chunked",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": str(len(content)),
        "x-amz-sdk-checksum-algorithm": "CRC32",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }

    assert raw(shared, f"/{shelf}/chunked", headers, body).status == 200

    got = s3.get_object(Bucket=shelf, Key="chunked", ChecksumMode="ENABLED")
    assert got["Body"].read() == content
    assert got["ChecksumCRC32"] == checksum
    assert "aws-chunked" not in got.get("ContentEncoding", "")


def test_a_client_that_waits_for_100_continue_is_told_to_go_on(shared, s3, shelf):
    parts = urlsplit(shared.aws)
    with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
        connection.sendall(
            f"PUT /{shelf}/patient HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 5\r\n"
            f"Authorization: {scope(shared)}\r\nExpect: 100-continue\r\n\r\n".encode()
        )
        with connection.makefile("rb") as answers:
            assert answers.readline() == b"HTTP/1.1 100 Continue\r\n"
            connection.sendall(b"hello")
            lines = iter(answers.readline, b"")
            final = next(line for line in lines if line.startswith(b"HTTP/") and b"100" not in line)
            assert final.startswith((b"HTTP/1.1 200", b"HTTP/1.0 200"))

    assert s3.get_object(Bucket=shelf, Key="patient")["Body"].read() == b"hello"


def test_an_upload_that_breaks_off_leaves_nothing(shared, s3, shelf):
    parts = urlsplit(shared.aws)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as connection:
        connection.sendall(
            f"PUT /{shelf}/broken HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 5000000\r\n"
            f"Authorization: {scope(shared)}\r\n\r\nhalf".encode()
        )
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass

    assert "Contents" not in s3.list_objects_v2(Bucket=shelf, Prefix="broken")


def test_a_client_that_goes_away_leaves_no_connection_to_the_emulator(
    shared, s3, shelf, monkeypatch
):
    """Python complains of a socket that nobody closed where nobody can catch it."""
    s3.put_object(Bucket=shelf, Key="long", Body=bytes(20 << 20))
    complaints, parts = [], urlsplit(shared.aws)
    monkeypatch.setattr(sys, "unraisablehook", complaints.append)
    for _ in range(5):
        with socket.create_connection((parts.hostname, parts.port), timeout=10) as connection:
            reset_on_close = struct.pack("ii", 1, 0)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset_on_close)
            connection.sendall(
                f"GET /{shelf}/long HTTP/1.1\r\nHost: {parts.netloc}\r\n"
                f"Authorization: {scope(shared)}\r\n\r\n".encode()
            )
            assert connection.recv(1)

    def all_answered():
        return not any("process_request" in thread.name for thread in threading.enumerate())

    shared.wait(all_answered, "the answers to end")
    gc.collect()
    assert complaints == []


# --- Notifications ------------------------------------------------------------------------------


def test_an_upload_is_told_once_and_as_aws_tells_it(shared, s3):
    """In the shape that events/ has: the functions read nothing else."""
    content = b"[]" + b" " * (11 << 20)
    inbox = shared.bucket
    whole = s3.put_object(Bucket=inbox, Key="in/in box ä+b.csv", Body=b"[]")
    s3.upload_fileobj(BytesIO(content), inbox, "in/big", Config=PARTS)
    s3.put_object(Bucket=inbox, Key="elsewhere", Body=b"[]")
    s3.copy_object(Bucket=inbox, Key="in/copy", CopySource=f"{inbox}/elsewhere")

    queue, sqs = shared.status()["outputs"]["ArrivalsUrl"], shared.client("sqs")
    told = {}

    def all_told():
        got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in got.get("Messages", []):
            record = json.loads(message["Body"])
            assert record["s3"]["object"]["key"] not in told
            told[record["s3"]["object"]["key"]] = record
        return len(told) >= 3

    shared.wait(all_told, "the notifications")
    assert told.keys() == {"in/in+box+%C3%A4%2Bb.csv", "in/big", "in/copy"}
    record = told["in/in+box+%C3%A4%2Bb.csv"]
    [example] = json.loads((ROOT / "events/dataset_uploaded.json").read_text())["Records"]
    assert record.keys() >= example.keys()
    assert record["s3"]["object"].keys() == example["s3"]["object"].keys()
    assert record["s3"]["object"] | {"sequencer": ""} == {
        "key": "in/in+box+%C3%A4%2Bb.csv",
        "size": 2,
        "eTag": hashlib.md5(b"[]").hexdigest(),
        "versionId": whole["VersionId"],
        "sequencer": "",
    }
    assert record["eventName"] == "ObjectCreated:Put"
    assert told["in/copy"]["eventName"] == "ObjectCreated:Copy"
    assert told["in/big"]["eventName"] == "ObjectCreated:CompleteMultipartUpload"
    assert told["in/big"]["s3"]["object"]["eTag"].endswith("-3")
    assert told["in/big"]["s3"]["object"]["size"] == len(content)
