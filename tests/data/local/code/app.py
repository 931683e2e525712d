"""Small functions for the tests of the local cloud, one per way in which a function may behave."""

import json
import os
import sys
import time
from datetime import UTC, datetime
from urllib.parse import unquote_plus

from shared import GREETING


def echo(event, context):
    return {
        "event": event,
        "greeting": GREETING,
        "environment": dict(os.environ),
        "pid": os.getpid(),
        "request_id": context.aws_request_id,
        "remaining_ms": context.get_remaining_time_in_millis(),
        "name": context.function_name,
    }


def answer(event, context):
    return event


def sleep(event, context):
    """Say when it was, and append it to the file that the event names."""
    started = time.time()
    time.sleep(event["seconds"])
    span = {"started": started, "ended": time.time()}
    if "diary" in event:
        with open(event["diary"], "a") as diary:
            diary.write(json.dumps(span) + "\n")
    return span


def fail(event, context):
    print("failing on purpose")
    if "counter" in event:
        with open(event["counter"], "a") as counter:
            counter.write("x")
    raise ValueError(f"no {event.get('thing', 'luck')}")


def leave(event, context):
    sys.stdout.flush()
    os._exit(3)


def big(event, context):
    return "x" * event["bytes"]


def remember(event, context):
    """Append what came to the file that the template names."""
    with open(os.environ["DIARY"], "a") as diary:
        diary.write(json.dumps(event) + "\n")


def api(event, context):
    """Answer in the way that the query asks for."""
    query = event.get("queryStringParameters") or {}
    way = query.get("way", "echo")
    if way == "plain":
        return {"no": "status code"}
    if way == "binary":
        return {
            "statusCode": 201,
            "headers": {"content-type": "image/png", "x-made-by": "api"},
            "cookies": ["a=1; HttpOnly", "b=2"],
            "isBase64Encoded": True,
            "body": "iVBORw0KGgo=",
        }
    if way == "malformed":
        return {"statusCode": "many"}
    if way == "error":
        raise RuntimeError("a secret")
    if way == "slow":
        time.sleep(float(query["seconds"]))
    return {"statusCode": 200, "body": json.dumps(event)}


def clerk(event, context):
    """Write the receipts that an uploaded file lists, one after the other."""
    import boto3

    s3 = boto3.client("s3")
    for record in event["Records"]:
        bucket, uploaded = record["s3"]["bucket"]["name"], record["s3"]["object"]
        key = unquote_plus(uploaded["key"])
        for receipt in json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()):
            time.sleep(receipt.pop("after", 0))
            receipt["at"] = datetime.now(UTC).isoformat(timespec="milliseconds")
            receipt["dataset"] = {"bucket": bucket, "key": key, "etag": uploaded["eTag"]}
            name = key.removeprefix("in/")
            s3.put_object(Bucket=bucket, Key=f"out/{name}.json", Body=json.dumps(receipt))
