"""The one `tell` of a run's receipts: what lies in S3 then, and of what a notice has gone out.

No function takes part, so no local cloud is needed, and the emulator alone stands in for AWS.
"""

import importlib
import json
import sys
from types import SimpleNamespace

import boto3
import pytest

from tests.clouds import ACCOUNTS

RUN = "verdict-0123456789ab"


@pytest.fixture
def runs(monkeypatch, emulator):
    """The functions' second layer as in a function that has just started, with buckets of its own.

    `heard()` gives the notices that have gone out since it was last called.
    """
    account = str(next(ACCOUNTS))
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", account)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "developer")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    s3, sns, sqs = map(boto3.client, ("s3", "sns", "sqs"))
    for bucket in ("DATASET_BUCKET", "RUN_BUCKET"):
        monkeypatch.setenv(bucket, f"{bucket.partition('_')[0].lower()}-{account}")
        s3.create_bucket(Bucket=f"{bucket.partition('_')[0].lower()}-{account}")
    topic = sns.create_topic(Name="notices")["TopicArn"]
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    may = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [{**may, "Action": "sqs:SendMessage"}]}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    monkeypatch.setenv("TOPIC_ARN", topic)
    monkeypatch.setenv("RUN_PREFIX", "verdict")
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Verdict/verdict")

    def heard():
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        messages = answer.get("Messages", [])
        for message in messages:
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in messages]

    before = taken_out()
    receipts, buckets = map(importlib.import_module, ("runs.receipts", "runs.buckets"))
    yield SimpleNamespace(receipts=receipts, buckets=buckets, heard=heard)
    taken_out()
    sys.modules.update(before)


def taken_out():
    """The layer's modules as they were imported; whoever imports them next gets new ones."""
    names = [name for name in sys.modules if name.partition(".")[0] == "runs"]
    return {name: sys.modules.pop(name) for name in names}


def upload(runs, name):
    """The run's dataset, dropped under that name."""
    dataset = {
        "bucket": runs.buckets.DATASET_BUCKET,
        "key": f"datasets/{name}",
        "etag": "1",
        "version_id": None,
        "size_bytes": 1,
    }
    key = runs.buckets.run_key(RUN, f"{runs.buckets.UPLOADS}{name}.json")
    runs.buckets.write_json(runs.buckets.RUN_BUCKET, key, dataset)
    return dataset


def told(runs, dataset):
    return runs.receipts.dataset_receipt(dataset["key"])


def test_every_upload_and_then_the_run_are_told_and_an_end_goes_out_once(runs):
    one, other = upload(runs, "one.csv"), upload(runs, "other.csv")
    training = runs.receipts.receipt("training", run=RUN)
    rejected = runs.receipts.moved(training, "rejected", "It is no better.")

    runs.receipts.tell(RUN, training)
    assert runs.heard() == []  # no end
    runs.receipts.tell(RUN, rejected)
    runs.receipts.tell(RUN, rejected)  # no news

    assert told(runs, one) == {**rejected, "dataset": one}
    assert told(runs, other) == {**rejected, "dataset": other}
    assert runs.receipts.run_receipt(RUN) == rejected
    (notice,) = runs.heard()
    assert notice["Subject"] == "Verdict: one.csv, other.csv is rejected"
    assert notice["Message"] == f"It is no better.\n\n{rejected['next']}\n\nRun {RUN}"


def test_what_is_in_the_way_of_a_run_that_nobody_dropped_is_told_and_its_end_is_not(runs):
    deploying = runs.receipts.receipt("deploying", run=RUN)

    runs.receipts.tell(RUN, runs.receipts.moved(deploying, "deploying", "No quota.", "Ask."))
    (notice,) = runs.heard()
    assert notice["Subject"] == f"Verdict: {RUN} has to wait"
    assert notice["Message"] == f"No quota.\n\nAsk.\n\nRun {RUN}"

    runs.receipts.tell(RUN, runs.receipts.moved(deploying, "live"))
    assert runs.heard() == []


def test_where_another_file_lies_under_the_name_now_its_receipt_stays(runs):
    gone = upload(runs, "gone.csv")
    another = runs.receipts.receipt("training", dataset=gone, run="verdict-ba9876543210")
    runs.receipts.write_for_upload(another, gone, None)
    failed = runs.receipts.receipt("failed", run=RUN, reason="It was bad.")

    runs.receipts.tell(RUN, failed)

    assert told(runs, gone) == another
    assert runs.receipts.run_receipt(RUN) == failed
    assert runs.heard() == []  # nobody is left to hear of it


def test_what_a_slower_rival_put_there_is_brought_up_to_date_and_told_once(runs):
    dataset = upload(runs, "one.csv")
    live = runs.receipts.receipt("live", run=RUN)
    runs.receipts.tell(RUN, live)
    runs.heard()
    old = runs.receipts.moved(live, "training", None)
    runs.receipts.write_for_upload(old, dataset, None)

    runs.receipts.tell(RUN, live)

    assert told(runs, dataset)["state"] == "live"
    assert runs.heard() == []  # it went out before


def test_a_receipt_that_has_expired_comes_back_with_news_only(runs):
    dataset = upload(runs, "one.csv")
    live = runs.receipts.receipt("live", run=RUN)
    runs.receipts.tell(RUN, live)
    runs.heard()
    key = runs.buckets.receipt_key(dataset["key"])
    runs.buckets.s3.delete_object(Bucket=runs.buckets.DATASET_BUCKET, Key=key)

    runs.receipts.tell(RUN, live)
    assert told(runs, dataset) is None
    assert runs.heard() == []

    runs.receipts.tell(RUN, runs.receipts.moved(live, "superseded", None))
    assert told(runs, dataset)["state"] == "superseded"
    assert [notice["Subject"] for notice in runs.heard()] == ["Verdict: one.csv is superseded"]


def test_a_receipt_tells_of_the_evaluation_what_an_uploader_can_use(runs):
    before = runs.receipts.receipt("training", run=RUN)
    evaluation = {"dataset": {"rows_read": 9}, "decision": {"status": "Approved"}, "split": {}}
    after = runs.receipts.receipt("live", run=RUN, evaluation={**evaluation, "secret": 1})

    assert (before["version"], before["found"], before["evaluation"]) == (1, None, None)
    assert (after["found"], after["decision"]) == ({"rows_read": 9}, {"status": "Approved"})
    assert after["evaluation"] == {"split": {}}
    assert runs.receipts.moved(after, "superseded", None)["evaluation"] == {"split": {}}


def test_a_subject_has_no_more_than_sns_takes(runs):
    notices = importlib.import_module("runs.notices")

    notices.publish("é" * 200, "is live", None, "", "Run 1")

    (notice,) = runs.heard()
    assert notice["Subject"] == f"Verdict: {'?' * 80}... is live"
    assert len(notice["Subject"]) == 100
    assert notice["Message"] == f"{'é' * 200}\n\nRun 1"
