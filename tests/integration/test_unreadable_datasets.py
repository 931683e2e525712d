"""A dataset that lies in the bucket and can't be read, or told of under its name: told once."""

import pytest

from local.calls import AwsError, read, refusal
from tests.clouds import SharedCloud
from tests.integration.mailbox import Mailbox
from tests.integration.runs import another
from tests.integration.woken import START
from tests.templates import stand_in_template

DENIED = AwsError(
    "AccessDenied",
    "User: arn:aws:sts::123456789012:assumed-role/start is not authorized to perform: kms:Decrypt "
    "on the resource associated with this ciphertext",
    403,
)


@pytest.fixture(scope="module")
def quiet(emulator, tmp_path_factory):
    """A cloud for all these tests in which no schedule fires."""
    folder = tmp_path_factory.mktemp("quiet")
    cloud = SharedCloud(folder, stand_in_template(folder), emulator, 600)
    cloud.start()
    cloud.warm()
    yield cloud
    cloud.end()


@pytest.fixture(scope="module")
def mailbox(quiet):
    return Mailbox(quiet)


@pytest.fixture
def refused_once(quiet, mailbox):
    """What the receipt of a dropped dataset says, of which nobody hears twice."""

    def check(name, receipt_name=None):
        receipt = quiet.follow(receipt_name or name)
        for _ in range(3):  # the schedule finds it among those that wait to be received
            quiet.invoke(START, {})

        assert receipt["state"] == "refused"
        assert receipt["dataset"]["key"] == f"datasets/{name}"
        assert quiet.receipt(receipt_name or name) == receipt
        told = [n for n in mailbox.notices() if receipt["reason"] in n["Message"]]
        shown = name if len(name) < 70 else name[:60]
        [subject] = [
            n["Subject"] for n in told if shown.encode("ascii", "replace").decode() in n["Subject"]
        ]
        assert subject.endswith(" was refused")
        return receipt

    return check


def putting(cloud, name, **how):
    cloud.client("s3").put_object(
        Bucket=cloud.bucket, Key=f"datasets/{name}", Body=another(name).encode(), **how
    )


def test_an_archived_dataset_is_refused_with_what_to_do(quiet, refused_once):
    putting(quiet, "archived.csv", StorageClass="GLACIER")

    reason = refused_once("archived.csv")["reason"]

    assert reason.startswith("AWS refused GetObject (InvalidObjectState): ")
    assert reason.endswith("The file is archived: drop it in the storage class STANDARD.")


def test_a_dataset_with_a_key_of_the_uploader_s_own_is_refused(quiet, refused_once):
    putting(quiet, "own key.csv", SSECustomerAlgorithm="AES256", SSECustomerKey="k" * 32)

    receipt = refused_once("own key.csv")

    assert receipt["dataset"]["size_bytes"] == len(another("own key.csv"))
    assert receipt["reason"].startswith("AWS refused GetObject (InvalidRequest): ")
    assert "(SSE-C): drop it without" in receipt["reason"]


@pytest.mark.parametrize("method", ["HEAD", "GET", "PUT"])
def test_what_the_function_may_not_look_at_is_refused_in_aws_s_words(quiet, refused_once, method):
    """PUT is the copy: it needs the key that the dataset is encrypted with, too."""
    name = f"secret from {method}.csv"
    role = quiet.client("lambda").get_function_configuration(FunctionName=quiet.function(START))
    after = {"HEAD": ("HEAD", "GET"), "GET": ("GET",), "PUT": ("PUT",)}[method]

    def denies(request, answer):
        call = read(request)
        about = request.path + request.headers.get("x-amz-copy-source", "")
        is_theirs = call.app == role["Role"].rpartition("/")[2]
        if is_theirs and request.method in after and "datasets/secret" in about.replace("%20", " "):
            request.get_data()
            response = refusal("s3", call.operation, DENIED)
            if request.method == "HEAD":
                response.set_data(b"")
            return response
        return answer(request)

    with quiet.before(denies):
        putting(quiet, name)
        reason = refused_once(name)["reason"]

    operation = "CopyObject" if method == "PUT" else "GetObject"
    assert reason.startswith(f"AWS refused {operation} (AccessDenied): {DENIED.message}")
    assert reason.endswith("drop it without, the bucket encrypts it by itself.")


def test_a_name_too_long_for_its_receipt_is_refused_under_a_shorter_one(quiet, refused_once):
    fitting = "folder/" + "é" * 499 + "ab.csv"  # 1,020 bytes with datasets/
    name = fitting.replace("ab.csv", "b.csv")
    assert len(f"datasets/{name}".encode()) == 1019
    quiet.drop(name, another("a long name"))
    quiet.drop(fitting, another("a longer name"))

    def receipts():
        pages = quiet.client("s3").get_paginator("list_objects_v2")
        found = pages.paginate(Bucket=quiet.bucket, Prefix="receipts/folder/")
        keys = [entry["Key"] for page in found for entry in page.get("Contents", [])]
        return keys if len(keys) == 2 else None

    short, whole = sorted(quiet.wait(receipts, "both to be told of"), key=lambda k: len(k.encode()))
    assert len(whole.encode()) == 1024
    receipt = refused_once(fitting, short.removeprefix("receipts/").removesuffix(".json"))
    assert receipt["reason"] == (
        "The file's key has 1,020 bytes; the receipt's, which is longer, has room beside one of at "
        "most 1,019. Drop it under a shorter name."
    )
    quiet.follow(name, "live", "superseded")


def test_what_cannot_be_read_is_in_nobody_s_way(quiet):
    putting(quiet, "archived too.csv", StorageClass="DEEP_ARCHIVE")
    quiet.drop("fine.csv", another("that can be read"))

    assert quiet.follow("fine.csv", "live")
    assert quiet.follow("archived too.csv", "refused")
