"""A snapshot that is larger than one copy may be, is copied in parts, by the function itself."""

import pytest

from tests.clouds import SharedCloud
from tests.integration.runs import GOOD
from tests.integration.woken import START
from tests.templates import stand_in_template

MIB = 1 << 20
LARGE = GOOD + f"a good film {'and so on ' * 50},1\n" * (12 * MIB // 460)


@pytest.fixture(scope="module")
def cloud(emulator, tmp_path_factory):
    """One whose S3 is said to copy 5 MiB at once, which is the smallest part."""

    def smaller(text):
        assert text.count('LARGEST_COPY_BYTES: "5368709120"') == 1
        return text.replace('"5368709120"', f'"{5 * MIB}"')

    folder = tmp_path_factory.mktemp("parts")
    with SharedCloud(folder, stand_in_template(folder, smaller), emulator, 600) as made:
        made.warm()
        yield made


def snapshot(cloud, run):
    key = f"runs/{run}/dataset/dataset.csv"
    return cloud.client("s3").get_object(Bucket=cloud.run_bucket, Key=key)


def calls_of(cloud, *operations):
    """How often the function has called these."""
    actions = [call["action"] for call in cloud.control("GET", "calls")]
    return [actions.count(f"s3:{operation}") for operation in operations]


def test_a_large_dataset_is_copied_in_parts_and_trained_on(cloud):
    content = LARGE.encode()
    assert 10 * MIB < len(content) < 15 * MIB
    cloud.drop("large.csv", content)

    receipt = cloud.follow("large.csv")

    assert receipt["state"] == "live"
    copied = snapshot(cloud, receipt["run"])
    assert copied["ETag"].strip('"').endswith("-3")  # parts
    assert copied["Body"].read() == content
    assert calls_of(cloud, "UploadPartCopy", "CopyObject", "AbortMultipartUpload") == [3, 0, 0]


def test_a_small_one_is_copied_at_once(cloud):
    cloud.drop("small.csv", GOOD)

    assert cloud.follow("small.csv", "live", "superseded")
    assert calls_of(cloud, "CopyObject") == [1]


def test_where_a_part_cannot_be_copied_nothing_is_left_of_the_others(cloud):
    fault = {"service": "s3", "operation": "UploadPartCopy"}
    cloud.fault("error", match=fault, code="InternalError", message="Sorry.", status=500, times=60)
    cloud.drop("broken.csv", LARGE.replace("a good film", "a fine film").encode())

    cloud.wait(lambda: calls_of(cloud, "AbortMultipartUpload")[0], "the copy to be given up")
    assert cloud.receipt("broken.csv") is None
    cloud.control("DELETE", "faults")
    cloud.invoke(START, {})  # as the schedule does

    assert cloud.follow("broken.csv", "live")
    uploads = cloud.client("s3").list_multipart_uploads(Bucket=cloud.run_bucket)
    assert uploads.get("Uploads", []) == []


def test_a_part_that_may_not_be_read_is_the_uploader_s_to_mend(cloud):
    fault = {"service": "s3", "operation": "UploadPartCopy"}
    message = "User is not authorized to perform: kms:Decrypt"
    cloud.fault("error", match=fault, code="AccessDenied", message=message, status=403, times=None)
    cloud.drop("secret.csv", LARGE.replace("a good film", "a dear film").encode())

    receipt = cloud.follow("secret.csv")
    cloud.control("DELETE", "faults")

    assert receipt["state"] == "refused"
    assert receipt["reason"].startswith(f"AWS refused UploadPartCopy (AccessDenied): {message}")
    uploads = cloud.client("s3").list_multipart_uploads(Bucket=cloud.run_bucket)
    assert uploads.get("Uploads", []) == []
