"""boto3's conveniences for S3 against the local cloud: waiters, paginators, transfers."""

import os
import threading
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import WaiterError

from tests.integration.aws_fixtures import Machine, machine, s3
from tests.integration.aws_port import client

__all__ = ["machine", "s3"]
SHELF = "stack-shelf"
QUICK = {"Delay": 0.1, "MaxAttempts": 300}
ONCE = {"Delay": 0.1, "MaxAttempts": 2}
MEGABYTE = 1 << 20


def test_buckets_and_objects_are_waited_for(s3: Any) -> None:
    waiters = {name: s3.get_waiter(name) for name in s3.waiter_names}
    late = threading.Timer(0.3, lambda: s3.put_object(Bucket=SHELF, Key="late", Body=b"x"))
    late.start()

    waiters["bucket_exists"].wait(Bucket=SHELF, WaiterConfig=ONCE)
    waiters["bucket_not_exists"].wait(Bucket="nowhere", WaiterConfig=ONCE)
    waiters["object_exists"].wait(Bucket=SHELF, Key="late", WaiterConfig=QUICK)
    late.join()
    for name, where in (
        ("bucket_exists", {"Bucket": "nowhere"}),
        ("bucket_not_exists", {"Bucket": SHELF}),
        ("object_exists", {"Bucket": SHELF, "Key": "never"}),
        ("object_not_exists", {"Bucket": SHELF, "Key": "late"}),
    ):
        with pytest.raises(WaiterError, match="Max attempts exceeded"):
            waiters[name].wait(**where, WaiterConfig=ONCE)
    s3.delete_object(Bucket=SHELF, Key="late")
    waiters["object_not_exists"].wait(Bucket=SHELF, Key="late", WaiterConfig=ONCE)


FOLDERS = {"Bucket": SHELF, "Prefix": "p/", "Delimiter": "/"}


@pytest.fixture
def keys(s3: Any) -> list[str]:
    """Three objects and a folder with two more."""
    names = ["p/a", "p/b +", "p/folder/1", "p/folder/2", "p/ü"]
    for name in names:
        s3.put_object(Bucket=SHELF, Key=name, Body=b"x")
    return names


def test_the_old_list_of_objects_repeats_the_folders_on_every_page(
    s3: Any, keys: list[str]
) -> None:
    """moto's way. AWS tells each folder once, as the list that everybody uses today does here."""
    pages = s3.get_paginator("list_objects").paginate(**FOLDERS, PaginationConfig={"PageSize": 1})

    found = pages.build_full_result()

    assert [item["Key"] for item in found["Contents"]] == [keys[0], keys[1], keys[4]]
    assert {item["Prefix"] for item in found["CommonPrefixes"]} == {"p/folder/"}
    assert len(found["CommonPrefixes"]) == 3


def test_objects_are_listed_page_by_page_with_folders(s3: Any, keys: list[str]) -> None:
    paginator = s3.get_paginator("list_objects_v2")

    found = paginator.paginate(**FOLDERS, PaginationConfig={"PageSize": 1}).build_full_result()

    assert [item["Key"] for item in found["Contents"]] == [keys[0], keys[1], keys[4]]
    assert [item["Prefix"] for item in found["CommonPrefixes"]] == ["p/folder/"]
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=SHELF, Prefix="p/")
    begun = s3.get_paginator("list_objects_v2").paginate(
        Bucket=SHELF, Prefix="p/", PaginationConfig={"MaxItems": 2, "PageSize": 1}
    )
    resumed = s3.get_paginator("list_objects_v2").paginate(
        Bucket=SHELF,
        Prefix="p/",
        PaginationConfig={"StartingToken": begun.build_full_result()["NextToken"]},
    )
    assert [item["Key"] for item in pages.search("Contents")] == keys
    assert [item["Key"] for item in resumed.search("Contents")] == keys[2:]


