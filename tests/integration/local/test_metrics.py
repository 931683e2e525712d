"""Alarms ring here too: each of template.yaml's by its fault, and on what a queue holds."""

import json
from urllib.error import HTTPError

import pytest

from tests.conftest import SharedCloud, stand_in_template

GOOD = "text,label\n" + "".join(
    f"a good film number {n},positive\na bad film number {n},negative\n" for n in range(30)
)


@pytest.fixture(scope="module")
def verdict(emulator, tmp_path_factory):
    """Our own template and functions."""
    folder = tmp_path_factory.mktemp("verdict")
    cloud = SharedCloud(folder, stand_in_template(folder), emulator, 1.0)
    cloud.start()
    yield cloud
    cloud.end()


@pytest.fixture
def rings(verdict):
    """Waits until an alarm rings and everybody who is to hear of it was told."""
    sns, sqs = verdict.client("sns"), verdict.client("sqs")
    topic = f"arn:aws:sns:us-east-1:{verdict.account}:verdict-notices"
    arn = f"arn:aws:sqs:us-east-1:{verdict.account}:listener"
    anybody = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    url = sqs.create_queue(QueueName="listener", Attributes={"Policy": policy})["QueueUrl"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def wait_for(logical_id):
        name = verdict.function(logical_id)  # of any resource
        cloudwatch = verdict.client("cloudwatch")

        def is_told():
            [alarm] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
            got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            told.extend(json.loads(message["Body"]) for message in got.get("Messages", []))
            heard = any(f'"AlarmName": "{name}"' in message["Message"] for message in told)
            return alarm["StateValue"] == "ALARM" and heard

        told = []
        verdict.wait(is_told, f"{logical_id} to ring", 60)

    return wait_for


def test_a_message_in_the_failure_queue_rings(verdict, rings):
    url = verdict.status()["outputs"]["FailureQueueUrl"]

    verdict.client("sqs").send_message(QueueUrl=url, MessageBody="an event")

    rings("FailureQueueAlarm")


def test_an_error_of_the_api_s_function_rings(verdict, rings):
    answer = verdict.client("lambda").invoke(
        FunctionName=verdict.function("PredictSentimentFunction"), Payload=b'"no request"'
    )
    assert answer["FunctionError"]

    rings("ApiErrorsAlarm")


def test_an_endpoint_that_fails_to_answer_rings(verdict, rings):
    verdict.drop("reviews.csv", GOOD)
    verdict.follow("reviews.csv", "live", seconds=120)
    verdict.fault("model_error", status=500, message="Out of memory")

    with pytest.raises(HTTPError) as failed:
        verdict.ask("a good film")
    failed.value.close()

    assert verdict.control("GET", "faults") == []
    rings("EndpointErrorsAlarm")


def test_the_depth_of_a_queue_is_measured_as_long_as_an_alarm_watches_it(shared):
    url = shared.status()["outputs"]["FailuresUrl"]
    name, cloudwatch = shared.function("FailuresAlarm"), shared.client("cloudwatch")

    def state():
        return cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]

    shared.wait(lambda: state() == "OK", "the queue to be measured")
    shared.client("sqs").send_message(QueueUrl=url, MessageBody="x")

    shared.wait(lambda: state() == "ALARM", "the alarm to ring")
