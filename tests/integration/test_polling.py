"""What the schedule costs while nothing happens: docs/costs.md counts with these calls."""

import json
from datetime import UTC, datetime, timedelta

from operations.costs import ASSUMED
from tests.integration.runs import another

RUNS = 10  # as many jobs and packages as the functions look at
GETS, LISTS = {"s3:GetObject", "s3:HeadObject"}, {"s3:ListObjectsV2", "s3:PutObject"}


def age(cloud):
    """Set every receipt back by a day, as if nothing had happened since."""
    s3, day_ago = cloud.client("s3"), (datetime.now(UTC) - timedelta(days=1)).isoformat()
    for number in range(RUNS):
        run = cloud.receipt(f"reviews {number}.csv")["run"]
        for place in (
            (cloud.run_bucket, f"runs/{run}/receipt.json"),
            (cloud.bucket, f"receipts/reviews {number}.csv.json"),
        ):
            body = json.dumps(cloud.document(*place) | {"at": day_ago}).encode()
            s3.put_object(Bucket=place[0], Key=place[1], Body=body)


def test_waking_both_functions_for_nothing_takes_as_many_calls_as_the_costs_say(new_cloud):
    cloud = new_cloud(minute_seconds=120)  # else the schedule would wake them, too
    for number in range(RUNS):
        cloud.drop(f"reviews {number}.csv", another(number))
        cloud.follow(f"reviews {number}.csv", "live")
    cloud.wait(lambda: cloud.status()["idle"], "the functions to have been woken")
    age(cloud)
    before = len(cloud.control("GET", "calls"))

    for function in ("StartTrainingFunction", "DeployEndpointFunction"):
        cloud.invoke(function, {})

    calls = cloud.control("GET", "calls")[before:]
    made = [call["action"] for call in calls if call["principal"] != "developer"]
    assert sum(action in GETS for action in made) == ASSUMED["gets"].value
    assert sum(action in LISTS for action in made) == ASSUMED["lists"].value
