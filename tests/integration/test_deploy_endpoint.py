"""The endpoint converges on the newest approved package, from any state and without events."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.test_start_training import GOOD

DEPLOY = "DeployEndpointFunction"


def another(number):
    """A dataset that differs from GOOD and from every other number."""
    return GOOD + f"a good film of its own number {number},positive\n"


def live_run(cloud):
    endpoint = cloud.endpoint()
    if endpoint and endpoint["EndpointStatus"] == "InService":
        return endpoint["EndpointConfigName"].rpartition("-v")[0]
    return None


def approve(cloud, version, status):
    package = next(p for p in cloud.packages() if p["ModelPackageVersion"] == version)
    cloud.client("sagemaker").update_model_package(
        ModelPackageArn=package["ModelPackageArn"], ModelApprovalStatus=status
    )


def throttled(cloud):
    return [fault for fault in cloud.control("GET", "faults") if fault["kind"] == "throttled"]


@pytest.mark.parametrize(
    ("name", "status", "state"),
    [
        ("reviews.csv", "Approved", "live"),
        ("rejected.csv", "Rejected", "rejected"),
        ("pending.csv", "PendingManualApproval", "trained"),
        ("noevaluation.csv", "Rejected", "rejected"),
    ],
)
def test_a_completed_run_is_registered_as_judged(cloud, name, status, state):
    cloud.drop(name, GOOD)

    receipt = cloud.follow(name)

    assert receipt["state"] == state
    assert [package["ModelApprovalStatus"] for package in cloud.packages()] == [status]
    assert receipt["reason"] if state == "rejected" else receipt["next"]
    assert receipt["package"] == cloud.packages()[0]["ModelPackageArn"]


def test_a_failed_run_leaves_no_package_and_the_live_model_stays(cloud):
    cloud.drop("reviews.csv", GOOD)
    live = cloud.follow("reviews.csv", "live")

    cloud.drop("failing.csv", another(1))
    failed = cloud.follow("failing.csv")

    assert failed["state"] == "failed"
    assert failed["reason"]
    assert len(cloud.packages()) == 1
    assert live_run(cloud) == live["run"]


def test_a_run_that_timed_out_says_so(cloud):
    cloud.fault("training_timed_out", times=1)

    cloud.drop("reviews.csv", GOOD)
    receipt = cloud.follow("reviews.csv")

    assert receipt["state"] == "failed"
    assert "seconds" in receipt["reason"]


def test_a_run_stopped_by_hand_says_so(cloud):
    cloud.drop("stuck.csv", GOOD)
    run = cloud.follow("stuck.csv", "training")["run"]

    cloud.client("sagemaker").stop_training_job(TrainingJobName=run)

    receipt = cloud.follow("stuck.csv")
    assert receipt["state"] == "failed"
    assert "by hand" in receipt["reason"]


def test_without_any_sagemaker_event_the_schedule_gets_there(new_cloud):
    cloud = new_cloud(minute_seconds=0.5)
    cloud.fault("event_dropped", match={"source": "aws.sagemaker"})

    cloud.drop("reviews.csv", GOOD)
    cloud.follow("reviews.csv", "live")
    cloud.drop("other.csv", another(1))

    assert cloud.follow("other.csv", "live")


def test_with_every_event_doubled_and_reordered_it_gets_there(cloud):
    cloud.fault("event_duplicated", match={"source": "aws.sagemaker"})
    cloud.fault("events_reordered", match={"source": "aws.sagemaker"}, count=3)

    cloud.drop("reviews.csv", GOOD)
    cloud.drop("other.csv", another(1))

    def settled():
        states = {cloud.receipt(name)["state"] for name in ("reviews.csv", "other.csv")}
        return states == {"live", "superseded"}

    cloud.follow("reviews.csv", "live", "superseded")
    cloud.follow("other.csv", "live", "superseded")
    cloud.wait(settled, "the later one to be live", 60)
    assert len(cloud.training_jobs()) == len(cloud.packages()) == 2


@pytest.mark.parametrize(
    "event",
    [
        "training_completed",
        "training_failed",
        "training_timed_out",
        "training_of_another_team",
        "endpoint_in_service",
        "endpoint_update_failed",
        "package_approved",
        "package_rejected",
        "schedule_fired",
    ],
)
def test_an_event_that_tells_of_what_is_not_there_changes_nothing(cloud, load_event, event):
    cloud.invoke(DEPLOY, load_event(event))
    cloud.invoke("StartTrainingFunction", load_event(event))

    assert cloud.packages() == []
    assert cloud.endpoint() is None


def test_a_creation_that_fails_once_is_tried_again(cloud):
    cloud.fault("update_failed", times=1)

    cloud.drop("reviews.csv", GOOD)

    assert cloud.follow("reviews.csv", "live", "rejected")["state"] == "live"


@pytest.mark.parametrize(
    ("operation", "before"),
    [
        ("CreateEndpoint", []),
        ("DeleteEndpoint", ["Failed"]),
        ("DescribeModelPackage", ["Failed", None]),  # where attempts are counted
    ],
)
def test_who_is_overtaken_gives_way_and_judges_by_nothing_old(
    new_cloud, load_event, operation, before
):
    cloud = new_cloud(minute_seconds=600)  # no schedule and no event: only this test wakes it

    def wake():
        cloud.invoke(DEPLOY, load_event("schedule_fired"))

    def status():
        return (cloud.endpoint() or {"EndpointStatus": None})["EndpointStatus"]

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: wake(), range(2)))  # two warm workers
        cloud.fault("event_dropped", match={"source": "aws.sagemaker"}, times=None)
        cloud.drop("reviews.csv", GOOD)
        run = cloud.follow("reviews.csv", "training")["run"]
        cloud.client("sagemaker").get_waiter("training_job_completed_or_stopped").wait(
            TrainingJobName=run, WaiterConfig={"Delay": 1}
        )
        cloud.fault("update_failed", times=1)
        for wanted in before:
            wake()
            cloud.wait(lambda wanted=wanted: status() == wanted, f"the endpoint to be {wanted}")

        cloud.fault("throttled", match={"operation": operation}, times=2)
        slower = pool.submit(wake)  # tries a third time after up to two seconds
        cloud.wait(lambda: not throttled(cloud), "the slower one to be held up")
        wake()
        slower.result()

    while cloud.receipt("reviews.csv")["state"] not in ("live", "rejected"):
        wake()
    assert cloud.receipt("reviews.csv")["state"] == "live"


def test_a_first_model_that_cannot_serve_is_rejected_and_not_tried_for_ever(cloud):
    cloud.drop("unservable.csv", GOOD)

    receipt = cloud.follow("unservable.csv")

    assert receipt["state"] == "rejected"
    assert "Deployment failed 2 times" in receipt["reason"]
    cloud.wait(lambda: cloud.endpoint() is None, "the failed endpoint to be gone")
    cloud.drop("reviews.csv", another(1))
    assert cloud.follow("reviews.csv")["state"] == "live"


def test_an_update_that_rolls_back_rejects_its_package(cloud):
    cloud.drop("reviews.csv", GOOD)
    live = cloud.follow("reviews.csv", "live")

    cloud.drop("unservable.csv", another(1))
    receipt = cloud.follow("unservable.csv")

    assert receipt["state"] == "rejected"
    assert "Deployment failed 2 times" in receipt["reason"]
    assert cloud.follow("reviews.csv", "live")
    cloud.wait(lambda: live_run(cloud) == live["run"], "the endpoint to be back on the first model")
    assert cloud.ask("a good film")["results"][0]["sentiment"] == "positive"


def test_rejecting_the_newest_rolls_back_and_approving_it_rolls_forward(cloud):
    cloud.drop("reviews.csv", GOOD)
    cloud.follow("reviews.csv", "live")
    cloud.drop("other.csv", another(1))
    cloud.follow("other.csv", "live")

    approve(cloud, 2, "Rejected")

    assert cloud.follow("reviews.csv", "live")
    assert cloud.follow("other.csv", "rejected")
    approve(cloud, 2, "Approved")
    assert cloud.follow("other.csv", "live")
    assert cloud.follow("reviews.csv", "superseded")


@pytest.mark.parametrize(
    ("name", "state", "older"),
    [("reviews.csv", "live", "deploying"), ("failing.csv", "failed", "training")],
)
def test_a_receipt_that_a_slower_rival_set_back_is_brought_up_to_date(cloud, name, state, older):
    cloud.drop(name, GOOD)
    told = cloud.follow(name, state)
    overtaken = json.dumps(told | {"state": older, "reason": None}).encode()

    cloud.client("s3").put_object(Bucket=cloud.bucket, Key=f"receipts/{name}.json", Body=overtaken)

    assert cloud.follow(name, state) | {"at": told["at"]} == told


def test_a_receipt_that_has_expired_is_written_again_only_when_there_is_news(cloud, load_event):
    cloud.drop("reviews.csv", GOOD)
    cloud.follow("reviews.csv", "live")

    def stays_away():  # once whoever is still telling that it is live has ended
        cloud.client("s3").delete_object(Bucket=cloud.bucket, Key="receipts/reviews.csv.json")
        cloud.invoke(DEPLOY, load_event("schedule_fired"))
        return cloud.receipt("reviews.csv") is None

    cloud.wait(stays_away, "the receipt to stay away")
    approve(cloud, 1, "Rejected")
    assert cloud.follow("reviews.csv", "rejected")


def test_a_pending_package_goes_live_when_a_person_approves_it(cloud):
    cloud.drop("pending.csv", GOOD)
    cloud.follow("pending.csv", "trained")

    approve(cloud, 1, "Approved")

    assert cloud.follow("pending.csv", "live")


def test_rejecting_every_package_takes_the_endpoint_down(cloud):
    cloud.drop("reviews.csv", GOOD)
    cloud.follow("reviews.csv", "live")

    approve(cloud, 1, "Rejected")

    cloud.wait(lambda: cloud.endpoint() is None, "the endpoint to be gone")


def test_old_models_and_configs_are_deleted_but_never_the_live_one(cloud):
    sagemaker = cloud.client("sagemaker")
    for number in range(6):
        cloud.drop(f"reviews {number}.csv", another(number))
        cloud.follow(f"reviews {number}.csv", "live")
    approve(cloud, 6, "Rejected")
    cloud.follow("reviews 4.csv", "live")

    def few():
        models = [model["ModelName"] for model in sagemaker.list_models()["Models"]]
        configs = sagemaker.list_endpoint_configs()["EndpointConfigs"]
        names = sorted(config["EndpointConfigName"] for config in configs)
        return names if sorted(models) == names and len(names) <= 4 else None

    assert cloud.endpoint()["EndpointConfigName"] in cloud.wait(few, "old models to be deleted")


def test_a_killed_cloud_converges_when_it_starts_again(new_process):
    cloud = new_process()
    cloud.drop("slow.csv", GOOD)
    cloud.follow("slow.csv", "training")

    cloud.restart()
    receipt = cloud.follow("slow.csv")
    cloud.restart()
    cloud.wait(lambda: live_run(cloud) == receipt["run"], "the endpoint to answer again")

    assert receipt["state"] == "live"
    assert len(cloud.training_jobs()) == 1
    assert cloud.ask("a good film")["results"][0]["sentiment"] == "positive"


def test_killed_at_any_moment_it_goes_on(new_process):
    cloud = new_process()
    cloud.drop("reviews.csv", GOOD)
    for seconds in (0.1, 0.4, 0.8, 1.2, 1.6):
        time.sleep(seconds)
        cloud.restart()

    receipt = cloud.follow("reviews.csv", "live")

    assert cloud.training_jobs() == [receipt["run"]]
    assert len(cloud.packages()) == 1
    cloud.wait(lambda: live_run(cloud) == receipt["run"], "the endpoint to answer")


def test_a_model_trained_with_another_tokenizer_is_never_asked(cloud):
    cloud.drop("othertokenizer.csv", GOOD)
    cloud.follow("othertokenizer.csv", "live")

    with pytest.raises(OSError, match="503"):
        cloud.ask("a good film")
