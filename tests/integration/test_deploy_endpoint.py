"""The endpoint converges on the newest approved package, from any state and without events."""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.deploy_endpoint.steps import ANSWERING, MOVING
from local.calls import read
from tests.clouds import MINUTE_SECONDS, SharedCloud
from tests.integration.runs import GOOD, another, approve, live_run, packages_of
from tests.templates import stand_in_template

DEPLOY = "DeployEndpointFunction"


def notices(cloud):
    calls = cloud.control("GET", "calls")
    return [call for call in calls if call["action"] == "sns:Publish"]


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
def test_a_completed_run_is_registered_as_judged(common, name, status, state):
    common.drop(name, another(name))

    receipt = common.follow(name)

    assert receipt["state"] == state
    (package,) = packages_of(common, receipt["run"])
    assert package["ModelApprovalStatus"] == status
    assert receipt["reason"] if state == "rejected" else receipt["next"]
    assert receipt["package"] == package["ModelPackageArn"]


def test_a_failed_run_leaves_no_package_and_the_live_model_stays(common):
    common.drop("stays.csv", another("that stays"))
    live = common.follow("stays.csv", "live")

    common.drop("failing after it.csv", another("that fails"))
    failed = common.follow("failing after it.csv")

    assert failed["state"] == "failed"
    assert failed["reason"]
    assert packages_of(common, failed["run"]) == []
    assert live_run(common) == live["run"]


def test_a_run_that_timed_out_says_so(common):
    common.fault("training_timed_out", times=1)

    common.drop("timed out.csv", another("that times out"))
    receipt = common.follow("timed out.csv")

    assert receipt["state"] == "failed"
    assert "seconds" in receipt["reason"]


def test_a_run_stopped_by_hand_says_so(common):
    common.drop("stuck.csv", GOOD)
    run = common.follow("stuck.csv", "training")["run"]

    common.client("sagemaker").stop_training_job(TrainingJobName=run)

    receipt = common.follow("stuck.csv")
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


@pytest.fixture(scope="module")
def empty(emulator, tmp_path_factory):
    """A cloud in which nothing was ever dropped."""
    folder = tmp_path_factory.mktemp("empty")
    with SharedCloud(folder, stand_in_template(folder), emulator, MINUTE_SECONDS) as cloud:
        yield cloud


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
def test_an_event_that_tells_of_what_is_not_there_changes_nothing(empty, load_event, event):
    empty.invoke(DEPLOY, load_event(event))
    empty.invoke("StartTrainingFunction", load_event(event))

    assert empty.packages() == []
    assert empty.endpoint() is None


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


def test_an_update_that_rolls_back_rejects_its_package(common):
    common.drop("first.csv", another("that is live"))
    live = common.follow("first.csv", "live")

    common.drop("unservable.csv", another("that can't be"))
    receipt = common.follow("unservable.csv")

    assert receipt["state"] == "rejected"
    assert "Deployment failed 2 times" in receipt["reason"]
    assert common.follow("first.csv", "live")
    common.wait(lambda: live_run(common) == live["run"], "the endpoint to be back on the first")
    assert common.ask("a good film")["results"][0]["sentiment"] == "positive"


def test_rejecting_the_newest_rolls_back_and_approving_it_rolls_forward(common):
    common.drop("older.csv", another("older"))
    common.follow("older.csv", "live")
    common.drop("newer.csv", another("newer"))
    newest = common.follow("newer.csv", "live")["run"]

    approve(common, newest, "Rejected")

    assert common.follow("older.csv", "live")
    assert common.follow("newer.csv", "rejected")
    approve(common, newest, "Approved")
    assert common.follow("newer.csv", "live")
    assert common.follow("older.csv", "superseded")


