"""A dataset is copied to where only we write: what is trained on can't change any more."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

# What one CopyObject can copy; the template says so, that a test may lower it.
LARGEST_COPY_BYTES = int(os.environ["LARGEST_COPY_BYTES"])
PART_BYTES = min(LARGEST_COPY_BYTES, 512 << 20)
PARTS_AT_ONCE = 8
TAGGING = "kind=snapshot"  # by which the template lets it expire


def copy(s3: Any, source: dict[str, str], etag: str, size_bytes: int, target: Any) -> None:
    """Copy an object of any size, unless it is another one by now than `etag` says.

    `source` and `target` have Bucket and Key. Raises S3's ClientError; nothing of the copy is left
    then, not even parts of it.
    """
    how: dict[str, Any] = {"CopySource": source, "CopySourceIfMatch": etag, **target}
    if size_bytes <= LARGEST_COPY_BYTES:
        s3.copy_object(**how, Tagging=TAGGING, TaggingDirective="REPLACE")
        return
    upload = s3.create_multipart_upload(**target, Tagging=TAGGING)["UploadId"]

    def copy_part(number: int) -> dict[str, Any]:
        first = (number - 1) * PART_BYTES
        last = min(first + PART_BYTES, size_bytes) - 1
        span = f"bytes={first}-{last}"
        part = s3.upload_part_copy(**how, UploadId=upload, PartNumber=number, CopySourceRange=span)[
            "CopyPartResult"
        ]
        sums = {name: value for name, value in part.items() if name.startswith("Checksum")}
        return {"PartNumber": number, "ETag": part["ETag"], **sums}

    numbers = range(1, -(-size_bytes // PART_BYTES) + 1)
    try:
        with ThreadPoolExecutor(PARTS_AT_ONCE) as pool:
            try:
                parts = list(pool.map(copy_part, numbers))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        s3.complete_multipart_upload(**target, UploadId=upload, MultipartUpload={"Parts": parts})
    except BaseException:
        with suppress(ClientError):  # the bucket's lifecycle clears away what this leaves
            s3.abort_multipart_upload(**target, UploadId=upload)
        raise
