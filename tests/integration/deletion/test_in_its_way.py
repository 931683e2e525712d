"""What is in a deletion's way: something under way, another deletion, a signal, a refusal."""

import json
import signal
import threading

import pytest

from local.calls import read
from tests.integration.deletion.stack import KEPT, STACK, live, nothing_is_left, switched_off
from tests.integration.runs import GOOD


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
    assert KEPT in printed
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


def test_a_deployment_that_is_under_way_is_waited_for(cloud, delete):
    cloudformation = cloud.client("cloudformation")
    pause = {
        "Type": "AWS::CloudFormation::WaitCondition",
        "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "3"},
    }
    handle = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": f"film-{cloud.account}"}}
    template = {"Resources": {"Handle": handle, "Pause": pause, "Bucket": bucket}}
    cloudformation.create_stack(StackName="film", TemplateBody=json.dumps(template))

    code, printed = delete("--stack-name", "film")

    assert code == 0, printed
    assert printed.startswith("waiting for stack film: CREATE_IN_PROGRESS\n")


def test_trainings_come_to_their_end_before_the_buckets_are_emptied(cloud, delete):
    cloud.drop("lingering.csv", GOOD)
    run = cloud.follow("lingering.csv", "training")["run"]
    log = cloud.state / "logs" / f"{run}.log"
    cloud.wait(lambda: log.exists() and "epoch=1" in log.read_text(), "the training to learn")
    sagemaker, running = cloud.client("sagemaker"), []

    def looking(request, answer):
        if read(request).operation == "DeleteObjects":
            jobs = sagemaker.list_training_jobs()["TrainingJobSummaries"]
            statuses = {job["TrainingJobStatus"] for job in jobs}
            running.append(statuses & {"InProgress", "Stopping"})
        return answer(request)

    with cloud.before(looking):
        code, printed = delete()

    assert code == 0, printed
    assert f"stopping training job {run}" in printed
    assert running
    assert not any(running)
    nothing_is_left(cloud)


def test_two_deletions_at_once_get_to_the_end(cloud, delete):
    live(cloud)
    ended = []
    threads = [threading.Thread(target=lambda: ended.append(delete())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for _, printed in ended:
        is_late = printed.startswith(f"There is no stack {STACK} in us-east-1.\n")
        assert KEPT in printed or (is_late and "But there is" not in printed), printed
    assert 0 in [code for code, _ in ended]
    nothing_is_left(cloud)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_deletion_that_is_cut_off_leaves_the_functions_running(cloud, started, delete, how):
    cloud.fault("creating_slow", match={"endpoint": STACK}, seconds=8)
    cloud.drop("reviews.csv", GOOD)
    cloud.wait(cloud.endpoint, "the endpoint to be made")

    with started("--yes") as deletion:
        for line in deletion.stdout:
            if line.startswith("waiting for endpoint"):
                assert len(switched_off(cloud)) == 2
                deletion.send_signal(how)
                break
        printed = deletion.stdout.read()

    assert deletion.returncode == 1
    assert printed.endswith(
        "The deletion was cut off.\nStart the deletion again: it goes on where it stopped.\n"
    )
    assert switched_off(cloud) == []
    cloud.follow("reviews.csv", "live")
    assert delete()[0] == 0
    nothing_is_left(cloud)


def test_a_deletion_that_fails_says_why_and_leaves_the_functions_running(cloud, delete):
    live(cloud)
    refusal = {"code": "AccessDeniedException", "message": "You may not.", "status": 400}
    cloud.fault("error", match={"operation": "DeleteModelPackage"}, **refusal)

    code, printed = delete()

    assert code == 1
    assert "You may not." in printed
    assert printed.endswith("\nStart the deletion again: it goes on where it stopped.\n")
    assert "Traceback" not in printed
    assert switched_off(cloud) == []
    assert delete()[0] == 0
    nothing_is_left(cloud)


def test_a_stack_that_can_not_be_deleted_is_told_with_the_reason(cloud, delete):
    """Somebody puts a package into the registry in the last moment."""
    group, sagemaker = cloud.status()["outputs"]["ModelPackageGroupArn"], cloud.client("sagemaker")
    made = []

    def filling(request, answer):
        call = read(request)
        if (call.service, call.operation) == ("cloudformation", "DeleteStack"):
            made.append(sagemaker.create_model_package(ModelPackageGroupName=group))
        return answer(request)

    with cloud.before(filling):
        code, printed = delete()

    assert code == 1
    assert "\nModelPackageGroup: " in printed
    left = printed.partition("Left over:\n")[2].splitlines()
    assert f"model package {made[0]['ModelPackageArn']}" in left
    assert f"stack {STACK}" in left
    assert left[-1] == "Start the deletion again: it takes up the rest."
    assert switched_off(cloud) == []
    assert delete()[0] == 0
    nothing_is_left(cloud)
