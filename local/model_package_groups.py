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
    name = {"ModelPackageGroupName": wanted["ModelPackageGroupName"]}
    try:
        found = call("DescribeModelPackageGroup", name)
        if event["RequestType"] == "Delete" and found:  # a creation that failed is deleted too
            call("DeleteModelPackageGroup", name)
        elif event["RequestType"] != "Delete" and not found:
            found = call("CreateModelPackageGroup", wanted)
        arn = found.get("ModelPackageGroupArn", event.get("PhysicalResourceId"))
        data = {"ModelPackageGroupArn": arn}
        answer |= {"Status": "SUCCESS", "PhysicalResourceId": arn, "Data": data}
    except Exception as error:  # CloudFormation waits for an answer whatever happens
        known = event.get("PhysicalResourceId", name["ModelPackageGroupName"])
        answer |= {"Status": "FAILED", "Reason": str(error), "PhysicalResourceId": known}
    send(Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT"))  # noqa: S310


def call(operation: str, params: dict[str, Any]) -> dict[str, Any]:
    """One call of SageMaker as the account's root; nothing if what it names isn't there."""
    scope = f"{os.environ['ACCOUNT']}/20260101/{os.environ['AWS_REGION']}/sagemaker/aws4_request"
    headers = {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"SageMaker.{operation}",
    }
    url = os.environ["AWS_ENDPOINT_URL"]
    try:
        answer = send(Request(url, json.dumps(params).encode(), headers))  # noqa: S310
    except HTTPError as error:
        message = json.load(error).get("message", str(error))
        if "does not exist" in message:
            return {}
        raise RuntimeError(message) from error
    return dict(json.loads(answer or b"{}"))


def send(request: Request) -> bytes:
    """What is answered to a request to the local cloud, or to the emulator."""
    trusted = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE"))
    with urlopen(request, timeout=30, context=trusted) as response:  # noqa: S310
        return bytes(response.read())
