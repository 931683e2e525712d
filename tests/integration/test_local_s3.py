"""S3 of the local cloud: what it answers, what it keeps, and whom it tells."""

import base64
import hashlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from tests.integration.aws_fixtures import TEMPLATE, Machine, machine, records, s3
from tests.integration.aws_port import client

__all__ = ["machine", "records", "s3"]
ROOT = Path(__file__).parent.parent.parent
INBOX, SHELF = "stack-inbox", "stack-shelf"  # versioned, and not
PARTS = TransferConfig(multipart_threshold=5 << 20, multipart_chunksize=5 << 20)
Records = Callable[[], list[tuple[str, dict[str, Any]]]]


# --- Notifications ----------------------------------------------------------------------------


def test_an_upload_is_told_as_aws_tells_it(s3: Any, records: Records) -> None:
    answer = s3.put_object(Bucket=INBOX, Key="in box/ä+b.csv", Body=b"hello")

    [(function, record)] = records()
    assert function == "OnFiled"
    assert record["s3"]["object"] == {
        "key": "in+box/%C3%A4%2Bb.csv",
        "size": 5,
        "eTag": hashlib.md5(b"hello").hexdigest(),
        "versionId": answer["VersionId"],
        "sequencer": record["s3"]["object"]["sequencer"],
    }
    assert record["eventName"] == "ObjectCreated:Put"
    assert record["eventSource"] == "aws:s3"
    assert record["eventTime"].endswith("Z")
    assert record["userIdentity"]["principalId"] == "AWS:developer"
    assert record["s3"]["bucket"]["name"] == INBOX
    major, minor = record["eventVersion"].split(".")
    assert (major, int(minor) >= 3) == ("2", True)


def test_only_functions_whose_filter_fits_are_told(s3: Any, records: Records) -> None:
    for key in ("in/a.csv", "in/a.txt", "out/a.csv"):
        s3.put_object(Bucket=SHELF, Key=key, Body=b"x")
    s3.copy_object(Bucket=SHELF, Key="in/copy.csv", CopySource=f"{SHELF}/out/a.csv")

    assert [(f, r["s3"]["object"]["key"]) for f, r in records()] == [("OnCsv", "in/a.csv")]
    assert "versionId" not in records()[0][1]["s3"]["object"]


def test_every_kind_of_change_has_its_name_and_sequencers_grow(s3: Any, records: Records) -> None:
    s3.put_object(Bucket=INBOX, Key="a", Body=b"1")
    version = s3.put_object(Bucket=INBOX, Key="a", Body=b"2")["VersionId"]
    s3.copy_object(Bucket=INBOX, Key="b", CopySource={"Bucket": INBOX, "Key": "a"})
    s3.delete_object(Bucket=INBOX, Key="a")
    s3.delete_object(Bucket=INBOX, Key="a", VersionId=version)
    s3.delete_objects(Bucket=INBOX, Delete={"Objects": [{"Key": "b"}]})

    told = [record for _, record in records()]
    assert [record["eventName"] for record in told] == [
        "ObjectCreated:Put",
        "ObjectCreated:Put",
        "ObjectCreated:Copy",
        "ObjectRemoved:DeleteMarkerCreated",
        "ObjectRemoved:Delete",
        "ObjectRemoved:DeleteMarkerCreated",
    ]
    assert told[4]["s3"]["object"]["versionId"] == version
    assert "size" not in told[4]["s3"]["object"]
    sequencers = [record["s3"]["object"]["sequencer"] for record in told]
    assert sequencers == sorted(set(sequencers))


def test_a_multipart_upload_is_told_once(s3: Any, records: Records) -> None:
    content = os.urandom(11 << 20)

    s3.upload_fileobj(BytesIO(content), INBOX, "big", Config=PARTS)

    [(_, record)] = records()
    assert record["eventName"] == "ObjectCreated:CompleteMultipartUpload"
    assert record["s3"]["object"]["size"] == len(content)
    assert record["s3"]["object"]["eTag"].endswith("-3")


def test_refused_and_failed_writes_are_not_told(s3: Any, records: Records) -> None:
    s3.put_object(Bucket=INBOX, Key="a", Body=b"1")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket=INBOX, Key="a", Body=b"2", IfNoneMatch="*")
    with pytest.raises(ClientError, match="NoSuchKey"):
        s3.copy_object(Bucket=INBOX, Key="b", CopySource=f"{INBOX}/missing")

    assert len(records()) == 1