def test_versions_and_unfinished_uploads_are_listed_page_by_page(s3: Any) -> None:
    for body in (b"1", b"2", b"3"):
        s3.put_object(Bucket="stack-inbox", Key="versioned", Body=body)
    s3.delete_object(Bucket="stack-inbox", Key="versioned")
    uploads = [
        s3.create_multipart_upload(Bucket=SHELF, Key=f"unfinished-{n}")["UploadId"]
        for n in range(3)
    ]

    versions = s3.get_paginator("list_object_versions").paginate(
        Bucket="stack-inbox", Prefix="versioned", PaginationConfig={"PageSize": 1}
    )
    found = versions.build_full_result()
    listed = s3.get_paginator("list_multipart_uploads").paginate(
        Bucket=SHELF, PaginationConfig={"PageSize": 1}
    )

    assert [version["IsLatest"] for version in found["Versions"]] == [False] * 3
    assert len({version["VersionId"] for version in found["Versions"]}) == 3
    assert [marker["IsLatest"] for marker in found["DeleteMarkers"]] == [True]
    assert [upload["UploadId"] for upload in listed.search("Uploads")] == uploads
    for number, upload in enumerate(uploads):
        s3.abort_multipart_upload(Bucket=SHELF, Key=f"unfinished-{number}", UploadId=upload)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=SHELF)


def test_the_parts_of_an_upload_are_listed_page_by_page(s3: Any) -> None:
    upload = {"Bucket": SHELF, "Key": "parts"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    tags = [s3.upload_part(**upload, PartNumber=n, Body=b"x" * n)["ETag"] for n in (1, 2, 3)]

    pages = s3.get_paginator("list_parts").paginate(**upload, PaginationConfig={"PageSize": 1})

    found = list(pages.search("Parts"))
    assert [(part["PartNumber"], part["Size"], part["ETag"]) for part in found] == [
        (number, number, tag) for number, tag in enumerate(tags, 1)
    ]
    s3.abort_multipart_upload(**upload)


def test_a_transfer_in_parts_arrives_whole(s3: Any, tmp_path: Path) -> None:
    (tmp_path / "up").write_bytes(content := os.urandom(20 * MEGABYTE + 1))
    parts = TransferConfig(multipart_threshold=5 * MEGABYTE, multipart_chunksize=5 * MEGABYTE)
    seen: list[int] = []

    s3.upload_file(
        str(tmp_path / "up"),
        SHELF,
        "transferred",
        ExtraArgs={"Metadata": {"of": "a test"}, "ContentType": "text/plain"},
        Config=parts,
        Callback=seen.append,
    )
    s3.copy({"Bucket": SHELF, "Key": "transferred"}, SHELF, "copied", Config=parts)
    s3.download_file(SHELF, "copied", str(tmp_path / "down"), Config=parts)

    assert (tmp_path / "down").read_bytes() == content
    assert sum(seen) == len(content)
    head = s3.head_object(Bucket=SHELF, Key="transferred")
    assert head["ETag"].endswith('-5"')
    assert (head["Metadata"], head["ContentType"]) == ({"of": "a test"}, "text/plain")


def test_nobody_checks_a_signature_nor_its_age(machine: Machine, s3: Any) -> None:
    stranger = client(machine.port.url, "s3", "any-key-at-all")
    stranger.put_object(Bucket=SHELF, Key="open", Body=b"to all")
    old = s3.generate_presigned_url(
        "get_object", Params={"Bucket": SHELF, "Key": "open"}, ExpiresIn=1
    )
    time.sleep(2)

    with urlopen(old) as answer:
        assert answer.read() == b"to all"


def test_presigned_addresses_read_and_write(s3: Any) -> None:
    where = {"Bucket": SHELF, "Key": "pre signed.txt"}
    write = s3.generate_presigned_url("put_object", Params=where)
    read = s3.generate_presigned_url("get_object", Params=where, ExpiresIn=60)

    with urlopen(Request(write, b"written", method="PUT")) as answer:
        assert answer.status == 200
    with urlopen(read) as answer:
        assert answer.read() == b"written"
    with pytest.raises(HTTPError, match="404") as missing:
        urlopen(s3.generate_presigned_url("get_object", Params=where | {"Key": "none"}))
    missing.value.close()