@pytest.mark.parametrize(
    ("name", "state", "older"),
    [("set back.csv", "live", "deploying"), ("failing.csv", "failed", "training")],
)
def test_a_receipt_that_a_slower_rival_set_back_is_brought_up_to_date(common, name, state, older):
    common.drop(name, another(name))
    told = common.follow(name, state)
    overtaken = json.dumps(told | {"state": older, "reason": None}).encode()

    common.client("s3").put_object(
        Bucket=common.bucket, Key=f"receipts/{name}.json", Body=overtaken
    )

    assert common.follow(name, state) | {"at": told["at"]} == told


def test_a_receipt_that_has_expired_is_written_again_only_when_there_is_news(common, load_event):
    common.drop("expired.csv", another("that expires"))
    run = common.follow("expired.csv", "live")["run"]

    s3, bucket = common.client("s3"), common.bucket
    s3.delete_object(Bucket=bucket, Key="datasets/expired.csv")  # or start_training takes it up

    def stays_away():  # once whoever is still telling that it is live has ended
        s3.delete_object(Bucket=bucket, Key="receipts/expired.csv.json")
        common.invoke(DEPLOY, load_event("schedule_fired"))
        return common.receipt("expired.csv") is None

    common.wait(stays_away, "the receipt to stay away")
    approve(common, run, "Rejected")
    assert common.follow("expired.csv", "rejected")


def test_what_is_live_stays_live_while_aws_is_busy_with_the_endpoint(common, load_event):
    """DescribeEndpoint says so on the wire: of maintenance, no call could make it speak."""
    common.drop("serviced.csv", another("that is serviced"))
    common.follow("serviced.csv", "live")
    common.invoke(DEPLOY, load_event("schedule_fired"))  # whoever has told it has ended
    told = common.receipt("serviced.csv")
    calls = len(notices(common))

    for status in sorted(MOVING & ANSWERING):

        def busy(request, answer, status=status):
            response = answer(request)
            if read(request).operation == "DescribeEndpoint":
                described = json.loads(response.get_data())
                response.set_data(json.dumps(described | {"EndpointStatus": status}))
            return response

        with common.before(busy):
            common.invoke(DEPLOY, load_event("schedule_fired"))
        during = common.receipt("serviced.csv")
        common.invoke(DEPLOY, load_event("schedule_fired"))

        assert (during, common.receipt("serviced.csv")) == (told, told), status
    assert len(notices(common)) == calls


def test_a_pending_package_goes_live_when_a_person_approves_it(common):
    common.drop("pending too.csv", another("for a person"))
    run = common.follow("pending too.csv", "trained")["run"]

    approve(common, run, "Approved")

    assert common.follow("pending too.csv", "live")


def test_rejecting_every_package_takes_the_endpoint_down(cloud):
    cloud.drop("reviews.csv", GOOD)
    run = cloud.follow("reviews.csv", "live")["run"]

    approve(cloud, run, "Rejected")

    cloud.wait(lambda: cloud.endpoint() is None, "the endpoint to be gone")


def test_old_models_and_configs_are_deleted_but_never_the_live_one(common):
    sagemaker = common.client("sagemaker")
    for number in range(6):
        common.drop(f"reviews {number}.csv", another(number))
        run = common.follow(f"reviews {number}.csv", "live")["run"]
    approve(common, run, "Rejected")
    common.follow("reviews 4.csv", "live")

    def few():
        models = [model["ModelName"] for model in sagemaker.list_models()["Models"]]
        configs = sagemaker.list_endpoint_configs()["EndpointConfigs"]
        names = sorted(config["EndpointConfigName"] for config in configs)
        return names if sorted(models) == names and len(names) <= 4 else None

    assert common.endpoint()["EndpointConfigName"] in common.wait(few, "old models to be deleted")


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


def test_a_model_trained_with_another_tokenizer_is_never_asked(common):
    common.drop("othertokenizer.csv", another("in other words"))
    common.follow("othertokenizer.csv", "live")

    with pytest.raises(OSError, match="503"):
        common.ask("a good film")
