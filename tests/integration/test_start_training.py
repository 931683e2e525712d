"""A dropped dataset becomes a training job: what becomes of each event and each file."""

import gzip
import itertools
import json
import time
from datetime import datetime
from urllib.parse import unquote_plus

import pytest

from tests.integration.mailbox import Mailbox
from tests.integration.runs import GOOD

START = "StartTrainingFunction"


def put_quietly(cloud, name, body=GOOD):
    """An upload whose event is lost."""
    with cloud.deaf():
        cloud.drop(name, body)


def test_an_uploaded_dataset_is_trained_and_live(cloud):
    cloud.drop("reviews.csv", GOOD)

    receipt = cloud.follow("reviews.csv")

    assert receipt["state"] == "live"
    assert cloud.training_jobs() == [receipt["run"]]
    assert receipt["evaluation"]["metrics"]["accuracy"] > 0
    assert receipt["report"] == f"s3://{cloud.run_bucket}/runs/{receipt['run']}/report.html"
    assert datetime.fromisoformat(receipt["at"])


@pytest.mark.parametrize(
    "event", ["dataset_uploaded", "dataset_uploaded_special_key", "dataset_uploaded_multipart"]
)
def test_each_kind_of_upload_event_starts_a_training(common, load_event, event):
    text = GOOD + f"a good film of the event {event},1\n"
    event = load_event(event)
    key = unquote_plus(event["Records"][0]["s3"]["object"]["key"])
    body = gzip.compress(text.encode()) if key.endswith(".gz") else text
    put_quietly(common, key.removeprefix("datasets/"), body)

    common.invoke(START, event)

    assert common.follow(key.removeprefix("datasets/"), "live")["dataset"]["key"] == key


def test_a_dataset_uploaded_in_parts_is_trained_on(common, tmp_path):
    """boto3 uploads in parts from 8 MiB on; the snapshot's checksum is then another one."""
    (tmp_path / "large.csv").write_text(GOOD + f"a good film {'and so on ' * 50},1\n" * 20_000)

    common.client("s3").upload_file(tmp_path / "large.csv", common.bucket, "datasets/large.csv")

    receipt = common.follow("large.csv")
    assert receipt["state"] == "live"
    assert receipt["dataset"]["etag"].endswith("-2")


def test_a_dataset_delivered_twice_is_trained_once(cloud, load_event):
    event = load_event("dataset_uploaded")
    put_quietly(cloud, "reviews.csv")

    cloud.invoke(START, event)
    cloud.invoke(START, event)
    cloud.follow("reviews.csv", "live")
    cloud.invoke(START, event)

    assert len(cloud.training_jobs()) == 1
    assert cloud.receipt("reviews.csv")["state"] == "live"


def test_an_event_with_two_records_receives_both(cloud, load_event):
    event = load_event("dataset_uploaded_twice")
    keys = [unquote_plus(record["s3"]["object"]["key"]) for record in event["Records"]]
    for number, key in enumerate(keys):
        put_quietly(cloud, key.removeprefix("datasets/"), GOOD + f"another good one {number},1\n")

    cloud.invoke(START, event)

    for key in keys:
        cloud.follow(key.removeprefix("datasets/"), "live", "superseded")


@pytest.mark.parametrize("event", ["folder_created", "s3_test_event"])
def test_events_without_a_dataset_start_nothing(common, load_event, event):
    before = common.training_jobs()

    common.invoke(START, load_event(event))

    assert common.training_jobs() == before


def test_a_dataset_whose_event_was_lost_is_found_by_the_schedule(new_cloud):
    cloud = new_cloud(minute_seconds=0.5)
    put_quietly(cloud, "reviews.csv")

    assert cloud.follow("reviews.csv")["state"] == "live"


def test_three_drops_with_doubled_and_reordered_events_are_one_training(cloud, load_event):
    event = load_event("dataset_uploaded")
    versions = []
    with cloud.deaf():
        for _ in range(3):
            cloud.drop("reviews.csv", GOOD)
            head = cloud.client("s3").head_object(Bucket=cloud.bucket, Key="datasets/reviews.csv")
            versions.append(head["VersionId"])
    for version in [*reversed(versions), *versions]:
        event["Records"][0]["s3"]["object"]["versionId"] = version
        cloud.client("lambda").invoke(
            FunctionName=cloud.function(START),
            InvocationType="Event",
            Payload=json.dumps(event).encode(),
        )
    cloud.drop("copy of reviews.csv", GOOD)

    assert cloud.follow("reviews.csv")["state"] == "live"
    copy = cloud.follow("copy of reviews.csv")

    assert len(cloud.training_jobs()) == 1
    assert copy["state"] == "live"
    assert copy["dataset"]["key"] == "datasets/copy of reviews.csv"


def test_a_second_dataset_waits_and_is_judged_against_the_first(cloud):
    cloud.drop("slow one.csv", GOOD)
    cloud.follow("slow one.csv", "training")
    cloud.drop("other.csv", GOOD + "one more good review,positive\n")
    waiting = cloud.follow("other.csv", "received", "training", "deploying", "live")

    first = cloud.follow("slow one.csv", "live", "superseded")
    second = cloud.follow("other.csv", "live")

    assert waiting["state"] == "received"
    assert second["evaluation"]["champion"]["run"] == first["run"]
    assert cloud.follow("slow one.csv", "superseded")