def test_as_many_writes_as_there_were_are_told(s3: Any, records: Records) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(
            pool.map(
                lambda n: s3.put_object(Bucket=SHELF, Key="in/k.csv", Body=b"x" * n), range(40)
            )
        )

    assert sorted(r["s3"]["object"]["size"] for _, r in records()) == list(range(40))


# --- What lasts ---------------------------------------------------------------------------------


def everything(s3: Any) -> dict[str, Any]:
    """All that a client can see of the two buckets."""
    seen: dict[str, Any] = {}
    for bucket in (INBOX, SHELF):
        listed = s3.list_object_versions(Bucket=bucket)
        seen[bucket] = [
            {k: v[k] for k in ("Key", "VersionId", "IsLatest", "LastModified")}
            for v in listed.get("Versions", []) + listed.get("DeleteMarkers", [])
        ]
        for version in listed.get("Versions", []):
            which = {"Bucket": bucket, "Key": version["Key"], "VersionId": version["VersionId"]}
            if version["VersionId"] == "null":
                del which["VersionId"]
            got = s3.get_object(**which)
            names = ("ETag", "ContentType", "Metadata", "LastModified", "ContentEncoding")
            seen[str(which)] = {name: got.get(name) for name in names}
            seen[str(which)]["body"] = hashlib.sha256(got["Body"].read()).hexdigest()
            seen[str(which)]["tags"] = s3.get_object_tagging(**which)["TagSet"]
    return seen


def test_a_restart_changes_nothing_that_a_client_sees_and_tells_nobody(
    machine: Machine, s3: Any
) -> None:
    s3.put_object(Bucket=INBOX, Key="ä b+c", Body=b"1", ContentType="text/csv", Metadata={"a": "b"})
    s3.put_object(Bucket=INBOX, Key="ä b+c", Body=b"2", Tagging="x=1&y=2")
    s3.put_object(Bucket=INBOX, Key="gone", Body=b"3")
    s3.delete_object(Bucket=INBOX, Key="gone")
    s3.put_object(Bucket=SHELF, Key="k", Body=b"4")
    s3.put_object(Bucket=SHELF, Key="k", Body=b"5", ContentEncoding="gzip")
    s3.upload_fileobj(BytesIO(os.urandom(11 << 20)), SHELF, "big", Config=PARTS)
    s3.copy_object(Bucket=SHELF, Key="copy", CopySource=f"{SHELF}/k")
    s3.put_object_tagging(
        Bucket=SHELF, Key="copy", Tagging={"TagSet": [{"Key": "t", "Value": "1"}]}
    )
    s3.put_object(Bucket=SHELF, Key="deleted", Body=b"6")
    s3.put_object(Bucket=SHELF, Key="deleted too", Body=b"7")
    s3.delete_object(Bucket=SHELF, Key="deleted")
    s3.delete_objects(Bucket=SHELF, Delete={"Objects": [{"Key": "deleted too"}]})
    s3.put_object(Bucket=SHELF, Key="empty", Body=b"")
    before = everything(s3)

    machine.restart()

    s3 = machine.client("s3")
    assert everything(s3) == before
    assert machine.port.diary.s3_events == []
    assert s3.get_bucket_versioning(Bucket=INBOX)["Status"] == "Enabled"
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=INBOX, Key="gone")
    s3.put_object(Bucket=SHELF, Key="k", Body=b"8")
    machine.restart()
    assert machine.client("s3").get_object(Bucket=SHELF, Key="k")["Body"].read() == b"8"


def test_a_bucket_made_by_a_client_lasts_too(machine: Machine, s3: Any) -> None:
    s3.create_bucket(Bucket="mine")
    s3.create_bucket(Bucket="dropped")
    s3.put_bucket_versioning(Bucket="mine", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="mine", Key="k", Body=b"1")
    s3.delete_bucket(Bucket="dropped")

    machine.restart()

    s3 = machine.client("s3")
    assert {b["Name"] for b in s3.list_buckets()["Buckets"]} == {"mine", INBOX, SHELF}
    assert "VersionId" in s3.put_object(Bucket="mine", Key="k", Body=b"2")


