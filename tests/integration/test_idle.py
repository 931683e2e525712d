"""What the schedules ask of AWS in five minutes in which nothing happens, with many runs behind."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from local.identity import DEVELOPER
from operations.costs import ASSUMED
from tests.integration.runs import another

RUNS = 12  # more than the functions look at


@pytest.fixture
def idle(new_cloud, load_event):
    """A cloud in which all was told hours ago, and that nothing but a test wakes."""
    cloud = new_cloud(minute_seconds=600)
    for number in range(RUNS):
        cloud.drop(f"reviews {number}.csv", another(number))
        cloud.follow(f"reviews {number}.csv", "live", "superseded")
    cloud.drop("failing.csv", another("failing"))
    cloud.follow("failing.csv", "failed")
    cloud.warm()
    hours_ago = (datetime.now(UTC) - timedelta(hours=3)).isoformat(timespec="milliseconds")
    s3 = cloud.client("s3")
    for bucket, prefix in ((cloud.run_bucket, "runs/"), (cloud.bucket, "receipts/")):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for key in (found["Key"] for found in page["Contents"]):
                if "receipt" in key:
                    body = json.dumps(cloud.document(bucket, key) | {"at": hours_ago}).encode()
                    s3.put_object(Bucket=bucket, Key=key, Body=body)
    return cloud


def test_five_idle_minutes_take_few_calls(idle, load_event):
    before = len(idle.control("GET", "calls"))

    for function in ("StartTrainingFunction", "DeployEndpointFunction"):
        idle.invoke(function, load_event("schedule_fired"))

    made = idle.control("GET", "calls")[before:]
    calls = Counter(call["action"] for call in made if call["principal"] != DEVELOPER)
    print(f"calls in five idle minutes: {dict(calls)}")
    assert calls["s3:ListObjectsV2"] == ASSUMED["lists"].value  # datasets, receipts, queue
    assert calls["s3:GetObject"] <= ASSUMED["gets"].value
    assert {action for action in calls if action.startswith("s3:")} == {
        "s3:ListObjectsV2",
        "s3:GetObject",
    }
    assert calls.total() <= 35