def test_a_dataset_dropped_again_after_a_failure_is_a_second_attempt(cloud):
    cloud.drop("failing.csv", GOOD)
    first = cloud.follow("failing.csv", "failed")
    time.sleep(1.1)  # S3 tells times in whole seconds

    cloud.drop("failing.csv", GOOD)
    second = cloud.wait(
        lambda: (
            (r := cloud.receipt("failing.csv"))["run"] != first["run"]
            and r["state"] == "failed"
            and r
        ),
        "the second attempt to fail",
    )

    assert second["run"] == first["run"] + "-2"
    assert first["reason"] == second["reason"]
    assert first["reason"].strip()


def test_a_late_event_of_a_failed_dataset_starts_no_new_attempt(common, load_event):
    common.drop("failing.csv", GOOD)
    common.follow("failing.csv", "failed")
    before = common.training_jobs()
    event = load_event("dataset_uploaded")
    event["Records"][0]["s3"]["object"]["key"] = "datasets/failing.csv"

    common.invoke(START, event)

    assert common.training_jobs() == before


def test_a_file_deleted_right_after_its_upload_is_refused(common, load_event):
    before = common.training_jobs()
    event = load_event("dataset_uploaded")
    event["Records"][0]["s3"]["object"]["key"] = "datasets/deleted.csv"

    common.invoke(START, event)

    receipt = common.receipt("deleted.csv")
    assert receipt["state"] == "refused"
    assert "deleted" in receipt["reason"]
    assert common.training_jobs() == before


@pytest.mark.parametrize(
    ("name", "body", "word"),
    [
        ("empty.csv", b"", "empty"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(500), "a picture"),
        ("reviews.docx", b"PK\x03\x04 something", "archive"),
        ("unlabelled.csv", b"review,colour\n" + b"a film,red\n" * 50, "colour"),
        ("half.csv.gz", gzip.compress(GOOD.encode())[:-20], "damaged"),
    ],
)
def test_what_cannot_be_trained_on_is_refused_at_once(common, name, body, word):
    before = common.training_jobs()
    common.drop(name, body)

    receipt = common.follow(name)

    assert receipt["state"] == "refused"
    assert word in receipt["reason"]
    assert receipt["next"]
    assert common.training_jobs() == before


def test_a_refusal_and_a_result_are_published(cloud):
    mailbox = Mailbox(cloud)

    cloud.drop("empty.csv", b"")
    cloud.drop("reviews.csv", GOOD)
    cloud.follow("empty.csv")
    cloud.follow("reviews.csv", "live")

    told = {"empty.csv was refused", "reviews.csv is live"}  # each may come twice
    cloud.wait(lambda: set(mailbox.subjects()) >= told, "both notices")
    assert set(mailbox.subjects()) == told


def test_a_throttled_sagemaker_delays_and_loses_nothing(cloud):
    cloud.fault("throttled", match={"service": "sagemaker"}, times=12)

    cloud.drop("reviews.csv", GOOD)

    assert cloud.follow("reviews.csv", "live")
    assert len(cloud.training_jobs()) == 1


def test_killed_between_any_two_calls_it_tells_of_the_training_once_it_is_started_again(
    new_cloud, load_event
):
    """Killed after none, one, two … calls of AWS, until it gets to its end without that."""
    cloud = new_cloud(minute_seconds=600)  # no schedule and no event: only this test wakes it
    cloud.fault("event_dropped", match={"source": "aws.sagemaker"}, times=None)
    sagemaker, event = cloud.client("sagemaker"), load_event("dataset_uploaded")
    wrong = {}

    def status_of(run):
        return sagemaker.describe_training_job(TrainingJobName=run)["TrainingJobStatus"]

    for calls in itertools.count():
        name = f"stuck {calls}.csv"
        put_quietly(cloud, name, GOOD + f"a good film of its own {calls},positive\n")
        event["Records"][0]["s3"]["object"]["key"] = f"datasets/{name}"
        with cloud.killing(START, calls) as killing:
            cloud.client("lambda").invoke(
                FunctionName=cloud.function(START), Payload=json.dumps(event).encode()
            )
        cloud.invoke(START, load_event("schedule_fired"))

        told = cloud.receipt(name)
        run = told["run"]
        own = cloud.document(cloud.run_bucket, f"runs/{run}/receipt.json")
        found = status_of(run), told["state"], own["state"]
        if found != ("InProgress", "training", "training"):
            wrong[calls] = found
        sagemaker.stop_training_job(TrainingJobName=run)
        cloud.wait(lambda run=run: status_of(run) == "Stopped", "the training to be stopped")
        cloud.invoke(START, load_event("schedule_fired"))  # what it has left behind goes
        if not killing.happened:
            break

    assert wrong == {}
    assert calls > 15
