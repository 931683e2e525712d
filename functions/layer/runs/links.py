"""What lies in a bucket, opened in a browser without an account: a presigned address, for a while.

A receipt has the address that lasts; a presigned one would be another one at every look.
"""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

# A presigned address ends with the credentials that have signed it, and nobody tells a function how
# long its own last.
LONGEST = timedelta(hours=12)

# By default it is the global endpoint's address, and in us-east-1 signed as new buckets refuse.
SIGNED = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})

s3 = boto3.client("s3", config=SIGNED)


def opening(uri: str) -> str:
    """A paragraph that says how to open what lies at an address of S3, and for how long."""
    where = urlsplit(uri)
    url = s3.generate_presigned_url(
        "get_object",
        Params={"Bucket": where.netloc, "Key": where.path.lstrip("/")},
        ExpiresIn=int(LONGEST.total_seconds()),
    )
    until = (datetime.now(UTC) + LONGEST).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f"The report: {url}\n"
        f"This link opens it for everybody who has it, until {until} at the latest, and may end "
        f"hours before with the credentials that have signed it. Then: aws s3 presign {uri}"
    )
