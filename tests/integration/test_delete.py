"""`operations/delete.py` where something is in its way: cut off, going on, or gone already."""

import os
import subprocess
import sys
import threading

import pytest

from tests.conftest import ROOT, SharedCloud
from tests.integration.runs import GOOD

STACK = "verdict"


@pytest.fixture
def settings(cloud: SharedCloud) -> dict[str, str]:
    """What leads a script of operations/ to the local cloud."""
    return {
        "AWS_ENDPOINT_URL": cloud.aws,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": cloud.account,
        "AWS_SECRET_ACCESS_KEY": "x",
    }


@pytest.fixture
def delete(settings):
    def start() -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, ROOT / "operations/delete.py", "--yes", "--stack-name", STACK],
            env=os.environ | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        return done.returncode, done.stdout

    return start


def live(cloud):
    cloud.drop("reviews.csv", GOOD)
    cloud.follow("reviews.csv", "live")


def nothing_is_left(cloud):
    sagemaker, s3 = cloud.client("sagemaker"), cloud.client("s3")
    assert sagemaker.list_endpoints()["Endpoints"] == []
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    assert sagemaker.list_models()["Models"] == []
    assert sagemaker.list_model_package_groups()["ModelPackageGroupSummaryList"] == []
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    assert [name for name in names if name.startswith(STACK)] == []


def test_a_deletion_by_hand_that_failed_is_brought_to_its_end(cloud, delete):
    live(cloud)
    buckets = cloud.bucket, cloud.run_bucket
    cloudformation = cloud.client("cloudformation")
    cloudformation.delete_stack(StackName=STACK)  # fails: the group holds a package

    def failed():
        found = cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]
        return found["StackStatus"] == "DELETE_FAILED"

    cloud.wait(failed, "the deletion to fail")
    there = cloud.client("lambda").list_functions()["Functions"]
    assert [f["FunctionName"] for f in there if f["FunctionName"].startswith(STACK)] == []
    there = [bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]]
    assert not set(there) & set(buckets)

    code, printed = delete()

    assert code == 0, printed
    assert printed.splitlines()[-1] == f"Nothing of {STACK} is left."
    nothing_is_left(cloud)


def test_an_endpoint_that_is_being_made_is_waited_for(cloud, delete):
    cloud.fault("creating_slow", match={"endpoint": STACK}, seconds=6)
    cloud.drop("reviews.csv", GOOD)
    cloud.wait(cloud.endpoint, "the endpoint to be made")
    assert cloud.endpoint()["EndpointStatus"] == "Creating"

    code, printed = delete()

    assert code == 0, printed
    assert f"waiting for endpoint {STACK}: Creating\n" in printed
    nothing_is_left(cloud)


def test_two_deletions_at_once_get_to_the_end(cloud, delete):
    live(cloud)
    ended = []
    threads = [threading.Thread(target=lambda: ended.append(delete())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    told = [f"Nothing of {STACK} is left.\n", f"There is no stack {STACK} in us-east-1.\n"]
    for _, printed in ended:
        assert printed.endswith(tuple(told)), printed
    assert 0 in [code for code, _ in ended]
    nothing_is_left(cloud)


def test_a_stack_that_is_not_there_is_no_deletion_and_what_has_its_name_is_told(cloud, delete):
    assert delete()[0] == 0
    told, logs = f"There is no stack {STACK} in us-east-1.\n", cloud.client("logs")
    logs.create_log_group(logGroupName=f"/verdict/{STACK}-two/late")

    assert delete() == (1, told)

    logs.create_log_group(logGroupName=f"/verdict/{STACK}/late")
    told += f"But there is by its name:\nlog group /verdict/{STACK}/late\n"
    assert delete() == (1, told)
