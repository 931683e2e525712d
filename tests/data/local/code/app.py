"""Small functions for the tests of the local cloud, one per way in which a function may behave."""

import json
import os
import time
from datetime import UTC, datetime
from urllib.parse import unquote_plus
from urllib.request import Request, urlopen

from shared import GREETING


def echo(event, context):
    return {
        "event": event,
        "greeting": GREETING,
        "environment": dict(os.environ),
        "name": context.function_name,
    }


def fail(event, context):
    if event.get("seconds"):
        time.sleep(event["seconds"])
    raise ValueError(f"no {event.get('thing', 'luck')}")


def remember(event, context):
    """Send what came to the queue that the template names."""
    import boto3

    boto3.client("sqs").send_message(QueueUrl=os.environ["DIARY"], MessageBody=json.dumps(event))


def call(event, context):
    """Do what the event says; returns the error, if there was one."""
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError

    config = Config(retries={"total_max_attempts": 1})
    client = boto3.client(event["service"], config=config)
    try:
        getattr(client, event["operation"])(**event.get("params", {}))
    except ClientError as error:
        return error.response["Error"]
    return None


def api(event, context):
    """Answer in the way that the query asks for."""
    query = event.get("queryStringParameters") or {}
    way = query.get("way", "echo")
    if way == "binary":
        return {
            "statusCode": 201,
            "headers": {"content-type": "image/png", "x-made-by": "api"},
            "cookies": ["a=1; HttpOnly", "b=2"],
            "isBase64Encoded": True,
            "body": "iVBORw0KGgo=",
        }
    if way == "error":
        raise RuntimeError("a secret")
    return {"statusCode": 200, "body": json.dumps(event)}


def clerk(event, context):
    """Write the receipts that an uploaded file lists, one after the other."""
    import boto3

    s3, sqs = boto3.client("s3"), boto3.client("sqs")
    for record in event["Records"]:
        sqs.send_message(QueueUrl=os.environ["ARRIVALS"], MessageBody=json.dumps(record))
        bucket, uploaded = record["s3"]["bucket"]["name"], record["s3"]["object"]
        key = unquote_plus(uploaded["key"])
        for receipt in json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()):
            time.sleep(receipt.pop("after", 0))
            receipt["at"] = datetime.now(UTC).isoformat(timespec="milliseconds")
            receipt["dataset"] = {"bucket": bucket, "key": key, "etag": uploaded["eTag"]}
            name = key.removeprefix("in/")
            s3.put_object(Bucket=bucket, Key=f"out/{name}.json", Body=json.dumps(receipt))


def hold(event, context):
    """Be a custom resource that isn't there before a file is."""
    while not os.path.exists(os.environ["UNTIL"]):
        time.sleep(0.05)
    answer = {key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")}
    answer |= {"Status": "SUCCESS", "PhysicalResourceId": "held"}
    urlopen(Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT")).close()