def test_what_a_sudden_death_left_half_written_is_swept(machine: Machine, s3: Any) -> None:
    folder = machine.state / "s3" / SHELF
    s3.put_object(Bucket=SHELF, Key="k", Body=b"1")
    old = {path: path.read_bytes() for path in folder.glob("0*")}
    s3.put_object(Bucket=SHELF, Key="k", Body=b"2")
    new = {path.name for path in folder.iterdir()}
    (folder / "00000000000000ff.body").write_bytes(b"its JSON was never written")
    (folder / "00000000000000fe.abcd.tmp").write_text("{")
    for path, content in old.items():  # the overwrite hadn't yet removed them
        path.write_bytes(content)

    machine.restart()

    assert machine.client("s3").get_object(Bucket=SHELF, Key="k")["Body"].read() == b"2"
    assert {path.name for path in folder.iterdir()} == new


def test_killed_at_any_moment_an_object_is_either_there_or_not(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "tests/integration/aws_port.py"), str(TEMPLATE)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    answered: set[str] = set()
    for wave in range(3):
        process = subprocess.Popen(
            [*command, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
        )
        assert process.stdout
        s3 = client(process.stdout.readline().strip(), "s3")
        present = {
            o["Key"]: o["ETag"] for o in s3.list_objects_v2(Bucket=SHELF).get("Contents", [])
        }
        assert answered <= present.keys()
        for key, etag in present.items():
            body = s3.get_object(Bucket=SHELF, Key=key)["Body"].read()
            assert etag == f'"{hashlib.md5(body).hexdigest()}"'
        killer = threading.Timer(0.3 + wave * 0.17, process.send_signal, [signal.SIGKILL])
        killer.start()

        def write(number: int, s3: Any = s3, wave: int = wave) -> None:
            key = f"{wave}-{number}"
            s3.put_object(Bucket=SHELF, Key=key, Body=os.urandom(200_000))
            answered.add(key)

        with ThreadPoolExecutor(4) as pool:
            for future in [pool.submit(write, number) for number in range(200)]:
                if error := future.exception():
                    assert "Connection" in type(error).__name__ + str(error)
        process.wait()
        process.stdout.close()
        killer.join()
    assert answered


# --- The wire -----------------------------------------------------------------------------------


def raw(machine: Machine, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
    connection = http.client.HTTPConnection(urlsplit(machine.port.url).netloc)
    scope = "developer/20260101/us-east-1/s3/aws4_request"
    headers["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    )
    connection.request(method, path, body, headers, encode_chunked=not isinstance(body, bytes))
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer


def test_aws_chunked_uploads_with_a_trailing_checksum(machine: Machine, s3: Any) -> None:
    content = os.urandom(70_000)
    checksum = base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()
    body = b"10000\r\n" + content[:65536] + b"\r\n1170\r\n" + content[65536:] + b"\r\n0\r\n"
    body += f"x-amz-checksum-crc32:{checksum}\r\n\r\n".encode()
    headers = {
        "Content-Encoding": "aws-chunked",
        "Content-Length": str(len(body)),
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": str(len(content)),
        "x-amz-sdk-checksum-algorithm": "CRC32",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }

    assert raw(machine, "PUT", f"/{SHELF}/in/chunked.csv", headers, body).status == 200

    got = s3.get_object(Bucket=SHELF, Key="in/chunked.csv", ChecksumMode="ENABLED")
    assert got["Body"].read() == content
    assert got["ChecksumCRC32"] == checksum
    assert "ContentEncoding" not in got
    assert machine.port.diary.s3_events[0][1]["Records"][0]["s3"]["object"]["size"] == len(content)


def test_signed_chunks(machine: Machine, s3: Any) -> None:
    signature = f";chunk-signature={'0' * 64}\r\n".encode()
    body = b"5" + signature + b"hello\r\n" + b"0" + signature + b"\r\n"
    headers = {
        "Content-Length": str(len(body)),
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "x-amz-decoded-content-length": "5",
    }

    assert raw(machine, "PUT", f"/{SHELF}/signed", headers, body).status == 200

    assert s3.get_object(Bucket=SHELF, Key="signed")["Body"].read() == b"hello"


def test_http_chunked_uploads(machine: Machine, s3: Any) -> None:
    headers = {"Transfer-Encoding": "chunked"}

    assert raw(machine, "PUT", f"/{SHELF}/http", headers, iter([b"he", b"llo"])).status == 200

    assert s3.get_object(Bucket=SHELF, Key="http")["Body"].read() == b"hello"


def test_a_client_that_waits_for_100_continue_is_told_to_go_on(machine: Machine, s3: Any) -> None:
    parts = urlsplit(machine.port.url)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        connection.settimeout(10)
        scope = "developer/20260101/us-east-1/s3/aws4_request"
        connection.sendall(
            f"PUT /{SHELF}/patient HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 5\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={scope}, Signature=0\r\n"
            "Expect: 100-continue\r\n\r\n".encode()
        )
        with connection.makefile("rb") as answers:
            assert answers.readline() == b"HTTP/1.1 100 Continue\r\n"
            connection.sendall(b"hello")
            lines = iter(answers.readline, b"")
            final = next(line for line in lines if line.startswith(b"HTTP/") and b"100" not in line)
            assert final.startswith(b"HTTP/1.1 200")

    assert s3.get_object(Bucket=SHELF, Key="patient")["Body"].read() == b"hello"


def test_an_upload_that_breaks_off_leaves_nothing(machine: Machine, s3: Any) -> None:
    parts = urlsplit(machine.port.url)
    with socket.create_connection((parts.hostname, parts.port)) as connection:
        scope = "developer/20260101/us-east-1/s3/aws4_request"
        connection.sendall(
            f"PUT /{SHELF}/broken HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Length: 500\r\n"
            f"Authorization: AWS4-HMAC-SHA256 Credential={scope}, Signature=0\r\n\r\nhalf".encode()
        )
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass

    assert "Contents" not in s3.list_objects_v2(Bucket=SHELF)


def test_a_presigned_address_works_without_a_signature_header(s3: Any) -> None:
    s3.put_object(Bucket=SHELF, Key="k", Body=b"hello")
    address = s3.generate_presigned_url("get_object", Params={"Bucket": SHELF, "Key": "k"})
    upload = s3.generate_presigned_url("put_object", Params={"Bucket": SHELF, "Key": "up"})

    with urlopen(address) as answer:
        assert answer.read() == b"hello"
    with urlopen(Request(upload, b"up", method="PUT")) as answer:
        assert answer.status == 200
    assert s3.get_object(Bucket=SHELF, Key="up")["Body"].read() == b"up"


def test_reads_while_others_write_are_always_whole(s3: Any) -> None:
    bodies = [bytes([n]) * 300_000 for n in range(4)]
    s3.put_object(Bucket=SHELF, Key="k", Body=bodies[0])

    def write(n: int) -> bool:
        s3.put_object(Bucket=SHELF, Key="k", Body=bodies[n % 4])
        return True

    def read(_: int) -> bool:
        return s3.get_object(Bucket=SHELF, Key="k")["Body"].read() in bodies

    with ThreadPoolExecutor(8) as pool:
        jobs = [pool.submit(write if n % 2 else read, n) for n in range(60)]
        assert all(job.result() for job in jobs)


def test_lists_ranges_and_conditions(s3: Any) -> None:
    for n in range(5):
        s3.put_object(Bucket=SHELF, Key=f"list/{n}", Body=b"0123456789")
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=SHELF, Prefix="list/", PaginationConfig={"PageSize": 2}
    )

    assert [o["Key"] for page in pages for o in page["Contents"]] == [f"list/{n}" for n in range(5)]
    part = s3.get_object(Bucket=SHELF, Key="list/0", Range="bytes=2-4")
    assert (part["Body"].read(), part["ContentRange"]) == (b"234", "bytes 2-4/10")
    etag = part["ETag"]
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.get_object(Bucket=SHELF, Key="list/0", IfMatch='"0"')
    assert s3.get_object(Bucket=SHELF, Key="list/0", IfMatch=etag)["ContentLength"] == 10


def test_an_upload_that_a_restart_forgot_is_refused_by_name(machine: Machine, s3: Any) -> None:
    upload = s3.create_multipart_upload(Bucket=SHELF, Key="k")["UploadId"]
    which = {"Bucket": SHELF, "Key": "k", "UploadId": upload}
    machine.restart()
    s3 = machine.client("s3")

    with pytest.raises(s3.exceptions.NoSuchUpload):
        s3.upload_part(**which, PartNumber=1, Body=b"x")
    with pytest.raises(s3.exceptions.NoSuchUpload):
        s3.complete_multipart_upload(
            **which, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": "x"}]}
        )


def test_browser_uploads_fail_by_name(machine: Machine) -> None:
    assert raw(machine, "POST", f"/{SHELF}", {}, b"").status == 501
