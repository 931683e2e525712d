"""Which permissions a call of a service that the emulator plays takes, and on which resource.

By AWS's Service Authorization Reference, for the services that functions and containers call. The
emulator decides whether a call is allowed; this says what it was allowed.
"""

import json
from typing import Any
from urllib.parse import parse_qsl, unquote

from werkzeug.wrappers import Request

from local.calls import Call
from local.sagemaker.needs import Need

# Where an operation of S3 isn't called as the permission that it takes.
_S3 = {
    "HeadObject": "GetObject",
    "ListObjectsV2": "ListBucket",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject",
    "CompleteMultipartUpload": "PutObject",
}


def needs(call: Call, request: Request, account: str) -> list[Need]:
    """The permissions of a call; on "*" where it names no resource that is known here."""
    if call.service == "s3":
        return _of_s3(call.operation, request)
    action = f"{call.service}:{call.operation}"
    if call.service == "sns":
        form = dict(parse_qsl(request.get_data(as_text=True)))
        return [Need(action, form.get("TopicArn", "*"))]
    if call.service == "logs":
        params: dict[str, Any] = json.loads(request.get_data() or b"{}")
        group = f"arn:aws:logs:{call.region}:{account}:log-group:{params.get('logGroupName', '*')}"
        stream = params.get("logStreamName") if call.operation == "PutLogEvents" else None
        return [Need(action, f"{group}:log-stream:{stream}" if stream else group)]
    return [Need(action, "*")]


def _of_s3(operation: str, request: Request) -> list[Need]:
    action = f"s3:{_S3.get(operation, operation)}"
    found = [Need(action, f"arn:aws:s3:::{request.path.strip('/')}")]
    if source := request.headers.get("x-amz-copy-source"):
        copied = unquote(source.partition("?")[0]).strip("/")
        found.append(Need("s3:GetObject", f"arn:aws:s3:::{copied}"))
    return found
