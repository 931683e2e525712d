"""The function behind a stack's model package groups, a custom resource in the emulator.

local/templates.py puts it into the stack. It runs without packages, so it speaks SageMaker's
protocol by itself.
"""

import json
import os
import ssl
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

MEMBERS = ("ModelPackageGroupName", "ModelPackageGroupDescription", "Tags")


def handler(event: dict[str, Any], _context: object) -> None:
    """Create or delete the group, then tell CloudFormation what became of it."""
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    wanted = {k: v for k, v in event["ResourceProperties"].items() if k in MEMBERS}
    name, where = wanted["ModelPackageGroupName"], (os.environ["AWS_REGION"], os.environ["ACCOUNT"])
    arn = f"arn:aws:sagemaker:{':'.join(where)}:model-package-group/{name}"
    answer |= {"PhysicalResourceId": arn, "Data": {"ModelPackageGroupArn": arn}}
    try:
        if event["RequestType"] == "Delete":
            call("DeleteModelPackageGroup", {"ModelPackageGroupName": name})
        else:
            call("CreateModelPackageGroup", wanted)
        answer["Status"] = "SUCCESS"
    except Exception as error:  # CloudFormation waits for an answer whatever happens
        answer |= {"Status": "FAILED", "Reason": str(error)}
    send(Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT"))  # noqa: S310 - the local cloud's own


def call(operation: str, params: dict[str, Any]) -> None:
    """One call of SageMaker as the account's root; what is so already needn't be done."""
    scope = f"{os.environ['ACCOUNT']}/20260101/{os.environ['AWS_REGION']}/sagemaker/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"SageMaker.{operation}",
    }
    url = os.environ["AWS_ENDPOINT_URL"]
    try:
        send(Request(url, json.dumps(params).encode(), headers))  # noqa: S310 - the local cloud's own
    except HTTPError as error:
        message = json.load(error).get("message", str(error))
        if "does not exist" not in message and "already exists" not in message:
            raise RuntimeError(message) from error


def send(request: Request) -> None:
    """A request to the local cloud, or to the emulator."""
    trusted = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
    urlopen(request, timeout=30, context=trusted).close()  # noqa: S310 - the local cloud's own
